"""Digests of many equal slices, quickly; and the algorithms that may be chosen."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any, TypeAlias

Hash: TypeAlias = "Callable[[Any], Any]"

SIZE = 32  # bytes of a digest; SHA-256 and SM3 have the same
ALGORITHMS = ("sha256", "sm3")


class NoAlgorithm(ValueError):
    """Raised when a digest algorithm is unknown, or this machine's OpenSSL lacks it."""

    def __init__(self, name: str) -> None:
        self.name = name
        if name in ALGORITHMS:
            why = (
                f"OpenSSL on this machine has no {name}. Use a Python whose OpenSSL has it "
                '(1.1.1 or later, not a "FIPS only" build), or take sha256'
            )
        else:
            why = f"{name!r} is no digest of the ledger: write one of {', '.join(ALGORITHMS)}"
        super().__init__(f"{why} (home.toml, [lake] digest).")


def digest_of(name: str) -> Hash:
    """Return the digest function of an algorithm's name.

    :raises NoAlgorithm: if the name is not one of ``ALGORITHMS`` or OpenSSL lacks it

    >>> digest_of("sha256")(b"abc").hexdigest()[:8]
    'ba7816bf'
    """
    if name == "sha256":
        return hashlib.sha256
    if name not in ALGORITHMS:
        raise NoAlgorithm(name)
    try:
        hashlib.new(name)
    except ValueError as wrong:
        raise NoAlgorithm(name) from wrong
    return lambda data: hashlib.new(name, data)


def digest_slices(hash_: Hash, first: bytes, data: Any, size: int) -> bytes:
    """Return the digests of ``first`` with each slice of ``size`` bytes, one after the other.

    >>> slices = digest_slices(digest_of("sha256"), b"a", b"bcbd", 2)
    >>> slices[:32] == digest_of("sha256")(b"abc").digest()
    True
    """
    begin, view, digests = hash_(first).copy, memoryview(data), []
    for at in range(0, len(view), size):
        state = begin()
        state.update(view[at : at + size])
        digests.append(state.digest())
    return b"".join(digests)
