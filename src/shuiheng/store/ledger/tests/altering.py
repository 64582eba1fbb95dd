"""A small lake, and ways to alter it behind its back; used by the ledger's tests."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from shuiheng.store import Lake
from shuiheng.store.catalog import Catalog
from shuiheng.store.ledger import fingerprints, put_seals, seal_rows

START = datetime(2024, 1, 31, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)
METERS = ("A", "B", "C")


def rows(meter: str, count: int = 40, start: datetime = START, first: int = 1_000) -> pa.Table:
    """Hourly readings of a meter, ten litres an hour."""
    return pa.table(
        {
            "meter": [meter] * count,
            "at": [start + place * HOUR for place in range(count)],
            "value_l": [first + 10 * place for place in range(count)],
        }
    )


def small_lake(home: Path, algorithm: str = "sha256") -> None:
    """Make a lake of three meters in two parts: January into February, then more of February."""
    with Lake.open(home) as lake:
        first = [rows(meter, first=1_000 * (1 + place)) for place, meter in enumerate(METERS)]
        lake.append(pa.concat_tables(first), source="x", batch="one")
        seal_rest(lake, algorithm)
        later = [rows(meter, 30, START + 40 * HOUR, 9_000) for meter in METERS[:2]]
        lake.append(pa.concat_tables(later), source="x", batch="two")
        seal_rest(lake, algorithm)


def catalog_of(lake: Lake) -> Catalog:
    return lake._catalog


def seal_rest(lake: Lake, algorithm: str = "sha256") -> None:
    """Seal what has no seal yet, as the writer does when it commits."""
    catalog = catalog_of(lake)

    def work(cursor: Any) -> None:
        open_ = cursor.execute(
            """SELECT DISTINCT part, block FROM lake.readings ANTI JOIN lake.seals
            USING (part, block) ORDER BY ALL"""
        ).fetchall()
        for part, block in open_:
            table = cursor.execute(
                """SELECT m.meter, epoch_us(read_at) AS at, value_l FROM lake.readings r
                JOIN lake.meters m USING (key) WHERE r.part = ? AND r.block = ?
                ORDER BY key, read_at, value_l""",
                [part, block],
            ).to_arrow_table()
            prints = fingerprints(table["meter"].to_pylist())
            at, value = (np.asarray(table[name].to_numpy(), np.int64) for name in ("at", "value_l"))
            put_seals(cursor, [seal_rows(part, block, prints, at, value, algorithm)])

    catalog.commit(work)


def data_files(lake: Lake) -> list[Path]:
    """The files of readings that the catalog lists, in the order of their names."""
    listed = catalog_of(lake).read("SELECT data_file FROM ducklake_list_files('lake', 'readings')")
    return sorted(Path(row[0]) for row in listed.fetchall())


def file_with(lake: Lake, key: int, at: datetime) -> Path:
    """The file that a reading lies in."""
    found = catalog_of(lake).read(
        "SELECT filename FROM lake.readings WHERE key = ? AND read_at = ?",
        [key, at.replace(tzinfo=None)],
    )
    return Path(found.fetchall()[0][0])


def rewrite(file: Path, change: Callable[[pa.Table], pa.Table]) -> None:
    """Write a file anew with its rows changed."""
    table = pq.read_table(file)
    pq.write_table(change(table), file)


def set_cell(table: pa.Table, row: int, column: str, value: Any) -> pa.Table:
    cells = table[column].to_pylist()
    cells[row] = value
    place = table.column_names.index(column)
    return table.set_column(place, column, pa.array(cells, table.schema.field(column).type))


def row_of(table: pa.Table, key: int, at: datetime) -> int:
    naive = at.replace(tzinfo=None)
    hits = pc.and_(pc.equal(table["key"], key), pc.equal(table["read_at"], pa.scalar(
        naive, table.schema.field("read_at").type)))  # fmt: skip
    return int(pc.index(hits, True).as_py())


def drop_row(table: pa.Table, row: int) -> pa.Table:
    return pa.concat_tables([table.slice(0, row), table.slice(row + 1)])


def add_row(table: pa.Table, row: int, **cells: Any) -> pa.Table:
    copy = table.slice(row, 1)
    for name, value in cells.items():
        copy = set_cell(copy, 0, name, value)
    return pa.concat_tables([table.slice(0, row), copy, table.slice(row)])


def sql(lake: Lake, *statements: str) -> None:
    """Change the catalog past the system."""
    catalog = sqlite3.connect(lake.home / "lake" / "catalog.sqlite")
    for statement in statements:
        catalog.execute(statement)
    catalog.commit()
    catalog.close()


def in_lake(lake: Lake, *statements: str) -> None:
    """Run statements on the lake's tables past the system."""

    def work(cursor: Any) -> None:
        for statement in statements:
            cursor.execute(statement)

    catalog_of(lake).commit(work)


class Within:
    """A catalog as it looks within one transaction, which nobody else sees."""

    def __init__(self, catalog: Catalog, cursor: Any) -> None:
        self.place, self._cursor = catalog.place, cursor

    def cursor(self) -> Any:
        return self._cursor

    def read(self, sql: str, values: list[Any] | None = None) -> Any:
        return self._cursor.execute(sql, values or [])


@contextmanager
def altered(lake: Lake, *statements: str) -> Iterator[Catalog]:
    """The catalog after statements past the system, all of it undone in the end."""
    cursor = catalog_of(lake).cursor()
    cursor.execute("BEGIN")
    try:
        for statement in statements:
            cursor.execute(statement)
        yield cast(Catalog, Within(catalog_of(lake), cursor))
    finally:
        cursor.execute("ROLLBACK")


@contextmanager
def rewritten(file: Path, change: Callable[[pa.Table], pa.Table]) -> Iterator[None]:
    """A file with its rows changed, put back in the end."""
    before = file.read_bytes()
    rewrite(file, change)
    try:
        yield
    finally:
        file.write_bytes(before)


def by_month(lake: Lake) -> None:
    """Lay the readings into other files: one for each month, in another order."""
    in_lake(
        lake,
        "CREATE OR REPLACE TEMP TABLE kept AS SELECT * FROM lake.readings ORDER BY value_l DESC",
        "DELETE FROM lake.readings",
        f"INSERT INTO lake.readings SELECT * FROM kept WHERE month = {2024 * 12}",
        f"INSERT INTO lake.readings SELECT * FROM kept WHERE month > {2024 * 12}",
    )
