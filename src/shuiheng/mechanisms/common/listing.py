"""Lists: filtered, sorted, paged and exported on the server; the address keeps it all."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from shuiheng.mechanisms.common import district
from shuiheng.mechanisms.common.showing import digits, unit_words

PER_PAGE = 50
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
CSV_TYPE = "text/csv; charset=utf-8"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, slots=True)
class Column:
    """A column: ``read`` gives the plain value that is exported, ``show`` what the page shows.

    ``sort`` names the fields of the table by which it is sorted; a list in memory is sorted by
    what ``read`` gives. ``about`` is its line in the data dictionary. A column with ``hidden``
    stands in the exported file only.
    """

    key: str
    title: str
    read: Callable[[Any], Any]
    show: Callable[[Any], SafeString] | None = None
    sort: tuple[str, ...] = ()
    unit: str = ""
    number: bool = False
    about: str = ""
    nowrap: bool = False
    hidden: bool = False
    wide: bool = False

    @property
    def head(self) -> str:
        """The title with the unit, as it stands above the column."""
        if not self.unit:
            return str(self.title)
        return f"{self.title} ({unit_words(self.unit, get_language() or 'zh')})"


@dataclass(frozen=True, slots=True)
class Filter:
    """A choice in the filter bar: its parameter, its words, and the values to choose from."""

    key: str
    title: str
    choices: Sequence[tuple[str, str]]
    chosen: str = ""


class Listing:
    """A list as the address asks for it: ``?sort=-name&page=2`` and the filters beside them."""

    def __init__(
        self,
        request: HttpRequest,
        rows: QuerySet[Any] | Sequence[Any],
        columns: Sequence[Column],
        *,
        name: str,
        title: str,
        sort: str = "",
        source: str = "",
    ) -> None:
        self.request, self.columns = request, list(columns)
        self.name, self.title, self.source = name, title, source
        self.sort = self._asked_sort(request.GET.get("sort", ""), sort)
        self.all_rows = self._sorted(rows)

    def _asked_sort(self, asked: str, default: str) -> str:
        known = {column.key for column in self.columns if column.sort}
        return asked if asked.removeprefix("-") in known else default

    def _sorted(self, rows: QuerySet[Any] | Sequence[Any]) -> Any:
        key, down = self.sort.removeprefix("-"), self.sort.startswith("-")
        column = next((one for one in self.columns if one.key == key), None)
        if column is None:
            return rows
        if isinstance(rows, QuerySet):
            fields = [f"-{name}" if down else name for name in column.sort]
            return rows.order_by(*fields, "pk")

        known = [row for row in rows if column.read(row) not in (None, "")]
        # What has nothing to be sorted by stands last, whichever way the rest is sorted.
        empty = [row for row in rows if column.read(row) in (None, "")]
        return sorted(known, key=column.read, reverse=down) + empty

    @property
    def shown(self) -> list[Column]:
        """The columns that the page shows."""
        return [column for column in self.columns if not column.hidden]

    @property
    def page(self) -> Page[Any]:
        """The page that was asked for; the nearest one where the number is off."""
        return Paginator(self.all_rows, PER_PAGE).get_page(self.request.GET.get("page"))

    def heads(self) -> Iterator[dict[str, Any]]:
        """Yield what stands above each column, with the order a click on it would give."""
        for column in self.shown:
            here = self.sort.removeprefix("-") == column.key
            down = here and self.sort.startswith("-")
            yield {
                "column": column,
                "sortable": bool(column.sort),
                "order": ("descending" if down else "ascending") if here else "none",
                "arrow": ("↓" if down else "↑") if here else "",
                "next": f"-{column.key}" if here and not down else column.key,
            }

    @staticmethod
    def cells(columns: Sequence[Column], row: Any) -> list[tuple[Column, SafeString]]:
        """Return what the page shows of one row."""
        shown = []
        for column in columns:
            if column.show:
                text = column.show(row)
            else:
                text = format_html("{}", _shown(column.read(row)))
            shown.append((column, text))
        return shown

    @property
    def pages(self) -> dict[str, Any]:
        """What the template needs: the page, its rows, and the numbers around it."""
        page = self.page
        return {
            "page": page,
            "rows": [self.cells(self.shown, row) for row in page.object_list],
            "count": page.paginator.count,
            "count_shown": f"{page.paginator.count:,}",
            "numbers": page.paginator.get_elided_page_range(page.number, on_each_side=2, on_ends=1),
        }

    def export(self) -> HttpResponse | None:
        """Return the whole list as a file where the address asks for one (``?format=xlsx``)."""
        match self.request.GET.get("format"):
            case "csv":
                return _attachment(self._csv(), CSV_TYPE, self.name, "csv")
            case "xlsx":
                return _attachment(self._xlsx(), XLSX_TYPE, self.name, "xlsx")
        return None

    def _rows(self) -> Iterator[Any]:
        rows = self.all_rows
        return iter(rows.iterator(chunk_size=2000) if isinstance(rows, QuerySet) else rows)

    def _csv(self) -> bytes:
        here = district.home()
        demo = [_("演示数据")] if here and here.demo else []
        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerow(
            [column.head for column in self.columns] + [_("数据性质") for _mark in demo]
        )
        for row in self._rows():
            writer.writerow([_safe(_plain(c.read(row))) for c in self.columns] + demo)
        return b"\xef\xbb\xbf" + text.getvalue().encode()

    def _xlsx(self) -> bytes:
        import xlsxwriter

        target = io.BytesIO()
        book = xlsxwriter.Workbook(target, {"in_memory": True, "strings_to_formulas": False})
        bold = book.add_format({"bold": True, "bg_color": "#E8F0FB", "bottom": 1})
        day = book.add_format({"num_format": "yyyy-mm-dd", "align": "left"})
        sheet = book.add_worksheet(_("数据"))
        for place, column in enumerate(self.columns):
            sheet.write_string(0, place, column.head, bold)
            sheet.set_column(place, place, max(10, min(36, len(column.head) * 2 + 2)))
        count = 0
        for count, row in enumerate(self._rows(), start=1):
            for place, column in enumerate(self.columns):
                _write(sheet, count, place, column.read(row), day)
        sheet.freeze_panes(1, 1)
        sheet.autofilter(0, 0, max(count, 1), len(self.columns) - 1)
        self._dictionary(book, bold)
        book.close()
        return target.getvalue()

    def _dictionary(self, book: Any, bold: Any) -> None:
        here = district.home()
        sheet = book.add_worksheet(_("说明"))
        sheet.set_column(0, 0, 26)
        sheet.set_column(1, 2, 48)
        facts = [
            (_("内容"), str(self.title)),
            (_("地区"), here.name if here else "—"),
            (_("数据性质"), _("演示数据") if here and here.demo else _("本单位数据")),
            (_("来源"), self.source or _("本系统登记与计量数据")),
            (_("导出时间"), timezone.localtime().strftime("%Y-%m-%d %H:%M")),
            (_("筛选"), self.request.GET.urlencode() or _("全部")),
        ]
        for line, (name, text) in enumerate(facts):
            sheet.write_string(line, 0, name, bold)
            sheet.write_string(line, 1, text)
        start = len(facts) + 1
        for place, text in enumerate((_("列"), _("单位"), _("含义"))):
            sheet.write_string(start, place, text, bold)
        for line, column in enumerate(self.columns, start=start + 1):
            sheet.write_string(line, 0, str(column.title))
            sheet.write_string(line, 1, unit_words(column.unit, get_language() or "zh"))
            sheet.write_string(line, 2, str(column.about))


def _write(sheet: Any, line: int, place: int, value: Any, day: Any) -> None:
    if isinstance(value, bool):
        sheet.write_string(line, place, _plain(value))
    elif isinstance(value, int | float | Decimal):
        sheet.write_number(line, place, float(value))
    elif isinstance(value, date) and not isinstance(value, datetime):
        sheet.write_datetime(line, place, datetime(value.year, value.month, value.day), day)  # noqa: DTZ001 - a cell holds a bare day
    elif value not in (None, ""):
        sheet.write_string(line, place, str(_plain(value)))


def _plain(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if isinstance(value, datetime):
        at = timezone.localtime(value) if timezone.is_aware(value) else value
        return at.strftime("%Y-%m-%d %H:%M")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value


def _shown(value: Any) -> Any:
    """Return a value as the page shows it: numbers with their thousands separated."""
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return digits(Decimal(value), full=True)
    return _plain(value)


def _safe(cell: Any) -> Any:
    """Return a cell that a spreadsheet will not take for a formula."""
    if isinstance(cell, str) and cell.startswith(FORMULA_STARTS) and not _is_number(cell):
        return "'" + cell
    return cell


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def csv_answer(name: str, head: Sequence[str], rows: Sequence[Sequence[Any]]) -> HttpResponse:
    """Return rows as a CSV file that Excel opens in Chinese."""
    here = district.home()
    demo = [_("演示数据")] if here and here.demo else []
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([*head, *([_("数据性质")] if demo else [])])
    writer.writerows([[_safe(_plain(cell)) for cell in row] + demo for row in rows])
    return _attachment(b"\xef\xbb\xbf" + text.getvalue().encode(), CSV_TYPE, name, "csv")


def _attachment(body: bytes, kind: str, name: str, ending: str) -> HttpResponse:
    here = district.home()
    told = f"{name}-{_('演示数据')}" if here and here.demo else name
    answer = HttpResponse(body, content_type=kind)
    answer.headers["Content-Disposition"] = (
        f"attachment; filename=\"shuiheng.{ending}\"; filename*=UTF-8''{quote(told)}.{ending}"
    )
    return answer
