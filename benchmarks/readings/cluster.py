"""The same recomputation in threads and on Spark's executors, by processor time for each core.

    python -m benchmarks.readings.cluster [--millions 10] [--master 'local-cluster[2,1,1024]']

Both runs compute a lake of a year of hourly registers for the first time. Processor seconds are
counted for the processes that work: this one, and for Spark the driver, the executors' Java and
their Python workers apart. The volumes of the two lakes are compared at the end.
"""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
from benchmarks.readings.generate import generate, meters_of
from benchmarks.readings.jobs import NOW, SHIPPED, fresh, import_parquet, warm

from shuiheng.store import Lake
from shuiheng.store.cluster import recompute_on_spark, spark_session

TICKS = os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Measure and print."""
    asked = _arguments()
    # The workers load what is measured from this checkout, too.
    os.environ.setdefault("PYTHONPATH", str(Path.cwd()))
    folder = Path(tempfile.mkdtemp(prefix="shuiheng-cluster-"))
    try:
        generate(folder, meters_of(asked.millions))
        rows = import_parquet(folder)["rows"]
        print(f"{rows:,} readings of {meters_of(asked.millions):,} meters")
        sums = [_threads(folder, rows), _spark(folder, rows, asked.master)]
        assert sums[0] == sums[1], sums
        print("volumes, qualities and findings of the two are equal")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--millions", type=float, default=10.0, help="readings, in millions")
    parser.add_argument("--master", default="local-cluster[2,1,1024]")
    return parser.parse_args()


def _threads(folder: Path, rows: int) -> list[Any]:
    with Lake.open(fresh(folder), rules=SHIPPED) as lake:
        warm()
        wall, used = time.perf_counter(), time.process_time()
        done = lake.recompute(now=NOW)
        used, wall = time.process_time() - used, time.perf_counter() - wall
        assert done.readings >= rows
        print(f"threads: {wall:.1f} s, processor {used:.1f} s, {rows / used:,.0f} readings/s·core")
        print(_files(folder / "home"))
        return _sums(lake)


def _spark(folder: Path, rows: int, master: str) -> list[Any]:
    began = time.perf_counter()
    spark = spark_session(master)
    frame = spark.createDataFrame(
        spark.sparkContext.parallelize([(n,) for n in range(8)], 8), "n int"
    )
    frame.mapInArrow(_warm, "n int").collect()
    print(f"Spark: session and warm workers after {time.perf_counter() - began:.1f} s")
    try:
        with Lake.open(fresh(folder), rules=SHIPPED) as lake:
            before, wall = _used(), time.perf_counter()
            recompute_on_spark(lake, spark, now=NOW)
            wall = time.perf_counter() - wall
            used = {name: (_used()[name] - before[name]) / TICKS for name in before}
            work = used["workers"] + used["executors"]
            print(
                f"Spark {master}: {wall:.1f} s; processor: Python workers {used['workers']:.1f} s, "
                f"executors' Java {used['executors']:.1f} s, driver {used['driver']:.1f} s, its "
                f"Java {used['java']:.1f} s; {rows / work:,.0f} readings/s·core of the workers"
            )
            return _sums(lake)
    finally:
        spark.stop()


def _warm(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    warm()
    yield from batches


def _sums(lake: Lake) -> list[Any]:
    return [
        lake._catalog.read(f"SELECT count(*), sum(hash({columns})) FROM lake.{name}").fetchall()
        for name, columns in (
            ("daily", "key, start, volume_l, measured_l, estimated_l, quality, method"),
            ("monthly", "key, start, volume_l, measured_l, estimated_l, quality, method"),
            ("findings", "key, month, code, count, volume_l"),
            ("checkpoints", "key, month, readings, state"),
        )
    ]


def _files(home: Path) -> str:
    files = list((home / "lake" / "data").rglob("*.parquet"))
    size = sum(file.stat().st_size for file in files)
    catalog = (home / "lake" / "catalog.sqlite").stat().st_size
    return f"{len(files)} files of {size / 1e6:,.1f} MB, catalog {catalog / 1e6:.2f} MB"


def _used() -> dict[str, int]:
    """Return the processor ticks used so far, by kind of process."""
    found: dict[int, tuple[int, int, str]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            stat = (folder / "stat").read_text().rpartition(")")[2].split()
            words = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        found[int(folder.name)] = (int(stat[1]), int(stat[11]) + int(stat[12]), words)
    used = dict.fromkeys(("driver", "java", "executors", "workers"), 0)
    for process, (_, ticks, words) in found.items():
        if process == os.getpid():
            used["driver"] += ticks
        elif _descends(process, found):
            java = "java" in words.split(" ")[0]
            executor = "CoarseGrainedExecutorBackend" in words
            used["executors" if executor else "java" if java else "workers"] += ticks
    return used


def _descends(process: int, found: dict[int, tuple[int, int, str]]) -> bool:
    while process in found:
        process = found[process][0]
        if process == os.getpid():
            return True
    return False


if __name__ == "__main__":
    main()
