"""Periods of days: start included, end excluded, in Shanghai days."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone

# China keeps one time zone, without daylight saving: a day always has 24 hours.
SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """A span of whole days: ``start`` is included, ``end`` is excluded.

    >>> Period.year(2020).days
    366
    >>> date(2021, 1, 1) in Period.year(2020)
    False
    """

    start: date
    end: date

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise ValueError(f"A period cannot end ({self.end}) before it starts ({self.start}).")

    @classmethod
    def year(cls, year: int) -> Period:
        """Return the calendar year, which is also the plan year (计划年度)."""
        return cls(date(year, 1, 1), date(year + 1, 1, 1))

    @classmethod
    def month(cls, year: int, month: int) -> Period:
        """Return one calendar month.

        >>> str(Period.month(2020, 12))
        '2020-12'
        """
        after = date(year + month // 12, month % 12 + 1, 1)
        return cls(date(year, month, 1), after)

    @classmethod
    def water_year(cls, year: int, *, first_month: int) -> Period:
        """Return the water year that starts in ``first_month`` of ``year``."""
        return cls(date(year, first_month, 1), date(year + 1, first_month, 1))

    @classmethod
    def billing_month(cls, year: int, month: int, *, reading_day: int) -> Period:
        """Return the billing month that ends before ``reading_day`` of the calendar month.

        >>> period = Period.billing_month(2020, 3, reading_day=26)
        >>> period.start.isoformat(), period.end.isoformat()
        ('2020-02-26', '2020-03-26')
        """
        before = Period.month(year, month).start - timedelta(days=1)
        return cls(before.replace(day=reading_day), date(year, month, reading_day))

    @property
    def days(self) -> int:
        """The number of days."""
        return (self.end - self.start).days

    @property
    def last_day(self) -> date:
        """The last day that belongs to the period."""
        return self.end - timedelta(days=1)

    def __contains__(self, day: date) -> bool:
        return self.start <= day < self.end

    def overlap(self, other: Period) -> Period | None:
        """Return the days both periods share, or None if they share none."""
        start, end = max(self.start, other.start), min(self.end, other.end)
        return Period(start, end) if start < end else None

    def until(self, day: date) -> Period:
        """Return the part of the period up to and including ``day``."""
        return Period(self.start, max(self.start, min(self.end, day + timedelta(days=1))))

    def months(self) -> Iterator[Period]:
        """Yield the calendar months that the period touches, in order."""
        year, month = self.start.year, self.start.month
        while date(year, month, 1) < self.end:
            yield Period.month(year, month)
            year, month = (year + 1, 1) if month == 12 else (year, month + 1)

    def instants(self) -> tuple[datetime, datetime]:
        """Return start and end as UTC instants, days being Shanghai days.

        >>> Period.year(2020).instants()[0].isoformat()
        '2019-12-31T16:00:00+00:00'
        """

        def at(day: date) -> datetime:
            return datetime.combine(day, time(), SHANGHAI).astimezone(UTC)

        return at(self.start), at(self.end)

    def __str__(self) -> str:
        if self == Period.year(self.start.year):
            return str(self.start.year)
        if self == Period.month(self.start.year, self.start.month):
            return f"{self.start:%Y-%m}"
        return f"{self.start.isoformat()}/{self.last_day.isoformat()}"
