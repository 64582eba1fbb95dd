"""Wall clocks into UTC: the hour that a change of clocks leaves out, and the one it repeats."""

from __future__ import annotations

import zoneinfo
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from shuiheng.store.imports.cells import DAY_US, Ints, Mask
from shuiheng.store.imports.refusals import ImportRefused


@dataclass(frozen=True, slots=True)
class Resolved:
    """Instants in UTC microseconds: where the clock was right, and where it was ambiguous.

    ``first`` is the instant if the doubled hour is meant the first time, ``second`` the other.
    """

    first: Ints
    second: Ints
    exists: Mask
    ambiguous: Mask


def check_zone(name: str) -> str:
    """Return the name of a time zone that is known.

    :raises ImportRefused: if it is not

    >>> check_zone("Europe/Madrid")
    'Europe/Madrid'
    """
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as wrong:
        raise ImportRefused(
            f"The time zone {name!r} is not known. Write a name such as Asia/Shanghai, UTC or "
            "Europe/Madrid."
        ) from wrong
    return name


def resolve(local_us: Ints, zone: str) -> Resolved:
    """Turn wall clocks of ``zone`` into instants.

    >>> times = np.array(["2016-10-30T02:30", "2016-03-27T02:30"], "datetime64[us]").view("i8")
    >>> made = resolve(times, "Europe/Madrid")
    >>> made.ambiguous.tolist(), made.exists.tolist()
    ([True, False], [True, False])
    """
    if not len(local_us):
        return _calm(local_us)
    first, last = int(local_us.min()) // DAY_US, int(local_us.max()) // DAY_US
    offsets, changes = _offsets(zone, first, last)
    if not changes.any() and (offsets == offsets[0]).all():
        return _calm(local_us - offsets[0] if offsets[0] else local_us)
    day = local_us // DAY_US - first
    made = _calm(local_us - offsets[day])
    near = np.flatnonzero(changes[day])
    if not len(near):
        return made
    close = _resolve_near(local_us[near], zone)
    second = made.first.copy()
    made.first[near], second[near] = close.first, close.second
    made.exists[near], made.ambiguous[near] = close.exists, close.ambiguous
    return Resolved(made.first, second, made.exists, made.ambiguous)


def _calm(at: Ints) -> Resolved:
    return Resolved(at, at, np.ones(len(at), bool), np.zeros(len(at), bool))


def _offsets(zone: str, first: int, last: int) -> tuple[Ints, Mask]:
    """Return for each day the clock's offset, and whether the clock changes on it or beside it."""
    midnights = np.arange(first - 1, last + 3) * DAY_US
    there = pc.local_timestamp(pa.array(midnights).cast(pa.timestamp("us", zone)))
    offset = np.asarray(there.cast(pa.int64()).to_numpy()) - midnights
    steps = np.diff(offset) != 0
    return offset[1:-2], steps[:-2] | steps[1:-1] | steps[2:]


def _resolve_near(local_us: Ints, zone: str) -> Resolved:
    wall = pa.array(local_us).cast(pa.timestamp("us"))
    first = pc.assume_timezone(wall, zone, ambiguous="earliest", nonexistent="earliest")
    second = pc.assume_timezone(wall, zone, ambiguous="latest", nonexistent="earliest")
    back = pc.local_timestamp(first)
    one = np.asarray(first.cast(pa.int64()).to_numpy())
    two = np.asarray(second.cast(pa.int64()).to_numpy())
    exists = np.asarray(back.cast(pa.int64()).to_numpy()) == local_us
    return Resolved(one, two, exists, (one != two) & exists)


def settle(meter: list[str], local_us: Ints, value: Ints, made: Resolved) -> Ints:
    """Return instants for ambiguous rows: the register only climbs, so the clock's fall shows.

    The rows of one meter and night are put in the order of their registers (rows of equal
    registers stay in the order of the file); from the row at which the wall clock does not
    advance, the hour is the second one. Where nothing shows it, it is the first.
    """
    settled = made.first.copy()
    nights = local_us // DAY_US
    groups: dict[tuple[str, int], list[int]] = {}
    for place, name in enumerate(meter):
        groups.setdefault((name, int(nights[place])), []).append(place)
    for places in groups.values():
        again = False
        ordered = sorted(places, key=lambda place: int(value[place]))
        for before, place in zip([None, *ordered], ordered, strict=False):
            again = again or (before is not None and local_us[place] <= local_us[before])
            if again:
                settled[place] = made.second[place]
    return settled
