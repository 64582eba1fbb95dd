"""Statistics: the ledger closes to the litre, and unmetered use is shown."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from shuiheng.core.accounts import DeclaredMonth, User
from shuiheng.mechanisms.common.tests.small_district import SmallDistrict, figure, since

USERS = (
    User("W", "水厂", "U3", "320411.01", "waterworks"),
    User("J", "小区", "U3", "320411.01", "community"),
    User("N", "灌区", "U1", "320411.01", "irrigation_district"),
    User("E", "规上企业", "U2", "320411.01", above_scale=True),
)


def _district() -> SmallDistrict:
    return SmallDistrict(
        users=USERS,
        bindings=(since("w", "W", "intake"), since("j", "J", "delivery", supplier="W")),
        daily_l={"w": 1_234_567, "j": 1_000_001},
        declared_months=[DeclaredMonth("N", date(2020, 7, 1), 122_000_122_000, "electricity")],
    )


def test_supply_less_use_less_loss_is_nothing() -> None:
    assert figure("statistics/ledger_residual", _district()).value == 0


def test_what_no_meter_counted_is_a_share_of_use() -> None:
    share = figure("statistics/declared_share", _district())
    metered = Decimal(1_000_001) * 366
    assert share.value == Decimal(122_000_122_000) / (122_000_122_000 + metered)


def test_a_file_keeper_without_data_lowers_the_share(db: None) -> None:
    share = figure("statistics/file_keepers_share", _district())
    assert share.value == Decimal("0.5")  # the works has data, the enterprise has none
