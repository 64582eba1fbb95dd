"""A year of hourly registers with every fault of the field planted, in a stream.

A meter's year is cut into slots of 48 hours, a fault lies inside a slot of its own, and at least
eight good readings stand on both sides of it: so a chain of window functions can judge it, and the
rivals are asked for nothing that SQL cannot say. What is planted in how many meters:

=============  =====================================================================================
gaps           twice a year and meter, 1 to 24 readings
outages        one meter in twenty, 2 to 20 days
duplicates     one reading in two hundred arrives twice
conflicts      one in two meters: an instant with two registers
misreads       four in ten meters: one or two readings far above or below
reverse flow   one meter in fifty, thrice: 1 to 50 counts of a litre backwards
spikes         one meter in a hundred: two million litres that never flowed, for good
resets, falls  one in a hundred back to about zero, one in two hundred to somewhere else
exchanges      one in fifty, with the final and the first register on record
rollovers      one in a hundred passes the end of its digits
stuck          one in a hundred stands still for 40 to 80 days
clocks         one in two hundred sends three stamps of 2059, one in five hundred one of 1970
=============  =====================================================================================
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as papq

Ints = npt.NDArray[np.int64]

START_S = 1_672_502_400  # midnight of 2023-01-01 in Shanghai
HOUR_S = 3_600
SLOT = 48
AT_ONCE = 256
FILE_METERS = 1_142
PER_MILLION = 114.2
FUTURE_S = 2_840_140_800  # 2060-01-01 UTC
SEED = 20_200_519
# Share of homes, shops and works; flow of an ordinary hour (L), the pulse weight (L) and Q4 (L/h).
CLASSES = ((0.90, 12.0, 1, 3_125), (0.09, 150.0, 10, 20_000), (0.01, 2_500.0, 100, 100_000))
# How water is drawn over the hours of a day in Shanghai, as shares of the ordinary hour.
DAY = np.array(
    [0.1, 0.05, 0.03, 0.03, 0.05, 0.3, 1.5, 2.4, 1.8, 1.1, 0.9, 1.1,
     1.4, 1.0, 0.8, 0.8, 1.0, 1.5, 2.2, 2.4, 2.0, 1.5, 0.8, 0.3], np.float32
)  # fmt: skip

METERS = pa.schema(
    [
        ("key", pa.int32()), ("meter", pa.string()), ("kind", pa.string()), ("unit_l", pa.int64()),
        ("capacity_l", pa.int64()), ("max_flow_l_h", pa.int64()), ("step_s", pa.int64()),
    ]
)  # fmt: skip
EXCHANGES = pa.schema(
    [
        ("key", pa.int32()), ("meter", pa.string()), ("at", pa.timestamp("us", "UTC")),
        ("final_l", pa.int64()), ("initial_l", pa.int64()),
    ]
)  # fmt: skip


def meters_of(millions: float) -> int:
    """Return how many meters give so many million hourly readings in a year.

    >>> meters_of(100)
    11420
    """
    return max(1, round(millions * PER_MILLION))


def name_of(key: int) -> str:
    """Return the number under which a meter is known outside the lake."""
    return f"M{key:06d}"


@dataclass(slots=True)
class Year:
    """One meter's year while faults are put into it; ``shift`` is added to what it counts."""

    flow: Ints
    shift: Ints
    kept: npt.NDArray[np.bool_]
    unit: int
    capacity: int
    exchanges: list[tuple[int, int, int]]
    more: list[tuple[int, int]]


def generate(folder: Path, meters: int, days: int = 365, seed: int = SEED, often: float = 1) -> int:
    """Write ``readings-*.parquet``, ``meters.parquet`` and ``exchanges.parquet``; count the rows.

    Files are in the order of meters and time, sorted by (key, at). At most ``AT_ONCE`` meters are
    in memory at a time.
    """
    folder.mkdir(parents=True, exist_ok=True)
    facts: list[pa.Table] = []
    exchanges: list[pa.Table] = []
    rows, writer = 0, None
    for first in range(0, meters, AT_ONCE):
        if first % FILE_METERS < AT_ONCE:
            if writer is not None:
                writer.close()
            writer = None
        table, about, changed = block(first, min(first + AT_ONCE, meters), days, seed, often=often)
        if writer is None:
            path = folder / f"readings-{first:06d}.parquet"
            writer = papq.ParquetWriter(path, table.schema, compression="zstd")
        writer.write_table(table, row_group_size=1 << 17)
        facts.append(about)
        exchanges.append(changed)
        rows += len(table)
    if writer is not None:
        writer.close()
    papq.write_table(pa.concat_tables(facts), folder / "meters.parquet")
    papq.write_table(pa.concat_tables(exchanges), folder / "exchanges.parquet")
    return rows


