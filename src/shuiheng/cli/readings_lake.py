"""What the words of ``shuiheng readings`` share: the open lake, options, days and instants."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from shuiheng.basics import SHANGHAI, Period
from shuiheng.cli.terminal import Refusal, errors, home_folder, progress
from shuiheng.store import (
    Lake,
    LakeBroken,
    LakeBusy,
    LakeFailed,
    NoLake,
    UnknownMeters,
    WrongEdit,
    WrongRows,
)
from shuiheng.store.home import WrongSettings
from shuiheng.store.imports import ImportRefused
from shuiheng.store.places import WrongPlace

REFUSED = (
    NoLake, LakeBusy, LakeBroken, LakeFailed, UnknownMeters, WrongRows, WrongEdit, ImportRefused,
    WrongPlace, WrongSettings,
)  # fmt: skip
# A screen shows so many rows; --json and --out give all.
SHOWN = 60
COLOURS = {"blocks": "red", "warns": "yellow", "informs": "cyan"}

MeterOption = Annotated[
    list[str] | None, typer.Option("--meter", metavar="ID", help="A meter; may be repeated.")
]
FromOption = Annotated[
    str | None, typer.Option("--from", metavar="DAY", help="First day, as 2024-01-31.")
]
ToOption = Annotated[str | None, typer.Option("--to", metavar="DAY", help="Last day, included.")]


@contextmanager
def open_lake(home: Path | None, *, read_only: bool) -> Iterator[Lake]:
    """Open the lake of a home; whatever the store refuses becomes one message."""
    try:
        with Lake.open(home_folder(home), read_only=read_only) as lake:
            yield lake
    except REFUSED as wrong:
        raise Refusal(str(wrong)) from wrong
    except OSError as wrong:
        raise Refusal(
            f"{wrong}. Nothing half-written was kept; free space or rights, try again."
        ) from wrong


@contextmanager
def bar(title: str, quiet: bool) -> Iterator[Callable[[int, int], None] | None]:
    """Show how far the work is, on a terminal; give what is to be told, or None."""
    if quiet or not errors.is_terminal:
        yield None
        return
    with progress() as shown:
        task = shown.add_task(title, total=None)
        yield lambda done, total: shown.update(task, completed=done, total=total)


def shown_start(start: Any) -> str:
    """Return a day as it is, and an instant in UTC, as text."""
    if isinstance(start, date) and not hasattr(start, "hour"):
        return start.isoformat()
    return str(start.astimezone(UTC).isoformat()).replace("+00:00", "Z")


def existing(home: Path | None) -> None:
    """Refuse a home without readings.

    :raises Refusal: if there are none
    """
    folder = home_folder(home) / "lake"
    if not folder.is_dir():
        raise Refusal(str(NoLake(folder)))


def known(lake: Lake, meters: list[str] | None) -> None:
    """Refuse meters that have no readings.

    :raises Refusal: if there are such
    """
    if not meters:
        return
    numbers = set(lake.meters()["meter"].to_pylist())
    unknown = [meter for meter in meters if meter not in numbers]
    if unknown:
        near = ", ".join(sorted(numbers)[:5])
        raise Refusal(
            f"No meter {', '.join(unknown)} has readings here. Known are {near}"
            f"{f' and {len(numbers) - 5} more' if len(numbers) > 5 else ''}."
        )


def period_of(first: str | None, last: str | None) -> Period | None:
    """Return the period from a first to a last day, or None for all days.

    :raises Refusal: if a text is no day, or the last lies before the first
    """
    if first is None and last is None:
        return None
    start = day_of("--from", first) if first else date(1970, 1, 1)
    end = day_of("--to", last) if last else date(2200, 1, 1)
    if end < start:
        raise Refusal(f"--to {end} lies before --from {start}; write them the other way round.")
    return Period(start, _after(end))


def _after(day: date) -> date:
    return date.fromordinal(day.toordinal() + 1)


def day_of(option: str, text: str) -> date:
    """Return the day that an option says.

    :raises Refusal: if it says none
    """
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Refusal(f"{option}: {text!r} is not a day. Write it as 2024-01-31.") from None


def instant_of(text: str) -> datetime:
    """Return the instant that an argument says; without a zone it is Shanghai time.

    :raises Refusal: if it says none
    """
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise Refusal(
            f"{text!r} is no instant. Write it as '2024-01-31 08:00' (Shanghai time) or "
            "2024-01-31T00:00:00Z."
        ) from None
    return (at if at.tzinfo else at.replace(tzinfo=SHANGHAI)).astimezone(UTC)


def vee_json(done: Any) -> dict[str, Any]:
    """Return what a recomputation did as plain values."""
    return {
        "meters": done.meters, "blocks": done.blocks, "readings": done.readings,
        "findings": done.findings, "seconds": round(done.seconds, 3),
    }  # fmt: skip
