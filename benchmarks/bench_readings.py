"""Readings: import, the kernel against the same rules as DuckDB SQL, one meter's week, memory.

    python benchmarks/bench_readings.py [--meters 1142] [--repeat 3]

1,142 meters for a year are ten million hourly readings: gaps, outages, duplicates, permanent jumps,
misreads, replacements and rollovers are planted. Everything is generated here, nothing is fetched.
The rival runs a simple chain (difference, rollover, limit, gap spread flat, days) on the *same*
readings: it leaves out misreads, exchanges, conflicts, patterns and findings, which the kernel has.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as papq

from shuiheng.basics import Period
from shuiheng.core.vee import VeeRules, run_block
from shuiheng.store import Lake
from shuiheng.store.imports import Wanted, import_file

HOURS = 8_760
START = int(datetime(2023, 12, 31, 16, tzinfo=UTC).timestamp())
NOW = datetime(2026, 1, 1, tzinfo=UTC)
LIMIT = 10_000

# The same chain as SQL: one value an instant, difference, rollover at 10^9, limit, flat spread.
RIVAL = f"""
CREATE OR REPLACE TABLE rival AS
WITH one AS (
    SELECT key, epoch("at")::BIGINT AS t, max(value_l) AS r FROM readings GROUP BY ALL
), steps AS (
    SELECT key, lag(t) OVER w AS t0, t AS t1, r - lag(r) OVER w AS d
    FROM one WINDOW w AS (PARTITION BY key ORDER BY t)
), judged AS (
    SELECT key, t0, t1, CASE
        WHEN d BETWEEN 0 AND {LIMIT} * (t1 - t0) // 3600 THEN d
        WHEN d < 0 AND d + 1000000000 BETWEEN 0 AND {LIMIT} * (t1 - t0) // 3600
            THEN d + 1000000000
        ELSE 0 END AS v, d NOT BETWEEN 0 AND {LIMIT} * (t1 - t0) // 3600 AS estimated
    FROM steps WHERE t0 IS NOT NULL
), hours AS (
    SELECT key, unnest(range(t0, t1, 3600)) AS h, v, t0, t1, estimated FROM judged
), shared AS (
    SELECT key, (h + 28800) // 86400 AS day, (h + 28800) % 86400 // 3600 AS clock,
        v * (h + 3600 - t0) // (t1 - t0) - v * (h - t0) // (t1 - t0) AS v,
        estimated OR t1 - t0 > 5400 AS estimated
    FROM hours
)
SELECT key, day, sum(v)::BIGINT AS volume_l, sum(v) FILTER (estimated)::BIGINT AS estimated_l,
    count(*) FILTER (estimated) AS estimated_h,
    min(v) FILTER (clock BETWEEN 2 AND 4 AND NOT estimated) AS night_min_l
FROM shared GROUP BY ALL
"""


def generate(meters: int, seed: int = 1) -> pa.Table:
    """Return a year of hourly readings of ``meters`` with planted faults, sorted by meter."""
    chance = np.random.default_rng(seed)
    hour = np.arange(HOURS, dtype=np.int64)
    tables = []
    for key in range(meters):
        flow = chance.gamma(1.2, 12 * (1 + key % 40), HOURS).astype(np.int64)
        if key % 200 == 7:
            flow[chance.integers(HOURS)] += 2_000_000
        register = np.cumsum(flow) + chance.integers(0, 10**6)
        if key % 50 == 3:
            register = (register + 10**9 - register[HOURS // 2]) % 10**9
        if key % 200 == 11:
            register[HOURS // 3 :] -= register[HOURS // 3] - 5
        for place in chance.integers(0, HOURS, chance.poisson(0.2)):
            register[place] += 40_000_000
        kept = chance.random(HOURS) > 0.003
        for place in chance.integers(0, HOURS, chance.poisson(0.9)):
            kept[place : place + chance.integers(2, 48)] = False
        twice = np.flatnonzero(kept & (chance.random(HOURS) < 0.005))
        rows = np.sort(np.concatenate((np.flatnonzero(kept), twice)))
        at = (START + hour[rows] * 3600) * 1_000_000
        tables.append(
            pa.table(
                {
                    "key": pa.array(np.full(len(rows), key, np.int32)),
                    "at": pa.array(at).cast(pa.timestamp("us")),
                    "value_l": pa.array(register[rows]),
                }
            )
        )
    return pa.concat_tables(tables).combine_chunks()


def measured(work: Callable[[], object], repeat: int) -> tuple[float, float]:
    """Return the medians of wall and processor seconds (all threads) of ``repeat`` runs.

    On a machine that others use too, the processor seconds are the ones to compare.
    """
    walls, processors = [], []
    for _ in range(repeat):
        began, used = time.perf_counter(), time.process_time()
        work()
        walls.append(time.perf_counter() - began)
        processors.append(time.process_time() - used)
    return statistics.median(walls), statistics.median(processors)


def timed(work: Callable[[], object], repeat: int) -> float:
    """Return the median of the wall times of ``repeat`` runs."""
    return measured(work, repeat)[0]


def main() -> None:
    """Run the benchmark and print one JSON document."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--meters", type=int, default=1142)
    parser.add_argument("--repeat", type=int, default=3)
    asked = parser.parse_args()
    result: dict[str, object] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        table = generate(asked.meters)
        count = len(table)
        named = table.append_column(
            "meter", pa.array([f"M{key:05}" for key in range(asked.meters)]).take(table["key"])
        ).select(["meter", "at", "value_l"])
        papq.write_table(named, folder / "all.parquet")
        few = named.slice(0, min(count, 1_000_000))
        pacsv.write_csv(few, folder / "few.csv")
        del named
        result["readings"] = count
        result |= kernel_and_rival(table, asked.meters, asked.repeat)
        del table
        result |= store(folder, count, len(few), asked.repeat)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    result["peak_rss_mb_with_generator_and_rival"] = round(peak)
    print(json.dumps(result, indent=2))


