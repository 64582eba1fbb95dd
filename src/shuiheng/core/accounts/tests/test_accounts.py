from __future__ import annotations

from datetime import date
from decimal import Decimal
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shuiheng.basics import Cited, Clause, Confidence, Declared, Figure, Period, Readings
from shuiheng.core.accounts import (
    Accounts,
    Binding,
    DailyVolumes,
    DeclaredMonth,
    User,
    book,
    comparable_value,
    intensity,
    intensity_drop,
    total_use,
)

YEAR = Period.year(2020)
RATIO = Cited(
    "dual_control/once_through_consumption_ratio", Decimal("0.01"), "1", date(2024, 12, 1),
    Clause("苏财税〔2024〕32号", "三"), "32", Confidence.EXCERPT,
)  # fmt: skip

USERS = [
    User("P", "电厂", "U2", "320411.01", kind="power_plant", cooling="once_through"),
    User("F", "工厂", "U2", "320411.02"),
    User("W", "水厂", "U3", "320411.01", kind="waterworks"),
    User("C", "小区", "U3", "320411.03", kind="community"),
    User("I", "灌区", "U1", "320411.04", kind="irrigation_district"),
]
BINDINGS = [
    Binding("m-p", "P", "intake", date(2020, 1, 1), source="S1"),
    Binding("m-f", "F", "intake", date(2020, 1, 1), source="S2"),
    Binding("m-w", "W", "intake", date(2020, 1, 1), source="S1"),
    Binding("m-c", "C", "delivery", date(2020, 1, 1), supplier="W"),
    Binding("m-r", "F", "reclaimed", date(2020, 1, 1), source="S3"),
    Binding("m-t", "P", "return", date(2020, 1, 1)),
]


def volumes(rows: list[tuple[str, date, int, int]]) -> DailyVolumes:
    """Return daily volumes from (meter, day, measured litres, estimated litres)."""
    numbers = tuple(sorted({row[0] for row in rows}))
    return DailyVolumes(
        numbers,
        np.array([numbers.index(row[0]) for row in rows], np.int32),
        np.array([row[1] for row in rows], "datetime64[D]"),
        np.array([row[2] + row[3] for row in rows], np.int64),
        np.array([row[2] for row in rows], np.int64),
        np.array([row[3] for row in rows], np.int64),
    )


def january(**litres: int) -> Accounts:
    rows = [(f"m-{name}", date(2020, 1, 5), value, 0) for name, value in litres.items()]
    return book(users=USERS, bindings=BINDINGS, daily=volumes(rows))


def test_a_waterworks_supplies_and_what_is_left_is_loss() -> None:
    accounts = january(w=1_000_000, c=880_000)
    assert accounts.supply_l(YEAR) == 1_000_000
    assert accounts.use_l(YEAR) == 880_000
    assert accounts.loss_l(YEAR) == 120_000
    assert accounts.residual_l(YEAR) == 0
    assert accounts.findings == ()


def test_a_network_that_sells_more_than_it_takes_is_a_finding() -> None:
    accounts = january(w=1_000, c=1_500)
    assert accounts.loss_l(YEAR) == -500
    assert [finding.code for finding in accounts.findings] == ["accounts.negative_loss"]
    assert accounts.residual_l(YEAR) == 0


def test_a_user_who_is_not_registered_is_a_finding_and_not_booked() -> None:
    accounts = book(
        users=USERS[:1],
        bindings=[Binding("m-x", "nobody", "intake", date(2020, 1, 1))],
        daily=volumes([("m-x", date(2020, 1, 1), 5, 0)]),
    )
    assert accounts.lines == ()
    assert accounts.findings[0].code == "accounts.unknown_user"
    assert accounts.findings[0].blocks


