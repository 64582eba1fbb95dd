"""What an edit would change: the kernel on a meter's readings with it and without it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa

from shuiheng.core.vee import BlockTables, VeeRules, run_block
from shuiheng.store import edits as editing
from shuiheng.store.catalog import Catalog
from shuiheng.store.computing import scan
from shuiheng.store.computing.task import read_task
from shuiheng.store.computing.work import WHOLE
from shuiheng.store.edits import EditValues

COLUMNS = {
    "by": pa.string(), "start": pa.date32(), "old_l": pa.int64(), "new_l": pa.int64(),
    "old_quality": pa.string(), "new_quality": pa.string(),
}  # fmt: skip


def preview(
    catalog: Catalog, rules: VeeRules, meter: str, at: datetime, action: str, values: EditValues
) -> pa.Table:
    """Return the days and months that an edit would change; nothing is recorded.

    Columns: ``by`` (day or month), ``start``, ``old_l``, ``new_l`` (empty where there is no
    volume), ``old_quality``, ``new_quality``; in order of time.

    :raises WrongEdit: if the edit cannot be made
    """
    cursor = catalog.cursor()
    at = (at.replace(tzinfo=UTC) if at.tzinfo is None else at).astimezone(UTC)
    key, row = editing.checked(cursor, meter, at, action, values)
    made = editing.edits(catalog, [meter]).to_pylist()
    number = max((int(one["edit"]) for one in made), default=0) + 1
    wanted = {"edit": number, "at": at, "action": action, **row}
    keys = np.array([key], np.int32)
    files = scan.data_files(catalog)
    read = read_task(catalog, cursor, files, keys, WHOLE)
    raw = scan.read_rows(catalog, files, keys, WHOLE, None)

    def run(rows: Sequence[dict[str, Any]]) -> BlockTables:
        edited, scales = _tables(key, in_force(rows))
        order = [("key", "ascending"), ("at", "ascending"), ("value_l", "ascending")]
        return run_block(
            editing.effective(raw, edited).sort_by(order), read.meters, read.exchanges,
            now=datetime.now(UTC), rules=rules, scales=scales if len(scales) else None,
        )  # fmt: skip

    before, after = run(made), run([*made, wanted])
    found = [
        *_differences("month", before.monthly, after.monthly),
        *_differences("day", before.daily, after.daily),
    ]
    return pa.Table.from_pylist(found, pa.schema(list(COLUMNS.items())))


def in_force(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the edits that hold: not withdrawn, and the newest for the reading they speak of.

    >>> first = {"edit": 1, "at": 0, "action": "reject", "old_l": 7, "withdraws": None}
    >>> second = {"edit": 2, "at": 0, "action": "accept", "old_l": 7, "withdraws": None}
    >>> [row["edit"] for row in in_force([first, second])]
    [2]
    >>> [row["edit"] for row in in_force([first, second, {"edit": 3, "at": 0,
    ...     "action": "withdraw", "withdraws": 2}])]
    [1]
    """
    withdrawn = {row.get("withdraws") for row in rows if row["action"] == "withdraw"}
    newest: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in sorted(rows, key=lambda one: int(one["edit"])):
        if row["action"] == "withdraw" or row["edit"] in withdrawn:
            continue
        own = row["action"] if row["action"] in ("scale", "add") else ""
        newest[(row["at"], row.get("old_l"), own)] = row
    return list(newest.values())


def _tables(key: int, rows: Sequence[dict[str, Any]]) -> tuple[pa.Table, pa.Table]:
    """Return the edits of readings and the scales as ``edits.in_force`` gives them."""
    stamp, whole = pa.timestamp("us"), pa.int64()

    def at(row: dict[str, Any]) -> datetime:
        instant: datetime = row["at"]
        return instant.astimezone(UTC).replace(tzinfo=None)

    single = [row for row in rows if row["action"] != "scale"]
    scales = sorted((row for row in rows if row["action"] == "scale"), key=at)
    edited = pa.table(
        {
            "key": pa.array([key] * len(single), pa.int32()),
            "read_at": pa.array([at(row) for row in single], stamp),
            "action": pa.array([row["action"] for row in single], pa.string()),
            "old_l": pa.array([row.get("old_l") for row in single], whole),
            "new_l": pa.array([row.get("new_l") for row in single], whole),
        }
    )
    scaled = pa.table(
        {
            "key": pa.array([key] * len(scales), pa.int32()),
            "at": pa.array([at(row) for row in scales], stamp),
            "numerator": pa.array([row["numerator"] for row in scales], whole),
            "denominator": pa.array([row["denominator"] for row in scales], whole),
        }
    )
    return edited, scaled


def _differences(by: str, before: pa.Table, after: pa.Table) -> list[dict[str, Any]]:
    known = {row["start"]: row for row in _rows(before)}
    now = {row["start"]: row for row in _rows(after)}
    found = []
    for start in sorted(known.keys() | now.keys()):
        old, new = known.get(start, {}), now.get(start, {})
        if (old.get("volume_l"), old.get("quality")) != (new.get("volume_l"), new.get("quality")):
            found.append(
                {
                    "by": by, "start": start, "old_l": old.get("volume_l"),
                    "new_l": new.get("volume_l"), "old_quality": old.get("quality"),
                    "new_quality": new.get("quality"),
                }
            )  # fmt: skip
    return found


def _rows(table: pa.Table) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = table.select(["start", "volume_l", "quality"]).to_pylist()
    return rows
