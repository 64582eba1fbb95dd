"""What all tests share: Django set up once, a database that is thrown away, a district's home.

``SHUIHENG_TEST_DATABASE`` chooses the database of the run: ``sqlite`` (the default, in memory) or
``postgres`` (a throwaway server that the run starts itself and stops at its end).
``SHUIHENG_REQUIRE_SERVICES=1`` turns "not installed here" from a skip into a failure; continuous
integration sets it. Why it is done so: ``docs/decisions/0004-tests-on-two-databases.md``.
"""

from __future__ import annotations

import contextlib
import fcntl
import ipaddress
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import hypothesis
import pytest

if TYPE_CHECKING:
    from django.test import Client

    from shuiheng.store.home import Home

# Slow machines are no reason for a test to fail; the example that failed is printed to be redone.
# `make check` asks for the quick profile, `make test` tries as many examples as each test says.
hypothesis.settings.register_profile("house", deadline=None, print_blob=True)
hypothesis.settings.register_profile("quick", deadline=None, print_blob=True, max_examples=25)
hypothesis.settings.load_profile("house")

SERVER_USER = "postgres"


def pytest_configure(config: pytest.Config) -> None:
    """Choose the database and set Django up before any module of ours is collected."""
    os.environ.setdefault("SHUIHENG_TEST_DATABASE", "sqlite")
    if not hasattr(config, "workerinput"):  # the workers of a parallel run inherit the folder
        folder = tempfile.mkdtemp(prefix="shuiheng-", dir=_short_folder())
        Path(folder).chmod(0o755)
        os.environ["SHUIHENG_TEST_RUN"] = folder
    home = Path(os.environ["SHUIHENG_TEST_RUN"]) / "home"
    home.mkdir(exist_ok=True)
    os.environ["SHUIHENG_HOME"] = str(home)
    os.environ["DJANGO_SETTINGS_MODULE"] = "shuiheng.web.settings"
    # A browser test keeps an event loop in its process; Django would then refuse plain queries.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    os.environ.pop("SHUIHENG_DATABASE_URL", None)
    chosen = os.environ["SHUIHENG_TEST_DATABASE"]
    if chosen not in {"sqlite", "postgres"}:
        raise pytest.UsageError(
            f"SHUIHENG_TEST_DATABASE is {chosen!r}; it can be sqlite or postgres."
        )
    if chosen == "postgres":
        try:
            os.environ["SHUIHENG_DATABASE_URL"] = server().address("shuiheng")
        except ServerMissing as missing:
            _without(f"SHUIHENG_TEST_DATABASE=postgres: {missing}", whole_run=True)
    import django

    django.setup()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On PostgreSQL, keep only the tests that touch Django's database; the others ran on SQLite."""
    if os.environ["SHUIHENG_TEST_DATABASE"] != "postgres":
        return
    touching = [item for item in items if "django_ready" in getattr(item, "fixturenames", ())]
    config.hook.pytest_deselected(items=[item for item in items if item not in touching])
    items[:] = touching


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Where services are required, let no test that needs one be skipped."""
    report = yield
    needs = any(item.get_closest_marker(mark) for mark in ("browser", "cluster", "postgres"))
    if needs and report.skipped and not hasattr(report, "wasxfail") and services_required():
        report.outcome = "failed"
        report.longrepr = f"{report.longrepr} (SHUIHENG_REQUIRE_SERVICES=1 makes this a failure)"
    return report


def services_required() -> bool:
    """Return whether a service that is not installed is a failure and no reason to skip."""
    return os.environ.get("SHUIHENG_REQUIRE_SERVICES") == "1"


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the throwaway server, if the run started one, and remove the run's folder."""
    folder = os.environ.get("SHUIHENG_TEST_RUN")
    if hasattr(config, "workerinput") or folder is None:
        return
    Server(Path(folder) / "pg").stop()
    shutil.rmtree(folder, ignore_errors=True)


def _short_folder() -> str | None:
    # The path of a socket may have about 100 characters.
    return "/tmp" if len(tempfile.gettempdir()) > 60 and Path("/tmp").is_dir() else None


def _without(reason: str, *, whole_run: bool = False) -> NoReturn:
    if services_required():
        reason = f"{reason} (SHUIHENG_REQUIRE_SERVICES=1 makes this a failure)"
        if whole_run:
            raise pytest.UsageError(reason)
        pytest.fail(reason, pytrace=False)
    if whole_run:
        pytest.exit(reason, returncode=0)
    pytest.skip(reason)


class ServerMissing(RuntimeError):
    """Raised when this machine cannot run a PostgreSQL server for the tests."""


