"""The balance table adds up, and wrong data are said to be wrong."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shuiheng.core.leakage import (
    MeteringLosses,
    RealLosses,
    Registered,
    Supply,
    leak_flow,
    leak_volume,
    meter_loss,
    network_balance,
    round_hole,
)
from shuiheng.core.leakage.balance import NegativeVolume

amounts = st.integers(min_value=0, max_value=10**12).map(lambda litres: Decimal(litres) / 1000)


@given(
    supply=st.builds(Supply, amounts, amounts),
    registered=st.builds(Registered, amounts, amounts, amounts, amounts),
    real=st.builds(RealLosses, amounts, amounts, amounts, amounts),
    metering=st.builds(MeteringLosses, amounts, amounts),
)
def test_the_table_always_adds_up(
    supply: Supply, registered: Registered, real: RealLosses, metering: MeteringLosses
) -> None:
    balance = network_balance(supply=supply, registered=registered, real=real, metering=metering)
    assert supply.total == registered.total + real.total + metering.total + balance.other
    volumes = {line.code: line.volume for line in balance.lines}
    for parent in ("Qs", "Qa", "real", "metering", "losses"):
        children = [line.volume for line in balance.lines if line.parent == parent]
        if parent == "Qs":  # own + purchased, and Qa + losses, both make the input
            assert sum(children) == 2 * volumes["Qs"]
        else:
            assert sum(children) == volumes[parent]
    assert bool(balance.findings) is (balance.losses < 0 or balance.other < 0)


def test_a_negative_rest_is_a_blocking_finding() -> None:
    balance = network_balance(
        supply=Supply(own=Decimal(100)), registered=Registered(billed_metered=Decimal(90)),
        real=RealLosses(reported=Decimal(11)),
    )  # fmt: skip
    assert balance.other == -1
    [finding] = balance.findings
    assert finding.code == "leakage.other_negative" and finding.blocks
    exact = network_balance(
        supply=Supply(own=Decimal(100)), registered=Registered(billed_metered=Decimal(90)),
        real=RealLosses(reported=Decimal(10)),
    )  # fmt: skip
    assert exact.other == 0 and exact.findings == ()


def test_more_use_than_supply_is_a_blocking_finding() -> None:
    balance = network_balance(
        supply=Supply(own=Decimal(100)), registered=Registered(billed_metered=Decimal("100.001"))
    )
    assert [one.code for one in balance.findings] == ["leakage.losses_negative"]
    assert balance.losses == Decimal("-0.001")


def test_parts_cannot_be_negative() -> None:
    with pytest.raises(NegativeVolume, match="purchased is -1 m3"):
        Supply(own=Decimal(5), purchased=Decimal(-1))


def test_a_hole_of_ten_millimetres_loses_2962_cubic_metres_in_thirty_days() -> None:
    flow = leak_flow(
        area_m2=round_hole(Decimal(10)), head_m=Decimal(30), soil=Decimal(1),
        orifice=Decimal("0.6"), gravity=Decimal("9.8"),
    )  # fmt: skip
    assert round(flow, 6) == Decimal("0.001143")
    assert round(leak_volume(flow_m3_s=flow, hours=Decimal(30 * 24))) == 2962
    with pytest.raises(ValueError, match="no negative area"):
        leak_flow(
            area_m2=Decimal(-1), head_m=Decimal(30), soil=Decimal(1), orifice=Decimal(1),
            gravity=Decimal(1),
        )  # fmt: skip


def test_meters_that_miss_everything_are_refused() -> None:
    assert round(meter_loss(metered=Decimal(3000), loss_share=Decimal("0.08")), 1) == Decimal(
        "260.9"
    )
    for share in ("1", "-0.01", "8"):
        with pytest.raises(ValueError, match=r"8 % is 0\.08"):
            meter_loss(metered=Decimal(1), loss_share=Decimal(share))
