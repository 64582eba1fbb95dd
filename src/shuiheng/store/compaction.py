"""Few and sorted files again, after many small commits; nothing is changed but where rows lie."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import duckdb
import pyarrow as pa

from shuiheng.store import files
from shuiheng.store.catalog import Catalog, LakeFailed
from shuiheng.store.tables import TABLES, columns_of

Cursor = duckdb.DuckDBPyConnection
# Old states of the lake and files that nobody refers to are kept this long, for readers in flight.
KEPT = timedelta(days=1)
# A block's month is a file of its own from this many rows; so many smaller blocks share one.
OWN_FILE, SHARING = 50_000, 256
# How the large tables are cut, and the order of their rows.
CUT = {
    "readings": ("month", "block, key, read_at, value_l, part"),
    "daily": ("block", "key, start"),
    "monthly": ("block", "key, start"),
    "findings": ("block", "key, month, code"),
    "checkpoints": ("block", "key, month"),
}


class CompactionRefused(LakeFailed):
    """Raised when rows would not be the same after compaction; nothing was changed then."""

    def __init__(self, table: str, before: object, after: object) -> None:
        RuntimeError.__init__(
            self,
            f"Compaction of {table} was given up: count and checksum of its rows would change from "
            f"{before} to {after}. Nothing was changed. Run `shuiheng readings verify`; the disk "
            "or a file may be damaged.",
        )


@dataclass(frozen=True, slots=True)
class Compacted:
    """What a compaction did: files in use before and after, rows written anew, files removed."""

    files_before: int
    files_after: int
    rows: int
    removed: int


@dataclass(frozen=True, slots=True)
class _Group:
    """Rows to be put together: values of the cutting column from ``first`` to ``last``."""

    table: str
    first: int
    last: int
    rows: int


def compact(
    catalog: Catalog,
    progress: Callable[[int, int], None] | None = None,
    kept: timedelta = KEPT,
) -> Compacted:
    """Merge small files, forget states older than ``kept`` and remove files without use.

    Every group of files is one commit, so that a process that is killed leaves a lake that is
    whole; compaction goes on where it stopped.

    :raises CompactionRefused: if count or checksum of the rows would change
    :raises LakeBusy: if another process writes and does not finish in time
    """
    with catalog.writing():
        before = _files(catalog)
        groups = [group for table in CUT for group in _groups(catalog, table)]
        small = [table for table in TABLES if table not in CUT and before[table] > 1]
        total, done = sum(group.rows for group in groups) + len(small), 0
        for group in groups:
            catalog.commit(lambda cursor, group=group: _rewrite(cursor, group))  # type: ignore[misc]
            done += group.rows
            if progress:
                progress(done, total)
        for table in small:
            _merge(catalog, table)
            done += 1
            if progress:
                progress(done, total)
        removed = _forget(catalog, kept)
        after = _files(catalog)
    rows = sum(group.rows for group in groups)
    return Compacted(sum(before.values()), sum(after.values()), rows, removed)


def _files(catalog: Catalog) -> dict[str, int]:
    """Return how many files each table has in use."""
    return {
        table: len(catalog.read(f"SELECT 1 FROM ducklake_list_files('lake', '{table}')").fetchall())
        for table in TABLES
    }


def _groups(catalog: Catalog, table: str) -> list[_Group]:
    """Return the groups of a table that lie in more files than they need."""
    cut, _ = CUT[table]
    spread = catalog.read(
        f"""SELECT {cut} AS cut, block, filename, count(*) AS rows FROM lake.{table}
        GROUP BY ALL ORDER BY cut"""
    ).fetchall()
    made: list[_Group] = []
    group: dict[int, dict[int, int]] = {}
    names: set[str] = set()

    def close() -> None:
        if not group:
            return
        blocks: dict[int, int] = {}
        for by_block in group.values():
            for number, count in by_block.items():
                blocks[number] = blocks.get(number, 0) + count
        if len(names) > len(_cuts(table, list(blocks.values()))):
            made.append(_Group(table, min(group), max(group), sum(blocks.values())))
        group.clear()
        names.clear()

    for cut_at, block, filename, rows in spread:
        if cut_at not in group and sum(sum(b.values()) for b in group.values()) >= OWN_FILE:
            close()
        by_block = group.setdefault(cut_at, {})
        by_block[block] = by_block.get(block, 0) + rows
        names.add(filename)
    close()
    return made


def _cuts(table: str, blocks: Sequence[int]) -> list[int]:
    """Return the files that rows of blocks need, as their numbers of rows."""
    if table != "readings":
        return [sum(blocks)]
    small = [rows for rows in blocks if rows < OWN_FILE]
    shared = [sum(small[start : start + SHARING]) for start in range(0, len(small), SHARING)]
    return [rows for rows in blocks if rows >= OWN_FILE] + shared


def _rewrite(cursor: Cursor, group: _Group) -> None:
    """Write the rows of a group anew, sorted, into as few files as they need.

    :raises CompactionRefused: if count or checksum of the rows would change
    """
    table = group.table
    cut, order = CUT[table]
    where = f"{cut} BETWEEN {group.first} AND {group.last}"
    before = _checksum(cursor, table, where)
    blocks = cursor.execute(
        f"SELECT block, count(*) FROM lake.{table} WHERE {where} GROUP BY block ORDER BY block"
    ).fetchall()
    names: list[str] = []
    small: list[int] = []
    for block, rows in blocks:
        if table == "readings" and rows >= OWN_FILE:
            own = _read(cursor, table, f"{where} AND block = {block}", order)
            names.append(files.write(cursor, table, own))
        else:
            small.append(block)
    for start in range(0, len(small), SHARING):
        among = ", ".join(str(block) for block in small[start : start + SHARING])
        shared = _read(cursor, table, f"{where} AND block IN ({among})", order)
        names.append(files.write(cursor, table, shared))
    cursor.execute(f"DELETE FROM lake.{table} WHERE {where}")
    files.register(cursor, table, names)
    after = _checksum(cursor, table, where)
    if before != after:
        raise CompactionRefused(table, before, after)


def _read(cursor: Cursor, table: str, where: str, order: str) -> pa.Table:
    columns = ", ".join(f'"{name}"' for name in columns_of(table))
    return cursor.execute(
        f"SELECT {columns} FROM lake.{table} WHERE {where} ORDER BY {order}"
    ).to_arrow_table()


def _checksum(cursor: Cursor, table: str, where: str = "true") -> tuple[int, int]:
    """Return how many rows there are, and a sum over all their cells that no order changes."""
    columns = ", ".join(f'"{name}"' for name in columns_of(table))
    found = cursor.execute(
        f"SELECT count(*), coalesce(sum(hash({columns})::HUGEINT), 0) FROM lake.{table} "
        f"WHERE {where}"
    ).fetchone()
    return (int(found[0]), int(found[1])) if found else (0, 0)


def _merge(catalog: Catalog, table: str) -> None:
    """Let the catalog join the files of a small table, and drop rows that were deleted.

    :raises CompactionRefused: if count or checksum of the rows would change
    """

    def work(cursor: Cursor) -> None:
        before = _checksum(cursor, table)
        rows = _read(cursor, table, "true", ", ".join(f'"{n}"' for n in columns_of(table)[:2]))
        cursor.execute(f"DELETE FROM lake.{table}")
        files.add_rows(cursor, table, rows)
        after = _checksum(cursor, table)
        if before != after:
            raise CompactionRefused(table, before, after)

    catalog.commit(work)


def _forget(catalog: Catalog, kept: timedelta) -> int:
    """Forget old states of the lake and remove the files that no state refers to."""
    until = datetime.now(UTC) - kept
    cursor = catalog.cursor()
    states = cursor.execute(
        "SELECT snapshot_id, snapshot_time FROM ducklake_snapshots('lake') ORDER BY snapshot_id"
    ).fetchall()
    # By number: a catalog in SQLite keeps instants as text, in the zone of each writer.
    old_states = [number for number, at in states[:-1] if at < until]
    if old_states:
        cursor.execute(f"CALL ducklake_expire_snapshots('lake', versions => {old_states})")
    # What is set aside now belongs to forgotten states only.
    old = cursor.execute("CALL ducklake_cleanup_old_files('lake', cleanup_all => true)")
    removed = len(old.fetchall())
    lost = cursor.execute(f"CALL ducklake_delete_orphaned_files('lake', older_than => "
                          f"TIMESTAMPTZ '{until.isoformat()}')")  # fmt: skip
    return removed + len(lost.fetchall())
