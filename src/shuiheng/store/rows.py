"""Rows given to the lake: checked and brought into its types before anything is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from shuiheng.core.vee import KINDS

Rows: TypeAlias = "pa.Table | Sequence[Mapping[str, Any]]"
UTC_US = pa.timestamp("us", "UTC")
METER_DEFAULTS: dict[str, Any] = {
    "kind": "register", "unit_l": 1, "capacity_l": 0, "max_flow_l_h": 0, "step_s": 0,
    "idle_s": 0,
}  # fmt: skip
READING_TYPES = {"meter": pa.string(), "at": UTC_US, "value_l": pa.int64()}
EXCHANGE_TYPES = {
    "meter": pa.string(), "at": UTC_US, "final_l": pa.int64(), "initial_l": pa.int64(),
}  # fmt: skip


class WrongRows(ValueError):
    """Raised when rows given to the lake cannot be meters, exchanges or readings."""


def typed(rows: Rows, types: Mapping[str, pa.DataType]) -> pa.Table:
    """Return the rows as a table with exactly the columns of ``types``.

    An instant without a zone is taken as UTC. Text may also come as codes of a dictionary.

    :raises WrongRows: if a column is missing, has another type, or has empty cells

    >>> typed([{"meter": "A", "n": 1}], {"meter": pa.string(), "n": pa.int64()}).num_rows
    1
    """
    table = rows if isinstance(rows, pa.Table) else pa.Table.from_pylist([dict(r) for r in rows])
    if not table.num_columns and not len(table):
        return pa.table({name: pa.array([], kind) for name, kind in types.items()})
    columns = {}
    for name, kind in types.items():
        if name not in table.column_names:
            raise WrongRows(
                f"The rows have no column {name!r}; they have {', '.join(table.column_names)}."
            )
        column = table[name]
        if column.null_count:
            raise WrongRows(f"{column.null_count} rows have no {name!r}; leave such rows out.")
        if pa.types.is_dictionary(column.type):
            if column.type.value_type == kind:
                columns[name] = column  # names as codes: they stay so to the end
                continue
            column = column.cast(column.type.value_type)
        if pa.types.is_timestamp(kind) and pa.types.is_timestamp(column.type):
            column = column.cast(pa.timestamp("us", column.type.tz), safe=False)
            if column.type.tz is None:
                column = pc.assume_timezone(column, "UTC")
        try:
            columns[name] = column.cast(kind)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as wrong:
            raise WrongRows(f"The column {name!r} is {column.type}, not {kind}: {wrong}") from wrong
    return pa.table(columns)


def meter_rows(rows: Rows) -> pa.Table:
    """Return meter definitions with every fact filled in.

    :raises WrongRows: if a number is missing or doubled, or a fact cannot be
    """
    given = rows.to_pylist() if isinstance(rows, pa.Table) else [dict(row) for row in rows]
    made: dict[str, dict[str, Any]] = {}
    for place, row in enumerate(given, start=1):
        meter = str(row.get("meter") or "").strip()
        if not meter:
            raise WrongRows(f"Row {place} has no meter number.")
        if meter in made:
            raise WrongRows(f"Meter {meter} stands twice (again in row {place}).")
        made[meter] = {"meter": meter, **_facts(meter, row)}
    kinds = {
        "meter": pa.string(), "kind": pa.string(), "unit_l": pa.int64(),
        "capacity_l": pa.int64(), "max_flow_l_h": pa.int64(), "step_s": pa.int64(),
        "idle_s": pa.int64(),
    }  # fmt: skip
    return pa.Table.from_pylist(list(made.values()), schema=pa.schema(list(kinds.items())))


def _facts(meter: str, row: Mapping[str, Any]) -> dict[str, Any]:
    facts: dict[str, Any] = {
        name: (row.get(name) if row.get(name) is not None else default)
        for name, default in METER_DEFAULTS.items()
    }
    if facts["kind"] not in KINDS:
        raise WrongRows(f"Meter {meter} has kind {facts['kind']!r}; write one of {list(KINDS)}.")
    for name in ("unit_l", "capacity_l", "max_flow_l_h", "step_s", "idle_s"):
        value = facts[name]
        if int(value) != value or value < 0:
            raise WrongRows(f"Meter {meter} has {name} = {value!r}; write a whole number from 0.")
        facts[name] = int(value)
    facts["unit_l"] = facts["unit_l"] or 1
    digits = int(row.get("digits") or 0)
    if digits and not facts["capacity_l"]:
        if not 0 < digits < 13:
            raise WrongRows(f"Meter {meter} has {digits} digits; write a number from 1 to 12.")
        facts["capacity_l"] = facts["unit_l"] * 10**digits
    return facts
