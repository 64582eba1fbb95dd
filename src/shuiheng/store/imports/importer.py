"""One file of readings into the lake: all its good rows in one commit, the bad ones in a list."""

from __future__ import annotations

import csv
import hashlib
from collections import deque
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from shuiheng.basics import IncompatibleUnits, Quantity, UnknownUnit
from shuiheng.store.imports import cells, clock
from shuiheng.store.imports.columns import Columns, choose_columns, unit_in
from shuiheng.store.imports.converting import Converted, Failure, How, convert
from shuiheng.store.imports.noticing import Noticed
from shuiheng.store.imports.refusals import ImportRefused
from shuiheng.store.imports.report import ImportReport, RejectedRow, say_findings
from shuiheng.store.imports.sources import Progress, Source, open_source
from shuiheng.store.lake import Lake

TARGET = {"register": "L", "interval": "L", "flow": "L/h"}
# Rows wait until this many are there, so that the lake gets few and large files.
CHUNK = 8_000_000
# Pieces are made into readings by this many threads, while the next is read.
CONVERTERS = 2
SHOWN = 20


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
        say_findings(report, Noticed())
        return report
    how = How(columns, _factor(unit, wanted.kind), zone, wanted.prefix)
    run = _Run(source, how, report, home, progress)
    lake.append_stream(
        run.tables, source=path.name, batch=batch, repeated=run.count_repeated,
        defaults={"kind": wanted.kind, "unit_l": run.count_l()},
    )  # fmt: skip
    run.keep_rejected()
    report.meters = sorted(run.noticed.names)
    say_findings(report, run.noticed)
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
        self, source: Source, how: How, report: ImportReport, home: Path, progress: Progress | None
    ) -> None:
        self._source, self._how, self._report, self._progress = source, how, report, progress
        self._folder = home / "imports"
        self._half = self._folder / f"{Path(report.file).stem}-rejected.csv.part"
        self._late: list[pa.Table] = []
        self._bad: list[RejectedRow] = []
        self.noticed = Noticed()

    def count_l(self) -> int:
        """Return the litres of one count, as far as the first rows show it."""
        register, factor = self._how.columns.register, self._how.factor
        for piece in self._source.pieces([register], None):
            values, good = cells.numbers(piece.table[register])
            values = values[good]
            if len(values) and factor == int(factor) and not (values % 1).any():
                return int(factor)
            break
        return 1

    def count_repeated(self, count: int) -> None:
        """Take down how many rows another row of the file says again."""
        self._report.repeated = count

    def tables(self) -> Iterator[pa.Table]:
        """Yield the good rows as readings; count and set aside the rest."""
        report = self._report
        report.start_again()
        self._late, self._bad, self.noticed = [], [], Noticed()
        self._half.unlink(missing_ok=True)
        waiting: list[pa.Table] = []
        said: list[cells.Floats] = []
        count = 0
        for made in self._converted():
            self._take_failures(made)
            table, steps = self._good_rows(made)
            if len(table):
                waiting.append(table)
                said += steps
                count += len(table)
            if count >= CHUNK:
                yield self._noted(waiting, said)
                waiting, said, count = [], [], 0
        for table, steps in self._doubled_hours():
            waiting.append(table)
            said += steps
        if waiting:
            yield self._noted(waiting, said)
        if not report.accepted:
            self._half.unlink(missing_ok=True)
            raise ImportRefused(_nothing_good(report))

    def _converted(self) -> Iterator[Converted]:
        """Yield the pieces in the order of the file, made into readings by a few threads."""
        columns = self._how.columns
        coming: deque[Future[Converted]] = deque()
        with ThreadPoolExecutor(CONVERTERS) as pool:
            for piece in self._source.pieces(columns.read, self._progress, columns.meter):
                coming.append(pool.submit(convert, piece, self._how))
                while len(coming) > CONVERTERS:
                    yield coming.popleft().result()
            while coming:
                yield coming.popleft().result()

    def _good_rows(self, made: Converted) -> tuple[pa.Table, list[cells.Floats]]:
        """Return the good rows of a piece and their steps; those of a doubled hour wait."""
        table = _readings(made.meters, made.at, made.value)
        if made.doubled is not None:
            side = table.append_column("local", pa.array(made.local))
            steps = np.full(len(table), np.nan) if made.said is None else made.said
            side = side.append_column("said", pa.array(steps))
            self._late.append(side.filter(pa.array(made.doubled)))
        keep = made.good
        if made.doubled is not None:
            keep = ~made.doubled if keep is None else keep & ~made.doubled
        if keep is None:
            self.noticed.rows(made.meters, made.at)
            return table, [] if made.said is None else [made.said]
        # A clock that repeats itself does not tell whether its rows stand in order.
        self.noticed.rows(made.meters.filter(pa.array(keep)), made.at[keep])
        return table.filter(pa.array(keep)), [] if made.said is None else [made.said[keep]]

    def _doubled_hours(self) -> Iterator[tuple[pa.Table, list[cells.Floats]]]:
        if not self._late:
            return
        rows = pa.concat_tables(self._late)
        local = np.asarray(rows["local"].to_numpy())
        made = clock.resolve(local, self._how.zone)
        self._report.ambiguous = len(rows)
        at = clock.settle(
            rows["meter"].to_pylist(), local, np.asarray(rows["value_l"].to_numpy()), made
        )
        column = pa.array(at).cast(pa.timestamp("us", "UTC"))
        settled = rows.select(["meter", "at", "value_l"]).set_column(1, "at", column)
        yield settled, [np.asarray(rows["said"].to_numpy())] if self._how.columns.step else []

    def _noted(self, tables: list[pa.Table], said: list[cells.Floats]) -> pa.Table:
        """Return tables joined, after counting what they say."""
        table = pa.concat_tables(tables).unify_dictionaries()
        report = self._report
        report.accepted += len(table)
        span = pc.min_max(table["at"]).as_py()
        report.first = min(filter(None, (report.first, span["min"])))
        report.last = max(filter(None, (report.last, span["max"])))
        now = datetime.now(UTC)
        if span["max"] > now:
            later = pc.greater(table["at"], pa.scalar(now, pa.timestamp("us", "UTC")))
            report.future += pc.sum(later).as_py()
        if pc.min(table["value_l"]).as_py() < 0:
            report.negative += pc.sum(pc.less(table["value_l"], 0)).as_py()
        if said:
            at, value = (table[name].cast(pa.int64()).to_numpy() for name in ("at", "value_l"))
            meters = table["meter"].combine_chunks()
            self.noticed.steps(meters, np.asarray(at), np.asarray(value), np.concatenate(said))
        return table

    def _take_failures(self, made: Converted) -> None:
        piece, report = made.piece, self._report
        broken = [row for row in piece.broken if row[2].strip()]
        report.rows += len(piece.table) + len(broken)
        remedy = "Write the row with as many cells as the header."
        for line, reason, text in broken:
            report.reasons[reason] += 1
            self._bad.append(RejectedRow(line, "", reason, remedy, (text,)))
        for failure in made.failures:
            self._reject_rows(made, failure)
        self._set_aside()

    def _reject_rows(self, made: Converted, failure: Failure) -> None:
        report, column, reason = self._report, failure.column, failure.reason
        text = made.piece.table.take(pa.array(failure.places)).to_pylist()
        for place, row in zip(failure.places, text, strict=True):
            shown = tuple("" if cell is None else str(cell) for cell in row.values())
            if not any(cell.strip() for cell in shown):
                report.rows -= 1
                continue
            said = f"{reason}: {row.get(column)!r}" if row.get(column) not in (None, "") else reason
            report.reasons[reason] += 1
            report.never_shown += failure.never_shown
            line = int(made.piece.rows[place])
            self._bad.append(RejectedRow(line, column, said, failure.remedy, shown))

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
        columns = self._how.columns.read
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


def _readings(meters: pa.DictionaryArray, at: cells.Ints, value: cells.Ints) -> pa.Table:
    instants = pa.array(at).cast(pa.timestamp("us", "UTC"))
    return pa.table({"meter": meters, "at": instants, "value_l": pa.array(value)})


def _nothing_good(report: ImportReport) -> str:
    if not report.rows:
        return f"{report.file} has a header but no rows. Export it again with its rows."
    one = report.examples[0]
    return (
        f"None of the {report.rows} rows of {report.file} can be imported. Row {one.row}"
        f"{f', column {one.column!r}' if one.column else ''}: {one.reason}. {one.remedy} "
        "Perhaps the map of columns is wrong: see --map."
    )
