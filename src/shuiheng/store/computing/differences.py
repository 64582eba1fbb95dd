"""What a new computation says differently from the stored one, row by row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from shuiheng.core.vee.codes import CODES
from shuiheng.store.computing.work import Ints, start_of
from shuiheng.store.tables import columns_of

# The columns that name a row of a table, beside its meter.
NAMED_BY = {
    "daily": ["key", "start"],
    "monthly": ["key", "start"],
    "findings": ["key", "month", "code"],
    "checkpoints": ["key", "month"],
}
DAY_S, SHANGHAI_S = 86_400, 28_800


@dataclass(frozen=True, slots=True)
class Difference:
    """Rows of one table to take away (only the columns that name them) and rows to add."""

    gone: pa.Table
    new: pa.Table


def difference(name: str, stored: pa.Table | None, made: pa.Table) -> Difference:
    """Return what has to be taken from and added to a table so that it holds what was made.

    ``stored`` has the columns of ``made``, or is None where nothing was stored.
    """
    columns = [column for column in columns_of(name) if column in made.column_names]
    named = NAMED_BY[name]
    made = made.select(columns)
    if stored is None or not len(stored):
        return Difference(made.select(named).slice(0, 0), made)
    before, after = _matched(name, stored, made)
    same = _same(stored.select(columns).take(pa.array(before)), made.take(pa.array(after)))
    kept_before = np.zeros(len(stored), np.bool_)
    kept_after = np.zeros(len(made), np.bool_)
    kept_before[before[same]] = True
    kept_after[after[same]] = True
    return Difference(
        stored.select(named).filter(pa.array(~kept_before)), made.filter(pa.array(~kept_after))
    )


def changes(
    name: str,
    stored: pa.Table | None,
    made: pa.Table,
    *,
    computed_at: Callable[[Ints], Ints],
    cause: Callable[[Ints], list[str]],
    now: datetime,
) -> pa.Table | None:
    """Return the volumes that had been final and differ now, as rows of ``changes``.

    ``computed_at`` gives for keys when their stored volumes were made, in seconds; a period counts
    when it had ended by then. ``cause`` gives for keys what the new volumes come from.
    """
    if stored is None or not len(stored):
        return None
    before, after = _matched(name, stored, made)
    pairs = made.select(["volume_l", "quality"])
    same = _same(stored.select(["volume_l", "quality"]).take(pa.array(before)),
                 pairs.take(pa.array(after)))  # fmt: skip
    new_place = np.full(len(stored), -1, np.int64)
    new_place[before] = after
    differs = np.ones(len(stored), np.bool_)
    differs[before[same]] = False
    key = np.asarray(stored["key"].to_numpy(), np.int64)
    differs &= _ends(name, stored["start"]) <= computed_at(key)
    old = np.flatnonzero(differs)
    if not len(old):
        return None
    new = pa.array(new_place[old], mask=new_place[old] < 0)
    was, becomes = stored.take(pa.array(old)), pairs.take(new)
    return pa.table(
        {
            "key": was["key"],
            "by": pa.array(["day" if name == "daily" else "month"] * len(old), pa.string()),
            "start": was["start"],
            "old_l": was["volume_l"],
            "new_l": becomes["volume_l"],
            "old_quality": was["quality"].cast(pa.string()),
            "new_quality": becomes["quality"].cast(pa.string()),
            "cause": pa.array(cause(key[old]), pa.string()),
            "changed_at": pa.array([now.replace(tzinfo=None)] * len(old), pa.timestamp("us")),
        }
    )


def _ends(name: str, start: pa.ChunkedArray) -> Ints:
    """Return the seconds (UTC) at which days or months end in Shanghai."""
    days = np.asarray(start.cast(pa.int32()).to_numpy(), np.int64)
    if name == "monthly":
        months = days.astype("datetime64[D]").astype("datetime64[M]")
        days = (months + 1).astype("datetime64[D]").astype(np.int64)
    else:
        days = days + 1
    return np.asarray(days * DAY_S - SHANGHAI_S, np.int64)


def _code(name: str, table: pa.Table) -> Ints:
    """Return one number for what names each row."""
    code = np.asarray(table["key"].to_numpy(), np.int64) << 28
    if "start" in NAMED_BY[name]:
        days = np.asarray(table["start"].cast(pa.int32()).to_numpy(), np.int64)
        return code + days + (1 << 22)
    code += (np.asarray(table["month"].to_numpy(), np.int64) + 1) << 8
    if name == "findings":
        code += np.asarray(pc.index_in(table["code"], pa.array(CODES)).to_numpy(), np.int64)
    return code


def _matched(name: str, stored: pa.Table, made: pa.Table) -> tuple[Ints, Ints]:
    """Return the places of the rows that both tables have, in the one and in the other."""
    one, other = _code(name, stored), _code(name, made)
    order = np.argsort(other, kind="stable")
    place = np.searchsorted(other[order], one)
    place[place == len(other)] = 0
    found = np.zeros(len(one), np.bool_)
    if len(other):
        found = other[order][place] == one
    before = np.flatnonzero(found).astype(np.int64)
    return before, order[place[before]].astype(np.int64)


def _same(one: pa.Table, other: pa.Table) -> np.ndarray:
    """Return which rows of two tables of like columns are equal to the last bit."""
    same = np.ones(len(one), np.bool_)
    for name in one.column_names:
        left, right = one[name], other[name]
        if pa.types.is_dictionary(right.type):
            right = right.cast(right.type.value_type)
        if left.type != right.type:
            right = right.cast(left.type)
        equal = pc.fill_null(pc.equal(left, right), False)
        both_absent = pc.and_(pc.is_null(left), pc.is_null(right))
        same &= np.asarray(pc.or_(equal, both_absent))
    return same


def month_start_us(month: int) -> int:
    """Return the instant at which a Shanghai month begins, in microseconds."""
    return round(start_of(month).timestamp() * 1_000_000)
