"""A real S3-speaking object store (SeaweedFS, one process) on loopback, for the tests."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

from pyarrow import fs

from shuiheng.store.places import DataPlace

KEY, SECRET, BUCKET = "shuiheng-test", "not-a-secret", "water"
PATIENCE_S = 60.0


class StoreMissing(RuntimeError):
    """Raised when the object store's program is not installed here."""


class ObjectStore:
    """One server with one bucket; ``start`` returns when it answers."""

    def __init__(self, folder: Path) -> None:
        program = Path(sys.executable).parent / "weed"
        found = str(program) if program.exists() else shutil.which("weed")
        if found is None:
            raise StoreMissing("the object store of the tests is not installed: make cluster")
        self.program, self.folder = found, folder
        self.ports = _free_ports(8)

    @property
    def endpoint(self) -> str:
        """The address that a client is given."""
        return f"http://127.0.0.1:{self.ports[6]}"

    def place(self, prefix: str) -> DataPlace:
        """Return a place of its own in the bucket."""
        return DataPlace.of(f"s3://{BUCKET}/{prefix}", {"endpoint": self.endpoint})

    def start(self) -> ObjectStore:
        """Start the server and make the bucket."""
        self.folder.mkdir(parents=True)
        who = {"accessKey": KEY, "secretKey": SECRET}
        config = self.folder / "s3.json"
        config.write_text(
            json.dumps(
                {"identities": [
                    {"name": "tests", "credentials": [who], "actions": ["Admin"]},
                ]}
            )
        )  # fmt: skip
        names = ("master", "volume", "filer", "s3")
        ports = [
            f"-{name}.port{kind}={self.ports[2 * place + offset]}"
            for place, name in enumerate(names)
            for offset, kind in enumerate(("", ".grpc"))
        ]
        words = [
            self.program, "server", f"-dir={self.folder}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1",
            *ports, "-filer", "-s3", f"-s3.config={config}", "-s3.iam=false",
            "-s3.port.iceberg=0", "-s3.port.lance=0", "-volume.max=20", "-volume.preStopSeconds=0",
            "-master.volumeSizeLimitMB=64", "-master.telemetry=false",
            f"-filer.localSocket={self.folder}/filer.sock",
            f"-s3.localSocket={self.folder}/s3.sock",
        ]  # fmt: skip
        log = (self.folder / "log").open("wb")
        self._process = subprocess.Popen(
            words, cwd=self.folder, stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL
        )
        self._wait()
        return self

    def _wait(self) -> None:
        os.environ["SHUIHENG_S3_KEY"], os.environ["SHUIHENG_S3_SECRET"] = KEY, SECRET
        until = time.monotonic() + PATIENCE_S
        while True:
            try:
                with socket.create_connection(("127.0.0.1", self.ports[6]), timeout=1):
                    pass
                system = fs.S3FileSystem(
                    access_key=KEY, secret_key=SECRET, scheme="http", region="us-east-1",
                    endpoint_override=self.endpoint.removeprefix("http://"),
                    allow_bucket_creation=True, request_timeout=5,
                )  # fmt: skip
                system.create_dir(BUCKET)
                with system.open_output_stream(f"{BUCKET}/ready") as out:
                    out.write(b"yes")
                return
            except OSError as wrong:
                if time.monotonic() > until or self._process.poll() is not None:
                    said = (self.folder / "log").read_text(errors="replace")[-2000:]
                    self.stop()
                    raise RuntimeError(
                        f"the object store did not start: {wrong}\n{said}"
                    ) from wrong
                time.sleep(0.2)

    def stop(self) -> None:
        """Stop the server."""
        self._process.kill()
        self._process.wait()
        for port in self.ports:
            for left in Path("/tmp").glob(f"seaweedfs-*-{port}.sock"):
                left.unlink(missing_ok=True)


def _free_ports(count: int) -> list[int]:
    held = [socket.socket() for _ in range(count)]
    for one in held:
        one.bind(("127.0.0.1", 0))
    ports = [int(one.getsockname()[1]) for one in held]
    for one in held:
        one.close()
    return ports
