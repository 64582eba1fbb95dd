"""The kernel as one pure function: numpy arrays of a block of meters in, arrays out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from shuiheng.core.vee import codes, judge, patterns, spread
from shuiheng.core.vee.compiled import compiled
from shuiheng.core.vee.rules import Ints, VeeRules

Flags: TypeAlias = npt.NDArray[np.bool_]

SHANGHAI_S, DAY_S, HOUR_S = 28_800, 86_400, 3_600


@dataclass(frozen=True, slots=True)
class Periods:
    """Volumes of one kind of period, meter by meter, without holes between first and last.

    ``meter``: int64[n], place of the meter in the block. ``start_s``: int64[n], UTC seconds.
    ``length_s``: int64[n]. ``rows``: int64[n, 8], columns in litres and seconds: volume,
    measured, estimated, reverse, covered time, bridged time, suspect steps, rough time.
    """

    meter: Ints
    start_s: Ints
    length_s: Ints
    rows: Ints


@dataclass(frozen=True, slots=True)
class Block:
    """What the kernel makes of one block of meters.

    ``night_min_l``: int64 beside ``days``, litres in the hour of least flow between 02:00 and
    05:00, -1 where a night was not measured throughout. ``tallies``: int64[meters, codes, 9],
    the columns of ``codes.TALLY``. ``meters``: int64[meters, 7], the facts in use (kind, litres a
    count, capacity, limit in L/h, usual step in s, tolerance of
    reverse flow in L, error of the clock in s).
    ``steps``: int64[rows, 4] (from s, to s, litres, class), ``first`` and ``counts`` int64[meters]
    say which rows are whose. ``states``: int64[meters, 15], what a later run would carry on.
    """

    days: Periods
    night_min_l: Ints
    months: Periods
    years: Periods
    hours: Periods | None
    tallies: Ints
    meters: Ints
    steps: Ints
    first: Ints
    counts: Ints
    states: Ints


@compiled
def _order_ties(where: Ints, at: Ints, value: Ints) -> None:
    """Put readings of one meter and instant in the order of their values, in place."""
    for i in range(1, len(at)):
        j = i
        while j > 0 and where[j] == where[j - 1] and at[j] == at[j - 1] and value[j] < value[j - 1]:
            value[j], value[j - 1] = value[j - 1], value[j]
            j -= 1


def _ordered_set(where: Ints, at_s: Ints, value: Ints) -> tuple[Ints, Ints, Ints]:
    """Return the readings by meter, instant and value, each only once."""
    key = where * (1 << 40) + at_s
    if len(key) > 1 and not bool(np.all(key[1:] >= key[:-1])):
        order = np.argsort(key, kind="stable")
        where, at_s, value, key = where[order], at_s[order], value[order], key[order]
    tied = key[1:] == key[:-1]
    if not bool(tied.any()):
        return where, at_s, value
    value = value.copy()
    _order_ties(where, at_s, value)
    kept = np.concatenate(([True], ~(tied & (value[1:] == value[:-1]))))
    return where[kept], at_s[kept], value[kept]


def run(
    *,
    where: Ints,
    at_s: Ints,
    value: Ints,
    meters: Ints,
    exchanges: Ints,
    now_s: int,
    rules: VeeRules,
    hours: bool = False,
) -> Block:
    """Judge the readings of a block of meters and return their volumes and findings.

    ``where``: int64[n], place of the reading's meter in ``meters``. ``at_s``: int64[n], instant in
    UTC seconds. ``value``: int64[n], litres (litres per hour for a flow). ``meters``: int64[m, 5],
    kind (0 register, 1 interval, 2 flow), litres a count, capacity in litres, limit in L/h, usual
    step in s; zero means unknown. ``exchanges``: int64[e, 4], place of the meter, instant in s,
    last register of the old meter, first register of the new one, in litres. ``now_s``: the
    instant after which a reading is in the future. The order of the rows does not matter.
    """
    m = len(meters)
    where, at_s, value = _ordered_set(where, at_s, value)
    n = len(at_s)
    first = np.searchsorted(where, np.arange(m + 1)).astype(np.int64)
    exchanges = exchanges[np.lexsort((exchanges[:, 1], exchanges[:, 0]))]
    exchange_first = np.searchsorted(exchanges[:, 0], np.arange(m + 1)).astype(np.int64)
    facts = np.zeros((m, 7), np.int64)
    facts[:, :5] = meters
    facts[:, 1] = np.maximum(facts[:, 1], 1)
    thresholds = rules.array()
    states = np.zeros((m, judge.STATE), np.int64)
    steps = np.empty((n, 4), np.int64)
    tallies = np.zeros((m, len(codes.CODES), len(codes.TALLY)), np.int64)
    judge.judge(
        at_s, value, first, facts, np.ascontiguousarray(exchanges[:, 1:]), exchange_first,
        now_s, thresholds, states, steps, tallies,
    )  # fmt: skip
    counts = states[:, judge.S_STEPS].copy()
    first = first[:-1]
    patterns.find_patterns(np.append(first, n), counts, steps, facts, tallies, thresholds)
    return _volumes(first, counts, steps, facts, tallies, states, thresholds, hours)


def _volumes(
    first: Ints, counts: Ints, steps: Ints, facts: Ints, tallies: Ints, states: Ints,
    thresholds: Ints, hours: bool,
) -> Block:  # fmt: skip
    some = counts > 0
    begin = np.zeros(len(first), np.int64)
    end = np.zeros(len(first), np.int64)
    begin[some] = steps[first[some], 0]
    end[some] = steps[first[some] + counts[some] - 1, 1]
    low, high = (int(begin[some].min()), int(end[some].max())) if some.any() else (0, 0)
    grids = [
        _Grid(_regular(low, high, DAY_S), begin, end, some),
        _Grid(_months(low, high, 1), begin, end, some),
        _Grid(_months(low, high, 12), begin, end, some),
    ]
    nights = np.full(len(grids[0].rows), spread.UNKNOWN, np.int64)
    day, month, year = grids
    bounds = np.append(first, len(steps))
    usual = np.ascontiguousarray(facts[:, 4])
    spread.spread(
        bounds, counts, steps, usual, thresholds,
        day.bounds, day.place, day.base, day.rows, nights,
        month.bounds, month.place, month.base, month.rows,
        year.bounds, year.place, year.base, year.rows,
    )  # fmt: skip
    hourly = None
    if hours:
        hourly = _Grid(_regular(low, high, HOUR_S), begin, end, some)
        spread.spread_hours(
            bounds, counts, steps, usual, thresholds,
            hourly.bounds, hourly.place, hourly.base, hourly.rows,
        )  # fmt: skip
    return Block(
        day.periods(), nights, month.periods(), year.periods(),
        hourly.periods() if hourly else None,
        tallies, facts, steps, first, counts, states,
    )  # fmt: skip


class _Grid:
    """The periods between bounds that each meter of the block needs, and room for their rows."""

    def __init__(self, bounds: Ints, begin: Ints, end: Ints, some: Flags) -> None:
        self.bounds = bounds
        self.place = np.maximum(np.searchsorted(bounds, begin, side="right") - 1, 0)
        last = np.maximum(np.searchsorted(bounds, end, side="left") - 1, 0)
        needed = np.where(some, last - self.place + 1, 0)
        self.base = np.concatenate(([0], np.cumsum(needed))).astype(np.int64)
        self.place = self.place.astype(np.int64)
        self.rows = np.zeros((int(self.base[-1]), codes.P_WIDTH), np.int64)

    def periods(self) -> Periods:
        needed = np.diff(self.base)
        meter = np.repeat(np.arange(len(needed)), needed)
        which = np.arange(len(meter)) - self.base[meter] + self.place[meter]
        start = self.bounds[which]
        return Periods(meter, start, self.bounds[which + 1] - start, self.rows)


def _regular(low: int, high: int, length: int) -> Ints:
    start = (low + SHANGHAI_S) // length * length - SHANGHAI_S
    return np.arange(start, high + 2 * length, length, dtype=np.int64)


def _months(low: int, high: int, step: int) -> Ints:
    """Return the UTC seconds at which Shanghai months (or years, for 12) begin."""
    year = _day(low).year
    last = _day(high).year + 2
    starts = [date(y, month, 1) for y in range(year, last) for month in range(1, 13, step)]
    epoch = date(1970, 1, 1)
    return np.array([(d - epoch).days * DAY_S - SHANGHAI_S for d in starts], dtype=np.int64)


def _day(at_s: int) -> date:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=at_s + SHANGHAI_S)).date()
