"""The runner of the kernel: which blocks are out of date, in threads, committed in groups."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import duckdb
import pyarrow as pa

from shuiheng.core.vee import BlockTables, VeeRules, run_block
from shuiheng.core.vee.codes import VERSION
from shuiheng.store.catalog import BLOCK, Catalog

# A task holds about this many readings, so that memory does not grow with the lake.
TASK_READINGS = 4_000_000
# Volumes are committed when this many day rows wait.
COMMIT_DAYS = 1_000_000
MADE = ("daily", "monthly", "findings")


@dataclass(frozen=True, slots=True)
class Recomputed:
    """What a recomputation did."""

    meters: int
    blocks: int
    readings: int
    findings: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Task:
    """A span of keys of one block, with the readings to expect."""

    block: int
    first_key: int
    last_key: int
    readings: int


@dataclass(slots=True)
class _Waiting:
    """Blocks that are computed and wait for their commit."""

    blocks: list[int] = field(default_factory=list)
    tables: dict[str, list[pa.Table]] = field(default_factory=lambda: {n: [] for n in MADE})
    days: int = 0


def basis(rules: VeeRules) -> str:
    """Return what volumes rest on besides readings: the kernel's version and the thresholds."""
    return f"{VERSION}:{hashlib.sha256(rules.array().tobytes()).hexdigest()[:16]}"


def _stale_blocks(catalog: Catalog, rules: VeeRules, now: datetime) -> list[int]:
    rows = catalog.read(
        """SELECT DISTINCT m.block FROM lake.meters m LEFT JOIN lake.computed c
        ON c.block = m.block AND c.basis = ? WHERE c.block IS NULL
        OR m.key IN (SELECT key FROM lake.touched)""",
        [basis(rules)],
    ).fetchall()
    # A reading that lay in the future is one to use as soon as its time has come.
    come = catalog.read(
        """SELECT DISTINCT block FROM lake.findings
        WHERE code = 'vee.future_reading' AND first_s <= ?""",
        [int(now.timestamp())],
    ).fetchall()
    return sorted({int(row[0]) for row in [*come, *rows]})


def stale(catalog: Catalog, rules: VeeRules) -> list[str]:
    """Return the meters whose readings, facts or rules changed since their volumes were made."""
    rows = catalog.read(
        """SELECT m.meter FROM lake.meters m LEFT JOIN lake.computed c
        ON c.block = m.block AND c.basis = ? WHERE c.block IS NULL
        OR m.key IN (SELECT key FROM lake.touched) ORDER BY 1""",
        [basis(rules)],
    ).fetchall()
    return [row[0] for row in rows]


def tasks(
    catalog: Catalog, meters: Sequence[str] | None, blocks: Sequence[int] | None = None
) -> list[Task]:
    """Return the spans of keys to work on, each of one block and of bounded size."""
    where, values = [], list[Any]()
    if meters is not None:
        where.append("m.meter IN (SELECT unnest(?::VARCHAR[]))")
        values.append(list(meters))
    if blocks is not None:
        where.append("m.block IN (SELECT unnest(?::INTEGER[]))")
        values.append(list(blocks))
    rows = catalog.read(
        f"""SELECT m.block, m.key, coalesce(r.readings, 0) FROM lake.meters m
        LEFT JOIN (SELECT key, count(*) AS readings FROM lake.readings GROUP BY key) r USING (key)
        {"WHERE " + " AND ".join(where) if where else ""} ORDER BY m.key""",
        values,
    ).fetchall()
    made: list[Task] = []
    for block, key, count in rows:
        last = made[-1] if made else None
        if last and last.block == block and last.readings + count <= TASK_READINGS:
            made[-1] = Task(block, last.first_key, key, last.readings + int(count))
        else:
            made.append(Task(block, key, key, int(count)))
    return made


