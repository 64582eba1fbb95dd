"""Net use per mu: the worked fields, the upper limits, and wrong moistures."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shuiheng.core.irrigation import (
    dry_by_balance,
    dry_by_moisture,
    gross_from_net,
    paddy_by_balance,
    paddy_by_level,
)
from shuiheng.core.irrigation.net_use import ImpossibleMoisture
from shuiheng.rules import Law

ON = date(2020, 12, 31)
PER_M = Law.shipped().decide("irrigation/m3_per_mu_per_m", on=ON, place="320411").number
PER_MM = Law.shipped().decide("irrigation/m3_per_mu_per_mm", on=ON, place="320411").number


def _dry(before: str, after: str, **more: Decimal) -> Decimal:
    return dry_by_moisture(
        layer_m=Decimal("0.6"), before=Decimal(before), after=Decimal(after), m3_per_mu_m=PER_M,
        **more,
    )  # fmt: skip


def test_the_worked_fields() -> None:
    assert round(_dry("0.20", "0.30"), 1) == Decimal("40.0")
    paddy = paddy_by_level(before_mm=Decimal(20), after_mm=Decimal(60), m3_per_mu_mm=PER_MM)
    assert round(paddy, 1) == Decimal("26.7")


def test_moisture_of_mass_is_scaled_by_density() -> None:
    assert _dry("0.15", "0.20", density_ratio=Decimal("1.4")) == Decimal("667") * Decimal("0.042")


def test_water_above_the_limit_is_no_net_use() -> None:
    assert _dry("0.20", "0.35", field_capacity=Decimal("0.30")) == _dry("0.20", "0.30")
    assert _dry("0.32", "0.35", field_capacity=Decimal("0.30")) == 0
    deep = paddy_by_level(
        before_mm=Decimal(20), after_mm=Decimal(90), m3_per_mu_mm=PER_MM, allowed_mm=Decimal(60)
    )
    assert deep == PER_MM * 40


def test_a_percentage_is_refused_with_the_remedy() -> None:
    with pytest.raises(ImpossibleMoisture, match=r"after is 30.*0\.25"):
        _dry("0.20", "30")
    with pytest.raises(ImpossibleMoisture, match="before"):
        _dry("-0.1", "0.3")


def test_the_worked_season_of_rice() -> None:
    net = paddy_by_balance(
        evapotranspiration_mm=Decimal("132.3") + Decimal("259.2") + Decimal("81.0"),
        percolation_mm=Decimal(200), soaking_mm=Decimal(120), effective_rain_mm=Decimal(380),
        m3_per_mu_mm=PER_MM,
    )  # fmt: skip
    assert round(net, 1) == Decimal("275.1")
    assert round(gross_from_net(net=net, coefficient=Decimal("0.68")), 1) == Decimal("404.6")


def test_a_wet_season_needs_no_irrigation() -> None:
    assert dry_by_balance(
        evapotranspiration_mm=Decimal(200), effective_rain_mm=Decimal(300),
        groundwater_mm=Decimal(0), storage_change_mm=Decimal(0), m3_per_mu_mm=PER_MM,
    ) == 0  # fmt: skip


@pytest.mark.parametrize("coefficient", ["0", "-0.1", "1.01", "68"])
def test_gross_use_needs_a_share(coefficient: str) -> None:
    with pytest.raises(ValueError, match=r"68 % as 0\.68"):
        gross_from_net(net=Decimal(1), coefficient=Decimal(coefficient))


shares = st.decimals(min_value=0, max_value=1, places=3)


@given(shares, shares, shares)
def test_net_use_is_never_negative_and_grows_with_the_layer(
    before: Decimal, after: Decimal, capacity: Decimal
) -> None:
    uses = [
        dry_by_moisture(
            layer_m=layer, before=before, after=after, m3_per_mu_m=PER_M, field_capacity=capacity
        )
        for layer in (Decimal("0.4"), Decimal("0.8"))
    ]
    assert 0 <= uses[0] <= uses[1] == 2 * uses[0]
