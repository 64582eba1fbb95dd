"""Importing the meter tree: places, moves and differences are kept, broken trees refused by row."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from shuiheng.mechanisms.common.importing import Outcome
from shuiheng.mechanisms.metering.models import Counts, Meter, MeterBinding
from shuiheng.mechanisms.metering.queries_tree import get_tree
from shuiheng.mechanisms.metering.services import (
    import_meters,
    lake_meters,
    meter_columns,
    meter_rows,
)
from shuiheng.mechanisms.registry.models import WaterUser
from shuiheng.store.sheets import read_sheet, write_workbook

TOWNS = {"320411.01": "春江镇"}
HEADER = "水表编号,用水户编号,计量用途,绑定日期,解绑日期,计量级别,上级水表,处所,平衡中,准确度等级"
MAIN = "M,P1,取水,2019-01-01,,1,,,,2级"
SHOP = "S,P1,内部计量,2019-01-01,,2,M,一车间,,2级"
TOOL = "T,P1,内部计量,2019-01-01,,3,S,锅炉,,1级"


@pytest.fixture(autouse=True)
def two_users(db: None) -> None:
    for number in ("P1", "P2"):
        WaterUser.objects.create(
            number=number, name=number, kind="enterprise", use="U2", town="320411.01"
        )


def take(folder: Path, *rows: str, digest: str = "1") -> Outcome:
    file = folder / "meters.csv"
    file.write_text("\n".join((HEADER, *rows)), encoding="utf-8")
    return import_meters(
        read_sheet(file), towns=TOWNS, today=date(2020, 12, 31), by="test", digest=digest,
        at=datetime(2020, 12, 31, tzinfo=UTC),
    )  # fmt: skip


def codes(outcome: Outcome) -> list[tuple[int, str, str]]:
    return [
        (one.shown_by["row"], one.code, one.shown_by["column"]) for one in outcome.findings
    ]  # fmt: skip


def test_a_tree_goes_in_and_comes_out_the_same(tmp_path: Path) -> None:
    rest = "R,P1,内部计量,2019-01-01,,2,M,办公楼,差额,"
    out = "X,P1,内部计量,2019-01-01,,2,M,转供邻厂,扣减,"
    outcome = take(tmp_path, MAIN, SHOP, TOOL, rest, out)
    assert (outcome.new, outcome.findings) == (5, [])
    tree = get_tree(asked_by=None)
    assert [(one.meter, one.parent, one.place, one.counts) for one in tree.positions] == [
        ("M", "", "", "+"), ("R", "M", "办公楼", "="), ("S", "M", "一车间", "+"),
        ("T", "S", "锅炉", "+"), ("X", "M", "转供邻厂", "-"),
    ]  # fmt: skip
    assert [tree.meters[name].accuracy for name in "MTR"] == ["2", "1", ""]
    # The lake hears of meters that hang there, not of the difference.
    told = lake_meters(["M", "R", "S"], q4_to_q3=Decimal("1.25"))
    assert [row["meter"] for row in told] == ["M", "S"]
    columns, file = meter_columns(TOWNS), tmp_path / "out.xlsx"
    write_workbook(
        file, title="水表", columns=[column.note() for column in columns],
        rows=meter_rows(columns),
    )  # fmt: skip
    again = import_meters(
        read_sheet(file), towns=TOWNS, today=date(2020, 12, 31), by="", digest="2",
        at=datetime(2020, 12, 31, tzinfo=UTC),
    )  # fmt: skip
    assert (again.unchanged, again.findings) == (5, [])


def test_a_loop_is_refused_with_its_rows_named(tmp_path: Path) -> None:
    take(tmp_path, MAIN, SHOP)
    one = "A,P1,内部计量,2019-01-01,,2,C,,,"
    two = "B,P1,内部计量,2019-01-01,,2,A,,,"
    three = "C,P1,内部计量,2019-01-01,,2,B,,,"
    good = "D,P1,内部计量,2019-01-01,,2,M,,,"
    outcome = take(tmp_path, one, good, two, three, digest="2")
    assert set(codes(outcome)) == {
        (row, "metering.circular_parent", "上级水表") for row in (2, 4, 5)
    }
    assert outcome.new == 1 and not Meter.objects.filter(number__in="ABC").exists()
    text = outcome.findings[0].text
    assert "第 2、4、5 行" in text and "→" in text


def test_a_row_that_closes_a_loop_with_stored_meters_is_refused(tmp_path: Path) -> None:
    take(tmp_path, MAIN, SHOP, "B,P1,内部计量,2019-01-01,,2,S,,,")
    outcome = take(tmp_path, SHOP.replace(",M,一车间", ",B,"), digest="2")
    assert {code for _, code, _ in codes(outcome)} == {"metering.circular_parent"}
    assert MeterBinding.objects.get(meter__number="S").parent == Meter.objects.get(number="M")


@pytest.mark.parametrize(
    ("row", "code", "column"),
    [
        ("A,P2,内部计量,2019-01-01,,2,M,,,", "metering.mixed_users", "用水户编号"),
        ("A,P1,内部计量,2019-01-01,,1,S,,,", "metering.level_order", "计量级别"),
        ("A,P1,内部计量,2019-01-01,,2,,,差额,", "metering.nothing_to_subtract_from", "上级水表"),
        ("A,P1,内部计量,2019-01-01,,2,M,,加上,", "import.unknown_choice", "平衡中"),
        ("A,P1,内部计量,2019-01-01,,2,M,,,5级", "import.unknown_choice", "准确度等级"),
    ],
)
def test_a_broken_place_in_the_tree_is_refused(
    tmp_path: Path, row: str, code: str, column: str
) -> None:
    outcome = take(tmp_path, MAIN, SHOP, row)
    assert codes(outcome) == [(4, code, column)]
    assert outcome.new == 2


def test_a_moved_meter_keeps_its_former_place(tmp_path: Path) -> None:
    moved = [
        "S,P1,内部计量,2019-01-01,2020-07-01,2,M,一车间,,2级",
        "S,P1,内部计量,2020-07-01,,2,M,二车间,,2级",
    ]
    assert take(tmp_path, MAIN, *moved).findings == []
    assert [one.place for one in get_tree(asked_by=None).of_meter["S"]] == ["一车间", "二车间"]


def test_days_without_the_parent_are_noted_and_taken(tmp_path: Path) -> None:
    early = take(tmp_path, MAIN, SHOP.replace("2019-01-01", "2018-01-01"))
    assert [(one.code, one.level.value) for one in early.findings] == [
        ("metering.outlives_parent", "warns")
    ]
    assert early.new == 2 and "2018-01-01 至 2018-12-31" in early.findings[0].text
    # Imported once more, it is no news.
    assert take(tmp_path, MAIN, SHOP.replace("2019-01-01", "2018-01-01")).findings == []
    assert MeterBinding.objects.filter(counts=Counts.INTO).count() == 2
