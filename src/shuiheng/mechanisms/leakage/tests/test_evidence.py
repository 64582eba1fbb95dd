"""Leakage: both rates side by side, from outlet meters and deliveries, and what each lacks."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from shuiheng.core.accounts import User
from shuiheng.mechanisms.common.tests.small_district import SmallDistrict, figure, since
from shuiheng.mechanisms.metering.models import Meter, MeterBinding
from shuiheng.mechanisms.registry.models import WaterUser

USERS = (
    User("W", "水厂", "U3", "320411.01", "waterworks"),
    User("J", "小区", "U3", "320411.01", "community"),
)
DAILY = {"in": 110_000_000, "net": 100_000_000, "out": 10_000_000, "j": 88_000_000}
BINDINGS = (since("in", "W", "intake"), since("j", "J", "delivery", supplier="W"))
NETWORK = {
    "leakage/household_metered_volume": 0, "leakage/pipe_length": 2537,
    "leakage/outlet_pressure": "0.35", "leakage/frost_depth": 0,
}  # fmt: skip


def _district(**facts: str | int) -> SmallDistrict:
    return SmallDistrict(users=USERS, bindings=BINDINGS, daily_l=DAILY, facts=facts)


@pytest.fixture
def meters(db: None) -> None:
    """An outlet meter of the works, in the register as in the lake."""
    works = WaterUser.objects.create(
        number="W", name="水厂", kind="waterworks", use="U3", town="320411.01"
    )
    outlet = Meter.objects.create(number="net")
    MeterBinding.objects.create(
        meter=outlet, user=works, role="network_input", since=date(2015, 1, 1)
    )


def test_the_gross_rate_is_measured_and_the_corrected_one_names_what_it_lacks(
    meters: None,
) -> None:
    assert figure("leakage/gross_rate", _district()).value == Decimal("0.12")
    corrected = figure("leakage/comprehensive_rate", _district())
    assert corrected.value is None
    assert {item.name for item in corrected.lacking()} == {f"{name}/2020" for name in NETWORK}


def test_the_corrections_are_taken_off_the_gross_rate(meters: None) -> None:
    # 366 days of 100,000 m3: 3,660 万m3, with 2,537 km A = 0.6932, so that R2 stops at 3 %.
    corrected = figure("leakage/comprehensive_rate", _district(**NETWORK))
    assert corrected.value == Decimal("0.09") and corrected.method == "corrected"
    assert "12.00 %" in corrected.note
    household = {**NETWORK, "leakage/household_metered_volume": 18_300_000}  # r = 0.5
    assert figure("leakage/comprehensive_rate", _district(**household)).value == Decimal("0.05")


def test_unmetered_registered_use_is_not_lost(meters: None) -> None:
    told = {"leakage/unmetered_registered_use": 366_000}  # one per cent of the input
    assert figure("leakage/gross_rate", _district(**told)).value == Decimal("0.11")


def test_an_export_behind_the_outlet_was_never_in_this_network(meters: None) -> None:
    outlet, works = Meter.objects.get(number="net"), WaterUser.objects.get(number="W")
    export = Meter.objects.create(number="out")
    MeterBinding.objects.create(
        meter=export, user=works, role="export", since=date(2015, 1, 1), parent=outlet
    )
    gross = figure("leakage/gross_rate", _district())
    assert gross.value is not None and round(gross.value, 6) == Decimal("0.022222")


def test_without_outlet_meters_the_intake_stands_in_and_says_so(db: None) -> None:
    gross = figure("leakage/gross_rate", _district())
    assert gross.value == Decimal("0.2")
    notes = " ".join(node.note for node in gross.explain().walk())
    assert "以水厂取水量代替" in notes


def test_without_any_supply_the_outlet_readings_are_missing(db: None) -> None:
    empty = figure("leakage/comprehensive_rate", SmallDistrict())
    assert "leakage/network_input_readings" in [item.name for item in empty.lacking()]
