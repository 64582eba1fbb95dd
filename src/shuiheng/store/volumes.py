"""Volumes and findings as the kernel left them, and hours on demand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any, Literal

import pyarrow as pa
import pyarrow.compute as pc

from shuiheng.basics import Finding, Level, Period
from shuiheng.core.vee import VeeRules, finding_of, run_block
from shuiheng.store import recompute as recomputing
from shuiheng.store.catalog import Catalog
from shuiheng.store.rows import UTC_US

By = Literal["hour", "day", "month", "year"]
PERIOD_TABLES = {"day": "daily", "month": "monthly"}
PERIOD_COLUMNS = "start, volume_l, measured_l, estimated_l, reverse_l, missing_h, gap_h, quality"

_YEARS = """(SELECT key, date_trunc('year', start)::DATE AS start,
    sum(volume_l)::BIGINT AS volume_l, sum(measured_l)::BIGINT AS measured_l,
    sum(estimated_l)::BIGINT AS estimated_l,
    sum(reverse_l)::BIGINT AS reverse_l, sum(missing_h) AS missing_h, max(gap_h) AS gap_h,
    CASE WHEN bool_or(quality = 'M') THEN 'M' WHEN bool_or(quality = 'S') THEN 'S'
    WHEN bool_or(quality = 'E') THEN 'E' ELSE 'G' END AS quality
    FROM lake.monthly GROUP BY key, date_trunc('year', start))"""


def volumes(
    catalog: Catalog,
    rules: VeeRules,
    by: By = "day",
    meters: Sequence[str] | None = None,
    period: Period | None = None,
) -> pa.Table:
    """Return volumes per meter and hour, day, month or year that starts in ``period``.

    Columns: ``meter``, ``start`` (date, or instant in UTC for hours), ``volume_l`` =
    ``measured_l`` + ``estimated_l``, ``reverse_l``, ``missing_h``, ``gap_h``, ``quality``
    (G, E, S or M), for days also ``night_min_l``. Hours are computed on demand.
    """
    if by == "hour":
        return _hours(catalog, rules, meters, period)
    where, values = _where(meters, period)
    night = ", night_min_l" if by == "day" else ""
    table = _YEARS if by == "year" else f"lake.{PERIOD_TABLES[by]}"
    return catalog.read(
        f"""SELECT m.meter, {PERIOD_COLUMNS}{night} FROM {table} v
        JOIN lake.meters m USING (key) {where} ORDER BY m.meter, start""",
        values,
    ).to_arrow_table()


def _hours(
    catalog: Catalog, rules: VeeRules, meters: Sequence[str] | None, period: Period | None
) -> pa.Table:
    made = []
    for task in recomputing.tasks(catalog, meters):
        read = recomputing.read_task(catalog, task, meters)
        block = run_block(*read, now=datetime.now(UTC), rules=rules, hours=True)
        hours = block.hourly
        if period is not None:
            start, end = (pa.scalar(at, UTC_US) for at in period.instants())
            inside = pc.and_(pc.greater_equal(hours["start"], start), pc.less(hours["start"], end))
            hours = hours.filter(inside)
        names = read[1].select(["key", "meter"])
        made.append(hours.join(names, "key").select(["meter", *hours.column_names[1:]]))
    if not made:
        empty = {name: pa.array([], kind) for name, kind in _HOURLY.items()}
        return pa.table(empty)
    return pa.concat_tables(made).sort_by([("meter", "ascending"), ("start", "ascending")])


def night_flow(
    catalog: Catalog, meters: Sequence[str] | None = None, period: Period | None = None
) -> pa.Table:
    """Return the least hourly volume between 02:00 and 05:00 per meter and measured day."""
    where, values = _where(meters, period)
    return catalog.read(
        f"""SELECT m.meter, start AS day, night_min_l FROM lake.daily v
        JOIN lake.meters m USING (key) {where} {"AND" if where else "WHERE"}
        night_min_l IS NOT NULL ORDER BY m.meter, start""",
        values,
    ).to_arrow_table()


def findings(catalog: Catalog, meters: Sequence[str] | None = None) -> list[dict[str, Any]]:
    """Return what was noticed about the meters, weightiest volume first.

    Each is a dict with ``meter``, ``at``, ``code``, ``level``, ``text``, ``text_en``,
    ``facts``; one for each meter and code.
    """
    where, values = _where(meters, None)
    rows = catalog.read(
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
    return found + _undeclared(catalog, meters)


def _undeclared(catalog: Catalog, meters: Sequence[str] | None) -> list[dict[str, Any]]:
    where, values = _where(meters, None)
    rows = catalog.read(
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


def last_day(catalog: Catalog) -> date | None:
    """Return the last day that has a volume, or None before the first."""
    row = catalog.read("SELECT max(start) FROM lake.daily WHERE quality <> 'M'").fetchone()
    return row[0] if row else None


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
