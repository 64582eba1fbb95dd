"""The kernel on Arrow tables: what one task of a thread pool, or of a cluster, runs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from shuiheng.core.vee import codes
from shuiheng.core.vee.codes import CODES, KINDS, TALLY
from shuiheng.core.vee.rules import Ints, VeeRules

if TYPE_CHECKING:
    from shuiheng.core.vee import kernel

SHANGHAI_S, DAY_S = 28_800, 86_400
HOUR_LENGTH_S = 3_600
VOLUMES = (
    ("volume_l", codes.P_VOLUME), ("measured_l", codes.P_MEASURED),
    ("estimated_l", codes.P_ESTIMATED), ("reverse_l", codes.P_REVERSE),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class BlockTables:
    """The volumes and findings of one block, as tables with the meters' keys.

    Volumes have ``key`` int32, ``start`` (date32, Shanghai; for hours timestamp, UTC), litres
    int64 (``volume_l``, ``measured_l``, ``estimated_l``, ``reverse_l``), hours double
    (``missing_h``, ``gap_h``), ``quality`` (M, S, E or G, the worst that holds) and, for days,
    ``night_min_l``. Findings have one row per key and code with the columns of ``codes.TALLY``.
    """

    daily: pa.Table
    monthly: pa.Table
    yearly: pa.Table
    findings: pa.Table
    hourly: pa.Table = None


def run_block(
    readings: pa.Table,
    meters: pa.Table,
    exchanges: pa.Table,
    *,
    now: datetime,
    rules: VeeRules,
    hours: bool = False,
) -> BlockTables:
    """Judge the readings of a block of meters and return volumes and findings as tables.

    ``readings`` has ``key`` int32, ``at`` (timestamp us) and ``value_l`` int64 in any order;
    ``meters`` has ``key``, ``kind``, ``unit_l``, ``capacity_l``, ``max_flow_l_h`` and ``step_s``;
    ``exchanges`` has ``key``, ``at``, ``final_l`` and ``initial_l``. Readings of a key that is
    not in ``meters`` are left out.
    """
    # The compiler is loaded only where something is computed: reading volumes needs none.
    from shuiheng.core.vee import kernel

    meters = meters.sort_by("key")
    keys = _ints(meters["key"])
    readings = _of_known(readings, keys)
    exchanges = _of_known(exchanges, keys)
    block = kernel.run(
        where=np.searchsorted(keys, _ints(readings["key"])).astype(np.int64),
        at_s=_seconds(readings["at"]),
        value=_ints(readings["value_l"]),
        meters=np.column_stack(
            [
                _ints(pc.index_in(meters["kind"], pa.array(KINDS))),
                *(_ints(meters[c]) for c in ("unit_l", "capacity_l", "max_flow_l_h", "step_s")),
            ]
        ),
        exchanges=np.column_stack(
            [
                np.searchsorted(keys, _ints(exchanges["key"])).astype(np.int64),
                _seconds(exchanges["at"]),
                _ints(exchanges["final_l"]),
                _ints(exchanges["initial_l"]),
            ]
        ),
        now_s=int(now.timestamp()),
        rules=rules,
        hours=hours,
    )
    daily = _volumes(block.days, keys)
    night = pa.array(block.night_min_l, mask=block.night_min_l < 0)
    return BlockTables(
        daily=daily.append_column("night_min_l", night),
        monthly=_volumes(block.months, keys),
        yearly=_volumes(block.years, keys),
        findings=_findings(block, keys),
        hourly=_volumes(block.hours, keys, by_hour=True) if block.hours else None,
    )


def _of_known(table: pa.Table, keys: Ints) -> pa.Table:
    if not len(table):
        return table
    known = np.isin(_ints(table["key"]), keys)
    return table if bool(known.all()) else table.filter(pa.array(known))


def _ints(column: pa.ChunkedArray | pa.Array) -> Ints:
    return np.asarray(column.to_numpy(), dtype=np.int64)


def _seconds(column: pa.ChunkedArray) -> Ints:
    micro = column.cast(pa.timestamp("us", column.type.tz)).cast(pa.int64())
    return _ints(micro) // 1_000_000


def _quality(periods: kernel.Periods, by_hour: bool) -> npt.NDArray[np.str_]:
    rows = periods.rows
    missing = periods.length_s - rows[:, codes.P_COVERED]
    doubtful = rows[:, codes.P_ESTIMATED] * 100 > rows[:, codes.P_VOLUME]
    if by_hour:
        doubtful |= rows[:, codes.P_ROUGH] > 0
    return np.select(
        [missing * 24 > periods.length_s, rows[:, codes.P_SUSPECT] > 0, doubtful],
        ["M", "S", "E"],
        "G",
    )


def _volumes(periods: kernel.Periods, keys: Ints, *, by_hour: bool = False) -> pa.Table:
    rows = periods.rows
    if by_hour:
        start = pa.array(periods.start_s * 1_000_000).cast(pa.timestamp("us", "UTC"))
    else:
        days = (periods.start_s + SHANGHAI_S) // DAY_S
        start = pa.array(days.astype(np.int32)).cast(pa.date32())
    missing = (periods.length_s - rows[:, codes.P_COVERED]) / HOUR_LENGTH_S
    return pa.table(
        {
            "key": pa.array(keys[periods.meter].astype(np.int32)),
            "start": start,
            **{name: pa.array(rows[:, place]) for name, place in VOLUMES},
            "missing_h": pa.array(np.round(missing, 3)),
            "gap_h": pa.array(np.round(rows[:, codes.P_GAP] / HOUR_LENGTH_S, 3)),
            "quality": pa.array(_quality(periods, by_hour), pa.string()),
        }
    )


def _findings(block: kernel.Block, keys: Ints) -> pa.Table:
    meter, code = np.nonzero(block.tallies[:, :, 0])
    tally = block.tallies[meter, code]
    return pa.table(
        {
            "key": pa.array(keys[meter].astype(np.int32)),
            "code": pa.array([CODES[place] for place in code], pa.string()),
            **{name: pa.array(tally[:, place]) for place, name in enumerate(TALLY)},
            "limit_l_h": pa.array(block.meters[meter, 3]),
            "usual_step_s": pa.array(block.meters[meter, 4]),
        }
    )
