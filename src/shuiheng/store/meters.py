"""Meters and their exchanges: facts that an office declares, numbered densely by the lake."""

from __future__ import annotations

from uuid import uuid4

import duckdb
import pyarrow as pa

from shuiheng.store import writing
from shuiheng.store.catalog import Catalog
from shuiheng.store.rows import EXCHANGE_TYPES, Rows, meter_rows, typed
from shuiheng.store.writing import UnknownMeters


def define_meters(catalog: Catalog, rows: Rows) -> int:
    """Define meters or change their facts; return how many rows were new or different.

    Columns: ``meter`` (number), ``kind`` (register, interval or flow), ``unit_l`` (litres a
    count), ``capacity_l`` or ``digits`` (of the register; capacity = unit × 10^digits),
    ``max_flow_l_h`` (Q4), ``step_s`` (expected interval), ``idle_s`` (longest time without use
    that is normal there). What is left out or 0 is unknown.

    :raises WrongRows: if a number is missing or doubled, or a fact cannot be
    """
    wanted = meter_rows(rows)

    def work(cursor: duckdb.DuckDBPyConnection) -> int:
        cursor.register("wanted", wanted)
        changed = cursor.execute(
            """SELECT w.* FROM wanted w ANTI JOIN lake.meters m
            ON m.meter = w.meter AND m.declared AND m.kind = w.kind AND m.unit_l = w.unit_l
            AND m.capacity_l = w.capacity_l AND m.max_flow_l_h = w.max_flow_l_h
            AND m.step_s = w.step_s AND m.idle_s = w.idle_s"""
        ).to_arrow_table()
        if not len(changed):
            return 0
        keys = writing.put_meters(cursor, changed, declared=True)
        writing.note_facts(cursor, f"definitions:{uuid4()}", keys, catalog.digest)
        return len(changed)

    return catalog.commit(work)


def define_exchanges(catalog: Catalog, rows: Rows) -> int:
    """Record meters replaced under the same number; return how many rows were new.

    Columns: ``meter``, ``at`` (instant), ``final_l`` (last register of the old meter),
    ``initial_l`` (first register of the new one). A row for a meter and instant that is
    already there replaces it.

    :raises UnknownMeters: if a meter is not defined
    """
    given = typed(rows, EXCHANGE_TYPES)

    def work(cursor: duckdb.DuckDBPyConnection) -> int:
        cursor.register("given", given)
        unknown = cursor.execute(
            "SELECT DISTINCT meter FROM given ANTI JOIN lake.meters USING (meter) ORDER BY 1"
        ).fetchall()
        if unknown:
            raise UnknownMeters([row[0] for row in unknown])
        new = cursor.execute(
            """SELECT n.* FROM (
                SELECT m.meter, m.key, (g."at" AT TIME ZONE 'UTC')::TIMESTAMP AS read_at,
                    g.final_l, g.initial_l
                FROM given g JOIN lake.meters m USING (meter)
            ) n ANTI JOIN lake.exchanges e ON e.key = n.key AND e.read_at = n.read_at
            AND e.final_l = n.final_l AND e.initial_l = n.initial_l"""
        ).to_arrow_table()
        if not len(new):
            return 0
        cursor.register("new_exchanges", new)
        cursor.execute(
            """DELETE FROM lake.exchanges WHERE (key, read_at) IN
            (SELECT (key, read_at) FROM new_exchanges)"""
        )
        cursor.execute(
            "INSERT INTO lake.exchanges SELECT key, read_at, final_l, initial_l FROM new_exchanges"
        )
        keys = sorted(set(new["key"].to_pylist()))
        writing.note_facts(cursor, f"exchanges:{uuid4()}", keys, catalog.digest)
        return len(new)

    return catalog.commit(work)


def meters(catalog: Catalog) -> pa.Table:
    """Return the meters with their facts, key and block, in the order of their keys."""
    return catalog.read(
        """SELECT meter, key, block, kind, unit_l, capacity_l, max_flow_l_h, step_s,
        idle_s, declared
        FROM lake.meters ORDER BY key"""
    ).to_arrow_table()
