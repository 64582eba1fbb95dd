"""First pass: readings become steps. Which readings are good, and what water lies between them.

``core/vee/README.md`` says the rules in words. A plain row, the next one of a regular register
that counts on, is dealt with in one loop; everything else goes through ``judge_register`` and
``judge_amount``, one instant at a time.
"""

from __future__ import annotations

from shuiheng.core.vee import codes as c
from shuiheng.core.vee.amounts import judge_amount
from shuiheng.core.vee.compiled import compiled
from shuiheng.core.vee.falls import across_exchanges, fell, fell_as_accepted, take
from shuiheng.core.vee.output import Output
from shuiheng.core.vee.rows import (
    SUSPICIOUS,
    Rows,
    choose,
    class_of,
    comes_back,
    falls_soon,
    most_raw,
    say,
    scaled,
)  # fmt: skip
from shuiheng.core.vee.rules import PLACE, Ints
from shuiheng.core.vee.spread import HOUR_SLACK, spread_step
from shuiheng.core.vee.state import (
    B_COVERED,
    B_VOLUME,
    D_COUNTS,
    D_LAST_T,
    D_OPEN,
    D_WATER,
    DAY_S,
    F_KIND,
    F_UNIT,
    HOUR_S,
    M_JITTER,
    M_LIMIT,
    M_STEP,
    M_TOLERANCE,
    MICRO,
    P_GAP,
    P_HAVE,
    P_KIND,
    P_QUALITY,
    P_T0,
    P_T1,
    P_V,
    S_CAN_UNDO,
    S_CLASS,
    S_CLASS_BEFORE,
    S_EXCHANGE,
    S_FLOW_L,
    S_FLOW_S,
    S_HAVE,
    S_R,
    S_R_BEFORE,
    S_SCALE_REST,
    S_SCALE_REST_BEFORE,
    S_STAND_L,
    S_STAND_S,
    S_T,
    S_T_BEFORE,
    S_ZERO_SINCE,
    SMALL,
    X_DAY_START,
    X_GOOD_ROW,
    X_MONTH_END,
    allowed,
    note,
)  # fmt: skip
from shuiheng.core.vee.steps import (
    GAP_TENTHS,
    drift,
    end_standing,
    quality_of,
    remember,
    same_step,
    typical,
)  # fmt: skip

WINDOW, FACTOR_TOLERANCE = PLACE["exchange_window_s"], PLACE["factor_tolerance_percent"]
NEVER = 1 << 62
FLOW = 2


@compiled
def _spread_plain(w: Ints, tally: Ints, rules: Ints, out: Output) -> None:
    """Spread the plain step held back: at once within one hour or two, else with all care."""
    t0, t1, volume = w[P_T0], w[P_T1], w[P_V]
    since = t0 - w[X_DAY_START]
    if since < 0 or since >= DAY_S:
        spread_step(w, tally, rules, out)
        return
    h = since // HOUR_S
    edge = (h + 1) * HOUR_S - since
    dt = t1 - t0
    if dt <= edge:
        w[B_VOLUME + h] += volume
        w[B_COVERED + h] += dt
    elif (
        dt <= edge + HOUR_S
        and h < 23
        and (volume == 0 or min(edge, dt - edge) <= rules[HOUR_SLACK])
    ):
        share = volume * edge // dt
        w[B_VOLUME + h] += share
        w[B_COVERED + h] += edge
        w[B_VOLUME + h + 1] += volume - share
        w[B_COVERED + h + 1] += dt - edge
    else:
        spread_step(w, tally, rules, out)
        return
    if volume > 0:
        w[D_WATER] += 1
        if volume <= SMALL:
            w[D_COUNTS + volume] += 1
    w[D_LAST_T] = t1


