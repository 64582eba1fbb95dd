"""One writer at a time: a lock in the lake's folder, or one that the catalog's server holds."""

from __future__ import annotations

import fcntl
import random
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

# Any number will do that nothing else in the catalog's database uses; it spells "shuiheng".
ADVISORY = int.from_bytes(b"shuiheng", "big")


class LakeBusy(RuntimeError):
    """Raised when another process writes into the lake and does not finish in time."""

    def __init__(self, lock: Path, waited: float) -> None:
        self.lock = lock
        super().__init__(
            f"Another process is writing into {lock.parent} and did not finish within "
            f"{waited:.0f} s. Nothing was changed; wait for it to end (an import, a recomputation "
            "or a worker) and start again."
        )


@contextmanager
def folder_lock(lock: Path, patience_s: float) -> Iterator[None]:
    """Hold the lock file of a lake whose catalog lies in its folder.

    The operating system frees it when the process ends, however it ends.

    :raises LakeBusy: if another process holds it longer than the patience
    """
    with lock.open("a") as handle:

        def try_lock() -> bool:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            return True

        _wait(try_lock, lock, patience_s)
        yield


@contextmanager
def server_lock(address: str, lock: Path, patience_s: float) -> Iterator[None]:
    """Hold the writers' lock of a catalog in PostgreSQL, on whichever machine we are.

    It is an advisory lock of a session: the server frees it when the connection ends, be it by a
    kill. One database holds one catalog, so that the lock needs no other name.

    :raises LakeBusy: if another writer holds it longer than the patience
    :raises ConnectionError: if the server does not answer
    """
    import psycopg

    try:
        session = psycopg.connect(address, autocommit=True, application_name="shuiheng")
    except psycopg.Error as wrong:
        said = (str(wrong).strip().splitlines() or ["no answer"])[0]
        raise ConnectionError(f"the server of the catalog is out of reach: {said}") from wrong
    with closing(session) as server:

        def try_lock() -> bool:
            row = server.execute("SELECT pg_try_advisory_lock(%s)", (ADVISORY,)).fetchone()
            return bool(row and row[0])

        _wait(try_lock, lock, patience_s)
        yield


def _wait(try_lock: Callable[[], bool], lock: Path, patience_s: float) -> None:
    until = time.monotonic() + patience_s
    while not try_lock():
        if time.monotonic() >= until:
            raise LakeBusy(lock, patience_s)
        time.sleep(0.02 + random.random() * 0.1)
