"""Permits: the named industries by code, with and without thermal power."""

from __future__ import annotations

from decimal import Decimal

from shuiheng.core.accounts import User
from shuiheng.mechanisms.common.tests.small_district import SmallDistrict, figure, since

USERS = (
    User("D", "印染厂", "U2", "320411.01", "enterprise", "1713"),
    User("M", "机械厂", "U2", "320411.01", "enterprise", "3484"),
    User("P", "电厂", "U2", "320411.01", "power_plant", "4411", "once_through"),
)


def _district(**facts: int) -> SmallDistrict:
    return SmallDistrict(
        users=USERS,
        bindings=[since(user.number, user.number, "intake") for user in USERS],
        daily_l={"D": 3_000, "M": 1_000, "P": 12_000},
        facts={f"permits/{name}": value for name, value in facts.items()},
    )


def test_high_use_industries_in_industrial_use() -> None:
    assert figure("permits/high_use_share", _district()).value == Decimal("0.75")
    assert figure("permits/high_use_share/with_power", _district()).value == Decimal("0.9375")
    assert figure("permits/high_use_users", _district()).value == 2


def test_permits_over_those_who_abstract() -> None:
    assert figure("permits/abstractors_share", _district(valid=3)).value == 1
    lacking = figure("permits/abstractors_share", _district()).lacking()
    assert [item.name for item in lacking] == ["permits/valid/2020"]
