"""What a list of meters to look at is made of: one row a meter, one row a meter and finding."""

from __future__ import annotations

from datetime import date, timedelta

import pyarrow as pa

from shuiheng.store.catalog import Catalog

# How far back a meter's usual day is looked for; an older meter is silent in any case.
LOOK_BACK_DAYS = 400


def standing(catalog: Catalog, on: date, days: int) -> pa.Table:
    """Return how each meter stood on a day: one row a meter, also for those without any reading.

    Columns: ``meter``, ``step_s``, ``last`` (the last day with a volume, None before the first),
    ``usual_l`` (its mean day), and over the last ``days``: ``volume_l``, ``estimated_l``,
    ``good_days`` (measured or accepted by hand) and ``all_days`` (that have a row at all).
    """
    first, start = on - timedelta(days=LOOK_BACK_DAYS), on - timedelta(days=days - 1)
    return catalog.read(
        """WITH lately AS (
            SELECT key, max(start) FILTER (quality <> 'M') AS last,
                avg(volume_l) FILTER (quality <> 'M') AS usual_l,
                sum(volume_l) FILTER (start >= $1) AS volume_l,
                sum(estimated_l) FILTER (start >= $1) AS estimated_l,
                count(*) FILTER (start >= $1 AND quality IN ('G', 'A')) AS good_days,
                count(*) FILTER (start >= $1) AS all_days
            FROM lake.daily WHERE start BETWEEN $2 AND $3 GROUP BY key),
        ever AS (SELECT key, last_day(max(start)) AS last FROM lake.monthly
            WHERE quality <> 'M' AND start <= $3 GROUP BY key)
        SELECT m.meter, m.step_s, coalesce(l.last, e.last) AS last,
            coalesce(l.usual_l, 0)::BIGINT AS usual_l, coalesce(l.volume_l, 0)::BIGINT AS volume_l,
            coalesce(l.estimated_l, 0)::BIGINT AS estimated_l,
            coalesce(l.good_days, 0) AS good_days, coalesce(l.all_days, 0) AS all_days
        FROM lake.meters m LEFT JOIN lately l USING (key) LEFT JOIN ever e USING (key)
        ORDER BY m.key""",
        [start, first, on],
    ).to_arrow_table()


def tallies(catalog: Catalog) -> pa.Table:
    """Return the findings summed for each meter and code, without sentences.

    Columns: ``meter``, ``code``, ``count``, ``volume_l`` (never below zero), ``first_s`` and
    ``last_s`` (seconds since 1970, UTC), ``pattern`` (whether it speaks of the course of many days
    and not of single readings).
    """
    return catalog.read(
        """SELECT m.meter, f.code, sum(f.count)::BIGINT AS count,
            sum(abs(f.volume_l))::BIGINT AS volume_l, min(f.first_s) AS first_s,
            max(f.last_s) AS last_s, bool_or(f.month = -1) AS pattern
        FROM lake.findings f JOIN lake.meters m USING (key) GROUP BY ALL
        ORDER BY m.meter, f.code"""
    ).to_arrow_table()
