"""Volumes and findings as the last computation left them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Literal

import pyarrow as pa

from shuiheng.basics import Finding, Level, Period
from shuiheng.core.vee import VeeRules, finding_of
from shuiheng.store.catalog import Catalog
from shuiheng.store.computing.outlook import with_outlook
from shuiheng.store.computing.spot import hours

By = Literal["hour", "day", "month", "year"]
QUALITY_HOURS = ("good_h", "accepted_h", "estimated_h", "suspect_h", "rejected_h", "absent_h")
PERIOD_COLUMNS = ", ".join(
    ("start", "volume_l", "measured_l", "estimated_l", "accepted_l", "reverse_l", "missing_h",
     "gap_h", "quality", "method", *QUALITY_HOURS)
)  # fmt: skip
_ALL_HOURS = " + ".join(f"sum({name})" for name in QUALITY_HOURS)
# A year is the sum of its months; what is measured in it was asked of the year, not of the month.
# The quality follows the rules of shorter periods (core/vee/README.md).
_YEARS = f"""(SELECT key, date_trunc('year', start)::DATE AS start,
    sum(volume_l)::BIGINT AS volume_l, sum(year_measured_l)::BIGINT AS measured_l,
    sum(volume_l - year_measured_l)::BIGINT AS estimated_l, sum(accepted_l)::BIGINT AS accepted_l,
    sum(reverse_l)::BIGINT AS reverse_l, round(sum(missing_h), 3) AS missing_h,
    round(sum(gap_h), 3) AS gap_h,
    CASE WHEN sum(rejected_h) * 24 > {_ALL_HOURS} THEN 'X'
        WHEN sum(missing_h) * 24 > {_ALL_HOURS} THEN 'M'
        WHEN sum(suspect_h) + sum(rejected_h) > 0 THEN 'S'
        WHEN sum(volume_l - year_measured_l) * 100 > sum(volume_l)
            OR (sum(volume_l) = 0 AND sum(estimated_h) * 24 > {_ALL_HOURS}) THEN 'E'
        WHEN sum(accepted_h) * 24 > {_ALL_HOURS} THEN 'A' ELSE 'G' END AS quality,
    coalesce(arg_max(method, estimated_l) FILTER (method <> ''
        AND volume_l > year_measured_l), '') AS method,
    {", ".join(f"sum({name})::INTEGER AS {name}" for name in QUALITY_HOURS)}
    FROM lake.monthly GROUP BY key, date_trunc('year', start))"""
# The findings of a code, over all months, as one row.
TALLY = """sum(count)::BIGINT AS count, min(first_s) AS first_s,
    max(last_s) AS last_s, sum(volume_l)::BIGINT AS volume_l, sum(amount)::BIGINT AS amount,
    unnest(arg_max({worst_s: worst_s, worst_before: worst_before, worst_after: worst_after,
        worst_size: worst_size, limit_l_h: limit_l_h, usual_step_s: usual_step_s},
        {size: abs(worst_size), earlier: -month}))"""
_TABLES = {"day": "lake.daily", "month": "lake.monthly", "year": _YEARS}


def volumes(
    catalog: Catalog,
    rules: VeeRules,
    by: By = "day",
    meters: Sequence[str] | None = None,
    period: Period | None = None,
    estimate_to: date | None = None,
) -> pa.Table:
    """Return volumes per meter and hour, day, month or year that starts in ``period``.

    Columns: ``meter``, ``start`` (date, or instant in UTC for hours), ``volume_l`` =
    ``measured_l`` + ``estimated_l``, ``accepted_l`` (the part of it that rests on readings a
    person accepted or entered), ``reverse_l``, ``missing_h``, ``gap_h``, ``quality`` (G, A, E, S,
    M or X), ``method`` of the largest estimated part, for days, months and years the hours of
    each quality, and for days ``night_min_l``. Hours are computed on demand.

    ``estimate_to`` adds days after a register meter's last reading up to and including that day,
    as the average of like days; they are of quality E and method ``average_day``, and are stored
    nowhere.
    """
    if by == "hour":
        return hours(catalog, rules, meters, period)
    where, values = _where(meters, period)
    night = ", night_min_l" if by == "day" else ""
    table = catalog.read(
        f"""SELECT m.meter, {PERIOD_COLUMNS}{night} FROM {_TABLES[by]} v
        JOIN lake.meters m USING (key) {where} ORDER BY m.meter, start""",
        values,
    ).to_arrow_table()
    if estimate_to is None:
        return table
    return with_outlook(catalog, table, by, meters, period, estimate_to)


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
    ``facts``; one for each meter and code, over all months.
    """
    where, values = _where(meters, None)
    rows = catalog.read(
        f"""SELECT m.meter, v.code, {TALLY}
        FROM lake.findings v JOIN lake.meters m USING (key) {where} GROUP BY m.meter, v.code
        ORDER BY abs(sum(volume_l)) DESC, m.meter, v.code""",
        values,
    ).to_arrow_table()
    found = [told(row["meter"], row) for row in rows.to_pylist()]
    return found + _undeclared(catalog, meters)


def told(meter: str, row: dict[str, Any]) -> dict[str, Any]:
    """Return a row of ``TALLY`` as a finding in words."""
    finding = {"meter": meter, **finding_of(meter, row).to_json()}
    return {**finding, "at": finding["facts"]["first"]}


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
