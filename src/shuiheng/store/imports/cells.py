"""Cells of text into instants and numbers, column by column; what cannot be is marked."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Ints: TypeAlias = npt.NDArray[np.int64]
Mask: TypeAlias = npt.NDArray[np.bool_]
DAY_US = 86_400_000_000
# Year, month, day, and perhaps a clock with seconds and a zone, as written in East and West.
INSTANT = (
    r"^\s*(?P<y>\d{4})\s*[-/.年]\s*(?P<m>\d{1,2})\s*[-/.月]\s*(?P<d>\d{1,2})"
    r"(?:(?:\s*日\s*|[ T]+)(?P<h>\d{1,2})(?:\s*[:时点]\s*(?:(?P<mi>\d{1,2})(?:\s*[:分]\s*"
    r"(?:(?P<s>\d{1,2})(?:\.(?P<f>\d{1,6})\d*)?\s*秒?)?)?)?)?)?"
    r"\s*日?\s*(?P<z>Z|UTC|[+-]\d{2}:?\d{2})?\s*$"
)
COMPACT = (
    (r"^(\d{4})(\d{2})(\d{2})$", r"\1-\2-\3"),
    (r"^(\d{4})(\d{2})(\d{2})[ T]?(\d{2}):?(\d{2})$", r"\1-\2-\3 \4:\5"),
    (r"^(\d{4})(\d{2})(\d{2})[ T]?(\d{2}):?(\d{2}):?(\d{2})$", r"\1-\2-\3 \4:\5:\6"),
)
NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,2})?$"
_FULL_WIDTH = str.maketrans("０１２３４５６７８９．－＋，", "0123456789.-+,")


def instants(column: pa.ChunkedArray) -> tuple[Ints, Mask, Mask]:
    """Return microseconds, whether the cell is an instant, and whether it is one in UTC already.

    An instant without a zone comes back as the wall clock it says.
    """
    kind = column.type
    count = len(column)
    if pa.types.is_timestamp(kind):
        valid = _valid(column)
        micro = pc.fill_null(column.cast(pa.timestamp("us", kind.tz), safe=False), 0)
        return _np(micro.cast(pa.int64())), valid, np.full(count, kind.tz is not None)
    if pa.types.is_date(kind):
        return instants(column.cast(pa.timestamp("us")))
    if not _is_text(kind):
        return np.zeros(count, np.int64), np.zeros(count, bool), np.zeros(count, bool)
    text = _text(column)
    try:
        return instants(text.cast(pa.timestamp("us")))
    except pa.ArrowInvalid:
        return _read_instants(text)


def _read_instants(text: pa.ChunkedArray) -> tuple[Ints, Mask, Mask]:
    for written, separated in COMPACT:
        text = pc.replace_substring_regex(text, written, separated)
    parts = pc.extract_regex(text, INSTANT)
    parts = parts.combine_chunks() if isinstance(parts, pa.ChunkedArray) else parts
    found = _valid(parts)

    def whole(name: str, empty: str = "0") -> Ints:
        part = pc.fill_null(pc.struct_field(parts, name), empty)
        filled: Ints = _np(pc.if_else(pc.equal(part, ""), empty, part).cast(pa.int64()))
        return filled

    year, month, day = whole("y", "1970"), whole("m", "1"), whole("d", "1")
    hour, minute, second = whole("h"), whole("mi"), whole("s")
    fraction = pc.utf8_rpad(pc.fill_null(pc.struct_field(parts, "f"), ""), 6, "0")
    micro = _np(fraction.cast(pa.int64()))
    good = found & (month >= 1) & (month <= 12) & (day >= 1) & (minute < 60) & (second < 60)
    midnight = (hour == 24) & (minute == 0) & (second == 0)
    good &= (hour < 24) | midnight
    months = (year - 1970) * 12 + np.clip(month, 1, 12) - 1
    start = months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    length = (months + 1).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64) - start
    good &= day <= length
    clock = (hour * 3600 + minute * 60 + second) * 1_000_000 + micro
    zone = np.array(pc.fill_null(pc.struct_field(parts, "z"), "").to_pylist(), dtype=object)
    zoned = zone != ""
    offset = np.zeros(len(zone), np.int64)
    for written in set(zone[zoned]):
        offset[zone == written] = _offset(written)
    return (start + day - 1) * DAY_US + clock - offset, good, zoned


def _offset(written: str) -> int:
    if written in {"Z", "UTC"}:
        return 0
    digits = written[1:].replace(":", "")
    minutes = int(digits[:2]) * 60 + int(digits[2:])
    return (-minutes if written[0] == "-" else minutes) * 60_000_000


def numbers(column: pa.ChunkedArray) -> tuple[npt.NDArray[np.float64], Mask]:
    """Return the numbers of a column, and which cells are numbers."""
    kind = column.type
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        values = _np(pc.fill_null(column.cast(pa.float64()), float("nan")), np.float64)
        return np.nan_to_num(values), np.isfinite(values)
    if not _is_text(kind):
        return np.zeros(len(column)), np.zeros(len(column), bool)
    text = pc.utf8_trim_whitespace(_text(column))
    try:
        values = _np(text.cast(pa.float64()), np.float64)
    except pa.ArrowInvalid:
        plain = [cell.translate(_FULL_WIDTH) for cell in text.to_pylist()]
        text = pa.array(plain, pa.string())
        grouped = pc.match_substring_regex(text, r"^[+-]?\d{1,3}(,\d{3})+(\.\d+)?$")
        text = pc.if_else(grouped, pc.replace_substring(text, ",", ""), text)
        good = pc.match_substring_regex(text, NUMBER)
        values = _np(pc.if_else(good, text, "nan").cast(pa.float64()), np.float64)
    return np.nan_to_num(values), np.isfinite(values)


def names(column: pa.ChunkedArray) -> pa.Array:
    """Return meter numbers as trimmed text; whole numbers without a point."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        column = column.cast(kind.value_type)
        kind = column.type
    if pa.types.is_floating(kind):
        cells = [
            "" if cell is None else str(int(cell)) if cell == int(cell) else str(cell)
            for cell in column.to_pylist()
        ]
        return pa.array(cells, pa.string())
    text = pc.fill_null(column.cast(pa.string()), "")
    trimmed = pc.utf8_trim_whitespace(text)
    return trimmed.combine_chunks() if isinstance(trimmed, pa.ChunkedArray) else trimmed


def _is_text(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    return pc.fill_null(column.cast(pa.string()), "")


def _valid(column: Any) -> Mask:
    return np.asarray(pc.is_valid(column).to_numpy(zero_copy_only=False), dtype=bool)


def _np(column: Any, kind: Any = np.int64) -> Any:
    flat = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    return np.asarray(flat.to_numpy(zero_copy_only=False), dtype=kind)
