"""The effective utilisation coefficient of irrigation water, head–tail method (首尾测算分析法).

``η = W_net / W_gross`` over a year and all crops. Source: national technical rules of December
2015. Classes and the region are weighted by gross irrigation volume, not by area; the weight is a
parameter, because many local plans speak of area-weighted means. Volumes are m³, areas mu.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from shuiheng.basics import Cited, Clause, Figure, Finding, Level, Period
from shuiheng.basics.figure import DECLARED, Quality

ZERO, ONE = Decimal(0), Decimal(1)


class NoWeight(ValueError):
    """Raised when a mean is asked of parts that have no weight together."""

    def __init__(self, what: str) -> None:
        super().__init__(
            f"{what} has no gross volume, so that no coefficient exists. A district that did not "
            "irrigate this year is left out and its sample replaced."
        )


@dataclass(frozen=True, slots=True)
class Crop:
    """One crop of a district: net use per mu and the area irrigated in fact."""

    name: str
    net_m3_mu: Decimal
    area_mu: Decimal

    @property
    def net(self) -> Decimal:
        """Net use in m³."""
        return self.net_m3_mu * self.area_mu


@dataclass(frozen=True, slots=True)
class District:
    """The coefficient of one district, with the crops it was computed from."""

    name: str
    crops: tuple[Crop, ...]
    gross: Decimal

    @property
    def net(self) -> Decimal:
        """Net use of all crops in m³."""
        return sum((crop.net for crop in self.crops), ZERO)

    @property
    def coefficient(self) -> Decimal:
        """Net use over gross use."""
        return self.net / self.gross


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a mean: its coefficient and its weight (gross volume unless said otherwise).

    ``name`` is a stable code; the titles are what people see.
    """

    name: str
    coefficient: Decimal
    weight: Decimal
    title: str = ""
    title_en: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """A class of districts: the coefficients of its samples and the weight of the whole class."""

    name: str
    samples: tuple[Decimal, ...]
    weight: Decimal


@dataclass(frozen=True, slots=True)
class Limits:
    """What a plausible coefficient keeps to (rules ``irrigation/check_*``)."""

    lowest: Decimal
    highest: Decimal
    above_design: Decimal
    year_change: Decimal


def district_coefficient(name: str, crops: Iterable[Crop], *, gross: Decimal) -> District:
    """Return the coefficient of a district from its crops and its gross intake.

    Areas are those irrigated in fact; a field with two crops counts under both. Gross intake
    leaves out water that was not for irrigation and adds every source.

    :raises NoWeight: if nothing was taken
    :raises ValueError: if an area or a net use is negative

    >>> crops = [
    ...     Crop("rice", Decimal(310), Decimal(1200)), Crop("wheat", Decimal(95), Decimal(800))
    ... ]
    >>> district = district_coefficient("sample", crops, gross=Decimal(660_000))
    >>> int(district.net), round(district.coefficient, 3)
    (448000, Decimal('0.679'))
    """
    if gross <= 0:
        raise NoWeight(f"The district {name}")
    grown = tuple(crops)
    for crop in grown:
        if crop.net_m3_mu < 0 or crop.area_mu < 0:
            raise ValueError(
                f"{crop.name} in {name} has {crop.net_m3_mu} m³/mu on {crop.area_mu} mu: neither "
                "can be negative. Correct the field log."
            )
    return District(name, grown, gross)


def volume_weighted(parts: Iterable[Part], *, what: str = "The region") -> Decimal:
    """Return the weighted mean of coefficients, ``Σ η·W / ΣW`` (large districts, and a region).

    :raises NoWeight: if the parts have no weight

    >>> volume_weighted([
    ...     Part("a", Decimal("0.6"), Decimal(3)), Part("b", Decimal("0.8"), Decimal(1)),
    ... ])
    Decimal('0.65')
    """
    every = list(parts)
    weight = sum((part.weight for part in every), ZERO)
    if weight <= 0 or any(part.weight < 0 for part in every):
        raise NoWeight(what)
    return sum((part.coefficient * part.weight for part in every), ZERO) / weight


def plain_mean(samples: Sequence[Decimal], *, what: str = "The class") -> Decimal:
    """Return the simple mean of samples (small districts; the samples of one class).

    :raises NoWeight: if there is no sample

    >>> plain_mean([Decimal("0.66"), Decimal("0.68")])
    Decimal('0.67')
    """
    if not samples:
        raise NoWeight(what)
    return sum(samples, ZERO) / len(samples)


def class_weighted(groups: Iterable[Group], *, what: str = "The scale") -> Decimal:
    """Return a coefficient in two steps: plain mean inside each class, then weighted by class.

    Medium districts have three classes of size, wells five types. A class without samples but
    with volume would be lost silently, so it is refused.

    :raises NoWeight: if a class with volume has no sample, or nothing has weight

    >>> medium = [
    ...     Group("1–5", (Decimal("0.66"),), Decimal("3.1e6")),
    ...     Group("5–15", (Decimal("0.645"),), Decimal("6.1e6")),
    ... ]
    >>> round(class_weighted(medium), 4)
    Decimal('0.6501')
    """
    return volume_weighted(
        (
            Part(group.name, plain_mean(group.samples, what=f"Class {group.name}"), group.weight)
            for group in groups
            if group.samples or group.weight
        ),
        what=what,
    )


