"""A step is accepted: what the meter's memory takes from it, and the step before it is spread."""

from __future__ import annotations

from shuiheng.core.vee import codes as c
from shuiheng.core.vee.compiled import compiled
from shuiheng.core.vee.output import Output
from shuiheng.core.vee.rules import PLACE, Ints
from shuiheng.core.vee.spread import spread_step
from shuiheng.core.vee.state import (
    DAY_S,
    F_IDLE,
    F_UNIT,
    M_STEP,
    P_GAP,
    P_HAVE,
    P_KIND,
    P_METHOD,
    P_QUALITY,
    P_T0,
    P_T1,
    P_V,
    S_CLASS,
    S_COUNTED,
    S_FLOW_L,
    S_FLOW_L_BEFORE,
    S_FLOW_S,
    S_FLOW_S_BEFORE,
    S_MEAN,
    S_PHASE,
    S_PHASE_MEAN,
    S_SAME,
    S_SAME_N,
    S_SAME_SINCE,
    S_STAND_L,
    S_STAND_S,
    S_VARY,
    S_ZERO_SINCE,
    SHANGHAI_S,
    W_SEEN,
    note,
)  # fmt: skip

GAP_TENTHS, STUCK_S, MEMORY = PLACE["gap_tenths"], PLACE["stuck_s"], PLACE["memory_s"]
SAME_STEPS, SAME_COUNTS = PLACE["same_steps"], PLACE["same_counts"]
SAME_VARY, DRIFT_S = PLACE["same_vary_percent"], PLACE["drift_s"]
GAP_PROFILE, PROFILE_S = PLACE["gap_profile"], PLACE["profile_s"]
# Means over about sixteen steps, kept with eight more bits.
FRACTION, MEAN_SHIFT = 256, 4
# Only steps from five minutes to a day have a grid that a clock can leave.
SHORTEST_GRID = 300


