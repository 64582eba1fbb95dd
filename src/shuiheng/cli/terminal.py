"""What all commands share: the console, JSON, refusals, the home folder."""

from __future__ import annotations

import json
import os
import sys
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Column, Table

WIDTH = 100  # tables fit this many columns; a narrower terminal wraps, a pipe gets all of it

console = Console(width=None if sys.stdout.isatty() else WIDTH)
errors = Console(stderr=True)


def table(*columns: str, title: str | None = None) -> Table:
    """Return a table that fits the terminal and never more than a hundred columns."""
    heads = (Column(name, overflow="fold") for name in columns)
    return Table(*heads, title=title, title_justify="left", width=min(WIDTH, console.width))


class Refusal(Exception):
    """Raised when a command cannot go on: the message says what, where, why, what to do next."""


def say_refusal(message: str) -> int:
    """Print the message on stderr and return exit code 2."""
    errors.print(f"[bold red]✗[/] {message}", highlight=False, soft_wrap=True)
    return 2


def emit_json(document: Any) -> None:
    """Print one JSON document on stdout and nothing else."""
    sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=2, default=_plain) + "\n")


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, set | frozenset | tuple):
        return list(value)
    raise TypeError(f"{type(value).__name__} has no JSON form.")


def progress() -> Progress:
    """Return a progress bar on stderr with count and remaining time."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=errors,
        transient=True,
    )


def home_folder(home: Path | None) -> Path:
    """Return the folder with a district's data: the option, $SHUIHENG_HOME, or var/home."""
    if home is not None:
        return home
    return Path(os.environ.get("SHUIHENG_HOME", "var/home"))


HomeOption = Annotated[
    Path | None,
    typer.Option("--home", metavar="DIR", help="Folder with the district's data."),
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="Print one JSON document and nothing else.")
]
