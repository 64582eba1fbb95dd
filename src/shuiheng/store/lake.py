"""The lake: meters and readings in, volumes and findings out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any, Literal
from uuid import uuid4

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from shuiheng.basics import SHANGHAI, Finding, Level, Period
from shuiheng.core.vee import VeeRules, finding_of, rules_in_force, run_block
from shuiheng.rules import Law
from shuiheng.store import recompute as recomputing
from shuiheng.store import writing
from shuiheng.store.catalog import BLOCK, Catalog
from shuiheng.store.home import Home
from shuiheng.store.rows import (
    EXCHANGE_TYPES,
    METER_DEFAULTS,
    READING_TYPES,
    UTC_US,
    Rows,
    meter_rows,
    typed,
)  # fmt: skip
from shuiheng.store.writing import UnknownMeters

By = Literal["hour", "day", "month", "year"]
PERIOD_TABLES = {"day": "daily", "month": "monthly", "year": "yearly"}
PERIOD_COLUMNS = "start, volume_l, measured_l, estimated_l, reverse_l, missing_h, gap_h, quality"


class Lake:
    """A district's readings in columns, with the volumes and findings made from them.

    Readings are only ever added. Volumes and findings are remade by ``recompute`` for the blocks
    of meters whose readings or facts have changed. One process writes at a time, many may read.
    """

    def __init__(self, catalog: Catalog, home: Path, rules: VeeRules | None) -> None:
        self._catalog, self._home, self._given = catalog, home, rules

    @property
    def home(self) -> Path:
        """The district's folder that holds the lake."""
        return self._home

    @cached_property
    def _rules(self) -> VeeRules:
        """The thresholds: those given, else those of the law in force for this home today."""
        if self._given is not None:
            return self._given
        own, place = self._home / "rules", "cn"
        if (self._home / "home.toml").is_file():
            place = Home.open(self._home).place
        law = Law.load(own) if own.is_dir() else Law.shipped()
        return rules_in_force(law, on=datetime.now(SHANGHAI).date(), place=place)

    @classmethod
    def open(
        cls,
        home: Path,
        *,
        catalog: str = "sqlite",
        read_only: bool = False,
        rules: VeeRules | None = None,
        patience_s: float = 60.0,
    ) -> Lake:
        """Open the lake in ``home/lake``; it is made when absent, unless ``read_only``.

        ``rules`` (default: the law in force here today) are the kernel's thresholds.
        ``catalog`` is ``"sqlite"`` or ``"postgres:"`` with a connection string. ``patience_s`` is
        how long a write waits for another process.

        :raises NoLake: if it is to be read and is not there
        :raises LakeBusy: if another process writes and does not finish in time
        :raises LakeBroken: if the catalog cannot be read
        """
        opened = Catalog(Path(home) / "lake", catalog, read_only=read_only, patience_s=patience_s)
        return cls(opened, Path(home), rules)

    def close(self) -> None:
        """Close the lake."""
        self._catalog.close()

    def __enter__(self) -> Lake:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    # Meters -----------------------------------------------------------------------------------

    def define_meters(self, rows: Rows) -> int:
        """Define meters or change their facts; return how many rows were new or different.

        Columns: ``meter`` (number), ``kind`` (register, interval or flow), ``unit_l`` (litres a
        count), ``capacity_l`` or ``digits`` (of the register; capacity = unit × 10^digits),
        ``max_flow_l_h`` (Q4), ``step_s`` (expected interval). What is left out or 0 is unknown.

        :raises WrongRows: if a number is missing or doubled, or a fact cannot be
        """
        wanted = meter_rows(rows)

        def work(cursor: duckdb.DuckDBPyConnection) -> int:
            cursor.register("wanted", wanted)
            changed = cursor.execute(
                """SELECT w.* FROM wanted w ANTI JOIN lake.meters m
                ON m.meter = w.meter AND m.declared AND m.kind = w.kind AND m.unit_l = w.unit_l
                AND m.capacity_l = w.capacity_l AND m.max_flow_l_h = w.max_flow_l_h
                AND m.step_s = w.step_s"""
            ).to_arrow_table()
            if not len(changed):
                return 0
            writing.start_batch(cursor, f"definitions:{uuid4()}", "meters")
            writing.put_meters(cursor, changed, declared=True)
            writing.touch(cursor, changed["meter"])
            writing.close_batch(cursor, 0)
            return len(changed)

        return self._catalog.commit(work)

    def define_exchanges(self, rows: Rows) -> int:
        """Record meters replaced under the same number; return how many rows were new.

        Columns: ``meter``, ``at`` (instant), ``final_l`` (last register of the old meter),
        ``initial_l`` (first register of the new one). A row for a meter and instant that is
        already there replaces it.

        :raises UnknownMeters: if a meter is not defined
        """
        given = typed(rows, EXCHANGE_TYPES)

        def work(cursor: duckdb.DuckDBPyConnection) -> int:
            cursor.register("given", given)
            unknown = cursor.execute(
                "SELECT DISTINCT meter FROM given ANTI JOIN lake.meters USING (meter) ORDER BY 1"
            ).fetchall()
            if unknown:
                raise UnknownMeters([row[0] for row in unknown])
            new = cursor.execute(
                """SELECT n.* FROM (
                    SELECT m.meter, m.key, (g."at" AT TIME ZONE 'UTC')::TIMESTAMP AS read_at,
                        g.final_l, g.initial_l
                    FROM given g JOIN lake.meters m USING (meter)
                ) n ANTI JOIN lake.exchanges e ON e.key = n.key AND e.read_at = n.read_at
                AND e.final_l = n.final_l AND e.initial_l = n.initial_l"""
            ).to_arrow_table()
            if not len(new):
                return 0
            cursor.register("new_exchanges", new)
            cursor.execute(
                """DELETE FROM lake.exchanges WHERE (key, read_at) IN
                (SELECT (key, read_at) FROM new_exchanges)"""
            )
            cursor.execute(
                "INSERT INTO lake.exchanges SELECT key, read_at, final_l, initial_l "
                "FROM new_exchanges"
            )
            writing.start_batch(cursor, f"exchanges:{uuid4()}", "meters")
            writing.touch(cursor, new["meter"])
            writing.close_batch(cursor, 0)
            return len(new)

        return self._catalog.commit(work)

    def meters(self) -> pa.Table:
        """Return the meters with their facts, key and block, in the order of their keys."""
        return self._catalog.read(
            """SELECT meter, key, block, kind, unit_l, capacity_l, max_flow_l_h, step_s, declared
            FROM lake.meters ORDER BY key"""
        ).to_arrow_table()

    # Readings ---------------------------------------------------------------------------------

    def append(
        self,
        readings: Rows,
        *,
        source: str,
        batch: str,
        strict: bool = False,
        defaults: Mapping[str, Any] | None = None,
    ) -> int:
        """Add readings and return how many; a batch that is already there changes nothing.

        Columns: ``meter`` (text), ``at`` (timestamp; without a zone it is UTC), ``value_l``
        (int64 litres; litres per hour for a flow). Meters that are not defined are defined with
        ``defaults``, unless ``strict``.

        :raises UnknownMeters: if ``strict`` and a meter is not defined
        :raises WrongRows: if a column is missing or has empty cells
        """
        table = typed(readings, READING_TYPES)
        return self.append_stream(
            lambda: [table], source=source, batch=batch, strict=strict, defaults=defaults
        )

    def append_stream(
        self,
        tables: Callable[[], Iterable[pa.Table]],
        *,
        source: str,
        batch: str,
        strict: bool = False,
        defaults: Mapping[str, Any] | None = None,
    ) -> int:
        """Add many tables of readings as one batch in one commit: all of them or none.

        ``tables`` is called once for each attempt, so that a conflict can be retried.
        """

        def work(cursor: duckdb.DuckDBPyConnection) -> int:
            if writing.has_batch(cursor, batch):
                return 0
            number = writing.start_batch(cursor, batch, source)
            facts = {**METER_DEFAULTS, **(defaults or {})}
            count = sum(
                writing.put_readings(cursor, table, number, strict, facts) for table in tables()
            )
            writing.close_batch(cursor, count)
            return count

        return self._catalog.commit(work)

    def batches(self) -> pa.Table:
        """Return the batches of readings: ``batch``, ``source``, ``readings``, ``received_at``."""
        return self._catalog.read(
            """SELECT name AS batch, source, readings, received_at FROM lake.batches
            WHERE source <> 'meters' ORDER BY received_at DESC, batch DESC"""
        ).to_arrow_table()

    def has_batch(self, batch: str) -> bool:
        """Return whether a batch of readings is in the lake."""
        return writing.has_batch(self._catalog.cursor(), batch)

    def touched_by(self, batch: str) -> list[str]:
        """Return the meters that a batch brought readings of."""
        rows = self._catalog.read(
            """SELECT DISTINCT m.meter FROM lake.batches b JOIN lake.touched t USING (batch)
            JOIN lake.meters m USING (key) WHERE b.name = ? ORDER BY 1""",
            [batch],
        ).fetchall()
        return [row[0] for row in rows]

    def readings(self, meter: str, period: Period | None = None) -> pa.Table:
        """Return the raw readings of a meter as ``at`` (UTC), ``value_l`` and ``source``."""
        where, values = "", []
        if period is not None:
            where = "AND r.read_at >= ? AND r.read_at < ?"
            values = [at.replace(tzinfo=None) for at in period.instants()]
        key = self._catalog.read("SELECT key FROM lake.meters WHERE meter = ?", [meter]).fetchone()
        found = self._catalog.read(
            f"""SELECT r.read_at AS "at", r.value_l, b.source FROM lake.readings r
            JOIN lake.batches b USING (batch)
            WHERE r.block = ? AND r.key = ? {where} ORDER BY r.read_at, r.value_l""",
            [key[0] // BLOCK if key else -1, key[0] if key else -1, *values],
        ).to_arrow_table()
        return found.set_column(0, "at", found["at"].cast(UTC_US))

    # Volumes ----------------------------------------------------------------------------------

    def recompute(
        self,
        meters: Sequence[str] | None = None,
        progress: Callable[[int, int], None] | None = None,
        *,
        now: datetime | None = None,
    ) -> recomputing.Recomputed:
        """Remake volumes and findings of the blocks whose readings, facts or rules changed.

        ``meters`` limits the work to their blocks. ``progress`` is told how many readings of how
        many are done. ``now`` (default: the clock) says from when a reading is in the future.
        """
        return recomputing.recompute(
            self._catalog, self._rules, meters, progress, now or datetime.now(UTC)
        )

    def stale(self) -> list[str]:
        """Return the meters whose volumes do not yet rest on all their readings."""
        return recomputing.stale(self._catalog, self._rules)

    def volumes(
        self, by: By = "day", meters: Sequence[str] | None = None, period: Period | None = None
    ) -> pa.Table:
        """Return volumes per meter and hour, day, month or year that starts in ``period``.

        Columns: ``meter``, ``start`` (date, or instant in UTC for hours), ``volume_l`` =
        ``measured_l`` + ``estimated_l``, ``reverse_l``, ``missing_h``, ``gap_h``, ``quality``
        (G, E, S or M), for days also ``night_min_l``. Hours are computed on demand.
        """
        if by == "hour":
            return self._hours(meters, period)
        where, values = _where(meters, period)
        night = ", night_min_l" if by == "day" else ""
        return self._catalog.read(
            f"""SELECT m.meter, {PERIOD_COLUMNS}{night} FROM lake.{PERIOD_TABLES[by]} v
            JOIN lake.meters m USING (key) {where} ORDER BY m.meter, start""",
            values,
        ).to_arrow_table()

    def _hours(self, meters: Sequence[str] | None, period: Period | None) -> pa.Table:
        made = []
        for task in recomputing.tasks(self._catalog, meters):
            read = recomputing.read_task(self._catalog, task, meters)
            block = run_block(*read, now=datetime.now(UTC), rules=self._rules, hours=True)
            hours = block.hourly
            if period is not None:
                start, end = (pa.scalar(at, UTC_US) for at in period.instants())
                inside = pc.and_(
                    pc.greater_equal(hours["start"], start), pc.less(hours["start"], end)
                )
                hours = hours.filter(inside)
            names = read[1].select(["key", "meter"])
            made.append(hours.join(names, "key").select(["meter", *hours.column_names[1:]]))
        if not made:
            empty = {name: pa.array([], kind) for name, kind in _HOURLY.items()}
            return pa.table(empty)
        return pa.concat_tables(made).sort_by([("meter", "ascending"), ("start", "ascending")])

    def night_flow(
        self, meters: Sequence[str] | None = None, period: Period | None = None
    ) -> pa.Table:
        """Return the least hourly volume between 02:00 and 05:00 per meter and measured day."""
        where, values = _where(meters, period)
        return self._catalog.read(
            f"""SELECT m.meter, start AS day, night_min_l FROM lake.daily v
            JOIN lake.meters m USING (key) {where} {"AND" if where else "WHERE"}
            night_min_l IS NOT NULL ORDER BY m.meter, start""",
            values,
        ).to_arrow_table()

    def findings(self, meters: Sequence[str] | None = None) -> list[dict[str, Any]]:
        """Return what was noticed about the meters, weightiest volume first.

        Each is a dict with ``meter``, ``at``, ``code``, ``level``, ``text``, ``text_en``,
        ``facts``; one for each meter and code.
        """
        where, values = _where(meters, None)
        rows = self._catalog.read(
            f"""SELECT m.meter, v.* FROM lake.findings v JOIN lake.meters m USING (key) {where}
            ORDER BY abs(v.volume_l) DESC, m.meter, v.code""",
            values,
        ).to_arrow_table()
        found = [
            {"meter": row["meter"], **finding_of(row["meter"], row).to_json()}
            for row in rows.to_pylist()
        ]
        for finding in found:
            finding["at"] = finding["facts"]["first"]
        return found + self._undeclared(meters)

    def _undeclared(self, meters: Sequence[str] | None) -> list[dict[str, Any]]:
        where, values = _where(meters, None)
        rows = self._catalog.read(
            f"""SELECT m.meter FROM lake.meters m {where} {"AND" if where else "WHERE"}
            NOT m.declared ORDER BY 1""",
            values,
        ).fetchall()
        if not rows:
            return []
        names = [row[0] for row in rows]
        shown = "、".join(names[:5]) + ("……" if len(names) > 5 else "")
        finding = Finding(
            "readings.undeclared_meters",
            Level.INFORMS,
            f"{len(names)} 只水表（{shown}）尚未登记：位数、最大流量按未知处理。请在台账中登记。",
            f"{len(names)} meters ({', '.join(names[:5])}{' …' if len(names) > 5 else ''}) are not "
            "in the registry: digits and greatest flow count as unknown. Enter them there.",
            {"count": len(names), "meters": names[:50]},
        )
        return [{"meter": "", "at": "", **finding.to_json()}]

    def last_day(self) -> date | None:
        """Return the last day that has a volume, or None before the first."""
        row = self._catalog.read(
            "SELECT max(start) FROM lake.daily WHERE quality <> 'M'"
        ).fetchone()
        return row[0] if row else None

    def snapshot(self) -> str:
        """Return the id of the lake's current snapshot; any change of the lake changes it."""
        row = self._catalog.read("SELECT id FROM ducklake_current_snapshot('lake')").fetchone()
        return str(row[0]) if row else ""


_HOURLY = {
    "meter": pa.string(), "start": UTC_US, "volume_l": pa.int64(), "measured_l": pa.int64(),
    "estimated_l": pa.int64(), "reverse_l": pa.int64(), "missing_h": pa.float64(),
    "gap_h": pa.float64(), "quality": pa.string(),
}  # fmt: skip


def _where(meters: Sequence[str] | None, period: Period | None) -> tuple[str, list[Any]]:
    parts: list[str] = []
    values: list[Any] = []
    if meters is not None:
        # One text, not a list: DuckDB looks for an absent module at every element of a list.
        parts.append("m.meter IN (SELECT unnest(string_split(?, chr(10))))")
        values.append("\n".join(meters))
    if period is not None:
        parts.append("start >= ? AND start < ?")
        values += [period.start, period.end]
    return ("WHERE " + " AND ".join(parts) if parts else ""), values