@compiled
def typical(w: Ints, dt: int) -> int:
    """Return the usual flow of recent weeks over ``dt`` seconds, or -1 when it is unknown."""
    if w[S_FLOW_S] <= 0:
        return -1
    return int((w[S_FLOW_L] * 86_400 // w[S_FLOW_S]) * dt // 86_400)


@compiled
def remember(w: Ints, volume: int, dt: int, rules: Ints) -> None:
    """Let a measured step into the usual flow, whose memory fades."""
    flow_l, flow_s = w[S_FLOW_L], w[S_FLOW_S]
    w[S_FLOW_L_BEFORE], w[S_FLOW_S_BEFORE] = flow_l, flow_s
    flow_l += volume
    flow_s += dt
    if flow_s > rules[MEMORY]:
        flow_l //= 2
        flow_s //= 2
    w[S_FLOW_L], w[S_FLOW_S] = flow_l, flow_s
    w[S_COUNTED] += volume


@compiled
def end_standing(w: Ints, tally: Ints, rules: Ints, until: int) -> None:
    """Note that the meter stood still too long, if it did, and that it no longer stands."""
    since = w[S_ZERO_SINCE]
    w[S_ZERO_SINCE] = -1
    if since < 0:
        return
    span = until - since
    code = -1
    if w[F_IDLE] > 0 and span >= w[F_IDLE]:
        code = c.IDLE
    elif w[S_COUNTED] > 0 and span >= rules[STUCK_S]:
        code = c.STUCK
    if code >= 0:
        risk = 0
        if w[S_STAND_S] > 0:
            risk = w[S_STAND_L] * DAY_S // w[S_STAND_S] * span // DAY_S
        note(w, tally, code, since, risk, span, 0, 0, span)


@compiled
def end_same(w: Ints, tally: Ints, rules: Ints, until: int) -> None:
    """Note that the same step came too often, if it did, and forget it."""
    step, count = w[S_SAME], w[S_SAME_N]
    w[S_SAME], w[S_SAME_N] = 0, 0
    if (
        count >= rules[SAME_STEPS]
        and step >= rules[SAME_COUNTS] * w[F_UNIT]
        and w[S_MEAN] > 0
        and w[S_VARY] * 100 >= w[S_MEAN] * rules[SAME_VARY]
    ):
        since = w[S_SAME_SINCE]
        note(w, tally, c.FROZEN, since, step * count, until - since, step, step, count)


@compiled
def same_step(w: Ints, tally: Ints, rules: Ints, t0: int, volume: int) -> None:
    """Count a step that equals the one before; learn how much steps with water usually differ."""
    if volume == w[S_SAME]:
        w[S_SAME_N] += 1
        if w[S_SAME_N] < rules[SAME_STEPS]:
            w[S_VARY] -= w[S_VARY] >> MEAN_SHIFT
        return
    last = w[S_SAME]
    if w[S_SAME_N] >= rules[SAME_STEPS]:
        end_same(w, tally, rules, t0)
    if volume > 0 and last > 0:
        differs = min(abs(volume - last) * FRACTION, w[S_MEAN])
        w[S_VARY] += (differs - w[S_VARY]) >> MEAN_SHIFT
    if volume > 0:
        w[S_MEAN] += (volume * FRACTION - w[S_MEAN]) >> MEAN_SHIFT
    w[S_SAME], w[S_SAME_N], w[S_SAME_SINCE] = volume, 1, t0


@compiled
def drift(w: Ints, tally: Ints, rules: Ints, t1: int, dt: int) -> None:
    """Follow the instants of readings on the grid of the usual step; note when they moved off."""
    usual = w[M_STEP]
    if dt == usual and w[S_PHASE] == 0 and w[S_PHASE_MEAN] == 0:
        return
    if usual < SHORTEST_GRID or usual > DAY_S:
        return
    off = dt % usual
    if off == 0 and w[S_PHASE] == 0 and w[S_PHASE_MEAN] == 0:
        return
    phase = (w[S_PHASE] + off) % usual
    if phase * 2 > usual:
        phase -= usual
    w[S_PHASE] = phase
    w[S_PHASE_MEAN] += (phase * FRACTION - w[S_PHASE_MEAN]) >> MEAN_SHIFT
    mean = w[S_PHASE_MEAN] // FRACTION
    if abs(mean) >= min(rules[DRIFT_S], usual // 4):
        note(w, tally, c.DRIFT, t1, 0, abs(mean), 0, 0, mean)
        w[S_PHASE], w[S_PHASE_MEAN] = 0, 0


@compiled
def knows_week(w: Ints, t0: int, t1: int) -> bool:
    """Return whether every weekday between two instants was fully measured before."""
    first = (t0 + SHANGHAI_S) // DAY_S
    last = (t1 + SHANGHAI_S + DAY_S - 1) // DAY_S
    unknown = 0
    for day in range(first, min(last, first + 7)):
        unknown += w[W_SEEN + (day + 3) % 7] == 0
    return unknown == 0


@compiled
def hold(
    w: Ints, tally: Ints, rules: Ints, out: Output,
    t0: int, t1: int, volume: int, kind: int, quality: int, method: int, gap: int,
) -> None:  # fmt: skip
    """Spread the step held back so far, and hold this one back in its place."""
    spread_step(w, tally, rules, out)
    w[P_HAVE], w[P_T0], w[P_T1], w[P_V], w[P_KIND] = 1, t0, t1, volume, kind
    w[P_QUALITY], w[P_METHOD], w[P_GAP] = quality, method, gap


@compiled
def quality_of(w: Ints, mark: int) -> int:
    """Return the quality of a step between the last good reading and one of this class."""
    if mark == c.CONFIRMED or mark == c.ENTERED:
        return c.ACCEPTED
    if mark == c.DOUBTED or w[S_CLASS] == c.DOUBTED:
        return c.SUSPECT
    if w[S_CLASS] == c.ENTERED:
        return c.ACCEPTED
    return c.GOOD


@compiled
def accept(
    w: Ints, tally: Ints, rules: Ints, out: Output,
    t0: int, t1: int, volume: int, kind: int, quality: int, gap: int,
) -> None:  # fmt: skip
    """Take a step of a register, or the part of an interval or flow that was reported."""
    dt = t1 - t0
    method = c.USUAL_FLOW if kind == c.ESTIMATED else c.FLAT
    shaped = kind == c.MEASURED and gap and rules[GAP_PROFILE] and dt <= rules[PROFILE_S]
    if shaped and knows_week(w, t0, t1):
        method = c.PROFILE
    if kind != c.REVERSED and volume == 0:
        if w[S_ZERO_SINCE] < 0:
            w[S_ZERO_SINCE] = t0
            w[S_STAND_L], w[S_STAND_S] = w[S_FLOW_L], w[S_FLOW_S]
    else:
        end_standing(w, tally, rules, t0)
    if kind == c.MEASURED and gap == 0:
        same_step(w, tally, rules, t0, volume)
    else:
        end_same(w, tally, rules, t0)
    drift(w, tally, rules, t1, dt)
    hold(w, tally, rules, out, t0, t1, volume, kind, quality, method, gap)
    if kind == c.MEASURED:
        remember(w, volume, dt, rules)
