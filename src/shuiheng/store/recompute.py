"""The runner of the kernel: what is out of date is computed in threads, committed in groups."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from shuiheng.core.vee import VeeRules
from shuiheng.store.catalog import BLOCK, Catalog
from shuiheng.store.computing import scan, work
from shuiheng.store.computing.saving import Saver, Superseded, Waiting
from shuiheng.store.computing.task import Computed, Run, compute
from shuiheng.store.computing.work import WHOLE, Task, basis, stale

__all__ = ["Compute", "Recomputed", "basis", "in_threads", "recompute", "stale"]

# What runs the tasks of a plan: it yields what came of each, and of those that follow from it.
Compute = Callable[[Run, list[Task]], Iterator[Computed]]

# What was computed is committed when about this many rows wait.
COMMIT_ROWS = 1_000_000
# So often another process may have been faster before somebody has to look.
PATIENCE = 50


@dataclass(frozen=True, slots=True)
class Recomputed:
    """What a recomputation did.

    ``meters`` of ``blocks`` were computed, ``resumed`` of them from a checkpoint and ``whole`` of
    them from their first reading; ``readings`` were judged and ``findings`` made of them.
    ``changed`` days and months that had been final have another volume or quality now.
    """

    meters: int
    blocks: int
    readings: int
    findings: int
    seconds: float
    resumed: int = 0
    whole: int = 0
    changed: int = 0


def recompute(
    catalog: Catalog,
    rules: VeeRules,
    meters: Sequence[str] | None,
    progress: Callable[[int, int], None] | None,
    now: datetime,
    computed: Compute | None = None,
) -> Recomputed:
    """Remake volumes and findings of the meters whose readings, facts or rules changed.

    The work is planned, computed and compared without holding up other writers. A commit that
    finds that another process has dealt with the same meters leaves nothing; then what is still
    out of date is planned anew. ``computed`` runs the tasks; by default threads do.
    """
    began = time.perf_counter()
    now = now.astimezone(UTC)
    total = _Total()
    for attempt in range(PATIENCE):
        run = Run(catalog, rules, now, work.pending(catalog, rules, meters, now), [])
        if not len(run.pending.key):
            break
        run.files.extend(scan.data_files(catalog))
        try:
            _recompute(run, total, progress, computed or in_threads)
            break
        except Superseded:
            time.sleep(0.01 * attempt)
    return Recomputed(
        len(total.resumed) + len(total.whole), len(total.blocks), total.readings, total.findings,
        time.perf_counter() - began, len(total.resumed), len(total.whole), total.changed,
    )  # fmt: skip


class _Total:
    """What has been committed so far."""

    def __init__(self) -> None:
        self.resumed: set[int] = set()
        self.whole: set[int] = set()
        self.blocks: set[int] = set()
        self.readings = self.findings = self.changed = 0

    def add(self, waiting: Waiting) -> None:
        for one in waiting.done:
            (self.whole if one.task.month == WHOLE else self.resumed).update(one.keys.tolist())
            self.blocks.update(np.unique(one.keys // BLOCK).tolist())
            self.readings += one.readings
            self.findings += one.findings
            self.changed += len(one.changes) if one.changes is not None else 0


def _recompute(
    run: Run,
    total: _Total,
    progress: Callable[[int, int], None] | None,
    computed_by: Compute,
) -> None:
    saver, waiting = Saver(run), Waiting()
    pending = run.pending
    expected, done = int(pending.rows.sum()), 0
    for computed in computed_by(run, list(work.tasks(pending.key, pending.month, pending.rows))):
        waiting.add(computed)
        done += computed.readings
        if waiting.days >= COMMIT_ROWS:
            saver.save(waiting)
            total.add(waiting)
            waiting = Waiting()
        if progress:
            progress(min(done, expected), expected)
    if waiting.done:
        saver.save(waiting)
        total.add(waiting)
    if progress:
        progress(expected, expected)


def in_threads(run: Run, tasks: list[Task]) -> Iterator[Computed]:
    """Yield what came of each task, in order, a few tasks ahead of the reader.

    A task may name meters that have to be computed from earlier on; they come last.
    """
    queue = deque(tasks)
    threads = max(1, min(len(tasks), os.cpu_count() or 1))
    with ThreadPoolExecutor(threads) as pool:
        ahead: deque[Future[Computed]] = deque()
        try:
            while queue or ahead:
                while queue and len(ahead) <= threads:
                    ahead.append(pool.submit(compute, run, queue.popleft()))
                computed = ahead.popleft().result()
                queue.extend(computed.again)
                if len(computed.keys):
                    yield computed
        finally:
            for future in ahead:
                future.cancel()
