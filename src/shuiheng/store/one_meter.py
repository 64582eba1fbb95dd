"""One meter as its page shows it: facts, volumes, findings and judged readings, in few queries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from shuiheng.basics import Period
from shuiheng.core.vee import BlockTables, VeeRules, run_block
from shuiheng.store import edits, judged
from shuiheng.store.catalog import Catalog
from shuiheng.store.computing import scan, work
from shuiheng.store.computing.held import Held, held
from shuiheng.store.computing.task import FACTS
from shuiheng.store.computing.work import WHOLE
from shuiheng.store.rows import UTC_US
from shuiheng.store.volumes import PERIOD_COLUMNS, TALLY, told

# A meter that reads at least so often has enough readings in the month after a period to tell
# what becomes of the last readings in it; a rarer one is read to its end at once.
OFTEN_S = 6 * 3600


@dataclass(frozen=True, slots=True)
class OneMeter:
    """What the lake knows of one meter: facts, months with volumes, and findings."""

    meter: str
    facts: pa.Table
    months: pa.Table
    findings: tuple[dict[str, Any], ...]

    @property
    def key(self) -> int:
        """The meter's number in the lake."""
        return int(self.facts["key"][0].as_py())

    @property
    def block(self) -> int:
        """The block of keys that it belongs to."""
        return int(self.facts["block"][0].as_py())

    def fact(self, name: str) -> Any:
        """Return one of the facts its readings are checked by."""
        return self.facts[name][0].as_py()


@dataclass(frozen=True, slots=True)
class Judged:
    """Hours and readings of a stretch of time, from one run of the kernel."""

    hours: pa.Table
    readings: pa.Table


def one_meter(catalog: Catalog, meter: str) -> OneMeter | None:
    """Return facts, months and findings of a meter in one transaction; None if it is unknown.

    ``months`` has the columns of ``Lake.volumes`` without ``meter``; ``findings`` are as
    ``Lake.findings`` gives them.
    """

    def read(cursor: duckdb.DuckDBPyConnection) -> OneMeter | None:
        cursor.execute("BEGIN")
        try:
            facts = cursor.execute(
                f"SELECT block, declared, {FACTS} FROM lake.meters WHERE meter = ?", [meter]
            ).to_arrow_table()
            if not len(facts):
                return None
            where = _mine(facts)
            months = cursor.execute(
                f"SELECT {PERIOD_COLUMNS} FROM lake.monthly WHERE {where} ORDER BY start"
            ).to_arrow_table()
            rows = cursor.execute(
                f"""SELECT v.code, {TALLY} FROM lake.findings v WHERE {where}
                GROUP BY v.code ORDER BY abs(sum(volume_l)) DESC, v.code"""
            ).to_arrow_table()
        finally:
            cursor.execute("ROLLBACK")
        return OneMeter(meter, facts, months, tuple(told(meter, row) for row in rows.to_pylist()))

    return catalog.query(read)


def days(catalog: Catalog, one: OneMeter, period: Period) -> pa.Table:
    """Return the days of a meter that start in a period, with the columns of ``months``."""
    first, last = _months(period)
    return catalog.read(
        f"""SELECT {PERIOD_COLUMNS} FROM lake.daily WHERE {_mine(one.facts)}
        AND month BETWEEN {first} AND {last} AND start >= ? AND start < ? ORDER BY start""",
        [period.start, period.end],
    ).to_arrow_table()


def sources(catalog: Catalog, one: OneMeter, period: Period) -> pa.Table:
    """Return where the readings of a meter in a period came from: ``at``, ``value_l``, ``source``.

    It is meant for the readings of one page.
    """
    first, last = _months(period)
    table = catalog.read(
        f"""SELECT r.read_at AS "at", r.value_l, p.source FROM (
            SELECT read_at, value_l, part FROM lake.readings WHERE {_mine(one.facts)}
            AND month BETWEEN {first} AND {last} AND read_at >= ? AND read_at < ?) r
        JOIN lake.parts p USING (part) ORDER BY ALL""",
        [at.replace(tzinfo=None) for at in period.instants()],
    ).to_arrow_table()
    return table.set_column(0, "at", table["at"].cast(UTC_US))


