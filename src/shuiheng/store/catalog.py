"""The lake's connection: extensions from the wheels, one writer at a time, retried commits."""

from __future__ import annotations

import importlib
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, TypeVar

import duckdb

from shuiheng.store import files
from shuiheng.store.locks import LakeBusy, folder_lock, server_lock
from shuiheng.store.places import DataPlace
from shuiheng.store.tables import BLOCK, FORMER, TABLES, columns_of

__all__ = [
    "BLOCK",
    "TABLES",
    "Catalog",
    "LakeBroken",
    "LakeBusy",
    "LakeFailed",
    "LakeOutdated",
    "NoLake",
    "extension_path",
]

Result = TypeVar("Result")

OPTIONS = {"data_inlining_row_limit": "0", "parquet_compression": "zstd", "parquet_version": "2"}
SERVER = "postgres:"
LOCKED = ("database is locked", "busy")
TRANSIENT = ("conflict", "could not serialize", "deadlock")


class NoLake(FileNotFoundError):
    """Raised when readings are asked for in a folder that has none."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        super().__init__(
            f"{folder} holds no readings yet. Import some with "
            f"`shuiheng readings import FILE --home {folder.parent}`."
        )


class LakeBroken(RuntimeError):
    """Raised when the lake's catalog or files cannot be read."""

    def __init__(self, folder: Path, reason: str) -> None:
        self.folder, self.reason = folder, reason
        super().__init__(
            f"The readings in {folder} cannot be opened: {reason} Restore the folder from a "
            "backup, or move it away and import the readings again."
        )


