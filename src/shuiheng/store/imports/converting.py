"""A piece of a file into readings: every row checked, the ones that fail told apart."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from shuiheng.store.imports import cells, clock
from shuiheng.store.imports.cells import Floats, Ints, Mask
from shuiheng.store.imports.columns import Columns
from shuiheng.store.imports.sources import Piece

# A register above this many litres is no reading of any meter (a billion cubic metres).
TOO_LARGE_L = 1e15
NEVER_SHOWN = "the clock of {zone} never showed this time (change to summer time)"


@dataclass(frozen=True, slots=True)
class How:
    """How the cells of a file are to be understood."""

    columns: Columns
    factor: Decimal
    zone: str
    prefix: str


@dataclass(frozen=True, slots=True)
class Failure:
    """Rows of a piece that fail for one reason."""

    places: Ints
    column: str
    reason: str
    remedy: str
    never_shown: bool = False


@dataclass(frozen=True, slots=True)
class Converted:
    """The rows of a piece as readings; ``good`` and ``doubled`` are None when all or none are.

    ``local`` is the wall clock, ``said`` the source's own steps in litres, if it was asked for.
    """

    piece: Piece
    meters: pa.DictionaryArray
    at: Ints
    value: Ints
    local: Ints
    said: Floats | None
    good: Mask | None
    doubled: Mask | None
    failures: list[Failure]


def convert(piece: Piece, how: How) -> Converted:
    """Return the rows of a piece as readings, with the rows that cannot be and why."""
    table, columns = piece.table, how.columns
    meters = _meters(table, how)
    empty = meters.dictionary.index("").as_py()
    named = np.asarray(meters.indices) != empty
    local, timed, zoned = cells.instants(table[columns.time])
    value, counted, small = _litres(table[columns.register], how.factor)
    made = clock.resolve(local, how.zone)
    exists, ambiguous, at = made.exists, made.ambiguous, made.first
    if zoned.any():
        exists, ambiguous = exists | zoned, ambiguous & ~zoned
        at = np.where(zoned, local, at)
    good = named & timed & counted & small & exists
    failures = []
    if not good.all():
        failures = list(_failures((named, timed, counted, small, exists), how))
    doubled = ambiguous & good
    said = None
    if columns.step:
        number, given = cells.numbers(table[columns.step])
        said = np.where(given, number * float(how.factor), np.nan)
    if how.prefix:
        named_so = pc.binary_join_element_wise(how.prefix, meters.dictionary, "")
        meters = pa.DictionaryArray.from_arrays(meters.indices, named_so)
    return Converted(
        piece, meters, at, value, local, said,
        None if not failures else good, doubled if doubled.any() else None, failures,
    )  # fmt: skip


def _meters(table: pa.Table, how: How) -> pa.DictionaryArray:
    column = how.columns.meter
    if column[:1] != "=":
        return cells.names(table[column])
    codes = pa.array(np.zeros(len(table), np.int32))
    return pa.DictionaryArray.from_arrays(codes, pa.array([column[1:], ""]))


def _litres(column: pa.ChunkedArray, factor: Decimal) -> tuple[Ints, Mask, Mask]:
    """Return litres, which cells are numbers, and which of them a register can show."""
    count = len(column)
    if pa.types.is_integer(column.type) and factor == int(factor) and count:
        span = pc.min_max(column)
        bound = TOO_LARGE_L / float(factor)
        if not column.null_count and -bound < span["min"].as_py() <= span["max"].as_py() < bound:
            whole = np.asarray(column.cast(pa.int64()).to_numpy(), dtype=np.int64)
            every = np.ones(count, bool)
            return whole if factor == 1 else whole * int(factor), every, every
    number, counted = cells.numbers(column)
    litres = number if factor == 1 else number * float(factor)
    small = np.abs(litres) < TOO_LARGE_L
    if not small.all():
        litres = np.where(small, litres, 0)
    return np.rint(litres).astype(np.int64), counted, small


def _failures(passed: tuple[Mask, Mask, Mask, Mask, Mask], how: How) -> Iterator[Failure]:
    """Yield the rows that fail, each for the first reason that holds."""
    named, timed, counted, small, exists = passed
    columns = how.columns
    so_far = np.ones(len(named), bool)
    for passes, column, reason, remedy in (
        (named, columns.meter, "no meter number", "Write the meter's number."),
        (timed, columns.time, "not a time",
         "Write it as 2024-01-31 08:00 (or with a zone, 2024-01-31T08:00+08:00)."),
        (counted, columns.register, "not a number",
         "Write the register with digits and one decimal point."),
        (small, columns.register, "too large for a register", "Check the unit and the number."),
        (exists, columns.time, NEVER_SHOWN.format(zone=how.zone),
         "Correct the hour, or name the zone in which the times are written."),
    ):  # fmt: skip
        places = np.flatnonzero(so_far & ~passes)
        so_far &= passes
        if len(places):
            yield Failure(places, column, reason, remedy, passes is exists)
