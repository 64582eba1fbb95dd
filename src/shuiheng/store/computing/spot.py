"""Hours, and the verdict on each reading, of a few meters on demand: by the same kernel."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from shuiheng.basics import Period
from shuiheng.core.vee import BlockTables, VeeRules, run_block
from shuiheng.store.catalog import Catalog
from shuiheng.store.computing import work
from shuiheng.store.computing.held import Held, held
from shuiheng.store.computing.task import Read, read_task, states
from shuiheng.store.computing.work import WHOLE, Ints, Keys, Task
from shuiheng.store.rows import UTC_US

HOURLY = {
    "meter": pa.string(), "start": UTC_US, "volume_l": pa.int64(), "measured_l": pa.int64(),
    "estimated_l": pa.int64(), "accepted_l": pa.int64(), "reverse_l": pa.int64(),
    "missing_h": pa.float64(), "gap_h": pa.float64(), "quality": pa.string(),
    "method": pa.string(),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Spot:
    """What a question about a few meters needs to know of the lake."""

    catalog: Catalog
    rules: VeeRules
    held: Held
    names: pa.Table

    @property
    def keys(self) -> Keys:
        """The meters asked for, in order."""
        return np.asarray(self.names["key"].to_numpy(), np.int32)

    def read(
        self,
        cursor: duckdb.DuckDBPyConnection,
        keys: Keys,
        first_month: int,
        last_month: int | None = None,
    ) -> Read:
        """Return the effective readings of some meters from a month on, and their facts."""
        held = self.held
        entered = (held.exchanges, held.edited, held.scales)
        return read_task(self.catalog, cursor, held.files, keys, first_month, last_month, entered)


def hours(
    catalog: Catalog,
    rules: VeeRules,
    meters: Sequence[str] | None,
    period: Period | None,
) -> pa.Table:
    """Return the hourly volumes of meters in a period, from all readings that are there now."""
    spot = _spot(catalog, rules, meters)
    found = []
    for _, made in _runs(spot, period, hours=True):
        table = made.hourly
        if period is not None:
            start, end = (pa.scalar(at, UTC_US) for at in period.instants())
            at = table["start"].cast(UTC_US)
            table = table.filter(pc.and_(pc.greater_equal(at, start), pc.less(at, end)))
        place = pc.index_in(table["key"], value_set=spot.names["key"].combine_chunks())
        columns = {name: table[name] for name in HOURLY if name != "meter"}
        found.append(pa.table({"meter": spot.names["meter"].take(place), **columns}))
    schema = pa.schema(list(HOURLY.items()))
    if not found:
        return schema.empty_table()
    table = pa.concat_tables(found).cast(schema)
    return table.sort_by([("meter", "ascending"), ("start", "ascending")])


def verdicts(
    catalog: Catalog, rules: VeeRules, meter: str, period: Period | None
) -> pa.Table | None:
    """Return the kernel's verdicts on a meter's effective readings, None for an unknown meter.

    Columns: ``at`` (UTC), ``value_l``, ``mark``, ``quality``, ``reason``. Quality U stands for a
    reading that the stored volumes do not rest on yet.
    """
    spot = _spot(catalog, rules, [meter])
    if not len(spot.names):
        return None
    found = [made.verdicts for _, made in _runs(spot, period, verdicts=True)]
    table = pa.concat_tables(found)
    at = table["at"].cast(UTC_US)
    table = table.set_column(table.column_names.index("at"), "at", at)
    if period is not None:
        start, end = (pa.scalar(instant, UTC_US) for instant in period.instants())
        table = table.filter(pc.and_(pc.greater_equal(at, start), pc.less(at, end)))
    unchecked = spot.held.unchecked_from(int(spot.keys[0]), work.basis(rules))
    if unchecked is not None:
        late = pc.greater_equal(table["at"].cast(pa.int64()), unchecked)
        quality = pc.if_else(late, "U", table["quality"].cast(pa.string()))
        table = table.set_column(table.column_names.index("quality"), "quality", quality)
    return table.select(["at", "value_l", "mark", "quality", "reason"])


def _spot(catalog: Catalog, rules: VeeRules, meters: Sequence[str] | None) -> Spot:
    where, values = "", []
    if meters is not None:
        where = "WHERE meter IN (SELECT unnest(string_split(?, chr(10))))"
        values = ["\n".join(meters)]
    names = catalog.read(
        f"SELECT key, meter FROM lake.meters {where} ORDER BY key", values
    ).to_arrow_table()
    return Spot(catalog, rules, held(catalog), names)


def _runs(
    spot: Spot, period: Period | None, *, hours: bool = False, verdicts: bool = False
) -> Iterator[tuple[Read, BlockTables]]:
    """Yield the kernel's results, each from the nearest checkpoint before the period."""
    if not len(spot.names):
        return
    last_month, end_us = None, None
    if period is not None:
        end = period.instants()[1]
        end_us = round(end.timestamp() * 1_000_000)
        # One month more: what follows decides on the last readings of the period.
        last_month = int(work.month_of(np.array([end_us - 1]))[0]) + 1

    def run(read: Read, starts: pa.Table | None) -> BlockTables:
        return run_block(
            read.readings, read.meters, read.exchanges, now=datetime.now(UTC), rules=spot.rules,
            scales=read.scales if len(read.scales) else None, starts=starts,
            hours=hours, verdicts=verdicts,
        )  # fmt: skip

    for task in spot.catalog.query(lambda cursor: _tasks(spot, cursor, period)):
        resumed = partial(_resumed, spot, task, last_month, end_us, run)
        yield from spot.catalog.query(_listed(resumed))