class Server:
    """A throwaway PostgreSQL server that listens on a private socket only."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def address(self, database: str) -> str:
        """Return the address of a database as ``SHUIHENG_DATABASE_URL`` wants it."""
        return f"postgresql://{SERVER_USER}@/{database}?host={self.folder}"

    @property
    def running(self) -> bool:
        """Whether the server was started and not stopped."""
        return (self.folder / "data" / "postmaster.pid").exists()

    def start(self) -> None:
        """Make the cluster and start it; a server that runs already is left alone.

        :raises ServerMissing: if PostgreSQL or a user that may run it is missing
        """
        programs = _server_programs()
        with (self.folder.parent / "pg.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if self.running:
                return
            self.folder.mkdir(mode=0o700, exist_ok=True)
            if os.geteuid() == 0:
                shutil.chown(self.folder, SERVER_USER)
            self._run(
                programs / "initdb",
                *("-D", self.folder / "data", "-U", SERVER_USER, "-A", "trust"),
                *("-E", "UTF8", "--locale=C.UTF-8", "--no-sync"),
            )
            # Nothing here has to survive a power cut.
            options = f"-k {self.folder} -c listen_addresses= -c fsync=off -c max_connections=50"
            self._run(
                programs / "pg_ctl",
                *("-D", self.folder / "data", "-w", "-t", "60"),
                *("-l", self.folder / "log", "-o", options, "start"),
            )

    def stop(self) -> None:
        """Stop the server, if it runs."""
        if self.running:
            data = self.folder / "data"
            self._run(_server_programs() / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")

    def _run(self, program: Path, *words: Any) -> None:
        # The server refuses to run as root, so root steps down to the server's own user.
        step_down = ["runuser", "-u", SERVER_USER, "--"] if os.geteuid() == 0 else []
        done = subprocess.run(
            [*step_down, *map(str, (program, *words))],
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
            check=False,
        )
        if done.returncode:
            raise ServerMissing(f"{program.name} failed: {done.stdout.strip()[-600:]}")


def _server_programs() -> Path:
    """Return the folder with initdb and pg_ctl; Debian keeps it off the search path."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    if found := shutil.which("initdb"):
        folders.insert(0, Path(found).resolve().parent)
    for folder in folders:
        if (folder / "initdb").exists() and (folder / "pg_ctl").exists():
            break
    else:
        raise ServerMissing(
            "PostgreSQL's server is not installed (Debian and Ubuntu: apt-get install postgresql)."
        )
    if os.geteuid() == 0:
        try:
            pwd.getpwnam(SERVER_USER)
        except KeyError:
            raise ServerMissing(
                f"root may not run PostgreSQL, and there is no user {SERVER_USER} to step down to."
            ) from None
        if shutil.which("runuser") is None:
            raise ServerMissing("root may not run PostgreSQL, and runuser is not installed.")
    return folder


def server() -> Server:
    """Return the run's PostgreSQL server, started on first use and shared by all workers.

    :raises ServerMissing: if this machine cannot run one
    """
    found = Server(Path(os.environ["SHUIHENG_TEST_RUN"]) / "pg")
    found.start()
    return found


@pytest.fixture(scope="session", autouse=True)
def no_network() -> Iterator[None]:
    """Let no test reach another machine: only this machine's own addresses can be connected to."""
    connect = socket.socket.connect

    def local_only(self: socket.socket, address: Any) -> None:
        if self.family in {socket.AF_INET, socket.AF_INET6}:
            with contextlib.suppress(ValueError):
                if not ipaddress.ip_address(str(address[0]).split("%")[0]).is_loopback:
                    raise AssertionError(f"A test tried to reach {address[0]}; tests stay here.")
        connect(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", local_only)
        yield


@pytest.fixture(scope="session")
def django_ready() -> Iterator[Path]:
    """Set up Django's database, all migrations applied; give the home's folder.

    Each worker of a parallel run has a database of its own.
    """
    from django.conf import settings
    from django.test.utils import (
        setup_databases,
        setup_test_environment,
        teardown_databases,
        teardown_test_environment,
    )

    if os.environ["SHUIHENG_TEST_DATABASE"] == "postgres":
        worker = os.environ.get("PYTEST_XDIST_WORKER", "alone")
        settings.DATABASES["default"].setdefault("TEST", {})["NAME"] = f"test_{worker}"
    setup_test_environment()
    kept = setup_databases(verbosity=0, interactive=False)
    yield Path(settings.HOME)
    teardown_databases(kept, verbosity=0)
    teardown_test_environment()


@pytest.fixture
def db(django_ready: Path) -> Iterator[None]:
    """Let one test use the database; what it writes is undone after it."""
    from django.db import connection, transaction

    with transaction.atomic():
        yield
        # PostgreSQL looks at references only when a transaction ends, which this one never does.
        if connection.is_usable() and not connection.needs_rollback:
            connection.check_constraints()
        transaction.set_rollback(True)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """Give an empty district of Xinbei in a folder of its own; pages and commands find it."""
    from django.conf import settings

    from shuiheng.store.home import Home

    folder = tmp_path / "home"
    monkeypatch.setenv("SHUIHENG_HOME", str(folder))
    monkeypatch.setattr(settings, "HOME", folder)
    return Home(folder, "新北区", "320411", "plan_2020").save()


@pytest.fixture
def client(db: None) -> Client:
    """Give a browser without a browser: it asks for pages and sees the database of the test."""
    from django.test import Client

    return Client()


@pytest.fixture
def postgres_address(request: pytest.FixtureRequest) -> str:
    """Give the address of a new, empty PostgreSQL database for this one test.

    Skips where no server is installed, and fails there when services are required.
    """
    try:
        running = server()
    except ServerMissing as missing:
        _without(str(missing))
    import psycopg

    worker = os.environ.get("PYTEST_XDIST_WORKER", "alone")
    name = f"t_{worker}_{abs(hash(request.node.nodeid)) % 10**12}"
    with psycopg.connect(
        host=str(running.folder), user=SERVER_USER, dbname="postgres", autocommit=True
    ) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return running.address(name)


@pytest.fixture
def service_missing() -> Any:
    """Give the one way to say that a service is not installed: skip, or fail where required."""
    return _without
