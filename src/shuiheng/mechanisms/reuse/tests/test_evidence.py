"""Unconventional water: measured shares, declared clusters."""

from __future__ import annotations

from decimal import Decimal

from shuiheng.core.accounts import User
from shuiheng.mechanisms.common.tests.small_district import SmallDistrict, figure, since

USERS = (
    User("L", "绿化所", "U4", "320411.01", "municipal"),
    User("W", "水厂", "U3", "320411.01", "waterworks"),
)


def _district(**facts: int) -> SmallDistrict:
    return SmallDistrict(
        users=USERS,
        bindings=(
            since("tap", "L", "delivery", supplier="W"), since("re", "L", "reclaimed"),
            since("in", "W", "intake"),
        ),
        daily_l={"tap": 1_000_000, "re": 3_000_000, "in": 9_000_000},
        facts={f"reuse/{name}": value for name, value in facts.items()},
    )  # fmt: skip


def test_reclaimed_water_over_all_municipal_use() -> None:
    assert figure("reuse/municipal_reclaimed_share", _district()).value == Decimal("0.75")
    assert figure("reuse/municipal_tap_use", _district()).value == Decimal(366_000)


def test_unconventional_water_over_all_supply() -> None:
    assert figure("reuse/unconventional_share", _district()).value == Decimal("0.25")


def test_the_clusters_rate_comes_from_two_declared_volumes_or_names_both() -> None:
    told = _district(cluster_reclaimed_volume=12_000, cluster_sewage_volume=40_000)
    assert figure("reuse/cluster_reclaimed_rate", told).value == Decimal("0.3")
    lacking = figure("reuse/cluster_reclaimed_rate", _district()).lacking()
    assert {item.name for item in lacking} == {
        "reuse/cluster_reclaimed_volume/2020", "reuse/cluster_sewage_volume/2020"
    }  # fmt: skip
