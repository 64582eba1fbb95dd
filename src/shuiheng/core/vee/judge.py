"""First pass: readings become steps. Which readings are good, and what water lies between them.

``core/vee/README.md`` says the rules in words. A plain row, the next one of a regular meter
that counts on, is dealt with in ``plain``; everything else goes through ``judge_register`` and
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
from shuiheng.core.vee.state import (
    F_KIND,
    M_TOLERANCE,
    MICRO,
    S_CAN_UNDO,
    S_CLASS,
    S_EXCHANGE,
    S_HAVE,
    S_R,
    S_SCALE_REST,
    S_SCALE_REST_BEFORE,
    S_T,
    X_GOOD_ROW,
    allowed,
    note,
)  # fmt: skip
from shuiheng.core.vee.steps import (
    quality_of,
    typical,
)  # fmt: skip

WINDOW, FACTOR_TOLERANCE = PLACE["exchange_window_s"], PLACE["factor_tolerance_percent"]
NEVER = 1 << 62
FLOW = 2


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
