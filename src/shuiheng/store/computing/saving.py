"""What was computed goes into the lake: in one commit, and only if nobody was faster."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from shuiheng.store import files
from shuiheng.store.catalog import BLOCK
from shuiheng.store.computing.differences import NAMED_BY
from shuiheng.store.computing.task import Computed, Run
from shuiheng.store.computing.work import Keys, basis

SORTED_BY = {
    "daily": ("key", "start"),
    "monthly": ("key", "start"),
    "findings": ("key", "month", "code"),
    "checkpoints": ("month", "key"),
}
# How a condition on a column is written, so that files without such rows are left alone.
_BOUNDS = {"start": "DATE '{}'", "month": "{}"}


class Superseded(Exception):
    """Raised when another process has dealt with the same meters since the work was planned."""


@dataclass(slots=True)
class Waiting:
    """Finished tasks that wait for their commit."""

    done: list[Computed] = field(default_factory=list)
    days: int = 0

    def add(self, computed: Computed) -> None:
        """Keep a finished task."""
        self.done.append(computed)
        self.days += sum(len(one.new) for one in computed.differences.values())

    @property
    def keys(self) -> Keys:
        """The meters that the finished tasks have done."""
        return np.sort(np.concatenate([one.keys for one in self.done]))


class Saver:
    """Commits groups of finished tasks, and knows which blocks are complete."""

    def __init__(self, run: Run) -> None:
        self.run = run
        blocks, counts = np.unique(run.pending.key // BLOCK, return_counts=True)
        self.left = Counter(dict(zip(blocks.tolist(), counts.tolist(), strict=True)))

    def save(self, waiting: Waiting) -> None:
        """Commit what waits: volumes, findings, states, changes, and that it is dealt with.

        :raises Superseded: if another process has dealt with some of it; nothing is written then
        """
        keys = waiting.keys
        if not len(keys):
            return
        left = self.left.copy()
        left.subtract(Counter((keys // BLOCK).tolist()))
        complete = [block for block in np.unique(keys // BLOCK).tolist() if left[block] == 0]
        self.run.catalog.commit(lambda cursor: self._write(cursor, waiting, keys, complete))
        self.left = left

    def _write(
        self, cursor: duckdb.DuckDBPyConnection, waiting: Waiting, keys: Keys, complete: list[int]
    ) -> None:
        self._check(cursor, keys)
        for name in NAMED_BY:
            _replace(
                cursor, name,
                [one.differences[name].gone for one in waiting.done if one.differences],
                [one.differences[name].new for one in waiting.done if one.differences],
            )  # fmt: skip
        # Only now: what is taken away above has the names of what these files hold.
        for one in waiting.done:
            for name, path in one.files.items():
                files.register(cursor, name, [path])
        changed = [one.changes for one in waiting.done if one.changes is not None]
        if changed:
            files.add_rows(cursor, "changes", pa.concat_tables(changed))
        self._settle(cursor, keys)
        if complete:
            self._note_computed(cursor, complete)

    def _touched(self, keys: Keys) -> pa.Table:
        touched = self.run.pending.touched
        return touched.filter(pc.is_in(touched["key"], value_set=pa.array(keys)))

    def _check(self, cursor: duckdb.DuckDBPyConnection, keys: Keys) -> None:
        """Refuse when what this work was planned on is not there any more."""
        pending = self.run.pending
        touched = self._touched(keys)
        cursor.register("dealt_with", touched)
        row = cursor.execute(
            "SELECT count(*) FROM lake.touched SEMI JOIN dealt_with USING (key, part)"
        ).fetchone()
        cursor.unregister("dealt_with")
        if row is None or row[0] != len(touched):
            raise Superseded
        blocks = sorted(pending.renewed & set(np.unique(keys // BLOCK).tolist()))
        if blocks:
            now = dict(
                cursor.execute(
                    "SELECT block, computed_at FROM lake.computed "
                    "WHERE block IN (SELECT unnest(?::INTEGER[]))",
                    [blocks],
                ).fetchall()
            )
            if any(now.get(block) != pending.computed_at[block] for block in blocks):
                raise Superseded
        ripe = np.intersect1d(pending.ripe, keys)
        if len(ripe):
            cursor.register("ripe_keys", pa.table({"key": ripe}))
            row = cursor.execute(
                """SELECT count(DISTINCT key) FROM lake.findings SEMI JOIN ripe_keys USING (key)
                WHERE code = 'vee.future_reading' AND first_s <= ?""",
                [int(self.run.now.timestamp()) + self.run.rules.future_slack_s],
            ).fetchone()
            cursor.unregister("ripe_keys")
            if row is None or row[0] != len(ripe):
                raise Superseded

    def _settle(self, cursor: duckdb.DuckDBPyConnection, keys: Keys) -> None:
        touched = self._touched(keys)
        if not len(touched):
            return
        cursor.register("dealt_with", touched)
        cursor.execute(
            "DELETE FROM lake.touched WHERE (key, part) IN (SELECT (key, part) FROM dealt_with)"
        )
        cursor.unregister("dealt_with")

    def _note_computed(self, cursor: duckdb.DuckDBPyConnection, blocks: list[int]) -> None:
        cursor.execute(
            "DELETE FROM lake.computed WHERE block IN (SELECT unnest(?::INTEGER[]))", [blocks]
        )
        now = self.run.now.replace(tzinfo=None)
        rows = {
            "block": pa.array(blocks, pa.int32()),
            "basis": pa.array([basis(self.run.rules)] * len(blocks)),
            "computed_at": pa.array([now] * len(blocks), pa.timestamp("us")),
        }
        files.add_rows(cursor, "computed", pa.table(rows))


def _replace(
    cursor: duckdb.DuckDBPyConnection, name: str, gone: list[pa.Table], new: list[pa.Table]
) -> None:
    """Take rows away from a table and add others."""
    some = [table for table in gone if len(table)]
    if some:
        _take_away(cursor, name, pa.concat_tables(some))
    added = [table for table in new if len(table)]
    if not added:
        return
    files.add_rows(cursor, name, arranged(name, added))


def arranged(name: str, tables: list[pa.Table]) -> pa.Table:
    """Return rows of a table as they lie in a file of the lake: with their block, in order."""
    table = pa.concat_tables(tables)
    block = np.asarray(table["key"].to_numpy(), np.int32) // BLOCK
    table = table.append_column("block", pa.array(block, pa.int32()))
    if not _in_order(table, SORTED_BY[name]):
        table = table.sort_by([(column, "ascending") for column in SORTED_BY[name]])
    return table


def _in_order(table: pa.Table, by: tuple[str, ...]) -> bool:
    first = np.asarray(table[by[0]].to_numpy())
    return bool(np.all(first[1:] >= first[:-1])) and by[0] == "key"


def _take_away(cursor: duckdb.DuckDBPyConnection, name: str, gone: pa.Table) -> None:
    cursor.register("gone", gone)
    bounds = []
    for column in NAMED_BY[name]:
        if column == "code":
            continue
        least, most = (pc.min_max(gone[column])[end].as_py() for end in ("min", "max"))
        form = _BOUNDS.get(column, "{}")
        bounds.append(f"{column} BETWEEN {form.format(least)} AND {form.format(most)}")
        if column == "key":
            bounds.append(f"block BETWEEN {least // BLOCK} AND {most // BLOCK}")
    names = ", ".join(NAMED_BY[name])
    cursor.execute(
        f"DELETE FROM lake.{name} WHERE {' AND '.join(bounds)} "
        f"AND ({names}) IN (SELECT ({names}) FROM gone)"
    )
    cursor.unregister("gone")