def kernel_and_rival(table: pa.Table, meters: int, repeat: int) -> dict[str, object]:
    """Time the kernel in one thread, and the rival with DuckDB's own threads."""
    facts = pa.table(
        {
            "key": pa.array(range(meters), pa.int32()),
            "kind": pa.array(["register"] * meters),
            "unit_l": pa.array([1] * meters),
            "capacity_l": pa.array([10**9] * meters),
            "max_flow_l_h": pa.array([LIMIT] * meters),
            "step_s": pa.array([3600] * meters),
        }
    )
    none = pa.table(
        {
            "key": pa.array([], pa.int32()),
            "at": pa.array([], pa.timestamp("us")),
            "final_l": pa.array([], pa.int64()),
            "initial_l": pa.array([], pa.int64()),
        }
    )

    def kernel() -> None:
        for first in range(0, meters, 256):
            lo = np.searchsorted(keys, first)
            hi = np.searchsorted(keys, first + 256)
            run_block(
                table.slice(lo, hi - lo), facts.slice(first, 256), none, now=NOW, rules=VeeRules()
            )

    keys = table["key"].to_numpy()
    kernel()  # compile
    wall, seconds = measured(kernel, repeat)
    duck = duckdb.connect()
    duck.register("readings", table)
    rival_wall, rival = measured(lambda: duck.execute(RIVAL), repeat)
    scan = timed(
        lambda: duck.execute('SELECT sum(key), max("at"), sum(value_l) FROM readings').fetchall(),
        repeat,
    )
    duck.close()
    return {
        "kernel_wall_s_one_thread": round(wall, 3),
        "kernel_cpu_s": round(seconds, 3),
        "kernel_rows_per_cpu_s": round(len(table) / seconds),
        "duckdb_sql_wall_s_all_threads": round(rival_wall, 3),
        "duckdb_sql_cpu_s": round(rival, 3),
        "duckdb_cpu_over_kernel_cpu": round(rival / seconds, 1),
        "arrow_scan_s": round(scan, 3),
    }


def store(folder: Path, count: int, few: int, repeat: int) -> dict[str, object]:
    """Time imports, the whole recomputation out of the lake, and one meter's week."""
    wanted = Wanted({"meter": "meter", "time": "at", "register": "value_l"}, "L", "UTC")
    copy = timed(
        lambda: duckdb.execute(
            f"COPY (SELECT * FROM '{folder}/all.parquet') TO '{folder}/copy.parquet'"
        ),
        1,
    )
    with Lake.open(folder / "csv") as lake:
        text = timed(lambda: import_file(lake, folder / "few.csv", wanted, home=folder / "csv"), 1)
    with Lake.open(folder / "home") as lake:
        parquet = timed(
            lambda: import_file(lake, folder / "all.parquet", wanted, home=folder / "home"), 1
        )
        began, used = time.perf_counter(), time.process_time()
        done = lake.recompute(now=NOW)
        vee, vee_cpu = time.perf_counter() - began, time.process_time() - used
        week = Period(date(2024, 5, 6), date(2024, 5, 13))
        point = timed(lambda: lake.readings("M00077", week), max(repeat, 5))
        hours = timed(lambda: lake.volumes("hour", ["M00077"], week), max(repeat, 5))
    size = sum(file.stat().st_size for file in (folder / "home" / "lake").rglob("*.parquet"))
    return {
        "import_parquet_rows_per_s": round(count / parquet),
        "duckdb_copy_rows_per_s": round(count / copy),
        "import_csv_rows_per_s": round(few / text),
        "lake_to_volumes_wall_s": round(vee, 2),
        "lake_to_volumes_cpu_s": round(vee_cpu, 2),
        "lake_to_volumes_rows_per_s": round(count / vee),
        "findings": done.findings,
        "one_meter_one_week_ms": round(point * 1000, 1),
        "one_meter_one_week_hours_ms": round(hours * 1000, 1),
        "lake_bytes_per_reading_with_volumes": round(size / count, 2),
    }


if __name__ == "__main__":
    main()
