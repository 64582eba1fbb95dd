"""Beyond one machine: the same recomputation with its tasks on the executors of Apache Spark."""

from shuiheng.store.cluster.listing import NotInFiles
from shuiheng.store.cluster.recompute import recompute_on_spark
from shuiheng.store.cluster.runner import ClusterFailed
from shuiheng.store.cluster.session import NoSpark, SparkRefused, spark_session

__all__ = [
    "ClusterFailed",
    "NoSpark",
    "NotInFiles",
    "SparkRefused",
    "recompute_on_spark",
    "spark_session",
]
