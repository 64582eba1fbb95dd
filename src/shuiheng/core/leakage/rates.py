"""Loss rates: gross, corrected, graded, and the mean of a region.

Source: CJJ 92-2016, section 5.2, and its partial revision of 2018 (in force 2019-02-01). Shares
are shares of one: 0.14 is 14 %. The text of 2016 adds the corrections to the target
(``adjusted_target``), the revision takes them off the measurement (``assess``); the rules say
which holds on a day, and both judge a network alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from shuiheng.basics import Cited, Finding, Level, Quantity
from shuiheng.rules import band

ZERO, ONE = Decimal(0), Decimal(1)


class NoSupply(ValueError):
    """Raised when a rate is asked of a network that was given no water."""

    def __init__(self, supplied: Decimal) -> None:
        self.supplied = supplied
        super().__init__(
            f"The system input is {supplied} m3, so that no loss rate exists. Load the readings of "
            "the source meters for the period, or choose a period with supply."
        )


@dataclass(frozen=True, slots=True)
class LossStandard:
    """Everything the standard fixes, as cited values of the day; see ``of``."""

    household_factor: Cited
    length_factor: Cited
    reference_length: Cited
    length_lower_limit: Cited
    length_upper_limit: Cited
    pressure_bands: Cited
    frost_bands: Cited
    grade_1: Cited
    grade_2: Cited

    @classmethod
    def of(cls, cite: Callable[[str], Cited]) -> LossStandard:
        """Return the standard, asking ``cite`` for each rule by its name.

        ``cite`` is the law of one day and place, such as
        ``lambda name: law.decide(name, on=day, place="320411")``.
        """
        return cls(
            household_factor=cite("leakage/r1_household_factor"),
            length_factor=cite("leakage/r2_length_factor"),
            reference_length=cite("leakage/r2_reference_length"),
            length_lower_limit=cite("leakage/r2_lower_limit"),
            length_upper_limit=cite("leakage/r2_upper_limit"),
            pressure_bands=cite("leakage/r3_pressure_bands"),
            frost_bands=cite("leakage/r4_frost_bands"),
            grade_1=cite("leakage/grade_1_rate"),
            grade_2=cite("leakage/grade_2_rate"),
        )


@dataclass(frozen=True, slots=True)
class NetworkYear:
    """What is known of a network over a year: volumes in m³, pipes ≥ DN75 in km, MPa, metres.

    ``household_read`` is the volume of residents whose own meters the supplier reads.
    """

    supplied: Decimal
    registered: Decimal
    household_read: Decimal
    pipe_km: Decimal
    pressure_mpa: Decimal
    frost_m: Decimal = ZERO

    def __post_init__(self) -> None:
        if self.supplied <= 0:
            raise NoSupply(self.supplied)
        for name in ("registered", "household_read", "pipe_km", "pressure_mpa", "frost_m"):
            value = getattr(self, name)
            if value < 0:
                raise ValueError(
                    f"{name} is {value}; it cannot be negative. Correct it in the network's data."
                )


@dataclass(frozen=True, slots=True)
class Correction:
    """One correction: its code, its value as a share, and the facts it was computed from."""

    code: str
    title: str
    title_en: str
    value: Decimal
    formula: str
    formula_en: str
    cited: tuple[Cited, ...]
    facts: Mapping[str, Decimal] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Assessment:
    """The gross rate, the four corrections, the assessed rate and its grade."""

    network: NetworkYear
    gross: Decimal
    corrections: tuple[Correction, ...]
    findings: tuple[Finding, ...]
    standard: LossStandard

    @property
    def correction(self) -> Decimal:
        """The sum of the corrections, R_n."""
        return sum((one.value for one in self.corrections), ZERO)

    @property
    def assessed(self) -> Decimal:
        """The assessed loss rate (漏损率), R_BL = R_WL − R_n."""
        return self.gross - self.correction

    @property
    def grade(self) -> int | None:
        """The grade reached, 1 or 2, or None where neither is."""
        if self.assessed <= self.standard.grade_1.number:
            return 1
        return 2 if self.assessed <= self.standard.grade_2.number else None


@dataclass(frozen=True, slots=True)
class AdjustedTarget:
    """The judgement of the text of 2016: the rate against the target plus corrections."""

    gross: Decimal
    target: Decimal
    limit: Decimal

    @property
    def met(self) -> bool:
        """Whether the gross rate stays within the adjusted target."""
        return self.gross <= self.limit


def gross_rate(*, supplied: Decimal, registered: Decimal) -> Decimal:
    """Return the gross loss rate (综合漏损率), ``R_WL = (Qs − Qa)/Qs`` (CJJ 92-2016, 5.2).

    A negative rate is returned as it is: it says that the data are wrong.

    :raises NoSupply: if nothing was supplied

    >>> gross_rate(supplied=Decimal(12_000), registered=Decimal(10_320))
    Decimal('0.14')
    """
    if supplied <= 0:
        raise NoSupply(supplied)
    return (supplied - registered) / supplied


def non_revenue_share(*, supplied: Decimal, billed: Decimal) -> Decimal:
    """Return the share of non-revenue water (产销差): it counts free authorised use as lost.

    :raises NoSupply: if nothing was supplied

    >>> round(non_revenue_share(supplied=Decimal(32_549), billed=Decimal(28_346)), 3)
    Decimal('0.129')
    """
    return gross_rate(supplied=supplied, registered=billed)


def assess(network: NetworkYear, standard: LossStandard) -> Assessment:
    """Return the assessed loss rate of a network by the partial revision of 2018.

    ``R_BL = R_WL − (R1 + R2 + R3 + R4)``; each correction comes with its inputs.
    """
    length, limited = _length(network, standard)
    corrections = (_household(network, standard), length, *_pressure_and_frost(network, standard))
    findings = [*_data_findings(network), *([limited] if limited else [])]
    return Assessment(
        network=network,
        gross=gross_rate(supplied=network.supplied, registered=network.registered),
        corrections=corrections,
        findings=tuple(findings),
        standard=standard,
    )


def adjusted_target(
    network: NetworkYear, standard: LossStandard, target: Decimal
) -> AdjustedTarget:
    """Return the judgement of the text of 2016: ``R_WL`` against ``R0 + R1 + R2 + R3 + R4``."""
    assessment = assess(network, standard)
    return AdjustedTarget(assessment.gross, target, target + assessment.correction)


def real_loss_within_limit(
    *, real: Decimal, supplied: Decimal, adjusted: AdjustedTarget, share_limit: Decimal
) -> bool:
    """Return whether real losses stay within their share of the corrected standard.

    An assessed indicator of the text of 2016 only (the limit is ``leakage/real_loss_share_limit``,
    until 2019-01-31); since then a diagnostic.

    :raises NoSupply: if nothing was supplied

    >>> adjusted = AdjustedTarget(Decimal("0.12"), Decimal("0.12"), Decimal("0.12"))
    >>> [
    ...     real_loss_within_limit(
    ...         real=Decimal(x), supplied=Decimal(1000), adjusted=adjusted,
    ...         share_limit=Decimal("0.70"),
    ...     )
    ...     for x in (84, 85)
    ... ]
    [True, False]
    """
    if supplied <= 0:
        raise NoSupply(supplied)
    return real / supplied <= adjusted.limit * share_limit


def regional_rate(parts: Iterable[tuple[Decimal, Decimal]]) -> Decimal:
    """Return the mean loss rate of a region, weighted by supply: ``ΣR·Qs / ΣQs``.

    ``parts`` are pairs of rate and system input. The plain mean is wrong.

    :raises NoSupply: if the parts have no supply together

    >>> regional_rate([(Decimal("0.10"), Decimal(3)), (Decimal("0.20"), Decimal(1))])
    Decimal('0.125')
    """
    pairs = list(parts)
    supplied = sum((volume for _, volume in pairs), ZERO)
    if supplied <= 0:
        raise NoSupply(supplied)
    return sum((rate * volume for rate, volume in pairs), ZERO) / supplied


def _household(network: NetworkYear, standard: LossStandard) -> Correction:
    share = network.household_read / network.supplied
    return Correction(
        "R1", "居民抄表到户水量修正值", "household-reading correction",
        standard.household_factor.number * share,
        "R1 = 系数 × r，r = 居民抄表到户水量 ÷ 供水总量",
        "R1 = factor × r, r = household-read volume ÷ supplied",
        (standard.household_factor,), {"r": share},
    )  # fmt: skip


def _length(network: NetworkYear, standard: LossStandard) -> tuple[Correction, Finding | None]:
    per_supply = network.pipe_km / Quantity(network.supplied, "m3").to("万m3").value
    low, high = standard.length_lower_limit.number, standard.length_upper_limit.number
    free = standard.length_factor.number * (per_supply - standard.reference_length.number)
    value = min(max(free, low), high)
    correction = Correction(
        "R2", "单位供水量管长修正值", "pipe-length correction", value,
        "R2 = 系数 × (A − 基准)，A = L ÷ Qs（km/万m³），不超出上下限",
        "R2 = factor × (A − reference), A = L ÷ Qs (km per 10,000 m³), within its limits",
        (
            standard.length_factor,
            standard.reference_length,
            standard.length_lower_limit,
            standard.length_upper_limit,
        ),
        {"A": per_supply, "R2'": free},
    )  # fmt: skip
    if value == free:
        return correction, None
    limited = Finding(
        "leakage.length_correction_limited", Level.INFORMS,
        f"单位供水量管长修正值 {free:.6f} 超出限值，取 {value}。",
        f"The pipe-length correction of {free:.6f} passes its limit and was set to {value}.",
        {"computed": str(free), "used": str(value), "km_per_10000_m3": str(per_supply)},
    )  # fmt: skip
    return correction, limited


def _pressure_and_frost(network: NetworkYear, standard: LossStandard) -> list[Correction]:
    made = []
    for code, title, title_en, cited, name, value in (
        ("R3", "年平均出厂压力修正值", "outlet-pressure correction", standard.pressure_bands,
         "P", network.pressure_mpa),
        ("R4", "最大冻土深度修正值", "frost-depth correction", standard.frost_bands,
         "D", network.frost_m),
    ):  # fmt: skip
        step = cited.value[band(cited.value, value)]
        made.append(
            Correction(
                code, title, title_en, Decimal(step["factor"]),
                f"{code} 按分档取值", f"{code} by bands",
                (cited,), {name: value},
            )
        )  # fmt: skip
    return made


def _data_findings(network: NetworkYear) -> list[Finding]:
    found = []
    if network.registered > network.supplied:
        found.append(
            Finding(
                "leakage.rate_negative", Level.BLOCKS,
                f"注册用户用水量 {network.registered} m³ 大于供水总量 {network.supplied} m³，"
                "漏损率为负：核对期间与水源表。",
                f"Registered use of {network.registered} m³ exceeds the input of "
                f"{network.supplied} m³: check the period and the source meters.",
                {"registered_m3": str(network.registered), "supply_m3": str(network.supplied)},
            )
        )  # fmt: skip
    if network.household_read > network.registered:
        found.append(
            Finding(
                "leakage.household_share_too_large", Level.WARNS,
                f"居民抄表到户水量 {network.household_read} m³ 大于注册用户用水量 "
                f"{network.registered} m³。",
                f"Households read at their own meter took {network.household_read} m³, more than "
                f"all registered users ({network.registered} m³).",
                {
                    "household_m3": str(network.household_read),
                    "registered_m3": str(network.registered),
                },
            )
        )  # fmt: skip
    return found
