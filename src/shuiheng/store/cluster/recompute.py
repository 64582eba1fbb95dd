"""``readings vee --spark``: the recomputation of a lake with its tasks on a cluster."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from shuiheng.store.cluster.runner import SparkTasks
from shuiheng.store.cluster.session import spark_session
from shuiheng.store.lake import Lake

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from shuiheng.store.recompute import Recomputed


def recompute_on_spark(
    lake: Lake,
    spark: SparkSession | str,
    *,
    executors: int | None = None,
    meters: Sequence[str] | None = None,
    progress: Callable[[int, int], None] | None = None,
    now: datetime | None = None,
) -> Recomputed:
    """Do what ``lake.recompute`` does, with the tasks on the executors of Spark.

    ``spark`` is a session (``spark_session`` makes one with all settings) or Spark's word for a
    cluster, for which a session is started and, at the end, stopped. ``executors`` limits what is
    taken of it then. The workers open the same lake: they must reach its catalog and its files.

    :raises NoSpark: if pyspark is not installed
    :raises SparkRefused: if no session could be started
    :raises NotInFiles: if the readings are not what their files hold
    :raises ClusterFailed: if a task fails on the workers for good
    """
    if not isinstance(spark, str):
        return lake.recompute(meters, progress, now=now, computed=SparkTasks(spark))
    session = spark_session(spark, executors=executors)
    try:
        return lake.recompute(meters, progress, now=now, computed=SparkTasks(session))
    finally:
        session.stop()
