"""What is out of date, and from which month each meter has to be computed again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeAlias

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from shuiheng.core.vee import VeeRules
from shuiheng.core.vee.codes import VERSION
from shuiheng.store.catalog import BLOCK, Catalog

Ints: TypeAlias = npt.NDArray[np.int64]
Keys: TypeAlias = npt.NDArray[np.int32]

# A task holds about this many readings, so that memory does not grow with the lake.
TASK_READINGS = 2_400_000
# ... and not more meters than this, however little they count.
TASK_METERS = 8 * BLOCK
# The month of a meter that is computed from its first reading on.
WHOLE = -1
SHANGHAI_S = 28_800
# Numpy counts months from 1970-01, the lake from the year 0.
MONTHS_TO_1970 = 1970 * 12
EARLIEST = np.iinfo(np.int64).min


def basis(rules: VeeRules) -> str:
    """Return what volumes rest on besides readings: the kernel's version and the thresholds."""
    return f"{VERSION}:{hashlib.sha256(rules.array().tobytes()).hexdigest()[:16]}"


def month_of(at_us: Ints) -> Ints:
    """Return the Shanghai month, as year * 12 + month - 1, of instants in microseconds.

    >>> int(month_of(np.array([0]))[0]) == 1970 * 12
    True
    """
    local = at_us // 1_000_000 + SHANGHAI_S
    months = local.astype("datetime64[s]").astype("datetime64[M]").astype(np.int64)
    return months + MONTHS_TO_1970


def start_of(month: int) -> datetime:
    """Return the instant (UTC) at which a Shanghai month begins.

    >>> start_of(2024 * 12).isoformat()
    '2023-12-31T16:00:00+00:00'
    """
    first = np.datetime64(month - MONTHS_TO_1970, "M").astype("datetime64[s]").astype(np.int64)
    return datetime.fromtimestamp(int(first) - SHANGHAI_S, UTC)


@dataclass(frozen=True, slots=True)
class Pending:
    """The meters to compute, in the order of their keys, and why.

    ``first_us`` is the first instant that changed, the smallest int64 where everything may have.
    ``month`` is where to start, ``WHOLE`` or a month with a checkpoint; ``rows`` about how many
    readings lie from there on. ``cause`` says why in words. ``touched`` are the rows that are
    dealt with (``key``, ``part``), ``ripe`` the keys with readings whose time has come.
    ``computed_at`` says for each block when it was computed, ``renewed`` which of them rest on
    other rules, or on none yet.
    """

    key: Keys
    first_us: Ints
    month: Ints
    rows: Ints
    cause: list[str]
    touched: pa.Table
    ripe: Keys
    computed_at: dict[int, datetime | None]
    renewed: frozenset[int]


@dataclass(frozen=True, slots=True)
class Task:
    """Meters to compute together from one month on, with about how many readings."""

    keys: Keys
    month: int
    rows: int


def tasks(keys: Keys, month: Ints, rows: Ints) -> Iterator[Task]:
    """Yield the work in pieces of bounded size, each from one month on, in the order of keys."""
    order = np.lexsort((keys, month))
    begin, count = 0, 0
    for place in range(len(order)):
        here = order[place]
        cut = place > begin and (
            month[here] != month[order[begin]]
            or count + rows[here] > TASK_READINGS
            or place - begin >= TASK_METERS
        )
        if cut:
            some = order[begin:place]
            yield Task(keys[some], int(month[some[0]]), count)
            begin, count = place, 0
        count += int(rows[here])
    if begin < len(order):
        some = order[begin:]
        yield Task(keys[some], int(month[some[0]]), count)


def pending(
    catalog: Catalog, rules: VeeRules, meters: Sequence[str] | None, now: datetime
) -> Pending:
    """Return what has to be computed now: of all meters, or of some and the blocks of those."""
    return catalog.query(lambda cursor: _pending(cursor, rules, meters, now))


