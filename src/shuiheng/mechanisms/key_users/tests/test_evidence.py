"""Key users: 199,999 m3 is out, 200,000 m3 is in, and services count as industry does."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from shuiheng.core.accounts import DeclaredMonth, User
from shuiheng.mechanisms.common.tests.small_district import SmallDistrict, figure

USERS = (
    User("IN", "刚达到", "U2", "320411.01"),
    User("OUT", "差一方", "U2", "320411.01"),
    User("SV", "服务业", "U3", "320411.01", "service"),
    User("V", "村", "U3", "320411.01", "village"),
)
VOLUMES_M3 = {"IN": 200_000, "OUT": 199_999, "SV": 300_000, "V": 900_000}


def _district(**facts: int) -> SmallDistrict:
    return SmallDistrict(
        users=USERS,
        declared_months=[
            DeclaredMonth(user, date(2020, 3, 1), volume * 1000, "declared")
            for user, volume in VOLUMES_M3.items()
        ],
        facts={f"key_users/{name}": value for name, value in facts.items()},
    )


def test_the_threshold_includes_its_own_number_and_leaves_villages_out() -> None:
    listed = figure("key_users/should_be_listed", _district())
    names = [item.name for item in listed.inputs if item.name.startswith("key_users/use/")]
    assert names == ["key_users/use/SV", "key_users/use/IN"]  # the largest first
    assert listed.value == Decimal(2)


def test_listed_over_should_be_listed() -> None:
    share = figure("key_users/listed_share", _district(listed_count=1))
    assert share.value == Decimal("0.5") and share.quality.declared > 0


def test_the_missing_list_is_named_with_its_holder() -> None:
    share = figure("key_users/listed_share", _district())
    assert [(item.name, item.held_by) for item in share.lacking()] == [
        ("key_users/listed_count/2020", "农业农村局")
    ]
