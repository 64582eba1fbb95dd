"""One task: the readings of some meters from one month on, through the kernel, compared."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from shuiheng.core.vee import BlockTables, VeeRules, find_patterns, run_block
from shuiheng.store import edits
from shuiheng.store.catalog import BLOCK, Catalog
from shuiheng.store.computing import scan
from shuiheng.store.computing.differences import (
    NAMED_BY,
    Difference,
    changes,
    difference,
    month_start_us,
)
from shuiheng.store.computing.work import WHOLE, Ints, Keys, Pending, Task, start_of
from shuiheng.store.tables import columns_of

FACTS = "key, kind, unit_l, capacity_l, max_flow_l_h, step_s, idle_s"
PATTERN_COLUMNS = (
    "key", "start", "volume_l", "quality", "missing_h", "night_min_l", "least_hour_l", "count_l",
)  # fmt: skip
# Findings of patterns over the whole history have this month.
PATTERNS = -1


@dataclass(frozen=True, slots=True)
class Run:
    """One recomputation: what it was given, what is pending, and the files as they are."""

    catalog: Catalog
    rules: VeeRules
    now: datetime
    pending: Pending
    files: list[scan.DataFile]

    def computed_at(self, keys: Ints) -> Ints:
        """Return the second at which the stored volumes of some keys were made."""
        blocks = keys // BLOCK
        at = {
            block: 0 if when is None else int(when.replace(tzinfo=UTC).timestamp())
            for block, when in self.pending.computed_at.items()
        }
        unique, place = np.unique(blocks, return_inverse=True)
        return np.array([at[int(block)] for block in unique], np.int64)[place]

    def cause(self, keys: Ints) -> list[str]:
        """Return what the new volumes of some keys come from."""
        places = np.searchsorted(self.pending.key, keys)
        return [self.pending.cause[place] for place in places]

    def stored_before(self, keys: Keys) -> bool:
        """Return whether any of the keys may have volumes."""
        blocks = np.unique(keys // BLOCK)
        return any(self.pending.computed_at[int(block)] is not None for block in blocks)


@dataclass(frozen=True, slots=True)
class Computed:
    """What came of a task: the meters done, what differs, and what is to be tried from earlier."""

    task: Task
    keys: Keys
    again: tuple[Task, ...]
    readings: int
    findings: int
    differences: dict[str, Difference]
    changes: pa.Table | None
    # New rows that were written as files of the lake already, by table.
    files: dict[str, str] = field(default_factory=dict)


def compute(run: Run, task: Task) -> Computed:
    """Compute the meters of a task and compare with what is stored."""
    return run.catalog.query(lambda cursor: _compute(run, cursor, task))


def _compute(run: Run, cursor: duckdb.DuckDBPyConnection, task: Task) -> Computed:
    read = read_task(run.catalog, cursor, run.files, task.keys, task.month)
    again: list[Task] = []
    keys, starts = task.keys, None
    if task.month != WHOLE:
        keys, again = _safe(run, cursor, read.readings, task)
        starts = states(cursor, keys, task.month)
    if not len(keys):
        return Computed(task, keys, tuple(again), 0, 0, {}, None)
    made = read.run(run, keys, starts)
    if made.whole is not None and len(made.whole):
        again.append(Task(np.asarray(made.whole, np.int32), WHOLE, task.rows))
        keys = np.setdiff1d(keys, made.whole)
        if not len(keys):
            return Computed(task, keys, tuple(again), 0, 0, {}, None)
    stored = _stored(cursor, keys, task.month) if run.stored_before(keys) else {}
    tables = {
        "daily": made.daily,
        "monthly": made.monthly,
        "findings": pa.concat_tables(
            [made.findings, _patterns(run, cursor, keys, task.month, made.daily, read.meters)]
        ),
        "checkpoints": made.checkpoints,
    }
    changed = [
        changes(name, stored.get(name), tables[name],
                computed_at=run.computed_at, cause=run.cause, now=run.now)
        for name in ("daily", "monthly")
    ]  # fmt: skip
    some = [table for table in changed if table is not None]
    return Computed(
        task, keys, tuple(again), len(read.readings), len(tables["findings"]),
        {name: difference(name, stored.get(name), tables[name]) for name in NAMED_BY},
        pa.concat_tables(some) if some else None,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Read:
    """The effective readings of some meters, with all else the kernel is told."""

    readings: pa.Table
    meters: pa.Table
    exchanges: pa.Table
    scales: pa.Table

    def run(
        self, run: Run, keys: Keys, starts: pa.Table | None, *,
        hours: bool = False, verdicts: bool = False,
    ) -> BlockTables:  # fmt: skip
        """Run the kernel on some of the meters."""
        meters = self.meters
        if len(keys) < len(meters):
            meters = meters.filter(pc.is_in(meters["key"], value_set=pa.array(keys)))
        return run_block(
            self.readings, meters, self.exchanges, now=run.now, rules=run.rules,
            scales=self.scales if len(self.scales) else None, starts=starts,
            hours=hours, verdicts=verdicts,
        )  # fmt: skip


def read_task(
    catalog: Catalog,
    cursor: duckdb.DuckDBPyConnection,
    files: list[scan.DataFile],
    keys: Keys,
    first_month: int,
    last_month: int | None = None,
    entered: tuple[pa.Table, pa.Table, pa.Table] | None = None,
) -> Read:
    """Return the effective readings of some meters from a month on, and their facts.

    ``entered`` are exchanges, edits and scales in force, where the caller has them already.
    """
    span = [int(keys[0]), int(keys[-1])]
    wanted = pa.array(keys, pa.int32())

    def of_these(table: pa.Table) -> pa.Table:
        return table.filter(pc.is_in(table["key"], value_set=wanted)) if len(table) else table

    meters = of_these(
        cursor.execute(
            f"SELECT {FACTS} FROM lake.meters WHERE key BETWEEN ? AND ? ORDER BY key", span
        ).to_arrow_table()
    )
    exchanges, edited, scales = map(of_these, entered or _entered(cursor, span))
    readings = scan.read_rows(catalog, files, keys, first_month, last_month)
    if len(edited):
        readings = edits.effective(readings, edited).sort_by(
            [("key", "ascending"), ("at", "ascending"), ("value_l", "ascending")]
        )
    return Read(readings, meters, exchanges, scales)


def _entered(
    cursor: duckdb.DuckDBPyConnection, span: list[int]
) -> tuple[pa.Table, pa.Table, pa.Table]:
    exchanges = cursor.execute(
        'SELECT key, read_at AS "at", final_l, initial_l FROM lake.exchanges '
        "WHERE key BETWEEN ? AND ?",
        span,
    ).to_arrow_table()
    return exchanges, *edits.in_force(cursor, span[0], span[1])


def states(cursor: duckdb.DuckDBPyConnection, keys: Keys, month: int) -> pa.Table:
    """Return the kernel's states at the start of a month: ``key``, ``at``, ``state``."""
    cursor.register("state_keys", pa.table({"key": keys}))
    table = cursor.execute(
        """SELECT key, state FROM lake.checkpoints WHERE month = ? AND key BETWEEN ? AND ?
        AND key IN (SELECT key FROM state_keys) ORDER BY key""",
        [month, int(keys[0]) if len(keys) else 0, int(keys[-1]) if len(keys) else -1],
    ).to_arrow_table()
    cursor.unregister("state_keys")
    at = pa.array([start_of(month).replace(tzinfo=None)] * len(table), pa.timestamp("us"))
    return table.add_column(1, "at", at)


