"""Readings into the order of the lake: by key, instant, value; by counting, not by comparing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias, TypeVar, cast

import numba
import numpy as np
import numpy.typing as npt

from shuiheng.basics import SHANGHAI

Ints: TypeAlias = npt.NDArray[np.int64]
Codes: TypeAlias = npt.NDArray[np.int32]
Function = TypeVar("Function", bound=Callable[..., object])
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def compiled(function: Function) -> Function:
    """Return the function compiled at its first call, without the interpreter lock."""
    dispatcher: Any = numba.njit(nogil=True)(function)
    try:
        dispatcher.enable_caching()
    except RuntimeError:
        # No folder may be written: it is compiled anew in each process.
        return cast(Function, dispatcher)
    return cast(Function, dispatcher)


@dataclass(frozen=True, slots=True)
class Sorted:
    """Readings by meter, instant and value.

    ``ends[r]`` is where the rows of meter ``r`` end; ``repeated[r]`` is how many of them say again
    word for word what another says.
    """

    rank: Codes
    at: Ints
    value: Ints
    ends: Ints
    repeated: Ints


def canonical(rank: Codes, at: Ints, value: Ints, meters: int) -> Sorted:
    """Return rows in the order of (rank, at, value); ``rank`` counts the meters from 0.

    >>> made = canonical(np.array([1, 0, 1], np.int32), np.array([5, 9, 3]), np.array([7, 7, 7]), 2)
    >>> made.rank.tolist(), made.at.tolist(), made.ends.tolist()
    ([0, 1, 1], [9, 3, 5], [1, 3])
    """
    counts, in_order = _count(rank, meters)
    ends = np.cumsum(counts)
    if not in_order:
        rank, at, value = _scatter(rank, at, value, ends - counts)
    if not _is_sorted(rank, at, value):
        at, value = _sort_inside(ends, at, value)
    return Sorted(rank, at, value, ends, _repeated(rank, at, value, meters))


def month_starts(first_us: int, last_us: int) -> tuple[int, Ints]:
    """Return the month of ``first_us`` in Shanghai, and the starts of the months that follow.

    >>> month, starts = month_starts(0, 40 * 86_400_000_000)
    >>> month == 1970 * 12, len(starts)
    (True, 1)
    """
    local = (_EPOCH + timedelta(microseconds=first_us)).astimezone(SHANGHAI)
    month = local.year * 12 + local.month - 1
    starts: list[int] = []
    following = month + 1
    while True:
        start = datetime(following // 12, following % 12 + 1, 1, tzinfo=SHANGHAI)
        micro = round((start - _EPOCH).total_seconds()) * 1_000_000
        if micro > last_us:
            return month, np.array(starts, np.int64)
        starts.append(micro)
        following += 1


@compiled
def _count(rank: Codes, meters: int) -> tuple[Ints, bool]:
    counts = np.zeros(meters, np.int64)
    in_order = True
    before = np.int32(0)
    for place in range(len(rank)):
        here = rank[place]
        counts[here] += 1
        if here < before:
            in_order = False
        before = here
    return counts, in_order


@compiled
def _scatter(rank: Codes, at: Ints, value: Ints, starts: Ints) -> tuple[Codes, Ints, Ints]:
    free = starts.copy()
    out_rank, out_at, out_value = np.empty_like(rank), np.empty_like(at), np.empty_like(value)
    for place in range(len(rank)):
        here = rank[place]
        to = free[here]
        free[here] = to + 1
        out_rank[to], out_at[to], out_value[to] = here, at[place], value[place]
    return out_rank, out_at, out_value


@compiled
def _is_sorted(rank: Codes, at: Ints, value: Ints) -> bool:
    for place in range(1, len(rank)):
        if rank[place] == rank[place - 1] and (
            at[place] < at[place - 1]
            or (at[place] == at[place - 1] and value[place] < value[place - 1])
        ):
            return False
    return True


@compiled
def _sort_inside(ends: Ints, at: Ints, value: Ints) -> tuple[Ints, Ints]:
    out_at, out_value = at.copy(), value.copy()
    start = 0
    for end in ends:
        in_order = True
        for place in range(start + 1, end):
            if at[place] < at[place - 1] or (
                at[place] == at[place - 1] and value[place] < value[place - 1]
            ):
                in_order = False
                break
        if not in_order:
            by_value = np.argsort(value[start:end], kind="mergesort")
            by_time = np.argsort(at[start:end][by_value], kind="mergesort")
            out_at[start:end] = at[start:end][by_value][by_time]
            out_value[start:end] = value[start:end][by_value][by_time]
        start = end
    return out_at, out_value


@compiled
def _repeated(rank: Codes, at: Ints, value: Ints, meters: int) -> Ints:
    counts = np.zeros(meters, np.int64)
    for place in range(1, len(rank)):
        if (
            at[place] == at[place - 1]
            and value[place] == value[place - 1]
            and rank[place] == rank[place - 1]
        ):
            counts[rank[place]] += 1
    return counts


@compiled
def by_month(
    rank: Codes, at: Ints, value: Ints, keys: Codes, starts: Ints
) -> tuple[Codes, Ints, Ints, Ints]:
    """Return key, instant and value of sorted rows, month by month, and where each month ends.

    ``starts`` are the starts of the months after the first.
    """
    count = len(at)
    ends = np.zeros(len(starts) + 1, np.int64)
    month = np.empty(count, np.int32)
    here = 0
    for place in range(count):
        now = at[place]
        while here > 0 and now < starts[here - 1]:
            here -= 1
        while here < len(starts) and now >= starts[here]:
            here += 1
        month[place] = here
        ends[here] += 1
    ends = np.cumsum(ends)
    free = np.append(np.zeros(1, np.int64), ends[:-1])
    out_key = np.empty(count, np.int32)
    out_at, out_value = np.empty(count, np.int64), np.empty(count, np.int64)
    for place in range(count):
        to = free[month[place]]
        free[month[place]] = to + 1
        out_key[to], out_at[to], out_value[to] = keys[rank[place]], at[place], value[place]
    return out_key, out_at, out_value, ends