def block(
    first: int, end: int, days: int, seed: int, *, often: float = 1
) -> tuple[pa.Table, pa.Table, pa.Table]:
    """Return readings, facts and exchanges of the meters from ``first`` up to ``end``.

    The same meter is the same whatever block it is made in. ``often`` makes what happens to few
    meters happen to so many times as many, so that a small sample has it too.
    """
    keys, at, value = [], [], []
    facts, exchanges = [], []
    for key in range(first, end):
        chance = np.random.default_rng((seed, key))
        year, q4 = _year(chance, days * 24)
        seconds, litres = _readings(year, chance, q4, often)
        keys.append(np.full(len(seconds), key, np.int32))
        at.append(seconds)
        value.append(litres)
        facts.append((key, name_of(key), "register", year.unit, year.capacity, q4, HOUR_S))
        exchanges += [
            (key, name_of(key), when * 1_000_000, final, initial)
            for when, final, initial in year.exchanges
        ]
    key = pa.array(np.concatenate(keys))
    names = pa.array([name_of(number) for number in range(first, end)])
    readings = pa.table(
        {
            "key": key,
            "meter": pa.DictionaryArray.from_arrays(
                pa.array(np.concatenate(keys) - np.int32(first)), names
            ),
            "at": pa.array(np.concatenate(at) * 1_000_000).cast(pa.timestamp("us", "UTC")),
            "value_l": pa.array(np.concatenate(value)),
        }
    )
    return readings, _table(facts, METERS), _table(exchanges, EXCHANGES)


def _table(rows: list[tuple[object, ...]], schema: pa.Schema) -> pa.Table:
    columns = list(zip(*rows, strict=True)) or [[] for _ in schema]
    return pa.table(
        [pa.array(column, kind.type) for column, kind in zip(columns, schema, strict=True)],
        schema=schema,
    )


