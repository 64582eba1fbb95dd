"""The lake's connection: extensions from the wheels, one writer at a time, retried commits."""

from __future__ import annotations

import fcntl
import importlib
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import duckdb

Result = TypeVar("Result")

# Tables of the lake. A reading's block is its meter's key divided by BLOCK: one task, one block.
BLOCK = 256
_PERIOD = """block INTEGER, key INTEGER, start DATE, volume_l BIGINT, measured_l BIGINT,
    estimated_l BIGINT, reverse_l BIGINT, missing_h DOUBLE, gap_h DOUBLE, quality VARCHAR"""
TABLES = {
    "meters": """key INTEGER, meter VARCHAR, block INTEGER, kind VARCHAR, unit_l BIGINT,
        capacity_l BIGINT, max_flow_l_h BIGINT, step_s BIGINT, declared BOOLEAN""",
    "exchanges": "key INTEGER, read_at TIMESTAMP, final_l BIGINT, initial_l BIGINT",
    "readings": """block INTEGER, key INTEGER, read_at TIMESTAMP, value_l BIGINT,
        batch INTEGER""",
    "batches": """batch INTEGER, name VARCHAR, source VARCHAR, readings BIGINT,
        received_at TIMESTAMP""",
    "touched": """batch INTEGER, key INTEGER, readings BIGINT, first_at TIMESTAMP,
        last_at TIMESTAMP""",
    "daily": _PERIOD + ", night_min_l BIGINT",
    "monthly": _PERIOD,
    "yearly": _PERIOD,
    "findings": """block INTEGER, key INTEGER, code VARCHAR, count BIGINT, first_s BIGINT,
        last_s BIGINT, volume_l BIGINT, amount BIGINT, worst_s BIGINT, worst_before BIGINT,
        worst_after BIGINT, worst_size BIGINT, limit_l_h BIGINT, usual_step_s BIGINT""",
    "computed": "block INTEGER, batch INTEGER, basis VARCHAR",
}
BY_BLOCK = ("readings", "daily", "monthly", "yearly", "findings")
OPTIONS = {"data_inlining_row_limit": "0", "parquet_compression": "zstd", "parquet_version": "2"}
TRANSIENT = ("conflict", "database is locked", "busy", "could not serialize", "deadlock")


class NoLake(FileNotFoundError):
    """Raised when readings are asked for in a folder that has none."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        super().__init__(
            f"{folder} holds no readings yet. Import some with "
            f"`shuiheng readings import FILE --home {folder.parent}`."
        )


class LakeBusy(RuntimeError):
    """Raised when another process writes into the lake and does not finish in time."""

    def __init__(self, lock: Path, waited: float) -> None:
        self.lock = lock
        super().__init__(
            f"Another process is writing into {lock.parent} and did not finish within "
            f"{waited:.0f} s. Nothing was changed; wait for it to end (an import, a recomputation "
            "or a worker) and start again."
        )


class LakeBroken(RuntimeError):
    """Raised when the lake's catalog or files cannot be read."""

    def __init__(self, folder: Path, reason: str) -> None:
        self.folder, self.reason = folder, reason
        super().__init__(
            f"The readings in {folder} cannot be opened: {reason} Restore the folder from a "
            "backup, or move it away and import the readings again."
        )


class LakeFailed(RuntimeError):
    """Raised when the lake's files or its disk refuse a read or a write."""

    def __init__(self, folder: Path, reason: str) -> None:
        self.folder, self.reason = folder, reason
        super().__init__(
            f"The readings in {folder} could not be read or written: {reason} What was committed "
            "before is kept and nothing is half-written. Look at the disk (space, rights, missing "
            "files) and start again; a missing file comes back from a backup of the folder."
        )


def extension_path(name: str) -> Path:
    """Return the extension's file inside its wheel; loading by name would ask the network.

    >>> extension_path("ducklake").name
    'ducklake.duckdb_extension'
    """
    module = importlib.import_module(f"duckdb_extension_{name}")
    folder = Path(str(module.__file__)).parent / "extensions" / f"v{duckdb.__version__}"
    return folder / f"{name}.duckdb_extension"


