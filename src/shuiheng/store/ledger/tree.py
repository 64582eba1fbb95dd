"""Merkle trees: the root over leaf digests, the path of one leaf, and the way back up.

A leaf is H(0x00 || bytes), a node H(0x01 || left || right), an odd node goes up unchanged. The
different first bytes keep a node from being shown as a leaf (RFC 6962, section 2.1).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from shuiheng.store.ledger.digest import SIZE, Hash, digest_of, digest_slices

LEAF, NODE, LINK = b"\x00", b"\x01", b"\x02"

# One step up: the side the other digest stands on, and the digest.
Path: TypeAlias = "Sequence[tuple[str, bytes]]"


def level_above(hash_: Hash, digests: bytes) -> bytes:
    """Return the next level of the tree over concatenated digests."""
    odd = len(digests) // SIZE % 2 * SIZE
    pairs = memoryview(digests)[: len(digests) - odd]
    return digest_slices(hash_, NODE, pairs, 2 * SIZE) + digests[len(pairs) :]


def root_of(leaves: bytes, algorithm: str) -> bytes:
    """Return the root over concatenated leaf digests.

    :raises ValueError: if there is no leaf

    >>> one, two = b"1" * 32, b"2" * 32
    >>> root_of(one, "sha256") == one
    True
    >>> root_of(one + two, "sha256") == digest_of("sha256")(b"\\x01" + one + two).digest()
    True
    """
    if not leaves:
        raise ValueError("A tree without leaves has no root.")
    hash_ = digest_of(algorithm)
    while len(leaves) > SIZE:
        leaves = level_above(hash_, leaves)
    return leaves


def path_of(leaves: bytes, place: int, algorithm: str) -> list[tuple[str, bytes]]:
    """Return the digests beside the way from the leaf at ``place`` up to the root.

    >>> path_of(b"1" * 32 + b"2" * 32, 1, "sha256") == [("left", b"1" * 32)]
    True
    """
    hash_, path = digest_of(algorithm), []
    while len(leaves) > SIZE:
        other = place ^ 1
        if other * SIZE < len(leaves):
            side = "left" if other < place else "right"
            path.append((side, leaves[other * SIZE : (other + 1) * SIZE]))
        leaves, place = level_above(hash_, leaves), place // 2
    return path


def climb(leaf: bytes, path: Path, algorithm: str) -> bytes:
    """Return the root that a leaf digest and its path lead to.

    >>> one, two = b"1" * 32, b"2" * 32
    >>> climb(two, [("left", one)], "sha256") == root_of(one + two, "sha256")
    True
    """
    hash_ = digest_of(algorithm)
    for side, other in path:
        leaf = hash_(NODE + (other + leaf if side == "left" else leaf + other)).digest()
    return leaf
