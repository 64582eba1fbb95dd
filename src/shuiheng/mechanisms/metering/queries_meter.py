"""Reads of one meter for its page: volumes, readings, findings, edits and changes of a window."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from shuiheng.basics import SHANGHAI, Period
from shuiheng.mechanisms.metering.models import MeterExchange
from shuiheng.mechanisms.metering.window import Window
from shuiheng.store import Lake

if TYPE_CHECKING:
    from shuiheng.store.one_meter import Judged, OneMeter

# Hours of each quality in the tables of days and months, by letter.
HOURS = {
    "good_h": "G", "accepted_h": "A", "estimated_h": "E", "suspect_h": "S", "rejected_h": "X",
    "absent_h": "M",
}  # fmt: skip
# How far readings are looked for on both sides of a volume, nearest first; then everywhere.
_AROUND = (timedelta(days=3), timedelta(days=70))
# A window with more readings than this is shown by its volumes alone.
MOST_READINGS = 400_000
DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class Volume:
    """The volume of one period of a meter, with what it rests on."""

    start: datetime
    end: datetime
    volume_l: int
    measured_l: int
    accepted_l: int
    estimated_l: int
    reverse_l: int
    missing_h: float
    gap_h: float
    quality: str
    method: str
    hours: tuple[tuple[str, float], ...]

    @property
    def parts(self) -> tuple[tuple[str, int], ...]:
        """The litres by the letter of their quality; what is measured wears a worse letter."""
        letter = self.quality if self.quality in "SX" else "G"
        return tuple(
            (name, litres)
            for name, litres in (
                (letter, self.measured_l), ("A", self.accepted_l), ("E", self.estimated_l)
            )
            if litres
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sight:
    """One meter in one snapshot of the lake, taken once for a page."""

    lake: Lake
    snapshot: str
    meter: str
    one: OneMeter | None

    def __hash__(self) -> int:
        """The same meter of the same snapshot is read once."""
        return hash((self.snapshot, self.meter))

    def __eq__(self, other: object) -> bool:
        """Two looks are alike when lake, snapshot and meter are."""
        return isinstance(other, Sight) and (self.lake, self.snapshot, self.meter) == (
            other.lake, other.snapshot, other.meter
        )  # fmt: skip


def look(*, asked_by: object | None, lake: Lake, meter: str) -> Sight:
    """Return the meter as the lake is now; what is read of it is kept until the lake changes."""
    return _look(lake, lake.snapshot(), meter)


@lru_cache(maxsize=128)
def _look(lake: Lake, snapshot: str, meter: str) -> Sight:
    return Sight(lake, snapshot, meter, lake.one_meter(meter))


def list_volumes(*, asked_by: object | None, sight: Sight, window: Window) -> list[Volume]:
    """Return the volumes of a meter in a window, one for each period that has one."""
    found = []
    ends = dict(window.bars())
    for row in _volumes(sight, window.period, window.by):
        start = _at(row["start"])
        if start in ends:
            found.append(_volume(row, start, ends[start]))
    return found


def _volumes(sight: Sight, period: Period, by: str) -> list[dict[str, Any]]:
    if sight.one is None:
        return []
    if by == "hour":
        start, end = period.instants()
        hours = _judged(sight, _years(period)).hours
        rows: list[dict[str, Any]] = _between(hours, "start", start, end).to_pylist()
        return rows
    if by == "month":
        return [one for one in _months(sight) if period.start <= one["start"] < period.end]
    return list(_stored(sight, period, by))


@lru_cache(maxsize=128)
def _months(sight: Sight) -> tuple[dict[str, Any], ...]:
    return tuple(sight.one.months.to_pylist()) if sight.one else ()


@lru_cache(maxsize=64)
def _stored(sight: Sight, period: Period, by: str) -> tuple[dict[str, Any], ...]:
    assert sight.one is not None
    if by == "day":
        return tuple(sight.lake.days_of(sight.one, period).to_pylist())
    return tuple(sight.lake.volumes("year", [sight.meter], period).to_pylist())


def _years(period: Period) -> Period:
    """Return the whole years that a period touches: one run of the kernel serves all of them."""
    return Period(date(period.start.year, 1, 1), date(period.last_day.year + 1, 1, 1))


@lru_cache(maxsize=16)
def _judged(sight: Sight, period: Period) -> Judged:
    assert sight.one is not None
    return sight.lake.judge(sight.one, period)


def _between(table: pa.Table, column: str, start: datetime, end: datetime) -> pa.Table:
    """Return the rows of a table in order of time from ``start`` to before ``end``."""
    at = table[column].cast(pa.int64()).to_numpy()
    first, last = np.searchsorted(at, [round(one.timestamp() * 1_000_000) for one in (start, end)])
    return table.slice(int(first), int(last - first))


def _at(start: date | datetime) -> datetime:
    if isinstance(start, datetime):
        return start.astimezone(SHANGHAI)
    return datetime(start.year, start.month, start.day, tzinfo=SHANGHAI)


def _volume(row: dict[str, Any], start: datetime, end: datetime) -> Volume:
    hours = [(letter, float(row.get(name) or 0)) for name, letter in HOURS.items()]
    hours = [(letter, amount) for letter, amount in hours if amount]
    if row["quality"] in ("G", "A") and not row["estimated_l"]:
        # A daily register measures the day; that its hours are shared out is no blemish of it.
        hours = [(str(row["quality"]), sum(amount for _letter, amount in hours) or 1.0)]
    accepted = int(row.get("accepted_l") or 0)
    return Volume(
        start, end, int(row["volume_l"]), max(int(row["measured_l"]) - accepted, 0), accepted,
        int(row["estimated_l"]), int(row["reverse_l"]), float(row["missing_h"] or 0),
        float(row["gap_h"] or 0), str(row["quality"]), str(row.get("method") or ""),
        tuple(hours) or ((str(row["quality"]), 1.0),),
    )  # fmt: skip


def known_days(*, asked_by: object | None, sight: Sight) -> tuple[date, date] | None:
    """Return the first and the last month in which a meter has volumes; None without any."""
    months = _months(sight)
    return (months[0]["start"], months[-1]["start"]) if months else None


def list_readings(*, asked_by: object | None, sight: Sight, period: Period | None) -> pa.Table:
    """Return the raw readings of a meter with quality and reason, in order of time.

    ``source`` is empty for readings that came by themselves: ``with_sources`` fills it in.
    """
    if sight.one is None:
        return _readings(sight, period)
    if period is None:
        known = _months(sight)
        if not known:
            return _readings(sight, None)
        period = Period(known[0]["start"], known[-1]["start"] + timedelta(days=62))
    start, end = period.instants()
    return _between(_judged(sight, _years(period)).readings, "at", start, end)


@lru_cache(maxsize=16)
def _readings(sight: Sight, period: Period | None) -> pa.Table:
    return sight.lake.readings(sight.meter, period)


def too_many(*, asked_by: object | None, sight: Sight, period: Period) -> bool:
    """Return whether a period has more readings than can be judged for a page."""
    step = int(sight.one.fact("step_s") or 0) if sight.one else 0
    return bool(step) and period.days * DAY_S // step > MOST_READINGS


def with_sources(
    *, asked_by: object | None, sight: Sight, rows: Sequence[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Return readings of a page with their sources; repeated ones take theirs in order."""
    if sight.one is None or not rows:
        return list(rows)
    days = [row["at"].astimezone(SHANGHAI).date() for row in rows]
    known = _sources(sight, Period(min(days), max(days) + timedelta(days=1)))
    found = []
    for row in rows:
        told = known.get((row["at"], row["value_l"]), ())
        found.append({**row, "source": row["source"] or " · ".join(dict.fromkeys(told))})
    return found


