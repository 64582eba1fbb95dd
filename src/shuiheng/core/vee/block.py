"""The kernel on Arrow tables: what one task of a thread pool, or of a cluster, runs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, TypeAlias, TypedDict, Unpack

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from shuiheng.core.vee import codes, output
from shuiheng.core.vee.codes import CODES, KINDS, METHODS, QUALITIES, TALLY
from shuiheng.core.vee.rules import Ints, VeeRules

if TYPE_CHECKING:
    from shuiheng.core.vee import kernel


Keys: TypeAlias = npt.NDArray[np.int32]
Marks: TypeAlias = npt.NDArray[np.int8]

SHANGHAI_S, DAY_S, HOUR_S = 28_800, 86_400, 3_600
UTC_US = pa.timestamp("us", "UTC")
# The words of the hours of each quality, in the order of the codes.
HOURS_OF = ("good_h", "accepted_h", "estimated_h", "suspect_h", "absent_h", "rejected_h")
SHOWN = ("good_h", "accepted_h", "estimated_h", "suspect_h", "rejected_h", "absent_h")


@dataclass(frozen=True, slots=True)
class BlockTables:
    """The volumes and findings of one block, as tables with the meters' keys.

    Volumes have ``key`` int32, ``start`` (date32, Shanghai; for hours timestamp, UTC), litres
    int64 (``volume_l`` = ``measured_l`` + ``estimated_l``, ``accepted_l``, ``reverse_l``), hours
    double (``missing_h``, ``gap_h``), ``quality`` and ``method`` (of ``codes``), and for days and
    months the hours of each quality. Days also have ``month``, ``night_min_l``, ``least_hour_l``
    and ``count_l``, months ``year_measured_l``.

    ``findings``: one row per key, month and code with the columns of ``codes.TALLY``.
    ``checkpoints``: ``key``, ``month``, ``readings`` before it, ``state``. ``whole``: the keys that
    could not go on from their state and have no rows here. ``verdicts``: ``key``, ``at``,
    ``value_l``, ``mark``, ``quality``, ``reason``, one row per reading.
    """

    daily: pa.Table
    monthly: pa.Table
    findings: pa.Table
    checkpoints: pa.Table
    whole: Keys
    hourly: pa.Table = None
    verdicts: pa.Table = None


class Wanted(TypedDict, total=False):
    """What else is made when asked for: the table of hours, the table of verdicts."""

    hours: bool
    verdicts: bool


def run_block(
    readings: pa.Table,
    meters: pa.Table,
    exchanges: pa.Table,
    *,
    now: datetime,
    rules: VeeRules,
    scales: pa.Table | None = None,
    starts: pa.Table | None = None,
    **wanted: Unpack[Wanted],
) -> BlockTables:
    """Judge the readings of a block of meters and return volumes and findings as tables.

    ``readings`` has ``key`` int32, ``at`` (timestamp us), ``value_l`` int64 and perhaps ``mark``
    int8, in any order; ``meters`` has ``key``, ``kind``, ``unit_l``, ``capacity_l``,
    ``max_flow_l_h``, ``step_s`` and perhaps ``idle_s``; ``exchanges`` ``key``, ``at``, ``final_l``
    and ``initial_l``; ``scales`` ``key``, ``at``, ``numerator`` and ``denominator``; ``starts``
    ``key``, ``at`` (the start of a Shanghai month) and ``state``. Readings of a key that is not in
    ``meters`` are left out.
    """
    # The compiler is loaded only where something is computed: reading volumes needs none.
    from shuiheng.core.vee import kernel

    hours, verdicts = wanted.get("hours", False), wanted.get("verdicts", False)
    meters = meters.sort_by("key")
    keys = _keys(meters)
    block = kernel.run(
        kernel.Readings(
            _keys(readings),
            _micros(readings["at"]),
            _ints(readings["value_l"]),
            _marks(readings),
        ),
        keys,
        _facts(meters, keys, exchanges, scales),
        now_s=int(now.timestamp()),
        rules=rules,
        starts=_starts(starts, keys),
        hours=hours,
        verdicts=verdicts,
    )
    return BlockTables(
        daily=_daily(block, keys),
        monthly=_monthly(block, keys),
        findings=_findings(block, keys),
        checkpoints=_checkpoints(block, keys),
        whole=keys[block.whole],
        hourly=_hourly(block, keys) if hours else None,
        verdicts=_verdicts(block) if verdicts else None,
    )


def _ints(column: pa.ChunkedArray) -> Ints:
    return np.asarray(column.to_numpy(), dtype=np.int64)


def _keys(table: pa.Table) -> Keys:
    return np.asarray(table["key"].to_numpy(), dtype=np.int32)


def _marks(readings: pa.Table) -> Marks:
    if "mark" not in readings.column_names:
        return np.zeros(len(readings), np.int8)
    return np.asarray(readings["mark"].to_numpy(), dtype=np.int8)


def _micros(column: pa.ChunkedArray) -> Ints:
    if column.type.unit != "us":
        column = column.cast(pa.timestamp("us", column.type.tz))
    return np.asarray(column.to_numpy()).view(np.int64)


def _facts(
    meters: pa.Table, keys: Keys, exchanges: pa.Table, scales: pa.Table | None
) -> kernel.Facts:
    from shuiheng.core.vee import kernel

    facts = np.zeros((len(keys), 6), np.int64)
    facts[:, 0] = _ints(pc.index_in(meters["kind"], pa.array(KINDS)))
    for place, name in enumerate(("unit_l", "capacity_l", "max_flow_l_h", "step_s", "idle_s"), 1):
        if name in meters.column_names:
            facts[:, place] = _ints(meters[name])
    facts[:, 1] = np.maximum(facts[:, 1], 1)
    exchange, exchange_first = _by_meter(exchanges, keys, ("final_l", "initial_l"))
    scale, scale_first = _by_meter(scales, keys, ("numerator", "denominator"))
    return kernel.Facts(facts, exchange, exchange_first, scale, scale_first)


def _by_meter(table: pa.Table | None, keys: Keys, columns: tuple[str, str]) -> tuple[Ints, Ints]:
    """Return what was entered about the meters, by meter and instant, and whose rows they are."""
    if table is None or not len(table):
        return np.zeros((0, 3), np.int64), np.zeros(len(keys) + 1, np.int64)
    key = _ints(table["key"])
    seconds = _micros(table["at"]) // 1_000_000
    rows = np.column_stack([seconds, *(_ints(table[name]) for name in columns)])
    order = np.lexsort((rows[:, 2], rows[:, 1], rows[:, 0], key))
    order = order[np.isin(key[order], keys)]
    first = np.searchsorted(key[order], np.append(keys, np.iinfo(np.int32).max))
    return np.ascontiguousarray(rows[order], np.int64), first.astype(np.int64)


def _starts(starts: pa.Table | None, keys: Keys) -> kernel.Starts | None:
    from shuiheng.core.vee import kernel, state

    if starts is None or not len(starts):
        return None
    states = starts["state"].combine_chunks()
    states = states.chunk(0) if isinstance(states, pa.ChunkedArray) else states
    states = states.cast(pa.large_binary())
    offsets = np.frombuffer(states.buffers()[1], np.int64)[states.offset :][: len(states) + 1]
    place = np.searchsorted(keys, _ints(starts["key"]))
    known = place < len(keys)
    known[known] = keys[place[known]] == _ints(starts["key"])[known]
    day = np.full(len(keys), state.UNKNOWN_DAY, np.int64)
    begin, end = np.zeros(len(keys), np.int64), np.zeros(len(keys), np.int64)
    began = (_micros(starts["at"]) // 1_000_000 + SHANGHAI_S) // DAY_S
    day[place[known]] = began[known]
    begin[place[known]], end[place[known]] = offsets[:-1][known], offsets[1:][known]
    return kernel.Starts(
        day, begin, end, kernel.frozen(np.frombuffer(states.buffers()[2], np.uint8))
    )


def _words(places: npt.NDArray[np.integer], words: tuple[str, ...]) -> pa.Array:
    """Return words by their place, in plain strings."""
    indices = pa.array(places.astype(np.int8))
    return pa.DictionaryArray.from_arrays(indices, pa.array(words, pa.string())).cast(pa.string())


def _hours(seconds: npt.NDArray[np.integer]) -> pa.Array:
    return pa.array(np.round(seconds / HOUR_S, 3))


def _known(values: Ints, unknown: int) -> pa.Array:
    return pa.array(values, mask=values == unknown)


def _starts_of_months(months: Ints) -> Keys:
    """Return the first day of each month, counted from 1970-01-01."""
    since = (months - 1970 * 12).astype("datetime64[M]")
    return since.astype("datetime64[D]").astype(np.int32)


def _daily(block: kernel.Block, keys: Keys) -> pa.Table:
    wide, middle, small = block.days, block.days_middle, block.days_small
    volume, estimated = wide[output.DAY_VOLUME], wide[output.DAY_ESTIMATED]
    start = middle[output.DAY_DAY].astype("datetime64[D]")
    month = start.astype("datetime64[M]").astype(np.int32) + 1970 * 12
    hours = dict(zip(HOURS_OF, small[output.DAY_HOURS :], strict=True))
    return pa.table(
        {
            "key": pa.array(keys[middle[output.DAY_METER]]),
            "month": pa.array(month),
            "start": pa.array(middle[output.DAY_DAY]).cast(pa.date32()),
            "volume_l": pa.array(volume),
            "measured_l": pa.array(volume - estimated),
            "estimated_l": pa.array(estimated),
            "accepted_l": pa.array(wide[output.DAY_ACCEPTED]),
            "reverse_l": pa.array(wide[output.DAY_REVERSE]),
            "missing_h": _hours(DAY_S - middle[output.DAY_COVERED]),
            "gap_h": _hours(middle[output.DAY_GAP]),
            "quality": _words(small[output.DAY_QUALITY], QUALITIES),
            "method": _words(small[output.DAY_METHOD], METHODS),
            **{name: pa.array(hours[name]) for name in SHOWN},
            "night_min_l": _known(wide[output.DAY_NIGHT], -1),
            "least_hour_l": _known(wide[output.DAY_LEAST], -1),
            "count_l": _known(middle[output.DAY_COUNT].astype(np.int64), 0),
        }
    )


def _monthly(block: kernel.Block, keys: Keys) -> pa.Table:
    rows = block.months
    month = rows[output.MONTH_MONTH]
    start, end = _starts_of_months(month), _starts_of_months(month + 1)
    length = (end.astype(np.int64) - start) * DAY_S
    volume, estimated = rows[output.MONTH_VOLUME], rows[output.MONTH_ESTIMATED]
    hours = dict(zip(HOURS_OF, rows[output.MONTH_HOURS :].astype(np.int32), strict=True))
    return pa.table(
        {
            "key": pa.array(keys[rows[output.MONTH_METER]]),
            "start": pa.array(start).cast(pa.date32()),
            "volume_l": pa.array(volume),
            "measured_l": pa.array(volume - estimated),
            "estimated_l": pa.array(estimated),
            "accepted_l": pa.array(rows[output.MONTH_ACCEPTED]),
            "reverse_l": pa.array(rows[output.MONTH_REVERSE]),
            "missing_h": _hours(length - rows[output.MONTH_COVERED]),
            "gap_h": _hours(rows[output.MONTH_GAP]),
            "quality": _words(rows[output.MONTH_QUALITY], QUALITIES),
            "method": _words(rows[output.MONTH_METHOD], METHODS),
            **{name: pa.array(hours[name]) for name in SHOWN},
            "year_measured_l": pa.array(volume - rows[output.MONTH_ESTIMATED_YEAR]),
        }
    )


def _hourly(block: kernel.Block, keys: Keys) -> pa.Table:
    rows = block.hours
    volume, estimated = rows[output.HOUR_VOLUME], rows[output.HOUR_ESTIMATED]
    return pa.table(
        {
            "key": pa.array(keys[rows[output.HOUR_METER]]),
            "start": pa.array(rows[output.HOUR_START] * 1_000_000).cast(UTC_US),
            "volume_l": pa.array(volume),
            "measured_l": pa.array(volume - estimated),
            "estimated_l": pa.array(estimated),
            "accepted_l": pa.array(rows[output.HOUR_ACCEPTED]),
            "reverse_l": pa.array(rows[output.HOUR_REVERSE]),
            "missing_h": _hours(HOUR_S - rows[output.HOUR_COVERED]),
            "gap_h": _hours(rows[output.HOUR_GAP]),
            "quality": _words(rows[output.HOUR_QUALITY], QUALITIES),
            "method": _words(rows[output.HOUR_METHOD], METHODS),
        }
    )


def _findings(block: kernel.Block, keys: Keys) -> pa.Table:
    meter, tally = block.found[:, 0], block.found[:, 3:]
    return pa.table(
        {
            "key": pa.array(keys[meter]),
            "month": pa.array(block.found[:, 1].astype(np.int32)),
            "code": _words(block.found[:, 2], CODES),
            **{name: pa.array(tally[:, place]) for place, name in enumerate(TALLY)},
            "limit_l_h": pa.array(block.meters[meter, 0]),
            "usual_step_s": pa.array(block.meters[meter, 1]),
        }
    )


def _checkpoints(block: kernel.Block, keys: Keys) -> pa.Table:
    kept = block.kept
    offsets = np.concatenate(([0], kept[:, 3])).astype(np.int32)
    state = pa.BinaryArray.from_buffers(
        pa.binary(), len(kept), [None, pa.py_buffer(offsets), pa.py_buffer(block.bytes)]
    )
    return pa.table(
        {
            "key": pa.array(keys[kept[:, 0]]),
            "month": pa.array(kept[:, 1].astype(np.int32)),
            "readings": pa.array(kept[:, 2]),
            "state": state,
        }
    )


def _verdicts(block: kernel.Block) -> pa.Table:
    rows, spans = block.readings, block.spans
    inside = [np.arange(lo, hi) for lo, hi in zip(spans[:, 0], spans[:, 3], strict=True)]
    seen = np.concatenate([np.zeros(0, np.int64), *inside])
    said = block.verdict[seen].astype(np.int64)
    mark = rows.mark[seen]
    quality = np.where(said > 0, said // 64, np.where(mark > 0, codes.ACCEPTED, codes.GOOD))
    return pa.table(
        {
            "key": pa.array(rows.key[seen]),
            "at": pa.array(rows.at[seen]).cast(UTC_US),
            "value_l": pa.array(rows.value[seen]),
            "mark": pa.array(mark),
            "quality": _words(quality, QUALITIES),
            "reason": _words(np.where(said > 0, said % 64, 0), ("", *CODES)),
        }
    )
