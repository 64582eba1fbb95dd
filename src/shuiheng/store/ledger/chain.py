"""The chain of days: each closed day's root, linked to the day before."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from shuiheng.basics import SHANGHAI
from shuiheng.store.ledger.digest import SIZE, digest_of
from shuiheng.store.ledger.seal import EDITS, FRAMES, READINGS, Seal
from shuiheng.store.ledger.tree import LEAF, LINK, root_of

# The number of a kind in a day's leaves, and its place in their order.
KINDS = {READINGS: 0, EDITS: 1, FRAMES: 2}
START = bytes(SIZE)  # what the first day is linked to


@dataclass(frozen=True, slots=True)
class Day:
    """A closed day: the root over its seals, and the link to the day before it."""

    day: date
    seals: int
    root: bytes
    previous: bytes
    chain: bytes
    algorithm: str
    closed_at: datetime


def seal_leaf(seal: Seal) -> bytes:
    """Return the bytes that stand for a seal in its day: "<qqqq" part, block, kind, rows; root.

    >>> len(seal_leaf(Seal(1, 0, "readings", 64, "sha256", bytes(32), b"")))
    64
    """
    return struct.pack("<qqqq", seal.part, seal.block, KINDS[seal.kind], seal.rows) + seal.root


def in_order(seals: Sequence[Seal]) -> list[Seal]:
    """Return seals in the order of a day's leaves: part, kind, block."""
    return sorted(seals, key=lambda seal: (seal.part, KINDS[seal.kind], seal.block))


def day_leaves(seals: Sequence[Seal], algorithm: str) -> bytes:
    """Return the leaf digests of a day's seals, which must be in order."""
    hash_ = digest_of(algorithm)
    return b"".join(hash_(LEAF + seal_leaf(seal)).digest() for seal in seals)


def day_root(seals: Sequence[Seal], algorithm: str) -> bytes:
    """Return the root over the seals of one day.

    :raises ValueError: if there is no seal

    >>> day_root([Seal(1, 0, "readings", 64, "sha256", bytes(32), b"")], "sha256").hex()[:8]
    '319aba6a'
    """
    return root_of(day_leaves(in_order(seals), algorithm), algorithm)


def link(previous: bytes, day: date, root: bytes, algorithm: str) -> bytes:
    """Return the chain's digest of a day: H(0x02 || previous || day as 2024-01-31 || root).

    >>> link(START, date(2024, 1, 31), bytes(32), "sha256").hex()[:8]
    '437beba4'
    """
    hash_ = digest_of(algorithm)
    return bytes(hash_(LINK + previous + day.isoformat().encode() + root).digest())


def shanghai_day(at: datetime) -> date:
    """Return the Shanghai day of an instant; without a zone it is UTC.

    >>> shanghai_day(datetime(2024, 1, 31, 16))
    datetime.date(2024, 2, 1)
    """
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(SHANGHAI).date()


def starts_at(day: date) -> datetime:
    """Return the instant at which a Shanghai day starts, in UTC without a zone.

    >>> starts_at(date(2024, 2, 1))
    datetime.datetime(2024, 1, 31, 16, 0)
    """
    midnight = datetime(day.year, day.month, day.day, tzinfo=SHANGHAI)
    return midnight.astimezone(UTC).replace(tzinfo=None)


def day_after(day: date) -> date:
    """Return the next day.

    >>> day_after(date(2024, 2, 29))
    datetime.date(2024, 3, 1)
    """
    return day + timedelta(days=1)
