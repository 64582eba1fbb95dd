"""The kernel's memory of one meter: one array of whole numbers, and what stands at which place.

Everything below ``STATE`` is carried from reading to reading and kept in checkpoints, so that a
later run can go on from there as if it had never stopped. What follows is made anew in each run.
"""

from __future__ import annotations

from shuiheng.core.vee.compiled import compiled
from shuiheng.core.vee.rules import Ints

SHANGHAI_S, DAY_S, HOUR_S, MICRO = 28_800, 86_400, 3_600, 1_000_000
HOURS, WEEK_HOURS = 24, 168
# A day before all days: the run starts at the beginning.
UNKNOWN_DAY = -(1 << 40)

# Facts of the meter: as declared (kind, litres a count, capacity, limit in L/h, usual step in s,
# longest time without use), then as used (learned where unknown), tolerance and clock's error.
(
    F_KIND, F_UNIT, F_CAPACITY, F_LIMIT, F_STEP, F_IDLE,
    M_LIMIT, M_STEP, M_TOLERANCE, M_JITTER,
) = range(10)  # fmt: skip
# The last good reading, the one before it, and whether the step between may still be undone.
(
    S_HAVE, S_T, S_R, S_CLASS, S_T_BEFORE, S_R_BEFORE, S_CLASS_BEFORE, S_CAN_UNDO, S_COUNTED,
    S_FLOW_L, S_FLOW_S, S_FLOW_L_BEFORE, S_FLOW_S_BEFORE, S_REST, S_REST_BEFORE, S_SCALE_REST,
    S_SCALE_REST_BEFORE, S_EXCHANGE,
) = range(10, 28)  # fmt: skip
# Standing still (and the usual flow when it began), equal steps, drift of the clock, daily peaks.
(
    S_ZERO_SINCE, S_STAND_L, S_STAND_S, S_SAME, S_SAME_N, S_SAME_SINCE, S_MEAN, S_VARY,
    S_PHASE, S_PHASE_MEAN, S_PEAK,
) = range(28, 39)  # fmt: skip
# The last step, held back because the next reading may undo it.
P_HAVE, P_T0, P_T1, P_V, P_KIND, P_QUALITY, P_METHOD, P_GAP = range(39, 47)
# Rows so far, rows at the last checkpoint, the last row as it came (for learning).
S_ROWS, S_ROWS_KEPT, S_RAW_T, S_RAW_V = range(47, 51)
# The day whose hours are being filled: its number, and what is not to be read from its hours.
(
    D_OPEN, D_DAY, D_FIRST_T, D_LAST_T, D_MIXED, D_WATER, D_ESTIMATED, D_ESTIMATED_MONTH,
    D_ESTIMATED_YEAR, D_ACCEPTED, D_ACCEPTED_MONTH,
) = range(51, 62)  # fmt: skip
D_METHOD = 62  # litres estimated in the day, by method
D_METHOD_MONTH = 68  # the same when the month is asked
D_COUNTS = 74  # how many steps were of 1 ... 32 litres
SMALL = 32
# The hours of the day: litres, seconds covered, litres estimated, accepted, reverse; seconds of
# gaps and of each quality; the method of the largest estimated share, and that share.
B_VOLUME = D_COUNTS + SMALL + 1
B_COVERED = B_VOLUME + HOURS
B_ESTIMATED = B_COVERED + HOURS
B_ACCEPTED = B_ESTIMATED + HOURS
B_REVERSE = B_ACCEPTED + HOURS
B_GAP = B_REVERSE + HOURS
B_ACCEPTED_S = B_GAP + HOURS
B_ROUGH_S = B_ACCEPTED_S + HOURS
B_SUSPECT_S = B_ROUGH_S + HOURS
B_REJECTED_S = B_SUSPECT_S + HOURS
B_BACKWARD = B_REJECTED_S + HOURS
B_METHOD = B_BACKWARD + HOURS
B_LARGEST = B_METHOD + HOURS
# The usual week: sixteenths of a litre for each hour of the week, and how many days were seen.
W_PROFILE = B_LARGEST + HOURS
W_SEEN = W_PROFILE + WEEK_HOURS
W_PARTS = 16
# How often each length of step and each rate of flow occurred; only where a fact is unknown.
H_STEPS = W_SEEN + 7
STEP_BUCKETS = 150
H_RATES = H_STEPS + STEP_BUCKETS
RATE_BUCKETS = 200
STATE = H_RATES + RATE_BUCKETS

