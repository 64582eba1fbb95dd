"""Evidence: functions of mechanisms that return figures for the board.

A mechanism writes, in its ``evidence.py``::

    @evidence("key_users/listed_share", tasks=(19,), mechanism="key_users")
    def listed_share(view: View) -> Figure:
        '''Share of users at or above the threshold that are on the list.'''

The figure's name is the function's key: ``shuiheng explain key_users/listed_share`` finds it.
"""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from typing import Protocol

from shuiheng import mechanisms
from shuiheng.basics import Cited, Declared, Figure, Period, Place
from shuiheng.core.accounts import Accounts
from shuiheng.core.board import Point
from shuiheng.mechanisms.common.cards import Card
from shuiheng.rules import Law
from shuiheng.store import Lake


class DistrictData(Protocol):
    """What evidence may ask of a district's data; every read takes the person who asks."""

    @property
    def lake(self) -> Lake:
        """The readings."""

    def accounts(self, year: int) -> Accounts:
        """Return the account of a calendar year."""

    def series(self, name: str, *, method: str = "", on: date | None = None) -> dict[int, Declared]:
        """Return a yearly series by year, each in the latest vintage published by ``on``."""

    def declared(self, name: str, *, year: int, on: date | None = None) -> Declared | None:
        """Return the latest value an office declared for the district and year, or None."""


@dataclass(frozen=True)
class View:
    """One question to a district: who asks, for which plan year, standing on which day."""

    place: Place
    law: Law
    on: date
    data: DistrictData
    asked_by: object | None = None
    demo: bool = False

    @property
    def year(self) -> Period:
        """The calendar year of the day."""
        return Period.year(self.on.year)

    @property
    def to_date(self) -> Period:
        """The calendar year up to and including the day."""
        return self.year.until(self.on)

    @property
    def whole_year(self) -> bool:
        """Whether the day is the year's last, so that yearly figures are complete."""
        return self.on == self.year.last_day

    def rule(self, name: str) -> Cited:
        """Return the value of law in force on the day, in this place."""
        return self.law.as_of(name, on=self.on, place=self.place)

    def at(self, on: date) -> View:
        """Return the same question for another day."""
        return replace(self, on=on)


Compute = Callable[[View], Figure]
Trend = Callable[[View], Sequence[Point]]


@dataclass(frozen=True)
class EvidenceEntry:
    """A registered figure: what computes it, and how it is judged.

    ``threshold`` names the rule that sets a number where the plan sets none. ``accumulates`` says
    that the value grows over the year (a volume), so that it is projected by its pace.
    """

    name: str
    mechanism: str
    compute: Compute
    tasks: tuple[int, ...] = ()
    threshold: str = ""
    accumulates: bool = False
    trend: Trend | None = None
    alternatives: tuple[str, ...] = field(default=())


_ENTRIES: dict[str, EvidenceEntry] = {}


def evidence(
    name: str,
    *,
    mechanism: str,
    tasks: tuple[int, ...] = (),
    threshold: str = "",
    accumulates: bool = False,
    trend: Trend | None = None,
    alternatives: tuple[str, ...] = (),
) -> Callable[[Compute], Compute]:
    """Register a function as the figure ``name``; names are unique."""

    def register(compute: Compute) -> Compute:
        if name in _ENTRIES and _ENTRIES[name].compute.__qualname__ != compute.__qualname__:
            raise ValueError(f"The figure {name} is computed twice; give one of them another name.")
        _ENTRIES[name] = EvidenceEntry(
            name, mechanism, compute, tasks, threshold, accumulates, trend, alternatives
        )
        return compute

    return register


@cache
def _load() -> None:
    for found in pkgutil.iter_modules(mechanisms.__path__):
        dotted = f"{mechanisms.__name__}.{found.name}.evidence"
        if found.name != "common" and importlib.util.find_spec(dotted):
            importlib.import_module(dotted)


def entries() -> dict[str, EvidenceEntry]:
    """Return every registered figure by name."""
    _load()
    return dict(_ENTRIES)


@cache
def cards() -> tuple[Card, ...]:
    """Return the cards of all mechanisms, by name."""
    found = []
    for module in pkgutil.iter_modules(mechanisms.__path__):
        dotted = f"{mechanisms.__name__}.{module.name}.card"
        if importlib.util.find_spec(dotted):
            found.append(importlib.import_module(dotted).CARD)
    return tuple(sorted(found, key=lambda card: card.name))