def region_coefficient(parts: Iterable[Part]) -> Decimal:
    """Return the coefficient of a region from its scales (large, medium, small, wells).

    :raises NoWeight: if the scales have no volume

    >>> scales = [
    ...     Part("medium", Decimal("0.642"), Decimal("9.2e6")),
    ...     Part("small", Decimal("0.676"), Decimal("14.5e6")),
    ...     Part("well", Decimal("0.83"), Decimal("0.3e6")),
    ... ]
    >>> round(region_coefficient(scales), 4)
    Decimal('0.6649')
    """
    return volume_weighted(parts)


def check_coefficient(
    coefficient: Decimal,
    *,
    limits: Limits,
    design: Decimal | None = None,
    previous: Decimal | None = None,
) -> tuple[Finding, ...]:
    """Return what is implausible about a coefficient: range, design value, change in a year.

    Above one the data are wrong, which blocks; the rest warns.

    >>> limits = Limits(Decimal("0.3"), Decimal("0.95"), Decimal("0.1"), Decimal("0.03"))
    >>> [one.code for one in check_coefficient(
    ...     Decimal("0.72"), limits=limits, design=Decimal("0.60"), previous=Decimal("0.68")
    ... )]
    ['irrigation.above_design', 'irrigation.changed_much']
    """
    found = []
    if coefficient > ONE or coefficient < ZERO:
        found.append(
            Finding(
                "irrigation.impossible", Level.BLOCKS,
                f"系数 {coefficient:.4f} 不在 0–1 之间：净用水量大于毛用水量，核对水源计量与面积。",
                f"The coefficient {coefficient:.4f} is not between 0 and 1: net use exceeds gross "
                "use. Check the source meters and the areas.",
                {"coefficient": str(coefficient)},
            )
        )  # fmt: skip
    elif not limits.lowest <= coefficient <= limits.highest:
        found.append(
            Finding(
                "irrigation.out_of_range", Level.WARNS,
                f"系数 {coefficient:.4f} 不在合理范围 {limits.lowest}–{limits.highest} 内。",
                f"The coefficient {coefficient:.4f} is outside the plausible range of "
                f"{limits.lowest} to {limits.highest}.",
                {"coefficient": str(coefficient)},
            )
        )  # fmt: skip
    if design is not None and coefficient > design + limits.above_design:
        found.append(
            Finding(
                "irrigation.above_design", Level.WARNS,
                f"系数 {coefficient:.4f} 比设计值 {design} 高出 {limits.above_design} 以上。",
                f"The coefficient {coefficient:.4f} exceeds the design value {design} by more "
                f"than {limits.above_design}.",
                {"coefficient": str(coefficient), "design": str(design)},
            )
        )  # fmt: skip
    if previous is not None and abs(coefficient - previous) > limits.year_change:
        found.append(
            Finding(
                "irrigation.changed_much", Level.WARNS,
                f"系数由上年 {previous} 变为 {coefficient:.4f}，变化大于 {limits.year_change}，"
                "须复核。",
                f"The coefficient went from {previous} to {coefficient:.4f} in a year, by more "
                f"than {limits.year_change}: review it.",
                {"coefficient": str(coefficient), "previous": str(previous)},
            )
        )  # fmt: skip
    return tuple(found)


def figure_of(
    parts: Sequence[Part],
    *,
    aggregation: Cited,
    period: Period,
    place: str,
    quality: Quality = DECLARED,
    findings: Iterable[Finding] = (),
) -> Figure:
    """Return the coefficient of a region as a figure with its scales and weights below it.

    ``aggregation`` is the cited rule ``irrigation/aggregation``.

    :raises NoWeight: if the parts have no volume
    """
    clause: Clause = aggregation.clause
    below = tuple(
        Figure(
            f"irrigation/coefficient_{part.name}", f"灌溉水有效利用系数：{part.title or part.name}",
            f"irrigation coefficient: {part.title_en or part.name}", part.coefficient, "ratio",
            "净灌溉用水量 ÷ 毛灌溉用水量", quality=quality, period=period, place=place,
            note=f"毛灌溉用水量 {part.weight:f} m³", note_en=f"gross volume {part.weight:f} m³",
            formula_en="net irrigation use ÷ gross irrigation use",
        )
        for part in parts
    )  # fmt: skip
    return Figure(
        "irrigation/effective_coefficient", "农田灌溉水有效利用系数",
        "effective utilisation coefficient of irrigation water", region_coefficient(parts), "ratio",
        "Σ(系数 × 毛灌溉用水量) ÷ Σ毛灌溉用水量", (*below, aggregation), quality,
        method="head_tail", period=period, place=place, clause=clause, findings=tuple(findings),
        formula_en="Σ(coefficient × gross irrigation use) ÷ Σ gross irrigation use",
    )  # fmt: skip
