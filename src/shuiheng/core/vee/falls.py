"""What a register does besides counting on: exchanges, misreads, rollover, resets, reverse flow."""

from __future__ import annotations

from shuiheng.core.vee import codes as c
from shuiheng.core.vee.compiled import compiled
from shuiheng.core.vee.output import Output
from shuiheng.core.vee.rows import Rows, comes_back, most_raw, say, scaled
from shuiheng.core.vee.rules import PLACE, Ints
from shuiheng.core.vee.state import (
    F_CAPACITY,
    F_UNIT,
    M_STEP,
    M_TOLERANCE,
    P_HAVE,
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
    S_R,
    S_R_BEFORE,
    S_SCALE_REST,
    S_SCALE_REST_BEFORE,
    S_T,
    S_T_BEFORE,
    X_GOOD_ROW,
    allowed,
    note,
)  # fmt: skip
from shuiheng.core.vee.steps import GAP_TENTHS, accept, quality_of, typical

ROLL_ABOVE, RESET_BELOW = PLACE["rollover_above_permille"], PLACE["reset_below_permille"]
WINDOW = PLACE["exchange_window_s"]


@compiled
def take(
    rows: Rows, row: int, w: Ints, tally: Ints, rules: Ints, out: Output,
    t1: int, volume: int, kind: int, quality: int, mark: int,
) -> None:  # fmt: skip
    """Take the step from the last good register to this one; this one is now the last good."""
    t0, r1 = w[S_T], rows.value[row]
    dt = t1 - t0
    gap = 0
    if dt * 10 > w[M_STEP] * rules[GAP_TENTHS]:
        gap = 1
        note(w, tally, c.GAP, t0, volume, dt - w[M_STEP], w[S_R], r1, dt - w[M_STEP])
    accept(w, tally, rules, out, t0, t1, volume, kind, quality, gap)
    w[S_T_BEFORE], w[S_R_BEFORE], w[S_CLASS_BEFORE] = t0, w[S_R], w[S_CLASS]
    w[S_CAN_UNDO] = 0
    w[S_T], w[S_R], w[S_CLASS], w[X_GOOD_ROW] = t1, r1, mark, row


@compiled
def _undo(rows: Rows, w: Ints, tally: Ints) -> None:
    """Take the last step back, which is still held: its end was a misread."""
    jump = w[S_R] - w[S_R_BEFORE]
    note(w, tally, c.MISREAD, w[S_T], jump, 1, w[S_R_BEFORE], w[S_R], jump)
    say(rows, w[X_GOOD_ROW], c.REJECTED, c.MISREAD)
    w[P_HAVE] = 0
    w[S_COUNTED] -= w[P_V]
    w[S_FLOW_L], w[S_FLOW_S] = w[S_FLOW_L_BEFORE], w[S_FLOW_S_BEFORE]
    w[S_SCALE_REST] = w[S_SCALE_REST_BEFORE]
    w[S_T], w[S_R], w[S_CLASS] = w[S_T_BEFORE], w[S_R_BEFORE], w[S_CLASS_BEFORE]
    w[S_CAN_UNDO] = 0


@compiled
def across_exchanges(
    rows: Rows, w: Ints, tally: Ints, rules: Ints, t1: int, r1: int, plain: bool, real: bool
) -> int:
    """Return what was counted over the exchanges of this step, or -1 when none explains it."""
    exchange = rows.exchange
    hi = len(exchange)
    while (
        w[S_EXCHANGE] < hi
        and exchange[w[S_EXCHANGE], 0] <= t1
        and exchange[w[S_EXCHANGE], 0] + rules[WINDOW] < w[S_T]
    ):
        row = exchange[w[S_EXCHANGE]]
        note(w, tally, c.EXCHANGE_UNMATCHED, row[0], 0, 0, row[1], row[2], 1)
        w[S_EXCHANGE] += 1
    e = w[S_EXCHANGE]
    if e >= hi or exchange[e, 0] > t1 + rules[WINDOW]:
        return -1
    if exchange[e, 0] > t1 and plain:
        return -1
    end = e + 1
    while end < hi and exchange[end, 0] <= t1:
        end += 1
    r, volume = w[S_R], 0
    for k in range(e, end):
        part = exchange[k, 1] - r
        if part < -w[M_TOLERANCE]:
            return -1
        volume += part
        r = exchange[k, 2]
    part = r1 - r
    volume += part
    if part < -w[M_TOLERANCE] or volume < 0:
        return -1
    if volume > most_raw(w, rows.scale, w[S_T], t1) and not real:
        return -1
    for k in range(e, end):
        note(w, tally, c.EXCHANGE, exchange[k, 0], volume if k == e else 0, 0,
             exchange[k, 1], exchange[k, 2], volume)  # fmt: skip
    w[S_EXCHANGE] = end
    return int(volume)


