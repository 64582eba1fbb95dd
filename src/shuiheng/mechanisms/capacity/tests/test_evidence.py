"""Capacity: use over the plan's ceiling, by method, with its class."""

from __future__ import annotations

from decimal import Decimal

from shuiheng.core.accounts import User
from shuiheng.mechanisms.capacity.evidence import ceiling
from shuiheng.mechanisms.common.tests.small_district import (
    SmallDistrict,
    figure,
    since,
    view_of,
)

PLANT = User("P", "电厂", "U2", "320411.01", "power_plant", "4411", "once_through")


def _district(daily_l: int) -> SmallDistrict:
    return SmallDistrict(
        users=(PLANT,), bindings=(since("p", "P", "intake"),), daily_l={"p": daily_l}
    )


def test_the_ceiling_is_the_plans_target() -> None:
    law = ceiling(view_of(_district(1)))
    assert law is not None and "8.71" in law.clause.quote


def test_the_class_depends_on_the_method_and_says_so() -> None:
    data = _district(2_300_000_000)  # 841.8 million m3 in the year
    gross = figure("capacity/use_ratio", data)
    assert gross.value == Decimal(841_800_000) / Decimal(871_000_000)
    assert gross.method == "gross_intake" and "临界超载" in gross.note
    by_consumption = figure("capacity/use_ratio/consumption", data)
    assert "不超载" in by_consumption.note
