"""The statements that write into the lake; each runs inside a transaction of the caller."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import duckdb
import pyarrow as pa

from shuiheng.store.catalog import BLOCK
from shuiheng.store.rows import READING_TYPES, meter_rows, typed

Cursor = duckdb.DuckDBPyConnection


class UnknownMeters(LookupError):
    """Raised when rows name meters that are not defined and none may be made up."""

    def __init__(self, meters: Sequence[str]) -> None:
        self.meters = tuple(meters)
        shown = ", ".join(meters[:5]) + (" …" if len(meters) > 5 else "")
        super().__init__(
            f"{len(meters)} meters are not defined: {shown}. Define them first (registry import), "
            "or let the import define them with defaults."
        )


def start_batch(cursor: Cursor, name: str, source: str) -> int:
    """Return the number of a new batch and get ready to note which meters it touches."""
    row = cursor.execute("SELECT coalesce(max(batch), 0) + 1 FROM lake.batches").fetchone()
    number = int(row[0]) if row else 1
    cursor.execute(
        """CREATE OR REPLACE TEMP TABLE this_batch AS SELECT ?::INTEGER AS batch, ? AS name,
        ? AS source, (now() AT TIME ZONE 'UTC')::TIMESTAMP AS received_at""",
        [number, name, source],
    )
    cursor.execute(
        """CREATE OR REPLACE TEMP TABLE touched_now (key INTEGER, readings BIGINT,
        first_at TIMESTAMP, last_at TIMESTAMP)"""
    )
    return number


def close_batch(cursor: Cursor, readings: int) -> None:
    """Record the batch and the meters it touched."""
    cursor.execute(
        "INSERT INTO lake.batches SELECT batch, name, source, ?, received_at FROM this_batch",
        [readings],
    )
    cursor.execute(
        """INSERT INTO lake.touched SELECT (SELECT batch FROM this_batch), key, sum(readings),
        min(first_at), max(last_at) FROM touched_now GROUP BY key ORDER BY key"""
    )


def has_batch(cursor: Cursor, name: str) -> bool:
    """Return whether a batch of that name is recorded."""
    found = cursor.execute("SELECT count(*) FROM lake.batches WHERE name = ?", [name]).fetchone()
    return bool(found and found[0])


def put_meters(cursor: Cursor, rows: pa.Table, *, declared: bool) -> None:
    """Write meters: known numbers keep their key, new ones get the next."""
    cursor.register("put_meters", rows)
    cursor.execute(
        """CREATE OR REPLACE TEMP TABLE numbered AS
        SELECT coalesce(m.key, (SELECT coalesce(max(key), -1) FROM lake.meters)
            + row_number() OVER (PARTITION BY m.key IS NULL ORDER BY p.meter))::INTEGER AS key,
            p.meter, p.kind, p.unit_l, p.capacity_l, p.max_flow_l_h, p.step_s
        FROM put_meters p LEFT JOIN lake.meters m USING (meter)"""
    )
    cursor.execute("DELETE FROM lake.meters WHERE key IN (SELECT key FROM numbered)")
    cursor.execute(
        f"""INSERT INTO lake.meters SELECT key, meter, key // {BLOCK}, kind, unit_l, capacity_l,
        max_flow_l_h, step_s, ? FROM numbered ORDER BY key""",
        [declared],
    )
    cursor.unregister("put_meters")


def touch(cursor: Cursor, meters: pa.ChunkedArray) -> None:
    """Note that the batch concerns ``meters`` without bringing readings."""
    cursor.register("touching", pa.table({"meter": meters}))
    cursor.execute(
        """INSERT INTO touched_now SELECT DISTINCT key, 0, NULL::TIMESTAMP, NULL::TIMESTAMP
        FROM touching JOIN lake.meters USING (meter)"""
    )
    cursor.unregister("touching")


def put_readings(
    cursor: Cursor, table: pa.Table, number: int, strict: bool, defaults: Mapping[str, Any]
) -> int:
    """Write readings of one batch; meters that are not defined get ``defaults``.

    :raises UnknownMeters: if ``strict`` and a meter is not defined
    """
    cursor.register("given", typed(table, READING_TYPES))
    unknown = cursor.execute(
        "SELECT DISTINCT meter FROM given ANTI JOIN lake.meters USING (meter) ORDER BY 1"
    ).fetchall()
    if unknown and strict:
        raise UnknownMeters([row[0] for row in unknown])
    if unknown:
        made = meter_rows([{**defaults, "meter": row[0]} for row in unknown])
        put_meters(cursor, made, declared=False)
    cursor.execute(
        """INSERT INTO lake.readings
        SELECT m.block, m.key, (g."at" AT TIME ZONE 'UTC')::TIMESTAMP AS read_at, g.value_l, ?
        FROM given g JOIN lake.meters m USING (meter) ORDER BY m.key, read_at, g.value_l""",
        [number],
    )
    cursor.execute(
        """INSERT INTO touched_now SELECT m.key, count(*),
        min(g."at") AT TIME ZONE 'UTC', max(g."at") AT TIME ZONE 'UTC'
        FROM given g JOIN lake.meters m USING (meter) GROUP BY m.key"""
    )
    cursor.unregister("given")
    return len(table)
