"""Where a run of the kernel writes: columns of days, months, hours, findings and checkpoints."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from shuiheng.core.vee.rules import Ints

Small: TypeAlias = npt.NDArray[np.int8]
Middle: TypeAlias = npt.NDArray[np.int32]
Bytes: TypeAlias = npt.NDArray[np.uint8]

# Rows of ``days``: litres; night, least hour and least count are -1, -1 and 0 where unknown.
DAY_VOLUME, DAY_ESTIMATED, DAY_ACCEPTED, DAY_REVERSE, DAY_NIGHT, DAY_LEAST = range(6)
# Rows of ``days_middle``: place of the meter, day since 1970, seconds, litres.
DAY_METER, DAY_DAY, DAY_COVERED, DAY_GAP, DAY_COUNT = range(5)
# Rows of ``days_small``: codes, then the hours of each quality in the order of the codes.
DAY_QUALITY, DAY_METHOD, DAY_HOURS = range(3)
DAY_WIDTHS = (6, 5, 8)
# Rows of ``months``.
(
    MONTH_METER, MONTH_MONTH, MONTH_VOLUME, MONTH_ESTIMATED, MONTH_ESTIMATED_YEAR, MONTH_ACCEPTED,
    MONTH_REVERSE, MONTH_COVERED, MONTH_GAP, MONTH_QUALITY, MONTH_METHOD, MONTH_HOURS,
) = range(12)  # fmt: skip
MONTH_WIDTH = 17
# Rows of ``hours``.
(
    HOUR_METER, HOUR_START, HOUR_VOLUME, HOUR_ESTIMATED, HOUR_ACCEPTED, HOUR_REVERSE, HOUR_COVERED,
    HOUR_GAP, HOUR_QUALITY, HOUR_METHOD,
) = range(10)  # fmt: skip
HOUR_WIDTH = 10
# Columns of ``found``: place of the meter, month, code, then the tally.
FOUND_WIDTH = 12


class Output(NamedTuple):
    """The arrays a run writes to, one place after the other; how far is in the kernel's memory.

    ``days``: int64[6, n]; ``days_middle``: int32[5, n]; ``days_small``: int8[8, n]; ``months``:
    int64[17, n]; ``hours``: int64[10, n]; ``found``: int64[n, 12]; ``kept``: int64[n, 4] (place of
    the meter, month, rows before, bytes so far); ``bytes``: uint8[n], the states of ``kept``.
    """

    days: Ints
    days_middle: Middle
    days_small: Small
    months: Ints
    hours: Ints
    found: Ints
    kept: Ints
    bytes: Bytes
