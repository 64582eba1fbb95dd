"""The water balance of a supply network: CJJ 92-2016, table 4.2.1, and its components.

All volumes are exact decimals in cubic metres over one and the same period. The rest of the
balance (other losses) is computed, never assumed; where it is negative the data are wrong, and
that is a finding.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from decimal import Decimal

from shuiheng.basics import Finding, Level

ZERO = Decimal(0)
# The ratio of a circle's circumference to its diameter, to the digits a Decimal keeps.
_PI = Decimal("3.141592653589793238462643383")
_SECONDS_PER_HOUR = Decimal(3600)


class NegativeVolume(ValueError):
    """Raised when a part of the balance that is measured or declared is below zero."""

    def __init__(self, name: str, value: Decimal) -> None:
        self.name, self.value = name, value
        super().__init__(
            f"{name} is {value} m3. A part of the balance cannot be negative: "
            "check the sign and the reading it comes from, and give the volume again."
        )


class _Parts:
    """Parts of the balance that add up; none may be negative."""

    __slots__ = ()

    def __post_init__(self) -> None:
        for name, value in self.parts().items():
            if value < 0:
                raise NegativeVolume(name, value)

    def parts(self) -> dict[str, Decimal]:
        """Return the parts by name."""
        return {field.name: getattr(self, field.name) for field in fields(self)}  # type: ignore[arg-type]

    @property
    def total(self) -> Decimal:
        """The sum of the parts."""
        return sum(self.parts().values(), ZERO)


@dataclass(frozen=True, slots=True)
class Supply(_Parts):
    """System input: the supplier's own production and what it bought."""

    own: Decimal = ZERO
    purchased: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Registered(_Parts):
    """Use of registered users, billed or free, metered or not."""

    billed_metered: Decimal = ZERO
    billed_unmetered: Decimal = ZERO
    free_metered: Decimal = ZERO
    free_unmetered: Decimal = ZERO

    @property
    def billed(self) -> Decimal:
        """Billed use, metered and unmetered."""
        return self.billed_metered + self.billed_unmetered


