"""The same rules as DuckDB SQL: one window, meter blocks, the calendar only where it is needed.

What makes it quick: an instant's rows are folded first; then one window (one sort) gives each
reading its three neighbours on both sides, which is enough to tell a misread (it comes back), its
return, and everything else; steps of one hour are hours already, only longer ones are unfolded;
days are grouped once and months are made from days. The usual flow, which has a memory that halves,
is folded from a list, only for meters that need it. ``CASE`` looks at rare rules last.
"""

from __future__ import annotations

from pathlib import Path

import duckdb
from benchmarks.readings.source import Source

from shuiheng.core.vee import VeeRules

SPAN = 512

MACROS = """
CREATE OR REPLACE MACRO most(q4, unit, dt) AS q4 * (dt + {jitter}) // 3600 + unit;
CREATE OR REPLACE MACRO fits(v0, v1, q4, unit, dt) AS v1 - v0 BETWEEN 0 AND most(q4, unit, dt);
CREATE OR REPLACE MACRO slack(unit) AS greatest(unit, least(
    greatest({reverse_counts} * unit, {reverse_floor}), {reverse_cap}));
CREATE OR REPLACE MACRO backwards(v0, v1, unit) AS v0 > v1 AND (v0 - v1 <= unit
    OR (v0 - v1 <= slack(unit) AND (v0 - v1) * 10 <= v0));
CREATE OR REPLACE MACRO odd(v0, v1, q4, unit, dt) AS
    NOT (fits(v0, v1, q4, unit, dt) OR backwards(v0, v1, unit));
-- A register at v0 that jumped to v1 is back at v2, in one step from vb.
CREATE OR REPLACE MACRO home(v0, v1, vb, v2, q4, unit, dt) AS
    v2 >= v0 - slack(unit) AND v2 - v0 <= most(q4, unit, dt)
    AND (CASE WHEN v1 > v0 THEN vb - v2 ELSE v2 - vb END) * 2 >= abs(v1 - v0);
CREATE OR REPLACE MACRO chosen(v0, lo, hi, q4, unit, dt) AS CASE
    WHEN lo = hi OR v0 IS NULL OR fits(v0, lo, q4, unit, dt) THEN lo
    WHEN fits(v0, hi, q4, unit, dt) OR abs(hi - v0) < abs(lo - v0) THEN hi ELSE lo END;
"""

# One row an instant; the neighbours; the register it is compared with; its class.
JUDGED = """
CREATE OR REPLACE TEMP TABLE judged AS
WITH instants AS (
    -- the first row of an instant, and the largest register of that instant (of three rows)
    SELECT key, t, value_l AS lo, CASE
        WHEN lead(t, 2) OVER w = t THEN lead(value_l, 2) OVER w
        WHEN lead(t) OVER w = t THEN lead(value_l) OVER w ELSE value_l END AS hi
    FROM (SELECT key, epoch_us({at}) // 1000000 AS t, value_l FROM read_parquet({files})
        WHERE key BETWEEN {first} AND {last} AND value_l >= 0)
    WHERE t BETWEEN {earliest} AND {latest}
    WINDOW w AS (PARTITION BY key ORDER BY t, value_l)
    QUALIFY lag(t) OVER w IS DISTINCT FROM t
), near AS (
    SELECT key, t, lo, hi,
        lag(t) OVER w AS t1, lag(lo) OVER w AS l1, lag(hi) OVER w AS h1,
        lag(t, 2) OVER w AS t2, lag(lo, 2) OVER w AS v2,
        lag(t, 3) OVER w AS t3, lag(lo, 3) OVER w AS v3,
        lead(t) OVER w AS ta, lead(lo) OVER w AS va,
        lead(t, 2) OVER w AS tb, lead(lo, 2) OVER w AS vb
    FROM instants WINDOW w AS (PARTITION BY key ORDER BY t)
), picked AS (
    SELECT key, t, t1, t2, t3, ta, tb, v2, v3, va, vb, lo <> hi AS conflict,
        h1 <> l1 AS after_conflict,
        unit_l AS unit, max_flow_l_h AS q4, capacity_l AS capacity,
        CASE WHEN h1 = l1 THEN l1 ELSE chosen(v2, l1, h1, q4, unit, t1 - t2) END AS v1,
        CASE WHEN lo = hi THEN lo ELSE chosen(l1, lo, hi, q4, unit, t - t1) END AS v
    FROM near JOIN meters USING (key) WHERE t1 IS NOT NULL
), placed AS (
    -- how many readings back is the one to compare with; 0 where this one is a misread
    SELECT key, t, v, conflict, after_conflict, unit, q4, capacity, t1, v1, t2, v2, t3, v3, CASE
        WHEN fits(v1, v, q4, unit, t - t1) AND fits(v2, v1, q4, unit, t1 - t2) THEN 1
        WHEN NOT odd(v1, v, q4, unit, t - t1) THEN CASE
            -- the second of two misreads fits the first one
            WHEN odd(v2, v1, q4, unit, t1 - t2) AND odd(v2, v, q4, unit, t - t2)
                AND home(v2, v1, v, va, q4, unit, ta - t2) THEN 0 ELSE 1 END
        -- where one or two misreads come back to
        WHEN odd(v2, v1, q4, unit, t1 - t2) AND home(v2, v1, v1, v, q4, unit, t - t2) THEN 2
        WHEN odd(v3, v2, q4, unit, t2 - t3) AND odd(v3, v1, q4, unit, t1 - t3)
            AND home(v3, v2, v1, v, q4, unit, t - t3) THEN 3
        WHEN home(v1, v, v, va, q4, unit, ta - t1) OR home(v1, v, va, vb, q4, unit, tb - t1)
            THEN 0 ELSE 1 END AS place
    FROM picked
), known AS (
    SELECT key, t, v, conflict OR (after_conflict AND place = 1) AS conflict, unit, q4, capacity,
        CASE place WHEN 1 THEN t1 WHEN 2 THEN t2 ELSE t3 END AS t0,
        CASE place WHEN 1 THEN v1 WHEN 2 THEN v2 ELSE v3 END AS v0
    FROM placed WHERE place > 0
)
SELECT known.key, t0, t AS t1, v0, v, conflict, CASE
        WHEN e.key IS NOT NULL THEN final_l - v0 + v - initial_l
        WHEN fits(v0, v, q4, unit, t - t0) THEN v - v0
        WHEN backwards(v0, v, unit) THEN 0
        WHEN v < v0 AND v0 * 1000 > capacity * {roll_above} AND v0 < capacity
            AND v - v0 + capacity BETWEEN 0 AND most(q4, unit, t - t0)
            THEN v - v0 + capacity
        END AS volume,
    CASE WHEN v < v0 AND e.key IS NULL AND backwards(v0, v, unit) THEN v0 - v ELSE 0 END
        AS reverse
FROM known LEFT JOIN exchanges e ON e.key = known.key AND e.at_s > t0 AND e.at_s <= t
    AND e.final_l >= v0 AND v >= e.initial_l
    AND final_l - v0 + v - initial_l <= most(q4, unit, t - t0)
"""

