"""What runs on a worker: one task's meters through the same function as in a thread.

A task is one row. The worker opens the lake for reading only (catalog and files are the driver's
own), computes, compares with what is stored, and gives back what differs. What is large it writes
as a file of the lake itself and gives back the path: the driver registers it in its commit. A task
may run twice (a lost executor, a second try); each run writes files of its own, and those of a
run whose row does not reach the driver belong to nobody: ``shuiheng readings compact`` removes
them.
"""

from __future__ import annotations

import pickle
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import pyarrow as pa

from shuiheng.core.vee import VeeRules
from shuiheng.core.vee.codes import VERSION
from shuiheng.store import files
from shuiheng.store.catalog import Catalog
from shuiheng.store.computing.differences import Difference
from shuiheng.store.computing.saving import arranged
from shuiheng.store.computing.scan import DataFile
from shuiheng.store.computing.task import Computed, Run, compute
from shuiheng.store.computing.work import Pending, Task
from shuiheng.store.places import DataPlace

TASK = pa.schema([("number", pa.int32()), ("task", pa.binary())])
RESULT = pa.schema([("number", pa.int32()), ("computed", pa.binary())])
# From this size on the rows that are new in a table do not travel through the driver.
FILE_BYTES = 1 << 20
# A worker computes one task at a time; the database in it only looks a few rows up.
DUCK_MEMORY = "512MB"


class OtherKernel(RuntimeError):
    """Raised when a worker has another version of the kernel than the driver."""

    def __init__(self, here: str, there: str) -> None:
        super().__init__(
            f"This worker's kernel is version {here}, the driver's is {there}: volumes of the two "
            "must not stand side by side. Install the same shuiheng on every worker, or let the "
            "driver send its own (`ship=True`)."
        )


@dataclass(frozen=True, slots=True)
class Part:
    """A task with the share of the run that it needs."""

    task: Task
    pending: Pending
    files: list[DataFile]

    def row(self, number: int) -> tuple[int, bytearray]:
        """Return the part as a row of ``TASK``."""
        return number, bytearray(pickle.dumps(self, protocol=5))


@dataclass(frozen=True, slots=True)
class Job:
    """What is the same for all tasks of a run; called with rows of ``TASK`` it runs them.

    ``address`` is the catalog as ``Catalog`` wants it. A password belongs into the workers'
    environment (``PGPASSFILE``), not in here.
    """

    folder: Path
    address: str
    place: DataPlace
    now: datetime
    rules: VeeRules
    kernel: str

    def __call__(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Run the tasks of a partition; this is the function given to ``mapInArrow``.

        :raises OtherKernel: if this worker's kernel is not the driver's
        """
        if self.kernel != str(VERSION):
            raise OtherKernel(str(VERSION), self.kernel)
        for batch in batches:
            for number, part in zip(*(batch.column(i).to_pylist() for i in (0, 1)), strict=True):
                done = pickle.dumps(self.compute(pickle.loads(part)), protocol=5)
                yield pa.record_batch([pa.array([number], pa.int32()), pa.array([done])],
                                      schema=RESULT)  # fmt: skip

    def compute(self, part: Part) -> Computed:
        """Return what came of a part, large tables as files."""
        catalog = _opened(self)
        run = Run(
            catalog=catalog, rules=self.rules, now=self.now, pending=part.pending, files=part.files
        )
        done = compute(run, part.task)
        return _with_files(catalog, done)


_lakes: dict[tuple[Path, str, DataPlace], Catalog] = {}


def _opened(job: Job) -> Catalog:
    """Return the lake, opened once in the life of a worker's process."""
    key = (job.folder, job.address, job.place)
    if key not in _lakes:
        catalog = Catalog(job.folder, job.address, read_only=True, patience_s=60.0, place=job.place)
        catalog.cursor().execute(f"SET threads = 1; SET memory_limit = '{DUCK_MEMORY}'")
        _lakes[key] = catalog
    return _lakes[key]


def _with_files(catalog: Catalog, done: Computed) -> Computed:
    """Return the same with the large tables of new rows written as files of the lake."""
    large = [name for name, one in done.differences.items() if one.new.nbytes >= FILE_BYTES]
    if not large:
        return done
    cursor = catalog.cursor()
    differences = dict(done.differences)
    paths = {}
    with files.transaction(cursor, catalog.place):
        for name in large:
            new = differences[name].new
            paths[name] = files.write(cursor, name, arranged(name, [new]))
            differences[name] = Difference(differences[name].gone, new.slice(0, 0))
    return replace(done, differences=differences, files=paths)
