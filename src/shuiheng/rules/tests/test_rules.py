from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from shuiheng.rules import Law, NotInForce, UnknownRule, Unverified, check_law

RULE = """
name: demo/limit
title: 界限
title_en: Limit
unit: m3
comparison: at_least
values:
  2019-01-01: {value: "10", clause: 文件一 第1条, until: 2019-12-31}
  2020-06-01: {value: "20", clause: 文件二 第3条, quote: 二十以上}
last_checked: 2026-11-23
confidence: A
"""


def overlay(folder: Path, pack: str, name: str, text: str) -> Path:
    path = folder / pack / f"{name}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return folder


def test_the_value_of_the_day_is_cited(tmp_path: Path) -> None:
    law = Law.load(overlay(tmp_path, "cn_32", "demo/limit", RULE))
    cited = law.as_of("demo/limit", on=date(2021, 1, 1), place="320411")
    assert (cited.value, str(cited.clause), cited.place) == (Decimal(20), "文件二 第3条", "32")
    assert law.as_of("demo/limit", on=date(2019, 12, 31), place="32").value == Decimal(10)


@pytest.mark.parametrize("day", [date(2018, 12, 31), date(2020, 1, 1), date(2020, 5, 31)])
def test_a_day_without_a_value_is_refused(tmp_path: Path, day: date) -> None:
    law = Law.load(overlay(tmp_path, "cn", "demo/limit", RULE))
    with pytest.raises(NotInForce, match="had no value on"):
        law.as_of("demo/limit", on=day, place="320411")


def test_the_nearest_place_that_speaks_on_the_day_wins(tmp_path: Path) -> None:
    overlay(tmp_path, "cn", "demo/limit", RULE)
    near = RULE.replace("2019-01-01", "2020-07-01").replace(", until: 2019-12-31", "")
    near = near.replace('  2020-06-01: {value: "20", clause: 文件二 第3条, quote: 二十以上}\n', "")
    law = Law.load(overlay(tmp_path, "cn_320411", "demo/limit", near))
    assert law.as_of("demo/limit", on=date(2020, 6, 30), place="320411").place == "cn"
    assert law.as_of("demo/limit", on=date(2020, 7, 1), place="320411").place == "320411"
    assert law.as_of("demo/limit", on=date(2020, 7, 1), place="3204").place == "cn"


def test_an_unverified_value_is_shown_and_decides_nothing(tmp_path: Path) -> None:
    text = RULE.replace("confidence: A", "confidence: C")
    law = Law.load(overlay(tmp_path, "cn", "demo/limit", text))
    assert law.as_of("demo/limit", on=date(2021, 1, 1), place="cn").value == 20
    with pytest.raises(Unverified, match="load the checked value"):
        law.decide("demo/limit", on=date(2021, 1, 1), place="cn")
    checked = overlay(tmp_path / "office", "cn", "demo/limit", RULE)
    over = Law.load(tmp_path, checked)
    assert over.decide("demo/limit", on=date(2021, 1, 1), place="cn").value == 20


def test_an_unknown_rule_names_near_ones(tmp_path: Path) -> None:
    law = Law.load(overlay(tmp_path, "cn", "demo/limit", RULE))
    with pytest.raises(UnknownRule, match="demo/limit"):
        law.as_of("demo/limits", on=date(2020, 1, 1), place="cn")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (('"20"', "20"), "must be quoted"),
        (('"20"', '"zwanzig"'), "is not a number"),
        (("unit: m3", "unit: furlong"), "not in basics.quantity"),
        (("clause: 文件二 第3条, ", ""), "has no clause"),
        (("confidence: A", "confidence: E"), "use A, A\\*, B, C or D"),
        (("2020-06-01:", "2020-06-31:"), "is not a day"),
        (("title: 界限", "title: 界限\ntitle: 又一"), "stands twice"),
        (("comparison: at_least", "comparison: above"), "use at_least"),
    ],
)
def test_a_bad_file_is_named_and_the_rest_is_kept(
    tmp_path: Path, change: tuple[str, str], says: str
) -> None:
    overlay(tmp_path, "cn", "demo/good", RULE.replace("demo/limit", "demo/good"))
    law = Law.load(overlay(tmp_path, "cn", "demo/limit", RULE.replace(*change)))
    assert law.as_of("demo/good", on=date(2021, 1, 1), place="cn").value == 20
    findings = [f for f in check_law(law, today=date(2026, 11, 23)) if f.code == "rules.unreadable"]
    assert len(findings) == 1
    assert "cn/demo/limit.yaml" in findings[0].text
    with pytest.raises(Exception, match=says):
        raise law.problems[0]


def test_holes_overlaps_and_stale_entries_are_reported(tmp_path: Path) -> None:
    law = Law.load(overlay(tmp_path, "cn", "demo/limit", RULE))
    codes = {
        f.code
        for f in check_law(law, today=date(2027, 11, 24))
        if f.shown_by["rule"] == "demo/limit"
    }
    assert {"rules.hole", "rules.stale", "rules.unknown_document"} <= codes
    fresh = {f.code for f in check_law(law, today=date(2027, 11, 24)) if f.code == "rules.overlap"}
    assert fresh == set()
    text = RULE.replace("until: 2019-12-31", "until: 2020-06-01")
    law = Law.load(overlay(tmp_path, "cn", "demo/limit", text))
    assert "rules.overlap" in {f.code for f in check_law(law, today=date(2026, 11, 23))}
