"""The stretch of time that a meter's page shows, and the steps from it: in, out, before, after."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode

from shuiheng.basics import SHANGHAI, Period

BYS = ("year", "month", "day", "hour")
# So many bars can still be told apart on a wide page.
MOST_BARS = 400
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
# How long a bar is, roughly; and up to which length of the whole it is chosen by itself.
_LENGTH = {"hour": HOUR, "day": DAY, "month": 30 * DAY, "year": 365 * DAY}
_CHOSEN = (("hour", 4 * DAY), ("day", 124 * DAY), ("month", 1900 * DAY))


class NoWindow(ValueError):
    """Raised when the address names no stretch of time."""

    def __init__(self, written: str) -> None:
        self.written = written
        super().__init__(
            f"{written!r} is no stretch of time. Write ?from=2020-07-01&to=2020-08-01, "
            "?year=2020, ?month=2020-07 or ?day=2020-07-03."
        )


@dataclass(frozen=True, slots=True)
class Window:
    """From ``start`` (included) to ``end`` (excluded), divided ``by`` years, months, days, hours.

    >>> june = Window.of_days(date(2020, 6, 1), date(2020, 7, 1))
    >>> june.by, june.words, june.before.words, june.out.words
    ('day', '2020-06', '2020-05', '2020')
    """

    start: datetime
    end: datetime
    by: str

    @classmethod
    def of(cls, start: datetime, end: datetime, by: str = "") -> Window:
        """Return the window; without ``by``, divided so that it can be read."""
        length = end - start
        if by not in BYS or length / _LENGTH[by] > MOST_BARS:
            by = next((name for name, most in _CHOSEN if length <= most), "year")
            if length > 400 * _LENGTH["month"]:
                by = "year"
        return cls(_floor(start, by), _ceil(end, by), by)

    @classmethod
    def of_days(cls, start: date, end: date, by: str = "") -> Window:
        """Return the window of whole days of Shanghai."""
        return cls.of(_midnight(start), _midnight(end), by)

    @classmethod
    def asked(cls, query: Mapping[str, str], last: date) -> Window:
        """Return what the address asks for; without a word, the year of the last day.

        :raises NoWindow: if it cannot be read, is empty, or is the wrong way round

        >>> Window.asked({"day": "2020-07-03"}, date(2020, 12, 31)).by
        'hour'
        >>> Window.asked({"from": "2020-01-01", "to": "2021-01-01", "by": "day"}, date(2020, 1, 1))
        ... # doctest: +ELLIPSIS
        Window(start=datetime.datetime(2020, 1, 1, 0, 0...by='day')
        """
        by = query.get("by", "")
        written = " ".join(query[name] for name in ("from", "to", "day", "month", "year")
                           if query.get(name))[:60]  # fmt: skip
        try:
            if query.get("from") or query.get("to"):
                start, end = _instant(query["from"]), _instant(query["to"])
                if not start < end or end - start > timedelta(days=366 * 120):
                    raise NoWindow(written)
                return cls.of(start, end, by)
            if day := query.get("day"):
                first = date.fromisoformat(day)
                return cls.of_days(first, first + DAY, by or "hour")
            if month := query.get("month"):
                year, _dash, number = month.partition("-")
                span = Period.month(int(year), int(number))
                return cls.of_days(span.start, span.end, by or "day")
            span = Period.year(int(query.get("year") or last.year))
        except (ValueError, KeyError, OverflowError) as wrong:
            raise NoWindow(written) from wrong
        return cls.of_days(span.start, span.end, by or "month")

    @property
    def period(self) -> Period:
        """The days that the window touches."""
        last = self.end - timedelta(microseconds=1)
        return Period(self.start.date(), last.date() + DAY)

    @property
    def kind(self) -> str:
        """Whether it is just a year, a month, a day or an hour; else a span."""
        at_midnight = self.start.time() == self.end.time() == time(0)
        if self.end - self.start == HOUR:
            return "hour"
        if not at_midnight:
            return "span"
        if self.end - self.start == DAY:
            return "day"
        first, last = self.start.date(), self.end.date()
        if first.day == 1 and last == _next_month(first):
            return "month"
        if (first.month, first.day) == (1, 1) and last == date(first.year + 1, 1, 1):
            return "year"
        return "span"

    @property
    def words(self) -> str:
        """What the window is called: 2020, 2020-07, 2020-07-03, or from – to."""
        patterns = {"year": "%Y", "month": "%Y-%m", "day": "%Y-%m-%d"}
        if self.kind in patterns:
            return f"{self.start:{patterns[self.kind]}}"
        if self.kind == "hour" or self.end - self.start < DAY:
            return f"{self.start:%Y-%m-%d %H:%M}–{self.end:%H:%M}"
        last = self.end - timedelta(microseconds=1)
        return f"{self.start:%Y-%m-%d} – {last:%Y-%m-%d}"

    @property
    def before(self) -> Window:
        """The window of the same kind before this one."""
        return self._moved(-1)

    @property
    def after(self) -> Window:
        """The window of the same kind after this one."""
        return self._moved(1)

    def _moved(self, by: int) -> Window:
        first = self.start.date()
        if self.kind == "month":
            start = _next_month(first) if by > 0 else (first - DAY).replace(day=1)
            return Window.of_days(start, _next_month(start), self.by)
        if self.kind == "year":
            start = date(first.year + by, 1, 1)
            return Window.of_days(start, date(start.year + 1, 1, 1), self.by)
        length = self.end - self.start
        return Window.of(self.start + by * length, self.end + by * length, self.by)

    @property
    def out(self) -> Window | None:
        """The window around this one: the day, the month, the year; None around a year."""
        first = self.start.date()
        if self.end - self.start < DAY:
            return Window.of_days(first, first + DAY)
        if self.end - self.start < 28 * DAY:
            start = first.replace(day=1)
            return Window.of_days(start, _next_month(start))
        if self.kind == "year" or self.end - self.start > 366 * DAY:
            return None
        return Window.of_days(date(first.year, 1, 1), date(first.year + 1, 1, 1), "month")

    def bars(self) -> list[tuple[datetime, datetime]]:
        """Return the periods that the window is divided into."""
        found = []
        at = self.start
        while at < self.end and len(found) < 2 * MOST_BARS:
            after = _step(at, self.by)
            found.append((at, after))
            at = after
        return found

    def query(self, **more: str) -> str:
        """Return the window as an address asks for it."""
        pattern = "%Y-%m-%d"
        if self.start.time() != time(0) or self.end.time() != time(0):
            pattern = "%Y-%m-%dT%H:%M"
        asked = {"from": f"{self.start:{pattern}}", "to": f"{self.end:{pattern}}", **more}
        return urlencode({**asked, "by": self.by} if "by" not in more else asked)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(0), SHANGHAI)


def _instant(written: str) -> datetime:
    at = datetime.fromisoformat(written.strip())
    return (at if at.tzinfo else at.replace(tzinfo=SHANGHAI)).astimezone(SHANGHAI)


def _next_month(first: date) -> date:
    return (first.replace(day=1) + timedelta(days=32)).replace(day=1)


def _floor(at: datetime, by: str) -> datetime:
    if by == "hour":
        return at.replace(minute=0, second=0, microsecond=0)
    day = at.date()
    if by == "month":
        day = day.replace(day=1)
    elif by == "year":
        day = day.replace(month=1, day=1)
    return _midnight(day)


def _ceil(at: datetime, by: str) -> datetime:
    floor = _floor(at, by)
    return floor if floor == at else _step(floor, by)


def _step(at: datetime, by: str) -> datetime:
    if by == "hour":
        return at + HOUR
    if by == "day":
        return _midnight(at.date() + DAY)
    if by == "month":
        return _midnight(_next_month(at.date()))
    return _midnight(date(at.year + 1, 1, 1))
