"""Days after the last reading, estimated from like days; asked for, and stored nowhere."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pyarrow as pa

from shuiheng.basics import Period
from shuiheng.store.catalog import Catalog

METHOD = "average_day"
# The average is taken of so many like days, the nearest before the last reading ...
LIKE_DAYS = 3
# ... and looked for this many days back.
LOOK_BACK_DAYS = 56


def with_outlook(
    catalog: Catalog,
    table: pa.Table,
    by: str,
    meters: Sequence[str] | None,
    period: Period | None,
    upto: date,
) -> pa.Table:
    """Return volumes with estimated days after each register meter's last day, up to a day.

    A day gets the average of up to three nearest days of the same kind (working day or weekend)
    that were measured well; the last day with readings keeps its own volume, unless it is not
    covered, then it is estimated whole. Months and years get the sum of such days added.
    """
    added: list[dict[str, Any]] = []
    for meter, days in _history(catalog, meters).items():
        added += _estimated(meter, days, upto)
    if by == "day":
        rows = [row for row in added if _inside(row["start"], period)]
        return _joined(table, rows)
    short = (lambda day: day.replace(day=1)) if by == "month" else _new_year
    sums: dict[tuple[str, date], list[dict[str, Any]]] = {}
    for row in added:
        sums.setdefault((row["meter"], short(row["start"])), []).append(row)
    rows = [
        _summed(meter, start, days)
        for (meter, start), days in sums.items()
        if _inside(start, period)
    ]
    return _joined(table, rows)


def _new_year(day: date) -> date:
    return day.replace(month=1, day=1)


def _inside(start: date, period: Period | None) -> bool:
    return period is None or start in period


def _history(catalog: Catalog, meters: Sequence[str] | None) -> dict[str, list[dict[str, Any]]]:
    """Return the last weeks of the register meters, day by day."""
    where, values = "", list[Any]()
    if meters is not None:
        where = "AND m.meter IN (SELECT unnest(string_split(?, chr(10))))"
        values.append("\n".join(meters))
    rows = catalog.read(
        f"""SELECT m.meter, d.start, d.volume_l, d.quality FROM lake.daily d
        JOIN lake.meters m USING (key)
        JOIN (SELECT key, max(start) AS last FROM lake.daily GROUP BY key) l USING (key)
        WHERE m.kind = 'register' AND d.start > l.last - {LOOK_BACK_DAYS} {where}
        ORDER BY m.meter, d.start""",
        values,
    ).to_arrow_table()
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows.to_pylist():
        found.setdefault(row["meter"], []).append(row)
    return found


def _estimated(meter: str, days: list[dict[str, Any]], upto: date) -> list[dict[str, Any]]:
    last = days[-1]["start"]
    good = [day for day in reversed(days) if day["quality"] in {"G", "A"}]
    made = []
    for after in range(1, (upto - last).days + 1):
        day = last + timedelta(days=after)
        like = [one["volume_l"] for one in good if _weekend(one["start"]) == _weekend(day)]
        like = like[:LIKE_DAYS] or [one["volume_l"] for one in good[:LIKE_DAYS]]
        if like:
            made.append({"meter": meter, "start": day, "volume_l": round(sum(like) / len(like)),
                         "hours": 24})  # fmt: skip
    return made


def _weekend(day: date) -> bool:
    return day.weekday() >= 5


def _summed(meter: str, start: date, days: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "meter": meter, "start": start, "volume_l": sum(day["volume_l"] for day in days),
        "hours": 24 * len(days),
    }  # fmt: skip


def _joined(table: pa.Table, rows: list[dict[str, Any]]) -> pa.Table:
    """Add estimated litres to the periods that are there, and the periods that are not."""
    had = {
        (meter, start): place
        for place, (meter, start) in enumerate(
            zip(table["meter"].to_pylist(), table["start"].to_pylist(), strict=True)
        )
    }
    found = table.to_pylist()
    for row in rows:
        place = had.get((row["meter"], row["start"]))
        if place is None:
            empty: dict[str, Any] = dict.fromkeys(table.column_names, 0)
            if "night_min_l" in empty:
                empty["night_min_l"] = None
            found.append({
                **empty, "missing_h": 0.0, "gap_h": 0.0, "meter": row["meter"],
                "start": row["start"], "volume_l": row["volume_l"],
                "estimated_l": row["volume_l"], "estimated_h": row["hours"],
                "quality": "E", "method": METHOD,
            })  # fmt: skip
            continue
        one = found[place]
        one["volume_l"] += row["volume_l"]
        one["estimated_l"] += row["volume_l"]
        one["estimated_h"] += row["hours"]
        one["missing_h"] = max(0.0, one["missing_h"] - row["hours"])
        one["absent_h"] = max(0, one["absent_h"] - row["hours"])
        if one["quality"] not in {"X", "S"}:
            one["quality"] = "E"
        one["method"] = METHOD
    made = pa.Table.from_pylist(found, schema=table.schema)
    return made.sort_by([("meter", "ascending"), ("start", "ascending")])
