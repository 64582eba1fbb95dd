"""Histories of one meter for tests: hourly registers with faults, and the kernel run on them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from shuiheng.core.vee import VeeRules, codes, kernel

# 2024-01-01 00:00 in Shanghai.
START = 1_704_038_400
HOUR, DAY = 3_600, 86_400
NOW = START + 3_000 * DAY
Row = tuple[int, int]


def run(
    rows: Sequence[Row],
    *,
    unit: int = 1,
    capacity: int = 0,
    q4: int = 0,
    step: int = 0,
    kind: int = 0,
    exchanges: Sequence[tuple[int, int, int]] = (),
    rules: VeeRules | None = None,
    now: int = NOW,
) -> kernel.Block:
    """Run the kernel on rows (instant in seconds, litres) of one meter."""
    at, value = (np.array([row[k] for row in rows], dtype=np.int64) for k in (0, 1))
    return kernel.run(
        where=np.zeros(len(rows), np.int64),
        at_s=at,
        value=value,
        meters=np.array([[kind, unit, capacity, q4, step]], dtype=np.int64),
        exchanges=np.array([(0, *e) for e in exchanges], dtype=np.int64).reshape(-1, 4),
        now_s=now,
        rules=rules or VeeRules(),
        hours=True,
    )


def hourly(registers: Sequence[int], *, start: int = START) -> list[Row]:
    """Return one reading an hour with these registers."""
    return [(start + place * HOUR, register) for place, register in enumerate(registers)]


def found(block: kernel.Block) -> dict[str, int]:
    """Return how often each code was noticed."""
    return {
        code: int(count)
        for code, count in zip(codes.CODES, block.tallies[0, :, 0], strict=True)
        if count
    }


def volumes(block: kernel.Block) -> list[int]:
    """Return the hourly volumes."""
    assert block.hours is not None
    return [int(v) for v in block.hours.rows[:, codes.P_VOLUME]]


def same(one: kernel.Block, other: kernel.Block) -> bool:
    """Return whether two runs gave the same volumes, nights and findings, bit by bit."""
    assert one.hours is not None
    assert other.hours is not None
    pairs = [
        (one.hours.rows, other.hours.rows),
        (one.hours.start_s, other.hours.start_s),
        (one.days.rows, other.days.rows),
        (one.months.rows, other.months.rows),
        (one.years.rows, other.years.rows),
        (one.night_min_l, other.night_min_l),
        (one.tallies, other.tallies),
    ]
    return all(np.array_equal(a, b) for a, b in pairs)