def _safe(
    run: Run, cursor: duckdb.DuckDBPyConnection, readings: pa.Table, task: Task
) -> tuple[Keys, list[Task]]:
    """Return the meters that may start at the task's month, and tasks for the others.

    A state may be used when enough readings lie between it and the first one that changed: then
    the readings that the kernel looked ahead to, when it made the state, are the same ones.
    """
    place = np.searchsorted(run.pending.key, task.keys)
    first = run.pending.first_us[place]
    begins = month_start_us(task.month)
    counted = _counted(readings, task.keys, begins, first)
    enough = counted >= run.rules.settled_rows
    if bool(enough.all()):
        return task.keys, []
    short = task.keys[~enough]
    cursor.register(
        "short_keys",
        pa.table({"key": short, "needed": run.rules.settled_rows - counted[~enough]}),
    )
    earlier = cursor.execute(
        """SELECT s.key, coalesce(max(c.month), ?)::BIGINT AS month FROM short_keys s
        LEFT JOIN lake.checkpoints h ON h.key = s.key AND h.month = ?
        LEFT JOIN lake.checkpoints c ON c.key = s.key AND c.month < ?
            AND h.readings - c.readings >= s.needed
        GROUP BY s.key ORDER BY s.key""",
        [WHOLE, task.month, task.month],
    ).to_arrow_table()
    cursor.unregister("short_keys")
    key = np.asarray(earlier["key"].to_numpy(), np.int32)
    month = np.asarray(earlier["month"].to_numpy(), np.int64)
    rows = run.pending.rows[np.searchsorted(run.pending.key, key)]
    return task.keys[enough], [
        Task(key[month == one], int(one), int(rows[month == one].sum())) for one in np.unique(month)
    ]


