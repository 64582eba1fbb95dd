"""The tasks of a recomputation on the executors of Spark: one row each, no shuffle."""

from __future__ import annotations

import pickle
from collections import deque
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from shuiheng.core.vee.codes import VERSION
from shuiheng.store.catalog import BLOCK
from shuiheng.store.cluster.listing import check_files
from shuiheng.store.cluster.session import reason_of
from shuiheng.store.cluster.worker import RESULT, TASK, Job, Part
from shuiheng.store.computing.task import Computed, Run
from shuiheng.store.computing.work import WHOLE, Task

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

# Tasks of a wave for each core: enough that no core waits for the slowest task for long, few
# enough that what comes back fits in the driver.
TASKS_PER_CORE = 8


class ClusterFailed(RuntimeError):
    """Raised when a task fails on the workers for good; nothing of its wave is committed."""

    def __init__(self, tasks: int, reason: str) -> None:
        super().__init__(
            f"Spark gave up on a wave of {tasks} tasks: {reason} Nothing of this wave was "
            "committed, what came before is kept. Look at the workers (memory, interpreter, "
            "access to the catalog and to the lake's files) and start again: only what is missing "
            "is computed."
        )


class SparkTasks:
    """Runs tasks on the executors of a session, a wave at a time."""

    def __init__(self, spark: SparkSession) -> None:
        self._spark = spark

    @property
    def wave(self) -> int:
        """How many tasks go into one Spark job."""
        return int(self._spark.sparkContext.defaultParallelism) * TASKS_PER_CORE

    def __call__(self, run: Run, tasks: Iterable[Task]) -> Iterator[Computed]:
        """Yield what came of each task, in the order of the tasks.

        :raises NotInFiles: if the readings are not what their files hold
        :raises ClusterFailed: if a task fails for good
        """
        check_files(run.catalog)
        job = Job(
            folder=run.catalog.folder.absolute(),
            address=run.catalog.address,
            place=run.catalog.place,
            now=run.now,
            rules=run.rules,
            kernel=str(VERSION),
        )
        queue = deque(tasks)
        while queue:
            some = [queue.popleft() for _ in range(min(self.wave, len(queue)))]
            for computed in self._collected(job, [part_of(run, task) for task in some]):
                # Meters that have to be computed from earlier on are tasks of a later wave.
                queue.extend(computed.again)
                if len(computed.keys):
                    yield computed

    def _collected(self, job: Job, parts: list[Part]) -> list[Computed]:
        from py4j.protocol import Py4JError
        from pyspark.errors import PySparkException

        # One partition for each row: a task of ours is a task of Spark, tried again by itself.
        rows = self._spark.sparkContext.parallelize(
            [part.row(number) for number, part in enumerate(parts)], len(parts)
        )
        frame = self._spark.createDataFrame(rows, _ddl(TASK), verifySchema=False)
        try:
            told = frame.mapInArrow(job, _ddl(RESULT)).collect()
        except (PySparkException, Py4JError) as wrong:
            raise ClusterFailed(len(parts), reason_of(str(wrong))) from wrong
        return [
            pickle.loads(row["computed"]) for row in sorted(told, key=lambda row: row["number"])
        ]


def part_of(run: Run, task: Task) -> Part:
    """Return a task with that share of the run's plan which its meters need."""
    pending = run.pending
    places = np.searchsorted(pending.key, task.keys)
    blocks = set(np.unique(task.keys // BLOCK).tolist())
    first, last = int(task.keys[0]), int(task.keys[-1])
    share = type(pending)(
        key=pending.key[places],
        first_us=pending.first_us[places],
        month=pending.month[places],
        rows=pending.rows[places],
        cause=[pending.cause[place] for place in places],
        # What is dealt with, and what is ripe, only the driver's commit looks at.
        touched=pending.touched.slice(0, 0),
        ripe=pending.ripe[:0],
        computed_at={block: pending.computed_at[block] for block in blocks},
        renewed=pending.renewed & blocks,
    )
    needed = [
        file
        for file in run.files
        if file.first_key <= last
        and file.last_key >= first
        and (task.month == WHOLE or file.last_month >= task.month)
    ]
    return Part(task, share, needed)


def _ddl(schema: pa.Schema) -> str:
    kinds = {pa.int32(): "int", pa.binary(): "binary"}
    return ", ".join(f"{field.name} {kinds[field.type]}" for field in schema)
