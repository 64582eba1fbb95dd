"""The single measurements; each runs in a process of its own and prints one line of JSON.

    python -m benchmarks.readings.jobs NAME FOLDER

Imports and the loading of compiled code come before the clock; what is measured is the work. The
largest resident memory is that of the whole process.
"""

from __future__ import annotations

import json
import os
import random
import resource
import shutil
import statistics
import sys
import time
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as papq
from benchmarks.readings.generate import HOUR_S, START_S, block, name_of
from benchmarks.readings.source import Source

from shuiheng.basics import Period
from shuiheng.core.vee import VeeRules, run_block
from shuiheng.store import Lake
from shuiheng.store.catalog import extension_path
from shuiheng.store.imports import Wanted, import_file

NOW = datetime(2025, 1, 1, tzinfo=UTC)
NOW_S = int(NOW.timestamp())
THREADS = os.cpu_count() or 1
CSV_ROWS = 2_000_000
Result = dict[str, Any]

# As shipped, but what SQL cannot say in one window: a gap is shaped by the meter's own week, and a
# register may come back after 48 readings. Faults last two readings here.
SHIPPED = VeeRules()
SAME = replace(
    SHIPPED,
    misread_rows=4,
    **({"gap_profile": 0} if hasattr(SHIPPED, "gap_profile") else {}),
)


@contextmanager
def measuring(result: Result, name: str = "") -> Any:
    """Add wall and processor seconds (of all threads) of the block to ``result``."""
    wall, used = time.perf_counter(), time.process_time()
    yield
    result[f"{name}wall_s"] = round(time.perf_counter() - wall, 4)
    result[f"{name}cpu_s"] = round(time.process_time() - used, 4)


def warm() -> None:
    """Let the kernel be compiled, or loaded from its cache."""
    readings, meters, exchanges = block(0, 2, 30, 1)
    run_block(
        readings.select(["key", "at", "value_l"]), _about(meters), exchanges, now=NOW, rules=SAME
    )


def facts_of(folder: Path) -> pa.Table:
    """Return the meters of a folder as the kernel wants them."""
    return _about(papq.read_table(folder / "meters.parquet"))


def _about(meters: pa.Table) -> pa.Table:
    return meters.append_column("idle_s", pa.array(np.zeros(len(meters), np.int64)))


def attached(home: Path) -> duckdb.DuckDBPyConnection:
    """Return a connection that reads the lake of ``home`` as any other program would."""
    duck = duckdb.connect()
    for name in ("sqlite_scanner", "ducklake"):
        duck.execute(f"LOAD '{extension_path(name)}'")
    duck.execute(
        f"ATTACH 'ducklake:sqlite:{home}/lake/catalog.sqlite' AS lake "
        f"(READ_ONLY, DATA_PATH '{home}/lake/data/', OVERRIDE_DATA_PATH true)"
    )
    return duck


def stored(folder: Path) -> Source:
    """Return the Parquet files of the lake itself, as its catalog lists them."""
    home = folder / "pristine"
    with attached(home) as duck:
        files = duck.execute(
            "SELECT data_file FROM ducklake_list_files('lake', 'readings') ORDER BY 1"
        ).fetchall()
    return Source(folder, tuple(row[0] for row in files), "read_at", False)


def fresh(folder: Path, kept: str = "pristine") -> Path:
    """Return a copy of a home (its files are links), to be changed and thrown away."""
    home = folder / "home"
    shutil.rmtree(home, ignore_errors=True)
    # Catalogs are copied, since SQLite writes into them; the readings' files never change.
    shutil.copytree(
        folder / kept, home, copy_function=lambda one, two: (
            os.link(one, two) if str(one).endswith(".parquet") else shutil.copy2(one, two)
        ),
    )  # fmt: skip
    return home


def import_parquet(folder: Path) -> Result:
    """Import all files into a new lake, which is kept as ``pristine``."""
    home, result = folder / "pristine", {}
    shutil.rmtree(home, ignore_errors=True)
    wanted = Wanted({"meter": "meter", "time": "at", "register": "value_l"}, "L", "UTC")
    with Lake.open(home) as lake:
        lake.define_meters(papq.read_table(folder / "meters.parquet").drop_columns("key"))
        lake.define_exchanges(papq.read_table(folder / "exchanges.parquet").drop_columns("key"))
        rows = 0
        with measuring(result):
            for file in Source.generated(folder).files:
                rows += import_file(lake, Path(file), wanted, home=home).accepted
    return {**result, "rows": rows, "bytes": _size(home)}


def copy_parquet(folder: Path) -> Result:
    """Let DuckDB copy the same files into one Parquet file."""
    return _copied(folder, f"read_parquet('{folder}/readings-*.parquet')")


