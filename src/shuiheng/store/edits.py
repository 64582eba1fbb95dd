"""Edits: what a person says about readings, as new rows; the readings themselves never change."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, TypedDict, Unpack

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from shuiheng.store.catalog import BLOCK, Catalog
from shuiheng.store.ledger import seal_edits
from shuiheng.store.rows import UTC_US

ACTIONS = ("correct", "add", "reject", "accept", "scale", "withdraw")
# How a reading came to its value, beside the raw ones: the kernel's ``mark``.
RAW, ACCEPTED, BY_HAND = 0, 1, 2
# A register has at most twelve digits of at most a thousand litres.
MOST_L = 10**15
MOST_PART = 1_000_000

# The edits in force: not withdrawn, and the newest for the reading they speak of.
IN_FORCE = """SELECT e.* FROM lake.edits e
    WHERE e.action <> 'withdraw' AND e.edit NOT IN
        (SELECT w.withdraws FROM lake.edits w WHERE w.action = 'withdraw')
    QUALIFY row_number() OVER (PARTITION BY e.key, e.read_at, e.old_l,
        CASE WHEN e.action IN ('scale', 'add') THEN e.action ELSE '' END
        ORDER BY e.edit DESC) = 1"""


class WrongEdit(ValueError):
    """Raised when an edit cannot be made; the message says why and what to do."""


class EditValues(TypedDict, total=False):
    """The values of an edit: which one is needed depends on its action."""

    old_l: int | None
    new_l: int | None
    numerator: int | None
    denominator: int | None
    withdraws: int | None


def edit(
    catalog: Catalog,
    meter: str,
    at: datetime,
    action: str,
    *,
    author: str,
    reason: str,
    **values: Unpack[EditValues],
) -> int:
    """Record an edit of a meter's readings and return its number; nothing else is changed.

    ``at`` without a zone is UTC. ``correct`` replaces the reading ``old_l`` by ``new_l``, ``add``
    enters the reading ``new_l``, ``reject`` leaves ``old_l`` out, ``accept`` says that ``old_l``
    is true, ``scale`` says that from ``at`` on a litre of the register is
    ``numerator / denominator`` litres, ``withdraw`` undoes the edit ``withdraws``. ``old_l`` may
    be left out where the instant has one reading.

    :raises WrongEdit: if it names no meter, reading or edit that is there, or a value cannot be
    """
    if action not in ACTIONS:
        raise WrongEdit(f"{action!r} is no edit; write one of {', '.join(ACTIONS)}.")
    author, reason = author.strip(), reason.strip()
    if not author:
        raise WrongEdit("An edit needs its author: say who makes it.")
    if not reason:
        raise WrongEdit("An edit needs a reason: say why, for whoever reads the figure later.")
    at = (at.replace(tzinfo=UTC) if at.tzinfo is None else at).astimezone(UTC)
    naive = at.replace(tzinfo=None)

    def work(cursor: duckdb.DuckDBPyConnection) -> int:
        key, row = checked(cursor, meter, at, action, values)
        number = _next(cursor)
        cursor.execute(
            """INSERT INTO lake.edits (edit, key, read_at, action, old_l, new_l, numerator,
            denominator, withdraws, author, reason, made_at)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, (now() AT TIME ZONE 'UTC')::TIMESTAMP)""",
            [number, key, naive, action, row.get("old_l"), row.get("new_l"),
             row.get("numerator"), row.get("denominator"), row.get("withdraws"), author, reason],
        )  # fmt: skip
        seal_edits(cursor, [number])
        # Pending work names the edit by its number below zero, where a part has its own.
        cursor.execute(
            "INSERT INTO lake.touched (part, key, readings, first_at, last_at) "
            "VALUES (?, ?, 0, ?, ?)",
            [-number, key, naive, naive],
        )
        return number

    return catalog.commit(work)


def checked(
    cursor: duckdb.DuckDBPyConnection, meter: str, at: datetime, action: str, values: EditValues
) -> tuple[int, EditValues]:
    """Return the meter's key and the values as they would be recorded; nothing is changed.

    :raises WrongEdit: if the edit cannot be made
    """
    if action not in ACTIONS:
        raise WrongEdit(f"{action!r} is no edit; write one of {', '.join(ACTIONS)}.")
    at = (at.replace(tzinfo=UTC) if at.tzinfo is None else at).astimezone(UTC)
    known = cursor.execute(
        "SELECT key, capacity_l FROM lake.meters WHERE meter = ?", [meter]
    ).fetchone()
    if known is None:
        raise WrongEdit(f"No meter {meter} has readings here; look at its number.")
    place = _Place(cursor, meter, int(known[0]), at.replace(tzinfo=None), int(known[1]))
    return place.key, _CHECKS[action](place, values)


def edits(catalog: Catalog, meters: Sequence[str] | None = None) -> pa.Table:
    """Return the edits in the order they were made, with ``in_force`` saying which hold now.

    Columns: ``edit``, ``meter``, ``at`` (UTC), ``action``, ``old_l``, ``new_l``, ``numerator``,
    ``denominator``, ``withdraws``, ``author``, ``reason``, ``made_at`` (UTC), ``in_force``.
    """
    where, values = "", list[Any]()
    if meters is not None:
        where, values = "WHERE m.meter IN (SELECT unnest(?::VARCHAR[]))", [list(meters)]
    table = catalog.read(
        f"""SELECT e.edit, m.meter, e.read_at AS "at", e.action, e.old_l, e.new_l, e.numerator,
        e.denominator, e.withdraws, e.author, e.reason, e.made_at,
        e.edit IN (SELECT edit FROM ({IN_FORCE})) AS in_force
        FROM lake.edits e JOIN lake.meters m USING (key) {where} ORDER BY e.edit""",
        values,
    ).to_arrow_table()
    for name in ("at", "made_at"):
        place = table.column_names.index(name)
        table = table.set_column(place, name, table[name].cast(UTC_US))
    return table


def in_force(
    cursor: duckdb.DuckDBPyConnection, first_key: int, last_key: int
) -> tuple[pa.Table, pa.Table]:
    """Return the edits of single readings, and the scales, that hold for a span of keys.

    The first has ``key``, ``read_at``, ``action``, ``old_l``, ``new_l``, ``edit``, ``author``; the
    second ``key``, ``at``, ``numerator``, ``denominator``, as the kernel wants it.
    """
    table = cursor.execute(
        f"SELECT * FROM ({IN_FORCE}) WHERE key BETWEEN ? AND ? ORDER BY key, read_at, edit",
        [first_key, last_key],
    ).to_arrow_table()
    scaled = pc.equal(table["action"], "scale")
    scales = table.filter(scaled).select(["key", "read_at", "numerator", "denominator"])
    names = ["key", "read_at", "action", "old_l", "new_l", "edit", "author"]
    return (
        table.filter(pc.invert(scaled)).select(names),
        scales.rename_columns(["key", "at", "numerator", "denominator"]),
    )


def effective(readings: pa.Table, edited: pa.Table) -> pa.Table:
    """Return the readings as the edits in force leave them, with the kernel's ``mark``.

    ``readings`` has ``key``, ``at`` and ``value_l``; ``edited`` is the first table of
    ``in_force``. Readings entered by hand come last. Without edits the table comes back as it is.
    """
    if not len(edited):
        return readings
    said = {
        (row["key"], row["read_at"], row["old_l"]): row
        for row in edited.select(["key", "read_at", "action", "old_l", "new_l"])
        .set_column(1, "read_at", edited["read_at"].cast(pa.int64()))
        .to_pylist()
    }
    at = readings["at"].cast(pa.int64())
    concerned = pc.and_(
        pc.is_in(readings["key"], value_set=pc.unique(edited["key"])),
        pc.is_in(at, value_set=pc.unique(edited["read_at"].cast(pa.int64()))),
    )
    places = np.flatnonzero(concerned.to_numpy())
    value = readings["value_l"].to_numpy().copy()
    mark = np.zeros(len(readings), np.int8)
    kept = np.ones(len(readings), np.bool_)
    some = readings.take(pa.array(places))
    for place, key, instant in zip(
        places, some["key"].to_pylist(), some["at"].cast(pa.int64()).to_pylist(), strict=True
    ):
        row = said.get((key, instant, int(value[place])))
        if row is None:
            continue
        if row["action"] == "reject":
            kept[place] = False
        elif row["action"] == "accept":
            mark[place] = ACCEPTED
        elif row["action"] == "correct":
            value[place], mark[place] = row["new_l"], BY_HAND
    made = pa.table({"key": readings["key"], "at": readings["at"], "value_l": value, "mark": mark})
    if not kept.all():
        made = made.filter(pa.array(kept))
    added = edited.filter(pc.equal(edited["action"], "add"))
    if not len(added):
        return made
    by_hand = pa.table(
        {
            "key": added["key"],
            "at": added["read_at"],
            "value_l": added["new_l"],
            "mark": np.full(len(added), BY_HAND, np.int8),
        }
    )
    return pa.concat_tables([made, by_hand.cast(made.schema)])


class _Place:
    """Where an edit is to be made, and what is there now."""

    def __init__(
        self, cursor: duckdb.DuckDBPyConnection, meter: str, key: int, at: datetime, capacity: int
    ) -> None:
        self.cursor, self.meter, self.key, self.at, self.capacity = cursor, meter, key, at, capacity

    @property
    def shown(self) -> str:
        return f"meter {self.meter} at {self.at:%Y-%m-%d %H:%M:%S} UTC"

    def raw(self) -> list[int]:
        rows = self.cursor.execute(
            """SELECT DISTINCT value_l FROM lake.readings
            WHERE block = ? AND key = ? AND read_at = ? ORDER BY 1""",
            [self.key // BLOCK, self.key, self.at],
        ).fetchall()
        return [int(row[0]) for row in rows]

    def held(self) -> list[dict[str, Any]]:
        rows = self.cursor.execute(
            f"SELECT * FROM ({IN_FORCE}) WHERE key = ? AND read_at = ? ORDER BY edit",
            [self.key, self.at],
        ).to_arrow_table()
        return list(rows.to_pylist())

    def same(self, action: str, **values: int) -> None:
        """Refuse what an edit in force already says."""
        for row in self.held():
            if row["action"] == action and all(row[k] == v for k, v in values.items()):
                raise WrongEdit(f"Edit {row['edit']} already says so for {self.shown}.")

    def old(self, old_l: int | None) -> int:
        """Return the raw reading that is meant; a corrected value stands for its raw one."""
        raw, held = self.raw(), self.held()
        if not raw:
            by_hand = [row["edit"] for row in held if row["action"] == "add"]
            if by_hand:
                raise WrongEdit(
                    f"The reading of {self.shown} was entered by hand in edit {by_hand[0]}; "
                    "withdraw that edit and enter the right one."
                )
            raise WrongEdit(
                f"There is no reading of {self.shown}; look at the instant "
                "(`shuiheng readings show`), or add a reading."
            )
        if old_l is None:
            if len(raw) > 1:
                raise WrongEdit(
                    f"There are {len(raw)} different readings of {self.shown} "
                    f"({', '.join(str(value) for value in raw)} L); say which one is meant."
                )
            return raw[0]
        if old_l in raw:
            return old_l
        for row in held:
            if row["action"] == "correct" and row["new_l"] == old_l:
                return int(row["old_l"])
        raise WrongEdit(
            f"The reading of {self.shown} is {' or '.join(str(value) for value in raw)} L, "
            f"not {old_l} L."
        )


def _new(place: _Place, values: EditValues) -> int:
    new = values.get("new_l")
    if new is None:
        raise WrongEdit("Say the new reading, in litres.")
    if not 0 <= new < MOST_L:
        raise WrongEdit(f"A reading of {new} L cannot be; write litres from 0.")
    if place.capacity and new >= place.capacity:
        raise WrongEdit(
            f"Meter {place.meter} counts up to {place.capacity} L, so that {new} L cannot be; "
            "look at the unit, or correct the meter's number of digits."
        )
    return new


def _correct(place: _Place, values: EditValues) -> EditValues:
    new, old = _new(place, values), place.old(values.get("old_l"))
    if new == old:
        raise WrongEdit(
            f"The reading of {place.shown} is {old} L already; to say that it is true although it "
            "looks unlikely, accept it; to undo an edit, withdraw it."
        )
    place.same("correct", old_l=old, new_l=new)
    return {"old_l": old, "new_l": new}


def _add(place: _Place, values: EditValues) -> EditValues:
    new = _new(place, values)
    if place.at > datetime.now(UTC).replace(tzinfo=None):
        raise WrongEdit(f"The instant of {place.shown} has not come yet; look at the day.")
    raw = place.raw()
    if raw:
        raise WrongEdit(f"There is a reading of {place.shown} already ({raw[0]} L); correct it.")
    place.same("add", new_l=new)
    return {"new_l": new}


def _of_old(action: str) -> Callable[[_Place, EditValues], EditValues]:
    def check(place: _Place, values: EditValues) -> EditValues:
        old = place.old(values.get("old_l"))
        place.same(action, old_l=old)
        return {"old_l": old}

    return check


def _scale(place: _Place, values: EditValues) -> EditValues:
    top, bottom = values.get("numerator") or 0, values.get("denominator") or 0
    if not (0 < top <= MOST_PART and 0 < bottom <= MOST_PART):
        raise WrongEdit(
            f"A scale is a whole number over a whole number, each from 1 to {MOST_PART}: "
            "10/1 when the register shows a tenth of the litres, 1/10 when it shows ten times."
        )
    place.same("scale", numerator=top, denominator=bottom)
    return {"numerator": top, "denominator": bottom}


def _withdraw(place: _Place, values: EditValues) -> EditValues:
    number = values.get("withdraws")
    if number is None:
        raise WrongEdit("Say the number of the edit to withdraw.")
    row = place.cursor.execute(
        "SELECT key, read_at, action FROM lake.edits WHERE edit = ?", [number]
    ).fetchone()
    if row is None:
        raise WrongEdit(f"There is no edit {number}; `shuiheng readings edits` lists them.")
    if row[0] != place.key or row[1] != place.at:
        raise WrongEdit(
            f"Edit {number} is not of {place.shown}; it speaks of {row[1]:%Y-%m-%d %H:%M:%S} UTC"
            f"{'' if row[0] == place.key else ' of another meter'}."
        )
    if row[2] == "withdraw":
        raise WrongEdit(
            f"Edit {number} is itself a withdrawal; make the edit anew if it was right after all."
        )
    done = place.cursor.execute(
        "SELECT edit FROM lake.edits WHERE withdraws = ?", [number]
    ).fetchone()
    if done is not None:
        raise WrongEdit(f"Edit {number} was withdrawn already, by edit {done[0]}.")
    return {"withdraws": number}


_CHECKS: dict[str, Callable[[_Place, EditValues], EditValues]] = {
    "correct": _correct,
    "add": _add,
    "reject": _of_old("reject"),
    "accept": _of_old("accept"),
    "scale": _scale,
    "withdraw": _withdraw,
}


def _next(cursor: duckdb.DuckDBPyConnection) -> int:
    row = cursor.execute("SELECT coalesce(max(edit), 0) + 1 FROM lake.edits").fetchone()
    return int(row[0]) if row else 1
