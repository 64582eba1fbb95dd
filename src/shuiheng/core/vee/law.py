"""The thresholds of the kernel as the packs, and the office's own folder, say them."""

from __future__ import annotations

from dataclasses import fields
from datetime import date

from shuiheng.core.vee.rules import VeeRules
from shuiheng.rules import Law


class NotWhole(ValueError):
    """Raised when a threshold of the kernel is not a whole number."""

    def __init__(self, name: str, value: object) -> None:
        super().__init__(
            f"{name} is {value}, but thresholds of readings are whole numbers; write it in the "
            "unit that the end of its name says."
        )


def rules_in_force(law: Law, *, on: date, place: str) -> VeeRules:
    """Return the thresholds in force on a day in a place.

    :raises UnknownRule: if the packs have no such threshold
    :raises NotWhole: if an office's own threshold is not a whole number

    >>> rules_in_force(Law.shipped(), on=date(2024, 1, 1), place="320411").gap_tenths
    15
    """
    values = {}
    for field in fields(VeeRules):
        name = f"vee/{field.name}"
        number = law.as_of(name, on=on, place=place).number
        if number != int(number):
            raise NotWhole(name, number)
        values[field.name] = int(number)
    return VeeRules(**values)
