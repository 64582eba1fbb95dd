"""Reads of one meter for its page: volumes, readings, findings, edits and changes of a window."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

import pyarrow as pa

from shuiheng.basics import SHANGHAI, Period
from shuiheng.mechanisms.metering.models import MeterExchange
from shuiheng.mechanisms.metering.window import Window
from shuiheng.store import Lake

# Hours of each quality in the tables of days and months, by letter.
HOURS = {
    "good_h": "G", "accepted_h": "A", "estimated_h": "E", "suspect_h": "S", "rejected_h": "X",
    "absent_h": "M",
}  # fmt: skip
# How far readings are looked for on both sides of a volume, nearest first; then everywhere.
_AROUND = (timedelta(days=3), timedelta(days=70))


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


def list_volumes(
    *, asked_by: object | None, lake: Lake, meter: str, window: Window
) -> list[Volume]:
    """Return the volumes of a meter in a window, one for each period that has one."""
    rows = _volumes(lake, lake.snapshot(), meter, window.period, window.by)
    found = []
    ends = dict(window.bars())
    for row in rows:
        start = _at(row["start"])
        if start in ends:
            found.append(_volume(row, start, ends[start]))
    return found


@lru_cache(maxsize=64)
def _volumes(
    lake: Lake, snapshot: str, meter: str, period: Period, by: str
) -> tuple[dict[str, Any], ...]:
    return tuple(lake.volumes(by=by, meters=[meter], period=period).to_pylist())  # type: ignore[arg-type]


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


def known_days(*, asked_by: object | None, lake: Lake, meter: str) -> tuple[date, date] | None:
    """Return the first and the last month in which a meter has volumes; None without any."""
    return _known_days(lake, lake.snapshot(), meter)


@lru_cache(maxsize=256)
def _known_days(lake: Lake, snapshot: str, meter: str) -> tuple[date, date] | None:
    months = lake.volumes(by="month", meters=[meter])["start"].to_pylist()
    return (min(months), max(months)) if months else None


def list_readings(*, asked_by: object | None, lake: Lake, meter: str, period: Period) -> pa.Table:
    """Return the raw readings of a meter with quality and reason, in order of time."""
    return _readings(lake, lake.snapshot(), meter, period)


@lru_cache(maxsize=32)
def _readings(lake: Lake, snapshot: str, meter: str, period: Period | None) -> pa.Table:
    return lake.readings(meter, period)


def readings_around(
    *, asked_by: object | None, lake: Lake, meter: str, volume: Volume
) -> dict[str, Any]:
    """Return the last used reading before a volume, those inside it, and the first after it."""
    for margin in (*_AROUND, None):
        period = None
        if margin is not None:
            first, last = (volume.start - margin).date(), (volume.end + margin).date()
            period = Period(first, last + timedelta(days=1))
        rows = _readings(lake, lake.snapshot(), meter, period).to_pylist()
        used = [row for row in rows if row.get("quality") not in ("X", "U")]
        before = next((row for row in reversed(used) if row["at"] <= volume.start), None)
        after = next((row for row in used if row["at"] >= volume.end), None)
        if before is not None and after is not None:
            break
    inside = [row for row in rows if volume.start < row["at"] < volume.end]
    return {"before": before, "inside": inside, "after": after}


def list_findings(
    *, asked_by: object | None, lake: Lake, meter: str, window: Window | None = None
) -> list[dict[str, Any]]:
    """Return what was noticed about a meter: all of it, or what touches a window."""
    found = [one for one in _findings(lake, lake.snapshot(), meter) if one["meter"] == meter]
    if window is None:
        return found
    return [
        one
        for one in found
        if _instant(one["facts"].get("first")) < window.end
        and _instant(one["facts"].get("last")) >= window.start
    ]


@lru_cache(maxsize=128)
def _findings(lake: Lake, snapshot: str, meter: str) -> tuple[dict[str, Any], ...]:
    return tuple(lake.findings([meter]))


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


def list_edits(*, asked_by: object | None, lake: Lake, meter: str) -> list[dict[str, Any]]:
    """Return the edits of a meter's readings, the newest first."""
    return list(reversed(_edits(lake, lake.snapshot(), meter)))


@lru_cache(maxsize=128)
def _edits(lake: Lake, snapshot: str, meter: str) -> tuple[dict[str, Any], ...]:
    return tuple(lake.edits([meter]).to_pylist())


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


def facts_of(*, asked_by: object | None, lake: Lake, meter: str) -> dict[str, Any] | None:
    """Return the facts that the readings are checked by: kind, unit, capacity, limit, step."""
    return _facts(lake, lake.snapshot()).get(meter)


@lru_cache(maxsize=4)
def _facts(lake: Lake, snapshot: str) -> dict[str, dict[str, Any]]:
    return {row["meter"]: row for row in lake.meters().to_pylist()}