def _counted(readings: pa.Table, keys: Keys, begins: int, first: Ints) -> Ints:
    """Return how many different readings each meter has from an instant to its first change."""
    key = np.asarray(readings["key"].to_numpy(), np.int32)
    at = np.asarray(readings["at"].cast(pa.int64()).to_numpy())
    value = np.asarray(readings["value_l"].to_numpy())
    kept = (at >= begins) & (at < first[np.searchsorted(keys, key)])
    key, at, value = key[kept], at[kept], value[kept]
    if len(key) > 1:
        later = (key[1:] > key[:-1]) | (
            (key[1:] == key[:-1])
            & ((at[1:] > at[:-1]) | ((at[1:] == at[:-1]) & (value[1:] >= value[:-1])))
        )
        if not bool(later.all()):
            order = np.lexsort((value, at, key))
            key, at, value = key[order], at[order], value[order]
        new = (key[1:] != key[:-1]) | (at[1:] != at[:-1]) | (value[1:] != value[:-1])
        key = key[np.concatenate(([True], new))]
    return np.bincount(np.searchsorted(keys, key), minlength=len(keys)).astype(np.int64)


def _stored(cursor: duckdb.DuckDBPyConnection, keys: Keys, month: int) -> dict[str, pa.Table]:
    """Return the stored rows of some meters from a month on."""
    cursor.register("stored_keys", pa.table({"key": keys}))
    span = [int(keys[0]) // BLOCK, int(keys[-1]) // BLOCK, int(keys[0]), int(keys[-1])]
    since = {
        "daily": f"AND month >= {month}",
        "monthly": f"AND start >= DATE '{_first_day(month)}'" if month != WHOLE else "",
        "findings": f"AND (month >= {month} OR month = {PATTERNS})",
        "checkpoints": f"AND month > {month}",
    }
    found = {}
    for name, where in since.items():
        columns = ", ".join(column for column in columns_of(name) if column != "block")
        found[name] = cursor.execute(
            f"""SELECT {columns} FROM lake.{name} WHERE block BETWEEN ? AND ?
            AND key BETWEEN ? AND ? {where} AND key IN (SELECT key FROM stored_keys)""",
            span,
        ).to_arrow_table()
    cursor.unregister("stored_keys")
    return found


def _patterns(
    run: Run,
    cursor: duckdb.DuckDBPyConnection,
    keys: Keys,
    month: int,
    daily: pa.Table,
    meters: pa.Table,
) -> pa.Table:
    """Return the findings of patterns over the whole history of the meters."""
    days = daily.select(PATTERN_COLUMNS)
    if month != WHOLE:
        cursor.register("pattern_keys", pa.table({"key": keys}))
        before = cursor.execute(
            f"""SELECT {", ".join(PATTERN_COLUMNS)} FROM lake.daily WHERE block BETWEEN ? AND ?
            AND key BETWEEN ? AND ? AND month < ? AND key IN (SELECT key FROM pattern_keys)""",
            [int(keys[0]) // BLOCK, int(keys[-1]) // BLOCK, int(keys[0]), int(keys[-1]), month],
        ).to_arrow_table()
        cursor.unregister("pattern_keys")
        days = pa.concat_tables([before.cast(days.schema), days])
        day = np.asarray(days["start"].cast(pa.int32()).to_numpy(), np.int64)
        code = (np.asarray(days["key"].to_numpy(), np.int64) << 24) + day
        if len(code) > 1 and not bool(np.all(code[1:] >= code[:-1])):
            days = days.take(pa.array(np.argsort(code, kind="stable")))
    return find_patterns(days, meters, run.rules)


def _first_day(month: int) -> str:
    return f"{month // 12:04}-{month % 12 + 1:02}-01"
