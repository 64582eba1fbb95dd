"""Building the demonstration home: into a folder beside it, renamed when whole.

Run as ``python -m shuiheng.cli.demo.build FOLDER SEED SCALE`` in a process of its own, because
Django takes its database from the folder it is started with, and that folder is renamed here.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shuiheng.cli.demo.record import RECORD, made_by
from shuiheng.cli.demo.rows import PLACE, PLAN, YEAR, District
from shuiheng.rules import Law

if TYPE_CHECKING:
    from rich.progress import Progress

    from shuiheng.store import Lake

NAME = "新北区(演示数据)"


class StillBuilding(RuntimeError):
    """Raised when another process is building the same home."""


def build(folder: Path, seed: int, scale: float = 1.0) -> dict[str, Any]:
    """Make the district in ``folder`` and return what was made; nothing is left half done.

    :raises StillBuilding: if another process is building it
    """
    started = time.perf_counter()
    folder = folder.resolve()
    folder.parent.mkdir(parents=True, exist_ok=True)
    with _alone(folder):
        half = folder.with_name(f".{folder.name}.half")
        shutil.rmtree(half, ignore_errors=True)
        half.mkdir()
        record = _fill(half, seed, scale)
        record["seconds"]["all"] = round(time.perf_counter() - started, 1)
        (half / RECORD).write_text(json.dumps(record, ensure_ascii=False, indent=2) + "\n", "utf-8")
        _put_in_place(half, folder)
    return record


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    with folder.with_name(f".{folder.name}.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StillBuilding(
                f"另一个进程正在生成 {folder}。请等它完成后再运行 / Another process is building "
                f"{folder}. Wait until it is done and run again."
            ) from None
        yield


def _put_in_place(half: Path, folder: Path) -> None:
    old = folder.with_name(f".{folder.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        folder.replace(old)
    half.replace(folder)
    shutil.rmtree(old, ignore_errors=True)


def _fill(home: Path, seed: int, scale: float) -> dict[str, Any]:
    from shuiheng.cli.demo.generate import generate
    from shuiheng.cli.demo.tables import write_tables
    from shuiheng.cli.terminal import errors, progress
    from shuiheng.store import Home, Lake

    clock = _Clock()
    os.environ.pop("SHUIHENG_DATABASE_URL", None)
    os.environ["SHUIHENG_HOME"] = str(home)
    os.environ["DJANGO_SETTINGS_MODULE"] = "shuiheng.web.settings"
    district = generate(seed, scale)
    clock.lap("generate")
    import django
    from django.core.management import call_command
    from django.db import connections

    django.setup()
    call_command("migrate", verbosity=0, interactive=False)
    clock.lap("tables made")

    def told(what: str, count: int) -> None:
        errors.print(f"  {what}: {count:,}", highlight=False)

    counts = write_tables(district, told)
    connections.close_all()
    clock.lap("tables filled")
    with progress() as bar, Lake.open(home) as lake:
        findings = write_lake(district, lake, clock, bar)
    write_stories(district, home)
    Home(home, NAME, PLACE, PLAN, demo=True, asked_on=date(YEAR, 12, 31), seed=seed).save()
    return {
        "made_by": made_by(),
        "seed": seed,
        "counts": {**counts, "readings": district.readings, "findings": findings},
        "seconds": clock.laps,
    }


class _Clock:
    """Seconds by step, for the summary."""

    def __init__(self) -> None:
        self.laps: dict[str, float] = {}
        self._last = time.perf_counter()

    def lap(self, name: str) -> None:
        now = time.perf_counter()
        self.laps[name] = round(self.laps.get(name, 0.0) + now - self._last, 1)
        self._last = now


def write_lake(
    district: District, lake: Lake, clock: _Clock | None = None, bar: Progress | None = None
) -> int:
    """Put meters, exchanges and readings into the lake and compute; return how many findings.

    The late batch comes after a first computation, as it did in the story.
    """
    clock = clock or _Clock()
    ratio = Law.shipped().as_of("metering/q4_to_q3", on=date(YEAR, 1, 1), place=PLACE).number
    lake.define_meters(
        [
            {
                "meter": meter.number, "kind": "register", "unit_l": meter.unit_l,
                "capacity_l": meter.capacity_l, "step_s": meter.step_s,
                "max_flow_l_h": int(meter.q3_m3_h * ratio * 1000),
            }
            for meter in district.meters
            if meter.counts != "="
        ]
    )  # fmt: skip
    lake.define_exchanges(
        [
            {"meter": row.meter, "at": row.at, "final_l": row.final_l, "initial_l": row.initial_l}
            for row in district.exchanges
        ]
    )
    clock.lap("lake made")
    task = bar.add_task("读数入库 readings", total=district.readings) if bar else None
    for batch, table in district.batches:
        if "late" in batch:
            clock.lap("readings stored")
            _compute(lake, bar, "校核与汇总 volumes")
            clock.lap("volumes")
        lake.append(table, source="演示数据", batch=batch, strict=True)
        if bar and task is not None:
            bar.advance(task, len(table))
    clock.lap("readings stored")
    _compute(lake, bar, "迟到数据重算 late data")
    clock.lap("late data")
    return len(lake.findings())


def _compute(lake: Lake, bar: Progress | None, label: str) -> None:
    # The district lives in 2020: nothing here may depend on today's date.
    now = datetime(YEAR + 1, 1, 1, tzinfo=UTC)
    if bar is None:
        lake.recompute(now=now)
        return
    task = bar.add_task(label, total=None)

    def done(count: int, total: int) -> None:
        bar.update(task, completed=count, total=total)

    lake.recompute(progress=done, now=now)


def write_stories(district: District, home: Path) -> None:
    """Write down the planted stories, for the pages and the tests."""
    stories = [
        {**asdict(story), "since": story.since.isoformat(), "until": story.until.isoformat()}
        for story in district.stories
    ]
    document = {"seed": district.seed, "year": YEAR, "stories": stories}
    (home / "stories.json").write_text(
        json.dumps(document, ensure_ascii=False, indent=2) + "\n", "utf-8"
    )


def main(words: list[str]) -> int:
    """Build from the words ``FOLDER SEED SCALE`` and return the exit code."""
    folder, seed, scale = words
    try:
        build(Path(folder), int(seed), float(scale))
    except StillBuilding as busy:
        sys.stderr.write(f"{busy}\n")
        return 2
    except OSError as wrong:
        sys.stderr.write(
            f"无法写入 {folder}:{wrong.strerror}。请检查磁盘空间和权限，或用 --home 另选目录 / "
            f"{folder} cannot be written ({wrong.strerror}). Check space and rights, or choose "
            "another folder with --home.\n"
        )
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
