"""The rows nearly all meters have: the next one of a regular meter that counts on.

What ``judge`` and ``steps`` do with such a row is done here in one loop, with the memory of the
meter in local numbers, and without a division where none is needed. Whatever is not plain ends the
loop, or is left to the function that deals with it in general.
"""

from __future__ import annotations

from typing import TypeAlias

from shuiheng.core.vee import codes as c
from shuiheng.core.vee.compiled import compiled, inlined
from shuiheng.core.vee.days import close_day, enter_day
from shuiheng.core.vee.output import Output
from shuiheng.core.vee.rows import SUSPICIOUS, Rows, falls_soon
from shuiheng.core.vee.rules import PLACE, Ints
from shuiheng.core.vee.spread import HOUR_SLACK, spread_step
from shuiheng.core.vee.state import (
    B_COVERED,
    B_VOLUME,
    D_COUNTS,
    D_DAY,
    D_LAST_T,
    D_OPEN,
    D_WATER,
    DAY_S,
    F_IDLE,
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
    S_COUNTED,
    S_EXCHANGE,
    S_FLOW_L,
    S_FLOW_L_BEFORE,
    S_FLOW_S,
    S_FLOW_S_BEFORE,
    S_HAVE,
    S_MEAN,
    S_PHASE,
    S_PHASE_MEAN,
    S_R,
    S_R_BEFORE,
    S_SAME,
    S_SAME_N,
    S_SAME_SINCE,
    S_STAND_L,
    S_STAND_S,
    S_T,
    S_T_BEFORE,
    S_VARY,
    S_ZERO_SINCE,
    SMALL,
    X_DAY_START,
    X_GOOD_ROW,
    X_MONTH_END,
)  # fmt: skip
from shuiheng.core.vee.steps import (
    FRACTION,
    GAP_TENTHS,
    MEAN_SHIFT,
    MEMORY,
    SAME_COUNTS,
    SAME_STEPS,
    STUCK_S,
    drift,
    end_same,
    end_standing,
)  # fmt: skip

WINDOW = PLACE["exchange_window_s"]
NEVER = 1 << 62
FLOW = 2
# Steps that were the same (litres, how many, since when, mean, how much they vary); the usual flow
# (litres and seconds now and before, litres counted); the place in the open day (its start, its
# steps with water, the hour, the end of the hour).
Steps: TypeAlias = tuple[int, int, int, int, int]
Flow: TypeAlias = tuple[int, int, int, int, int]
Place: TypeAlias = tuple[int, int, int, int]


@compiled
def _all_plain(rows: Rows, w: Ints) -> bool:
    """Return whether the meter is in the state in which rows can be plain."""
    return bool(
        w[S_HAVE] != 0 and w[P_HAVE] != 0 and w[D_OPEN] != 0 and w[S_CLASS] == c.RAW
        and w[P_KIND] == c.MEASURED and w[P_QUALITY] == c.GOOD and w[P_GAP] == 0
        and w[F_KIND] != FLOW and len(rows.scale) == 0 and w[P_T0] >= w[X_DAY_START]
    )  # fmt: skip


@compiled
def _until(rows: Rows, w: Ints, rules: Ints) -> int:
    """Return the instant from which rows are not plain: the month's end, or an exchange."""
    until = w[X_MONTH_END]
    if w[S_EXCHANGE] < len(rows.exchange):
        until = min(until, rows.exchange[w[S_EXCHANGE], 0] - rules[WINDOW])
    return int(until)


@compiled
def _longest_stand(w: Ints, rules: Ints) -> int:
    """Return how long the meter may stand still before ``end_standing`` has to look."""
    return int(min(w[F_IDLE], rules[STUCK_S])) if w[F_IDLE] > 0 else int(rules[STUCK_S])


@compiled
def _next_days(w: Ints, tally: Ints, rules: Ints, out: Output, at: int) -> None:
    """Close days until ``at`` is in the open one."""
    while at >= w[X_DAY_START] + DAY_S:
        close_day(w, tally, rules, out)
        enter_day(w, w[D_DAY] + 1)


@inlined
def _place(w: Ints) -> Place:
    """Return the place in the open day, before any of its hours."""
    start = w[X_DAY_START]
    return start, w[D_WATER], start, start - NEVER


@inlined
def _stand(w: Ints, tally: Ints, rules: Ints, t0: int, d: int, flow: Flow, stands: int) -> None:
    """Follow how long the meter stands still."""
    since = w[S_ZERO_SINCE]
    if d == 0:
        if since < 0:
            w[S_ZERO_SINCE] = t0
            w[S_STAND_L], w[S_STAND_S] = flow[0], flow[1]
    elif since >= 0:
        if t0 - since >= stands:
            w[S_COUNTED] = flow[4]
            end_standing(w, tally, rules, t0)
        w[S_ZERO_SINCE] = -1


@inlined
def _same(w: Ints, tally: Ints, rules: Ints, t0: int, d: int, steps: Steps) -> Steps:
    """Count a step that equals the one before, as ``same_step`` does."""
    same, same_n, since, mean, vary = steps
    if d == same:
        if same_n + 1 < rules[SAME_STEPS]:
            vary -= vary >> MEAN_SHIFT
        return same, same_n + 1, since, mean, vary
    if same_n >= rules[SAME_STEPS] and same >= rules[SAME_COUNTS] * w[F_UNIT]:
        _put_steps(w, steps)
        end_same(w, tally, rules, t0)
    if d > 0:
        if same > 0:
            vary += (min(abs(d - same) * FRACTION, mean) - vary) >> MEAN_SHIFT
        mean += (d * FRACTION - mean) >> MEAN_SHIFT
    return d, 1, t0, mean, vary


