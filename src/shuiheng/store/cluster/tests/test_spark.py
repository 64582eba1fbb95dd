"""The same recomputation on real executors: equal to the local run, whatever is lost on the way."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from shuiheng.store import Lake
from shuiheng.store.catalog import Catalog
from shuiheng.store.cluster import ClusterFailed, recompute_on_spark
from shuiheng.store.cluster.tests.object_store import ObjectStore
from shuiheng.store.cluster.tests.small_lake import NOW, contents, first_days, later_days
from shuiheng.store.computing import work

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

pytestmark = pytest.mark.cluster


@pytest.fixture(autouse=True)
def many_tasks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut the work into many tasks, so that several executors share it."""
    monkeypatch.setattr(work, "TASK_READINGS", 30_000)


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], dict[str, Any]]:
    """Give what the local run makes of the first days, and then of all."""
    with Lake.open(tmp_path_factory.mktemp("local")) as lake:
        first_days(lake)
        lake.recompute(now=NOW)
        before = contents(lake)
        later_days(lake)
        lake.recompute(now=NOW)
        return before, contents(lake)


def assert_same(ours: dict[str, Any], theirs: dict[str, Any]) -> None:
    """Compare table by table, so that a failure names the table."""
    for name, rows in ours.items():
        assert len(rows) == len(theirs[name]), name
        assert rows == theirs[name], name


def test_whole_and_incremental(spark: SparkSession, local: Any, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    with Lake.open(tmp_path) as lake:
        first_days(lake)
        done = recompute_on_spark(lake, spark, now=NOW, progress=lambda *at: told.append(at))
        assert done.meters == 1_060
        assert_same(local[0], contents(lake))
        later_days(lake)
        recompute_on_spark(lake, spark, now=NOW)
        assert_same(local[1], contents(lake))
        assert lake.stale() == []
        assert recompute_on_spark(lake, spark, now=NOW).blocks == 0
    assert told and told[-1][0] == told[-1][1]


def test_an_executor_is_killed_in_the_middle(
    spark: SparkSession, local: Any, tmp_path: Path
) -> None:
    killed: list[int] = []
    over = threading.Event()
    with Lake.open(tmp_path) as lake:
        first_days(lake)
        watcher = threading.Thread(target=_kill_one, args=(killed, over))
        watcher.start()
        recompute_on_spark(lake, spark, now=NOW)
        over.set()
        watcher.join()
        assert killed, "no executor was at work to be killed"
        assert_same(local[0], contents(lake))


def test_postgres_catalog(
    spark: SparkSession, local: Any, tmp_path: Path, postgres_address: str
) -> None:
    with Lake.open(tmp_path, catalog=f"postgres:{postgres_address}") as lake:
        first_days(lake)
        recompute_on_spark(lake, spark, now=NOW)
        later_days(lake)
        recompute_on_spark(lake, spark, now=NOW)
        assert_same(local[1], contents(lake))


def test_bucket_and_postgres_catalog(
    spark: SparkSession,
    local: Any,
    tmp_path: Path,
    postgres_address: str,
    object_store: ObjectStore,
) -> None:
    catalog = f"postgres:{postgres_address}"
    place = object_store.place("spark")
    opened = Catalog(tmp_path / "lake", catalog, read_only=False, patience_s=60, place=place)
    with Lake(opened, tmp_path, None) as lake:
        first_days(lake)
        recompute_on_spark(lake, spark, now=NOW)
        assert_same(local[0], contents(lake))
        later_days(lake)
        lake.recompute(now=NOW)
        assert_same(local[1], contents(lake))
    assert not list(tmp_path.rglob("*.parquet"))


def test_a_missing_file_fails_with_a_reason(spark: SparkSession, tmp_path: Path) -> None:
    with Lake.open(tmp_path) as lake:
        first_days(lake, days=2)
        some = next((tmp_path / "lake" / "data" / "main" / "readings").glob("*.parquet"))
        some.rename(some.with_suffix(".away"))
        with pytest.raises(ClusterFailed, match="Nothing of this wave was committed"):
            recompute_on_spark(lake, spark, now=NOW)
        assert contents(lake)["daily"] == []
        some.with_suffix(".away").rename(some)
        assert recompute_on_spark(lake, spark, now=NOW).meters == 1_060


def _kill_one(killed: list[int], over: threading.Event) -> None:
    """Kill an executor as soon as its Python worker is at work on a task."""
    before = _worked()
    while not over.wait(0.02):
        for executor, ticks in _worked().items():
            if ticks - before.get(executor, 0) >= 10:
                os.kill(executor, signal.SIGKILL)
                killed.append(executor)
                return


def _worked() -> dict[int, int]:
    """Return the processor ticks that the children of each of this test's executors have used."""
    parent: dict[int, int] = {}
    ticks: dict[int, int] = {}
    executors = set()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            said = (folder / "stat").read_text().rpartition(")")[2].split()
            words = (folder / "cmdline").read_bytes()
        except OSError:
            continue  # it has just ended
        number = int(folder.name)
        parent[number], ticks[number] = int(said[1]), int(said[11]) + int(said[12])
        if b"CoarseGrainedExecutorBackend" in words:
            executors.add(number)
    found = dict.fromkeys(executors, 0)
    for number, used in ticks.items():
        above, line = parent[number], [number]
        while above in parent and above != os.getpid():
            line.append(above)
            above = parent[above]
        for one in executors.intersection(line[1:]):
            found[one] += used if above == os.getpid() else 0
    return found