def _copied(folder: Path, files: str) -> Result:
    result: Result = {}
    out = folder / "copy.parquet"
    with duckdb.connect(config={"threads": THREADS}) as duck, measuring(result):
        rows = duck.execute(
            f"COPY (SELECT meter, \"at\", value_l FROM {files}) TO '{out}' (COMPRESSION zstd)"
        ).fetchall()[0][0]
    out.unlink()
    return {**result, "rows": rows}


def import_csv(folder: Path) -> Result:
    """Import a file of text."""
    home, result = folder / "csv-home", {}
    shutil.rmtree(home, ignore_errors=True)
    wanted = Wanted({"meter": "meter", "time": "at", "register": "value_l"}, "L", "UTC")
    with Lake.open(home) as lake:
        lake.define_meters(papq.read_table(folder / "meters.parquet").drop_columns("key"))
        with measuring(result):
            rows = import_file(lake, _text(folder), wanted, home=home).accepted
    shutil.rmtree(home)
    return {**result, "rows": rows}


def copy_csv(folder: Path) -> Result:
    """Let DuckDB copy the same text into a Parquet file."""
    return _copied(folder, f"read_csv('{_text(folder)}')")


def _text(folder: Path) -> Path:
    path = folder / "few.csv"
    if not path.exists():
        table = papq.read_table(
            Source.generated(folder).files[0], columns=["meter", "at", "value_l"]
        ).slice(0, CSV_ROWS)
        table = table.set_column(0, "meter", table["meter"].cast(pa.string()))
        pacsv.write_csv(table, path)
    return path


def vee(folder: Path, rules: VeeRules = SHIPPED) -> Result:
    """Make volumes and findings of the whole lake for the first time, committed."""
    home, result = fresh(folder), {}
    with Lake.open(home, rules=rules) as lake:
        warm()
        with measuring(result):
            done = lake.recompute(now=NOW)
    return {**result, "rows": done.readings, "findings": done.findings}


def vee_same(folder: Path) -> Result:
    """Make volumes by the rules that the rivals follow, and keep them to be compared."""
    result = vee(folder, SAME)
    out = _emptied(folder / "of-shuiheng")
    with attached(folder / "home") as duck:
        for name in ("daily", "monthly"):
            duck.execute(f"COPY (FROM lake.{name}) TO '{out}/{name}-0.parquet'")
    return result


def kept(folder: Path) -> Result:
    """Keep the lake with its volumes for the measurements that ask or extend it."""
    shutil.rmtree(folder / "complete", ignore_errors=True)
    result = vee(folder)
    (folder / "home").rename(folder / "complete")
    return {**result, "bytes": _size(folder / "complete")}


def _emptied(out: Path) -> Path:
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    return out


def _size(home: Path) -> int:
    return sum(file.stat().st_size for file in (home / "lake").rglob("*") if file.is_file())


def _rival(folder: Path, engine: str, source: Source) -> Result:
    out, result = _emptied(folder / f"of-{engine}"), {}
    if engine == "duckdb":
        from benchmarks.readings import duck

        with measuring(result):
            duck.run(source, out, SAME, NOW_S, THREADS)
    elif engine == "polars":
        from benchmarks.readings import polars_rival

        with measuring(result):
            polars_rival.run(source, out, SAME, NOW_S)
    else:
        from benchmarks.readings import pandas_rival

        with measuring(result):
            pandas_rival.run(source, out, SAME, NOW_S)
    return result


def scan(folder: Path) -> Result:
    """Read the same Parquet once, all columns that the rules need, into Arrow and drop it."""
    result: Result = {}
    with duckdb.connect(config={"threads": THREADS}) as duck:
        files = list(stored(folder).files)
        with measuring(result):
            duck.execute(
                f"SELECT sum(key), max(read_at), sum(value_l) FROM read_parquet({files})"
            ).fetchall()
    return result


def arrow_scan(folder: Path) -> Result:
    """Read the same Parquet once into Arrow, file by file."""
    result: Result = {}
    with measuring(result):
        for file in stored(folder).files:
            papq.read_table(file, columns=["key", "read_at", "value_l"])
    return result


