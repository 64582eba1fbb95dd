"""The act of recording figures: what they were, what they became, and because of what."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Context, Decimal
from typing import Any

from django.db import DatabaseError, transaction
from django.utils import timezone

from shuiheng.basics import Figure, Readings
from shuiheng.core.board import Board
from shuiheng.mechanisms.assessment.models import FigureChange, RecordedFigure
from shuiheng.mechanisms.common.models import ImportRun
from shuiheng.store import Lake

log = logging.getLogger("shuiheng.web")
# Values that agree to so many digits are the same figure.
_SAME = Context(prec=12)
CAUSES_KEPT = 8


def figures_of(board: Board) -> dict[tuple[str, date], Figure]:
    """Return every figure of a board by name and day; a target that was due, as on its due day."""
    found: dict[tuple[str, date], Figure] = {}
    for row in board.targets:
        on = row.due if row.due is not None and row.due < board.on else board.on
        for figure in (row.figure, *row.alternatives):
            found[(figure.name, on)] = figure
    for task in board.tasks:
        for item in task.evidence:
            found.setdefault((item.figure.name, board.on), item.figure)
    return found


def record_board(board: Board, *, lake: Lake) -> int:
    """Record the figures of a board and return how many changed since they were recorded.

    A figure seen for the first time is recorded without a change. Several processes may record
    the same board: the second finds nothing to do. A database that cannot be written to now is
    no reason to show no board; the next building records what this one could not.
    """
    try:
        with transaction.atomic():
            return _record(board, lake)
    except DatabaseError as problem:
        log.warning("The figures of the board could not be recorded: %s", problem)
        return 0


def _record(board: Board, lake: Lake) -> int:
    now = timezone.now()
    known = {(row.name, row.on): row for row in RecordedFigure.objects.all()}
    new, changed, changes = [], [], []
    news: _News | None = None
    for (name, on), figure in figures_of(board).items():
        value = _text(figure.value)
        quality = figure.quality.to_json()
        row = known.get((name, on))
        if row is None:
            new.append(
                RecordedFigure(
                    name=name, on=on, value=value, unit=figure.unit, quality=quality,
                    snapshot=board.snapshot, recorded_at=now,
                )
            )  # fmt: skip
            continue
        if row.snapshot == board.snapshot and row.value == value:
            continue
        if (row.value, row.unit) != (value, figure.unit):
            news = news or _News.of(lake)
            changes.append(
                FigureChange(
                    name=name, on=on, old_value=row.value, new_value=value, unit=figure.unit,
                    old_quality=row.quality, new_quality=quality, changed_at=now,
                    causes=news.causes(figure, row.recorded_at), old_snapshot=row.snapshot,
                    new_snapshot=board.snapshot,
                )
            )  # fmt: skip
        row.value, row.unit, row.quality = value, figure.unit, quality
        row.snapshot, row.recorded_at = board.snapshot, now
        changed.append(row)
    RecordedFigure.objects.bulk_create(new, ignore_conflicts=True)
    RecordedFigure.objects.bulk_update(
        changed, ["value", "unit", "quality", "snapshot", "recorded_at"]
    )
    FigureChange.objects.bulk_create(changes)
    return len(changes)


def _text(value: Decimal | None) -> str:
    return "" if value is None else f"{_SAME.create_decimal(value).normalize():f}"


@dataclass(frozen=True, slots=True)
class _News:
    """What changed in the readings and tables, to be asked for causes."""

    changes: list[dict[str, Any]]
    batches: list[dict[str, Any]]
    imports: list[ImportRun]

    @classmethod
    def of(cls, lake: Lake) -> _News:
        return cls(
            lake.changes().to_pylist(), lake.batches().to_pylist(), list(ImportRun.objects.all())
        )

    def causes(self, figure: Figure, since: datetime) -> list[str]:
        """Return why a figure may have changed after an instant, the nearest reason first.

        Volumes of its own meters that changed; else readings that came; else files that were
        read in; else what an office declared, or the law.
        """
        meters = set(meters_of(figure))
        found = [
            str(row["cause"])
            for row in self.changes
            if row["meter"] in meters and _aware(row["changed_at"]) > since
        ]
        found = found or [
            f"part: {row['batch']}" for row in self.batches if _aware(row["received_at"]) > since
        ]
        found = found or [
            f"import {run.pk}: {run.file_name}" for run in self.imports if run.started_at > since
        ]
        return _once(found)[:CAUSES_KEPT] or ["declared"]


def meters_of(figure: Figure) -> Iterator[str]:
    """Yield the meters whose readings a figure rests on, down to the last input."""
    for item in figure.inputs:
        if isinstance(item, Readings):
            yield from item.meters
        elif isinstance(item, Figure):
            yield from meters_of(item)


def _once(words: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(part.strip() for word in words for part in word.split(";")))


def _aware(at: datetime) -> datetime:
    return at if at.tzinfo else at.replace(tzinfo=UTC)
