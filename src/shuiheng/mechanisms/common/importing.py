"""Rows of a table into typed values: what a column holds, and what is wrong with a cell.

A mechanism describes its columns and saves what is good; this page reads cells, refuses bad ones by
file, row and column with a reason and a remedy, and keeps the record of the import. Nothing here
opens a file: rows come from ``store.sheets``.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from shuiheng.basics import Finding, Level
from shuiheng.mechanisms.common.cells import FULL_WIDTH, BadCell, Column, read_cell
from shuiheng.mechanisms.common.models import DataFinding, ImportRun
from shuiheng.store.sheets import Row, Sheet

REASON = "退回原因 reason"
# So many refusals are kept with the record of an import; the file of refused rows has them all.
MOST_KEPT = 2_000


@dataclass(slots=True)
class Parsed:
    """A row whose cells have been read: values by field, and the row it came from."""

    row: Row
    values: dict[str, Any]


@dataclass(slots=True)
class Reading:
    """A table read against its columns: good rows, refused rows with their findings, notes."""

    sheet: Sheet
    columns: Sequence[Column]
    parsed: list[Parsed] = field(default_factory=list)
    refused: dict[int, list[Finding]] = field(default_factory=dict)
    notes: list[Finding] = field(default_factory=list)

    def refuse(
        self, row: Row, column: str, code: str, why: tuple[str, str], remedy: tuple[str, str],
        value: Any = "",
    ) -> None:  # fmt: skip
        """Refuse a row because of one of its cells."""
        title = next((one.title for one in self.columns if one.name == column), column)
        english = next((one.title_en for one in self.columns if one.name == column), column)
        shown = _shown(value)
        said = f"(「{shown}」)" if shown else ""
        place = f"{self.sheet.path.name} " if not self.sheet.name else (
            f"{self.sheet.path.name}「{self.sheet.name}」"
        )  # fmt: skip
        finding = Finding(
            code, Level.BLOCKS,
            f"{place}第 {row.number} 行「{title}」{why[0]}{said}。{remedy[0]}",
            f"{self.sheet.path.name}, row {row.number}, {english}: {why[1]}"
            f"{f' ({shown!r})' if shown else ''}. {remedy[1]}",
            {"file": self.sheet.path.name, "sheet": self.sheet.name, "row": row.number,
             "column": title, "value": shown, "reason": why[0], "reason_en": why[1],
             "remedy": remedy[0], "remedy_en": remedy[1]},
        )  # fmt: skip
        self.refused.setdefault(row.number, []).append(finding)

    @property
    def good(self) -> list[Parsed]:
        """The rows that nothing speaks against."""
        return [parsed for parsed in self.parsed if parsed.row.number not in self.refused]

    @property
    def findings(self) -> list[Finding]:
        """All refusals in the order of rows, then the notes."""
        rows = [finding for number in sorted(self.refused) for finding in self.refused[number]]
        return rows + self.notes


@dataclass(slots=True)
class Outcome:
    """What an import did. ``changes`` says in a sentence what differs from before."""

    kind: str
    file: str
    rows: int
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    changes: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    refused_rows: tuple[int, ...] = ()
    dry_run: bool = False
    nothing_taken: bool = False
    touched: list[str] = field(default_factory=list)

    @property
    def taken(self) -> int:
        """How many rows were taken (or, in a dry run, would be)."""
        return self.new + self.changed + self.unchanged

    def to_json(self) -> dict[str, Any]:
        """Return the outcome as plain values for JSON."""
        return {
            "what": self.kind, "file": self.file, "dry_run": self.dry_run, "rows": self.rows,
            "taken": self.taken, "new": self.new, "changed": self.changed,
            "unchanged": self.unchanged, "refused": len(self.refused_rows),
            "nothing_taken": self.nothing_taken, "changes": self.changes,
            "findings": [finding.to_json() for finding in self.findings],
        }  # fmt: skip


class MissingColumns(ValueError):
    """Raised when a table lacks columns without which no row can be read."""

    def __init__(self, sheet: Sheet, columns: Sequence[Column], what: str) -> None:
        self.columns = tuple(column.name for column in columns)
        zh = "、".join(f"「{column.title}」" for column in columns)
        en = ", ".join(column.title_en for column in columns)
        there = "、".join(sheet.header[:12])
        super().__init__(
            f"{sheet.path}:缺少列 {zh};表头现有 {there}。请用模板:"
            f"shuiheng registry template {what} --out {what}.xlsx / Columns missing: {en}. "
            f"Take the template: shuiheng registry template {what} --out {what}.xlsx"
        )


def match_header(sheet: Sheet, columns: Sequence[Column]) -> dict[str, str]:
    """Return which title of the file is which field; titles match with or without their unit."""
    known: dict[str, str] = {}
    for column in columns:
        for word in (column.title, column.name, column.title_en):
            known.setdefault(_folded(word), column.name)
            known.setdefault(_folded(_without_unit(word)), column.name)
    return {
        known[_folded(title)]: title
        for title in reversed(sheet.header)
        if _folded(title) in known
    }  # fmt: skip


def read_rows(sheet: Sheet, columns: Sequence[Column], what: str, today: date) -> Reading:
    """Return the rows with typed values; a row with a bad cell is refused, with every bad cell.

    :raises MissingColumns: if a required column is not in the file
    """
    titles = match_header(sheet, columns)
    absent = [column for column in columns if column.required and column.name not in titles]
    if absent:
        raise MissingColumns(sheet, absent, what)
    reading = Reading(sheet, columns, notes=list(sheet.notes))
    used = {*titles.values(), REASON}
    ignored = [title for title in sheet.header if title not in used]
    if ignored:
        shown = "、".join(ignored)
        reading.notes.append(
            Finding(
                "import.ignored_columns", Level.INFORMS,
                f"{sheet.path.name} 有 {len(ignored)} 列不认识，未读：{shown}。",
                f"{len(ignored)} columns of {sheet.path.name} are not known and were not read: "
                f"{shown}.",
                {"file": sheet.path.name, "columns": ignored},
            )
        )  # fmt: skip
    for row in sheet.rows:
        values: dict[str, Any] = {}
        if "" in row.cells:
            reading.refuse(
                row, "", "import.too_many_cells", ("单元格多于表头", "more cells than the header"),
                ("请核对分隔符和引号。", "Check delimiters and quotation marks."),
                row.cells[""],
            )  # fmt: skip
        for column in columns:
            cell = row.cells.get(titles.get(column.name, "\x00"))
            try:
                values[column.name] = read_cell(column, cell, today)
            except BadCell as bad:
                reading.refuse(row, column.name, bad.code, bad.why, bad.remedy, cell)
        if row.number not in reading.refused:
            reading.parsed.append(Parsed(row, values))
    return reading


def refuse_repeats(reading: Reading, key: Callable[[Parsed], Any], column: str) -> None:
    """Refuse every row whose key stands in an earlier row already."""
    first: dict[Any, int] = {}
    for parsed in reading.good:
        mark = key(parsed)
        if mark in first:
            reading.refuse(
                parsed.row, column, "import.duplicate",
                (f"与第 {first[mark]} 行重复", f"repeats row {first[mark]}"),
                ("请保留一行，删去另一行。", "Keep one of the two rows."),
                parsed.values.get(column, ""),
            )  # fmt: skip
        else:
            first[mark] = parsed.row.number


def run_import(
    reading: Reading,
    *,
    kind: str,
    digest: str,
    at: datetime,
    by: str,
    save: Callable[[list[Parsed], Outcome], None],
    dry_run: bool = False,
    all_or_nothing: bool = False,
) -> Outcome:
    """Save the good rows in one transaction, with the record of the import; or tell what would be.

    With ``all_or_nothing`` one refused row keeps all others out. A dry run undoes everything.
    """
    outcome = Outcome(kind, reading.sheet.path.name, len(reading.sheet.rows), dry_run=dry_run)
    with transaction.atomic():
        if all_or_nothing and reading.refused:
            outcome.nothing_taken = True
        else:
            save(reading.good, outcome)
        outcome.findings = reading.findings
        outcome.refused_rows = tuple(sorted(reading.refused))
        if not dry_run:
            _record(outcome, digest=digest, at=at, by=by)
        transaction.set_rollback(dry_run)
    return outcome


def _record(outcome: Outcome, *, digest: str, at: datetime, by: str) -> None:
    run, _ = ImportRun.objects.update_or_create(
        kind=outcome.kind,
        digest=digest,
        defaults={
            "file_name": outcome.file, "started_at": at, "rows_read": outcome.rows,
            "rows_taken": outcome.taken, "rows_refused": len(outcome.refused_rows), "by": by,
            "note": f"新增 {outcome.new},更新 {outcome.changed},未变 {outcome.unchanged}",
        },
    )  # fmt: skip
    run.findings.all().delete()
    DataFinding.objects.bulk_create(
        DataFinding(
            code=finding.code, level=finding.level.value, text=finding.text,
            text_en=finding.text_en, facts=dict(finding.shown_by), import_run=run, found_at=at,
        )
        for finding in outcome.findings[:MOST_KEPT]
    )  # fmt: skip


def digest_of(content: bytes) -> str:
    """Return the digest by which a file is known again."""
    return hashlib.sha256(content).hexdigest()


def differences(row: Any, values: Mapping[str, Any], columns: Sequence[Column]) -> list[str]:
    """Return in words which fields of a stored row differ from the values, as "面积 10 → 12"."""
    titles = {column.name: column.title for column in columns}
    found = []
    for name, value in values.items():
        before = getattr(row, name)
        if before != value:
            found.append(f"{titles.get(name, name)} {_shown(before)} → {_shown(value)}")
    return found


def _shown(value: Any) -> str:
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if value is None:
        return ""
    text = str(value)
    return text if len(text) <= 40 else f"{text[:40]}…"


def _without_unit(title: str) -> str:
    return re.sub(r"[(（\[].*?[)）\]]", "", title)


def _folded(title: str) -> str:
    return re.sub(r"[\s*_]+", "", title.translate(FULL_WIDTH)).casefold()
