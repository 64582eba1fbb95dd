"""The plain rows of an invented district, before anything is written anywhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

YEAR = 2020
PLACE = "320411"
PLAN = "plan_2020"
DOCUMENT = "演示资料"


@dataclass(slots=True)
class UserRow:
    """A water user, with the yearly volume the generator aims at."""

    number: str
    name: str
    name_en: str
    kind: str
    use: str
    town: str
    annual_m3: float = 0.0
    profile: str = ""
    industry: str = ""
    cooling: str = ""
    above_scale: bool = False
    households: int = 0
    persons: int = 0
    area_mu: Decimal = Decimal(0)
    note: str = ""


@dataclass(slots=True)
class MeterRow:
    """A meter, what it is bound to, and how its flow comes about.

    ``flow`` says where the volume comes from: ``leaf`` (its own yearly volume and profile),
    ``share`` of its parent, or one of the derived meters (``zone``, ``network``, ``works``,
    ``return``, ``outlet``), which are computed from others. Where ``counts`` is ``=`` there is no
    meter and no reading: the place takes what its siblings leave of the parent.
    """

    number: str
    user: str
    role: str
    town: str
    annual_m3: float = 0.0
    profile: str = "industry"
    flow: str = "leaf"
    share: float = 1.0
    step_s: int = 86_400
    source: str = ""
    use: str = ""
    supplier: str = ""
    zone: str = ""
    level: int = 1
    parent: str = ""
    place: str = ""
    counts: str = "+"
    accuracy: str = ""
    dn_mm: int = 0
    q3_m3_h: Decimal = Decimal(0)
    ratio: int = 160
    digits: int = 0
    unit_l: int = 1
    online: bool = True
    installed_on: date = date(2016, 6, 1)
    verified_on: date | None = None

    @property
    def capacity_l(self) -> int:
        """The register's turn, in litres."""
        return int(10**self.digits * 1000)


@dataclass(frozen=True, slots=True)
class ExchangeRow:
    """A meter changed under the same number."""

    meter: str
    at: datetime
    final_l: int
    initial_l: int
    reason: str


@dataclass(frozen=True, slots=True)
class BindingRow:
    """From ``since`` to before ``until`` the meter measures this for this user."""

    meter: str
    user: str
    role: str
    since: date
    until: date | None = None
    source: str = ""
    use: str = ""
    supplier: str = ""
    zone: str = ""
    parent: str = ""
    place: str = ""
    counts: str = "+"


@dataclass(frozen=True, slots=True)
class DeclaredRow:
    """A month's volume that no meter measured."""

    user: str
    month: date
    side: str
    source: str
    volume_l: int
    basis: str
    working: Mapping[str, Any]
    by: str


@dataclass(frozen=True, slots=True)
class SeriesRow:
    """A yearly figure with its vintage."""

    name: str
    year: int
    value: Decimal
    unit: str
    method: str
    vintage: date
    document: str
    by: str


@dataclass(frozen=True, slots=True)
class FactRow:
    """A fact that an office declared for a year."""

    name: str
    value: Decimal
    unit: str
    by: str
    document: str
    year: int = YEAR
    place: str = PLACE
    on: date = date(2021, 1, 15)


@dataclass(frozen=True, slots=True)
class PlanRow:
    """The volume a user was allowed for the year."""

    user: str
    volume_m3: Decimal
    document: str


@dataclass(frozen=True, slots=True)
class Story:
    """A planted event: where it is, when, and what should be seen of it."""

    code: str
    title: str
    title_en: str
    meter: str
    user: str
    since: date
    until: date
    see: str
    see_en: str
    findings: tuple[str, ...] = ()
    changes_volume: bool = False
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class District:
    """Everything the generator made. ``truth_l`` are litres by meter and month, before faults."""

    seed: int
    users: list[UserRow]
    meters: list[MeterRow]
    bindings: list[BindingRow]
    exchanges: list[ExchangeRow]
    declared: list[DeclaredRow]
    series: list[SeriesRow]
    facts: list[FactRow]
    plans: list[PlanRow]
    stories: list[Story]
    batches: list[tuple[str, pa.Table]]
    truth_l: npt.NDArray[np.int64]

    @property
    def readings(self) -> int:
        """How many readings all batches hold."""
        return sum(len(table) for _, table in self.batches)

    def truth_of(self, meter: str) -> npt.NDArray[np.int64]:
        """Return the true litres of a meter, by month."""
        row = next(i for i, one in enumerate(self.meters) if one.number == meter)
        return self.truth_l[row]
