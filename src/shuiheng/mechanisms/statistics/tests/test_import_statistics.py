"""Importing series, declared values, declared volumes and plans."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from shuiheng.mechanisms.common.importing import Outcome
from shuiheng.mechanisms.common.names import FACTS, SERIES
from shuiheng.mechanisms.plans.models import UnitPlan
from shuiheng.mechanisms.plans.queries import find_plan, planned_volumes
from shuiheng.mechanisms.plans.services import import_plans
from shuiheng.mechanisms.registry.models import WaterUser
from shuiheng.mechanisms.statistics.models import DeclaredValue, DeclaredVolume, YearValue
from shuiheng.mechanisms.statistics.queries import get_series
from shuiheng.mechanisms.statistics.services import (
    import_declared,
    import_series,
    import_volumes,
)
from shuiheng.store.sheets import read_sheet

pytestmark = pytest.mark.usefixtures("db")


def take(act: Callable[..., Outcome], folder: Path, *lines: str, **more: Any) -> Outcome:
    file = folder / "table.csv"
    file.write_text("\n".join(lines), encoding="utf-8")
    return act(
        read_sheet(file), today=date(2020, 12, 31), by="test", digest="\n".join(lines)[:64],
        at=datetime(2020, 12, 31, tzinfo=UTC), **more,
    )  # fmt: skip


def codes(outcome: Outcome) -> list[tuple[int, str]]:
    return [(finding.shown_by["row"], finding.code) for finding in outcome.findings]


def test_titles_of_names_are_unique_so_that_a_table_can_use_them() -> None:
    for names in (FACTS, SERIES):
        assert len({row.title for row in names.values()}) == len(names)


def test_each_vintage_stays_and_the_latest_is_used(tmp_path: Path) -> None:
    header = "指标,年份,数值,单位,口径,公布日期,依据文件,填报单位"
    outcome = take(
        import_series, tmp_path, header,
        "地区生产总值,2018,1388.1,亿元,,2019-02-25,年鉴,统计局",
        "gdp,2018,13610000,万元,,2019-11-22,普查修订,统计局",
        "gdp,2018,5,亩,,2020-01-01,写错,统计局",
        "gdp,2031,5,亿元,,2020-01-01,写错,统计局",
    )  # fmt: skip
    assert outcome.new == 2
    assert codes(outcome) == [(4, "statistics.wrong_unit"), (5, "import.future_date")]
    assert YearValue.objects.count() == 2
    assert get_series(asked_by=None, name="gdp")[2018].value == Decimal(1361)
    before = get_series(asked_by=None, name="gdp", on=date(2019, 6, 1))
    assert before[2018].value == Decimal("1388.1")


def test_declared_values_come_into_the_unit_of_their_name(tmp_path: Path) -> None:
    lines = (
        "指标,年份,数值,单位,地区,填报单位,填报日期",
        "leakage/pipe_length,2020,765000,m,新北区,住房和城乡建设局,2020-12-25",
    )
    places = {"320411": "新北区"}
    assert take(import_declared, tmp_path, *lines, places=places).new == 1
    stored = DeclaredValue.objects.get()
    assert (stored.value, stored.unit, stored.place) == (Decimal(765), "km", "320411")
    assert take(import_declared, tmp_path, *lines, places=places).unchanged == 1


def test_declared_volumes_keep_their_working(tmp_path: Path) -> None:
    WaterUser.objects.create(
        number="W1", name="农田", kind="irrigation_district", use="U1", town="320411.01"
    )
    lines = (
        "用水户编号,月份,性质,水源,水量(m3),依据,面积(亩),定额(m3/亩),填报单位",
        "W1,2020-07,取用,地表水,51000.5,面积×定额估算,1000,510,农业农村局",
        "W9,2020-07,取用,地表水,1,申报,,,农业农村局",
        "W1,2020-07,取用,地表水,-1,申报,,,农业农村局",
    )
    outcome = take(import_volumes, tmp_path, *lines)
    assert outcome.new == 1
    assert codes(outcome) == [(3, "statistics.unknown_user"), (4, "import.negative")]
    stored = DeclaredVolume.objects.get()
    assert (stored.volume_l, stored.month) == (51_000_500, date(2020, 7, 1))
    assert stored.working == {"area_mu": "1000", "quota_m3_mu": "510"}
    assert take(import_volumes, tmp_path, *lines).unchanged == 1


def test_plans_are_changed_not_doubled(tmp_path: Path) -> None:
    WaterUser.objects.create(number="P1", name="厂", kind="enterprise", use="U2", town="320411.01")
    header = "用水户编号,年份,计划水量(m3)"
    assert take(import_plans, tmp_path, header, "P1,2020,1000", "P9,2020,5").new == 1
    outcome = take(import_plans, tmp_path, header, "P1,2020,1200")
    assert outcome.changes == ["P1:计划水量(m3) 1000 → 1200"]
    assert UnitPlan.objects.count() == 1
    assert planned_volumes(asked_by=None, year=2020) == {"P1": Decimal(1200)}
    assert find_plan(asked_by=None, user="P1", year=2019) is None
