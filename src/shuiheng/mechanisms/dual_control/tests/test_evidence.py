"""Dual control: the method is never silent, and what is missing is named."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from shuiheng.core.accounts import DeclaredMonth, User
from shuiheng.mechanisms.common.evidence import entries
from shuiheng.mechanisms.common.tests.small_district import (
    SmallDistrict,
    figure,
    since,
    view_of,
)
from shuiheng.rules import Law

USERS = (
    User("P", "电厂", "U2", "320411.01", "power_plant", "4411", "once_through", True),
    User("E", "企业", "U2", "320411.01", "enterprise", "1713", "", True),
    User("F", "灌区", "U1", "320411.02", "irrigation_district"),
)
# Litres a day; 366 days in 2020.
DAILY = {"p": 1_000_000_000, "e": 10_000_000, "e3": 1_000_000, "f": 5_000_000}
BINDINGS = (
    since("p", "P", "intake"), since("e", "E", "intake"), since("e3", "E", "reclaimed"),
    since("f", "F", "intake"),
)  # fmt: skip
INDICES = dict.fromkeys(range(2016, 2021), "105")


def _district(**more: object) -> SmallDistrict:
    return SmallDistrict(users=USERS, bindings=BINDINGS, daily_l=DAILY, **more)  # type: ignore[arg-type]


def test_without_the_letter_total_use_is_gross_intake_without_unconventional_water() -> None:
    total = figure("dual_control/total_use", _district())
    assert total.value == Decimal(1_015_000) * 366
    assert total.method == "gross_intake" and "方案未载明" in total.note
    assert figure("dual_control/total_use_bulletin", _district()).value == Decimal(1_016_000) * 366


def test_each_method_counts_the_plant_in_its_own_way() -> None:
    def value(method: str) -> Decimal | None:
        return figure(f"dual_control/total_use/{method}", _district()).value

    assert value("excl_power") == Decimal(15_000) * 366
    assert value("consumption") == Decimal(15_000 + 10_000) * 366  # one per cent of the intake
    assert value("assessed") is None


def test_the_letter_of_the_superior_decides_the_method_once_it_is_loaded(tmp_path: Path) -> None:
    own = tmp_path / "cn_320411" / "dual_control"
    own.mkdir(parents=True)
    (own / "assessed_method.yaml").write_text(
        "name: dual_control/assessed_method\ntitle: 考核口径\ntype: text\nunit: ''\n"
        "values:\n  2016-01-01:\n    value: excl_power\n    clause: 指标下达文件\n"
        "last_checked: 2026-11-23\nconfidence: A\n",
        encoding="utf-8",
    )
    total = figure("dual_control/total_use", _district(), law=Law.load(tmp_path))
    assert (total.method, total.value) == ("assessed", Decimal(15_000) * 366)


def test_a_year_that_is_not_over_is_provisional_and_its_trend_accumulates() -> None:
    view = view_of(_district(), on=date(2020, 6, 30))
    entry = entries()["dual_control/total_use"]
    total = entry.compute(view)
    assert total.provisional and entry.accumulates and entry.trend is not None
    points = entry.trend(view)
    assert [point.on for point in points][:2] == [date(2020, 1, 31), date(2020, 2, 29)]
    assert points[1].value == Decimal(1_015_000) * 60 and points[-1].value < (total.value or 0)


def test_a_fall_at_comparable_prices_compares_one_method_in_both_years() -> None:
    now = Decimal(16_000) * 366  # without the plant, reclaimed water counted as bulletins do
    data = _district(
        published={
            ("gdp", ""): {2015: "100"}, ("gdp_index", ""): INDICES,
            ("total_use", "excl_power"): {2015: str(now)},
        }
    )  # fmt: skip
    drop = figure("dual_control/gdp_intensity_drop", data)
    assert drop.method == "excl_power" and not drop.lacking()
    assert drop.value is not None and abs(drop.value - (1 - 1 / Decimal("1.05") ** 5)) < 1e-20


@pytest.mark.parametrize(
    ("published", "missing"),
    [
        ({}, "gdp/2015"),
        ({("gdp", ""): {2015: "100"}, ("gdp_index", ""): INDICES}, "total_use/2015"),
        (
            {
                ("gdp", ""): {2015: "100"}, ("gdp_index", ""): {2016: "105"},
                ("total_use", "excl_power"): {2015: "1"},
            },
            "dual_control/gdp_intensity_drop/gdp_index/2017",
        ),
    ],
)  # fmt: skip
def test_a_missing_series_is_named_with_its_year(
    published: dict[tuple[str, str], dict[int, str]], missing: str
) -> None:
    drop = figure("dual_control/gdp_intensity_drop", _district(published=published))
    assert drop.value is None
    assert missing in [item.name for item in drop.lacking()]


def test_within_the_year_the_fall_is_that_of_the_last_complete_year() -> None:
    data = _district(
        published={
            ("gdp", ""): {2015: "100"}, ("gdp_index", ""): INDICES,
            ("total_use", "excl_power"): {2015: "1000", 2019: "900"},
        }
    )  # fmt: skip
    drop = figure("dual_control/gdp_intensity_drop", data, on=date(2020, 7, 1))
    assert str(drop.period) == "2019" and drop.provisional
    assert drop.value is not None
    assert abs(drop.value - (1 - Decimal("0.9") / Decimal("1.05") ** 4)) < 1e-20


def test_reuse_counts_fresh_water_and_names_who_is_silent() -> None:
    reused = [
        DeclaredMonth("E", date(2020, month, 1), 300_000_000, "declared", "reused", "")
        for month in range(1, 13)
    ]
    rate = figure("dual_control/industrial_reuse_rate", _district(declared_months=reused))
    fresh = Decimal(10_000) * 366
    assert rate.value == Decimal(3_600_000) / (3_600_000 + fresh)
    with_power = figure(
        "dual_control/industrial_reuse_rate/with_power", _district(declared_months=reused)
    )
    assert with_power.value is not None and with_power.value < Decimal("0.01")
    silent = figure("dual_control/industrial_reuse_rate", _district())
    assert [item.held_by for item in silent.lacking()] == ["经济发展局"]
