"""Which district the pages speak of, and the law that holds there."""

from __future__ import annotations

from datetime import date
from functools import cache, lru_cache
from pathlib import Path

from django.conf import settings

from shuiheng.rules import Law
from shuiheng.store import Home, Lake, NoHome, NoLake


def home() -> Home | None:
    """Return the district's home, or None while the folder holds none."""
    folder = Path(settings.HOME)
    try:
        changed = (folder / "home.toml").stat().st_mtime_ns
    except OSError:
        return None
    return _open(folder, changed)


@cache
def _open(folder: Path, changed: int) -> Home | None:
    try:
        return Home.open(folder)
    except NoHome:
        return None


def place() -> str:
    """Return the code of the place whose law applies; the nation's while there is no district."""
    here = home()
    return here.place if here else "cn"


def law() -> Law:
    """Return the law in force here: the shipped packs with the office's own folder over them."""
    here = home()
    if here is None or not here.rules.is_dir():
        return Law.shipped()
    stamps = (file.stat().st_mtime_ns for file in here.rules.rglob("*") if file.is_file())
    return _law(here.rules, max(stamps, default=0))


@cache
def _law(folder: Path, changed: int) -> Law:
    return Law.load(folder)


def asked_on() -> date | None:
    """Return the day the district's figures are asked for, where the home names one."""
    here = home()
    return here.asked_on if here else None


def lake(folder: Path | None = None) -> Lake:
    """Return the readings in a home (the district's own), opened once per process for reading.

    Every read sees the lake's newest snapshot, also one that another process has just written.

    :raises NoLake: if there are none yet
    """
    home_folder = folder or Path(settings.HOME)
    try:
        told = (home_folder / "lake" / "catalog.sqlite").stat()
    except OSError as missing:
        raise NoLake(home_folder / "lake") from missing
    return _lake(home_folder, told.st_ino)


@cache
def _lake(folder: Path, inode: int) -> Lake:
    return Lake.open(folder, read_only=True)


def stale_meters() -> int:
    """Return how many meters have readings, edits or facts that their volumes do not yet hold."""
    try:
        readings = lake()
    except NoLake:
        return 0
    return _stale_meters(readings, readings.snapshot())


@lru_cache(maxsize=4)
def _stale_meters(readings: Lake, snapshot: str) -> int:
    return len(readings.stale())
