"""What questions about few meters need again and again, kept until the lake changes."""

from __future__ import annotations

from dataclasses import dataclass
from weakref import WeakKeyDictionary

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from shuiheng.store import edits
from shuiheng.store.catalog import BLOCK, Catalog
from shuiheng.store.computing import scan
from shuiheng.store.computing.work import EARLIEST, Keys

MOST_KEYS = np.iinfo(np.int32).max


@dataclass(frozen=True, slots=True)
class Held:
    """One snapshot of the lake: its files, what is pending, and what was entered by persons.

    ``computed`` says by which basis each block was computed; ``touched`` has ``key`` and
    ``first_us``, the first instant that the stored volumes do not rest on.
    """

    snapshot: int
    files: list[scan.DataFile]
    computed: dict[int, str]
    touched: pa.Table
    exchanges: pa.Table
    edited: pa.Table
    scales: pa.Table

    def current(self, keys: Keys, basis: str) -> np.ndarray:
        """Return which of the meters have volumes that rest on everything there is."""
        touched = np.asarray(self.touched["key"].to_numpy(), np.int32)
        fits = [self.computed.get(int(block)) == basis for block in keys // BLOCK]
        return np.array(fits, np.bool_) & ~np.isin(keys, touched)

    def unchecked_from(self, key: int, basis: str) -> int | None:
        """Return the instant (µs) from which a meter's volumes are out of date, or None."""
        if self.computed.get(key // BLOCK) != basis:
            return EARLIEST
        mine = self.touched.filter(pc.equal(self.touched["key"], key))["first_us"]
        return int(pc.min(mine).as_py()) if len(mine) else None


_kept: WeakKeyDictionary[Catalog, Held] = WeakKeyDictionary()


def held(catalog: Catalog) -> Held:
    """Return the lake as it is now, read anew only when it has changed."""
    row = catalog.read("SELECT id FROM ducklake_current_snapshot('lake')").fetchone()
    snapshot = int(row[0]) if row else -1
    kept = _kept.get(catalog)
    if kept is None or kept.snapshot != snapshot:
        files = scan.data_files(catalog)
        kept = catalog.query(lambda cursor: _read(cursor, snapshot, files))
        _kept[catalog] = kept
    return kept


def _read(cursor: duckdb.DuckDBPyConnection, snapshot: int, files: list[scan.DataFile]) -> Held:
    computed = cursor.execute("SELECT block, basis FROM lake.computed").fetchall()
    touched = cursor.execute(
        """SELECT key, min(coalesce(epoch_us(first_at), ?)) AS first_us FROM lake.touched
        GROUP BY key""",
        [EARLIEST],
    ).to_arrow_table()
    exchanges = cursor.execute(
        'SELECT key, read_at AS "at", final_l, initial_l FROM lake.exchanges'
    ).to_arrow_table()
    edited, scales = edits.in_force(cursor, 0, int(MOST_KEYS))
    return Held(snapshot, files, dict(computed), touched, exchanges, edited, scales)
