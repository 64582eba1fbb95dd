"""Which mechanisms there are, found by looking at the folders."""

from __future__ import annotations

import importlib
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

import shuiheng

# The package may lie on several paths only in odd set-ups; the first one counts.
FOLDER = Path(next(iter(shuiheng.__path__))) / "mechanisms"


@cache
def mechanism_names() -> tuple[str, ...]:
    """Return the names of the folders under ``mechanisms`` that are packages, sorted."""
    if not FOLDER.is_dir():
        return ()
    return tuple(sorted(init.parent.name for init in FOLDER.glob("*/__init__.py")))


def mechanism_apps() -> list[str]:
    """Return the mechanisms that have tables or templates, as Django wants them named."""
    return [
        f"shuiheng.mechanisms.{name}"
        for name in mechanism_names()
        if (FOLDER / name / "models.py").is_file()
        or (FOLDER / name / "models").is_dir()
        or (FOLDER / name / "templates").is_dir()
    ]


def modules(word: str) -> list[ModuleType]:
    """Return each mechanism's module named ``word`` (``pages``, ``card``), where it has one."""
    found = []
    for name in mechanism_names():
        dotted = f"shuiheng.mechanisms.{name}.{word}"
        if find_spec(dotted) is not None:
            found.append(importlib.import_module(dotted))
    return found
