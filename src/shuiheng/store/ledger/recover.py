"""What stood there before: the sealed root proves the right one among the likely readings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from shuiheng.store.ledger.digest import digest_of
from shuiheng.store.ledger.seal import (
    LEAF_ROWS,
    Print,
    Seal,
    Sealing,
    Whole,
    check_bytes,
    row_bytes,
)
from shuiheng.store.ledger.tree import LEAF, climb, path_of

_REACH = 1 << 19  # counts of the register tried on each side
_SECOND, _MINUTE, _HOUR = 1_000_000, 60_000_000, 3_600_000_000


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of a part in a block: fingerprint, instant and value of each."""

    prints: Print
    at: Whole
    value: Whole

    def with_row(self, place: int, print_: int) -> Rows:
        """Return the rows with an empty one put in at ``place``."""
        return Rows(
            np.insert(self.prints, place, np.uint64(print_)),
            np.insert(self.at, place, 0),
            np.insert(self.value, place, 0),
        )


class _Proof:
    """Whether a row at a place, with all others as they are, gives the sealed root."""

    def __init__(self, seal: Seal, rows: Rows, place: int) -> None:
        self._seal, self._expected = seal, seal.checks[place]
        sealing = Sealing(seal.algorithm)
        sealing.add(rows.prints, rows.at, rows.value)
        leaf = place // LEAF_ROWS
        self._path = path_of(sealing.leaves, leaf, seal.algorithm)
        first, last = leaf * LEAF_ROWS, min(len(rows.at), (leaf + 1) * LEAF_ROWS)
        head, tail = (
            b"".join(
                row_bytes(int(rows.prints[row]), int(rows.at[row]), int(rows.value[row]))
                for row in span
            )
            for span in (range(first, place), range(place + 1, last))
        )
        self._head, self._tail = digest_of(seal.algorithm)(LEAF + head), tail

    def holds(self, print_: int, at: int, value: int) -> bool:
        state = self._head.copy()
        state.update(row_bytes(print_, at, value) + self._tail)
        return climb(state.digest(), self._path, self._seal.algorithm) == self._seal.root

    def first(self, print_: int, at: Whole, value: Whole) -> tuple[int, int] | None:
        """Return the first of the candidates that holds, or None."""
        checks = check_bytes(np.full(len(at), print_, np.uint64), at, value)
        for place in np.flatnonzero(np.frombuffer(checks, np.uint8) == self._expected):
            if self.holds(print_, int(at[place]), int(value[place])):
                return int(at[place]), int(value[place])
        return None


def changed_row(seal: Seal, rows: Rows, place: int) -> tuple[int, int] | None:
    """Return instant and value that stood at ``place`` when only that row was changed.

    Tried are likely values at the row's instant and likely instants of its value; None means that
    it was none of them.
    """
    proof, print_ = _Proof(seal, rows, place), int(rows.prints[place])
    at, value = int(rows.at[place]), int(rows.value[place])
    near = _values(rows, place, place + 1, value)
    found = proof.first(print_, np.full(len(near), at), near)
    if found:
        return found
    steps = np.concatenate(
        [np.arange(-span // step, span // step + 1) * step
         for step, span in ((_SECOND, 24 * _HOUR), (_MINUTE, 60 * 24 * _HOUR),
                            (_HOUR, 10 * 8_766 * _HOUR))]
    )  # fmt: skip
    return proof.first(print_, at + steps, np.full(len(steps), value))


def removed_row(seal: Seal, rows: Rows, place: int) -> tuple[int, int, int] | None:
    """Return fingerprint, instant and value of the one row removed before ``place``, or None."""
    for print_, instants in _gaps(rows, place):
        whole = rows.with_row(place, print_)
        proof = _Proof(seal, whole, place)
        near = _values(rows, place, place, None)
        for at in instants:
            found = proof.first(print_, np.full(len(near), at), near)
            if found:
                return (print_, *found)
    return None


def _values(rows: Rows, start: int, end: int, now: int | None) -> Whole:
    """Return likely values between the rows before ``start`` and from ``end`` on."""
    meters = {
        int(rows.prints[row]) for row in (start - 1, min(start, len(rows.at) - 1)) if row >= 0
    }
    mine = np.isin(rows.prints, np.array(sorted(meters), np.uint64))
    if end > start:
        mine = rows.prints == rows.prints[start]
        mine[start] = False
    unit = int(np.gcd.reduce(np.abs(rows.value[mine]))) or 1 if mine.any() else 1
    near = [int(rows.value[row]) for row in (start - 1, end) if 0 <= row < len(rows.at)]
    near = [value for value in (*near, now) if value is not None] or [0]
    reach = _REACH * unit
    low, high = min(near) - reach, max(near) + reach
    if (high - low) // unit <= 8 * _REACH:
        spans = [np.arange(low - low % unit, high + 1, unit)]
    else:
        spans = [np.arange(v - v % unit - reach, v + reach + 1, unit) for v in near]
    if unit > 1 and now is not None:
        spans.append(np.arange(now - _REACH // 8, now + _REACH // 8))
    return np.concatenate(spans).astype(np.int64)


def _gaps(rows: Rows, place: int) -> Iterator[tuple[int, list[int]]]:
    """Yield the meters that a removed row may belong to, with the instants it may have had."""
    count = len(rows.at)
    before = place - 1 if place else None
    after = place if place < count else None
    for row, sign in ((before, 1), (after, -1)):
        if row is None:
            continue
        mine = np.flatnonzero(rows.prints == rows.prints[row])
        steps = np.diff(rows.at[mine])
        steps = steps[steps > 0]
        if not len(steps):
            continue
        step = int(np.median(steps))
        instants = [int(rows.at[row]) + sign * step * times for times in (1, 2)]
        instants.append(int(rows.at[row]))  # a second reading of the same instant
        yield int(rows.prints[row]), instants
