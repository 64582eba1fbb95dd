"""One meter from its first row to its last: months, checkpoints, and where a run starts."""

from __future__ import annotations

from shuiheng.core.vee import codes as c
from shuiheng.core.vee.checkpoint import pack
from shuiheng.core.vee.compiled import compiled
from shuiheng.core.vee.days import close_day, enter_day, write_month
from shuiheng.core.vee.judge import judge_instant
from shuiheng.core.vee.learn import count_rows, settle
from shuiheng.core.vee.output import Output
from shuiheng.core.vee.plain import plain_rows
from shuiheng.core.vee.rows import Rows, say
from shuiheng.core.vee.rules import PLACE, Ints
from shuiheng.core.vee.spread import spread_step
from shuiheng.core.vee.state import (
    D_DAY,
    D_LAST_T,
    D_OPEN,
    DAY_S,
    F_LIMIT,
    F_STEP,
    H_STEPS,
    M_LIMIT,
    M_STEP,
    MICRO,
    N_BYTES,
    N_FOUND,
    N_HOURS,
    N_KEPT,
    S_HAVE,
    S_RAW_T,
    S_RAW_V,
    S_ROWS,
    S_ROWS_KEPT,
    S_T,
    S_ZERO_SINCE,
    SHANGHAI_S,
    STATE,
    X_COUNTS_FROM,
    X_FALL,
    X_GOOD_ROW,
    X_HOURS,
    X_METER,
    X_MONTH,
    X_MONTH_END,
    X_NOTED,
    Z_BEFORE,
    first_day,
    month_of,
    note,
)  # fmt: skip
from shuiheng.core.vee.steps import end_same, end_standing

EARLIEST, MISREAD_ROWS = PLACE["earliest_s"], PLACE["misread_rows"]
LONG_AGO = -(1 << 62)


@compiled
def write_findings(w: Ints, tally: Ints, out: Output) -> None:
    """Write what was noticed in the month, and forget it."""
    if w[X_NOTED] == 0:
        return
    for code in range(len(tally)):
        if tally[code, 0]:
            row = out.found[w[N_FOUND]]
            row[0], row[1], row[2] = w[X_METER], w[X_MONTH], code
            for place in range(len(tally[code])):
                row[3 + place] = tally[code, place]
                tally[code, place] = 0
            w[N_FOUND] += 1
    w[X_NOTED] = 0


@compiled
def _enter_month(w: Ints, tally: Ints, out: Output, t1: int) -> None:
    """Make the month of an instant the one that findings are counted for."""
    month = month_of((t1 + SHANGHAI_S) // DAY_S)
    if month != w[X_MONTH]:
        write_findings(w, tally, out)
    w[X_MONTH] = month
    w[X_MONTH_END] = first_day(month + 1) * DAY_S - SHANGHAI_S


@compiled
def _keep(rows: Rows, i: int, w: Ints, rules: Ints, out: Output) -> None:
    """Write a checkpoint of the state before row ``i``, the first of its month."""
    if w[F_LIMIT] <= 0 or w[F_STEP] <= 0:
        count_rows(w, rows.at, rows.value, w[X_COUNTS_FROM], i, rows.scale, rules)
    w[X_COUNTS_FROM] = i
    w[S_ROWS_KEPT] = w[S_ROWS]
    w[N_BYTES] = pack(w, out.bytes, w[N_BYTES])
    row = out.kept[w[N_KEPT]]
    row[0], row[1], row[2], row[3] = w[X_METER], w[X_MONTH], w[S_ROWS], w[N_BYTES]
    w[N_KEPT] += 1


@compiled
def _learn(rows: Rows, lo: int, hi: int, w: Ints, rules: Ints, resumed: bool) -> bool:
    """Learn the facts that are unknown; return False when a resumed state rested on others."""
    step, limit = w[M_STEP], w[M_LIMIT]
    if w[F_LIMIT] <= 0 or w[F_STEP] <= 0:
        raw_t, raw_v = w[S_RAW_T], w[S_RAW_V]
        for place in range(H_STEPS, STATE):
            w[Z_BEFORE + place - H_STEPS] = w[place]
        count_rows(w, rows.at, rows.value, lo, hi, rows.scale, rules)
        settle(w, rules)
        for place in range(H_STEPS, STATE):
            w[place] = w[Z_BEFORE + place - H_STEPS]
        w[S_RAW_T], w[S_RAW_V] = raw_t, raw_v
    else:
        settle(w, rules)
    return not resumed or (step == w[M_STEP] and limit == w[M_LIMIT])


@compiled
def _finish(w: Ints, tally: Ints, rules: Ints, out: Output) -> None:
    """Close what is open at the end of the history."""
    if w[S_HAVE]:
        end_standing(w, tally, rules, w[S_T])
        end_same(w, tally, rules, w[S_T])
    spread_step(w, tally, rules, out)
    if w[D_OPEN]:
        close_day(w, tally, rules, out)
    write_month(w, out)


@compiled
def run_meter(
    rows: Rows, span: Ints, w: Ints, tally: Ints, rules: Ints, out: Output, now: int, resumed: bool
) -> bool:
    """Judge and spread the rows of one meter; return False when it cannot be resumed.

    Of the rows of ``span``, those before the second number lie before any credible time, those
    from the third number on in the future.
    """
    lo, begin, end, hi = span[0], span[1], span[2], span[3]
    w[X_MONTH_END], w[X_MONTH], w[X_NOTED] = LONG_AGO, LONG_AGO, 0
    w[X_GOOD_ROW], w[X_FALL], w[X_COUNTS_FROM] = -1, 0, begin
    if not resumed:
        w[S_ZERO_SINCE], w[S_RAW_T] = -1, LONG_AGO
    if not _learn(rows, begin, end, w, rules, resumed):
        return False
    if w[D_OPEN]:
        enter_day(w, w[D_DAY])
    hours = w[N_HOURS]
    for i in range(lo, begin):
        t1, v = rows.at[i] // MICRO, rows.value[i]
        _enter_month(w, tally, out, t1)
        note(w, tally, c.CLOCK, t1, 0, 0, v, v, rules[EARLIEST] - t1)
        say(rows, i, c.REJECTED, c.CLOCK)
    base = w[S_ROWS] - lo
    i = begin
    first = resumed
    while i < end:
        t1 = rows.at[i] // MICRO
        if t1 >= w[X_MONTH_END]:
            _enter_month(w, tally, out, t1)
            w[S_ROWS] = base + i
            if first or w[S_ROWS] - w[S_ROWS_KEPT] >= rules[MISREAD_ROWS]:
                _keep(rows, i, w, rules, out)
            first = False
        i = plain_rows(rows, i, end, w, tally, rules, out)
        if i < end and rows.at[i] // MICRO < w[X_MONTH_END]:
            i = judge_instant(rows, i, end, w, tally, rules, out)
    _finish(w, tally, rules, out)
    if w[X_HOURS]:
        while w[N_HOURS] > hours and out.hours[1, w[N_HOURS] - 1] >= w[D_LAST_T]:
            w[N_HOURS] -= 1
    for i in range(end, hi):
        t1, v = rows.at[i] // MICRO, rows.value[i]
        _enter_month(w, tally, out, t1)
        note(w, tally, c.FUTURE, t1, 0, 0, v, v, t1)
        say(rows, i, c.REJECTED, c.FUTURE)
    write_findings(w, tally, out)
    return True
