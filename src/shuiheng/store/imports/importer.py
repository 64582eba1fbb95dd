"""One file of readings into the lake: all its good rows in one commit, the bad ones in a list."""

from __future__ import annotations

import csv
import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from shuiheng.basics import Finding, IncompatibleUnits, Level, Quantity, UnknownUnit
from shuiheng.store.imports import cells, clock
from shuiheng.store.imports.columns import Columns, choose_columns, unit_in
from shuiheng.store.imports.refusals import ImportRefused
from shuiheng.store.imports.sources import Piece, Progress, Source, open_source
from shuiheng.store.lake import Lake

TARGET = {"register": "L", "interval": "L", "flow": "L/h"}
# Rows wait until this many are there, so that the lake gets few and large files.
CHUNK = 2_000_000
# A register above this many litres is no reading of any meter (a billion cubic metres).
TOO_LARGE_L = 1e15
SHOWN = 20


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A row that was not imported: where, why, and what to do."""

    row: int
    column: str
    reason: str
    remedy: str
    cells: tuple[str, ...]


@dataclass(slots=True)
class ImportReport:
    """What became of one file."""

    file: str
    batch: str
    columns: Columns
    unit: str
    zone: str
    guesses: tuple[str, ...] = ()
    rows: int = 0
    accepted: int = 0
    rejected: int = 0
    already: bool = False
    first: datetime | None = None
    last: datetime | None = None
    future: int = 0
    negative: int = 0
    ambiguous: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    examples: list[RejectedRow] = field(default_factory=list)
    rejected_file: Path | None = None
    meters: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """Return the report as plain values."""
        return {
            "file": self.file,
            "batch": self.batch,
            "map": str(self.columns),
            "unit": self.unit,
            "zone": self.zone,
            "guesses": list(self.guesses),
            "already_imported": self.already,
            "rows": self.rows,
            "accepted": self.accepted,
            "rejected": self.rejected,
            "reasons": dict(self.reasons),
            "rejected_rows": [
                {"row": r.row, "column": r.column, "reason": r.reason, "remedy": r.remedy}
                for r in self.examples
            ],
            "rejected_file": str(self.rejected_file) if self.rejected_file else None,
            "meters": len(self.meters),
            "first": self.first.isoformat() if self.first else None,
            "last": self.last.isoformat() if self.last else None,
            "findings": [finding.to_json() for finding in self.findings],
        }


@dataclass(frozen=True, slots=True)
class Wanted:
    """How a file is to be read; what is None is taken from the header or said to be unknown."""

    columns: Mapping[str, str] = field(default_factory=dict)
    unit: str | None = None
    zone: str | None = None
    kind: str = "register"
    prefix: str = ""


def import_file(
    lake: Lake, path: Path, wanted: Wanted, *, home: Path, progress: Progress | None = None
) -> ImportReport:
    """Import one file: its good rows in one commit, its bad ones into ``home/imports``.

    The same content with the same map, unit and zone is imported once; again it changes nothing.

    :raises ImportRefused: if the file cannot be read as asked, or no row of it is good
    """
    source, columns, unit, zone, guesses = check_file(path, wanted)
    batch = _batch_name(path, columns, unit, zone, wanted)
    report = ImportReport(path.name, batch, columns, unit, zone, guesses)
    if lake.has_batch(batch):
        report.already = True
        report.meters = lake.touched_by(batch)
        return report
    factor = _factor(unit, wanted.kind)
    run = _Run(source, columns, factor, zone, wanted, report, home, progress)
    lake.append_stream(
        run.tables, source=path.name, batch=batch,
        defaults={"kind": wanted.kind, "unit_l": run.count_l()},
    )  # fmt: skip
    run.keep_rejected()
    report.meters = lake.touched_by(batch)
    _say_findings(report)
    return report


def check_file(path: Path, wanted: Wanted) -> tuple[Source, Columns, str, str, tuple[str, ...]]:
    """Return what a file would be read with: its source, columns, unit, zone, and the guesses.

    :raises ImportRefused: if it cannot be read as asked
    """
    source = open_source(path)
    columns = choose_columns(source.header, wanted.columns, str(path))
    unit, zone, guesses = _unit_and_zone(wanted, columns, path)
    _factor(unit, wanted.kind)
    return source, columns, unit, zone, guesses


def _unit_and_zone(
    wanted: Wanted, columns: Columns, path: Path
) -> tuple[str, str, tuple[str, ...]]:
    guesses = [f"{part}={getattr(columns, part)}" for part in columns.guessed]
    unit = wanted.unit
    if unit is None:
        unit = unit_in(columns.register)
        if unit is None:
            raise ImportRefused(
                f"{path}: the unit of {columns.register!r} is not said. Write --unit L or "
                "--unit m3; a wrong unit is wrong by a thousand, so it is not guessed."
            )
        guesses.append(f"unit={unit}")
    zone = wanted.zone
    if zone is None:
        zone = "UTC" if columns.time.lower().endswith("_utc") else "Asia/Shanghai"
        guesses.append(f"tz={zone}")
    return unit, clock.check_zone(zone), tuple(guesses)


def _factor(unit: str, kind: str) -> Decimal:
    try:
        return Quantity.of(1, unit).to(TARGET[kind]).value
    except (UnknownUnit, IncompatibleUnits) as wrong:
        known = "L/h, m3/h, L/s" if kind == "flow" else "L, m3, 万m3"
        raise ImportRefused(
            f"The unit {unit!r} is not one of a {kind}. Write --unit with one of {known}."
        ) from wrong


def _batch_name(path: Path, columns: Columns, unit: str, zone: str, wanted: Wanted) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    digest.update(f"|{columns}|{unit}|{zone}|{wanted.kind}|{wanted.prefix}".encode())
    return f"file:{digest.hexdigest()}"


class _Run:
    """One reading of a file into tables; a retried commit starts it again from the first row."""

    def __init__(
        self, source: Source, columns: Columns, factor: Decimal, zone: str, wanted: Wanted,
        report: ImportReport, home: Path, progress: Progress | None,
    ) -> None:  # fmt: skip
        self._source, self._columns, self._factor, self._zone = source, columns, factor, zone
        self._wanted, self._report, self._progress = wanted, report, progress
        self._folder = home / "imports"
        self._half = self._folder / f"{Path(report.file).stem}-rejected.csv.part"
        self._late: list[pa.Table] = []
        self._bad: list[RejectedRow] = []

    def count_l(self) -> int:
        """Return the litres of one count, as far as the first rows show it."""
        for piece in self._source.pieces([self._columns.register], None):
            values, good = cells.numbers(piece.table[self._columns.register])
            values = values[good]
            if len(values) and self._factor == int(self._factor) and not (values % 1).any():
                return int(self._factor)
            break
        return 1

    def tables(self) -> Iterator[pa.Table]:
        """Yield the good rows as readings; count and set aside the rest."""
        report = self._report
        report.rows = report.accepted = report.rejected = 0
        report.future = report.negative = report.ambiguous = 0
        report.reasons.clear()
        report.examples.clear()
        self._late, self._bad = [], []
        self._half.unlink(missing_ok=True)
        waiting: list[pa.Table] = []
        for piece in self._source.pieces(self._columns.read, self._progress):
            made = self._convert(piece)
            self._set_aside()
            if len(made):
                waiting.append(made)
            if sum(map(len, waiting)) >= CHUNK:
                yield self._counted(pa.concat_tables(waiting))
                waiting = []
        waiting += self._doubled_hours()
        if waiting:
            yield self._counted(pa.concat_tables(waiting))
        if not report.accepted:
            self._half.unlink(missing_ok=True)
            raise ImportRefused(_nothing_good(report))

    def _counted(self, table: pa.Table) -> pa.Table:
        report = self._report
        report.accepted += len(table)
        span = pc.min_max(table["at"]).as_py()
        report.first = min(filter(None, (report.first, span["min"])))
        report.last = max(filter(None, (report.last, span["max"])))
        now = pa.scalar(datetime.now(UTC), pa.timestamp("us", "UTC"))
        report.future += pc.sum(pc.greater(table["at"], now)).as_py() or 0
        report.negative += pc.sum(pc.less(table["value_l"], 0)).as_py() or 0
        return table

    def _convert(self, piece: Piece) -> pa.Table:
        table, columns = piece.table, self._columns
        broken = [row for row in piece.broken if row[2].strip()]
        self._report.rows += len(table) + len(broken)
        for line, reason, text in broken:
            self._reject(line, "", reason, "Write the row with as many cells as the header.",
                         (text,))  # fmt: skip
        n = len(table)
        if not n:
            return _READINGS.empty_table()
        meter = (
            pa.array([columns.meter[1:]] * n, pa.string())
            if columns.meter[:1] == "="
            else cells.names(table[columns.meter])
        )
        local, timed, zoned = cells.instants(table[columns.time])
        number, counted = cells.numbers(table[columns.register])
        litres = number * float(self._factor)
        named = np.asarray(pc.not_equal(meter, "").to_numpy(zero_copy_only=False), dtype=bool)
        small = np.abs(litres) < TOO_LARGE_L
        made = clock.resolve(local, self._zone)
        exists = made.exists | zoned
        value: cells.Ints = np.rint(np.where(counted & small, litres, 0)).astype(np.int64)
        at = np.where(zoned, local, made.first)
        ambiguous = made.ambiguous & ~zoned & timed
        good = named & timed & counted & small & exists
        for fails, column, reason, remedy in (
            (~named, columns.meter, "no meter number", "Write the meter's number."),
            (named & ~timed, columns.time, "not a time",
             "Write it as 2024-01-31 08:00 (or with a zone, 2024-01-31T08:00+08:00)."),
            (named & timed & ~counted, columns.register, "not a number",
             "Write the register with digits and one decimal point."),
            (named & timed & counted & ~small, columns.register, "too large for a register",
             "Check the unit and the number."),
            (named & timed & counted & small & ~exists, columns.time,
             f"the clock of {self._zone} never showed this time (change to summer time)",
             "Correct the hour, or name the zone in which the times are written."),
        ):  # fmt: skip
            self._reject_rows(piece, fails, column, reason, remedy)
        if self._wanted.prefix:
            meter = pc.binary_join_element_wise(self._wanted.prefix, meter, "")
        settled = pa.table(
            {
                "meter": meter,
                "at": pa.array(at).cast(pa.timestamp("us", "UTC")),
                "value_l": pa.array(value),
            },
            schema=_READINGS,
        )
        doubled = good & ambiguous
        if doubled.any():
            side = settled.append_column("local", pa.array(local))
            self._late.append(side.filter(pa.array(doubled)))
        return settled.filter(pa.array(good & ~ambiguous))

    def _doubled_hours(self) -> list[pa.Table]:
        if not self._late:
            return []
        rows = pa.concat_tables(self._late)
        local = np.asarray(rows["local"].to_numpy())
        made = clock.resolve(local, self._zone)
        self._report.ambiguous = len(rows)
        at = clock.settle(
            rows["meter"].to_pylist(), local, np.asarray(rows["value_l"].to_numpy()), made
        )
        column = pa.array(at).cast(pa.timestamp("us", "UTC"))
        return [rows.drop_columns(["local"]).set_column(1, "at", column)]

    def _reject_rows(
        self, piece: Piece, fails: cells.Mask, column: str, reason: str, remedy: str
    ) -> None:
        places = np.flatnonzero(fails)
        if not len(places):
            return
        text = piece.table.take(pa.array(places)).to_pylist()
        for place, row in zip(places, text, strict=True):
            shown = tuple("" if cell is None else str(cell) for cell in row.values())
            if not any(cell.strip() for cell in shown):
                self._report.rows -= 1
                continue
            said = f"{reason}: {row.get(column)!r}" if row.get(column) not in (None, "") else reason
            self._reject(int(piece.rows[place]), column, said, remedy, shown, reason)

    def _reject(
        self,
        row: int,
        column: str,
        reason: str,
        remedy: str,
        shown: tuple[str, ...],
        kind: str = "",
    ) -> None:
        self._report.reasons[kind or reason] += 1
        self._bad.append(RejectedRow(row, column, reason, remedy, shown))

    def _set_aside(self) -> None:
        """Write the rejected rows of one piece, in the order of the file."""
        if not self._bad:
            return
        bad, self._bad = sorted(self._bad, key=lambda row: row.row), []
        report = self._report
        report.rejected += len(bad)
        report.examples.extend(bad[: SHOWN - len(report.examples)])
        new = not self._half.exists()
        self._folder.mkdir(parents=True, exist_ok=True)
        columns = self._columns.read
        with self._half.open("a", encoding="utf-8-sig" if new else "utf-8", newline="") as file:
            writer = csv.writer(file)
            if new:
                writer.writerow([*columns, "row", "reason", "remedy"])
            for row in bad:
                padding = [""] * (len(columns) - len(row.cells))
                writer.writerow([*row.cells, *padding, row.row, row.reason, row.remedy])

    def keep_rejected(self) -> None:
        """Give the list of rejected rows its name, once the good rows are in the lake."""
        if self._report.rejected:
            kept = self._half.with_suffix("")
            self._half.replace(kept)
            self._report.rejected_file = kept


_READINGS = pa.schema(
    [("meter", pa.string()), ("at", pa.timestamp("us", "UTC")), ("value_l", pa.int64())]
)


def _nothing_good(report: ImportReport) -> str:
    if not report.rows:
        return f"{report.file} has a header but no rows. Export it again with its rows."
    one = report.examples[0]
    return (
        f"None of the {report.rows} rows of {report.file} can be imported. Row {one.row}"
        f"{f', column {one.column!r}' if one.column else ''}: {one.reason}. {one.remedy} "
        "Perhaps the map of columns is wrong: see --map."
    )


def _say_findings(report: ImportReport) -> None:
    for count, code, level, text, text_en in (
        (report.rejected, "import.rejected_rows", Level.WARNS,
         "{file} 有 {n} 行未能导入，已另存，可更正后再导入。",
         "{n} rows of {file} were not imported; they are kept in a file to correct and import."),
        (report.future, "import.future_rows", Level.WARNS,
         "{file} 有 {n} 行的时刻在未来；已保存，但不参与计算。",
         "{n} rows of {file} are in the future; they are kept but not used."),
        (report.negative, "import.negative_rows", Level.WARNS,
         "{file} 有 {n} 行读数为负；已保存，见水表的发现。",
         "{n} rows of {file} are negative; they are kept, see the findings of the meters."),
        (report.ambiguous, "import.doubled_hour", Level.INFORMS,
         "{file} 有 {n} 行落在时钟回拨而重复的一小时内；按读数先后区分，无从区分的按第一次计。",
         "{n} rows of {file} lie in the hour that a change of clocks repeats; the order of the "
         "registers tells them apart, otherwise the first hour is meant."),
    ):  # fmt: skip
        if count:
            words = {"file": report.file, "n": f"{count:,}"}
            report.findings.append(
                Finding(
                    code,
                    level,
                    text.format(**words),
                    text_en.format(**words),
                    {"file": report.file, "count": count},
                )
            )
