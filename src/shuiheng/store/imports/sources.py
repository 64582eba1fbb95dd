"""Files opened as a stream of tables of text or typed cells, with their row numbers."""

from __future__ import annotations

import codecs
import csv
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as papq

from shuiheng.store.imports.refusals import ImportRefused

SAMPLE = 1 << 20
SHEET_ROWS = 20_000
TEXT = {".csv", ".tsv", ".txt"}
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Piece:
    """Some rows of a file: ``table`` with the columns asked for, ``rows`` their numbers.

    Numbers are those a person sees: the header of a CSV or a sheet is row 1; the first row of a
    Parquet file is row 1. ``broken`` are rows that could not be cut into columns.
    """

    table: pa.Table
    rows: np.ndarray[Any, np.dtype[np.int64]]
    broken: list[tuple[int, str, str]] = field(default_factory=list)


class Source:
    """A file that can be read again and again as pieces."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.header: list[str] = []

    def pieces(
        self, columns: Sequence[str], progress: Progress | None, meter: str = ""
    ) -> Iterator[Piece]:
        """Yield the rows in pieces, with the columns asked for; ``meter`` may come as codes."""
        raise NotImplementedError


def open_source(path: Path) -> Source:
    """Return the file as a source, by its suffix, checked by its content.

    :raises ImportRefused: if it is not there, a folder, empty, or not what its name says
    """
    if not path.exists():
        raise ImportRefused(
            f"{path} does not exist. Check the path; it is taken from {Path.cwd()}."
        )
    if path.is_dir():
        raise ImportRefused(f"{path} is a folder. Name the files in it, e.g. {path}/*.csv.")
    if path.stat().st_size == 0:
        raise ImportRefused(f"{path} is empty. Export it again from where it came from.")
    suffix = path.suffix.lower()
    if suffix in TEXT:
        return _Text(path)
    if suffix == ".xlsx":
        return _Sheet(path)
    if suffix in {".parquet", ".pq"}:
        return _Parquet(path)
    hint = " Save it as .xlsx in Excel." if suffix == ".xls" else ""
    raise ImportRefused(
        f"{path} ends in {suffix or 'nothing'}; readings come from .csv, .tsv, .txt, .xlsx or "
        f".parquet.{hint}"
    )


class _Parquet(Source):
    def __init__(self, path: Path) -> None:
        super().__init__(path)
        try:
            with papq.ParquetFile(path) as file:
                self.header = list(file.schema_arrow.names)
                self._count = file.metadata.num_rows
                self._text = {
                    field.name for field in file.schema_arrow if pa.types.is_string(field.type)
                }
        except (pa.ArrowInvalid, OSError) as wrong:
            raise ImportRefused(
                f"{path} is not a whole Parquet file ({_first_line(wrong)}). Copy or export it "
                "again."
            ) from wrong

    def pieces(
        self, columns: Sequence[str], progress: Progress | None, meter: str = ""
    ) -> Iterator[Piece]:
        done = 0
        try:
            coded = [meter] if meter in self._text else None
            with papq.ParquetFile(self.path, read_dictionary=coded) as file:
                for batch in file.iter_batches(batch_size=1 << 18, columns=list(columns)):
                    rows = np.arange(done + 1, done + len(batch) + 1)
                    done += len(batch)
                    yield Piece(pa.Table.from_batches([batch]), rows)
                    if progress:
                        progress(done, self._count)
        except (pa.ArrowInvalid, OSError) as wrong:
            raise ImportRefused(
                f"{self.path} is damaged after row {done} ({_first_line(wrong)}). Copy or export "
                "it again; nothing of it was imported."
            ) from wrong


class _Text(Source):
    def __init__(self, path: Path) -> None:
        super().__init__(path)
        with path.open("rb") as file:
            sample = file.read(SAMPLE)
        self.encoding = _encoding(path, sample)
        text = codecs.getincrementaldecoder(self.encoding)("strict").decode(sample)
        first = next((line for line in text.splitlines() if line.strip()), "")
        self._skip = next((n for n, line in enumerate(text.splitlines()) if line.strip()), 0)
        self.delimiter = max(",\t;|", key=first.count)
        cells = next(csv.reader([first], delimiter=self.delimiter), [])
        self.header = [cell.strip() for cell in cells]
        self._raw = cells
        twice = {name for name in self.header if self.header.count(name) > 1}
        if twice:
            raise ImportRefused(
                f"{path}: the header has {', '.join(sorted(twice))!r} twice. Give each column a "
                "name of its own."
            )

    def pieces(
        self, columns: Sequence[str], progress: Progress | None, meter: str = ""
    ) -> Iterator[Piece]:
        broken: list[tuple[int, str, str]] = []

        def set_aside(row: Any) -> str:
            reason = f"{row.actual_columns} columns instead of {row.expected_columns}"
            broken.append((row.number or 0, reason, row.text))
            return "skip"

        size, done = self.path.stat().st_size, 1 + self._skip
        try:
            with pacsv.open_csv(
                self.path,
                read_options=pacsv.ReadOptions(
                    encoding=self.encoding,
                    column_names=self.header,
                    skip_rows=self._skip + 1,
                    block_size=1 << 24,
                    use_threads=False,
                ),
                parse_options=pacsv.ParseOptions(
                    delimiter=self.delimiter,
                    invalid_row_handler=set_aside,
                    ignore_empty_lines=False,
                ),
                convert_options=pacsv.ConvertOptions(
                    include_columns=list(columns),
                    column_types={name: pa.string() for name in columns},
                    strings_can_be_null=False,
                ),
            ) as reader:
                read = 0
                for batch in reader:
                    here, broken = broken, []
                    rows, done = _numbers(done, len(batch), [number for number, _, _ in here])
                    yield Piece(pa.Table.from_batches([batch]), rows, here)
                    read += batch.nbytes
                    if progress:
                        progress(min(read, size), size)
        except (pa.ArrowInvalid, UnicodeError) as wrong:
            raise ImportRefused(
                f"{self.path} cannot be read after row {done} as {self.encoding} text "
                f"({_first_line(wrong)}). Save it as CSV in UTF-8; nothing of it was imported."
            ) from wrong


def _numbers(
    done: int, good: int, broken: list[int]
) -> tuple[np.ndarray[Any, np.dtype[np.int64]], int]:
    """Return the row numbers of ``good`` rows among which ``broken`` ones were skipped."""
    every = np.arange(done + 1, done + good + len(broken) + 1)
    return every[~np.isin(every, broken)][:good], done + good + len(broken)


def _encoding(path: Path, sample: bytes) -> str:
    for mark, name in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if sample.startswith(mark):
            return name
    if b"\0" not in sample:
        for name in ("utf-8", "gb18030"):
            if _is_all(path, name):
                return name
    raise ImportRefused(
        f"{path} is not text in UTF-8 or GBK. If it is an Excel file, give it its own suffix; "
        "otherwise export it again as CSV in UTF-8."
    )


def _is_all(path: Path, encoding: str) -> bool:
    """Return whether the whole file is text in ``encoding``; its first page may be plain ASCII."""
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    with path.open("rb") as file:
        try:
            while block := file.read(SAMPLE):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


class _Sheet(Source):
    def __init__(self, path: Path) -> None:
        super().__init__(path)
        try:
            with zipfile.ZipFile(path) as archive:
                names = set(archive.namelist())
        except zipfile.BadZipFile as wrong:
            raise ImportRefused(
                f"{path} is not an Excel workbook, whatever its suffix says. Open it in Excel and "
                "save it as .xlsx, or give a CSV file its own suffix."
            ) from wrong
        if "xl/workbook.xml" not in names:
            raise ImportRefused(
                f"{path} is a zip archive without a workbook in it. Unpack it and import the "
                "files inside."
            )
        for row in self._cells():
            self.header = [str(cell).strip() if cell is not None else "" for cell in row]
            if any(self.header):
                break
        if not any(self.header):
            raise ImportRefused(f"{path}: the first sheet is empty. Put header and rows there.")

    def _cells(self) -> Iterator[tuple[Any, ...]]:
        import openpyxl

        try:
            book = openpyxl.load_workbook(self.path, read_only=True, data_only=True)
        except (KeyError, ValueError, OSError, zipfile.BadZipFile) as wrong:
            raise ImportRefused(
                f"{self.path} is a damaged workbook ({_first_line(wrong)}). Save it again in Excel."
            ) from wrong
        try:
            yield from book.worksheets[0].iter_rows(values_only=True)
        finally:
            book.close()

    def pieces(
        self, columns: Sequence[str], progress: Progress | None, meter: str = ""
    ) -> Iterator[Piece]:
        places = [self.header.index(name) for name in columns]
        cells: list[list[str]] = [[] for _ in columns]
        rows: list[int] = []
        started = False
        for number, row in enumerate(self._cells(), start=1):
            if not started:
                started = any(cell is not None for cell in row)
                continue
            if all(cell is None for cell in row):
                continue
            rows.append(number)
            for column, place in enumerate(places):
                cells[column].append(_as_text(row[place] if place < len(row) else None))
            if len(rows) == SHEET_ROWS:
                yield _text_piece(columns, cells, rows)
                cells, rows = [[] for _ in columns], []
                if progress:
                    progress(number, number)
        if rows:
            yield _text_piece(columns, cells, rows)


def _text_piece(columns: Sequence[str], cells: list[list[str]], rows: list[int]) -> Piece:
    table = pa.table(
        {name: pa.array(column, pa.string()) for name, column in zip(columns, cells, strict=True)}
    )
    return Piece(table, np.array(rows, dtype=np.int64))


def _as_text(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime | date):
        return cell.isoformat(sep=" ") if isinstance(cell, datetime) else cell.isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)


def _first_line(wrong: BaseException) -> str:
    return (str(wrong).splitlines() or [type(wrong).__name__])[0].strip().rstrip(".")