@lru_cache(maxsize=32)
def _sources(sight: Sight, period: Period) -> dict[tuple[datetime, int], list[str]]:
    assert sight.one is not None
    found: dict[tuple[datetime, int], list[str]] = {}
    for row in sight.lake.sources_of(sight.one, period).to_pylist():
        found.setdefault((row["at"], row["value_l"]), []).append(row["source"])
    return found


def readings_around(*, asked_by: object | None, sight: Sight, volume: Volume) -> dict[str, Any]:
    """Return the last used reading before a volume, those inside it, and the first after it."""
    for margin in (*_AROUND, None):
        period = None
        if margin is not None:
            first, last = (volume.start - margin).date(), (volume.end + margin).date()
            period = Period(first, last + timedelta(days=1))
        rows = list_readings(asked_by=None, sight=sight, period=period).to_pylist()
        used = [row for row in rows if row.get("quality") not in ("X", "U")]
        before = next((row for row in reversed(used) if row["at"] <= volume.start), None)
        after = next((row for row in used if row["at"] >= volume.end), None)
        if before is not None and after is not None:
            break
    inside = [row for row in rows if volume.start < row["at"] < volume.end]
    return {"before": before, "inside": inside, "after": after}


def list_findings(
    *, asked_by: object | None, sight: Sight, window: Window | None = None
) -> list[dict[str, Any]]:
    """Return what was noticed about a meter: all of it, or what touches a window."""
    found = list(sight.one.findings) if sight.one else []
    if window is None:
        return found
    return [
        one
        for one in found
        if _instant(one["facts"].get("first")) < window.end
        and _instant(one["facts"].get("last")) >= window.start
    ]


