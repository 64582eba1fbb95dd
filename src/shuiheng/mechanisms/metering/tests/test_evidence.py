"""Metering: what a meter counts is metered, levels compare within one user, periods end."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from shuiheng.core.accounts import DeclaredMonth, User
from shuiheng.mechanisms.common.tests.small_district import SmallDistrict, figure, since
from shuiheng.mechanisms.metering.models import Meter, MeterBinding
from shuiheng.mechanisms.registry.models import WaterUser

USERS = (
    User("N1", "装表灌区", "U1", "320411.01", "irrigation_district"),
    User("N2", "未装表灌区", "U1", "320411.01", "irrigation_district"),
    User("E", "企业", "U2", "320411.01"),
)


def _district() -> SmallDistrict:
    return SmallDistrict(
        users=USERS,
        bindings=(since("n", "N1", "intake"), since("e", "E", "intake")),
        daily_l={"n": 3_000_000, "e": 1_000_000, "e-a": 500_000, "e-b": 460_000},
        declared_months=[
            DeclaredMonth("N2", date(2020, month, 1), 30_500_000, "area_quota")
            for month in range(1, 13)
        ],
    )


def test_a_sector_rate_leaves_estimates_out_of_the_metered_part() -> None:
    rate = figure("metering/sector_rate/irrigation", _district())
    assert rate.value == Decimal(1_098_000) / Decimal(1_098_000 + 366_000)
    assert figure("metering/sector_rate/industry", _district()).value == 1


@pytest.fixture
def workshops(db: None) -> WaterUser:
    """A main meter with two workshops behind it."""
    user = WaterUser.objects.create(
        number="E", name="企业", kind="enterprise", use="U2", town="320411.01"
    )
    for number, role, level in (("e", "intake", 1), ("e-a", "internal", 2), ("e-b", "internal", 2)):
        meter = Meter.objects.create(
            number=number, level=level, dn_mm=80, q3_m3_h=40, verified_on=date(2018, 12, 31)
        )
        MeterBinding.objects.create(meter=meter, user=user, role=role, since=date(2015, 1, 1))
    return user


def test_level_2_over_level_1_and_the_missing_level_3(workshops: WaterUser) -> None:
    assert figure("metering/level_2_rate", _district()).value == Decimal("0.96")
    lacking = figure("metering/level_3_rate", _district()).lacking()
    assert [(item.name, item.held_by) for item in lacking] == [
        ("metering/level_3_rate/meters", "经济发展局")
    ]


def test_a_verification_of_two_years_ends_on_its_day(workshops: WaterUser) -> None:
    def share(on: date) -> Decimal | None:
        return figure("metering/verified_share", _district(), on=on).value

    assert share(date(2020, 12, 30)) == 1
    assert share(date(2020, 12, 31)) == 0


def test_a_binding_that_ends_within_the_year_counts_only_its_days(workshops: WaterUser) -> None:
    MeterBinding.objects.filter(meter__number="e-b").update(until=date(2020, 7, 1))
    rate = figure("metering/level_2_rate", _district())
    assert rate.value == Decimal(500 * 366 + 460 * 182) / Decimal(1000 * 366)


def test_completeness_without_any_readings_is_missing(db: None) -> None:
    lacking = figure("metering/completeness", SmallDistrict()).lacking()
    assert [item.name for item in lacking] == ["readings"]


def test_what_was_filled_in_is_a_share_of_what_meters_count() -> None:
    share = figure("metering/estimated_share", _district())
    assert share.value == 0  # the small lake has no gaps
    assert figure("metering/estimated_share", SmallDistrict()).lacking()
