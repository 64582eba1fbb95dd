"""Where the lake's Parquet files lie: a folder, or a bucket of an S3-compatible store.

Who we are at the store comes from the environment (``SHUIHENG_S3_KEY`` and ``SHUIHENG_S3_SECRET``,
else ``AWS_ACCESS_KEY_ID`` and ``AWS_SECRET_ACCESS_KEY``, with ``AWS_SESSION_TOKEN``), on the
driver and on every worker. It is never written to a file, to a log, or into a Spark setting.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pyarrow.parquet as papq
from pyarrow import fs

KEYS = (
    ("SHUIHENG_S3_KEY", "SHUIHENG_S3_SECRET"),
    ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"),
)
SCHEME = "s3://"


class WrongPlace(ValueError):
    """Raised when the place of the lake's files, or the way to it, cannot be."""


@dataclass(frozen=True, slots=True)
class DataPlace:
    """A folder (``/var/lake/data``) or a bucket with a prefix (``s3://bucket/prefix``).

    ``endpoint`` is the store's address (``https://s3.example.org``, with the port if it is not
    the usual one); ``region`` its region. Both count for a bucket only.
    """

    root: str
    endpoint: str = ""
    region: str = "us-east-1"

    @classmethod
    def of(cls, data: str | Path, s3: Mapping[str, Any] | None = None) -> DataPlace:
        """Return the place that ``home.toml`` names: ``[lake] data`` with ``[lake.s3]``.

        >>> DataPlace.of("s3://water/lake/", {"endpoint": "http://127.0.0.1:8333"})
        DataPlace(root='s3://water/lake', endpoint='http://127.0.0.1:8333', region='us-east-1')

        :raises WrongPlace: if the text is no folder and no bucket, or a setting is unknown
        """
        text = str(data)
        if not text.startswith(SCHEME):
            if "://" in text:
                raise WrongPlace(
                    f"[lake] data = {text!r} is neither a folder nor s3://bucket/prefix."
                )
            return cls(str(Path(text).absolute()))
        said = dict(s3 or {})
        if unknown := sorted(set(said) - {"endpoint", "region"}):
            raise WrongPlace(
                f"[lake.s3] has {', '.join(unknown)}; it may have endpoint and region only. Keys "
                f"belong in the environment: {KEYS[0][0]} and {KEYS[0][1]}."
            )
        if not text.removeprefix(SCHEME).strip("/"):
            raise WrongPlace(f"[lake] data = {text!r} names no bucket: write s3://bucket/prefix.")
        endpoint = str(said.get("endpoint", ""))
        if endpoint and urlsplit(endpoint).scheme not in {"http", "https"}:
            raise WrongPlace(
                f"[lake.s3] endpoint = {endpoint!r} must begin with http:// or https://."
            )
        return cls(text.rstrip("/"), endpoint, str(said.get("region", "us-east-1")))

    @property
    def remote(self) -> bool:
        """Whether the files lie in a bucket."""
        return self.root.startswith(SCHEME)

    def filesystem(self) -> fs.FileSystem:
        """Return Arrow's way to the files; paths are given to it as ``inside`` says.

        :raises WrongPlace: if the environment does not say who we are
        """
        if not self.remote:
            return fs.LocalFileSystem()
        return _bucket_system(self.endpoint, self.region, *_who())

    def parquet(self, path: str) -> papq.ParquetFile:
        """Open a Parquet file; close it, or use it in a ``with``."""
        if self.remote:
            return papq.ParquetFile(
                self.inside(path), filesystem=self.filesystem(), pre_buffer=True
            )
        return papq.ParquetFile(path, memory_map=True)

    def open_for_writing(self, path: str) -> Any:
        """Open a new file; in a folder it is on the disk, in a bucket it is whole, when closed."""
        if self.remote:
            return self.filesystem().open_output_stream(self.inside(path))
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        return Path(path).open("xb")

    def sync(self, paths: Iterable[str]) -> None:
        """Make sure that the folders of new files are on the disk; a bucket needs nothing."""
        if self.remote:
            return
        for folder in {str(Path(path).parent) for path in paths}:
            handle = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)

    def remove(self, path: str) -> None:
        """Remove a file; one that is not there is no error."""
        if not self.remote:
            Path(path).unlink(missing_ok=True)
            return
        with contextlib.suppress(FileNotFoundError):
            self.filesystem().delete_file(self.inside(path))

    @staticmethod
    def inside(path: str) -> str:
        """Return a path as Arrow's file system wants it: without ``s3://``.

        >>> DataPlace.inside("s3://water/lake/main/readings/1.parquet")
        'water/lake/main/readings/1.parquet'
        """
        return path.removeprefix(SCHEME)

    def secret(self) -> str:
        """Return the statement that tells DuckDB who we are; it must not be logged.

        :raises WrongPlace: if the environment does not say who we are, or DuckDB cannot speak S3
        """
        if find_spec("duckdb_extension_httpfs") is None:
            raise WrongPlace(
                f"The lake's files lie in {self.root}, and the part that reads a bucket is not "
                "installed. Install the extra `shuiheng[s3]` (in a checkout: `make cluster`)."
            )
        key, secret, token = _who()
        at = urlsplit(self.endpoint)
        parts = {"TYPE": "s3", "KEY_ID": key, "SECRET": secret, "REGION": self.region}
        if token:
            parts["SESSION_TOKEN"] = token
        if self.endpoint:
            parts |= {"ENDPOINT": at.netloc, "URL_STYLE": "path"}
        parts["SCOPE"] = self.root
        said = ", ".join(f"{name} '{value.replace(chr(39), chr(39) * 2)}'"
                         for name, value in parts.items())  # fmt: skip
        ssl = "false" if at.scheme == "http" else "true"
        return f"CREATE OR REPLACE SECRET shuiheng ({said}, USE_SSL {ssl})"


@lru_cache(maxsize=8)
def _bucket_system(endpoint: str, region: str, key: str, secret: str, token: str) -> fs.FileSystem:
    at = urlsplit(endpoint)
    return fs.S3FileSystem(
        access_key=key,
        secret_key=secret,
        session_token=token or None,
        region=region,
        endpoint_override=at.netloc or None,
        scheme=at.scheme or "https",
    )


def _who() -> tuple[str, str, str]:
    for key, secret in KEYS:
        if os.environ.get(key) and os.environ.get(secret):
            token = os.environ.get("AWS_SESSION_TOKEN", "") if key.startswith("AWS") else ""
            return os.environ[key], os.environ[secret], token
    names = " or ".join(" and ".join(pair) for pair in KEYS)
    raise WrongPlace(
        f"The lake's files lie in a bucket, and the environment does not say who may read it. "
        f"Set {names} (on the workers of a cluster too)."
    )