def _listed(
    work: Callable[[duckdb.DuckDBPyConnection], Iterator[tuple[Read, BlockTables]]],
) -> Callable[[duckdb.DuckDBPyConnection], list[tuple[Read, BlockTables]]]:
    return lambda cursor: list(work(cursor))


def _resumed(
    spot: Spot,
    task: Task,
    last_month: int | None,
    end_us: int | None,
    run: Callable[[Read, pa.Table | None], BlockTables],
    cursor: duckdb.DuckDBPyConnection,
) -> Iterator[tuple[Read, BlockTables]]:
    starts = None if task.month == WHOLE else states(cursor, task.keys, task.month)
    if last_month is not None and end_us is not None:
        read = spot.read(cursor, task.keys, task.month, last_month)
        if bool(np.all(_after(read.readings, task.keys, end_us) > spot.rules.misread_rows)):
            made = run(read, starts)
            if not _left_out(made):
                yield read, made
                return
    read = spot.read(cursor, task.keys, task.month)
    made = run(read, starts)
    yield read, made
    left_out = np.asarray(made.whole, np.int32) if _left_out(made) else np.empty(0, np.int32)
    if len(left_out):
        read = spot.read(cursor, np.sort(left_out), WHOLE)
        yield read, run(read, None)


def _left_out(made: BlockTables) -> bool:
    return made.whole is not None and len(made.whole) > 0


def _after(readings: pa.Table, keys: Keys, end_us: int) -> Ints:
    """Return how many readings of each meter lie at or after an instant."""
    at = np.asarray(readings["at"].cast(pa.int64()).to_numpy())
    key = np.asarray(readings["key"].to_numpy(), np.int32)[at >= end_us]
    return np.bincount(np.searchsorted(keys, key), minlength=len(keys)).astype(np.int64)


def _tasks(spot: Spot, cursor: duckdb.DuckDBPyConnection, period: Period | None) -> list[Task]:
    """Return the meters in tasks of bounded size, each from one month on."""
    keys = spot.keys
    upto = WHOLE
    if period is not None:
        upto = period.start.year * 12 + period.start.month - 1
    current = spot.held.current(keys, work.basis(spot.rules))
    month = np.full(len(keys), WHOLE, np.int64)
    rows = np.ones(len(keys), np.int64)
    if not bool(current.any()):
        return list(work.tasks(keys, month, rows))
    cursor.register("spot_keys", pa.table({"key": keys[current]}))
    found = cursor.execute(
        f"""SELECT key, coalesce(max(month) FILTER (month <= {upto}), {WHOLE}) AS month,
        max(readings) - coalesce(max(readings) FILTER (month <= {upto}), 0) AS readings
        FROM lake.checkpoints WHERE key BETWEEN {int(keys[0])} AND {int(keys[-1])}
        AND key IN (SELECT key FROM spot_keys) GROUP BY key""",
    ).to_arrow_table()
    cursor.unregister("spot_keys")
    place = np.searchsorted(keys, np.asarray(found["key"].to_numpy(), np.int32))
    month[place] = np.asarray(found["month"].to_numpy(), np.int64)
    rows[place] = np.asarray(found["readings"].to_numpy(), np.int64)
    return list(work.tasks(keys, month, rows))
