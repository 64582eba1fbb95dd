"""Reads of meters and their volumes; each takes the person who asks (None: the public)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

import numpy as np
from django.db.models import QuerySet

from shuiheng.basics import Period
from shuiheng.mechanisms.metering.models import Counts, Meter, MeterBinding
from shuiheng.store import Lake


@dataclass(frozen=True, slots=True)
class BoundMeter:
    """A meter with what it is bound to in a period."""

    number: str
    level: int
    dn_mm: int
    q3_m3_h: Decimal
    online: bool
    verified_on: date | None
    role: str
    user: str
    kind: str
    zone: str
    supplier: str
    source: str
    since: date
    until: date | None
    parent: str = ""


@dataclass(frozen=True, slots=True)
class BoundVolume:
    """What a bound meter counted in the part of the period in which it was bound, in litres."""

    meter: BoundMeter
    volume_l: int
    measured_l: int
    estimated_l: int


@dataclass(frozen=True, slots=True)
class Reception:
    """Hours of a period that the meters' readings cover, and those that they do not."""

    meters: int
    covered_h: Decimal
    gap_h: Decimal
    missing_h: Decimal


_COLUMNS = (
    "meter__number", "meter__level", "meter__dn_mm", "meter__q3_m3_h", "meter__online",
    "meter__verified_on", "role", "user__number", "user__kind", "zone", "supplier__number",
    "source", "since", "until", "parent__number",
)  # fmt: skip


def list_bound_meters(
    *, asked_by: object | None, period: Period, roles: Iterable[str] | None = None
) -> list[BoundMeter]:
    """Return the meters bound in the period, of some roles or of all, by number and day."""
    rows = MeterBinding.objects.filter(since__lt=period.end).exclude(until__lte=period.start)
    rows = rows.exclude(counts=Counts.DIFFERENCE)  # no meter hangs there
    if roles is not None:
        rows = rows.filter(role__in=list(roles))
    return [
        BoundMeter(*row[:10], row[10] or "", *row[11:14], parent=row[14] or "")
        for row in rows.order_by("meter__number", "since").values_list(*_COLUMNS)
    ]


def list_role_volumes(
    *, asked_by: object | None, lake: Lake, period: Period, roles: Iterable[str]
) -> list[BoundVolume]:
    """Return what meters of these roles counted in the period, each within its binding."""
    bound = list_bound_meters(asked_by=asked_by, period=period, roles=roles)
    months = period.start.day == 1 and period.end.day == 1

    def throughout(meter: BoundMeter) -> bool:
        return meter.since <= period.start and (meter.until is None or meter.until >= period.end)

    found = []
    for whole in (True, False):
        some = [meter for meter in bound if (months and throughout(meter)) is whole]
        numbers = sorted({meter.number for meter in some})
        rows = _volumes(lake, "month" if whole else "day", numbers, period)
        found += [_within(meter, rows[meter.number], period) for meter in some
                  if meter.number in rows]  # fmt: skip
    return sorted(found, key=lambda row: (row.meter.number, row.meter.since))


def _within(meter: BoundMeter, rows: tuple[np.ndarray, ...], period: Period) -> BoundVolume:
    day, *litres = rows
    start = max(period.start, meter.since)
    end = min(period.end, meter.until) if meter.until else period.end
    first, last = np.searchsorted(day, [np.datetime64(start, "D"), np.datetime64(end, "D")])
    return BoundVolume(meter, *(int(column[first:last].sum()) for column in litres))


def get_reception(*, asked_by: object | None, lake: Lake, period: Period) -> Reception:
    """Return how much of the period the readings of all meters cover."""
    table = lake.volumes(by="month", period=period)
    gap = Decimal(str(round(sum(table.column("gap_h").to_pylist()), 3)))
    missing = Decimal(str(round(sum(table.column("missing_h").to_pylist()), 3)))
    hours = Decimal(0)
    for start in table.column("start").to_pylist():
        month = Period.month(start.year, start.month).overlap(period)
        hours += 24 * (month.days if month else 0)
    meters = len(set(table.column("meter").to_pylist()))
    return Reception(meters, max(hours - gap - missing, Decimal(0)), gap, missing)


def list_night_minima(
    *, asked_by: object | None, lake: Lake, period: Period, roles: Iterable[str]
) -> dict[str, list[tuple[date, int]]]:
    """Return each meter's least hourly flow of every night, in litres, in order of days."""
    bound = list_bound_meters(asked_by=asked_by, period=period, roles=roles)
    numbers = sorted({meter.number for meter in bound})
    if not numbers:
        return {}
    table = lake.volumes(by="day", meters=numbers, period=period)
    found: dict[str, list[tuple[date, int]]] = {}
    for number, day, least in zip(
        *(table.column(name).to_pylist() for name in ("meter", "start", "night_min_l")),
        strict=True,
    ):
        if least is not None:
            found.setdefault(number, []).append((day, least))
    return {number: sorted(nights) for number, nights in found.items()}


def _volumes(
    lake: Lake, by: Literal["day", "month"], meters: list[str], period: Period
) -> dict[str, tuple[np.ndarray, ...]]:
    """Return each meter's starts, volumes, measured and estimated litres, in order of starts."""
    if not meters:
        return {}
    table = lake.volumes(by=by, meters=meters, period=period)
    codes = table.column("meter").combine_chunks().dictionary_encode()
    if hasattr(codes, "combine_chunks"):
        codes = codes.combine_chunks()
    meter = codes.indices.to_numpy(zero_copy_only=False)
    day = table.column("start").to_numpy().astype("datetime64[D]")
    columns = [day] + [
        table.column(name).to_numpy().astype(np.int64)
        for name in ("volume_l", "measured_l", "estimated_l")
    ]
    order = np.lexsort((day, meter))
    meter = meter[order]
    cuts = np.flatnonzero(np.diff(meter)) + 1
    parts = zip(*(np.split(column[order], cuts) for column in columns), strict=True)
    firsts = meter[np.concatenate(([0], cuts))] if len(meter) else ()
    names = codes.dictionary.to_pylist()
    return {names[first]: tuple(part) for first, part in zip(firsts, parts, strict=False)}


def list_meters(*, asked_by: object | None, user: str = "", zone: str = "") -> QuerySet[Meter]:
    """Return the meters, by number; only those ever bound to a user or in a zone, where named."""
    meters = Meter.objects.all()
    if user:
        meters = meters.filter(bindings__user__number=user)
    if zone:
        meters = meters.filter(bindings__zone=zone)
    return meters.distinct().order_by("number")


def get_meter(*, asked_by: object | None, number: str) -> Meter:
    """Return the meter with this number.

    :raises LookupError: if there is none
    """
    meter = Meter.objects.filter(number=number).first()
    if meter is None:
        raise LookupError(
            f"没有编号为 {number} 的水表 / There is no meter with the number {number}."
        )
    return meter


def list_bindings(
    *, asked_by: object | None, user: str = "", meter: str = "", on: date | None = None
) -> QuerySet[MeterBinding]:
    """Return bindings of a user or a meter, by meter and day; ``on`` keeps those of one day."""
    bindings = MeterBinding.objects.select_related("meter", "user", "supplier", "parent")
    if user:
        bindings = bindings.filter(user__number=user)
    if meter:
        bindings = bindings.filter(meter__number=meter)
    if on is not None:
        bindings = bindings.filter(since__lte=on).exclude(until__lte=on)
    return bindings.order_by("meter__number", "since")
