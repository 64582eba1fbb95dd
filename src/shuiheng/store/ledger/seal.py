"""The seal of a part's rows in one block: their count, the root over them, a check byte each."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from shuiheng.store.ledger.digest import digest_of, digest_slices
from shuiheng.store.ledger.tree import LEAF, root_of

Whole: TypeAlias = "npt.NDArray[np.int64]"
Print: TypeAlias = "npt.NDArray[np.uint64]"
Bytes: TypeAlias = "npt.NDArray[np.uint8]"

LEAF_ROWS = 64
ROW_BYTES = 24  # struct "<Qqq": fingerprint of the meter's number, instant in µs, value in litres
READINGS, EDITS, FRAMES = "readings", "edits", "frames"
NO_BLOCK = -1  # edits and frames do not belong to a block of meters

_CHUNK = 1024 * LEAF_ROWS  # rows packed at a time, so that they stay in the processor's cache
# Odd multipliers (golden ratio and those of the splitmix64 generator): every bit of a row moves
# the check byte.
_AT, _VALUE, _LAST = (
    np.uint64(number) for number in (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB)
)


@dataclass(frozen=True, slots=True)
class Seal:
    """What was sealed when it was committed: rows of one part, block and kind."""

    part: int
    block: int
    kind: str
    rows: int
    algorithm: str
    root: bytes
    checks: bytes


def fingerprint(meter: str) -> int:
    """Return the number that stands for a meter in sealed rows.

    The first eight bytes, little endian, of the SHA-256 of its number as UTF-8, whatever the
    lake's own algorithm is.

    >>> fingerprint("A1")
    15336444440850899734
    """
    return int.from_bytes(hashlib.sha256(meter.encode()).digest()[:8], "little")


def fingerprints(meters: Iterable[str]) -> Print:
    """Return the fingerprints of meters in their order.

    >>> int(fingerprints(["A1"])[0]) == fingerprint("A1")
    True
    """
    return np.array([fingerprint(meter) for meter in meters], dtype=np.uint64)


def row_bytes(print_: int, at_us: int, value: int) -> bytes:
    """Return the sealed bytes of one reading.

    >>> row_bytes(1, 2, -3).hex()
    '01000000000000000200000000000000fdffffffffffffff'
    """
    return struct.pack("<Qqq", print_, at_us, value)


def check_bytes(prints: Print, at_us: Whole, value: Whole) -> bytes:
    """Return one byte per row that tells an altered row from its neighbours (255 times of 256).

    >>> check_bytes(np.array([1], np.uint64), np.array([2]), np.array([3])).hex()
    '69'
    """
    mixed = at_us.view(np.uint64) * _AT
    mixed += prints
    mixed += value.view(np.uint64) * _VALUE
    mixed ^= mixed >> np.uint64(32)
    mixed *= _LAST
    mixed >>= np.uint64(56)
    return mixed.astype(np.uint8).tobytes()


def _packed(prints: Print, at_us: Whole, value: Whole) -> Bytes:
    rows = np.empty((len(at_us), 3), "<u8")
    rows[:, 0], rows[:, 1], rows[:, 2] = prints, at_us.view(np.uint64), value.view(np.uint64)
    return rows.view(np.uint8).reshape(-1)


class Sealing:
    """A seal in the making: rows come in canonical order, in as many pieces as one likes.

    Canonical order is (key, instant, value). Only the leaf digests, the check bytes and the rows
    of an unfinished leaf are kept.
    """

    def __init__(self, algorithm: str) -> None:
        self.algorithm, self.rows = algorithm, 0
        self._hash = digest_of(algorithm)
        self._leaves: list[bytes] = []
        self._checks: list[bytes] = []
        self._rest: Bytes = np.empty(0, np.uint8)

    def add(self, prints: Print, at_us: Whole, value: Whole) -> None:
        """Add the next rows."""
        for start in range(0, len(at_us), _CHUNK):
            some = slice(start, start + _CHUNK)
            self._add(
                np.ascontiguousarray(prints[some]),
                np.ascontiguousarray(at_us[some]),
                np.ascontiguousarray(value[some]),
            )

    def _add(self, prints: Print, at_us: Whole, value: Whole) -> None:
        self.rows += len(at_us)
        self._checks.append(check_bytes(prints, at_us, value))
        data = _packed(prints, at_us, value)
        if len(self._rest):
            data = np.concatenate([self._rest, data])
        size = LEAF_ROWS * ROW_BYTES
        full = len(data) // size * size
        self._leaves.append(digest_slices(self._hash, LEAF, data[:full].data, size))
        self._rest = data[full:].copy()

    @property
    def leaves(self) -> bytes:
        """The leaf digests so far, one after the other, the unfinished last leaf included."""
        last = self._hash(LEAF + self._rest.tobytes()).digest() if len(self._rest) else b""
        return b"".join(self._leaves) + last

    @property
    def checks(self) -> bytes:
        """One check byte per row so far."""
        return b"".join(self._checks)

    @property
    def root(self) -> bytes:
        """The root over the rows so far."""
        return root_of(self.leaves, self.algorithm)

    def seal(self, part: int, block: int) -> Seal:
        """Return the seal of the rows as those of a part's readings in a block."""
        return Seal(part, block, READINGS, self.rows, self.algorithm, self.root, self.checks)


def seal_rows(
    part: int, block: int, prints: Print, at_us: Whole, value: Whole, algorithm: str = "sha256"
) -> Seal:
    """Return the seal of a part's readings in a block, given in canonical order.

    ``prints`` are the fingerprints of each row's meter, ``at_us`` instants in microseconds UTC.

    :raises NoAlgorithm: if the machine lacks the algorithm
    :raises ValueError: if there is no row

    >>> seal_rows(1, 0, fingerprints(["A1"]), np.array([0]), np.array([7])).rows
    1
    """
    sealing = Sealing(algorithm)
    sealing.add(prints, at_us, value)
    return sealing.seal(part, block)


def seal_entries(part: int, kind: str, entries: Sequence[bytes], algorithm: str = "sha256") -> Seal:
    """Return the seal of edits or frames: each entry's bytes are one leaf.

    :raises NoAlgorithm: if the machine lacks the algorithm
    :raises ValueError: if there is no entry

    >>> seal_entries(1, "edits", [b"one", b"two"]).rows
    2
    """
    hash_ = digest_of(algorithm)
    leaves = [hash_(LEAF + entry).digest() for entry in entries]
    root = root_of(b"".join(leaves), algorithm)
    checks = bytes(leaf[0] for leaf in leaves)
    return Seal(part, NO_BLOCK, kind, len(entries), algorithm, root, checks)
