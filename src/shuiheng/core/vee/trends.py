"""The compiled part of ``patterns``: water that never stops, rising nights, odd days, scales."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from shuiheng.core.vee import codes as c
from shuiheng.core.vee.compiled import allocating, compiled, entrance
from shuiheng.core.vee.rules import PLACE, Ints

FLOW_WINDOW, FLOW_DAYS = PLACE["flow_window_days"], PLACE["flow_days"]
WEEKS, RISE = PLACE["scale_weeks"], PLACE["scale_rise_percent"]
TEN_TOLERANCE = PLACE["scale_ten_tolerance_percent"]
NIGHTS, SIGMAS = PLACE["night_nights"], PLACE["night_sigmas"]
NIGHT_LEAST, BASE_LEAST = PLACE["night_least_l"], PLACE["night_base_least"]
BASE_NIGHTS, LIKE_DAYS = PLACE["night_base_nights"], PLACE["like_days"]
LOW, HIGH = PLACE["unusual_low_percent"], PLACE["unusual_high_percent"]
UNUSUAL_LEAST = PLACE["unusual_least_l"]
SHANGHAI_S, DAY_S = 28_800, 86_400
# Like days are looked for among so many weeks.
LIKE_WEEKS = 8


class Days(NamedTuple):
    """Columns of the daily history: day since 1970, litres (-1 unknown), and what they are worth.

    ``day``, ``volume``, ``night``, ``least``, ``smallest``: int64[n]; ``quality``: int8[n], the
    place in ``codes.QUALITIES``; ``whole``: bool[n], at most an hour is missing.
    """

    day: Ints
    volume: Ints
    quality: npt.NDArray[np.int8]
    whole: npt.NDArray[np.bool_]
    night: Ints
    least: Ints
    smallest: Ints


@compiled
def _add(row: Ints, day: int, volume: int, before: int, after: int, size: int) -> None:
    """Count one day in a tally row; the largest case is kept."""
    at = day * DAY_S - SHANGHAI_S
    if row[0] == 0 or at < row[1]:
        row[1] = at
    row[2] = max(row[2], at)
    row[0] += 1
    row[3] += volume
    if row[0] == 1 or size > row[8]:
        row[5], row[6], row[7], row[8] = at, before, after, size


@allocating
def _never_zero(days: Days, lo: int, hi: int, nightly: bool, row: Ints, rules: Ints) -> None:
    """Note days without an hour of zero (or nights, of days that have one), day after day."""
    window = rules[FLOW_WINDOW]
    recent = np.zeros(window, np.int64)
    measured, flowing, told = 0, 0, lo
    for i in range(lo, hi):
        least = days.night[i] if nightly else days.least[i]
        if least < 0 or days.least[i] < 0:
            continue
        flows = least > 0 and not (nightly and days.least[i] > 0)
        flowing += int(flows) - recent[measured % window]
        recent[measured % window] = int(flows)
        measured += 1
        if measured < window or flowing < rules[FLOW_DAYS]:
            continue
        back, left = i, window
        while back >= lo and left > 0:
            here = days.night[back] if nightly else days.least[back]
            if here >= 0 and days.least[back] >= 0:
                left -= 1
            back -= 1
        for k in range(max(back + 1, told), i + 1):
            here = days.night[k] if nightly else days.least[k]
            if here > 0 and days.least[k] >= 0 and not (nightly and days.least[k] > 0):
                _add(row, days.day[k], here * (3 if nightly else 24), 0, here, here)
        told = i + 1
    if row[0] > 0:
        row[4] = measured


@allocating
def _rising_nights(days: Days, lo: int, hi: int, row: Ints, rules: Ints) -> None:
    """Note nights above the learned base, by whole numbers: n·x - S > k·√(n·Q - S²)."""
    room = rules[BASE_NIGHTS]
    base = np.zeros(room, np.int64)
    n, total, squares, place = 0, 0, 0, 0
    run, start = 0, lo
    for i in range(lo, hi):
        x = days.night[i]
        if x < 0:
            continue
        above = n * x - total
        spread = n * squares - total * total
        raised = (
            n >= rules[BASE_LEAST]
            and above >= n * rules[NIGHT_LEAST]
            and above > 0
            and float(above) * above > float(rules[SIGMAS]) ** 2 * spread
        )
        if raised and run < room:
            start = i if run == 0 else start
            run += 1
            if run >= rules[NIGHTS]:
                mean = total // n
                for k in range(start if run == rules[NIGHTS] else i, i + 1):
                    if days.night[k] >= 0:
                        _add(row, days.day[k], (days.night[k] - mean) * 24, mean, days.night[k],
                             days.night[k] - mean)  # fmt: skip
            continue
        if raised:  # so long that it is the usual night now
            n, total, squares, place = 0, 0, 0, 0
        run = 0
        if n == room:
            total -= base[place]
            squares -= base[place] * base[place]
        else:
            n += 1
        base[place] = x
        total += x
        squares += x * x
        place = (place + 1) % room


@compiled
def _unusual_days(days: Days, lo: int, hi: int, row: Ints, rules: Ints) -> None:
    """Note days far from the mean of the last valid days of the same weekday."""
    for i in range(lo, hi):
        if days.quality[i] > c.ACCEPTED or not days.whole[i]:
            continue
        total, found = 0, 0
        j = i - 7
        while j >= lo and j >= i - 7 * LIKE_WEEKS and found < rules[LIKE_DAYS]:
            if days.quality[j] <= c.ACCEPTED and days.whole[j]:
                total += days.volume[j]
                found += 1
            j -= 7
        if found < rules[LIKE_DAYS] or total == 0:
            continue
        here = days.volume[i] * found
        if abs(here - total) < rules[UNUSUAL_LEAST] * found:
            continue
        if here * 100 < total * rules[LOW] or here * 100 > total * rules[HIGH]:
            mean = total // found
            _add(row, days.day[i], abs(days.volume[i] - mean), mean, days.volume[i],
                 abs(days.volume[i] - mean))  # fmt: skip


@allocating
def _usual_count(days: Days, lo: int, hi: int) -> int:
    """Return the median of the smallest common counts, 0 when fewer than half are known."""
    seen = np.zeros(64, np.int64)
    known = 0
    for i in range(lo, hi):
        if 0 < days.smallest[i] < 64:
            seen[days.smallest[i]] += 1
            known += 1
    if known * 2 < hi - lo:
        return 0
    reached = 0
    for litres in range(64):
        reached += seen[litres]
        if reached * 2 >= known:
            return litres
    return 0


@compiled
def _first_with(days: Days, lo: int, hi: int, one: int, two: int) -> int:
    """Return the day that parts days of the smallest count ``one`` best from those of ``two``."""
    score, best, first = 0, 0, lo
    for i in range(lo, hi - 1):
        smallest = days.smallest[i]
        score += 1 if smallest == one else -1 if smallest == two else 0
        if score > best:
            best, first = score, i + 1
    return first


@allocating
def _scale_change(days: Days, lo: int, hi: int, unit: int, row: Ints, rules: Ints) -> None:
    """Note a week from which a meter counts in another scale.

    Either the smallest count at least halves or doubles while the volume changes too, or every
    week after is about ten, a hundred or a thousand times every week before (or a part of it).
    """
    weeks = rules[WEEKS]
    n = (hi - lo) // 7
    volume = np.zeros(n, np.int64)
    measured = np.zeros(n, np.int64)
    for i in range(lo, lo + n * 7):
        if days.quality[i] <= c.ROUGH and days.whole[i]:
            volume[(i - lo) // 7] += days.volume[i]
            measured[(i - lo) // 7] += 1
    until, best = -1, 0
    for w in range(weeks, n - weeks + 1):
        if measured[w - weeks : w + weeks].min() < 6:
            continue
        before, after = volume[w - weeks : w], volume[w : w + weeks]
        one, two = before.sum(), after.sum()
        least, most = min(one, two), max(one, two)
        if least < 100 * unit:
            continue
        middle = lo + w * 7
        q_one = _usual_count(days, middle - weeks * 7, middle)
        q_two = _usual_count(days, middle, middle + weeks * 7)
        finer = q_one > 0 and q_two > 0 and max(q_one, q_two) >= 2 * min(q_one, q_two)
        changed = finer and most * 100 >= least * rules[RISE]
        steady = before.max() <= 3 * before.min() and after.max() <= 3 * after.min()
        for ten in (10, 100, 1000):
            near = abs(most - least * ten) * 100 <= least * ten * rules[TEN_TOLERANCE]
            changed = changed or (steady and near)
        if not changed:
            continue
        ratio = most * 100 // least
        first = middle
        if finer:
            first = _first_with(days, middle - 14, min(middle + 14, hi), q_one, q_two)
        at = days.day[first] * DAY_S - SHANGHAI_S
        if w > until:
            best = 0
            row[0] += 1
            row[1] = at if row[0] == 1 else row[1]
        if ratio > best:
            best = ratio
            row[2], row[3], row[4] = at, two, two * 100 // one
            row[5], row[6], row[7], row[8] = at, q_one, q_two, ratio
        until = w + weeks


@entrance
def find(days: Days, first: Ints, unit: Ints, tallies: Ints, rules: Ints) -> None:
    """Look for patterns in the days of every meter; rows ``first[m]`` to ``first[m + 1]``."""
    for m in range(len(first) - 1):
        lo, hi, tally = first[m], first[m + 1], tallies[m]
        _never_zero(days, lo, hi, False, tally[c.CONTINUOUS], rules)
        _never_zero(days, lo, hi, True, tally[c.NIGHT], rules)
        _rising_nights(days, lo, hi, tally[c.NIGHT_RISE], rules)
        _unusual_days(days, lo, hi, tally[c.UNUSUAL], rules)
        _scale_change(days, lo, hi, unit[m], tally[c.SCALE], rules)
