from __future__ import annotations

from datetime import date

import numpy as np

from shuiheng.core.accounts import Binding, DailyVolumes, User, book
from shuiheng.mechanisms.statistics.account import identity, matrix, rows_of

USERS = [
    User("W", "水厂", "U3", "320411.01", kind="waterworks"),
    User("C", "小区", "U3", "320411.03", kind="community"),
]
BINDINGS = [
    Binding("m-w", "W", "intake", date(2020, 1, 1), source="S1"),
    Binding("m-c", "C", "delivery", date(2020, 1, 1), supplier="W"),
]


def test_the_page_adds_up_to_supply_and_shows_no_residual() -> None:
    day = np.array(["2020-01-05", "2020-01-05"], "datetime64[D]")
    litres = np.array([1_000_000, 880_000], np.int64)
    daily = DailyVolumes(
        ("m-w", "m-c"), np.array([0, 1], np.int32), day, litres, litres, np.zeros(2, np.int64)
    )
    accounts = book(users=USERS, bindings=BINDINGS, daily=daily)
    rows = rows_of(accounts)
    assert sum(row.volume_l for row in rows) == 1_000_000
    assert {row.use for row in rows} == {"U3", "L"}
    assert [str(sum_["volume"]) for sum_ in identity(accounts, 2020)] == ["1000", "880", "120", "0"]
    assert matrix(accounts, 2020)["total"] == 1000
    assert rows_of(book(users=USERS, bindings=BINDINGS, daily=daily)) == rows
