"""Planned use: coverage is whole only after the last user has a plan."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from shuiheng.core.accounts import DeclaredMonth, User
from shuiheng.mechanisms.common.tests.small_district import SmallDistrict, figure
from shuiheng.mechanisms.plans.models import UnitPlan
from shuiheng.mechanisms.registry.models import WaterUser

USERS = (
    User("A", "甲厂", "U2", "320411.01"),
    User("B", "乙宾馆", "U3", "320411.01", "service"),
    User("C", "居民小区", "U3", "320411.01", "community"),
)


def _district() -> SmallDistrict:
    return SmallDistrict(
        users=USERS,
        declared_months=[
            DeclaredMonth(user.number, date(2020, 3, 1), 8_000_000, "declared") for user in USERS
        ],
    )


def _plan(number: str, kind: str, volume: int) -> None:
    user = WaterUser.objects.create(
        number=number, name=number, kind=kind, use="U2", town="320411.01"
    )
    UnitPlan.objects.create(user=user, year=2020, volume_m3=volume)


def test_coverage_becomes_whole_with_the_last_plan(db: None) -> None:
    _plan("A", "enterprise", 8_000)
    half = figure("plans/planned_use_coverage", _district())
    assert half.value == Decimal("0.5")  # the community has tiers, not a plan
    without = next(item for item in half.inputs if item.name == "plans/users_due")
    assert "乙宾馆" in [node.title for node in without.explain().walk()]  # type: ignore[union-attr]
    _plan("B", "service", 8_000)
    assert figure("plans/planned_use_coverage", _district()).value == 1


def test_use_equal_to_the_plan_is_not_over_it(db: None) -> None:
    _plan("A", "enterprise", 8_000)
    _plan("B", "service", 7_999)
    over = figure("plans/over_plan_users", _district())
    assert [item.name for item in over.inputs] == ["plans/use/B"]
