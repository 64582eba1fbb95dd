"""A district of a few users for tests of evidence: real accounts, no database, no lake on disk."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa

from shuiheng.basics import Declared, Figure, Period, Place
from shuiheng.core.accounts import Accounts, Binding, DailyVolumes, DeclaredMonth, User, book
from shuiheng.mechanisms.common.evidence import View, entries
from shuiheng.mechanisms.common.names import NAMES
from shuiheng.rules import Law

YEAR_END = date(2020, 12, 31)


def said(name: str, value: str | int, unit: str = "") -> Declared:
    """Return a declared value under one of the names of the table."""
    row = NAMES[name]
    return Declared(name, row.title, row.title_en, Decimal(value), unit or row.unit, row.held_by)


@dataclass
class SmallLake:
    """A lake that holds one volume per meter and day, all measured."""

    daily_l: Mapping[str, int] = field(default_factory=dict)
    night_l: Mapping[str, Sequence[int]] = field(default_factory=dict)

    def snapshot(self) -> str:
        """Return the id of the only state there is."""
        return "1"

    def volumes(
        self, by: str = "day", meters: Iterable[str] | None = None, period: Period | None = None
    ) -> pa.Table:
        """Return the volumes by day or month, as the real lake does."""
        assert period is not None
        wanted = sorted(self.daily_l if meters is None else set(meters) & set(self.daily_l))
        rows: list[dict[str, Any]] = []
        for meter in wanted:
            if by == "month":
                spans = [(m.start, m.overlap(period).days) for m in period.months()]
            else:
                spans = [(period.start + timedelta(days=n), 1) for n in range(period.days)]
            for place, (start, days) in enumerate(spans):
                litres = self.daily_l[meter] * days
                nights = self.night_l.get(meter, ())
                rows.append(
                    {
                        "meter": meter, "start": start, "volume_l": litres, "measured_l": litres,
                        "estimated_l": 0, "gap_h": 0.0, "missing_h": 0.0,
                        "night_min_l": nights[place] if place < len(nights) else None,
                    }
                )  # fmt: skip
        return pa.Table.from_pylist(rows, schema=_SCHEMA)


_SCHEMA = pa.schema(
    [
        ("meter", pa.string()), ("start", pa.date32()), ("volume_l", pa.int64()),
        ("measured_l", pa.int64()), ("estimated_l", pa.int64()), ("gap_h", pa.float64()),
        ("missing_h", pa.float64()), ("night_min_l", pa.int64()),
    ]
)  # fmt: skip


@dataclass
class SmallDistrict:
    """What evidence may ask, from plain values; volumes of a meter are the same every day."""

    users: Sequence[User] = ()
    bindings: Sequence[Binding] = ()
    daily_l: Mapping[str, int] = field(default_factory=dict)
    declared_months: Sequence[DeclaredMonth] = ()
    facts: Mapping[str, str | int] = field(default_factory=dict)
    published: Mapping[tuple[str, str], Mapping[int, str]] = field(default_factory=dict)
    night_l: Mapping[str, Sequence[int]] = field(default_factory=dict)
    year: int = 2020

    @property
    def lake(self) -> SmallLake:
        """The readings."""
        return SmallLake(self.daily_l, self.night_l)

    def accounts(self, year: int) -> Accounts:
        """Return the account of the year; only one year has any lines."""
        if year != self.year:
            return book(users=self.users, bindings=(), daily=_daily({}, year))
        return book(
            users=self.users, bindings=self.bindings, daily=_daily(self.daily_l, year),
            declared=self.declared_months,
        )  # fmt: skip

    def series(self, name: str, *, method: str = "", on: date | None = None) -> dict[int, Declared]:
        """Return a published series."""
        rows = self.published.get((name, method), {})
        return {year: said(name, value) for year, value in rows.items()}

    def declared(self, name: str, *, year: int, on: date | None = None) -> Declared | None:
        """Return a declared value of the year."""
        return said(name, self.facts[name]) if year == self.year and name in self.facts else None


def _daily(daily_l: Mapping[str, int], year: int) -> DailyVolumes:
    period = Period.year(year)
    days = np.arange(np.datetime64(period.start), np.datetime64(period.end))
    numbers = tuple(sorted(daily_l))
    volume = np.repeat(np.array([daily_l[n] for n in numbers], dtype=np.int64), len(days))
    return DailyVolumes(
        numbers, np.repeat(np.arange(len(numbers), dtype=np.int32), len(days)),
        np.tile(days, len(numbers)).astype("datetime64[D]"), volume, volume,
        np.zeros_like(volume),
    )  # fmt: skip


def view_of(data: SmallDistrict, *, on: date = YEAR_END, law: Law | None = None) -> View:
    """Return the question of the public to a small district of Xinbei."""
    return View(Place.at("320411"), law or Law.shipped(), on, data)


def figure(
    name: str, data: SmallDistrict, *, on: date = YEAR_END, law: Law | None = None
) -> Figure:
    """Return a registered figure of a small district."""
    return entries()[name].compute(view_of(data, on=on, law=law))


def since(meter: str, user: str, role: str, **more: Any) -> Binding:
    """Return a binding that has held since long before the year."""
    return Binding(meter, user, role, date(2015, 1, 1), **more)