def test_a_binding_counts_from_its_first_day_up_to_its_last() -> None:
    bindings = [
        Binding("m", "F", "intake", date(2020, 1, 10), date(2020, 1, 20)),
        Binding("m", "C", "intake", date(2020, 1, 20)),
    ]
    rows = [("m", date(2020, 1, day), 1, 0) for day in (9, 10, 19, 20, 31)]
    accounts = book(users=USERS, bindings=bindings, daily=volumes(rows))
    assert accounts.sums("user", side="use", period=YEAR) == {"F": 2, "C": 2}


@pytest.mark.parametrize(
    ("method", "expected"),
    [("gross_intake", 10_500), ("excl_power", 500), ("consumption", 600)],
)
def test_once_through_cooling_is_counted_by_its_label(method: str, expected: int) -> None:
    accounts = january(p=10_000_000, f=500_000)
    figure = total_use(accounts, period=YEAR, method=method, once_through_ratio=RATIO)
    assert figure.value == Decimal(expected)
    assert figure.method == method


def test_the_assessed_total_needs_the_method_to_be_named() -> None:
    accounts = january(f=500_000)
    absent = total_use(accounts, period=YEAR, method="assessed")
    assert absent.value is None
    assert [item.name for item in absent.lacking()] == ["dual_control/assessed_method"]
    named = Cited(
        "dual_control/assessed_method", "excl_power", "", date(2020, 1, 1), Clause("目标书", "一"),
        "320411", Confidence.READ,
    )  # fmt: skip
    assert total_use(accounts, period=YEAR, method="assessed", assessed_as=named).value == 500


def test_unconventional_water_counts_in_the_bulletin_and_not_in_the_assessment() -> None:
    accounts = january(f=500_000, r=200_000)
    bulletin = total_use(accounts, period=YEAR, method="gross_intake")
    assessed = total_use(accounts, period=YEAR, method="gross_intake", unconventional=False)
    assert (bulletin.value, assessed.value) == (Decimal(700), Decimal(500))


def test_declared_and_estimated_volumes_stay_marked_in_every_total() -> None:
    accounts = book(
        users=USERS,
        bindings=BINDINGS,
        daily=volumes([("m-f", date(2020, 6, 1), 600, 100)]),
        declared=[
            DeclaredMonth("I", date(2020, 6, 1), 200, "area_quota"),
            DeclaredMonth("C", date(2020, 6, 1), 100, "declared"),
        ],
    )
    quality = total_use(accounts, period=YEAR, method="gross_intake").quality
    assert (quality.measured, quality.estimated, quality.declared) == (
        Decimal("0.6"), Decimal("0.3"), Decimal("0.1"),
    )  # fmt: skip


def test_the_tree_ends_in_readings_whose_volumes_add_up_to_the_figure() -> None:
    accounts = january(p=1_000, f=2_000, w=9_000, c=8_000)
    figure = total_use(accounts, period=YEAR, method="gross_intake")

    def litres(item: Figure) -> int:
        total = 0
        for below in item.inputs:
            if isinstance(below, Readings):
                total += below.volume_l
            elif isinstance(below, Figure):
                loss = below.name.startswith("accounts/network_loss")
                total += int((below.value or 0) * 1000) if loss else litres(below)
        return total

    assert figure.value is not None
    assert litres(figure) == int(figure.value * 1000) == 12_000


litre = st.integers(0, 10**9)
days = st.dates(date(2020, 1, 1), date(2020, 12, 31))
meters = st.sampled_from([binding.meter for binding in BINDINGS])
row = st.tuples(meters, days, litre, litre)


