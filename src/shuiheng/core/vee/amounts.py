"""Volumes per interval and flows: what is absent is estimated within bounds, else stays absent."""

from __future__ import annotations

from shuiheng.core.vee import codes as c
from shuiheng.core.vee.compiled import compiled
from shuiheng.core.vee.output import Output
from shuiheng.core.vee.rows import Rows, choose, class_of, say, scaled
from shuiheng.core.vee.rules import PLACE, Ints
from shuiheng.core.vee.state import (
    DAY_S,
    F_KIND,
    HOUR_S,
    M_STEP,
    MICRO,
    S_CAN_UNDO,
    S_CLASS,
    S_HAVE,
    S_R,
    S_REST,
    S_T,
    SHANGHAI_S,
    W_PARTS,
    W_PROFILE,
    X_GOOD_ROW,
    allowed,
    note,
)  # fmt: skip
from shuiheng.core.vee.steps import GAP_TENTHS, accept, hold, knows_week, quality_of, typical

INTERPOLATE_S, ESTIMATE_DAYS = PLACE["interpolate_s"], PLACE["estimate_days"]
INTERVAL = 1


@compiled
def _like_days(w: Ints, t0: int, t1: int) -> int:
    """Return what the usual week has between two instants."""
    parts, a = 0, t0
    while a < t1:
        b = min(t1, (a // HOUR_S + 1) * HOUR_S)
        local = a + SHANGHAI_S
        day = local // DAY_S
        place = (day + 3) % 7 * 24 + (local - day * DAY_S) // HOUR_S
        parts += (b - a) * w[W_PROFILE + place]
        a = b
    return int(parts // (W_PARTS * HOUR_S))


@compiled
def _fill(w: Ints, tally: Ints, rules: Ints, out: Output, until: int, value: int) -> int:
    """Estimate the hole up to ``until`` if it is short enough; return the litres, or -1."""
    t0 = w[S_T]
    hole = until - t0
    if hole <= 0:
        return -1
    if hole <= rules[INTERPOLATE_S]:
        per = 2 * (w[M_STEP] if w[F_KIND] == INTERVAL else HOUR_S)
        volume = max((w[S_R] + value) * hole // per, 0)
        hold(w, tally, rules, out, t0, until, volume, c.ESTIMATED, c.ROUGH, c.INTERPOLATED, 1)
        return int(volume)
    if hole <= rules[ESTIMATE_DAYS] * DAY_S and knows_week(w, t0, until):
        volume = _like_days(w, t0, until)
        hold(w, tally, rules, out, t0, until, volume, c.ESTIMATED, c.ROUGH, c.LIKE_DAYS, 1)
        return volume
    return -1


@compiled
def judge_amount(
    rows: Rows, i: int, k: int, w: Ints, tally: Ints, rules: Ints, out: Output
) -> None:
    """Judge the volume, or the flow, reported at one instant."""
    t1 = rows.at[i] // MICRO
    interval = w[F_KIND] == INTERVAL
    limit = allowed(w, w[M_STEP]) if interval else allowed(w, HOUR_S)
    row = choose(rows, i, k, w, tally, True, 0, limit, True) if k > i + 1 else i
    mark = class_of(rows, row, i, k) if k > i + 1 else int(rows.mark[row])
    v = rows.value[row]
    had = w[S_HAVE] != 0
    t0 = w[S_T] if had else t1 - w[M_STEP]
    gap = (t1 - t0) * 10 > w[M_STEP] * rules[GAP_TENTHS]
    if gap:
        hole = t1 - w[M_STEP] - t0
        until = t1 - w[M_STEP] if interval else t1
        filled = _fill(w, tally, rules, out, until, v)
        note(w, tally, c.GAP, t0, max(filled, 0), hole, 0, 0, hole)
        t0 = until
    quality = quality_of(w, mark)
    r0 = w[S_R]
    w[S_HAVE], w[S_T], w[S_R], w[S_CLASS], w[X_GOOD_ROW] = 1, t1, v, mark, row
    w[S_CAN_UNDO] = 0
    if not interval and (gap or not had):
        return
    dt = t1 - t0
    volume = v
    if not interval:
        total = (r0 + v) * dt + w[S_REST]
        volume = total // 7200
        w[S_REST] = total - volume * 7200
    volume = scaled(w, rows.scale, t0, t1, volume)
    most = allowed(w, dt)
    if volume < 0:
        note(w, tally, c.REVERSE, t1, -volume, 0, 0, v, volume)
        accept(w, tally, rules, out, t0, t1, -volume, c.REVERSED, quality, 0)
        say(rows, row, quality, c.REVERSE)
    elif volume > most and mark != c.CONFIRMED and mark != c.ENTERED:
        guess = typical(w, dt)
        guess = most if guess < 0 else min(guess, most)
        note(w, tally, c.SPIKE, t1, volume - guess, 0, 0, v, volume)
        accept(w, tally, rules, out, t0, t1, guess, c.ESTIMATED, c.REJECTED, 0)
        say(rows, row, c.SUSPECT, c.SPIKE)
    else:
        accept(w, tally, rules, out, t0, t1, volume, c.MEASURED, quality, 0)
