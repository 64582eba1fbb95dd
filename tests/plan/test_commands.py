"""The words of `shuiheng plan` that read documents: JSON, exit codes, packs, refusals."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from shuiheng.cli.plan import app
from shuiheng.cli.terminal import Refusal
from shuiheng.rules import Law

SAMPLE = Path(__file__).parents[2] / "examples" / "sample-plan.txt"
run = CliRunner().invoke


def test_parse_prints_one_json_document_whose_spans_index_the_text() -> None:
    result = run(app, ["parse", str(SAMPLE), "--json"])
    assert result.exit_code == 0
    plan = json.loads(result.stdout)
    text = SAMPLE.read_text(encoding="utf-8")
    assert (len(plan["groups"]), len(plan["tasks"]), len(plan["safeguards"])) == (4, 8, 2)
    assert plan["document"]["date"] == "2026-03-16"
    for task in plan["tasks"]:
        for unit in task["units"]:
            assert text[slice(*unit["span"])] == unit["as_written"]
    for target in plan["targets"]:
        assert text[slice(*target["span"])] == target["text"]


def test_parse_without_json_fits_a_hundred_columns() -> None:
    result = run(app, ["parse", str(SAMPLE)])
    assert result.exit_code == 0
    assert "临溪区节水行动实施方案" in result.stdout
    assert "强化" not in result.stdout.split("\n")[0]


def test_units_reads_one_string() -> None:
    result = run(app, ["units", "（省水利厅牵头，发展改革委、财政厅配合）", "--json"])
    plain = json.loads(result.stdout)
    assert plain["leads"] == ["省水利厅"]
    assert plain["participants"] == ["省发展改革委", "省财政厅"]
    assert (plain["responsible"], plain["collectives"]) == ([], [])


def test_an_ordinary_parenthesis_gives_empty_lists_and_a_finding() -> None:
    plain = json.loads(run(app, ["units", "（改、扩）", "--json"]).stdout)
    assert plain["leads"] == plain["participants"] == plain["responsible"] == []
    assert plain["findings"][0]["code"] == "plan.no_clause"


@pytest.mark.parametrize("name", ["missing.txt", "folder", "empty.txt", "book.docx"])
def test_what_cannot_be_read_is_refused(name: str, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "empty.txt").write_bytes(b"")
    (tmp_path / "book.docx").write_bytes(b"PK\x03\x04 not a document")
    result = run(app, ["parse", str(tmp_path / name), "--json"])
    assert isinstance(result.exception, Refusal)
    assert name in str(result.exception)
    assert result.stdout == ""


def test_a_text_without_tasks_is_no_error(tmp_path: Path) -> None:
    file = tmp_path / "letter.txt"
    file.write_text("今天天气很好。市水利局负责。", encoding="gb18030")
    result = run(app, ["parse", str(file), "--json"])
    plan = json.loads(result.stdout)
    assert result.exit_code == 0
    assert plan["tasks"] == plan["units"] == plan["targets"] == []
    assert {"plan.encoding", "plan.no_tasks"} <= {one["code"] for one in plan["findings"]}


def test_adopt_writes_a_pack_that_the_rules_load(tmp_path: Path) -> None:
    asked = ["adopt", str(SAMPLE), "--place", "320411", "--name", "plan_2026"]
    result = run(app, [*asked, "--into", str(tmp_path)])
    assert result.exit_code == 0, result.output
    law = Law.load(tmp_path)
    assert law.problems == []
    plan = law.plan("plan_2026")
    assert [task["no"] for task in plan["tasks"]] == list(range(1, 9))
    target = law.target("plan_2026/network_leakage")
    assert (str(target.due[0][1].number), target.sense) == ("0.085", "at_most")
    assert target.measured_by == "leakage/comprehensive_rate"
    assert all(len(task["quote"]) <= 60 for task in plan["tasks"])
    again = run(app, [*asked, "--into", str(tmp_path)])
    assert isinstance(again.exception, Refusal)
    note = tmp_path / "cn_320411" / "plan_2026" / "english.yaml"
    note.write_text("title: An invented plan\n", encoding="utf-8")
    assert run(app, [*asked, "--into", str(tmp_path), "--force"]).exit_code == 0
    assert note.exists()
    assert [path.name for path in (tmp_path / "cn_320411").iterdir()] == ["plan_2026"]


@pytest.mark.parametrize(("option", "value"), [("--name", "Plan 2026"), ("--place", "nowhere")])
def test_adopt_refuses_names_it_cannot_use(option: str, value: str, tmp_path: Path) -> None:
    asked = {"--place": "320411", "--name": "plan_2026", "--into": str(tmp_path)} | {option: value}
    result = run(app, ["adopt", str(SAMPLE), *(part for pair in asked.items() for part in pair)])
    assert isinstance(result.exception, Refusal)
    assert list(tmp_path.iterdir()) == []
