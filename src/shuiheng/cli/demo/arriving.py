"""The readings as they arrive: batches, with what is missing, doubled, late or out of order."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from shuiheng.cli.demo.faults import Telling
from shuiheng.cli.demo.rows import YEAR

Ints = npt.NDArray[np.int64]


def readings_of(telling: Telling) -> list[tuple[str, pa.Table]]:
    """Return the batches as they arrive: hourly, daily, then the late one."""
    capacity = np.array([meter.capacity_l for meter in telling.meters], np.int64)
    names = pa.array([meter.number for meter in telling.meters])
    batches, late = [], []
    for group, label in zip(telling.groups, ("hourly", "daily"), strict=True):
        steps = len(group.at_s)
        place = np.repeat(group.rows, steps)
        at = np.tile(group.at_s, len(group.rows))
        value = group.litres.copy()
        kept = np.ones(value.shape, bool)
        held = np.zeros(value.shape, bool)
        for row, meter in enumerate(group.rows):
            if int(meter) in telling.read:
                value[row] = telling.read[int(meter)][1]
            if int(meter) in telling.missing:
                kept[row] &= ~telling.missing[int(meter)].astype(bool)
            if int(meter) in telling.late:
                held[row] = telling.late[int(meter)].astype(bool)
        flat = (value % capacity[group.rows][:, None]).ravel()
        now = (kept & ~held).ravel()
        parts = [(place[now], at[now], flat[now])]
        mine = set(group.rows.tolist())
        more = [one for one in telling.extra if one[0] in mine]
        if more:
            columns = np.array(more, np.int64)
            parts.append((columns[:, 0], columns[:, 1], columns[:, 2] % capacity[columns[:, 0]]))
        whole = [np.concatenate(column) for column in zip(*parts, strict=True)]
        batches.append((f"demo-{YEAR}-{label}", _table(names, *_disorder(telling, *whole))))
        if held.any():
            then = held.ravel()
            late.append(_table(names, place[then], at[then], flat[then]))
    return [*batches, (f"demo-{YEAR}-10-late", pa.concat_tables(late))]


def _disorder(telling: Telling, place: Ints, at: Ints, value: Ints) -> tuple[Ints, Ints, Ints]:
    """Turn the rows of some meters round, as a badly sorted file would have them."""
    order = np.arange(len(place))
    for meter in telling.reversed_order:
        mine = np.flatnonzero(place == meter)
        order[mine] = order[mine][::-1]
    return place[order], at[order], value[order]


def _table(names: pa.Array, place: Ints, at: Ints, value: Ints) -> pa.Table:
    return pa.table(
        {
            "meter": names.take(pa.array(place)),
            "at": pa.array(at * 1_000_000, pa.int64()).cast(pa.timestamp("us", "UTC")),
            "value_l": pa.array(value, pa.int64()),
        }
    )
