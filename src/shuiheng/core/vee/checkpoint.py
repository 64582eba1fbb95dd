"""The carried state as few bytes: whole numbers of varying length, runs of zeros as one number."""

from __future__ import annotations

from shuiheng.core.vee.codes import VERSION
from shuiheng.core.vee.compiled import compiled
from shuiheng.core.vee.output import Bytes
from shuiheng.core.vee.rules import Ints
from shuiheng.core.vee.state import STATE

# A number takes at most ten bytes, and a zero before it one more.
MOST_BYTES = STATE * 11 + 16


@compiled
def _put(into: Bytes, n: int, number: int) -> int:
    """Write one number, seven bits to a byte, sign in the lowest bit; return the next place."""
    left = (number << 1) ^ (number >> 63)
    for _ in range(9):
        if 0 <= left < 128:
            break
        into[n] = (left & 127) | 128
        left = (left >> 7) & 0x01FF_FFFF_FFFF_FFFF
        n += 1
    into[n] = left & 127
    return n + 1


@compiled
def pack(w: Ints, into: Bytes, n: int) -> int:
    """Write the state of ``w`` from place ``n`` on; return the place after it."""
    n = _put(into, n, VERSION)
    n = _put(into, n, STATE)
    zeros = 0
    for place in range(STATE):
        if w[place] == 0:
            zeros += 1
            continue
        if zeros:
            into[n] = 0
            n = _put(into, n + 1, zeros)
            zeros = 0
        n = _put(into, n, w[place])
    if zeros:
        into[n] = 0
        n = _put(into, n + 1, zeros)
    return n


@compiled
def _take(source: Bytes, n: int, end: int) -> tuple[int, int]:
    """Read one number; return it and the next place, or a place behind the end if it is cut."""
    left, shift = 0, 0
    while n < end and shift < 70:
        byte = int(source[n])
        n += 1
        left |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return ((left >> 1) & 0x7FFF_FFFF_FFFF_FFFF) ^ -(left & 1), n
    return 0, end + 1


@compiled
def unpack(source: Bytes, begin: int, end: int, w: Ints) -> bool:
    """Read a state into ``w``; return whether it was one of this version, and whole."""
    version, n = _take(source, begin, end)
    if version != VERSION:
        return False
    size, n = _take(source, n, end)
    if size != STATE:
        return False
    place = 0
    while place < STATE:
        if n >= end:
            return False
        if source[n] == 0:
            zeros, n = _take(source, n + 1, end)
            if zeros <= 0 or place + zeros > STATE:
                return False
            for _ in range(zeros):
                w[place] = 0
                place += 1
        else:
            w[place], n = _take(source, n, end)
            place += 1
    return n == end
