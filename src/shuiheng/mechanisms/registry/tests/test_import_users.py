"""Importing users: what is taken, what is refused and why, and that nothing is done twice."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from shuiheng.mechanisms.common.importing import MissingColumns, Outcome
from shuiheng.mechanisms.common.models import DataFinding, ImportRun
from shuiheng.mechanisms.registry.models import WaterUser
from shuiheng.mechanisms.registry.queries import count_users, get_user, list_users
from shuiheng.mechanisms.registry.services import import_users, user_columns, user_rows
from shuiheng.store.sheets import read_sheet, write_workbook

pytestmark = pytest.mark.usefixtures("db")

TOWNS = {"320411.01": "春江镇", "320411.03": "新桥镇", "320411": "新北区"}
HEADER = "用水户编号,名称,类型,用水分类,镇街道,行业代码,户数(户),面积(亩),统一社会信用代码,开始日期"
GOOD = (
    "P1,衡云印染,企业,工业用水,春江镇,1713,,,91350100M000100Y43,2015-01-01",
    "J1,云苑,community,U3,320411.03,,1200,,,2018/3/1",
)


def take(folder: Path, *rows: str, digest: str = "1", **more: Any) -> Outcome:
    file = folder / "users.csv"
    file.write_text("\n".join((HEADER, *rows)), encoding="utf-8")
    return import_users(
        read_sheet(file), towns=TOWNS, today=date(2020, 12, 31), by="test", digest=digest,
        at=datetime(2020, 12, 31, tzinfo=UTC), **more,
    )  # fmt: skip


def test_codes_and_titles_are_both_understood(tmp_path: Path) -> None:
    outcome = take(tmp_path, *GOOD)
    assert (outcome.new, outcome.refused_rows) == (2, ())
    community = WaterUser.objects.get(number="J1")
    assert (community.kind, community.use, community.town) == ("community", "U3", "320411.03")
    assert (community.households, community.since) == (1200, date(2018, 3, 1))


def test_the_same_file_twice_changes_nothing_and_a_changed_row_says_so(tmp_path: Path) -> None:
    take(tmp_path, *GOOD)
    again = take(tmp_path, *GOOD)
    assert (again.new, again.changed, again.unchanged) == (0, 0, 2)
    assert ImportRun.objects.filter(kind="users").count() == 1
    changed = take(tmp_path, GOOD[0], GOOD[1].replace("1200", "1250"), digest="2")
    assert (changed.changed, changed.changes) == (1, ["J1:户数(户) 1200 → 1250"])


@pytest.mark.parametrize(
    ("row", "code", "column"),
    [
        (",无编号,企业,工业用水,春江镇,,,,,", "import.missing", "用水户编号"),
        ("P2,某厂,企业,工业用水,火星镇,,,,,", "import.unknown_choice", "镇街道"),
        ("P2,某厂,企业,工业,春江镇,,,,,", "import.unknown_choice", "用水分类"),
        ("P2,某厂,企业,工业用水,春江镇,,-3,,,", "import.negative", "户数(户)"),
        ("P2,某厂,企业,工业用水,春江镇,,三,,,", "import.not_a_number", "户数(户)"),
        ("P2,某厂,企业,工业用水,春江镇,,,1.234,,", "import.too_fine", "面积(亩)"),
        ("P2,某厂,企业,工业用水,春江镇,,,,,2021-01-01", "import.future_date", "开始日期"),
        ("P2,某厂,企业,工业用水,春江镇,,,,,2020-02-30", "import.bad_date", "开始日期"),
        ("P2,某厂,企业,工业用水,春江镇,,,,91350100M000100Y44,", "registry.bad_credit_code",
         "统一社会信用代码"),
        ("P2,某厂,企业,工业用水,春江镇,纺织,,,,", "registry.bad_industry", "行业代码(GB/T 4754)"),
        ("P1,同号,企业,工业用水,春江镇,,,,,", "import.duplicate", "用水户编号"),
    ],
)  # fmt: skip
def test_a_bad_cell_is_named_and_the_good_rows_are_taken(
    tmp_path: Path, row: str, code: str, column: str
) -> None:
    outcome = take(tmp_path, GOOD[0], row, GOOD[1])
    assert (outcome.new, outcome.refused_rows) == (2, (3,))
    finding = outcome.findings[0]
    assert finding.code == code
    assert (finding.shown_by["row"], finding.shown_by["column"]) == (3, column)
    assert "第 3 行" in finding.text and column in finding.text
    assert finding.shown_by["remedy"] and finding.text_en
    assert DataFinding.objects.filter(code=code).count() == 1


def test_every_bad_cell_of_a_row_is_named_at_once(tmp_path: Path) -> None:
    outcome = take(tmp_path, "P2,,企业,工业,春江镇,,,,,")
    assert [finding.shown_by["column"] for finding in outcome.findings] == ["名称", "用水分类"]


def test_all_or_nothing_and_dry_run_write_nothing(tmp_path: Path) -> None:
    outcome = take(tmp_path, *GOOD, "P3,,企业,工业用水,春江镇,,,,,", all_or_nothing=True)
    assert outcome.nothing_taken and outcome.taken == 0
    assert not WaterUser.objects.exists()
    dry = take(tmp_path, *GOOD, digest="2", dry_run=True)
    assert dry.new == 2 and not WaterUser.objects.exists()
    assert not ImportRun.objects.filter(digest="2").exists()


def test_a_missing_column_is_one_message_with_the_template(tmp_path: Path) -> None:
    file = tmp_path / "users.csv"
    file.write_text("用水户编号,名称\nP1,某厂\n", encoding="utf-8")
    with pytest.raises(MissingColumns, match=r"「类型」.*shuiheng registry template users"):
        import_users(
            read_sheet(file), towns=TOWNS, today=date(2020, 12, 31), by="", digest="",
            at=datetime(2020, 12, 31, tzinfo=UTC),
        )  # fmt: skip


def test_an_export_is_imported_without_a_change(tmp_path: Path) -> None:
    take(tmp_path, *GOOD)
    columns = user_columns(TOWNS)
    file = tmp_path / "out.xlsx"
    write_workbook(
        file, title="用水户", columns=[column.note() for column in columns],
        rows=user_rows(columns),
    )  # fmt: skip
    outcome = import_users(
        read_sheet(file), towns=TOWNS, today=date(2020, 12, 31), by="", digest="3",
        at=datetime(2020, 12, 31, tzinfo=UTC),
    )  # fmt: skip
    assert (outcome.unchanged, outcome.refused_rows, outcome.findings) == (2, (), [])


def test_the_public_sees_no_credit_code(tmp_path: Path) -> None:
    take(tmp_path, *GOOD)
    assert get_user(asked_by=None, number="P1").credit_code == ""
    assert get_user(asked_by="officer", number="P1").credit_code == "91350100M000100Y43"
    assert [user.credit_code for user in list_users(asked_by=None, words="衡云")] == [""]
    assert count_users(asked_by=None, by="town") == {"320411.01": 1, "320411.03": 1}
    with pytest.raises(LookupError, match="NONE"):
        get_user(asked_by=None, number="NONE")
