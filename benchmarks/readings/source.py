"""Where an engine finds its readings: files, and in which order their rows lie."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Source:
    """Parquet files of readings with ``key``, an instant in UTC and ``value_l``.

    ``folder`` holds ``meters.parquet`` and ``exchanges.parquet``; ``at`` is the column of the
    instant; ``ordered`` says that the rows of all files, one after another, lie in the order of
    meter, instant and register, so that an engine need not sort.
    """

    folder: Path
    files: tuple[str, ...]
    at: str
    ordered: bool

    @classmethod
    def generated(cls, folder: Path) -> Source:
        """Return the files as the generator wrote them."""
        files = tuple(str(path) for path in sorted(folder.glob("readings-*.parquet")))
        return cls(folder, files, "at", True)

    @classmethod
    def by_time(cls, folder: Path) -> Source:
        """Return the files in the order of time, as a district's readings arrive."""
        files = tuple(str(path) for path in sorted(folder.glob("arrival-*.parquet")))
        return cls(folder, files, "at", False)
