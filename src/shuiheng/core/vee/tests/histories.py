"""Histories of one meter for tests: hourly registers with faults, and the kernel run on them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from shuiheng.core.vee import BlockTables, VeeRules, find_patterns, run_block

# 2024-01-01 00:00 in Shanghai.
START = 1_704_038_400
HOUR, DAY = 3_600, 86_400
NOW = START + 3_000 * DAY
Row = tuple[int, ...]
UTC_US = pa.timestamp("us", "UTC")
KINDS = ("register", "interval", "flow")


def instants(seconds: Sequence[int]) -> pa.Array:
    """Return instants of whole seconds."""
    return pa.array([second * 1_000_000 for second in seconds], pa.int64()).cast(UTC_US)


def readings(rows: Sequence[Row], key: int = 0) -> pa.Table:
    """Return rows (instant in seconds, litres, perhaps a mark) of one meter as a table."""
    return pa.table(
        {
            "key": pa.array([key] * len(rows), pa.int32()),
            "at": instants([row[0] for row in rows]),
            "value_l": pa.array([row[1] for row in rows], pa.int64()),
            "mark": pa.array([row[2] if len(row) > 2 else 0 for row in rows], pa.int8()),
        }
    )


def meter(
    *, unit: int = 1, capacity: int = 0, q4: int = 0, step: int = 0, kind: int = 0, idle: int = 0
) -> pa.Table:
    """Return the facts of one meter as a table."""
    return pa.table(
        {
            "key": pa.array([0], pa.int32()),
            "kind": [KINDS[kind]],
            "unit_l": [unit],
            "capacity_l": [capacity],
            "max_flow_l_h": [q4],
            "step_s": [step],
            "idle_s": [idle],
        }
    )


def entered(rows: Sequence[Row], one: str, two: str) -> pa.Table:
    """Return what was entered about the meter: instant, and two numbers."""
    return pa.table(
        {
            "key": pa.array([0] * len(rows), pa.int32()),
            "at": instants([row[0] for row in rows]),
            one: pa.array([row[1] for row in rows], pa.int64()),
            two: pa.array([row[2] for row in rows], pa.int64()),
        }
    )


def run(
    rows: Sequence[Row],
    *,
    exchanges: Sequence[Row] = (),
    scales: Sequence[Row] = (),
    rules: VeeRules | None = None,
    now: int = NOW,
    starts: pa.Table | None = None,
    patterns: bool = True,
    **facts: int,
) -> BlockTables:
    """Run the kernel on rows (instant in seconds, litres, mark) of one meter, with patterns."""
    about, used = meter(**facts), rules or VeeRules()
    made = run_block(
        readings(rows),
        about,
        entered(exchanges, "final_l", "initial_l"),
        now=datetime.fromtimestamp(now, UTC),
        rules=used,
        scales=entered(scales, "numerator", "denominator"),
        starts=starts,
        hours=True,
        verdicts=True,
    )
    if not patterns:
        return made
    found = pa.concat_tables([made.findings, find_patterns(made.daily, about, used)])
    return BlockTables(
        made.daily, made.monthly, found, made.checkpoints, made.whole, made.hourly, made.verdicts
    )


def hourly(registers: Sequence[int], *, start: int = START) -> list[Row]:
    """Return one reading an hour with these registers."""
    return [(start + place * HOUR, int(register)) for place, register in enumerate(registers)]


def found(block: BlockTables) -> dict[str, int]:
    """Return how often each code was noticed."""
    counts: dict[str, int] = {}
    for code, count in zip(
        block.findings["code"].to_pylist(), block.findings["count"].to_pylist(), strict=True
    ):
        counts[code] = counts.get(code, 0) + count
    return counts


def finding(block: BlockTables, code: str) -> dict[str, int]:
    """Return the first tally row of a code."""
    return next(row for row in block.findings.to_pylist() if row["code"] == code)


def volumes(block: BlockTables) -> list[int]:
    """Return the hourly volumes."""
    return hours(block, "volume_l")


def hours(block: BlockTables, column: str) -> list[Any]:
    """Return a column of the hourly volumes."""
    return list(block.hourly[column].to_pylist())


def total(table: pa.Table, column: str = "volume_l") -> int:
    """Return the sum of a column."""
    return sum(table[column].to_pylist())
