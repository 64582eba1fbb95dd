"""Importing meters: bindings may not overlap, users and parents must exist."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from shuiheng.mechanisms.common.importing import Outcome
from shuiheng.mechanisms.metering.models import Meter, MeterBinding, MeterExchange
from shuiheng.mechanisms.metering.queries import get_meter, list_bindings, list_meters
from shuiheng.mechanisms.metering.services import (
    import_exchanges,
    import_meters,
    lake_exchanges,
    lake_meters,
    meter_columns,
    meter_rows,
)
from shuiheng.mechanisms.registry.models import WaterUser
from shuiheng.store.sheets import read_sheet, write_workbook

TOWNS = {"320411.01": "春江镇"}
HEADER = (
    "水表编号,用水户编号,计量用途,水源,绑定日期,解绑日期,上级水表,级别,字轮位数,最小读数,常用流量Q3"
)
FIRST = "B1,P1,取水,地表水,2019-01-01,2020-07-01,,1,6,10,16"
SECOND = "B1,P2,取水,地表水,2020-07-01,,,1,6,10,16"


@pytest.fixture(autouse=True)
def two_users(db: None) -> None:
    for number in ("P1", "P2"):
        WaterUser.objects.create(
            number=number, name=number, kind="enterprise", use="U2", town="320411.01"
        )


def take(folder: Path, *rows: str, header: str = HEADER, digest: str = "1") -> Outcome:
    file = folder / "meters.csv"
    file.write_text("\n".join((header.replace("级别", "计量级别"), *rows)), encoding="utf-8")
    return import_meters(
        read_sheet(file), towns=TOWNS, today=date(2020, 12, 31), by="test", digest=digest,
        at=datetime(2020, 12, 31, tzinfo=UTC),
    )  # fmt: skip


def codes(outcome: Outcome) -> list[tuple[int, str]]:
    return [(finding.shown_by["row"], finding.code) for finding in outcome.findings]


def test_one_meter_may_serve_two_users_one_after_the_other(tmp_path: Path) -> None:
    outcome = take(tmp_path, FIRST, SECOND)
    assert (outcome.new, outcome.findings) == (2, [])
    assert Meter.objects.count() == 1 and MeterBinding.objects.count() == 2
    assert take(tmp_path, FIRST, SECOND).unchanged == 2


def test_bindings_that_share_a_day_are_refused(tmp_path: Path) -> None:
    open_end = FIRST.replace("2020-07-01", "")
    assert codes(take(tmp_path, open_end, SECOND)) == [(3, "metering.overlap")]
    assert MeterBinding.objects.get().user.number == "P1"
    # The stored binding is open: the next user can come only when it is given an end.
    assert codes(take(tmp_path, SECOND, digest="2")) == [(2, "metering.overlap")]
    assert take(tmp_path, FIRST, SECOND, digest="3").new == 1


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (SECOND.replace("P2", "P9"), "metering.unknown_user"),
        (SECOND.replace(",,,1,", ",,B9,1,"), "metering.unknown_parent"),
        (SECOND.replace(",,,1,", ",,B1,1,"), "metering.own_parent"),
        (SECOND.replace("2020-07-01,,", "2020-07-01,2020-06-01,"), "import.ends_before_start"),
        (SECOND.replace("取水", "抽水"), "import.unknown_choice"),
    ],
)
def test_bad_rows_are_refused(tmp_path: Path, row: str, code: str) -> None:
    assert codes(take(tmp_path, row)) == [(2, code)]
    assert not Meter.objects.exists()


def test_two_rows_of_a_meter_must_agree(tmp_path: Path) -> None:
    outcome = take(tmp_path, FIRST, SECOND.replace(",6,10,16", ",6,1,16"))
    assert codes(outcome) == [(3, "metering.two_facts")]


def test_a_child_of_a_refused_meter_is_refused_too(tmp_path: Path) -> None:
    parent = FIRST.replace("P1", "P9")
    child = FIRST.replace("B1", "B2").replace("2020-07-01,,1", "2020-07-01,B1,2")
    assert codes(take(tmp_path, parent, child)) == [
        (2, "metering.unknown_user"),
        (3, "metering.unknown_parent"),
    ]


def test_the_lake_is_told_capacity_and_overload_flow(tmp_path: Path) -> None:
    take(tmp_path, FIRST, SECOND)
    assert lake_meters(["B1"], q4_to_q3=Decimal("1.25")) == [
        {"meter": "B1", "kind": "register", "unit_l": 10, "capacity_l": 1_000_000_000,
         "max_flow_l_h": 20_000, "step_s": 86_400}
    ]  # fmt: skip


def test_exchanges_are_litres_and_utc(tmp_path: Path) -> None:
    take(tmp_path, FIRST, SECOND)
    file = tmp_path / "exchanges.csv"
    file.write_text(
        "水表编号,换表时间,旧表止码(m3),新表起码(m3),原因\n"
        "B1,2020-05-14 10:00,4767.042,0,到期轮换\n"
        "B9,2020-05-14 10:00,1,0,\n",
        encoding="utf-8",
    )

    def once() -> Outcome:
        return import_exchanges(
            read_sheet(file), today=date(2020, 12, 31), by="", digest="4",
            at=datetime(2020, 12, 31, tzinfo=UTC),
        )  # fmt: skip

    outcome = once()
    assert (outcome.new, codes(outcome)) == (1, [(3, "metering.unknown_meter")])
    assert once().unchanged == 1 and MeterExchange.objects.count() == 1
    told: list[dict[str, Any]] = lake_exchanges(["B1"])
    assert told[0]["at"] == datetime(2020, 5, 14, 2, tzinfo=UTC)
    assert (told[0]["final_l"], told[0]["initial_l"]) == (4_767_042, 0)


def test_an_export_is_imported_without_a_change(tmp_path: Path) -> None:
    take(tmp_path, FIRST, SECOND)
    columns, file = meter_columns(TOWNS), tmp_path / "out.xlsx"
    write_workbook(
        file, title="水表", columns=[column.note() for column in columns],
        rows=meter_rows(columns),
    )  # fmt: skip
    outcome = import_meters(
        read_sheet(file), towns=TOWNS, today=date(2020, 12, 31), by="", digest="5",
        at=datetime(2020, 12, 31, tzinfo=UTC),
    )  # fmt: skip
    assert (outcome.unchanged, outcome.findings) == (2, [])


def test_reads_follow_the_day(tmp_path: Path) -> None:
    take(tmp_path, FIRST, SECOND)
    assert [meter.number for meter in list_meters(asked_by=None, user="P2")] == ["B1"]
    june = list_bindings(asked_by=None, meter="B1", on=date(2020, 6, 30))
    july = list_bindings(asked_by=None, meter="B1", on=date(2020, 7, 1))
    assert [row.user.number for row in june] == ["P1"]
    assert [row.user.number for row in july] == ["P2"]
    assert get_meter(asked_by=None, number="B1").digits == 6
    with pytest.raises(LookupError, match="B9"):
        get_meter(asked_by=None, number="B9")
