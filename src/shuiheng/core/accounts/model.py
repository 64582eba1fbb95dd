"""The plain rows that accounts are made from and made of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

# Handbook 1 §1.3: codes of sources and uses, with the titles bulletins use.
SOURCES = {
    "S1": ("地表水", "Surface water"),
    "S2": ("地下水", "Groundwater"),
    "S3": ("非常规水", "Unconventional water"),
}
USES = {
    "U1": ("农业用水", "Agriculture"),
    "U2": ("工业用水", "Industry"),
    "U3": ("生活用水", "Domestic use"),
    "U4": ("人工生态环境补水", "Artificial ecological replenishment"),
}
LOSS = "L"
LOSS_TITLES = ("公共供水损失", "Loss of public supply")


@dataclass(frozen=True, slots=True)
class User:
    """A water user as the account sees it."""

    number: str
    name: str
    use: str
    town: str
    kind: str = "enterprise"
    industry: str = ""
    cooling: str = ""
    above_scale: bool = False

    @property
    def is_power(self) -> bool:
        """Whether this is a thermal power plant."""
        return self.kind == "power_plant"


@dataclass(frozen=True, slots=True)
class Binding:
    """From ``since`` (included) to ``until`` (excluded) the meter measures this for this user.

    ``role`` is one of intake, import, export, delivery, reclaimed, return; other roles (network
    and zone inputs, internal meters) are not booked. ``supplier`` is the waterworks whose network
    a delivery, import or export belongs to.
    """

    meter: str
    user: str
    role: str
    since: date
    until: date | None = None
    source: str = ""
    use: str = ""
    supplier: str = ""


@dataclass(frozen=True, slots=True)
class DeclaredMonth:
    """A month's volume that no meter measured. ``basis`` is declared, or how it was estimated."""

    user: str
    month: date
    volume_l: int
    basis: str
    side: str = "intake"
    source: str = "S1"
    by: str = ""
    document: str = ""


class Line(NamedTuple):
    """One line of the account: litres of one month.

    ``side`` is supply, use, loss, return or reused. ``measured_l``, ``estimated_l`` and
    ``declared_l`` add up to ``volume_l``. ``meter`` is empty for declared lines.
    """

    month: date
    side: str
    user: str
    town: str
    source: str
    use: str
    volume_l: int
    measured_l: int
    estimated_l: int
    declared_l: int
    basis: str
    meter: str
    supplier: str