# Of this run only: the first day to write, the end of the month of the reading being judged and
# that month, whether anything was noticed in it, the row of the last good reading, the next row
# that falls, the first row and the end of the meter's rows.
(
    X_FROM, X_MONTH_END, X_MONTH, X_NOTED, X_GOOD_ROW, X_FALL, X_HOURS, X_SCALED,
    X_DAY_START, X_MONTH_FIRST, X_MONTH_LAST, X_YEAR_FIRST, X_YEAR_LAST,
    X_METER, X_COUNTS_FROM, N_DAYS, N_MONTHS, N_HOURS, N_FOUND, N_KEPT, N_BYTES,
) = range(STATE, STATE + 21)  # fmt: skip
X_QUALITIES = STATE + 21  # hours of the day of each quality
# Sums of the month whose days are being written.
(
    Y_OPEN, Y_MONTH, Y_FIRST, Y_LAST, Y_VOLUME, Y_ESTIMATED, Y_ESTIMATED_YEAR, Y_ACCEPTED,
    Y_REVERSE, Y_COVERED, Y_GAP,
) = range(STATE + 27, STATE + 38)  # fmt: skip
Y_HOURS = STATE + 38  # hours of each quality
Y_METHOD = STATE + 44  # litres estimated, by method
Z_BEFORE = STATE + 50  # the counts of steps and rates before all rows were counted
WIDTH = Z_BEFORE + STEP_BUCKETS + RATE_BUCKETS


@compiled
def clear(w: Ints, lo: int, hi: int) -> None:
    """Set the places from ``lo`` to ``hi`` to zero."""
    for place in range(lo, hi):
        w[place] = 0


@compiled
def month_of(day: int) -> int:
    """Return the month of a day counted from 1970-01-01, as year · 12 + (month - 1).

    The calendar is the one of Howard Hinnant's ``civil_from_days``.
    """
    z = day + 719_468
    era = z // 146_097
    of_era = z - era * 146_097
    year = (of_era - of_era // 1_460 + of_era // 36_524 - of_era // 146_096) // 365
    of_year = of_era - (365 * year + year // 4 - year // 100)
    shifted = (5 * of_year + 2) // 153
    month = shifted + 2 if shifted < 10 else shifted - 10
    full = year + era * 400 + (1 if month < 2 else 0)
    return int(full * 12 + month)


@compiled
def first_day(month: int) -> int:
    """Return the first day of a month, counted from 1970-01-01."""
    year, place = month // 12, month % 12
    y = year - 1 if place < 2 else year
    era = y // 400
    of_era_year = y - era * 400
    shifted = place - 2 if place >= 2 else place + 10
    of_year = (153 * shifted + 2) // 5
    of_era = of_era_year * 365 + of_era_year // 4 - of_era_year // 100 + of_year
    return int(era * 146_097 + of_era - 719_468)


@compiled
def note(
    w: Ints, tally: Ints, code: int, at: int, volume: int, amount: int, before: int, after: int,
    size: int,
) -> None:  # fmt: skip
    """Count one case of ``code`` and keep it if it is the largest so far."""
    row = tally[code]
    if row[0] == 0:
        row[1] = at
        row[2] = at
    row[0] += 1
    row[1] = min(row[1], at)
    row[2] = max(row[2], at)
    row[3] += volume
    row[4] += amount
    if row[0] == 1 or abs(size) > abs(row[8]):
        row[5], row[6], row[7], row[8] = at, before, after, size
    w[X_NOTED] = 1


@compiled
def allowed(w: Ints, dt: int) -> int:
    """Return the most water, in litres, that can pass in ``dt`` seconds, plus one count."""
    return int(w[M_LIMIT] * (dt + w[M_JITTER]) // 3600 + w[F_UNIT])