def read_task(
    catalog: Catalog, task: Task, meters: Sequence[str] | None = None
) -> tuple[pa.Table, pa.Table, pa.Table]:
    """Return readings, meters and exchanges of a task, as the kernel wants them."""
    cursor = catalog.cursor()
    span = [task.first_key, task.last_key]
    only, names = "", list[Any]()
    if meters is not None:
        only, names = "AND meter IN (SELECT unnest(?::VARCHAR[]))", [list(meters)]
    chosen = cursor.execute(
        f"""SELECT key, meter, kind, unit_l, capacity_l, max_flow_l_h, step_s FROM lake.meters
        WHERE key BETWEEN ? AND ? {only} ORDER BY key""",
        [*span, *names],
    ).to_arrow_table()
    among, keys = "", list[Any]()
    if meters is not None:
        among, keys = "AND key IN (SELECT unnest(?::INTEGER[]))", [chosen["key"].to_pylist()]
    readings = cursor.execute(
        f"""SELECT key, read_at AS "at", value_l FROM lake.readings
        WHERE block = ? AND key BETWEEN ? AND ? {among}""",
        [task.block, *span, *keys],
    ).to_arrow_table()
    exchanges = cursor.execute(
        'SELECT key, read_at AS "at", final_l, initial_l FROM lake.exchanges '
        "WHERE key BETWEEN ? AND ?",
        span,
    ).to_arrow_table()
    return readings, chosen, exchanges


def recompute(
    catalog: Catalog,
    rules: VeeRules,
    meters: Sequence[str] | None,
    progress: Callable[[int, int], None] | None,
    now: datetime,
) -> Recomputed:
    """Remake volumes and findings of stale blocks, in threads, a group of blocks to a commit."""
    began = time.perf_counter()
    with catalog.writing():
        dirty = _stale_blocks(catalog, rules, now)
        if meters is not None:
            asked = {task.block for task in tasks(catalog, meters)}
            dirty = [block for block in dirty if block in asked]
        last = catalog.read("SELECT coalesce(max(part), 0) FROM lake.parts").fetchone()
        upto = int(last[0]) if last else 0
        work = tasks(catalog, None, dirty)
        total = sum(task.readings for task in work)
        done, found, waiting = 0, 0, _Waiting()
        for place, (task, made) in enumerate(_computed(catalog, work, rules, now)):
            for name in MADE:
                waiting.tables[name].append(getattr(made, name))
            waiting.days += len(made.daily)
            found += len(made.findings)
            done += task.readings
            block_ends = place + 1 == len(work) or work[place + 1].block != task.block
            if block_ends:
                waiting.blocks.append(task.block)
            if block_ends and (waiting.days >= COMMIT_DAYS or place + 1 == len(work)):
                _commit(catalog, waiting, upto, basis(rules))
                waiting = _Waiting()
            if progress:
                progress(done, total)
        count = 0
        if dirty:
            row = catalog.read(
                "SELECT count(*) FROM lake.meters WHERE block IN (SELECT unnest(?::INTEGER[]))",
                [dirty],
            ).fetchone()
            count = int(row[0]) if row else 0
    return Recomputed(count, len(dirty), total, found, time.perf_counter() - began)


def _computed(
    catalog: Catalog, work: Sequence[Task], rules: VeeRules, now: datetime
) -> Iterator[tuple[Task, BlockTables]]:
    """Yield each task with its tables, in order, a few tasks ahead of the reader."""

    def one(task: Task) -> BlockTables:
        readings, chosen, exchanges = read_task(catalog, task)
        return run_block(readings, chosen, exchanges, now=now, rules=rules)

    threads = max(1, min(len(work), os.cpu_count() or 1))
    with ThreadPoolExecutor(threads) as pool:
        ahead = [pool.submit(one, task) for task in work[: threads + 1]]
        for place, task in enumerate(work):
            made = ahead.pop(0).result()
            following = place + threads + 1
            if following < len(work):
                ahead.append(pool.submit(one, work[following]))
            yield task, made


def _commit(catalog: Catalog, waiting: _Waiting, upto: int, rests_on: str) -> None:
    def work(cursor: duckdb.DuckDBPyConnection) -> None:
        blocks = ", ".join(str(block) for block in waiting.blocks)
        for name in MADE:
            table = pa.concat_tables(waiting.tables[name])
            cursor.execute(f"DELETE FROM lake.{name} WHERE block IN ({blocks})")
            if not len(table):
                continue
            cursor.register("made", table)
            columns = ", ".join(table.column_names)
            cursor.execute(
                f"""INSERT INTO lake.{name} (block, {columns})
                SELECT key // {BLOCK}, {columns} FROM made"""
            )
            cursor.unregister("made")
        cursor.execute(f"DELETE FROM lake.computed WHERE block IN ({blocks})")
        cursor.executemany(
            "INSERT INTO lake.computed VALUES (?, ?, (now() AT TIME ZONE 'UTC')::TIMESTAMP)",
            [[block, rests_on] for block in waiting.blocks],
        )
        cursor.execute(
            f"DELETE FROM lake.touched WHERE part <= ? AND key // {BLOCK} IN ({blocks})", [upto]
        )

    catalog.commit(work)