def judge(catalog: Catalog, rules: VeeRules, one: OneMeter, period: Period) -> Judged:
    """Return hours and readings of a meter in a period; the kernel runs once for both.

    ``hours`` has the columns of ``Lake.volumes`` for hours without ``meter``; ``readings`` those
    of ``Lake.readings``, with an empty ``source`` for what came by itself (see ``sources``).
    """
    known = held(catalog)
    raw, made = catalog.query(lambda cursor: _made(catalog, cursor, rules, known, one, period))
    start, end = (pa.scalar(at, UTC_US) for at in period.instants())

    def inside(table: pa.Table, name: str) -> pa.Table:
        place = table.column_names.index(name)
        table = table.set_column(place, name, table[name].cast(UTC_US))
        at = table[name]
        return table.filter(pc.and_(pc.greater_equal(at, start), pc.less(at, end)))

    verdicts = inside(made.verdicts, "at")
    unchecked = known.unchecked_from(one.key, work.basis(rules))
    if unchecked is not None:
        late = pc.greater_equal(verdicts["at"].cast(pa.int64()), unchecked)
        quality = pc.if_else(late, judged.UNCHECKED, verdicts["quality"].cast(pa.string()))
        verdicts = verdicts.set_column(verdicts.column_names.index("quality"), "quality", quality)
    rows = inside(raw, "at").select(["at", "value_l"])
    rows = rows.sort_by([("at", "ascending"), ("value_l", "ascending")])
    rows = rows.append_column("source", pa.array([""] * len(rows), pa.string()))
    readings = judged.with_quality(catalog, one.key, rows, verdicts, period)
    return Judged(inside(made.hourly, "start").sort_by("start"), readings)


def _made(
    catalog: Catalog,
    cursor: duckdb.DuckDBPyConnection,
    rules: VeeRules,
    known: Held,
    one: OneMeter,
    period: Period,
) -> tuple[pa.Table, BlockTables]:
    """Return the raw readings and what the kernel made of them, from the nearest state on."""
    keys = np.array([one.key], np.int32)
    first, last = _months(period)
    end_us = round(period.instants()[1].timestamp() * 1_000_000)
    state = None
    if bool(known.current(keys, work.basis(rules))[0]) and first > _first_month(one):
        state = _state(cursor, one, first)
    begins = int(state["month"][0].as_py()) if state is not None and len(state) else WHOLE
    ways: list[tuple[int, int | None]] = [(begins, None), (WHOLE, None)]
    if 0 < int(one.fact("step_s") or 0) <= OFTEN_S:
        ways.insert(0, (begins, last + 1))
    for month, upto in ways:
        raw = scan.read_rows(catalog, known.files, keys, month, upto)
        if upto is not None:
            after = pc.sum(pc.greater_equal(raw["at"].cast(pa.int64()), end_us)).as_py() or 0
            if after <= rules.misread_rows:  # the last readings could still turn out otherwise
                continue
        made = _run(rules, known, one, raw, state if month != WHOLE else None)
        if made.whole is None or not len(made.whole):
            break
    return raw, made


def _run(
    rules: VeeRules, known: Held, one: OneMeter, raw: pa.Table, state: pa.Table | None
) -> BlockTables:
    def mine(table: pa.Table) -> pa.Table:
        return table.filter(pc.equal(table["key"], one.key)) if len(table) else table

    edited, scales, readings = mine(known.edited), mine(known.scales), raw
    if len(edited):
        order = [("key", "ascending"), ("at", "ascending"), ("value_l", "ascending")]
        readings = edits.effective(raw, edited).sort_by(order)
    starts = None
    if state is not None:
        at = work.start_of(int(state["month"][0].as_py())).replace(tzinfo=None)
        starts = pa.table(
            {"key": pa.array([one.key], pa.int32()), "at": pa.array([at], pa.timestamp("us")),
             "state": state["state"]}
        )  # fmt: skip
    return run_block(
        readings, one.facts.select([name.strip() for name in FACTS.split(",")]),
        mine(known.exchanges), now=datetime.now(UTC), rules=rules,
        scales=scales if len(scales) else None, starts=starts, hours=True, verdicts=True,
    )  # fmt: skip


def _state(cursor: duckdb.DuckDBPyConnection, one: OneMeter, month: int) -> pa.Table:
    """Return the kernel's last state at the start of a month or before it; empty without one."""
    return cursor.execute(
        f"""SELECT month, state FROM lake.checkpoints WHERE {_mine(one.facts)}
        AND month <= {month} ORDER BY month DESC LIMIT 1"""
    ).to_arrow_table()


def _first_month(one: OneMeter) -> int:
    months = one.months["start"]
    return _month(months[0].as_py()) if len(months) else WHOLE


def _mine(facts: pa.Table) -> str:
    # Written out, for DuckLake leaves files out by constants only.
    return f"block = {int(facts['block'][0].as_py())} AND key = {int(facts['key'][0].as_py())}"


def _months(period: Period) -> tuple[int, int]:
    """Return the first and the last month that a period touches."""
    return _month(period.start), _month(period.last_day)


def _month(day: Any) -> int:
    return int(day.year) * 12 + int(day.month) - 1
