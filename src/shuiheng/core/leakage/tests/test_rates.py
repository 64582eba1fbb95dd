"""Loss rates: the worked cases of the standard's formulas, boundaries, and properties."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shuiheng.basics import Cited, Clause, Confidence, Declared, Period
from shuiheng.basics.figure import MEASURED
from shuiheng.core.leakage import (
    LossStandard,
    NetworkYear,
    adjusted_target,
    assess,
    figures_of,
    gross_rate,
    real_loss_within_limit,
    regional_rate,
)
from shuiheng.core.leakage.rates import NoSupply
from shuiheng.rules import Law

WAN = Decimal(10_000)


def _standard(on: date) -> LossStandard:
    law = Law.shipped()
    return LossStandard.of(lambda name: law.decide(name, on=on, place="320411"))


STANDARD = _standard(date(2020, 12, 31))


def _network(
    supplied: str, registered: str, household: str, km: str, pressure: str, frost: str = "0"
) -> NetworkYear:
    """Return a network from volumes in 万m³, as the standard writes them."""
    return NetworkYear(
        supplied=Decimal(supplied) * WAN,
        registered=Decimal(registered) * WAN,
        household_read=Decimal(household) * WAN,
        pipe_km=Decimal(km),
        pressure_mpa=Decimal(pressure),
        frost_m=Decimal(frost),
    )


CASE_1 = _network("12000", "10320", "4200", "960", "0.38")
CASE_2 = _network("8000", "7200", "3200", "400", "0.32")
CASE_3 = _network("3000", "2700", "1500", "450", "0.45")


@pytest.mark.parametrize(
    ("network", "gross", "r1", "r2", "r3", "assessed"),
    [
        (CASE_1, "0.14", "0.028", "0.010593", "0.005", "0.096407"),
        (CASE_2, "0.10", "0.032", "-0.019107", "0", "0.087107"),
        (CASE_3, "0.10", "0.04", "0.03", "0.005", "0.025"),
    ],
)
def test_worked_cases(
    network: NetworkYear, gross: str, r1: str, r2: str, r3: str, assessed: str
) -> None:
    found = assess(network, STANDARD)
    assert found.gross == Decimal(gross)
    assert [one.value for one in found.corrections] == [Decimal(x) for x in (r1, r2, r3, "0")]
    assert found.assessed == Decimal(assessed)
    assert found.grade == 1


def test_the_length_correction_of_case_1_is_not_the_known_slip() -> None:
    """Public code writes 0.09 for 0.99 and cuts at 0.03 %; the value is 1.0593 points."""
    length = assess(CASE_1, STANDARD).corrections[1]
    assert length.value * 100 == Decimal("1.0593")
    assert length.facts["A"] == Decimal("0.08")


def test_a_long_network_is_cut_at_the_limit_and_says_so() -> None:
    found = assess(CASE_3, STANDARD)
    length = found.corrections[1]
    assert length.facts["R2'"] == Decimal("0.079893")
    assert [one.code for one in found.findings] == ["leakage.length_correction_limited"]
    short = assess(_network("3000", "2700", "1500", "1", "0.45"), STANDARD)
    assert short.corrections[1].value == Decimal("-0.03")


@pytest.mark.parametrize(
    ("pressure", "correction"),
    [
        ("0", "0"), ("0.35", "0"), ("0.3501", "0.005"), ("0.55", "0.005"),
        ("0.5501", "0.01"), ("0.75", "0.01"), ("0.7501", "0.02"),
    ],
)  # fmt: skip
def test_pressure_boundaries(pressure: str, correction: str) -> None:
    found = assess(_network("8000", "7200", "3200", "400", pressure), STANDARD)
    assert found.corrections[2].value == Decimal(correction)


@pytest.mark.parametrize(("frost", "correction"), [("0", "0"), ("1.4", "0"), ("1.41", "0.01")])
def test_frost_boundaries(frost: str, correction: str) -> None:
    found = assess(_network("8000", "7200", "3200", "400", "0.3", frost), STANDARD)
    assert found.corrections[3].value == Decimal(correction)


@pytest.mark.parametrize(
    ("registered", "grade"),
    [("900000", 1), ("899999", 2), ("880000", 2), ("879999", None)],
)
def test_grades_include_their_limits(registered: str, grade: int | None) -> None:
    """With no correction the gross rate is the assessed one: 10 % and 12 % belong to the grade."""
    network = NetworkYear(
        supplied=Decimal(1_000_000), registered=Decimal(registered), household_read=Decimal(0),
        pipe_km=Decimal("6.93"), pressure_mpa=Decimal("0.3"),
    )  # fmt: skip
    assert assess(network, STANDARD).grade == grade


def test_the_region_is_weighted_by_supply() -> None:
    parts = [(assess(one, STANDARD).assessed, one.supplied) for one in (CASE_1, CASE_2)]
    rate = regional_rate(parts)
    assert round(rate * 100, 4) == Decimal("9.2687")
    plain = sum(rate for rate, _ in parts) / 2
    assert round(plain * 100, 4) == Decimal("9.1757")


def test_no_supply_has_no_rate() -> None:
    with pytest.raises(NoSupply, match="source"):
        gross_rate(supplied=Decimal(0), registered=Decimal(0))
    with pytest.raises(NoSupply):
        _network("0", "0", "0", "1", "0.3")
    with pytest.raises(NoSupply):
        regional_rate([])
    with pytest.raises(ValueError, match="pipe_km is -1"):
        _network("10", "9", "1", "-1", "0.3")


def test_more_use_than_supply_is_a_finding_and_keeps_its_sign() -> None:
    found = assess(_network("100", "101", "102", "10", "0.3"), STANDARD)
    assert found.gross == Decimal("-0.01")
    assert {one.code for one in found.findings} >= {
        "leakage.rate_negative",
        "leakage.household_share_too_large",
    }


def test_real_losses_under_the_text_of_2016() -> None:
    before = _standard(date(2018, 12, 31))
    adjusted = adjusted_target(CASE_1, before, before.grade_1.number)
    limit = Law.shipped().decide("leakage/real_loss_share_limit", on=date(2018, 12, 31), place="cn")
    assert adjusted.limit == Decimal("0.143593")
    assert adjusted.met
    most = adjusted.limit * limit.number * CASE_1.supplied
    for real, within in ((most, True), (most + 1, False)):
        assert within is real_loss_within_limit(
            real=real, supplied=CASE_1.supplied, adjusted=adjusted, share_limit=limit.number
        )


volumes = st.decimals(min_value=1, max_value=100_000, places=1)


@given(
    supplied=volumes,
    used=st.decimals(min_value=0, max_value=1, places=3),
    household=st.decimals(min_value=0, max_value=1, places=3),
    km=st.decimals(min_value=0, max_value=5000, places=1),
    pressure=st.decimals(min_value=0, max_value=2, places=2),
)
def test_both_texts_judge_alike(
    supplied: Decimal, used: Decimal, household: Decimal, km: Decimal, pressure: Decimal
) -> None:
    network = NetworkYear(
        supplied=supplied, registered=supplied * used, household_read=supplied * used * household,
        pipe_km=km, pressure_mpa=pressure,
    )  # fmt: skip
    found = assess(network, STANDARD)
    assert abs(found.corrections[1].value) <= Decimal("0.03")
    assert found.gross - sum(one.value for one in found.corrections) == found.assessed
    target = STANDARD.grade_1.number
    # Division leaves 28 digits; on the very edge both texts may differ in the last one.
    if abs(found.assessed - target) > Decimal("1e-20"):
        assert adjusted_target(network, STANDARD, target).met is (found.assessed <= target)


@given(st.lists(st.tuples(st.decimals(-1, 1, places=4), volumes), min_size=1, max_size=8))
def test_a_regional_rate_lies_between_its_parts(parts: list[tuple[Decimal, Decimal]]) -> None:
    rate = regional_rate(parts)
    tolerance = Decimal("1e-20")
    assert min(r for r, _ in parts) - tolerance <= rate <= max(r for r, _ in parts) + tolerance


def test_figures_explain_down_to_inputs_and_clauses() -> None:
    supplied = Declared(
        "supplied", "供水总量", "system input", CASE_1.supplied, "m3", by="常州通用自来水公司"
    )
    figures = figures_of(
        assess(CASE_1, STANDARD), inputs={"supplied": supplied}, period=Period.year(2020),
        place="320411", quality=MEASURED,
    )  # fmt: skip
    tree = figures["leakage/assessed_rate"].explain()
    assert tree.value == Decimal("0.096407")
    kinds = {node.kind for node in tree.walk()}
    assert kinds == {"figure", "declared", "cited"}
    assert tree.to_json()["clause"]["document"].startswith("CJJ92-2016")
    assert "一级" in tree.note
    assert figures["leakage/comprehensive_rate"].value == Decimal("0.14")
    assert set(figures) == {
        "leakage/comprehensive_rate", "leakage/assessed_rate", "leakage/correction_r1",
        "leakage/correction_r2", "leakage/correction_r3", "leakage/correction_r4",
    }  # fmt: skip


def test_a_user_may_lay_other_coefficients_under() -> None:
    """The engine holds no number of its own: another factor gives another correction."""
    other = Cited(
        "leakage/r1_household_factor", Decimal("0.10"), "1", date(2020, 1, 1),
        Clause("x"), "cn", Confidence.READ,
    )  # fmt: skip

    law = Law.shipped()

    def cite(name: str) -> Cited:
        if name == other.name:
            return other
        return law.decide(name, on=date(2020, 12, 31), place="320411")

    assert assess(CASE_1, LossStandard.of(cite)).corrections[0].value == Decimal("0.035")