def _year(chance: np.random.Generator, hours: int) -> tuple[Year, int]:
    """Return a year of water of one meter, without faults, and its Q4."""
    kind = int(np.searchsorted(np.cumsum([share for share, *_ in CLASSES]), chance.random()))
    _, ordinary, unit, q4 = CLASSES[min(kind, len(CLASSES) - 1)]
    size = ordinary * chance.uniform(0.3, 2.0)
    drawn = chance.standard_exponential(hours, np.float32)
    flow = (drawn * (size * np.resize(DAY, hours))).astype(np.int64)
    np.minimum(flow, q4 // 2, out=flow)
    year = Year(
        flow, np.zeros(hours, np.int64), np.ones(hours, bool), unit,
        unit * 10**7 if unit > 1 else 10**9, [], [],
    )  # fmt: skip
    return year, q4


def _readings(year: Year, chance: np.random.Generator, q4: int, often: float) -> tuple[Ints, Ints]:
    """Put the faults in; return instants in seconds and registers in litres, sorted."""
    hours = len(year.flow)
    slots = list(chance.permutation(np.arange(1, hours // SLOT - 1)))
    if chance.random() < 0.01 * often and hours > 90 * 24:
        begin = int(chance.integers(0, hours - 85 * 24))
        year.flow[begin : begin + int(chance.integers(40, 80)) * 24] = 0
    counted = np.cumsum(year.flow)
    first = int(chance.integers(50_000, 2_000_000))
    if chance.random() < 0.01 * often:
        first = year.capacity - int(counted[-1]) // 2
        across = int(np.searchsorted(counted + first, year.capacity)) // SLOT
        slots = [slot for slot in slots if abs(slot - across) > 1]
    _for_good(year, counted, first, chance, slots, q4, often)
    register = (counted + first + year.shift) // year.unit * year.unit % year.capacity
    _passing(year, register, chance, slots, often)
    hour = np.flatnonzero(year.kept)
    twice = hour[chance.random(len(hour)) < 0.005]
    hour = np.sort(np.concatenate((hour, twice)))
    seconds, litres = START_S + hour * HOUR_S, register[hour]
    if not year.more:
        return seconds, litres
    more = np.array(year.more, np.int64)
    seconds = np.concatenate((seconds, more[:, 0]))
    litres = np.concatenate((litres, more[:, 1]))
    order = np.lexsort((litres, seconds))
    return seconds[order], litres[order]


def _for_good(
    year: Year, counted: Ints, first: int, chance: np.random.Generator, slots: list[int], q4: int,
    often: float,
) -> None:  # fmt: skip
    """Put in what changes the register for good: exchange, reset, fall, spike, reverse flow."""
    what, unit = chance.random() / often, year.unit

    def before(place: int) -> int:
        return int((counted[place - 1] + first + year.shift[place - 1]) // unit * unit)

    def go_to(place: int, register: int) -> None:
        year.shift[place:] = register - int(counted[place]) - first

    if not slots:
        return
    if what < 0.02 and first < year.capacity // 2:
        place = _place(slots, chance)
        initial = int(chance.integers(0, 300)) // unit * unit
        flowed = int(year.flow[place])
        final = before(place) + flowed // 2 // unit * unit
        go_to(place, initial + (flowed - flowed // 2))
        year.exchanges.append((START_S + place * HOUR_S - HOUR_S // 2, final, initial))
    elif what < 0.03 and first < year.capacity // 2:
        place = _place(slots, chance)
        go_to(place, int(chance.integers(0, 5)) * unit)
    elif what < 0.035 and 8 * q4 < first < year.capacity // 2:
        place = _place(slots, chance)
        go_to(place, before(place) // 2)
    elif what < 0.045 and first < year.capacity // 2:
        place = _place(slots, chance)
        go_to(place, before(place) + max(2_000_000, 4 * q4))
    elif what < 0.065 and first < year.capacity // 2:
        for _ in range(min(3, len(slots))):
            place = _place(slots, chance)
            back = unit * int(chance.integers(1, 50 if unit == 1 else 5))
            year.shift[place:] -= int(year.flow[place]) + back


def _passing(
    year: Year, register: Ints, chance: np.random.Generator, slots: list[int], often: float
) -> None:
    """Put in what passes: gaps, outages, misreads, conflicts, clocks that are wrong."""
    for _ in range(min(int(chance.poisson(2)), len(slots))):
        place = _place(slots, chance)
        year.kept[place : place + int(chance.integers(1, 25))] = False
    if chance.random() < 0.05 * often and len(slots) > 60:
        _outage(year, chance, slots)
    for _ in range(min(int(chance.poisson(0.4)), len(slots))):
        place = _place(slots, chance)
        wide = int(chance.integers(1, 3))
        if chance.random() < 0.5:
            register[place : place + wide] += 400_000_000 if year.unit == 1 else 40_000_000
        else:
            register[place : place + wide] //= 4 * year.unit
            register[place : place + wide] *= year.unit
    for _ in range(min(int(chance.poisson(0.5)), len(slots))):
        place = _place(slots, chance)
        other = int(register[place]) + year.unit * int(chance.choice([-3000, 1, 2, 900_000]))
        year.more.append((START_S + place * HOUR_S, max(other, 0)))
    if chance.random() < 0.005 * often:
        year.more += [(FUTURE_S + 86_400 * k, int(register[-1])) for k in range(3)]
    if chance.random() < 0.002 * often:
        year.more.append((3_600, int(register[0])))


def _outage(year: Year, chance: np.random.Generator, slots: list[int]) -> None:
    """Leave out 2 to 20 days whose slots nothing else uses."""
    long = int(chance.integers(1, 11))
    free = set(slots)
    for slot in sorted(free):
        taken = range(slot, slot + long)
        if free.issuperset(taken):
            year.kept[slot * SLOT + 8 : (slot + long) * SLOT - 8] = False
            slots[:] = [other for other in slots if other not in taken]
            return


def _place(slots: list[int], chance: np.random.Generator) -> int:
    """Return an hour in a slot that is not used yet; the slot is used from now on."""
    return int(slots.pop()) * SLOT + int(chance.integers(8, 16))
