"""When a meter is due for verification or replacement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any


@dataclass(frozen=True, slots=True)
class MeterFacts:
    """What the period depends on: diameter, permanent flow, day of the last verification."""

    number: str
    dn_mm: int
    q3_m3_h: Decimal
    verified_on: date | None


def verification_class(meter: MeterFacts, classes: Sequence[Mapping[str, Any]]) -> str:
    """Return the name of the meter's class in the rule's table (JJG 162).

    A row's bounds are joined as the row says (and, or); the first row that fits wins.

    :raises LookupError: if the table has no row for the meter

    >>> table = [
    ...     {"class": "dn25", "dn_at_most": "25", "q3_at_most_m3h": "16", "joined_by": "and"},
    ...     {"class": "large", "dn_more_than": "50", "q3_more_than_m3h": "16", "joined_by": "or"},
    ... ]
    >>> verification_class(MeterFacts("a", 20, Decimal("2.5"), None), table)
    'dn25'
    >>> verification_class(MeterFacts("a", 20, Decimal("16.1"), None), table)
    'large'
    """
    for row in classes:
        tests = []
        if "dn_more_than" in row:
            tests.append(meter.dn_mm > Decimal(str(row["dn_more_than"])))
        if "dn_at_most" in row:
            tests.append(meter.dn_mm <= Decimal(str(row["dn_at_most"])))
        if "q3_more_than_m3h" in row:
            tests.append(meter.q3_m3_h > Decimal(str(row["q3_more_than_m3h"])))
        if "q3_at_most_m3h" in row:
            tests.append(meter.q3_m3_h <= Decimal(str(row["q3_at_most_m3h"])))
        joined = any(tests) if row.get("joined_by") == "or" else all(tests)
        if tests and joined:
            return str(row["class"])
    raise LookupError(
        f"The table of verification classes has no row for meter {meter.number} "
        f"(DN {meter.dn_mm}, Q3 {meter.q3_m3_h} m3/h). Complete metering/verification_classes."
    )


def due_on(verified_on: date, years: int) -> date:
    """Return the day a period of years ends; 29 February falls to 28 February.

    >>> due_on(date(2020, 3, 10), 6), due_on(date(2020, 2, 29), 2)
    (datetime.date(2026, 3, 10), datetime.date(2022, 2, 28))
    """
    try:
        return verified_on.replace(year=verified_on.year + years)
    except ValueError:
        return verified_on.replace(year=verified_on.year + years, day=28)
