"""Night flow: the worked zone, the factor's definition, and the IWA indicators."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shuiheng.core.leakage import (
    BackgroundCoefficients,
    NightUseRates,
    UarlCoefficients,
    background_losses,
    daily_leakage,
    infrastructure_leakage_index,
    leakage_at_pressure,
    legitimate_night_use,
    minimum_night_flow,
    net_night_leakage,
    night_day_factor,
    unavoidable_real_losses,
    zone_inflow,
)
from shuiheng.core.leakage.night_flow import UnknownGroup
from shuiheng.rules import Law

ON = date(2020, 12, 31)
HEADS = [
    Decimal(head)
    for head in (
        *(38, 38, 38, 38, 38, 37, 35, 33, 32, 33, 34, 34),
        *(33, 33, 34, 34, 33, 32, 32, 33, 34, 35, 36, 37),
    )
]


def _number(name: str) -> Decimal:
    return Law.shipped().decide(f"leakage/{name}", on=ON, place="320411").number


def _rates() -> NightUseRates:
    rows = Law.shipped().decide("leakage/lnu_non_household", on=ON, place="320411").value
    return NightUseRates(
        active_share=_number("lnu_active_share"), cistern_l=_number("lnu_cistern"),
        group_l_h={row["group"]: Decimal(row["l_per_unit_h"]) for row in rows},
    )  # fmt: skip


def test_the_worked_zone() -> None:
    use = legitimate_night_use(
        persons=Decimal(4500) * Decimal("2.9"),
        units={"A": 20, "B": 80, "C": 12, "D": 6, "E": 1},
        exceptional=Decimal("2.50"),
        rates=_rates(),
    )
    assert use.households == Decimal("7.83")
    assert round(sum(use.groups.values()), 2) == Decimal("0.83")
    net, findings = net_night_leakage(minimum_flow=Decimal(32), night_use=use.total)
    assert round(net, 2) == Decimal("20.84") and findings == ()
    for n1, factor, volume in (
        ("0.5", "22.94", "478.1"),
        ("1.0", "21.95", "457.4"),
        ("1.15", "21.66", "451.5"),
        ("1.5", "21.02", "438.0"),
    ):
        ndf = night_day_factor(hourly_head_m=HEADS, night_head_m=Decimal(38), n1=Decimal(n1))
        assert round(ndf, 2) == Decimal(factor)
        assert round(daily_leakage(night_m3_h=net, factor_h_d=ndf), 1) == Decimal(volume)
    lower = leakage_at_pressure(
        flow=net, head_m=Decimal(38), new_head_m=Decimal(32), n1=Decimal("1.15")
    )
    assert round(lower, 2) == Decimal("17.10")


def test_an_unknown_group_is_named() -> None:
    with pytest.raises(UnknownGroup, match="'F'"):
        legitimate_night_use(
            persons=Decimal(1), units={"F": 1}, exceptional=Decimal(0), rates=_rates()
        )


def test_the_minimum_is_of_the_sum() -> None:
    """Inlets reach their minima at different hours: adding the minima would hide flow."""
    one, two = [Decimal(9), Decimal(3)], [Decimal(2), Decimal(8)]
    assert minimum_night_flow(zone_inflow([one, two])) == 11
    assert minimum_night_flow(zone_inflow([one, two], [[Decimal(1), Decimal(1)]])) == 10
    with pytest.raises(ValueError, match="1, 2 steps"):
        zone_inflow([one, [Decimal(1)]])
    with pytest.raises(ValueError, match="at least one inlet"):
        zone_inflow([])
    with pytest.raises(ValueError, match="no readings"):
        minimum_night_flow([])


def test_night_use_above_the_flow_is_a_finding() -> None:
    net, findings = net_night_leakage(
        minimum_flow=Decimal(10), night_use=Decimal(9), exports=Decimal(2)
    )
    assert net == -1
    assert [one.code for one in findings] == ["leakage.night_use_above_flow"]


def test_a_day_has_24_heads_above_zero() -> None:
    with pytest.raises(ValueError, match="not 23"):
        night_day_factor(hourly_head_m=HEADS[:23], night_head_m=Decimal(38), n1=Decimal(1))
    with pytest.raises(ValueError, match="not above zero"):
        night_day_factor(
            hourly_head_m=[*HEADS[:23], Decimal(0)], night_head_m=Decimal(38), n1=Decimal(1)
        )


heads = st.decimals(min_value=1, max_value=100, places=1)
exponents = st.decimals(min_value="0.5", max_value="1.5", places=2)


@given(st.lists(heads, min_size=24, max_size=24), exponents)
def test_the_factor_never_exceeds_24_at_the_highest_head(day: list[Decimal], n1: Decimal) -> None:
    factor = night_day_factor(hourly_head_m=day, night_head_m=max(day), n1=n1)
    assert 0 < factor <= 24


@given(st.decimals(0, 1000, places=2), heads, heads, exponents)
def test_lower_pressure_never_leaks_more(
    flow: Decimal, one: Decimal, other: Decimal, n1: Decimal
) -> None:
    low, high = sorted((one, other))
    assert leakage_at_pressure(flow=flow, head_m=high, new_head_m=low, n1=n1) <= flow


def test_unavoidable_losses_and_the_index() -> None:
    iwa = UarlCoefficients(
        _number("uarl_mains"), _number("uarl_connections"), _number("uarl_private_pipe")
    )
    for private, litres, index in ((50, 514_000, "5.33"), (0, 464_000, "5.90")):
        unavoidable = unavoidable_real_losses(
            mains_km=Decimal(200), connections=Decimal(10_000), private_km=Decimal(private),
            head_m=Decimal(40), coefficients=iwa,
        )  # fmt: skip
        assert unavoidable == litres
        ili = infrastructure_leakage_index(
            real_losses=Decimal(1_000_000), unavoidable=unavoidable * 365 / 1000
        )
        assert round(ili, 2) == Decimal(index)
    with pytest.raises(ValueError, match="needs mains"):
        infrastructure_leakage_index(real_losses=Decimal(1), unavoidable=Decimal(0))


def test_background_losses_scale_with_the_head() -> None:
    rows = {
        row["term"]: Decimal(row["coefficient"])
        for row in Law.shipped().decide("leakage/ubl_coefficients", on=ON, place="cn").value
    }
    coefficients = BackgroundCoefficients(
        rows["mains"], rows["connections"], rows["private_pipe"], rows["properties"],
        _number("ubl_reference_pressure"), _number("ubl_pressure_exponent"),
    )  # fmt: skip

    def losses(head: int) -> Decimal:
        return background_losses(
            mains_m=Decimal(10_000), connections=Decimal(1000), private_m=Decimal(5000),
            properties=Decimal(2000), condition=Decimal(2), head_m=Decimal(head),
            coefficients=coefficients,
        )  # fmt: skip

    # 2·(0.02·10,000 + 1.25·1,000 + 0.033·5,000) + 0.25·2,000 = 3,730 l/h
    assert losses(50) == Decimal(3730)
    assert losses(200) == Decimal(3730) * 8
    with pytest.raises(ValueError, match="above zero"):
        losses(0)
