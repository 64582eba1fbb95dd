"""The rows of one block as the judge sees them, and small questions about them."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from shuiheng.core.vee import codes as c
from shuiheng.core.vee.compiled import compiled
from shuiheng.core.vee.learn import scale_at
from shuiheng.core.vee.rules import PLACE, Ints
from shuiheng.core.vee.state import (
    M_TOLERANCE,
    MICRO,
    S_R,
    S_SCALE_REST,
    S_T,
    X_FALL,
    allowed,
    note,
)  # fmt: skip

MISREAD_ROWS = PLACE["misread_rows"]
Marks: TypeAlias = npt.NDArray[np.int8]
Verdicts: TypeAlias = npt.NDArray[np.int16]
# A verdict is the quality times this, and the code plus one.
VERDICT = 64
# A step above this part of the greatest possible one is looked at for a return.
SUSPICIOUS = 4


class Rows(NamedTuple):
    """Readings by meter, instant and value, and what was entered about the meter being judged.

    ``at``: int64[n], µs. ``value``: int64[n], litres. ``mark``: int8[n]. ``verdict``: int16[n], or
    empty when nobody asks. ``exchange``: int64[e, 3], instant in s, last and first register.
    ``scale``: int64[s, 3], instant in s from which a litre of the register is so many (numerator,
    denominator) litres.
    """

    at: Ints
    value: Ints
    mark: Marks
    verdict: Verdicts
    exchange: Ints
    scale: Ints


@compiled
def say(rows: Rows, row: int, quality: int, code: int) -> None:
    """Write the verdict on one row, when verdicts are asked for."""
    if row >= 0 and row < len(rows.verdict):
        rows.verdict[row] = quality * VERDICT + code + 1


@compiled
def most_raw(w: Ints, scale: Ints, t0: int, t1: int) -> int:
    """Return the most the register can count between two instants, in its own litres."""
    most = allowed(w, t1 - t0)
    if len(scale) == 0:
        return most
    raw = 0
    for row in range(scale_at(scale, t0), scale_at(scale, t1 - 1) + 1):
        here = most
        if row >= 0:
            here = most * scale[row, 2] // scale[row, 1]
        raw = max(raw, here)
    return raw


@compiled
def scaled(w: Ints, scale: Ints, t0: int, t1: int, raw: int) -> int:
    """Return the litres that ``raw`` litres of the register are; the remainder is carried."""
    if len(scale) == 0:
        return raw
    total, done, a = 0, 0, t0
    whole, rest = raw // (t1 - t0), raw % (t1 - t0)
    while a < t1:
        row = scale_at(scale, a)
        b = t1
        if row + 1 < len(scale):
            b = min(b, scale[row + 1, 0])
        share = whole * (b - t0) + rest * (b - t0) // (t1 - t0) - done
        done += share
        if row < 0:
            total += share
        else:
            if scale[row, 0] == a and row > 0:
                w[S_SCALE_REST] = w[S_SCALE_REST] * scale[row, 2] // scale[row - 1, 2]
            amount = share * scale[row, 1] + w[S_SCALE_REST]
            litres = amount // scale[row, 2]
            w[S_SCALE_REST] = amount - litres * scale[row, 2]
            total += litres
        a = b
    return int(total)


@compiled
def falls_soon(rows: Rows, k: int, hi: int, w: Ints, rules: Ints) -> bool:
    """Return whether any of the rows from ``k`` on falls, as far as a misread may return."""
    j = max(w[X_FALL], k)
    end = min(hi, k + rules[MISREAD_ROWS])
    while j < end and rows.value[j] >= rows.value[j - 1]:
        j += 1
    w[X_FALL] = j
    return bool(j < end)


@compiled
def comes_back(rows: Rows, k: int, hi: int, w: Ints, rules: Ints, r1: int) -> bool:
    """Return whether a register that jumped to ``r1`` jumps back to where it was, in one step.

    It is back only on the other side of ``r1``: a fall from a later misread to values beyond
    ``r1`` says nothing against ``r1`` itself.
    """
    t0, r0 = w[S_T], w[S_R]
    jump = r1 - r0
    before = r1
    for j in range(k, min(hi, k + rules[MISREAD_ROWS])):
        v = rows.value[j]
        if v < 0:
            continue
        back = before - v if jump > 0 else v - before
        beyond = v < r1 if jump > 0 else v > r1
        if (
            beyond
            and back >= abs(jump) - back
            and v >= r0 - w[M_TOLERANCE]
            and v - r0 <= most_raw(w, rows.scale, t0, rows.at[j] // MICRO)
        ):
            return True
        before = v
    return False


@compiled
def choose(
    rows: Rows, i: int, k: int, w: Ints, tally: Ints, have: bool, base: int, most: int,
    negative: bool,
) -> int:  # fmt: skip
    """Return the row to use of one instant: a marked one, a possible one, the nearest; or -1.

    ``base`` is what a possible reading is not below and not more than ``most`` above; without it
    (``have``) the smallest is used. Negative readings are used only where they mean something.
    """
    best, distinct = -1, 0
    for j in range(i, k):
        v = rows.value[j]
        if v < 0 and not negative:
            at = rows.at[j] // MICRO
            note(w, tally, c.NEGATIVE, at, 0, 0, v, v, v)
            say(rows, j, c.REJECTED, c.NEGATIVE)
            continue
        distinct += 1
        if best < 0:
            best = j
            continue
        marked, marked_best = rows.mark[j] > 0, rows.mark[best] > 0
        d, d_best = v - base, rows.value[best] - base
        fits, fits_best = 0 <= d <= most, 0 <= d_best <= most
        if marked != marked_best:
            better = marked
        elif not have:
            better = False
        else:
            better = (fits and not fits_best) or (fits == fits_best and abs(d) < abs(d_best))
        if better:
            best = j
    if distinct > 1:
        at, chosen, last = rows.at[i] // MICRO, rows.value[best], rows.value[k - 1]
        note(w, tally, c.DUPLICATE_CONFLICT, at, max(last - chosen, 0), distinct, chosen, last,
             last - chosen)  # fmt: skip
        for j in range(i, k):
            if rows.value[j] >= 0 or negative:
                say(rows, j, c.REJECTED, c.DUPLICATE_CONFLICT)
        quality = c.ACCEPTED if rows.mark[best] > 0 else c.SUSPECT
        say(rows, best, quality, c.DUPLICATE_CONFLICT)
    return best


@compiled
def class_of(rows: Rows, row: int, i: int, k: int) -> int:
    """Return what is known of the chosen reading of an instant: marked, one of several, or raw."""
    if rows.mark[row] > 0:
        return int(rows.mark[row])
    usable = 0
    for j in range(i, k):
        if rows.value[j] >= 0:
            usable += 1
    return c.DOUBTED if usable > 1 else c.RAW