def kernel(folder: Path) -> Result:
    """Run the kernel alone, in one thread, on readings that are in memory already."""
    warm()
    meters = facts_of(folder)
    exchanges = papq.read_table(folder / "exchanges.parquet").drop_columns("meter")
    result: Result = {"wall_s": 0.0, "cpu_s": 0.0, "rows": 0}
    for file in Source.generated(folder).files[:2]:
        table = papq.read_table(file, columns=["key", "at", "value_l"])
        keys = table["key"].to_numpy()
        for first in range(int(keys[0]), int(keys[-1]) + 1, 256):
            lo, hi = np.searchsorted(keys, [first, first + 256])
            one: Result = {}
            with measuring(one):
                run_block(
                    table.slice(lo, hi - lo), meters.slice(first, 256), exchanges,
                    now=NOW, rules=SHIPPED,
                )  # fmt: skip
            result["wall_s"] += one["wall_s"]
            result["cpu_s"] += one["cpu_s"]
            result["rows"] += int(hi - lo)
    return result


def week(folder: Path) -> Result:
    """Ask one meter's week, raw and as hourly volumes, of twenty meters."""
    meters = len(papq.read_table(folder / "meters.parquet"))
    dice = random.Random(1)
    warm()
    result: Result = {}
    with Lake.open(folder / "complete", read_only=True) as lake:

        def asked(what: Callable[[str, Period], object]) -> list[float]:
            took = []
            for _ in range(20):
                monday = date(2023, 1, 2) + timedelta(weeks=dice.randrange(50))
                meter = name_of(dice.randrange(meters))
                began = time.perf_counter()
                what(meter, Period(monday, monday + timedelta(days=7)))
                took.append((time.perf_counter() - began) * 1000)
            return took

        for name, what in (
            ("raw", lake.readings),
            ("hours", lambda meter, period: lake.volumes("hour", [meter], period)),
            ("days", lambda meter, period: lake.volumes("day", [meter], period)),
        ):
            took = asked(what)
            result |= {
                f"{name}_ms": round(statistics.median(took), 1),
                f"{name}_first_ms": round(took[0], 1),
                f"{name}_worst_ms": round(max(took), 1),
            }
    return result


def day(folder: Path) -> Result:
    """Add one day of readings of every meter to the lake with its volumes; make them current."""
    home, result = fresh(folder, "complete"), {}
    meters = papq.read_table(folder / "meters.parquet")
    last = START_S + 365 * 24 * HOUR_S
    parts = []
    with attached(home) as duck:
        registers = duck.execute(
            "SELECT key, max_by(value_l, read_at) FROM lake.readings WHERE read_at < ? "
            "GROUP BY key ORDER BY key",
            [NOW.replace(tzinfo=None)],
        ).fetchnumpy()
    for hour in range(24):
        at = (last + hour * HOUR_S) * 1_000_000
        parts.append(
            pa.table(
                {
                    "meter": meters["meter"],
                    "at": pa.array(np.full(len(meters), at)).cast(pa.timestamp("us", "UTC")),
                    "value_l": pa.array(np.asarray(list(registers.values())[1])),
                }
            )
        )
    fresh_day = pa.concat_tables(parts)
    warm()
    with Lake.open(home) as lake:
        with measuring(result, "append_"):
            lake.append(fresh_day, source="the day", batch="the day")
        with measuring(result):
            done = lake.recompute(now=NOW)
        stale = lake.stale()
    if stale:
        raise AssertionError(f"{len(stale)} meters are still stale.")
    return {**result, "rows": len(fresh_day), "read": done.readings}


def verify(folder: Path) -> Result:
    """Check every reading of the lake against its seals."""
    result: Result = {}
    with Lake.open(folder / "pristine") as lake, measuring(result):
        lake.verify()
    return result


JOBS: dict[str, Callable[[Path], Result]] = {
    "import_parquet": import_parquet,
    "copy_parquet": copy_parquet,
    "import_csv": import_csv,
    "copy_csv": copy_csv,
    "scan": scan,
    "arrow_scan": arrow_scan,
    "kernel": kernel,
    "shuiheng": vee,
    "shuiheng_same_rules": vee_same,
    "complete": kept,
    "duckdb": lambda folder: _rival(folder, "duckdb", stored(folder)),
    "polars": lambda folder: _rival(folder, "polars", stored(folder)),
    "pandas": lambda folder: _rival(folder, "pandas", stored(folder)),
    "duckdb_in_order": lambda folder: _rival(folder, "duckdb", Source.generated(folder)),
    "polars_in_order": lambda folder: _rival(folder, "polars", Source.generated(folder)),
    "pandas_in_order": lambda folder: _rival(folder, "pandas", Source.generated(folder)),
    "week": week,
    "day": day,
    "verify": verify,
}


def main() -> None:
    """Run the job that is named and print its figures."""
    name, folder = sys.argv[1], Path(sys.argv[2])
    result = JOBS[name](folder)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({**result, "peak_mb": round(peak)}))


if __name__ == "__main__":
    main()
