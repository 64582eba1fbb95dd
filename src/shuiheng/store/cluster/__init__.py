"""Beyond one machine: the same recomputation with its tasks on the executors of Apache Spark."""