@inlined
def _put_steps(w: Ints, steps: Steps) -> None:
    w[S_SAME], w[S_SAME_N], w[S_SAME_SINCE], w[S_MEAN], w[S_VARY] = steps


@inlined
def _remembered(flow: Flow, d: int, dt: int, memory: int) -> Flow:
    """Let a step into the usual flow, as ``remember`` does."""
    litres, seconds = flow[0] + d, flow[1] + dt
    if seconds > memory:
        litres //= 2
        seconds //= 2
    return litres, seconds, flow[0], flow[1], flow[4] + d


@inlined
def _spread(
    w: Ints, tally: Ints, rules: Ints, out: Output, p0: int, dt: int, v: int, place: Place
) -> Place:
    """Put the step that was held back into its hour, or into two, else spread it with all care."""
    start, water, h, edge_at = place
    if p0 >= edge_at:
        if p0 >= start + DAY_S:
            w[D_WATER] = water
            _next_days(w, tally, rules, out, p0)
            start, water = w[X_DAY_START], w[D_WATER]
            h = (p0 - start) // HOUR_S
        elif p0 < edge_at + HOUR_S:
            h += 1
        else:
            h = (p0 - start) // HOUR_S
        edge_at = start + (h + 1) * HOUR_S
    edge = edge_at - p0
    past = dt - edge
    if past <= 0:
        w[B_VOLUME + h] += v
        w[B_COVERED + h] += dt
    elif past <= HOUR_S and h < 23 and (v == 0 or min(edge, past) <= rules[HOUR_SLACK]):
        share = v * edge // dt if v > 0 else 0
        w[B_VOLUME + h] += share
        w[B_COVERED + h] += edge
        w[B_VOLUME + h + 1] += v - share
        w[B_COVERED + h + 1] += past
    else:
        w[P_HAVE], w[P_T0], w[P_T1], w[P_V] = 1, p0, p0 + dt, v
        w[D_WATER] = water
        spread_step(w, tally, rules, out)
        return _place(w)
    if v > 0:
        water += 1
        if v <= SMALL:
            w[D_COUNTS + v] += 1
    return start, water, h, edge_at


@compiled
def plain_rows(rows: Rows, i: int, hi: int, w: Ints, tally: Ints, rules: Ints, out: Output) -> int:
    """Deal with rows from ``i`` on as long as they are plain; return the first that is not."""
    if i >= hi or not _all_plain(rows, w):
        return i
    at, value, mark = rows.at, rows.value, rows.mark
    register = w[F_KIND] == 0
    limit, jitter, unit, tolerance = w[M_LIMIT], w[M_JITTER], w[F_UNIT], w[M_TOLERANCE]
    usual, longest = w[M_STEP], w[M_STEP] * rules[GAP_TENTHS] // 10
    until, stands, memory = _until(rows, w, rules), _longest_stand(w, rules), rules[MEMORY]
    t0, r0, r_before = w[S_T], w[S_R], w[S_R_BEFORE]
    p0, p_dt, p_v = w[P_T0], w[P_T1] - w[P_T0], w[P_V]
    steps = (w[S_SAME], w[S_SAME_N], w[S_SAME_SINCE], w[S_MEAN], w[S_VARY])
    flow = (w[S_FLOW_L], w[S_FLOW_S], w[S_FLOW_L_BEFORE], w[S_FLOW_S_BEFORE], w[S_COUNTED])
    on_grid = w[S_PHASE] == 0 and w[S_PHASE_MEAN] == 0
    place = _place(w)
    last_dt, most, quiet = -1, 0, 0
    started, t_next = i, at[i] // MICRO
    while i < hi:
        t1, r1 = t_next, value[i]
        dt = t1 - t0
        d = r1 - r0 if register else r1
        if d < 0 or r1 < 0 or t1 >= until or mark[i] != 0:
            break
        if dt != last_dt:
            if dt <= 0 or dt > longest:
                break
            last_dt = dt
            most = limit * (dt + jitter) // HOUR_S + unit
            quiet = min(most, max(most // SUSPICIOUS, tolerance)) if register else most
        t_next = at[i + 1] // MICRO if i + 1 < hi else NEVER
        if t_next == t1:
            break
        if d > quiet and (d > most or (register and falls_soon(rows, i + 1, hi, w, rules))):
            break
        _stand(w, tally, rules, t0, d, flow, stands)
        steps = _same(w, tally, rules, t0, d, steps)
        if dt != usual or not on_grid:
            drift(w, tally, rules, t1, dt)
            on_grid = w[S_PHASE] == 0 and w[S_PHASE_MEAN] == 0
        place = _spread(w, tally, rules, out, p0, p_dt, p_v, place)
        p0, p_dt, p_v = t0, dt, d
        flow = _remembered(flow, d, dt, memory)
        r_before = r0
        t0, r0 = t1, r1
        i += 1
    if i == started:
        return i
    w[S_T], w[S_R], w[S_T_BEFORE], w[S_R_BEFORE] = t0, r0, p0, r_before
    w[P_HAVE], w[P_T0], w[P_T1], w[P_V] = 1, p0, t0, p_v
    _put_steps(w, steps)
    w[S_FLOW_L], w[S_FLOW_S] = flow[0], flow[1]
    w[S_FLOW_L_BEFORE], w[S_FLOW_S_BEFORE], w[S_COUNTED] = flow[2], flow[3], flow[4]
    w[D_WATER], w[D_LAST_T] = place[1], p0
    w[S_CLASS_BEFORE], w[S_CAN_UNDO] = c.RAW, 1 if register else 0
    w[X_GOOD_ROW] = i - 1
    return i
