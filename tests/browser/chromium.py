"""The system's Chromium, told to ask nothing of anybody."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-sync",
    "--no-first-run",
    "--no-proxy-server",
    "--metrics-recording-only",
    "--disable-features=OptimizationHints,Translate,MediaRouter,AutofillServerCommunication",
]
LOOPBACK = ("http://127.0.0.1:", "http://localhost:", "data:", "blob:", "about:")


def executable() -> str | None:
    """Return where Chromium is, or None."""
    return os.environ.get("SHUIHENG_CHROMIUM") or next(
        filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
    )


def free_port() -> int:
    """Return a port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(home: Path) -> Iterator[str]:
    """Serve a home with ``shuiheng serve`` while the block runs; give its address."""
    port = free_port()
    command = [sys.executable, "-c", "from shuiheng.cli import main; main()"]
    server = subprocess.Popen(
        [*command, "serve", "--home", str(home), "--port", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        wait_for(f"{address}/healthz", server)
        yield address
    finally:
        server.terminate()
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def wait_for(address: str, server: subprocess.Popen[bytes], seconds: float = 40) -> None:
    """Wait until the server answers.

    :raises RuntimeError: if it stops or stays silent
    """
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if server.poll() is not None:
            said = server.stderr.read().decode() if server.stderr else ""
            raise RuntimeError(f"The server stopped: {said[-2000:]}")
        try:
            with urllib.request.urlopen(address, timeout=2):
                return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"{address} did not answer within {seconds} s.")