@compiled
def plain_rows(rows: Rows, i: int, hi: int, w: Ints, tally: Ints, rules: Ints, out: Output) -> int:
    """Deal with rows from ``i`` on as long as they are plain; return the first that is not."""
    if (
        w[S_HAVE] == 0 or w[P_HAVE] == 0 or w[D_OPEN] == 0 or w[S_CLASS] != c.RAW
        or w[P_KIND] != c.MEASURED or w[P_QUALITY] != c.GOOD or w[P_GAP] != 0
        or w[F_KIND] == FLOW or len(rows.scale) > 0
    ):  # fmt: skip
        return i
    at, value, mark = rows.at, rows.value, rows.mark
    register = w[F_KIND] == 0
    limit, jitter, unit = w[M_LIMIT], w[M_JITTER], w[F_UNIT]
    longest = w[M_STEP] * rules[GAP_TENTHS] // 10
    tolerance = w[M_TOLERANCE]
    until = w[X_MONTH_END]
    if w[S_EXCHANGE] < len(rows.exchange):
        until = min(until, rows.exchange[w[S_EXCHANGE], 0] - rules[WINDOW])
    t0, r0 = w[S_T], w[S_R]
    started = i
    while i < hi:
        t1, r1 = at[i] // MICRO, value[i]
        dt = t1 - t0
        d = r1 - r0 if register else r1
        if d < 0 or r1 < 0 or dt <= 0 or dt > longest or t1 >= until or mark[i] != 0:
            break
        most = limit * (dt + jitter) // HOUR_S + unit
        if d > most or (i + 1 < hi and at[i + 1] // MICRO == t1):
            break
        jumps = register and d * SUSPICIOUS > most and d > tolerance
        if jumps and falls_soon(rows, i + 1, hi, w, rules):
            break
        if d == 0:
            if w[S_ZERO_SINCE] < 0:
                w[S_ZERO_SINCE] = t0
                w[S_STAND_L], w[S_STAND_S] = w[S_FLOW_L], w[S_FLOW_S]
        elif w[S_ZERO_SINCE] >= 0:
            end_standing(w, tally, rules, t0)
        same_step(w, tally, rules, t0, d)
        drift(w, tally, rules, t1, dt)
        _spread_plain(w, tally, rules, out)
        w[P_T0], w[P_T1], w[P_V], w[P_HAVE] = t0, t1, d, 1
        remember(w, d, dt, rules)
        w[S_T_BEFORE], w[S_R_BEFORE] = t0, r0
        t0, r0 = t1, r1
        w[S_T], w[S_R] = t1, r1
        i += 1
    if i > started:
        w[S_CLASS_BEFORE] = c.RAW
        w[S_CAN_UNDO] = 1 if register else 0
        w[X_GOOD_ROW] = i - 1
    return i


@compiled
def _impossible(
    rows: Rows, row: int, w: Ints, tally: Ints, rules: Ints, out: Output, t1: int, mark: int
) -> None:
    """Take a step beyond the greatest flow as estimated; say so when it is ten times the usual."""
    r0, r1 = w[S_R], rows.value[row]
    dt = t1 - w[S_T]
    most, expected, d = allowed(w, dt), typical(w, dt), scaled(w, rows.scale, w[S_T], t1, r1 - r0)
    guess = most if expected < 0 else min(expected, most)
    note(w, tally, c.SPIKE, t1, d - guess, 0, r0, r1, d)
    for ten in (10, 100, 1000):
        near = expected * ten
        if near > 0 and abs(d - near) * 100 <= near * rules[FACTOR_TOLERANCE]:
            note(w, tally, c.FACTOR, t1, d - guess, ten, expected, d, ten)
    take(rows, row, w, tally, rules, out, t1, guess, c.ESTIMATED, c.REJECTED, mark)
    say(rows, row, c.SUSPECT, c.SPIKE)


@compiled
def _judge_jump(
    rows: Rows, row: int, k: int, hi: int, w: Ints, tally: Ints, rules: Ints, out: Output,
    t1: int, mark: int,
) -> bool:  # fmt: skip
    """Judge the register of one instant; return True when it is to be judged once more."""
    t0, r0, r1 = w[S_T], w[S_R], rows.value[row]
    d, most = r1 - r0, most_raw(w, rows.scale, t0, t1)
    plain = 0 <= d <= most
    real = mark == c.CONFIRMED or mark == c.ENTERED
    quality, rest = quality_of(w, mark), w[S_SCALE_REST]
    if w[S_EXCHANGE] < len(rows.exchange):
        raw = across_exchanges(rows, w, tally, rules, t1, r1, plain, real)
        if raw >= 0:
            volume = scaled(w, rows.scale, t0, t1, raw)
            take(rows, row, w, tally, rules, out, t1, volume, c.MEASURED, quality, mark)
            say(rows, row, quality, c.EXCHANGE)
            return False
    if d < 0:
        if real:
            fell_as_accepted(rows, row, w, tally, rules, out, t1, mark)
            return False
        return fell(rows, row, k, hi, w, tally, rules, out, t1, mark)
    jumped = not real and d > w[M_TOLERANCE] and (not plain or d * SUSPICIOUS > most)
    if jumped and falls_soon(rows, k, hi, w, rules) and comes_back(rows, k, hi, w, rules, r1):
        note(w, tally, c.MISREAD, t1, d, 1, r0, r1, d)
        say(rows, row, c.REJECTED, c.MISREAD)
        return False
    if not plain and not real:
        _impossible(rows, row, w, tally, rules, out, t1, mark)
        return False
    volume = scaled(w, rows.scale, t0, t1, d)
    take(rows, row, w, tally, rules, out, t1, volume, c.MEASURED, quality, mark)
    w[S_CAN_UNDO], w[S_SCALE_REST_BEFORE] = 1, rest
    return False


@compiled
def judge_register(
    rows: Rows, i: int, k: int, hi: int, w: Ints, tally: Ints, rules: Ints, out: Output
) -> None:
    """Judge the registers of one instant, the rows from ``i`` to ``k``."""
    t1 = rows.at[i] // MICRO
    row, mark = i, int(rows.mark[i])
    if k > i + 1 or rows.value[i] < 0:
        have = w[S_HAVE] != 0
        most = most_raw(w, rows.scale, w[S_T], t1) if have else 0
        row = choose(rows, i, k, w, tally, have, w[S_R], most, False)
        if row < 0:
            return
        mark = class_of(rows, row, i, k)
    if w[S_HAVE] == 0:
        w[S_HAVE], w[S_T], w[S_R] = 1, t1, rows.value[row]
        w[S_CLASS], w[X_GOOD_ROW] = mark, row
        return
    while _judge_jump(rows, row, k, hi, w, tally, rules, out, t1, mark):
        pass


@compiled
def judge_instant(
    rows: Rows, i: int, hi: int, w: Ints, tally: Ints, rules: Ints, out: Output
) -> int:
    """Judge the rows of the instant that begins at ``i``; return the row after them."""
    t1 = rows.at[i] // MICRO
    k = i + 1
    while k < hi and rows.at[k] // MICRO == t1:
        k += 1
    if w[F_KIND] == 0:
        judge_register(rows, i, k, hi, w, tally, rules, out)
    else:
        judge_amount(rows, i, k, w, tally, rules, out)
    return k
