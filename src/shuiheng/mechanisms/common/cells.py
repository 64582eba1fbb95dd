"""What a column of a table holds, and how one of its cells is read."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

from shuiheng.basics import SHANGHAI
from shuiheng.store.sheets import ColumnNote

Kind = Literal["text", "integer", "decimal", "date", "instant", "choice", "flag"]
FULL_WIDTH = str.maketrans("０１２３４５６７８９．－＋，（）", "0123456789.-+,()")
_YES = {"是", "y", "yes", "true", "1", "√", "对"}
_NO = {"否", "n", "no", "false", "0", "×", "不"}


@dataclass(frozen=True, slots=True)
class Column:
    """One column: the name of the field, the titles people write, and what a cell may be."""

    name: str
    title: str
    title_en: str
    kind: Kind = "text"
    required: bool = False
    length: int = 0
    choices: Mapping[str, str] = field(default_factory=dict)
    least: Decimal | None = None
    most: Decimal | None = None
    places: int = 0
    past: bool = False
    default: Any = None
    explained: str = ""
    example: str = ""

    def note(self) -> ColumnNote:
        """Return what the template says of this column."""
        words = f"{self.explained or self.title} / {self.title_en}"
        values = tuple(self.choices.values())
        if self.kind == "flag":
            values = ("是", "否")
        return ColumnNote(self.title, words, self.required, values, self.example, self.kind)


class BadCell(ValueError):
    """Raised when a cell cannot be what its column holds."""

    def __init__(self, code: str, why: tuple[str, str], remedy: tuple[str, str]) -> None:
        self.code, self.why, self.remedy = f"import.{code}", why, remedy
        super().__init__(why[1])


def read_cell(column: Column, cell: Any, today: date) -> Any:
    """Return the value of a cell.

    :raises BadCell: if it cannot be what the column holds
    """
    if cell is None or (isinstance(cell, str) and not cell.strip()):
        if column.required:
            raise BadCell(
                "missing",
                ("未填", "is empty"),
                ("该列必填，请补上。", "It is required: fill it in."),
            )
        return column.default
    reader: Callable[[Column, Any, date], Any] = _READERS[column.kind]
    return reader(column, cell, today)


def _read_text(column: Column, cell: Any, today: date) -> str:
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    text = re.sub(r"\s+", " ", str(cell)).strip()
    if any(ord(sign) < 32 or sign == "�" for sign in text):
        raise BadCell(
            "broken_text", ("含有无法识别的字符", "holds characters that cannot be read"),
            ("请核对文件编码后重录。", "Check the file's encoding and type it again."),
        )  # fmt: skip
    if column.length and len(text) > column.length:
        raise BadCell(
            "too_long",
            (f"超过 {column.length} 个字", f"is longer than {column.length} characters"),
            ("请缩短。", "Shorten it."),
        )  # fmt: skip
    return text


def _read_decimal(column: Column, cell: Any, today: date) -> Decimal:
    if isinstance(cell, bool):
        raise _not_a_number()
    text = str(cell).translate(FULL_WIDTH).strip().replace(" ", "")
    if re.fullmatch(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?", text):
        text = text.replace(",", "")
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise _not_a_number() from None
    if not value.is_finite():
        raise _not_a_number()
    if column.least is not None and value < column.least:
        if column.least == 0:
            raise BadCell(
                "negative", ("为负数", "is negative"),
                ("请核对正负号；退水请另列。",
                 "Check the sign; water returned has rows of its own."),
            )  # fmt: skip
        raise BadCell(
            "too_small", (f"小于 {column.least}", f"is below {column.least}"),
            ("请核对数值和单位。", "Check the value and its unit."),
        )  # fmt: skip
    if column.most is not None and value > column.most:
        raise BadCell(
            "too_large", (f"大于 {column.most}", f"is above {column.most}"),
            ("请核对数值和单位。", "Check the value and its unit."),
        )  # fmt: skip
    return _at_most_places(column, cell, value)


def _at_most_places(column: Column, cell: Any, value: Decimal) -> Decimal:
    exponent = value.normalize().as_tuple().exponent
    assert isinstance(exponent, int)
    if -exponent <= column.places:
        return value
    if isinstance(cell, float):
        # A workbook keeps binary numbers: what stands beyond the last place is not what was typed.
        return value.quantize(Decimal(1).scaleb(-column.places))
    raise BadCell(
        "too_fine",
        (f"小数多于 {column.places} 位", f"has more than {column.places} decimals"),
        ("请按列的单位取位。", "Round it to the column's unit."),
    )


def _read_integer(column: Column, cell: Any, today: date) -> int:
    return int(_read_decimal(column, cell, today))


def _not_a_number() -> BadCell:
    return BadCell(
        "not_a_number", ("不是数", "is not a number"),
        ("请只填数字，单位写在表头。", "Write digits only; the unit stands in the header."),
    )  # fmt: skip


def _read_date(column: Column, cell: Any, today: date) -> date:
    if isinstance(cell, datetime):
        day = cell.date()
    elif isinstance(cell, date):
        day = cell
    else:
        day = _written_day(str(cell))
    if column.past and day > today:
        raise BadCell(
            "future_date", (f"晚于今天 {today}", f"lies after today, {today}"),
            ("请核对年份。", "Check the year."),
        )  # fmt: skip
    if day.year < 1900:
        raise BadCell("bad_date", ("早于 1900 年", "lies before 1900"),
                      ("请核对年份。", "Check the year."))  # fmt: skip
    return day


def _written_day(text: str) -> date:
    parts = re.fullmatch(
        r"\s*(\d{4})\s*(?:[-/.年](\d{1,2})\s*(?:[-/.月](\d{1,2})\s*日?|月)?|(\d{2})(\d{2}))\s*"
        r"(?:[T ]00:00(?::00)?)?",
        text.translate(FULL_WIDTH),
    )
    try:
        if parts is None:
            raise ValueError
        year, month, day, month2, day2 = parts.groups()
        return date(int(year), int(month or month2), int(day or day2 or 1))
    except ValueError:
        raise BadCell(
            "bad_date", ("不是日期", "is not a date"),
            ("请写作 2020-05-19。", "Write it as 2020-05-19."),
        ) from None  # fmt: skip


def _read_instant(column: Column, cell: Any, today: date) -> datetime:
    if isinstance(cell, str):
        try:
            at = datetime.fromisoformat(cell.strip().replace("/", "-"))
        except ValueError:
            raise BadCell(
                "bad_date", ("不是时间", "is not a time"),
                ("请写作 2020-05-14 10:00。", "Write it as 2020-05-14 10:00."),
            ) from None  # fmt: skip
    elif isinstance(cell, datetime):
        at = cell
    elif isinstance(cell, date):
        at = datetime(cell.year, cell.month, cell.day, tzinfo=SHANGHAI)
    else:
        raise BadCell("bad_date", ("不是时间", "is not a time"),
                      ("请写作 2020-05-14 10:00。", "Write it as 2020-05-14 10:00."))  # fmt: skip
    if at.tzinfo is None:
        at = at.replace(tzinfo=SHANGHAI)
    if column.past and at.astimezone(SHANGHAI).date() > today + timedelta(days=1):
        raise BadCell("future_date", (f"晚于今天 {today}", f"lies after today, {today}"),
                      ("请核对年份。", "Check the year."))  # fmt: skip
    return at.astimezone(UTC)


def _read_choice(column: Column, cell: Any, today: date) -> str:
    text = _read_text(column, cell, today)
    folded = text.casefold()
    for code, title in column.choices.items():
        if folded in {code.casefold(), title.casefold(), f"{code} {title}".casefold()}:
            return code
    shown = "、".join(column.choices.values())
    raise BadCell(
        "unknown_choice",
        ("不在取值之内", "is none of the values"),
        (f"请从中选取：{shown}。", f"Choose from: {shown}."),
    )


def _read_flag(column: Column, cell: Any, today: date) -> bool:
    if isinstance(cell, bool):
        return cell
    text = str(int(cell) if isinstance(cell, float) and cell.is_integer() else cell)
    text = text.strip().casefold()
    if text in _YES:
        return True
    if text in _NO:
        return False
    raise BadCell("unknown_choice", ("既不是「是」也不是「否」", "is neither yes nor no"),
                  ("请填「是」或「否」。", "Write 是 or 否 (yes or no)."))  # fmt: skip


_READERS: dict[str, Callable[[Column, Any, date], Any]] = {
    "text": _read_text, "integer": _read_integer, "decimal": _read_decimal, "date": _read_date,
    "instant": _read_instant, "choice": _read_choice, "flag": _read_flag,
}  # fmt: skip
