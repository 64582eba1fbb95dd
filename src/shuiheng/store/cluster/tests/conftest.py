"""What the tests beyond one machine share: a Spark session with real executors, an object store."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

from shuiheng.store.cluster.tests.object_store import KEY, SECRET, ObjectStore, StoreMissing

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

# Two executors, each a process of its own with one core: nothing is shared but the files.
MASTER = "local-cluster[2,1,1024]"


@pytest.fixture(scope="session")
def sessions() -> Iterator[dict[str, Any]]:
    """Hold the one Spark session of this test process, started by the first test that asks."""
    held: dict[str, Any] = {}
    yield held
    if "spark" in held:
        application = held["spark"].sparkContext.applicationId
        held["spark"].stop()
        shutil.rmtree(Path(os.environ.get("SPARK_HOME", ".")) / "work" / application, True)


@pytest.fixture
def spark(sessions: dict[str, Any], service_missing: Callable[[str], NoReturn]) -> SparkSession:
    """Give a session with real executors; skips where Java or pyspark is not installed."""
    if "spark" not in sessions:
        try:
            import pyspark
        except ImportError:
            service_missing("pyspark is not installed: make cluster")
        if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
            service_missing("Java is not installed (Debian: apt-get install default-jre-headless)")
        from shuiheng.store.cluster.session import spark_session

        # The workers get our environment when the session starts, and look there for the keys.
        os.environ["SHUIHENG_S3_KEY"], os.environ["SHUIHENG_S3_SECRET"] = KEY, SECRET
        os.environ.setdefault("SPARK_HOME", str(Path(pyspark.__file__).parent))
        sessions["spark"] = spark_session(MASTER, memory="512m")
    return sessions["spark"]


@pytest.fixture(scope="session")
def stores() -> Iterator[dict[str, ObjectStore]]:
    """Hold the one object store of this test process."""
    held: dict[str, ObjectStore] = {}
    yield held
    for store in held.values():
        store.stop()
        shutil.rmtree(store.folder.parent, ignore_errors=True)


@pytest.fixture
def object_store(
    stores: dict[str, ObjectStore],
    service_missing: Callable[[str], NoReturn],
) -> ObjectStore:
    """Give a running object store; skips where it is not installed."""
    if "store" not in stores:
        folder = Path(tempfile.mkdtemp(prefix="shuiheng-objects-"))
        try:
            stores["store"] = ObjectStore(folder / "run").start()
        except StoreMissing as missing:
            service_missing(str(missing))
    return stores["store"]