# The flow of recent weeks before a step that has no volume of its own: sums that halve.
USUAL = """
CREATE OR REPLACE TEMP TABLE usual AS
WITH before AS (
    SELECT n.key, n.t0, n.t1, list({{'l': s.volume, 's': s.t1 - s.t0}} ORDER BY s.t1) AS steps
    FROM judged n LEFT JOIN judged s
        ON s.key = n.key AND s.t1 < n.t1 AND s.volume IS NOT NULL AND s.reverse = 0
    WHERE n.volume IS NULL GROUP BY ALL
)
SELECT key, t0, t1, list_reduce(steps, lambda a, x: CASE WHEN a.s + x.s > {memory}
    THEN {{'l': (a.l + x.l) // 2, 's': (a.s + x.s) // 2}}
    ELSE {{'l': a.l + x.l, 's': a.s + x.s}} END, {{'l': 0::BIGINT, 's': 0::BIGINT}}) AS flow
FROM before
"""

DAILY = """
CREATE OR REPLACE TEMP TABLE made AS
WITH steps AS (
    SELECT j.* REPLACE (CASE WHEN volume IS NOT NULL THEN volume
            WHEN v < v0 THEN least(greatest(guess, CASE WHEN v <= most THEN v ELSE 0 END, 0), most)
            ELSE coalesce(least(guess, most), most) END AS volume),
        CASE WHEN volume IS NOT NULL THEN CASE WHEN conflict THEN 'S' ELSE 'G' END
            WHEN v < v0 THEN 'S' ELSE 'X' END AS quality, volume IS NULL AS guessed
    FROM judged j LEFT JOIN (
        SELECT u.key, u.t1, most(max_flow_l_h, unit_l, u.t1 - u.t0) AS most,
            CASE WHEN flow.s > 0 THEN flow.l * 86400 // flow.s * (u.t1 - u.t0) // 86400 END AS guess
        FROM usual u JOIN meters USING (key)
    ) u USING (key, t1)
), long AS (
    SELECT key, unnest(range(t0, t1, 3600)) AS h, t0, t1, volume, quality, guessed, reverse
    FROM steps WHERE t1 - t0 > 3600
), hours AS (
    SELECT key, (t0 + 28800) // 86400 AS day, (t0 + 28800) % 86400 // 3600 AS clock,
        volume AS v, CASE WHEN guessed THEN 0 ELSE volume END AS in_day, quality, reverse,
        CASE WHEN guessed THEN 0 ELSE volume END AS in_month
    FROM steps WHERE t1 - t0 = 3600
    UNION ALL
    SELECT key, day, (h + 28800) % 86400 // 3600, v,
        CASE WHEN NOT guessed AND (volume = 0 OR least(inside, dt - inside) <= {day_slack})
            THEN v ELSE 0 END,
        CASE WHEN quality = 'G' AND volume > 0 THEN 'E' ELSE quality END,
        CASE WHEN h + 3600 = t1 THEN reverse ELSE 0 END,
        CASE WHEN NOT guessed AND (volume = 0 OR least(within, dt - within) <= {month_slack})
            THEN v ELSE 0 END
    FROM long, LATERAL (SELECT t1 - t0 AS dt, (h + 28800) // 86400 AS day,
        volume * (h + 3600 - t0) // (t1 - t0) - volume * (h - t0) // (t1 - t0) AS v,
        epoch(date_trunc('month', make_timestamp((h + 28800) * 1000000)))::BIGINT - 28800 AS m0,
        epoch(date_trunc('month', make_timestamp((h + 28800) * 1000000)) + INTERVAL 1 MONTH)
            ::BIGINT - 28800 AS m1),
        LATERAL (SELECT least(t1, day * 86400 + 57600) - greatest(t0, day * 86400 - 28800)
            AS inside, least(t1, m1) - greatest(t0, m0) AS within)
)
SELECT key::INTEGER AS key, DATE '1970-01-01' + day::INTEGER AS start,
    sum(v)::BIGINT AS volume_l, sum(in_day)::BIGINT AS measured_l,
    (sum(v) - sum(in_day))::BIGINT AS estimated_l, sum(reverse)::BIGINT AS reverse_l,
    count(*) FILTER (quality = 'G') AS good_h, count(*) FILTER (quality = 'E') AS estimated_h,
    count(*) FILTER (quality = 'S') AS suspect_h, count(*) FILTER (quality = 'X') AS rejected_h,
    24 - count(*) AS absent_h,
    CASE WHEN count(*) FILTER (clock BETWEEN 2 AND 4 AND quality = 'G' AND reverse = 0) = 3
        THEN min(v) FILTER (clock BETWEEN 2 AND 4) END AS night_min_l,
    sum(in_month)::BIGINT AS in_month
FROM hours GROUP BY key, day
"""