class Catalog:
    """One open lake: a connection, its writer lock, and commits that are retried."""

    def __init__(self, folder: Path, catalog: str, *, read_only: bool, patience_s: float) -> None:
        self.folder, self.read_only, self.patience_s = folder, read_only, patience_s
        self._turn = threading.RLock()
        self._held = 0
        embedded = not catalog.startswith("postgres:")
        file = folder / "catalog.sqlite"
        if read_only and embedded and not file.is_file():
            raise NoLake(folder)
        if not read_only:
            (folder / "data").mkdir(parents=True, exist_ok=True)
        self._duck = duckdb.connect(
            config={
                "autoinstall_known_extensions": "false",
                "autoload_known_extensions": "false",
            }
        )
        scanner = "sqlite_scanner" if embedded else "postgres_scanner"
        for name in (scanner, "ducklake"):
            self._duck.execute(f"LOAD '{_quoted(str(extension_path(name)))}'")
        where = f"sqlite:{file}" if embedded else catalog
        data = f"{folder / 'data'}/"
        options = f"DATA_PATH '{_quoted(data)}', OVERRIDE_DATA_PATH true"
        if read_only:
            options += ", READ_ONLY"
        attach = f"ATTACH 'ducklake:{_quoted(where)}' AS lake ({options})"
        try:
            if read_only:
                self._patiently(lambda: self._duck.execute(attach))
            else:
                with self.writing():
                    self._patiently(lambda: self._duck.execute(attach))
                    self._create()
        except (duckdb.Error, LakeFailed, UnicodeDecodeError) as wrong:
            self._duck.close()
            raise LakeBroken(folder, f"{_first_line(wrong)}.") from wrong

    def _create(self) -> None:
        have = {row[0] for row in self.read("SELECT table_name FROM duckdb_tables() "
                                            "WHERE database_name = 'lake'").fetchall()}  # fmt: skip
        missing = [name for name in TABLES if name not in have]
        if not missing:
            return
        for option, value in OPTIONS.items():
            self._duck.execute(f"CALL lake.set_option('{option}', '{value}')")

        def create(cursor: duckdb.DuckDBPyConnection) -> None:
            for name in missing:
                cursor.execute(f"CREATE TABLE lake.{name} ({TABLES[name]})")
                if name in BY_BLOCK:
                    cursor.execute(f"ALTER TABLE lake.{name} SET PARTITIONED BY (block)")

        self.commit(create)

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """Return a cursor of its own, to be used in one thread."""
        return self._duck.cursor()

    def read(self, sql: str, values: list[Any] | None = None) -> duckdb.DuckDBPyConnection:
        """Run a query on a cursor of its own, retried while a writer commits."""
        return self._patiently(lambda: self.cursor().execute(sql, values or []))

    def commit(self, work: Callable[[duckdb.DuckDBPyConnection], Result]) -> Result:
        """Run ``work`` in one transaction: all of it or nothing, repeated on a passing conflict.

        :raises LakeBusy: if another process holds the lake
        """

        def attempt() -> Result:
            cursor = self.cursor()
            cursor.execute("BEGIN")
            try:
                result = work(cursor)
                cursor.execute("COMMIT")
            except BaseException:
                _roll_back(cursor)
                raise
            return result

        with self.writing():
            return self._patiently(attempt)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the writer lock of the lake; threads and processes take turns.

        :raises LakeBusy: if another process holds it longer than the patience
        """
        lock = self.folder / "writer.lock"
        with self._turn:
            if self._held:
                self._held += 1
                try:
                    yield
                finally:
                    self._held -= 1
                return
            with lock.open("a") as handle:
                until = time.monotonic() + self.patience_s
                while True:
                    try:
                        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                        break
                    except BlockingIOError:
                        if time.monotonic() >= until:
                            raise LakeBusy(lock, self.patience_s) from None
                        time.sleep(0.02 + random.random() * 0.1)
                self._held = 1
                try:
                    yield
                finally:
                    self._held = 0

    def _patiently(self, work: Callable[[], Result], attempts: int = 8) -> Result:
        for attempt in range(attempts):
            try:
                return work()
            except duckdb.Error as wrong:
                said = str(wrong).lower()
                if attempt == attempts - 1 or not any(word in said for word in TRANSIENT):
                    if isinstance(wrong, duckdb.IOException | duckdb.HTTPException):
                        raise LakeFailed(self.folder, f"{_first_line(wrong)}.") from wrong
                    raise
                time.sleep((0.02 * 2**attempt) * (0.5 + random.random()))
        raise AssertionError("unreachable")

    def close(self) -> None:
        """Close the connection."""
        self._duck.close()


def _roll_back(cursor: duckdb.DuckDBPyConnection) -> None:
    try:
        cursor.execute("ROLLBACK")
    except duckdb.Error:
        # The failed commit has already ended the transaction.
        return


def _first_line(wrong: BaseException) -> str:
    return (str(wrong).splitlines() or [type(wrong).__name__])[0].rstrip(".")


def _quoted(text: str) -> str:
    return text.replace("'", "''")