@given(st.lists(row, max_size=40, unique_by=lambda r: r[:2]), st.lists(
    st.tuples(
        st.sampled_from("PFWCI"), st.integers(1, 12), litre,
        st.sampled_from(["declared", "area_quota", "electricity"]),
        st.sampled_from(["intake", "reused", "return"]),
    ), max_size=10,
))  # fmt: skip
@settings(deadline=None)
def test_supply_equals_use_plus_loss_and_parts_add_up(
    rows: list[tuple[str, date, int, int]], told: list[tuple[str, int, int, str, str]]
) -> None:
    declared = [
        DeclaredMonth(user, date(2020, month, 1), volume, basis, side)
        for user, month, volume, basis, side in told
    ]
    accounts = book(users=USERS, bindings=BINDINGS, daily=volumes(rows), declared=declared)
    assert accounts.residual_l(YEAR) == 0
    for month in accounts.months():
        assert accounts.residual_l(Period.month(month.year, month.month)) == 0
    for by in ("user", "source", "use", "town", "month"):
        assert sum(accounts.sums(by, side="supply", period=YEAR).values()) == accounts.supply_l(
            YEAR
        )
    for line in accounts.lines:
        assert line.measured_l + line.estimated_l + line.declared_l == line.volume_l
    total = total_use(accounts, period=YEAR, method="gross_intake")
    if total.value is not None:
        assert int(total.value * 1000) == accounts.supply_l(YEAR)


@given(st.randoms(), st.lists(row, max_size=30, unique_by=lambda r: r[:2]))
@settings(deadline=None)
def test_the_order_of_rows_does_not_matter(
    random: Random, rows: list[tuple[str, date, int, int]]
) -> None:
    shuffled = list(rows)
    random.shuffle(shuffled)
    one = book(users=USERS, bindings=BINDINGS, daily=volumes(rows))
    other = book(users=USERS, bindings=BINDINGS, daily=volumes(shuffled))
    assert sorted(one.lines) == sorted(other.lines)


def told(name: str, value: str, unit: str = "") -> Declared:
    return Declared(name, name, name, Decimal(value), unit, by="统计局")


def drop_of(use_now: str, use_base: str, indices: list[str], base: str) -> Decimal:
    """Return the drop for use in 亿立方米 and a base output in 亿元."""
    rows = {2016 + step: told(f"index/{2016 + step}", index) for step, index in enumerate(indices)}
    first = told("gdp/2015", base, "亿元")
    last = comparable_value(
        name="gdp", title=("", ""), base=first, base_year=2015, year=2020, indices=rows
    )

    def use(value: str) -> Figure:
        return Figure("use", "", "", Decimal(value) * 10**8, "m3", "", method="gross_intake")

    now = intensity(name="i", title=("", ""), use=use(use_now), output=last)
    then = intensity(name="i", title=("", ""), use=use(use_base), output=first)
    fall = intensity_drop(name="d", title=("", ""), now=now, base=then, base_year=2015)
    assert fall.value is not None
    return fall.value


def test_the_worked_example_of_comparable_prices() -> None:
    """Handbook 1 §1.5: W 860 to 840 million m3, growth 8, 7.5, 7, 6.5, 3 %: drop 28.3 %."""
    drop = drop_of("8.40", "8.60", ["108", "107.5", "107", "106.5", "103"], "1000")
    assert round(drop, 3) == Decimal("0.283")


def test_the_worked_example_of_the_bulletin() -> None:
    """Handbook 2 §6.4: 86.0 to 64.9 m3 per 10,000 yuan, a decline of 24.6 %."""
    drop = drop_of("8.50", "8.60", ["131", "100", "100", "100", "100"], "1000")
    assert round(drop, 3) == Decimal("0.246") or round(drop, 3) == Decimal("0.245")
    use = Figure("use", "", "", Decimal("8.50") * 10**8, "m3", "")
    output = told("gdp", "1310", "亿元")
    now = intensity(name="i", title=("", ""), use=use, output=output)
    assert now.value is not None
    assert round(now.value, 1) == Decimal("64.9")


def test_a_missing_index_is_named_with_its_year() -> None:
    first = told("gdp/2015", "1000", "亿元")
    figure = comparable_value(
        name="gdp", title=("GDP", "GDP"), base=first, base_year=2015, year=2017,
        indices={2016: told("index/2016", "108")},
    )  # fmt: skip
    assert figure.value is None
    assert [item.name for item in figure.lacking()] == ["gdp_index/2017"]