OUT = """
COPY (SELECT * EXCLUDE (in_month) FROM made ORDER BY key, start)
    TO '{out}/daily-{first:06d}.parquet' (COMPRESSION zstd);
COPY (
    SELECT key, date_trunc('month', start)::DATE AS start,
        sum(volume_l)::BIGINT AS volume_l, sum(in_month)::BIGINT AS measured_l,
        (sum(volume_l) - sum(in_month))::BIGINT AS estimated_l, sum(reverse_l)::BIGINT AS reverse_l,
        sum(good_h)::BIGINT AS good_h, sum(estimated_h)::BIGINT AS estimated_h,
        sum(suspect_h)::BIGINT AS suspect_h, sum(rejected_h)::BIGINT AS rejected_h
    FROM made GROUP BY ALL ORDER BY ALL
) TO '{out}/monthly-{first:06d}.parquet' (COMPRESSION zstd);
"""


def run(source: Source, out: Path, rules: VeeRules, now_s: int, threads: int) -> None:
    """Make daily and monthly volumes of the readings of ``source`` and write them to ``out``."""
    folder = source.folder
    duck = duckdb.connect(config={"threads": threads, "memory_limit": "8GB"})
    duck.execute("SET preserve_insertion_order = false; SET TimeZone = 'UTC'")
    duck.execute(f"CREATE TABLE meters AS FROM read_parquet('{folder}/meters.parquet')")
    duck.execute(
        f"""CREATE TABLE exchanges AS SELECT key, epoch_us("at") // 1000000 AS at_s, final_l,
        initial_l FROM read_parquet('{folder}/exchanges.parquet')"""
    )
    words = {
        "files": list(source.files),
        "at": f'"{source.at}"',
        "out": out,
        "jitter": rules.clock_jitter_s,
        "reverse_counts": rules.reverse_counts,
        "reverse_floor": rules.reverse_floor_l,
        "reverse_cap": rules.reverse_cap_l,
        "earliest": rules.earliest_s,
        "latest": now_s + rules.future_slack_s,
        "roll_above": rules.rollover_above_permille,
        "memory": rules.memory_s,
        "day_slack": rules.day_slack_s,
        "month_slack": rules.month_slack_s,
    }
    duck.execute(MACROS.format(**words))
    last = duck.execute("SELECT max(key) FROM meters").fetchall()[0][0]
    for first in range(0, last + 1, SPAN):
        for sql in (JUDGED, USUAL, DAILY, OUT):
            duck.execute(sql.format(first=first, last=first + SPAN - 1, **words))
    duck.close()
