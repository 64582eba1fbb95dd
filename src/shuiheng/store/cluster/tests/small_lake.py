"""A small lake with the faults of the field, made the same way twice."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa

from shuiheng.store import Lake

# More than one block of 1,024 meters, so that tasks of several blocks meet.
METERS = 1_060
START = datetime(2024, 1, 15, 16, tzinfo=UTC)
HOURS = 24 * 24
NOW = datetime(2024, 3, 1, tzinfo=UTC)
MADE = ("daily", "monthly", "findings", "checkpoints", "changes", "touched")


def names() -> list[str]:
    """Return the meters' numbers."""
    return [f"M{number:05d}" for number in range(METERS)]


def registers(seed: int = 11) -> pa.Table:
    """Return hourly registers with gaps, repeated rows, spikes, resets and misreads."""
    chance = np.random.default_rng(seed)
    use = chance.poisson(12, (METERS, HOURS)).astype(np.int64)
    value = np.cumsum(use, axis=1) + chance.integers(0, 10**6, METERS)[:, None]
    # A reset, a spike that stays, and a misread, each in some meters.
    hours = chance.integers(50, HOURS - 50, METERS)
    for one in range(0, METERS, 37):
        value[one, hours[one] :] -= value[one, hours[one]] - 3
    for one in range(5, METERS, 41):
        value[one, hours[one] :] += 2_000_000
    for one in range(9, METERS, 29):
        value[one, hours[one]] *= 7
    kept = chance.random((METERS, HOURS)) > 0.03
    meter, hour = np.nonzero(kept)
    again = chance.random(len(meter)) < 0.005
    meter, hour = np.concatenate([meter, meter[again]]), np.concatenate([hour, hour[again]])
    at = np.datetime64(START.replace(tzinfo=None), "us") + hour * np.timedelta64(3_600, "s")
    return pa.table(
        {
            "meter": pa.array(np.array(names())[meter]),
            "at": pa.array(at).cast(pa.timestamp("us", "UTC")),
            "value_l": value[meter, hour],
            "hour": hour,
        }
    )


def first_days(lake: Lake, days: int = 18) -> None:
    """Define the meters and bring in the readings of the first days."""
    lake.define_meters(
        pa.table(
            {
                "meter": names(),
                "unit_l": [1] * METERS,
                "capacity_l": [10**9] * METERS,
                "max_flow_l_h": [3_125] * METERS,
                "step_s": [3_600] * METERS,
            }
        )
    )
    lake.append(_some(0, days * 24), source="first.csv", batch="first")


def later_days(lake: Lake, days: int = 18) -> None:
    """Bring in the rest, a late reading far back, and edits."""
    lake.append(_some(days * 24, HOURS), source="rest.csv", batch="rest")
    late = datetime(2024, 1, 20, 3, 30, tzinfo=UTC)
    told = registers().filter(pa.compute.equal(registers()["meter"], "M00017"))
    value = int(told["value_l"][120].as_py())
    lake.append(
        [{"meter": "M00017", "at": late, "value_l": value}], source="late.csv", batch="late"
    )
    for meter in ("M00040", "M01055"):
        row = lake.readings(meter).to_pylist()[60]
        lake.edit(
            meter, row["at"], "correct", old_l=row["value_l"], new_l=row["value_l"] + 1,
            author="tests", reason="read again on the spot",
        )  # fmt: skip


def _some(first: int, end: int) -> pa.Table:
    table = registers()
    hour = table["hour"].to_numpy()
    return table.filter(pa.array((hour >= first) & (hour < end))).drop_columns(["hour"])


def contents(lake: Lake) -> dict[str, list[Any]]:
    """Return everything that was computed, in a fixed order, without the time of day."""
    found = {}
    for name in MADE:
        without = "EXCLUDE (changed_at)" if name == "changes" else ""
        rows = lake._catalog.read(f"SELECT * {without} FROM lake.{name} ORDER BY ALL")
        found[name] = rows.to_arrow_table().to_pylist()
    return found
