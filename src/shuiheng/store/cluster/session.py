"""A Spark session that can run the kernel: interpreter, addresses, memory, the code itself."""

from __future__ import annotations

import hashlib
import os
import re
import sys
import zipfile
from pathlib import Path
from tempfile import gettempdir
from typing import TYPE_CHECKING

import shuiheng

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

# The folder, beside each executor, into which Spark unpacks the code.
CODE = "shuiheng-code"
# One task holds at most about 2.4 million readings; what the kernel makes of them fits in this.
EXECUTOR_MEMORY = "1g"


class NoSpark(RuntimeError):
    """Raised when Spark is asked for and is not installed."""

    def __init__(self) -> None:
        super().__init__(
            "Spark is not installed here. Install the extra `shuiheng[spark]` (in a checkout: "
            "`make cluster`) and a Java runtime of version 17 or newer, or leave --spark out: "
            "the same kernel then runs in threads."
        )


class SparkRefused(RuntimeError):
    """Raised when Spark is installed and no session could be started."""

    def __init__(self, master: str, reason: str) -> None:
        super().__init__(
            f"Spark could not be started with {master!r}: {reason} It needs a Java runtime of "
            "version 17 or newer here, and a master such as local[2], local-cluster[2,1,1024] or "
            "spark://host:7077."
        )


def spark_session(
    master: str,
    *,
    executors: int | None = None,
    cores: int = 1,
    memory: str = EXECUTOR_MEMORY,
    python: str | None = None,
    ship: bool | None = None,
) -> SparkSession:
    """Start a Spark session (or return the one that runs) with all that the kernel's tasks need.

    ``master`` is Spark's own word: ``local[4]``, ``local-cluster[2,1,1024]``,
    ``spark://host:7077``, ``k8s://…``. ``executors`` and ``cores`` of each limit what is taken of
    a cluster. ``python`` is the interpreter on the workers, which must have pyarrow, numpy and
    numba (default: the path of this one). ``ship`` sends this package's code along; by default it
    is sent to every master that is not on this machine. Without it the package must be installed
    on the workers.

    :raises NoSpark: if pyspark is not installed
    :raises SparkRefused: if Java is missing, or the master cannot be reached or understood
    """
    try:
        from py4j.protocol import Py4JError
        from pyspark.errors import PySparkException
        from pyspark.sql import SparkSession
    except ImportError as missing:
        raise NoSpark from missing
    at_home = master.startswith("local")
    interpreter = python or sys.executable
    # Without these the workers start whatever `python3` their search path has first.
    os.environ["PYSPARK_PYTHON"] = interpreter
    os.environ["PYSPARK_DRIVER_PYTHON"] = sys.executable
    # Spark 4 would otherwise look for a session on a remote server first.
    os.environ.pop("SPARK_REMOTE", None)
    settings = {
        "spark.pyspark.python": interpreter,
        "spark.pyspark.driver.python": sys.executable,
        "spark.executor.cores": str(cores),
        "spark.executor.memory": memory,
        # One row is one task and must stay one: nothing may be merged, nothing run twice.
        "spark.sql.adaptive.enabled": "false",
        "spark.speculation": "false",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.log.level": "ERROR",
    }
    if executors is not None:
        settings["spark.executor.instances"] = str(executors)
        settings["spark.cores.max"] = str(executors * cores)
    if at_home:
        # A name of this machine that does not resolve, or resolves to an address nobody may
        # connect to, is the commonest reason for a local run that never starts.
        os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
        settings["spark.driver.host"] = settings["spark.driver.bindAddress"] = "127.0.0.1"
    if ship is None:
        ship = not at_home
    if ship:
        settings["spark.archives"] = f"{packed()}#{CODE}"
        settings["spark.executorEnv.PYTHONPATH"] = f"./{CODE}"
    builder = SparkSession.builder.master(master).appName("shuiheng readings vee")
    for name, value in settings.items():
        builder = builder.config(name, value)
    try:
        return builder.getOrCreate()
    except (PySparkException, Py4JError, RuntimeError) as wrong:
        raise SparkRefused(master, reason_of(str(wrong))) from wrong


def reason_of(text: str) -> str:
    """Return the line of a long trace of Spark that says what went wrong.

    >>> reason_of("Job aborted\\nTraceback (most recent call last):\\nOSError: No space.")
    'OSError: No space.'
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    named = re.compile(r"(: )?[\w.]+(Error|Exception|Kernel|Place|Broken|Failed): ")
    raised = [line for line in lines if named.match(line)]
    said = raised[-1] if raised else (lines or ["no reason was given"])[0]
    return said.removeprefix(": ").rstrip(".") + "."


def packed(folder: Path | None = None) -> Path:
    """Write this package's code into an archive for the workers and return its path.

    Only Python files go in: thresholds reach the workers as values, never as files. Spark unpacks
    the archive beside the executor, so that the compiled kernel is kept there between tasks. The
    name carries a digest of the code; an archive that is there already is used again.
    """
    root = Path(str(shuiheng.__file__)).parent
    files = [root / "__init__.py"]
    for floor in ("basics", "rules", "core", "store"):
        files += sorted((root / floor).rglob("*.py"))
    files = [file for file in files if "tests" not in file.parts]
    digest = hashlib.sha256()
    for file in files:
        digest.update(str(file.relative_to(root)).encode() + b"\0" + file.read_bytes())
    target = (folder or Path(gettempdir())) / f"shuiheng-{digest.hexdigest()[:16]}.zip"
    if not target.is_file():
        half = target.with_suffix(f".{os.getpid()}.part")
        with zipfile.ZipFile(half, "w", zipfile.ZIP_DEFLATED) as archive:
            for file in files:
                archive.write(file, str(Path("shuiheng") / file.relative_to(root)))
        half.replace(target)
    return target
