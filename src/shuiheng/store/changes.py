"""Volumes that had been final and became others: old value, new value, cause, and when."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from shuiheng.basics import Period
from shuiheng.store.catalog import Catalog
from shuiheng.store.rows import UTC_US


def changes(
    catalog: Catalog, meters: Sequence[str] | None = None, period: Period | None = None
) -> pa.Table:
    """Return the changes of days and months that start in ``period``, the latest first.

    A change is recorded when a day or month had ended at the last computation and has another
    volume or quality now. Columns: ``meter``, ``by`` (day or month), ``start``, ``old_l``,
    ``new_l`` (empty where the period has no volume any more), ``old_quality``, ``new_quality``,
    ``cause`` (the parts, edits, facts or rules that led to it), ``changed_at`` (UTC).
    """
    where: list[str] = []
    values: list[Any] = []
    if meters is not None:
        where.append("m.meter IN (SELECT unnest(string_split(?, chr(10))))")
        values.append("\n".join(meters))
    if period is not None:
        where.append("c.start >= ? AND c.start < ?")
        values += [period.start, period.end]
    table = catalog.read(
        f"""SELECT m.meter, c."by", c.start, c.old_l, c.new_l, c.old_quality, c.new_quality,
        c.cause, c.changed_at FROM lake.changes c JOIN lake.meters m USING (key)
        {"WHERE " + " AND ".join(where) if where else ""}
        ORDER BY c.changed_at DESC, m.meter, c."by" DESC, c.start""",
        values,
    ).to_arrow_table()
    place = table.column_names.index("changed_at")
    return table.set_column(place, "changed_at", table["changed_at"].cast(UTC_US))
