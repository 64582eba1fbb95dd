"""Measure the readings against their rivals and print JSON and the table of docs/benchmarks.md.

    python -m benchmarks.readings [--size 1 3 10] [--repeat 3] [--work DIR] [--json FILE]

``--size`` is in million readings; more than one gives the table of growth. Every measurement runs
in a process of its own, rivals by turns; the medians are shown. That engines agree is asserted
before any figure is printed. Disk: some 16 bytes a reading under ``--work``, all removed after.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.readings.equal import assert_equal
from benchmarks.readings.generate import generate, meters_of
from benchmarks.readings.report import report

ROOT = Path(__file__).parents[2]
PANDAS_MILLIONS = 10
Result = dict[str, Any]


def main() -> None:
    """Run what is asked and print it."""
    asked = _arguments()
    result: Result = {
        "on": datetime.now(UTC).date().isoformat(),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "python": platform.python_version(),
        "load_at_start": round(os.getloadavg()[0], 1),
        "sizes": {},
    }
    work = asked.work or Path(tempfile.mkdtemp(prefix="readings-"))
    try:
        for place, size in enumerate(asked.size):
            last = place == len(asked.size) - 1
            measured = one_size(work / f"{size:g}", size, asked, growth_only=not last)
            result["sizes"][f"{size:g}"] = measured
            if asked.json:
                asked.json.write_text(json.dumps(result, indent=2))
    finally:
        if not asked.keep:
            for size in asked.size:
                shutil.rmtree(work / f"{size:g}", ignore_errors=True)
            if not asked.work:
                shutil.rmtree(work, ignore_errors=True)
    print(json.dumps(result, indent=2))
    print(report(result))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.readings", description=__doc__)
    parser.add_argument("--size", type=float, nargs="+", default=[1.0], help="million readings")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--work", type=Path, help="folder for the data (default: a temporary one)")
    parser.add_argument("--json", type=Path, help="file for the result")
    parser.add_argument("--keep", action="store_true", help="leave the data there")
    parser.add_argument(
        "--growth-only", action="store_true", help="of every size only import, VEE and one day"
    )
    return parser.parse_args()


def installed(name: str) -> bool:
    """Return whether a rival can be run here; says how to install it where not."""
    if name == "duckdb" or importlib.util.find_spec(name):
        return True
    print(f"{name} is not installed: pip install 'shuiheng[bench]' (or polars 'pandas<3').")
    return False


def one_size(folder: Path, millions: float, asked: argparse.Namespace, growth_only: bool) -> Result:
    """Return all measurements of one size."""
    folder.mkdir(parents=True, exist_ok=True)
    meters = meters_of(millions)
    made = folder / "rows.json"
    if made.exists():
        rows = json.loads(made.read_text())
    else:
        say(f"{millions:g} million readings of {meters} meters")
        rows = generate(folder, meters)
        made.write_text(json.dumps(rows))
    result: Result = {"readings": rows, "meters": meters}
    growth_only = growth_only or asked.growth_only
    once = ["import_parquet"]
    by_turns = ["shuiheng", "scan"]
    if not growth_only:
        once += ["copy_parquet", "import_csv", "copy_csv"]
        by_turns = ["shuiheng", "shuiheng_same_rules", "scan", "arrow_scan", "kernel"]
        for name in ("duckdb", "polars", "pandas"):
            if installed(name) and (name != "pandas" or millions <= PANDAS_MILLIONS):
                by_turns += [name, f"{name}_in_order"]
    for name in once:
        few = min(asked.repeat, 3) if millions <= 10 else 1
        result[name] = medians([job(name, folder) for _ in range(few)])
    runs: dict[str, list[Result]] = {name: [] for name in by_turns}
    for _ in range(asked.repeat):
        for name in by_turns:
            runs[name].append(job(name, folder))
            rival = name.removesuffix("_in_order")
            if rival in {"duckdb", "polars", "pandas"}:
                runs[name][-1]["equal_rows"] = assert_equal(
                    folder / "of-shuiheng", folder / f"of-{rival}", name
                )
    result |= {name: medians(each) for name, each in runs.items()}
    result["complete"] = job("complete", folder)
    result["day"] = medians([job("day", folder) for _ in range(asked.repeat)])
    result["week"] = job("week", folder)
    if not growth_only:
        result["verify"] = job("verify", folder)
    return result


def job(name: str, folder: Path) -> Result:
    """Run one job in a process of its own and return its figures."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.readings.jobs", name, str(folder)],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(f"{name} failed:\n{done.stderr}")
    result: Result = json.loads(done.stdout.splitlines()[-1])
    say(f"  {name:<20} {json.dumps(result)}")
    return result


def medians(runs: list[Result]) -> Result:
    """Return the median of every figure, and how many runs there were.

    >>> medians([{"wall_s": 1.0}, {"wall_s": 3.0}, {"wall_s": 2.0}])
    {'wall_s': 2.0, 'runs': 3}
    """
    return {name: statistics.median(run[name] for run in runs) for name in runs[0]} | {
        "runs": len(runs)
    }


def say(text: str) -> None:
    """Tell on the error channel how far it is."""
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