@dataclass(frozen=True, slots=True)
class RealLosses(_Parts):
    """Water that left the pipes: reported and unreported leaks, background, tanks."""

    reported: Decimal = ZERO
    unreported: Decimal = ZERO
    background: Decimal = ZERO
    tank: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class MeteringLosses(_Parts):
    """Water that was used but not counted by meters."""

    residential_meter: Decimal = ZERO
    non_residential_meter: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the balance table: code, Chinese and English title, volume, the line above."""

    code: str
    title: str
    title_en: str
    volume: Decimal
    parent: str = ""


@dataclass(frozen=True, slots=True)
class Balance:
    """The balance of a period: its lines, its totals, and what was noticed."""

    supply: Supply
    registered: Registered
    real: RealLosses
    metering: MeteringLosses
    findings: tuple[Finding, ...] = ()

    @property
    def losses(self) -> Decimal:
        """Water losses (漏损水量): system input less registered use."""
        return self.supply.total - self.registered.total

    @property
    def other(self) -> Decimal:
        """Other losses (其他损失水量): the rest; below zero the data are wrong."""
        return self.losses - self.real.total - self.metering.total

    @property
    def lines(self) -> tuple[Line, ...]:
        """The table, top down, in the order of the standard."""
        top = [
            Line("Qs", "供水总量", "system input", self.supply.total),
            *_lines(self.supply, _SUPPLY, "Qs"),
            Line("Qa", "注册用户用水量", "registered-user use", self.registered.total, "Qs"),
            *_lines(self.registered, _REGISTERED, "Qa"),
            Line("losses", "漏损水量", "water losses", self.losses, "Qs"),
            Line("real", "漏失水量", "real losses", self.real.total, "losses"),
            *_lines(self.real, _REAL, "real"),
            Line("metering", "计量损失水量", "metering losses", self.metering.total, "losses"),
            *_lines(self.metering, _METERING, "metering"),
            Line("other", "其他损失水量", "other losses", self.other, "losses"),
        ]
        return tuple(top)


_SUPPLY = {
    "own": ("自产供水量", "own production"),
    "purchased": ("外购供水量", "purchased"),
}
_REGISTERED = {
    "billed_metered": ("计费计量用水量", "billed metered use"),
    "billed_unmetered": ("计费未计量用水量", "billed unmetered use"),
    "free_metered": ("免费计量用水量", "free metered use"),
    "free_unmetered": ("免费未计量用水量", "free unmetered use"),
}
_REAL = {
    "reported": ("明漏水量", "reported leaks"),
    "unreported": ("暗漏水量", "unreported leaks"),
    "background": ("背景漏失水量", "background leakage"),
    "tank": ("水箱、水池的渗漏和溢流水量", "tank leakage and overflow"),
}
_METERING = {
    "residential_meter": ("居民用户总分表差损失水量", "residential master/sub-meter difference"),
    "non_residential_meter": ("非居民用户表具误差损失水量", "non-residential meter error"),
}


def _lines(parts: _Parts, titles: dict[str, tuple[str, str]], parent: str) -> list[Line]:
    return [Line(name, *titles[name], value, parent) for name, value in parts.parts().items()]


def network_balance(
    *,
    supply: Supply,
    registered: Registered,
    real: RealLosses | None = None,
    metering: MeteringLosses | None = None,
) -> Balance:
    """Return the balance of CJJ 92-2016, table 4.2.1, with the other losses as its rest.

    Parts that nobody has worked out are left out: they then stay inside the other losses.

    >>> table = network_balance(
    ...     supply=Supply(own=Decimal(900), purchased=Decimal(100)),
    ...     registered=Registered(billed_metered=Decimal(850), free_unmetered=Decimal(10)),
    ...     real=RealLosses(reported=Decimal(40), background=Decimal(50)),
    ...     metering=MeteringLosses(residential_meter=Decimal(30)),
    ... )
    >>> table.losses, table.other, table.findings
    (Decimal('140'), Decimal('20'), ())
    """
    balance = Balance(supply, registered, real or RealLosses(), metering or MeteringLosses())
    found = []
    if balance.losses < 0:
        found.append(_losses_negative(balance))
    elif balance.other < 0:
        found.append(_other_negative(balance))
    return Balance(balance.supply, registered, balance.real, balance.metering, tuple(found))


def _losses_negative(balance: Balance) -> Finding:
    taken, given = balance.registered.total, balance.supply.total
    return Finding(
        "leakage.losses_negative", Level.BLOCKS,
        f"注册用户用水量 {taken} m³ 大于供水总量 {given} m³：核对两者的期间是否一致（抄表滞后），"
        "再核对水源表。",
        f"Registered users took {taken} m³, more than the {given} m³ put in: check that both cover "
        "the same days (meters are read late), then the source meters.",
        {"registered_m3": str(taken), "supply_m3": str(given)},
    )  # fmt: skip


def _other_negative(balance: Balance) -> Finding:
    known = balance.real.total + balance.metering.total
    return Finding(
        "leakage.other_negative", Level.BLOCKS,
        f"漏失与计量损失之和 {known} m³ 大于漏损水量 {balance.losses} m³，其他损失为负："
        "至少有一个分量估算过大。",
        f"Real and metering losses make {known} m³, more than the total loss of {balance.losses} "
        "m³, so that other losses are negative: at least one part is estimated too high.",
        {"known_m3": str(known), "losses_m3": str(balance.losses), "other_m3": str(balance.other)},
    )  # fmt: skip


def round_hole(diameter_mm: Decimal) -> Decimal:
    """Return the area in m² of a round hole.

    >>> round(round_hole(Decimal(10)), 8)
    Decimal('0.00007854')
    """
    radius = diameter_mm / 2000
    return _PI * radius * radius


def leak_flow(
    *, area_m2: Decimal, head_m: Decimal, soil: Decimal, orifice: Decimal, gravity: Decimal
) -> Decimal:
    """Return the flow of a leak in m³/s: ``C1·C2·A·√(2gH)`` (CJJ 92-2016, notes on 5.1.2).

    ``soil`` is C1 and ``orifice`` C2; both, and ``gravity``, are in the rules under ``leakage/``.

    >>> flow = leak_flow(
    ...     area_m2=round_hole(Decimal(10)), head_m=Decimal(30), soil=Decimal(1),
    ...     orifice=Decimal("0.6"), gravity=Decimal("9.8"),
    ... )
    >>> round(flow, 6), round(flow * 3600, 2)
    (Decimal('0.001143'), Decimal('4.11'))
    """
    if min(area_m2, head_m) < 0:
        raise ValueError(
            f"A leak has no negative area ({area_m2} m²) or head ({head_m} m): give both as "
            "measured, the head in metres of water."
        )
    return soil * orifice * area_m2 * (2 * gravity * head_m).sqrt()


def leak_volume(*, flow_m3_s: Decimal, hours: Decimal) -> Decimal:
    """Return the volume in m³ that a leak lost in ``hours``.

    Reported leaks run from discovery to shut-off, unreported ones for the survey cycle
    (CJJ 92-2016, notes on 5.1.2).

    >>> leak_volume(flow_m3_s=Decimal("0.001"), hours=Decimal(24))
    Decimal('86.400')
    """
    return flow_m3_s * _SECONDS_PER_HOUR * hours


def background_volume(*, rate_m3_km_h: Decimal, length_km: Decimal, hours: Decimal) -> Decimal:
    """Return background leakage in m³: ``Q_n·L·T`` (CJJ 92-2016, notes on 5.1.2).

    The rate is measured in sample zones *after* their leaks were repaired.

    >>> background_volume(
    ...     rate_m3_km_h=Decimal("0.5"), length_km=Decimal(100), hours=Decimal(8760)
    ... )
    Decimal('438000.0')
    """
    return rate_m3_km_h * length_km * hours


def meter_loss(*, metered: Decimal, loss_share: Decimal) -> Decimal:
    """Return what meters did not count, ``Q/(1−C) − Q`` (CJJ 92-2016, notes on 5.1.2).

    ``loss_share`` is the sampled difference between master and sub-meters, or the sampled error.

    :raises ValueError: if the share is below zero or not below one

    >>> round(meter_loss(metered=Decimal(3000), loss_share=Decimal("0.08")), 1)
    Decimal('260.9')
    """
    if not 0 <= loss_share < 1:
        raise ValueError(
            f"The share of uncounted water is {loss_share}; it lies between 0 and below 1 "
            "(8 % is 0.08). Check the sample of meters it comes from."
        )
    return metered / (1 - loss_share) - metered
