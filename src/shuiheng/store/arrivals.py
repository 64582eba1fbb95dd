"""Readings as they arrive: all of a batch or none; and back out as they came."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import duckdb
import pyarrow as pa

from shuiheng.basics import Period
from shuiheng.store import writing
from shuiheng.store.catalog import BLOCK, Catalog
from shuiheng.store.rows import METER_DEFAULTS, UTC_US


def append_stream(
    catalog: Catalog,
    tables: Callable[[], Iterable[pa.Table]],
    *,
    source: str,
    batch: str,
    strict: bool = False,
    defaults: Mapping[str, Any] | None = None,
    repeated: Callable[[int], None] | None = None,
) -> int:
    """Add many tables of readings as one batch in one commit: all of them or none.

    ``tables`` is called once for each attempt, so that a conflict can be retried; it runs in a
    thread of its own, one table ahead. ``repeated`` is told how many rows of the batch say again
    word for word what another row of it says.
    """

    def work(cursor: duckdb.DuckDBPyConnection) -> int:
        if writing.has_batch(cursor, batch):
            return 0
        facts = {**METER_DEFAULTS, **(defaults or {})}
        arrival = writing.Arrival(batch, source, strict, facts, catalog.digest)
        writing.start(cursor, arrival)
        for table in _ahead(tables()):
            writing.put_readings(cursor, table, arrival)
        writing.finish(cursor, arrival)
        if repeated is not None:
            repeated(writing.repeated(cursor, arrival))
        return sum(arrival.counts)

    return catalog.commit(work)


def _ahead(tables: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """Yield the tables; the next is made in another thread while one is used."""
    iterator = iter(tables)
    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(next, iterator, None)
        while (table := coming.result()) is not None:
            coming = pool.submit(next, iterator, None)
            yield table


def batches(catalog: Catalog) -> pa.Table:
    """Return the batches of readings: ``batch``, ``source``, ``readings``, ``received_at``."""
    return catalog.read(
        """SELECT batch, any_value(source) AS source, sum(readings)::BIGINT AS readings,
        min(received_at) AS received_at FROM lake.parts WHERE source <> 'meters'
        GROUP BY batch ORDER BY received_at DESC, batch DESC"""
    ).to_arrow_table()


def has_batch(catalog: Catalog, batch: str) -> bool:
    """Return whether a batch of readings is in the lake."""
    return writing.has_batch(catalog.cursor(), batch)


def touched_by(catalog: Catalog, batch: str) -> list[str]:
    """Return the meters that a batch brought readings of."""
    rows = catalog.read(
        """SELECT m.meter FROM lake.meters m SEMI JOIN (
            SELECT DISTINCT key FROM lake.readings WHERE part IN (
                SELECT part FROM lake.parts WHERE batch = ?)
        ) t USING (key) ORDER BY 1""",
        [batch],
    ).fetchall()
    return [row[0] for row in rows]


def readings(catalog: Catalog, meter: str, period: Period | None = None) -> pa.Table:
    """Return the raw readings of a meter as ``at`` (UTC), ``value_l`` and ``source``."""
    where, values = "", []
    if period is not None:
        where = "AND r.read_at >= ? AND r.read_at < ?"
        values = [at.replace(tzinfo=None) for at in period.instants()]
    key = catalog.read("SELECT key FROM lake.meters WHERE meter = ?", [meter]).fetchone()
    found = catalog.read(
        f"""SELECT r.read_at AS "at", r.value_l, p.source FROM lake.readings r
        JOIN lake.parts p USING (part)
        WHERE r.block = ? AND r.key = ? {where} ORDER BY r.read_at, r.value_l""",
        [key[0] // BLOCK if key else -1, key[0] if key else -1, *values],
    ).to_arrow_table()
    return found.set_column(0, "at", found["at"].cast(UTC_US))
