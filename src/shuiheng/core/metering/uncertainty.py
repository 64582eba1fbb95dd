"""How far a metered volume may be off: from the meter's accuracy class to an uncertainty."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal, localcontext
from typing import Any

# The half-width of a rectangular distribution is the square root of three standard
# uncertainties (GUM 4.3.7, JJF 1059.1): variance = half-width² ÷ 3.
_RECTANGULAR = 3
# A volume is the difference of two registers, each cut to a whole count: 2 × count² ÷ 12.
_TWO_READINGS = 6
_PRECISION = 60
_COLD = {"≤30", "不分"}


@dataclass(frozen=True, slots=True)
class ErrorLimits:
    """The largest permissible errors of a class up to 30 °C, as shares: from Q2 on, and below."""

    upper: Decimal
    lower: Decimal


@dataclass(frozen=True, slots=True)
class TreeRules:
    """What the law and our own settings say about judging a meter tree.

    ``in_service`` widens the limits of first verification to those of a meter in use;
    ``coverage`` is the factor k of the expanded uncertainty; fewer missing hours than
    ``missing_h`` do not count as missing; ``band`` is the children's usual share of the parent.
    """

    classes: Mapping[str, ErrorLimits]
    in_service: Decimal
    coverage: Decimal
    missing_h: Decimal
    band: tuple[Decimal, Decimal]

    def limits(self, accuracy: str) -> ErrorLimits:
        """Return the limits of a class; those of the widest class where it is not known."""
        if accuracy in self.classes:
            return self.classes[accuracy]
        every = self.classes.values()
        return ErrorLimits(max(one.upper for one in every), max(one.lower for one in every))


def error_limits(table: Iterable[Mapping[str, Any]]) -> dict[str, ErrorLimits]:
    """Return the limits of each class for water up to 30 °C from the rule's table.

    :raises LookupError: if the table lacks one of the two zones of a class

    >>> row = {"class": "2", "temperature_c": "≤30"}
    >>> table = [
    ...     row | {"zone": "高区", "max_error": "0.02"}, row | {"zone": "低区", "max_error": "0.05"}
    ... ]
    >>> error_limits(table)["2"].upper
    Decimal('0.02')
    """
    zones: dict[str, dict[str, Decimal]] = {}
    for row in table:
        if row["temperature_c"] in _COLD:
            zones.setdefault(str(row["class"]), {})[row["zone"]] = Decimal(str(row["max_error"]))
    lacking = sorted(name for name, found in zones.items() if {"高区", "低区"} - set(found))
    if lacking or not zones:
        raise LookupError(
            f"The table of accuracy classes lacks a zone (高区, 低区) up to 30 °C of class "
            f"{', '.join(lacking) or '1 or 2'}. Complete metering/accuracy_classes."
        )
    return {name: ErrorLimits(found["高区"], found["低区"]) for name, found in zones.items()}


def variance(
    *, volume_l: int, lower_l: int, limits: ErrorLimits, in_service: Decimal, unit_l: int
) -> Decimal:
    """Return the squared standard uncertainty of a metered volume, in litres squared.

    ``lower_l`` is the part counted at flows below Q2. Errors of both zones are taken as one, in
    the same direction; the register's count comes on top.

    >>> limits = ErrorLimits(Decimal("0.02"), Decimal("0.05"))
    >>> found = variance(
    ...     volume_l=300_000, lower_l=0, limits=limits, in_service=Decimal(1), unit_l=0
    ... )
    >>> found  # (0.02 × 300,000)² ÷ 3
    Decimal('12000000')
    """
    with localcontext() as context:
        context.prec = _PRECISION
        low = min(abs(lower_l), abs(volume_l))
        half = in_service * (limits.upper * (abs(volume_l) - low) + limits.lower * low)
        found = half * half / _RECTANGULAR + Decimal(unit_l) * unit_l / _TWO_READINGS
    return found.normalize() if found != found.to_integral() else found.to_integral()


def expanded_l(variances: Iterable[Decimal], coverage: Decimal) -> int:
    """Return the expanded uncertainty of a sum of independent volumes, in litres, rounded up.

    >>> expanded_l([Decimal(9), Decimal(16)], Decimal(2))
    10
    """
    with localcontext() as context:
        context.prec = _PRECISION
        whole = coverage * sum(variances, Decimal(0)).sqrt()
        return int(whole.to_integral_value(ROUND_CEILING))