def _instant(written: Any) -> datetime:
    at = datetime.fromisoformat(written) if isinstance(written, str) and written else written
    return at if isinstance(at, datetime) else datetime(1970, 1, 1, tzinfo=SHANGHAI)


def finding_at(finding: dict[str, Any], window: Window) -> datetime:
    """Return where a finding stands in a window: at its worst, else where it first touches it."""
    facts = finding["facts"]
    worst = _instant(facts.get("worst"))
    if window.start <= worst < window.end:
        return worst.astimezone(SHANGHAI)
    return max(_instant(facts.get("first")), window.start).astimezone(SHANGHAI)


def list_edits(*, asked_by: object | None, sight: Sight) -> list[dict[str, Any]]:
    """Return the edits of a meter's readings, the newest first."""
    return list(reversed(_edits(sight.lake, sight.snapshot).get(sight.meter, ())))


@lru_cache(maxsize=2)
def _edits(lake: Lake, snapshot: str) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for row in lake.edits().to_pylist():
        found.setdefault(row["meter"], []).append(row)
    return found


def list_changes(
    *, asked_by: object | None, lake: Lake, meters: Sequence[str], period: Period | None = None
) -> list[dict[str, Any]]:
    """Return volumes that came out differently than they were known, the newest change first."""
    rows = _changes(lake, lake.snapshot(), tuple(meters), period)
    return sorted(rows, key=lambda row: (row["changed_at"], row["start"]), reverse=True)


@lru_cache(maxsize=64)
def _changes(
    lake: Lake, snapshot: str, meters: tuple[str, ...], period: Period | None
) -> tuple[dict[str, Any], ...]:
    return tuple(lake.changes(list(meters), period).to_pylist())


def list_exchanges(*, asked_by: object | None, meter: str) -> list[MeterExchange]:
    """Return the exchanges of a meter that are on record, in order of time."""
    return list(MeterExchange.objects.filter(meter__number=meter).order_by("at"))


def facts_of(*, asked_by: object | None, sight: Sight) -> dict[str, Any] | None:
    """Return the facts that the readings are checked by: kind, unit, capacity, limit, step."""
    if sight.one is None:
        return None
    facts: dict[str, Any] = sight.one.facts.to_pylist()[0]
    return facts
