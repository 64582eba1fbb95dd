"""The kernel as one pure function: arrays of a block of meters in, arrays out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt

from shuiheng.core.vee import codes, output, state
from shuiheng.core.vee.checkpoint import MOST_BYTES, unpack
from shuiheng.core.vee.compiled import compiled, entrance
from shuiheng.core.vee.meter import run_meter
from shuiheng.core.vee.output import Bytes, Output
from shuiheng.core.vee.rows import Marks, Rows, Verdicts
from shuiheng.core.vee.rules import PLACE, Ints, VeeRules

Keys: TypeAlias = npt.NDArray[np.int32]

EARLIEST, FUTURE_SLACK = PLACE["earliest_s"], PLACE["future_slack_s"]
SORTED, REPEATED, UNSORTED = 0, 1, 2
DAY_S, HOURS, MICRO = state.DAY_S, state.HOURS, state.MICRO


class Readings(NamedTuple):
    """The readings of a block in any order.

    ``key``: int32[n]. ``at``: int64[n], µs since 1970, UTC. ``value``: int64[n], litres (litres
    per hour for a flow). ``mark``: int8[n], 0 raw, 1 accepted, 2 entered by hand.
    """

    key: Keys
    at: Ints
    value: Ints
    mark: Marks


class Facts(NamedTuple):
    """What is known of the meters of a block, each table sorted by meter and instant.

    ``meters``: int64[m, 6], kind (0 register, 1 interval, 2 flow), litres a count, capacity in
    litres, limit in L/h, usual step in s, longest normal time without use in s; zero is unknown.
    ``exchange``: int64[e, 3], instant in s, last register of the old meter, first of the new one.
    ``scale``: int64[s, 3], instant in s, numerator, denominator. ``exchange_first`` and
    ``scale_first``: int64[m + 1], whose rows these are.
    """

    meters: Ints
    exchange: Ints
    exchange_first: Ints
    scale: Ints
    scale_first: Ints


class Starts(NamedTuple):
    """States to go on from: per meter the day (since 1970) or none, and the bytes from and to."""

    day: Ints
    begin: Ints
    end: Ints
    bytes: Bytes


@dataclass(frozen=True, slots=True)
class Block:
    """What the kernel makes of one block of meters; ``Output`` says which row is what.

    ``meters``: int64[m, 2], the limit in L/h and the usual step in s in use. ``whole``: bool[m],
    the meters whose state could not be gone on from. ``readings`` are the rows in order, each
    once, ``spans`` int64[m, 4] whose they are, and ``verdict`` int16[n] what was made of them.
    """

    days: Ints
    days_middle: output.Middle
    days_small: output.Small
    months: Ints
    hours: Ints
    found: Ints
    kept: Ints
    bytes: Bytes
    meters: Ints
    whole: npt.NDArray[np.bool_]
    readings: Readings
    spans: Ints
    verdict: Verdicts


Array = TypeVar("Array", bound=npt.NDArray[np.generic])


def frozen(array: Array) -> Array:
    """Return the same numbers, not to be written to: the kernel is compiled for one kind."""
    same = np.ascontiguousarray(array).view()
    same.flags.writeable = False
    return same  # type: ignore[return-value]


@entrance
def order_of(key: Keys, at: Ints, value: Ints) -> int:
    """Return whether the rows are sorted by key, second and value, and each is there once."""
    found = SORTED
    for i in range(1, len(key)):
        if key[i] > key[i - 1]:
            continue
        if key[i] < key[i - 1] or at[i] < at[i - 1]:
            return UNSORTED
        if at[i] - at[i - 1] < MICRO and at[i] // MICRO == at[i - 1] // MICRO:
            if value[i] < value[i - 1]:
                return UNSORTED
            if value[i] == value[i - 1]:
                found = REPEATED
    return found


def _in_order(rows: Readings) -> Readings:
    """Return the readings by key, second and value, each only once, with its strongest mark."""
    rows = Readings(frozen(rows.key), frozen(rows.at), frozen(rows.value), frozen(rows.mark))
    order = order_of(rows.key, rows.at, rows.value)
    if order == SORTED:
        return rows
    key, at, value, mark = rows.key, rows.at, rows.value, rows.mark
    second = at // MICRO
    if order == UNSORTED:
        place = np.lexsort((at, -mark, value, second, key))
        key, at, value = key[place], at[place], value[place]
        mark, second = mark[place], second[place]
    again = (key[1:] == key[:-1]) & (second[1:] == second[:-1]) & (value[1:] == value[:-1])
    kept = np.concatenate(([True], ~again))
    if order == REPEATED and mark.any():
        # The strongest mark of equal rows goes to the one that is kept.
        first = np.flatnonzero(kept)
        mark = mark.copy()
        mark[first] = np.maximum.reduceat(mark, first)
    return Readings(frozen(key[kept]), frozen(at[kept]), frozen(value[kept]), frozen(mark[kept]))


@compiled
def _first_at(at: Ints, lo: int, hi: int, limit: int) -> int:
    """Return the first row from ``lo`` on whose instant is not before ``limit``."""
    while lo < hi:
        middle = (lo + hi) // 2
        if at[middle] < limit:
            lo = middle + 1
        else:
            hi = middle
    return lo


@entrance
def _spans(at: Ints, first: Ints, last: Ints, days: Ints, now: int, rules: Ints) -> Ints:
    """Return per meter: first row, first credible row, first row of the future, end."""
    spans = np.empty((len(first), 4), np.int64)
    for m in range(len(first)):
        lo, hi = first[m], last[m]
        if days[m] > state.UNKNOWN_DAY:
            lo = _first_at(at, lo, hi, (days[m] * DAY_S - state.SHANGHAI_S) * MICRO)
        begin = _first_at(at, lo, hi, rules[EARLIEST] * MICRO)
        end = _first_at(at, begin, hi, (now + rules[FUTURE_SLACK] + 1) * MICRO)
        spans[m, 0], spans[m, 1], spans[m, 2], spans[m, 3] = lo, begin, end, hi
    return spans


@entrance
def _run(
    readings: Readings, spans: Ints, facts: Facts, starts: Starts, now: int, rules: Ints,
    verdict: Verdicts, out: Output,
) -> tuple[Ints, Ints]:  # fmt: skip
    """Run every meter; return the numbers of rows written, and the facts in use or -1."""
    w = np.zeros(state.WIDTH, np.int64)
    tally = np.zeros((len(codes.CODES), len(codes.TALLY)), np.int64)
    used = np.zeros((len(spans), 2), np.int64)
    exchange_first, scale_first = facts.exchange_first, facts.scale_first
    for m in range(len(spans)):
        for place in range(state.WIDTH):
            if place < state.N_DAYS or place > state.N_BYTES:
                w[place] = 0
        day = starts.day[m]
        resumed = day > state.UNKNOWN_DAY
        good = True
        if resumed:
            good = unpack(starts.bytes, starts.begin[m], starts.end[m], w)
        for place in range(6):
            if resumed and w[place] != facts.meters[m, place]:
                good = False
            w[place] = facts.meters[m, place]
        w[state.X_METER], w[state.X_FROM] = m, day
        w[state.X_HOURS] = 1 if out.hours.shape[1] > 0 else 0
        rows = Rows(
            readings.at, readings.value, readings.mark, verdict,
            facts.exchange[exchange_first[m] : exchange_first[m + 1]],
            facts.scale[scale_first[m] : scale_first[m + 1]],
        )  # fmt: skip
        if good:
            good = run_meter(rows, spans[m], w, tally, rules, out, now, resumed)
        used[m, 0], used[m, 1] = w[state.M_LIMIT], w[state.M_STEP]
        if not good:
            used[m, 0] = -1
    return w[state.N_DAYS : state.N_BYTES + 1].copy(), used


def _room(
    at: Ints, spans: Ints, facts: Facts, starts: Starts, rules: VeeRules, hours: bool
) -> Output:
    """Return arrays that are surely long enough; what is never written takes no memory."""
    lo, begin, end, hi = spans.T
    some, good = hi > lo, end > begin
    padded = np.append(at, 0)
    resumed = starts.day > state.UNKNOWN_DAY
    from_day = (np.where(resumed, starts.day, 0) * DAY_S - state.SHANGHAI_S) * MICRO
    since = np.where(resumed, np.minimum(from_day, padded[begin]), padded[begin])
    seconds = np.where(good, padded[np.maximum(end - 1, 0)] - since, 0) // MICRO
    days = np.where(good | resumed, seconds // DAY_S + 3, 0)
    reported = good & (facts.meters[:, 0] > 0)
    step = np.maximum(facts.meters[:, 4], 2 * seconds + DAY_S)
    days += np.where(reported, np.minimum(step, 40 * 366 * DAY_S) // DAY_S + 1, 0)
    months = np.where(good, np.minimum(end - begin, seconds // (28 * DAY_S) + 2), 0)
    whole_span = np.where(some, padded[np.maximum(hi - 1, 0)] - padded[lo], 0) // MICRO
    noted = np.where(some, np.minimum(hi - lo, whole_span // (28 * DAY_S) + 2), 0)
    kept = np.minimum(months, (end - begin) // max(rules.misread_rows, 1) + 2)
    n_days, n_kept = int(days.sum()), int(kept.sum())
    wide, middle, small = output.DAY_WIDTHS
    return Output(
        np.empty((wide, n_days), np.int64),
        np.empty((middle, n_days), np.int32),
        np.empty((small, n_days), np.int8),
        np.empty((output.MONTH_WIDTH, int((days // 28 + 3).sum())), np.int64),
        np.empty((output.HOUR_WIDTH, n_days * HOURS if hours else 0), np.int64),
        np.empty((int(noted.sum()) * len(codes.CODES), output.FOUND_WIDTH), np.int64),
        np.empty((n_kept, 4), np.int64),
        np.empty(n_kept * MOST_BYTES, np.uint8),
    )


def run(
    readings: Readings,
    keys: Keys,
    facts: Facts,
    *,
    now_s: int,
    rules: VeeRules,
    starts: Starts | None = None,
    hours: bool = False,
    verdicts: bool = False,
) -> Block:
    """Judge the readings of a block of meters and return their volumes and findings.

    ``keys``: int32[m], sorted, the meters of ``facts``; readings of others are not looked at. The
    order of the readings does not matter. ``now_s``: the instant after which a reading is in the
    future. ``starts``: states that some meters go on from.
    """
    rows = _in_order(readings)
    thresholds = rules.array()
    m = len(keys)
    first = np.searchsorted(rows.key, keys, side="left").astype(np.int64)
    last = np.searchsorted(rows.key, keys, side="right").astype(np.int64)
    nothing = np.zeros(m, np.int64)
    if starts is None:
        day = np.full(m, state.UNKNOWN_DAY, np.int64)
        starts = Starts(day, nothing, nothing, frozen(np.zeros(0, np.uint8)))
    spans = _spans(rows.at, first, last, starts.day, now_s, thresholds)
    out = _room(rows.at, spans, facts, starts, rules, hours)
    verdict = np.zeros(len(rows.at) if verdicts else 0, np.int16)
    counts, used = _run(rows, spans, facts, starts, now_s, thresholds, verdict, out)
    n_days, n_months, n_hours, n_found, n_kept, n_bytes = (int(count) for count in counts)
    return Block(
        out.days[:, :n_days], out.days_middle[:, :n_days], out.days_small[:, :n_days],
        out.months[:, :n_months], out.hours[:, :n_hours], out.found[:n_found],
        out.kept[:n_kept], out.bytes[:n_bytes],
        used, used[:, 0] < 0, rows, spans, verdict,
    )  # fmt: skip
