"""Leakage from the minimum night flow of a metered zone, and the indicators of the IWA.

Flows are m³/h, heads metres, exact decimals. Sources: CJJ 92-2016 (night window), SANFLOW
(McKenzie 1999) for households at night, and the IWA formulas named at each function. All
coefficients come from the caller (rules ``leakage/lnu_*``, ``uarl_*``, ``ubl_*``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from shuiheng.basics import Finding, Level

ZERO = Decimal(0)
_LITRES = Decimal(1000)
_HOURS = 24


@dataclass(frozen=True, slots=True)
class NightUseRates:
    """Rates of legitimate night use: people awake, litres a time, litres per unit of a group."""

    active_share: Decimal
    cistern_l: Decimal
    group_l_h: Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class NightUse:
    """Legitimate night use of a zone in m³/h, in three parts that a clerk can redo."""

    households: Decimal
    groups: Mapping[str, Decimal]
    exceptional: Decimal

    @property
    def total(self) -> Decimal:
        """The sum of the parts."""
        return self.households + sum(self.groups.values(), ZERO) + self.exceptional


@dataclass(frozen=True, slots=True)
class UarlCoefficients:
    """Coefficients of unavoidable annual real losses, litres a day and metre of head."""

    per_km_mains: Decimal
    per_connection: Decimal
    per_km_private: Decimal


@dataclass(frozen=True, slots=True)
class BackgroundCoefficients:
    """Coefficients of background losses in l/h at the reference head."""

    per_m_mains: Decimal
    per_connection: Decimal
    per_m_private: Decimal
    per_property: Decimal
    reference_m: Decimal
    exponent: Decimal


class UnknownGroup(LookupError):
    """Raised when a night user belongs to a group that the rates do not name."""

    def __init__(self, group: str, known: Sequence[str]) -> None:
        self.group = group
        super().__init__(
            f"The rates of night use have no group {group!r}; they name {', '.join(known)}. "
            "Put the user into one of these, or log it as an exceptional user."
        )


def zone_inflow(
    inlets: Sequence[Sequence[Decimal]], outlets: Sequence[Sequence[Decimal]] = ()
) -> list[Decimal]:
    """Return the net inflow of a zone, step by step: all inlets less all outlets.

    :raises ValueError: if there is no inlet, or the series differ in length

    >>> [int(x) for x in zone_inflow([[Decimal(9), Decimal(5)], [Decimal(1), Decimal(4)]])]
    [10, 9]
    """
    if not inlets:
        raise ValueError("A zone has at least one inlet: give its series of flow.")
    lengths = {len(series) for series in (*inlets, *outlets)}
    if len(lengths) != 1:
        raise ValueError(
            f"The series of the zone have {', '.join(map(str, sorted(lengths)))} steps: they must "
            "cover the same steps. Fill or leave out the missing steps of every meter alike."
        )
    return [
        sum((series[step] for series in inlets), ZERO)
        - sum((series[step] for series in outlets), ZERO)
        for step in range(lengths.pop())
    ]


def minimum_night_flow(inflow: Sequence[Decimal]) -> Decimal:
    """Return the minimum of the net inflow of a zone during the night window.

    It is the minimum of the sum, not the sum of the minima of the inlets: use ``zone_inflow``.

    :raises ValueError: if the night has no readings

    >>> night = zone_inflow([[Decimal(9), Decimal(5)], [Decimal(1), Decimal(4)]])
    >>> minimum_night_flow(night)
    Decimal('9')
    """
    if not inflow:
        raise ValueError("The night window holds no readings: choose a night with readings.")
    return min(inflow)


def legitimate_night_use(
    *,
    persons: Decimal,
    units: Mapping[str, int],
    exceptional: Decimal,
    rates: NightUseRates,
) -> NightUse:
    """Return the night use that is no leakage (LNU), in m³/h.

    Households: people × share awake × litres a time (SANFLOW). Small users: units of a group ×
    litres per hour. ``exceptional`` is what large night users were logged to take.

    :raises UnknownGroup: if the rates do not name a group

    >>> rates = NightUseRates(Decimal("0.06"), Decimal(10), {"A": Decimal("0.7")})
    >>> use = legitimate_night_use(
    ...     persons=Decimal(13_050), units={"A": 20}, exceptional=Decimal("2.5"), rates=rates
    ... )
    >>> use.households, use.groups["A"], use.total
    (Decimal('7.83'), Decimal('0.014'), Decimal('10.344'))
    """
    groups = {}
    for group, count in units.items():
        if group not in rates.group_l_h:
            raise UnknownGroup(group, sorted(rates.group_l_h))
        groups[group] = count * rates.group_l_h[group] / _LITRES
    households = persons * rates.active_share * rates.cistern_l / _LITRES
    return NightUse(households, groups, exceptional)


def net_night_leakage(
    *, minimum_flow: Decimal, night_use: Decimal, exports: Decimal = ZERO
) -> tuple[Decimal, tuple[Finding, ...]]:
    """Return the leakage at night, ``MNF − LNU − exports``, with a finding where it is negative.

    >>> net_night_leakage(minimum_flow=Decimal("32"), night_use=Decimal("11.16"))
    (Decimal('20.84'), ())
    """
    net = minimum_flow - night_use - exports
    if net >= 0:
        return net, ()
    finding = Finding(
        "leakage.night_use_above_flow", Level.WARNS,
        f"夜间合法用水与外供之和大于夜间最小流量 {minimum_flow} m³/h：合法用水估算过大，"
        "或入口水表有误。",
        f"Night use and exports exceed the minimum night flow of {minimum_flow} m³/h: night use is "
        "estimated too high, or an inlet meter is wrong.",
        {"minimum_flow": str(minimum_flow), "night_use": str(night_use), "exports": str(exports)},
    )  # fmt: skip
    return net, (finding,)


def night_day_factor(
    *, hourly_head_m: Sequence[Decimal], night_head_m: Decimal, n1: Decimal
) -> Decimal:
    """Return the night-day factor in hours a day, ``NDF = Σ (P_h/P_MNF)^N1`` over 24 hours.

    Other texts divide by 24 and get a ratio near one; this is the sum.

    :raises ValueError: if there are not 24 heads, or one of them is not above zero

    >>> factor = night_day_factor(
    ...     hourly_head_m=[Decimal(30)] * 24, night_head_m=Decimal(30), n1=Decimal("1.15")
    ... )
    >>> factor == 24
    True
    """
    if len(hourly_head_m) != _HOURS:
        raise ValueError(
            f"A day has 24 hourly heads, not {len(hourly_head_m)}: give one mean head per hour."
        )
    if min(*hourly_head_m, night_head_m) <= 0:
        raise ValueError("A head is not above zero: leave out hours without pressure readings.")
    return sum(((head / night_head_m) ** n1 for head in hourly_head_m), ZERO)


def daily_leakage(*, night_m3_h: Decimal, factor_h_d: Decimal) -> Decimal:
    """Return the leakage of a day in m³: leakage at night times the night-day factor.

    >>> daily_leakage(night_m3_h=Decimal("20"), factor_h_d=Decimal("22"))
    Decimal('440')
    """
    return night_m3_h * factor_h_d


def leakage_at_pressure(
    *, flow: Decimal, head_m: Decimal, new_head_m: Decimal, n1: Decimal
) -> Decimal:
    """Return the leakage at another head, ``L1 = L0·(P1/P0)^N1`` (FAVAD).

    :raises ValueError: if a head is not above zero

    >>> flow = leakage_at_pressure(
    ...     flow=Decimal("20.84"), head_m=Decimal(38), new_head_m=Decimal(32), n1=Decimal("1.15")
    ... )
    >>> round(flow, 2)
    Decimal('17.10')
    """
    if min(head_m, new_head_m) <= 0:
        raise ValueError(f"Both heads must be above zero; they are {head_m} and {new_head_m} m.")
    return flow * (new_head_m / head_m) ** n1


def unavoidable_real_losses(
    *,
    mains_km: Decimal,
    connections: Decimal,
    private_km: Decimal,
    head_m: Decimal,
    coefficients: UarlCoefficients,
) -> Decimal:
    """Return unavoidable annual real losses in litres a day, ``(18·Lm + 0.8·Nc + 25·Lp)·P``.

    >>> iwa = UarlCoefficients(Decimal(18), Decimal("0.8"), Decimal(25))
    >>> unavoidable_real_losses(
    ...     mains_km=Decimal(200), connections=Decimal(10_000), private_km=Decimal(50),
    ...     head_m=Decimal(40), coefficients=iwa,
    ... )
    Decimal('514000.0')
    """
    return head_m * (
        coefficients.per_km_mains * mains_km
        + coefficients.per_connection * connections
        + coefficients.per_km_private * private_km
    )


def infrastructure_leakage_index(*, real_losses: Decimal, unavoidable: Decimal) -> Decimal:
    """Return the infrastructure leakage index, ``ILI = CARL / UARL``, both over the same time.

    :raises ValueError: if the unavoidable losses are not above zero

    >>> round(
    ...     infrastructure_leakage_index(
    ...         real_losses=Decimal(1_000_000), unavoidable=Decimal(187_610)
    ...     ), 2,
    ... )
    Decimal('5.33')
    """
    if unavoidable <= 0:
        raise ValueError(
            f"Unavoidable losses are {unavoidable}: an index needs mains, connections and a head."
        )
    return real_losses / unavoidable


def background_losses(
    *,
    mains_m: Decimal,
    connections: Decimal,
    private_m: Decimal,
    properties: Decimal,
    condition: Decimal,
    head_m: Decimal,
    coefficients: BackgroundCoefficients,
) -> Decimal:
    """Return background losses in l/h at ``head_m`` (UBL).

    ``ICF·(a·mains + b·connections + c·private) + d·properties`` at the reference head, scaled by
    ``(P/P_ref)^1.5``. One published variant scales only some of the terms; this scales all.

    :raises ValueError: if the head is not above zero
    """
    if head_m <= 0:
        raise ValueError(f"The head must be above zero; it is {head_m} m.")
    network = (
        coefficients.per_m_mains * mains_m
        + coefficients.per_connection * connections
        + coefficients.per_m_private * private_m
    )
    at_reference = condition * network + coefficients.per_property * properties
    scale: Decimal = (head_m / coefficients.reference_m) ** coefficients.exponent
    return at_reference * scale
