"""The official Xinbei plan must come out complete; skipped where its text is not present."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from shuiheng.core.plan_text import Plan, Vocabulary, parse_plan, text_of

ROOT = Path(__file__).parents[2]
TEXT = ROOT.parent / "shared" / "plan" / "xinbei-2020.txt"
PACK = ROOT / "src" / "shuiheng" / "rules" / "packs" / "cn_320411" / "plan_2020"

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not TEXT.exists(), reason="the official text (../shared/plan) is absent"),
]


@pytest.fixture(scope="module")
def text() -> str:
    return text_of(TEXT.read_bytes(), TEXT.name).text


@pytest.fixture(scope="module")
def plan(text: str) -> Plan:
    return parse_plan(text, Vocabulary.shipped())


def test_the_head(plan: Plan) -> None:
    head = plan.document.to_json()
    assert head["title"] == "新北区节水行动方案"
    assert head["number"] == "常开委办〔2020〕67号"
    assert head["issuer"] == "常州国家高新区（新北区）党政办公室"
    assert head["date"] == "2020-05-19"
    assert head["based_on"] == ["国家节水行动方案", "江苏省节水行动方案", "常州市节水行动方案"]


def test_the_counts(plan: Plan) -> None:
    assert (len(plan.groups), len(plan.tasks), len(plan.safeguards)) == (10, 33, 5)
    assert [task.no for task in plan.tasks] == list(range(1, 34))
    assert len(plan.clauses) == 39 and all(clause.bracketed for clause in plan.clauses)
    assert sum(not unit.collective for unit in plan.units) == 17
    assert [unit.name for unit in plan.units if unit.collective] == ["各镇、街道"]
    kinds = [target.kind for target in plan.targets]
    assert [kinds.count(kind) for kind in ("target", "threshold", "level")] == [12, 4, 2]


def test_the_numbers(plan: Plan) -> None:
    found = [
        (t.indicator, str(t.value), t.unit, t.comparator, t.baseline_year, t.deadline_year, t.task)
        for t in plan.targets
        if t.kind == "target"
    ]
    assert found == [
        ("total_use", "8.71", "亿立方米", "<=", None, 2020, None),
        ("gdp_intensity_drop", "23", "%", ">=", 2015, 2020, None),
        ("industrial_intensity_drop", "18", "%", ">=", 2015, 2020, None),
        ("industrial_reuse_rate", "91", "%", ">=", None, 2020, None),
        ("irrigation_coefficient", "0.68", "1", ">=", None, 2020, None),
        ("network_leakage", "10", "%", "<=", None, 2020, None),
        ("planned_use_coverage", "100", "%", "=", None, 2020, 7),
        ("school_carriers", "70", "%", ">=", None, 2020, 10),
        ("high_standard_farmland", "2000", "亩", ">=", None, 2020, 13),
        ("efficient_irrigation", "120", "亩", ">=", None, 2020, 14),
        ("cluster_reclaimed_rate", "30", "%", ">=", None, None, 17),
        ("key_users_listed", "100", "%", "=", None, None, 19),
    ]
    rest = [(t.kind, t.task, str(t.value), t.unit) for t in plan.targets if t.kind != "target"]
    assert rest == [
        ("level", 7, "3", "级"),
        ("threshold", 17, "5", "万立方米"),
        ("threshold", 17, "2", "万平方米"),
        ("level", 18, "1", "表/户"),
        ("threshold", 19, "20", "万立方米"),
        ("threshold", 20, "1", "万亩"),
    ]


def test_the_soft_targets(plan: Plan) -> None:
    assert {soft.deadline_year for soft in plan.soft_targets} == {2020, 2022, 2035}
    said = {(soft.deadline_year, soft.benchmark) for soft in plan.soft_targets}
    assert {(2022, "全市先进水平"), (2035, "国内先进水平")} <= said
    assert any(soft.text == "完成老旧二次供水设施改造" for soft in plan.soft_targets)


def test_who_assists_and_who_leads_together(plan: Plan) -> None:
    upper = {task.no: [one.name for one in task.assists] for task in plan.tasks if task.assists}
    assert upper == {
        7: ["市住建局"], 8: ["市住建局"], 10: ["市住建局"], 12: ["市住建局"], 31: ["常州市"],
    }  # fmt: skip
    assert plan.tasks[15].to_json()["leads"][0] == "各镇、街道"
    assert plan.goals and plan.goals[0].units[0].name == "农业农村局"


def test_its_own_contradictions_are_found(plan: Plan) -> None:
    found = {(one.finding.code, one.finding.shown_by.get("task")) for one in plan.findings}
    assert ("plan.two_spellings", None) in found
    assert ("plan.body_role_not_in_clause", 32) in found
    assert ("plan.department_not_in_clauses", 32) in found
    assert ("plan.collective_leads", 16) in found
    assert ("plan.body_role_by_function", 20) in found


def test_the_shipped_pack_equals_what_the_parser_makes_of_the_text(text: str, plan: Plan) -> None:
    from shuiheng.cli.plan_write import pack_texts

    shipped = {
        path.name: yaml.safe_load(path.read_text(encoding="utf-8"))
        for path in PACK.glob("*.yaml")
        if path.name != "english.yaml"  # titles for the interface, written by hand
    }
    checked = shipped["network_leakage.yaml"]["last_checked"]
    made, findings = pack_texts(plan, text, "plan_2020", checked=checked)
    assert findings == []
    assert {name: yaml.safe_load(said) for name, said in made.items()} == shipped


def test_the_pack_holds_quotes_and_no_paragraphs(text: str) -> None:
    said = "".join(path.read_text(encoding="utf-8") for path in PACK.glob("*.yaml"))
    for paragraph in text.split("\n"):
        if len(paragraph) > 100 and "单位：" not in paragraph:
            assert paragraph[:80] not in said.replace("\n", "")
