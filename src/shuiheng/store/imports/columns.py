"""Which column is what: given by the caller, or guessed from the header."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from shuiheng.store.imports.refusals import ImportRefused

WORDS = {
    "meter": (
        "meter", "meter_id", "meterid", "meter_no", "meter number", "account", "device",
        "device_id", "表号", "水表编号", "水表号", "水表", "表具编号", "表计编号", "设备编号",
        "设备号", "户号", "用户编号",
    ),
    "time": (
        "time", "timestamp", "datetime", "time_utc", "time_local", "date", "ts", "at", "read_at",
        "时间", "抄表时间", "采集时间", "读数时间", "上报时间", "日期", "抄表日期", "数据时间",
    ),
    "register": (
        "register", "reading", "value", "counter", "total", "totalizer", "index",
        "读数", "表底", "示数", "表码", "累计流量", "累计读数", "累计水量", "正向累计",
        "水表读数", "本次读数",
    ),
}  # fmt: skip
UNITS = {
    "l": "L", "升": "L", "litre": "L", "liter": "L", "m3": "m3", "m³": "m3", "立方米": "m3",
    "方": "m3", "吨": "m3", "t": "m3", "万m3": "万m3", "万m³": "万m3", "万立方米": "万m3",
    "l/h": "L/h", "m3/h": "m3/h", "m³/h": "m3/h", "l/s": "L/s", "m3/s": "m3/s", "m³/s": "m3/s",
}  # fmt: skip
_BRACKETS = re.compile(r"[(（\[【]([^)）\]】]*)[)）\]】]")


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a file: names of the header, or ``=A1`` for a meter that has no column.

    ``step`` is the source's own difference to the reading before, if it is to be compared.
    """

    meter: str
    time: str
    register: str
    guessed: tuple[str, ...] = ()
    step: str = ""

    @property
    def read(self) -> list[str]:
        """The columns to read from the file."""
        every = (self.meter, self.time, self.register, self.step)
        return [name for name in every if name and name[:1] != "="]

    def __str__(self) -> str:
        step = f",step={self.step}" if self.step else ""
        return f"meter={self.meter},time={self.time},register={self.register}{step}"


def parse_map(text: str) -> dict[str, str]:
    """Return the parts of a map such as ``meter=表号,time=时间,register=读数``.

    :raises ImportRefused: if a part is not ``name=column`` or the name is not one of those

    >>> parse_map("meter==A1, time=t")
    {'meter': '=A1', 'time': 't'}
    """
    parts: dict[str, str] = {}
    for part in re.split(r"[,，](?=\s*\w+\s*=)", text):
        name, sign, column = part.partition("=")
        name, column = name.strip(), column.strip()
        if not sign or name not in (*WORDS, "step") or not column:
            raise ImportRefused(
                f"--map has {part.strip()!r}. Write --map meter=COLUMN,time=COLUMN,register=COLUMN "
                "with the names of the header; meter==NUMBER names a meter that has no column; "
                "step=COLUMN compares the source's own steps."
            )
        parts[name] = column
    return parts


def choose_columns(header: Sequence[str], given: Mapping[str, str], file: str) -> Columns:
    """Return the columns to use: what is given, the rest guessed from the header.

    :raises ImportRefused: if a given column is not there, or one cannot be guessed

    >>> choose_columns(["表号", "抄表时间", "读数（m³）"], {}, "a.csv").register
    '读数（m³）'
    """
    there = ", ".join(repr(name) for name in header) or "none"
    chosen: dict[str, str] = {}
    guessed = []
    for part, words in WORDS.items():
        column = given.get(part)
        if column is None:
            column = _guess(header, words)
            if column is None:
                constant = " (or meter==NUMBER when the file is of one meter)"
                raise ImportRefused(
                    f"{file}: no column for {part!r} was recognised; the header has {there}. "
                    f"Write --map {part}=COLUMN{constant if part == 'meter' else ''}."
                )
            guessed.append(part)
        elif column[:1] != "=" and column not in header:
            raise ImportRefused(
                f"{file}: the header has no column {column!r} (for {part!r}); it has {there}. "
                f"Write --map {part}=COLUMN with one of these names."
            )
        elif column[:1] == "=" and part != "meter":
            raise ImportRefused(f"--map {part}: only the meter may be a fixed value.")
        chosen[part] = column
    step = given.get("step", "")
    if step and step not in header:
        raise ImportRefused(
            f"{file}: the header has no column {step!r} (for 'step'); it has {there}. "
            "Write --map step=COLUMN with one of these names, or leave it out."
        )
    columns = Columns(chosen["meter"], chosen["time"], chosen["register"], tuple(guessed), step)
    if len({*chosen.values(), step}) < 4:
        raise ImportRefused(
            f"{file}: one column cannot be two things ({columns}); the header has "
            f"{there}. Write --map meter=…,time=…,register=…."
        )
    return columns


def _guess(header: Sequence[str], words: Sequence[str]) -> str | None:
    plain: dict[str, str] = {}
    for name in header:
        bare = _BRACKETS.sub("", name).strip().lower()
        plain.setdefault(bare, name)
        plain.setdefault(re.sub(r"_(l|m3|litres?|liters?)$", "", bare), name)
    return next((plain[word] for word in words if word in plain), None)


def unit_in(column: str) -> str | None:
    """Return the unit that a column's name ends in or has in brackets, if any.

    >>> unit_in("register_m3"), unit_in("累计流量(L)"), unit_in("reading")
    ('m3', 'L', None)
    """
    bracketed = _BRACKETS.search(column)
    ending = bracketed.group(1) if bracketed else column.rpartition("_")[2]
    if not bracketed and "_" not in column:
        return None
    return UNITS.get(ending.strip().lower())