def _pending(
    cursor: duckdb.DuckDBPyConnection,
    rules: VeeRules,
    meters: Sequence[str] | None,
    now: datetime,
) -> Pending:
    known = cursor.execute("SELECT key, meter FROM lake.meters ORDER BY key").to_arrow_table()
    every = _array(known["key"], np.int32)
    asked = every
    if meters is not None:
        among = pc.is_in(known["meter"], value_set=pa.array(list(meters), pa.string()))
        asked = every[np.asarray(among)]
    computed_at, renewed = _blocks(cursor, rules, np.unique(asked // BLOCK))
    whole = every[np.isin(every // BLOCK, sorted(renewed))]
    touched = cursor.execute(
        """SELECT key, part, readings, coalesce(epoch_us(first_at), ?) AS first_us,
        first_at IS NULL AS facts FROM lake.touched ORDER BY key, part""",
        [EARLIEST],
    ).to_arrow_table()
    concerned = np.isin(_array(touched["key"], np.int32), np.union1d(asked, whole))
    touched = touched.filter(pa.array(concerned))
    ripe = _ripe(cursor, rules, now)
    ripe = ripe.filter(pa.array(np.isin(_array(ripe["key"], np.int32), asked)))
    changed = _array(touched["key"], np.int32)
    key = np.unique(np.concatenate([changed, whole, _array(ripe["key"], np.int32)]))
    first = np.full(len(key), np.iinfo(np.int64).max)
    for table in (touched, ripe):
        place = np.searchsorted(key, _array(table["key"], np.int32))
        np.minimum.at(first, place, _array(table["first_us"], np.int64))
    first[np.searchsorted(key, whole)] = EARLIEST
    month, rows = _starts(cursor, key, first, touched)
    return Pending(
        key, first, month, rows, _causes(cursor, key, touched, _renewed(whole, computed_at), ripe),
        touched.select(["key", "part"]), _array(ripe["key"], np.int32), computed_at, renewed,
    )  # fmt: skip


def stale(catalog: Catalog, rules: VeeRules) -> list[str]:
    """Return the meters whose readings, facts or rules changed since their volumes were made."""
    rows = catalog.read(
        """SELECT m.meter FROM lake.meters m LEFT JOIN lake.computed c
        ON c.block = m.block AND c.basis = ?
        WHERE c.block IS NULL OR m.key IN (SELECT key FROM lake.touched) ORDER BY 1""",
        [basis(rules)],
    ).fetchall()
    return [row[0] for row in rows]


def _array(column: pa.ChunkedArray, kind: type) -> npt.NDArray[Any]:
    return np.asarray(column.to_numpy(), dtype=kind)


def _blocks(
    cursor: duckdb.DuckDBPyConnection, rules: VeeRules, blocks: Keys
) -> tuple[dict[int, datetime | None], frozenset[int]]:
    """Return when each block was computed, and which of them rest on other rules than these."""
    found = cursor.execute("SELECT block, basis, computed_at FROM lake.computed").fetchall()
    had = {int(block): (rests_on, at) for block, rests_on, at in found}
    rests_on = basis(rules)
    at = {int(block): had[block][1] if block in had else None for block in blocks}
    return at, frozenset(block for block in at if block not in had or had[block][0] != rests_on)


def _renewed(whole: Keys, computed_at: dict[int, datetime | None]) -> Keys:
    """Return the keys that had volumes by other rules."""
    had = [block for block, at in computed_at.items() if at is not None]
    return whole[np.isin(whole // BLOCK, had)]


def _ripe(cursor: duckdb.DuckDBPyConnection, rules: VeeRules, now: datetime) -> pa.Table:
    """Return the keys with readings that lay in the future and can be used now."""
    return cursor.execute(
        """SELECT key, min(first_s) * 1000000 AS first_us FROM lake.findings
        WHERE code = 'vee.future_reading' AND first_s <= ? GROUP BY key""",
        [int(now.timestamp()) + rules.future_slack_s],
    ).to_arrow_table()


def _starts(
    cursor: duckdb.DuckDBPyConnection, key: Keys, first: Ints, touched: pa.Table
) -> tuple[Ints, Ints]:
    """Return for each key the month to start from, and about how many readings lie from there."""
    new = np.zeros(len(key), np.int64)
    place = np.searchsorted(key, _array(touched["key"], np.int32))
    np.add.at(new, place, _array(touched["readings"], np.int64))
    if not len(key):
        return new, new
    some = pa.table({"key": key, "upto": np.where(first > EARLIEST, month_of(first), WHOLE)})
    cursor.register("changed_keys", some)
    found = cursor.execute(
        """SELECT c.key, max(c.month) FILTER (c.month <= k.upto) AS start,
        max(c.readings) FILTER (c.month <= k.upto) AS before,
        max(c.readings) AS known, count(*) AS months
        FROM lake.checkpoints c JOIN changed_keys k USING (key) WHERE c.key BETWEEN ? AND ?
        GROUP BY c.key ORDER BY c.key""",
        [int(key[0]), int(key[-1])],
    ).to_arrow_table()
    cursor.unregister("changed_keys")
    month = np.full(len(key), WHOLE, np.int64)
    place = np.searchsorted(key, _array(found["key"], np.int32))
    month[place] = _array(pc.fill_null(found["start"], WHOLE), np.int64)
    known = _array(found["known"], np.int64)
    a_month = known // _array(found["months"], np.int64)
    rows = new.copy()
    rows[place] += known + a_month - _array(pc.fill_null(found["before"], 0), np.int64)
    return month, rows


def _causes(
    cursor: duckdb.DuckDBPyConnection, key: Keys, touched: pa.Table, renewed: Keys, ripe: pa.Table
) -> list[str]:
    """Return for each key what its new volumes come from, in words."""
    parts = {int(part) for part in pc.unique(touched["part"]).to_pylist() if part > 0}
    names: dict[int, str] = {}
    if parts:
        names = dict(
            cursor.execute(
                "SELECT part, source FROM lake.parts WHERE part BETWEEN ? AND ?",
                [min(parts), max(parts)],
            ).fetchall()
        )
    said = {int(one): ["rules"] for one in renewed}
    columns = (touched[name].to_pylist() for name in ("key", "part", "facts"))
    for here, part, facts in zip(*columns, strict=True):
        words = said.setdefault(here, [])
        word = _word(part, facts, names.get(part, ""))
        if word not in words:
            words.append(word)
    for here in ripe["key"].to_pylist():
        said.setdefault(here, []).append("time")
    return [_shown(said.get(int(one), [])) for one in key]


def _word(part: int, facts: bool, source: str) -> str:
    if part < 0:
        return f"edit {-part}"
    return "facts" if facts else f"part {part}: {source}"


def _shown(words: list[str]) -> str:
    return "; ".join(words[:3]) + (f"; +{len(words) - 3}" if len(words) > 3 else "")
