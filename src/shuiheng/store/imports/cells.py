"""Cells of text into names, instants and numbers, column by column; what cannot be is marked."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Ints: TypeAlias = npt.NDArray[np.int64]
Floats: TypeAlias = npt.NDArray[np.float64]
Mask: TypeAlias = npt.NDArray[np.bool_]
DAY_US = 86_400_000_000
# Text is read this many cells at a time: one that is written otherwise slows only its slice.
SLICE = 1 << 14
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

    >>> text = pa.chunked_array([["2024-01-31 08:00", "2024年1月31日8时", "noon"]])
    >>> micro, valid, zoned = instants(text)
    >>> bool(micro[0] == micro[1]), valid.tolist(), zoned.tolist()
    (True, [True, True, False], [False, False, False])
    """
    kind = column.type
    count = len(column)
    if pa.types.is_timestamp(kind):
        valid = _valid(column)
        if column.null_count:
            column = pc.fill_null(column, pa.scalar(0).cast(kind))
        micro = column.cast(pa.timestamp("us", kind.tz), safe=False)
        return _np(micro.cast(pa.int64())), valid, np.full(count, kind.tz is not None)
    if pa.types.is_date(kind):
        return instants(column.cast(pa.timestamp("us")))
    if not _is_text(kind):
        return np.zeros(count, np.int64), np.zeros(count, bool), np.zeros(count, bool)
    text = _text(column)
    parts = [_slice_of_instants(text.slice(start, SLICE)) for start in range(0, count, SLICE)]
    if not parts:
        return np.zeros(0, np.int64), np.zeros(0, bool), np.zeros(0, bool)
    micro, valid, zoned = (np.concatenate(column) for column in zip(*parts, strict=True))
    return micro, valid, zoned


def _slice_of_instants(text: pa.Array) -> tuple[Ints, Mask, Mask]:
    for zone in (None, "UTC"):
        try:
            micro = text.cast(pa.timestamp("us", zone)).cast(pa.int64())
        except pa.ArrowInvalid:
            continue
        return _np(micro), np.ones(len(text), bool), np.full(len(text), zone is not None)
    return _read_instants(text)


def _read_instants(text: pa.Array) -> tuple[Ints, Mask, Mask]:
    for written, separated in COMPACT:
        text = pc.replace_substring_regex(text, written, separated)
    parts = pc.extract_regex(text, INSTANT)
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
    zone = pc.dictionary_encode(pc.fill_null(pc.struct_field(parts, "z"), ""))
    offsets = np.array([_offset(written) for written in zone.dictionary.to_pylist()], np.int64)
    names = np.array([written != "" for written in zone.dictionary.to_pylist()], bool)
    codes = _np(zone.indices)
    if not len(codes):
        return codes, good, good.copy()
    return (start + day - 1) * DAY_US + clock - offsets[codes], good, names[codes]


def _offset(written: str) -> int:
    if written in {"", "Z", "UTC"}:
        return 0
    digits = written[1:].replace(":", "")
    minutes = int(digits[:2]) * 60 + int(digits[2:])
    return (-minutes if written[0] == "-" else minutes) * 60_000_000


def numbers(column: pa.ChunkedArray) -> tuple[Floats, Mask]:
    """Return the numbers of a column, and which cells are numbers.

    >>> numbers(pa.chunked_array([["1", " 2.5", "1,234", "３", "none"]]))[0].tolist()
    [1.0, 2.5, 1234.0, 3.0, 0.0]
    """
    kind = column.type
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        values = _np(pc.fill_null(column.cast(pa.float64()), float("nan")), np.float64)
        return _finite(values)
    if not _is_text(kind):
        return np.zeros(len(column)), np.zeros(len(column), bool)
    text = _text(column)
    parts = [_slice_of_numbers(text.slice(at, SLICE)) for at in range(0, len(text), SLICE)]
    return _finite(np.concatenate(parts) if parts else np.zeros(0))


def _slice_of_numbers(text: pa.Array) -> Floats:
    try:
        filled = pc.if_else(pc.equal(text, ""), "nan", text)
        values: Floats = _np(filled.cast(pa.float64()), np.float64)
        return values
    except pa.ArrowInvalid:
        plain = [cell.strip().translate(_FULL_WIDTH) for cell in text.to_pylist()]
    text = pa.array(plain, pa.string())
    grouped = pc.match_substring_regex(text, r"^[+-]?\d{1,3}(,\d{3})+(\.\d+)?$")
    text = pc.if_else(grouped, pc.replace_substring(text, ",", ""), text)
    good = pc.match_substring_regex(text, NUMBER)
    read: Floats = _np(pc.if_else(good, text, "nan").cast(pa.float64()), np.float64)
    return read


def _finite(values: Floats) -> tuple[Floats, Mask]:
    finite = np.isfinite(values)
    return (values if finite.all() else np.where(finite, values, 0.0)), finite


def names(column: pa.ChunkedArray) -> pa.DictionaryArray:
    """Return meter numbers as codes of trimmed texts; whole numbers without a point.

    >>> names(pa.chunked_array([[" A", "B", "A"]])).to_pylist()
    ['A', 'B', 'A']
    """
    if not pa.types.is_dictionary(column.type):
        column = pc.dictionary_encode(column)
    coded = column.unify_dictionaries().combine_chunks()
    said = [_name(cell) for cell in coded.dictionary.to_pylist()]
    if not coded.null_count and len({*said, ""}) == len(said) + 1:
        return pa.DictionaryArray.from_arrays(
            coded.indices.cast(pa.int32()), pa.array([*said, ""], pa.string())
        )
    # Cells that differ in blanks only are one name; a cell without any is the empty name.
    place = {name: at for at, name in enumerate(dict.fromkeys([*said, ""]))}
    codes = pc.fill_null(coded.indices, len(said))
    lookup = np.array([place[name] for name in [*said, ""]], np.int32)
    return pa.DictionaryArray.from_arrays(
        pa.array(lookup[_np(codes)]), pa.array(list(place), pa.string())
    )


def _name(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float):
        return str(int(cell)) if cell == cell // 1 else str(cell)
    return str(cell).strip()


def _is_text(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _text(column: pa.ChunkedArray) -> pa.Array:
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    text = column.cast(pa.string())
    text = pc.fill_null(text, "") if text.null_count else text
    return text.combine_chunks() if isinstance(text, pa.ChunkedArray) else text


def _valid(column: Any) -> Mask:
    if not column.null_count:
        return np.ones(len(column), bool)
    return np.asarray(pc.is_valid(column).to_numpy(zero_copy_only=False), dtype=bool)


def _np(column: Any, kind: Any = np.int64) -> Any:
    flat = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    return np.asarray(flat.to_numpy(zero_copy_only=False), dtype=kind)