@compiled
def fell_as_accepted(
    rows: Rows, row: int, w: Ints, tally: Ints, rules: Ints, out: Output, t1: int, mark: int
) -> None:
    """Take a fall that a person says is true: across the capacity when short, else backwards."""
    t0, r0, r1 = w[S_T], w[S_R], rows.value[row]
    capacity, around = w[F_CAPACITY], r1 - r0 + w[F_CAPACITY]
    if r0 < capacity and around * 2 < capacity:
        volume = scaled(w, rows.scale, t0, t1, around)
        note(w, tally, c.ROLLOVER, t1, volume, 0, r0, r1, volume)
        take(rows, row, w, tally, rules, out, t1, volume, c.MEASURED, c.ACCEPTED, mark)
        return
    volume = scaled(w, rows.scale, t0, t1, r0 - r1)
    note(w, tally, c.REVERSE, t1, volume, 0, r0, r1, -volume)
    take(rows, row, w, tally, rules, out, t1, volume, c.REVERSED, c.ACCEPTED, mark)


@compiled
def fell(
    rows: Rows, row: int, k: int, hi: int, w: Ints, tally: Ints, rules: Ints, out: Output,
    t1: int, mark: int,
) -> bool:  # fmt: skip
    """Judge a fall; return True when the step before was undone and the reading is to be retried.

    The order matters: first what leaves the register where it was (reverse flow, a misread now,
    a misread just before), then what the meter itself does (rollover), then what somebody did.
    """
    t0, r0, r1 = w[S_T], w[S_R], rows.value[row]
    d, most = r1 - r0, most_raw(w, rows.scale, t0, t1)
    quality = quality_of(w, mark)
    if -d <= w[F_UNIT] or (-d <= w[M_TOLERANCE] and -d <= r0 // 10):
        volume = scaled(w, rows.scale, t0, t1, -d)
        note(w, tally, c.REVERSE, t1, volume, 0, r0, r1, -volume)
        take(rows, row, w, tally, rules, out, t1, volume, c.REVERSED, quality, mark)
        say(rows, row, quality, c.REVERSE)
        return False
    if comes_back(rows, k, hi, w, rules, r1):
        note(w, tally, c.MISREAD, t1, -d, 1, r0, r1, d)
        say(rows, row, c.REJECTED, c.MISREAD)
        return False
    r_before = w[S_R_BEFORE]
    marked = w[S_CLASS] == c.CONFIRMED or w[S_CLASS] == c.ENTERED
    undone = w[S_CAN_UNDO] and not marked and r1 >= r_before - w[M_TOLERANCE]
    if undone and (r0 - r_before) * 2 >= -d:
        _undo(rows, w, tally)
        return True
    capacity = w[F_CAPACITY]
    around = d + capacity
    if r0 < capacity and r0 * 1000 > capacity * rules[ROLL_ABOVE] and 0 <= around <= most:
        volume = scaled(w, rows.scale, t0, t1, around)
        note(w, tally, c.ROLLOVER, t1, volume, 0, r0, r1, volume)
        take(rows, row, w, tally, rules, out, t1, volume, c.MEASURED, quality, mark)
        say(rows, row, quality, c.ROLLOVER)
        return False
    guess = typical(w, t1 - t0)
    if r1 <= most:
        guess = max(guess, scaled(w, rows.scale, t0, t1, r1))
    guess = min(max(guess, 0), allowed(w, t1 - t0))
    low = r1 <= most or (capacity > 0 and r1 * 1000 < capacity * rules[RESET_BELOW])
    code = c.RESET if low else c.FELL
    note(w, tally, code, t1, guess, 0, r0, r1, d)
    take(rows, row, w, tally, rules, out, t1, guess, c.ESTIMATED, c.SUSPECT, mark)
    say(rows, row, c.SUSPECT, code)
    return False
