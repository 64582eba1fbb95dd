"""A process killed at any moment: what it acknowledged is there once, nothing is there in part."""

from __future__ import annotations

import contextlib
import os
import queue
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from shuiheng.store import Lake

pytestmark = pytest.mark.slow

KILLS, ROWS = 50, 20
# A program that has everything loaded forks a writer for each word it is told; the writer writes
# batch after batch, and a line on its output is an acknowledgement.
_NURSERY = """
import datetime as dt, os, pathlib, sys
import numpy as np, pyarrow as pa
from shuiheng.core.vee import VeeRules, run_block
from shuiheng.store import Lake, sorting
home, catalog = pathlib.Path(sys.argv[1]), sys.argv[2]
start = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)

# What is compiled is loaded once, before any writer is born; it starts no thread.
one = np.array([1, 0])
rows = sorting.canonical(np.array([1, 0], np.int32), one, one, 2)
sorting._sort_inside(rows.ends, rows.at, rows.value)
sorting.by_month(rows.rank, rows.at, rows.value, np.array([0, 1], np.int32), one[:0])
whole = pa.array([0], pa.int64())
read = pa.table({"key": pa.array([0], pa.int32()), "at": whole.cast(pa.timestamp("us")),
                 "value_l": whole})
facts = pa.table({"key": read["key"], "kind": ["register"], **dict.fromkeys(
    ("unit_l", "capacity_l", "max_flow_l_h", "step_s", "idle_s"), whole)})
none = pa.table({"key": read["key"], "at": read["at"], "final_l": whole, "initial_l": whole})[:0]
run_block(read, facts, none, now=start, rules=VeeRules())

def write(name, first):
    with Lake.open(home, catalog=catalog, rules=VeeRules()) as lake:
        print(name, "open", flush=True)
        for number in range(first, first + 10_000):
            rows = [dict(meter=f"{name}{m}", at=start + dt.timedelta(hours=number), value_l=number)
                    for m in range(20)]
            lake.append(rows, source="x", batch=f"{name}-{number}")
            print(name, number, flush=True)
            if number % 4 == 3:
                lake.recompute(now=start + dt.timedelta(days=900))
            if number % 16 == 15:
                lake.compact()

for line in sys.stdin:
    name, first = line.split()
    pid = os.fork()
    if not pid:
        try:
            write(name, int(first))
        finally:
            os._exit(1)
    print(name, "pid", pid, flush=True)
    if name == "M":
        os.waitpid(pid, 0)
        print(name, "ended", flush=True)
"""


class Nursery:
    """Writers in processes of their own, and the numbers that each has acknowledged."""

    def __init__(self, home: Path, catalog: str = "sqlite") -> None:
        self.said: dict[str, list[int]] = {}
        self._told: queue.Queue[str] = queue.Queue()
        self._pids: dict[str, int] = {}
        self._process = subprocess.Popen(
            [sys.executable, "-c", _NURSERY, str(home), catalog],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            name, *words = line.split()
            if words[0] == "pid":
                self._pids[name] = int(words[1])
            elif words[0].isdigit():
                self.said.setdefault(name, []).append(int(words[0]))
            if not words[0].isdigit():
                self._told.put(words[0])

    def count(self, name: str) -> int:
        """Return how many batches a writer has acknowledged."""
        return len(self.said.get(name, []))

    def start(self, *writers: tuple[str, int]) -> None:
        """Start writers and wait until each has opened the lake."""
        assert self._process.stdin is not None
        for name, first in writers:
            self._process.stdin.write(f"{name} {first}\n")
        self._process.stdin.flush()
        opened = 0
        while opened < len(writers):
            opened += self._told.get(timeout=120) == "open"

    def kill(self, name: str) -> None:
        """Kill a writer as the operating system does when memory runs out."""
        os.kill(self._pids.pop(name), signal.SIGKILL)
        while name == "M" and self._told.get(timeout=60) != "ended":
            pass

    def close(self) -> None:
        """End all that was started."""
        for name in list(self._pids):
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._pids.pop(name), signal.SIGKILL)
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(60)
        self._listener.join(60)


def check(home: Path, said: set[str], catalog: str = "sqlite") -> None:
    """Check that every acknowledged batch is whole and there once, and no batch in part."""
    with Lake.open(home, catalog=catalog) as lake:
        kept = {row["batch"]: row["readings"] for row in lake.batches().to_pylist()}
        assert said <= set(kept)
        assert set(kept.values()) == {ROWS}
        found = lake._catalog.read(
            """SELECT p.batch, count(*), count(DISTINCT (r.key, r.read_at)) FROM lake.readings r
            JOIN lake.parts p USING (part) GROUP BY p.batch"""
        ).fetchall()
        assert {batch: count for batch, count, _ in found} == kept
        assert all(count == distinct for _, count, distinct in found)


def test_fifty_kills_lose_nothing_and_leave_nothing_in_part(tmp_path: Path) -> None:
    chance = random.Random(20200519)
    nursery = Nursery(tmp_path)
    try:
        first, pace = 0, 0.05
        for _ in range(KILLS):
            nursery.start(("M", first))
            # The moment is drawn anew: in the first commit or a later one, in a recomputation,
            # a compaction, or between them, however quick the machine is.
            began, acknowledged = time.monotonic(), nursery.count("M") + chance.randrange(3)
            _wait_for(lambda least=acknowledged: nursery.count("M") >= least)  # type: ignore[misc]
            pace = max(pace, time.monotonic() - began)
            time.sleep(chance.random() * min(pace, 0.5))
            nursery.kill("M")
            first = max([first, *(number + 2 for number in nursery.said.get("M", []))])
    finally:
        nursery.close()
    assert nursery.said["M"]
    check(tmp_path, {f"M-{number}" for number in nursery.said["M"]})
    with Lake.open(tmp_path) as lake:
        before = lake.readings("M7").num_rows
        lake.compact()
        assert lake.readings("M7").num_rows == before
        assert not lake.verify().findings


@pytest.mark.postgres
def test_four_writers_of_one_catalog_take_turns_and_one_is_killed(
    tmp_path: Path, postgres_address: str
) -> None:
    catalog = f"postgres:{postgres_address}"
    Lake.open(tmp_path, catalog=catalog).close()
    nursery = Nursery(tmp_path, catalog)
    try:
        nursery.start(*((name, 0) for name in "ABCD"))
        _wait_for(lambda: nursery.count("B") >= 2)
        time.sleep(random.Random(1).random() * 0.2)
        nursery.kill("B")
        # The lock of the one that was killed is free: the others go on.
        then = {name: nursery.count(name) for name in "ACD"}
        _wait_for(lambda: all(nursery.count(n) >= then[n] + 2 for n in "ACD"))
    finally:
        nursery.close()
    said = {f"{name}-{number}" for name, numbers in nursery.said.items() for number in numbers}
    check(tmp_path, said, catalog)


def _wait_for(reached: Callable[[], bool], patience_s: float = 120) -> None:
    until = time.monotonic() + patience_s
    while not reached():
        assert time.monotonic() < until, "the writers do not go on"
        time.sleep(0.01)