class LakeOutdated(LakeBroken):
    """Raised when the lake was made by an earlier version, with other tables."""

    def __init__(self, folder: Path, lacks: str) -> None:
        RuntimeError.__init__(
            self,
            f"The readings in {folder} were stored by an earlier version ({lacks}) and cannot be "
            f"read by this one. Move {folder} away and import the readings again from their "
            "files; the demonstration district rebuilds itself with `shuiheng demo`.",
        )
        self.folder, self.reason = folder, lacks


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

    def __init__(
        self,
        folder: Path,
        catalog: str,
        *,
        read_only: bool,
        patience_s: float,
        place: DataPlace | None = None,
        digest: str = "sha256",
    ) -> None:
        self.folder, self.read_only, self.patience_s = folder, read_only, patience_s
        self.address = catalog
        self.place = place or DataPlace.of(folder / "data")
        self._turn = threading.RLock()
        self._held = 0
        self.digest = digest
        self.embedded = embedded = not catalog.startswith(SERVER)
        file = folder / "catalog.sqlite"
        if read_only and embedded and not file.is_file():
            raise NoLake(folder)
        if not read_only:
            folder.mkdir(parents=True, exist_ok=True)
            if not self.place.remote:
                Path(self.place.root).mkdir(parents=True, exist_ok=True)
        self._duck = duckdb.connect(
            config={
                "autoinstall_known_extensions": "false",
                "autoload_known_extensions": "false",
            }
        )
        scanner = "sqlite_scanner" if embedded else "postgres_scanner"
        names = [scanner, "ducklake"]
        who = ""
        if self.place.remote:
            who = self.place.secret()
            names.insert(0, "httpfs")
        for name in names:
            self._duck.execute(f"LOAD '{_quoted(str(extension_path(name)))}'")
        where = f"sqlite:{file}" if embedded else catalog
        if who:
            self._duck.execute(who)
        data = f"{self.place.root}/"
        options = f"DATA_PATH '{_quoted(data)}', OVERRIDE_DATA_PATH true"
        if read_only:
            options += ", READ_ONLY"
        attach = f"ATTACH 'ducklake:{_quoted(where)}' AS lake ({options})"
        try:
            if read_only:
                self._patiently(lambda: self._duck.execute(attach))
                self._check_layout()
            else:
                with self.writing():
                    self._patiently(lambda: self._duck.execute(attach))
                    self._create()
        except LakeOutdated:
            self._duck.close()
            raise
        except (duckdb.Error, LakeFailed, UnicodeDecodeError) as wrong:
            self._duck.close()
            raise LakeBroken(folder, f"{_first_line(wrong)}.") from wrong

    def _check_layout(self) -> set[str]:
        """Return the tables that are there.

        :raises LakeOutdated: if they are those of an earlier version
        """
        have: dict[str, set[str]] = {}
        for table, column in self.read(
            "SELECT table_name, column_name FROM duckdb_columns() WHERE database_name = 'lake'"
        ).fetchall():
            have.setdefault(table, set()).add(column)
        for name in FORMER:
            if name in have:
                raise LakeOutdated(self.folder, f"it has a table {name}")
        for name in TABLES:
            lacking = [column for column in columns_of(name) if column not in have.get(name, ())]
            if name in have and lacking:
                raise LakeOutdated(self.folder, f"its {name} have no {', '.join(lacking)}")
        return set(have)

    def _create(self) -> None:
        have = self._check_layout()
        missing = [name for name in TABLES if name not in have]
        if not missing:
            return
        for option, value in OPTIONS.items():
            self._duck.execute(f"CALL lake.set_option('{option}', '{value}')")

        def create(cursor: duckdb.DuckDBPyConnection) -> None:
            for name in missing:
                cursor.execute(f"CREATE TABLE lake.{name} ({TABLES[name]})")

        self.commit(create)

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """Return a cursor of its own, to be used in one thread."""
        return self._duck.cursor()

    def read(self, sql: str, values: list[Any] | None = None) -> duckdb.DuckDBPyConnection:
        """Run a query on a cursor of its own, retried while a writer commits."""
        return self._patiently(lambda: self.cursor().execute(sql, values or []))

    def query(self, work: Callable[[duckdb.DuckDBPyConnection], Result]) -> Result:
        """Run ``work``, which only reads, on its own cursor; repeated while a writer commits."""
        return self._patiently(lambda: work(self.cursor()))

    def commit(self, work: Callable[[duckdb.DuckDBPyConnection], Result]) -> Result:
        """Run ``work`` in one transaction: all of it or nothing, repeated on a passing conflict.

        :raises LakeBusy: if another process holds the lake
        """

        def attempt() -> Result:
            cursor = self.cursor()
            cursor.execute("BEGIN")
            try:
                # Once the commit is asked for, only the catalog knows which files it keeps.
                with files.transaction(cursor, self.place):
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
            with ExitStack() as stack:
                if self.embedded:
                    stack.enter_context(folder_lock(lock, self.patience_s))
                else:
                    address = self.address.removeprefix(SERVER)
                    try:
                        stack.enter_context(server_lock(address, lock, self.patience_s))
                    except ConnectionError as wrong:
                        raise LakeFailed(self.folder, f"{wrong}.") from wrong
                self._held = 1
                try:
                    yield
                finally:
                    self._held = 0

    def _patiently(self, work: Callable[[], Result], attempts: int = 8) -> Result:
        """Repeat what fails in passing: conflicts a few times, a locked catalog while we wait."""
        until, attempt = time.monotonic() + self.patience_s, 0
        while True:
            try:
                return work()
            except files.NotWritten as wrong:
                raise LakeFailed(self.folder, f"{wrong}.") from wrong
            except duckdb.Error as wrong:
                said = str(wrong).lower()
                attempt += 1
                if any(word in said for word in LOCKED):
                    if time.monotonic() >= until:
                        raise LakeBusy(self.folder / "catalog.sqlite", self.patience_s) from wrong
                elif attempt == attempts or not any(word in said for word in TRANSIENT):
                    files_fail = isinstance(wrong, duckdb.IOException | duckdb.HTTPException)
                    if files_fail or ".parquet" in said:
                        raise LakeFailed(self.folder, f"{_first_line(wrong)}.") from wrong
                    raise
                time.sleep(min(1.0, 0.02 * 2**attempt) * (0.5 + random.random()))

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
