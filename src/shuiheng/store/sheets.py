"""Small tables from CSV and Excel files, each row with its place in the file; and back again."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from shuiheng.basics import Finding, Level

# A table of a registry is small; what is larger is not one (readings have an import of their own).
MOST_BYTES = 200_000_000
MOST_UNPACKED = 1_000_000_000


class UnreadableTable(ValueError):
    """Raised when a file cannot be read as a table; the message says why and what to do."""

    def __init__(self, path: Path, why: str, why_en: str) -> None:
        self.path = path
        super().__init__(f"{path}:{why} / {why_en}")


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its number in the file, counted from 1, and its cells by column name."""

    number: int
    cells: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table as it stands in the file. ``notes`` say what was noticed while reading it."""

    path: Path
    name: str
    header: tuple[str, ...]
    rows: tuple[Row, ...]
    notes: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class ColumnNote:
    """What a template says of a column: in the header, in the list of values, in the dictionary."""

    title: str
    explained: str
    required: bool = False
    values: tuple[str, ...] = ()
    example: str = ""
    kind: str = "text"


def read_sheet(path: Path) -> Sheet:
    """Return the first table of a .csv, .tsv, .txt or .xlsx file.

    :raises UnreadableTable: if it is absent, empty, damaged, or not what its name says
    """
    if not path.is_file():
        what = ("是文件夹", "is a folder") if path.is_dir() else ("不存在", "does not exist")
        raise UnreadableTable(path, f"{what[0]}。请核对路径。", f"It {what[1]}. Check the path.")
    size = path.stat().st_size
    if size == 0:
        raise UnreadableTable(
            path, "文件是空的。请从来源重新导出。", "The file is empty. Export it again."
        )
    if size > MOST_BYTES:
        raise UnreadableTable(
            path, "文件过大，不像台账。读数请用 shuiheng readings import。",
            "Too large for a registry. Readings come in by shuiheng readings import.",
        )  # fmt: skip
    suffix = path.suffix.lower()
    if suffix == ".xlsx":
        return _workbook(path)
    if suffix in {".csv", ".tsv", ".txt"}:
        return _text(path)
    hint = "请在 Excel 中另存为 .xlsx。", "Save it as .xlsx in Excel."
    raise UnreadableTable(
        path, f"后缀是 {suffix or '空'},只认 .xlsx、.csv、.tsv、.txt。{hint[0]}",
        f"Only .xlsx, .csv, .tsv and .txt are tables. {hint[1]}",
    )  # fmt: skip


def _workbook(path: Path) -> Sheet:
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    _check_package(path)
    try:
        book = load_workbook(path, read_only=True, data_only=True)
        try:
            page = book.worksheets[0]
            cells = [
                (number, list(row))
                for number, row in enumerate(page.iter_rows(values_only=True), 1)
                if any(cell is not None and str(cell).strip() for cell in row)
            ]
        finally:
            book.close()
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, IndexError, OSError,
            SyntaxError) as wrong:  # fmt: skip
        raise UnreadableTable(
            path, "工作簿已损坏。请在 Excel 中打开并另存。",
            f"The workbook is damaged ({type(wrong).__name__}). Open and save it again in Excel.",
        ) from wrong  # fmt: skip
    return _table(path, page.title, cells, [])


def _check_package(path: Path) -> None:
    with path.open("rb") as file:
        head = file.read(8)
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        raise UnreadableTable(
            path, "这是旧式 .xls 或加密的工作簿。请另存为不加密的 .xlsx。",
            "This is an old .xls or an encrypted workbook. Save it as a plain .xlsx.",
        )  # fmt: skip
    if not zipfile.is_zipfile(path):
        raise UnreadableTable(
            path, "后缀是 .xlsx,内容不是工作簿。若是文本，请改后缀为 .csv。",
            "It is named .xlsx but is no workbook. If it is text, rename it to .csv.",
        )  # fmt: skip
    with zipfile.ZipFile(path) as package:
        names = package.namelist()
        unpacked = sum(entry.file_size for entry in package.infolist())
    if "xl/workbook.xml" not in names:
        raise UnreadableTable(
            path, "后缀是 .xlsx,内容是普通压缩包。请解压后选取其中的表。",
            "It is named .xlsx but is an ordinary zip. Unpack it and name the table inside.",
        )  # fmt: skip
    if unpacked > MOST_UNPACKED:
        raise UnreadableTable(
            path, "解压后过大，未读取。", "It unpacks to far too much and was not read."
        )


def _text(path: Path) -> Sheet:
    raw = path.read_bytes()
    text, notes = _decoded(path, raw)
    first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(",\t;", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    cells: list[tuple[int, list[Any]]] = []
    before = 0
    try:
        for row in reader:
            number, before = before + 1, reader.line_num
            if any(cell.strip() for cell in row):
                cells.append((number, list(row)))
    except csv.Error as wrong:
        raise UnreadableTable(
            path, f"第 {before + 1} 行附近引号不成对。请核对该行。",
            f"Near line {before + 1} a quotation mark has no partner ({wrong}). Check that line.",
        ) from wrong  # fmt: skip
    return _table(path, "", cells, notes)


def _decoded(path: Path, raw: bytes) -> tuple[str, list[Finding]]:
    for encoding in ("utf-8-sig", "utf-16" if raw[:2] in {b"\xff\xfe", b"\xfe\xff"} else "gb18030"):
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" in text:
            break
        if encoding == "utf-8-sig":
            return text, []
        shown = "GBK/GB18030" if encoding == "gb18030" else "UTF-16"
        return text, [
            Finding(
                "import.encoding", Level.INFORMS, f"{path.name} 按 {shown} 编码读取。",
                f"{path.name} was read as {shown}.",
                {"file": path.name, "encoding": encoding},
            )
        ]  # fmt: skip
    raise UnreadableTable(
        path, "不是文本：既不是 UTF-8,也不是 GBK。请另存为 UTF-8 的 CSV。",
        "It is no text in UTF-8 or GBK. Save it as CSV in UTF-8.",
    )  # fmt: skip


def _table(
    path: Path, name: str, cells: list[tuple[int, list[Any]]], notes: list[Finding]
) -> Sheet:
    if not cells:
        raise UnreadableTable(
            path, "第一张表是空的。请把数据放在第一张表。",
            "The first sheet is empty. Put the data on the first sheet.",
        )  # fmt: skip
    header = [str(cell).strip() if cell is not None else "" for cell in cells[0][1]]
    while header and not header[-1]:
        header.pop()
    twice = sorted({title for title in header if title and header.count(title) > 1})
    if twice:
        raise UnreadableTable(
            path, f"表头有重复的列「{'、'.join(twice)}」。请给每列不同的名称。",
            f"The header has {', '.join(twice)} twice. Give each column a name of its own.",
        )  # fmt: skip
    rows = []
    for number, row in cells[1:]:
        named = {title: cell for title, cell in zip(header, row, strict=False) if title}
        extra = [cell for cell in row[len(header) :] if cell is not None and str(cell).strip()]
        if extra:
            named[""] = extra
        rows.append(Row(number, named))
    return Sheet(path, name, tuple(title for title in header if title), tuple(rows), tuple(notes))


def write_workbook(
    path: Path,
    *,
    title: str,
    columns: Sequence[ColumnNote],
    rows: Iterable[Sequence[Any]] = (),
    about: Sequence[str] = (),
) -> int:
    """Write a ledger: data with header, filter and lists of values, and a data dictionary.

    The file appears whole or not at all. Returns how many rows were written.
    """
    import xlsxwriter

    half = path.with_name(f".{path.name}.part")
    count = 0
    with xlsxwriter.Workbook(half, {"default_date_format": "yyyy-mm-dd"}) as book:
        bold = book.add_format({"bold": True, "bg_color": "#e8eef6", "text_wrap": True})
        page = book.add_worksheet(title)
        book.add_worksheet("数据说明")
        for place, column in enumerate(columns):
            page.write_string(0, place, column.title, bold)
            page.set_column(place, place, max(12, 2 * len(column.title) + 2))
        for row in rows:
            count += 1
            for place, cell in enumerate(row):
                _write_cell(page, count, place, cell)
        page.freeze_panes(1, 1)
        page.autofilter(0, 0, max(count, 1), len(columns) - 1)
        _write_lists(book, page, columns)
        _write_dictionary(book.worksheets()[1], bold, columns, about)
    half.replace(path)
    return count


def _write_cell(page: Any, row: int, place: int, cell: Any) -> None:
    if cell is None or cell == "":
        return
    if isinstance(cell, bool):
        page.write_string(row, place, "是" if cell else "否")
    elif isinstance(cell, datetime | date):
        page.write_datetime(row, place, cell)
    elif isinstance(cell, Decimal | int | float):
        page.write_number(row, place, cell)
    else:
        # Text stays text, also where it begins with = or looks like a number.
        page.write_string(row, place, str(cell))


def _write_lists(book: Any, page: Any, columns: Sequence[ColumnNote]) -> None:
    lists = book.add_worksheet("取值")
    for place, column in enumerate(columns):
        if not column.values:
            continue
        lists.write_string(0, place, column.title)
        for row, value in enumerate(column.values, 1):
            lists.write_string(row, place, value)
        letter = _letters(place)
        page.data_validation(
            1, place, 20_000, place,
            {
                "validate": "list",
                "source": f"=取值!${letter}$2:${letter}${len(column.values) + 1}",
                "error_title": "取值不在列表中",
                "error_message": "请从下拉列表中选择。 Choose from the list.",
                "ignore_blank": True,
            },
        )  # fmt: skip
    lists.hide()


def _letters(place: int) -> str:
    """Return a column's letters.

    >>> _letters(0), _letters(27)
    ('A', 'AB')
    """
    text = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        text = chr(65 + rest) + text
    return text


def _write_dictionary(
    page: Any, bold: Any, columns: Sequence[ColumnNote], about: Sequence[str]
) -> None:
    for place, word in enumerate(("列 column", "必填 required", "说明 meaning", "取值 values",
                                  "例 example")):  # fmt: skip
        page.write_string(0, place, word, bold)
    for row, column in enumerate(columns, 1):
        values = "、".join(column.values)
        for place, cell in enumerate(
            (column.title, "是" if column.required else "", column.explained, values,
             column.example)
        ):  # fmt: skip
            page.write_string(row, place, cell)
    for row, line in enumerate(about, len(columns) + 2):
        page.write_string(row, 0, line)
    page.set_column(0, 1, 20)
    page.set_column(2, 3, 60)
    page.freeze_panes(1, 0)


def write_csv(path: Path, columns: Sequence[ColumnNote], rows: Iterable[Sequence[Any]]) -> int:
    """Write rows as CSV in UTF-8 with a mark that Excel understands; whole or not at all."""
    half = path.with_name(f".{path.name}.part")
    count = 0
    with half.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([column.title for column in columns])
        for row in rows:
            count += 1
            writer.writerow(
                [
                    "" if cell is None else ("是" if cell else "否") if isinstance(cell, bool)
                    else f"{cell:f}" if isinstance(cell, Decimal) else cell
                    for cell in row
                ]
            )  # fmt: skip
    half.replace(path)
    return count
