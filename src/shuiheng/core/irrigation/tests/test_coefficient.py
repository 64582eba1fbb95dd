"""The irrigation coefficient: worked examples, weights, plausibility, properties."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shuiheng.basics import Period
from shuiheng.core.irrigation import (
    Crop,
    Group,
    Limits,
    Part,
    check_coefficient,
    class_weighted,
    district_coefficient,
    figure_of,
    plain_mean,
    region_coefficient,
)
from shuiheng.core.irrigation.coefficient import NoWeight
from shuiheng.rules import Law

ON = date(2020, 12, 31)
SCALES = [
    Part("medium", Decimal("0.642"), Decimal(9_200_000), "中型灌区", "medium"),
    Part("small", Decimal("0.676"), Decimal(14_500_000), "小型灌区", "small"),
    Part("well", Decimal("0.83"), Decimal(300_000), "纯井灌区", "wells"),
]


def _limits() -> Limits:
    law = Law.shipped()
    return Limits(
        *(
            law.as_of(f"irrigation/check_{name}", on=ON, place="320411").number
            for name in ("min", "max", "above_design", "year_change")
        )
    )


def test_the_worked_district() -> None:
    district = district_coefficient(
        "样点灌区",
        [Crop("水稻", Decimal(310), Decimal(1200)), Crop("小麦", Decimal(95), Decimal(800))],
        gross=Decimal(660_000),
    )
    assert district.net == 448_000
    assert round(district.coefficient, 3) == Decimal("0.679")


def test_medium_districts_are_weighted_by_class() -> None:
    groups = [
        Group("1–5万亩", (Decimal("0.65"), Decimal("0.67")), Decimal(3_100_000)),
        Group("5–15万亩", (Decimal("0.645"),), Decimal(6_100_000)),
        Group("15–30万亩", (), Decimal(0)),
    ]
    assert round(class_weighted(groups), 4) == Decimal("0.6501")


def test_a_class_with_volume_but_no_sample_is_refused() -> None:
    with pytest.raises(NoWeight, match="Class 5–15"):
        class_weighted([Group("5–15", (), Decimal(1))])


def test_the_region_is_weighted_by_gross_volume() -> None:
    assert round(region_coefficient(SCALES), 4) == Decimal("0.6649")
    assert round(plain_mean([part.coefficient for part in SCALES]), 3) == Decimal("0.716")


def test_a_district_that_took_nothing_has_no_coefficient() -> None:
    with pytest.raises(NoWeight, match="样点"):
        district_coefficient("样点", [], gross=Decimal(0))
    with pytest.raises(NoWeight):
        region_coefficient([])
    with pytest.raises(NoWeight):
        region_coefficient([Part("a", Decimal("0.6"), Decimal(2)), Part("b", Decimal(1), -ONE)])
    with pytest.raises(ValueError, match="neither can be negative"):
        district_coefficient("样点", [Crop("水稻", Decimal(300), -ONE)], gross=Decimal(1))


ONE = Decimal(1)


@pytest.mark.parametrize(
    ("coefficient", "codes"),
    [
        ("0.3", []),
        ("0.2999", ["irrigation.out_of_range"]),
        ("0.95", []),
        ("0.9501", ["irrigation.out_of_range"]),
        ("1.0001", ["irrigation.impossible"]),
        ("-0.1", ["irrigation.impossible"]),
    ],
)
def test_the_range_includes_its_limits(coefficient: str, codes: list[str]) -> None:
    found = check_coefficient(Decimal(coefficient), limits=_limits())
    assert [one.code for one in found] == codes


def test_design_and_change_include_their_limits() -> None:
    limits = _limits()
    assert check_coefficient(Decimal("0.70"), limits=limits, design=Decimal("0.60")) == ()
    assert check_coefficient(Decimal("0.7001"), limits=limits, design=Decimal("0.60"))
    assert check_coefficient(Decimal("0.71"), limits=limits, previous=Decimal("0.68")) == ()
    assert check_coefficient(Decimal("0.6499"), limits=limits, previous=Decimal("0.68"))


coefficients = st.decimals(min_value="0.3", max_value="0.95", places=4)
weights = st.integers(min_value=1, max_value=10**9).map(Decimal)


@given(st.lists(st.builds(Part, st.just("x"), coefficients, weights), min_size=1, max_size=8))
def test_a_region_lies_between_its_parts_and_conserves_net_use(parts: list[Part]) -> None:
    eta = region_coefficient(parts)
    tolerance = Decimal("1e-12")
    assert min(p.coefficient for p in parts) - tolerance <= eta
    assert eta <= max(p.coefficient for p in parts) + tolerance
    net = sum(p.coefficient * p.weight for p in parts)
    assert abs(eta * sum(p.weight for p in parts) - net) < tolerance * 10**9


def test_the_figure_shows_its_scales_and_the_rule() -> None:
    rule = Law.shipped().decide("irrigation/aggregation", on=ON, place="320411")
    figure = figure_of(SCALES, aggregation=rule, period=Period.year(2020), place="320411")
    assert figure.value is not None and round(figure.value, 4) == Decimal("0.6649")
    tree = figure.explain()
    assert [node.kind for node in tree.children] == ["figure", "figure", "figure", "cited"]
    assert "14500000" in tree.children[1].note
    assert tree.children[1].title.endswith("小型灌区")
    assert tree.clause == rule.clause
