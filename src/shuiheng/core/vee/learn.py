"""What a meter's own history says about it where the registry is silent: usual step and limit.

Lengths of steps go into classes people use (an hour, a day, a month), rates of flow into four
buckets an octave; a learned value is a class or the edge of a bucket, so that a few more readings
do not move it.
"""

from __future__ import annotations

import numpy as np

from shuiheng.core.vee.compiled import compiled
from shuiheng.core.vee.rules import PLACE, Ints
from shuiheng.core.vee.state import (
    F_KIND,
    F_LIMIT,
    F_STEP,
    F_UNIT,
    H_RATES,
    H_STEPS,
    M_JITTER,
    M_LIMIT,
    M_STEP,
    M_TOLERANCE,
    MICRO,
    RATE_BUCKETS,
    S_RAW_T,
    S_RAW_V,
    STEP_BUCKETS,
)  # fmt: skip

EARLIEST = PLACE["earliest_s"]
OWN_FACTOR, OWN_FLOOR = PLACE["own_limit_factor"], PLACE["own_limit_floor_l_h"]
REV_COUNTS, REV_FLOOR, REV_CAP = (
    PLACE["reverse_counts"], PLACE["reverse_floor_l"], PLACE["reverse_cap_l"],
)  # fmt: skip
JITTER = PLACE["clock_jitter_s"]
# One, 5, 10, 15, 30 minutes; 1, 2, 4, 6, 12 hours; a day, a week, a month, a quarter.
CLASSES = np.array([
    60, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 21_600, 43_200, 86_400, 604_800, 2_629_746,
    7_889_238,
])  # fmt: skip
USUAL, BUCKETS = 14, 136
# No meter passes more than this many litres in an hour: a hundred times the largest made.
MOST_L_H = 1_000_000_000


@compiled
def bucket(x: float) -> int:
    """Return the bucket of a number from 1 on, four to an octave, equally wide within it."""
    return max(int(np.float64(x).view(np.int64) >> 50) - 4_092, 0)


@compiled
def upper_edge(place: int) -> int:
    """Return the smallest whole number above a bucket."""
    return int(np.ceil(np.int64((place + 4_093) << 50).view(np.float64)))


@compiled
def step_class(dt: int) -> int:
    """Return the class of a length: a common one within 10 %, else its bucket."""
    best, off = -1, 0.0
    for place in range(USUAL):
        usual = CLASSES[place]
        ratio = dt / usual if dt > usual else usual / dt
        if ratio <= 1.1 and (best < 0 or ratio < off):
            best, off = place, ratio
    if best >= 0:
        return best
    return int(USUAL + min(bucket(float(dt)), BUCKETS - 1))


@compiled
def _length(place: int) -> int:
    return int(CLASSES[place]) if place < USUAL else upper_edge(place - USUAL)


@compiled
def scale_at(scales: Ints, at: int) -> int:
    """Return the row of the scale in force after an instant, or -1 for one litre a litre."""
    row = -1
    for place in range(len(scales)):
        if scales[place, 0] <= at:
            row = place
    return row


@compiled
def count_rows(w: Ints, at: Ints, value: Ints, lo: int, hi: int, scales: Ints, rules: Ints) -> None:
    """Count the steps and rates between the rows from ``lo`` to ``hi``, after the last counted."""
    t0, v0 = w[S_RAW_T], w[S_RAW_V]
    kind, earliest = w[F_KIND], rules[EARLIEST]
    last_dt, last_class = -1, 0
    for i in range(lo, hi):
        t1, v1 = at[i] // MICRO, value[i]
        dt = t1 - t0
        if dt > 0 and t0 >= earliest:
            if dt != last_dt:
                last_dt, last_class = dt, step_class(dt)
            w[H_STEPS + last_class] += 1
            rate = float(v1)
            if kind == 0:
                rate = float(v1 - v0) * 3600.0 / dt
            elif kind == 1:
                rate = float(v1) * 3600.0 / dt
            if len(scales) > 0:
                row = scale_at(scales, t0)
                if row >= 0:
                    rate = rate * scales[row, 1] / scales[row, 2]
            if rate >= 1.0:
                w[H_RATES + min(bucket(rate), RATE_BUCKETS - 1)] += 1
        t0, v0 = t1, v1
    w[S_RAW_T], w[S_RAW_V] = t0, v0


@compiled
def _usual_step(w: Ints) -> int:
    """Return the median length: the smallest that half of all steps do not exceed."""
    total = 0
    for place in range(STEP_BUCKETS):
        total += w[H_STEPS + place]
    best = 0
    for place in range(STEP_BUCKETS):
        if w[H_STEPS + place] == 0:
            continue
        length = _length(place)
        if best and length >= best:
            continue
        reached = 0
        for other in range(STEP_BUCKETS):
            if w[H_STEPS + other] and _length(other) <= length:
                reached += w[H_STEPS + other]
        if reached * 2 >= total:
            best = length
    return best


@compiled
def _high_rate(w: Ints) -> int:
    """Return the upper edge of the bucket of the 95th percentile of flow."""
    total = 0
    for place in range(RATE_BUCKETS):
        total += w[H_RATES + place]
    reached = 0
    for place in range(RATE_BUCKETS):
        reached += w[H_RATES + place]
        if w[H_RATES + place] and reached * 100 >= total * 95:
            return upper_edge(place)
    return 0


@compiled
def settle(w: Ints, rules: Ints) -> None:
    """Fill in the facts in use: the declared ones, else those learned from what was counted."""
    w[M_STEP] = w[F_STEP] if w[F_STEP] > 0 else max(_usual_step(w), 1)
    if w[F_LIMIT] > 0:
        w[M_LIMIT] = w[F_LIMIT]
    else:
        w[M_LIMIT] = max(min(_high_rate(w) * rules[OWN_FACTOR], MOST_L_H), rules[OWN_FLOOR])
    w[M_JITTER] = rules[JITTER]
    counted = max(rules[REV_COUNTS] * w[F_UNIT], rules[REV_FLOOR])
    w[M_TOLERANCE] = max(w[F_UNIT], min(counted, rules[REV_CAP]))
