"""Third pass: what only shows over weeks. Water that never stops, and a scale that changed."""

from __future__ import annotations

import numpy as np

from shuiheng.core.vee import codes as c
from shuiheng.core.vee.compiled import compiled
from shuiheng.core.vee.rules import PLACE, Ints

NIGHT_WINDOW, NIGHT_FLOWING = PLACE["night_window"], PLACE["night_flowing"]
WEEKS, RISE = PLACE["scale_weeks"], PLACE["scale_rise_percent"]
TEN_TOLERANCE = PLACE["scale_ten_tolerance_percent"]
SHANGHAI_S, DAY_S, WEEK_S = 28_800, 86_400, 604_800
NIGHT_START, NIGHT_END = 7_200, 18_000
# The smallest count is looked for among steps up to this many litres, and it must be made by at
# least one step in fifty; fewer than a hundred steps say nothing.
SMALL, COMMON, ENOUGH = 32, 50, 100


@compiled
def continuous_flow(steps: Ints, lo: int, hi: int, tally: Ints, rules: Ints) -> None:
    """Note a meter whose night steps are almost never zero, night after night."""
    window, wanted = rules[NIGHT_WINDOW], rules[NIGHT_FLOWING]
    recent = np.zeros(window, np.int64)
    began = np.zeros(window, np.int64)
    lost = np.zeros(window, np.int64)
    measured, flowing, place, last_night = 0, 0, 0, -1
    night, count, zeros, least = -1, 0, 0, 0
    row = tally[c.CONTINUOUS]
    for s in range(lo, hi + 1):
        this = -1
        if s < hi:
            local = steps[s, 0] + SHANGHAI_S
            this = local // DAY_S
            clock = local - this * DAY_S
            ends = clock + steps[s, 1] - steps[s, 0]
            if clock < NIGHT_START or ends > NIGHT_END or steps[s, 3] != c.MEASURED:
                continue
        if this != night:
            if count >= 2:
                recent_old = recent[place]
                recent[place] = 1 if zeros == 0 else 0
                flowing += recent[place] - recent_old
                began[place] = night * DAY_S - SHANGHAI_S + NIGHT_START
                lost[place] = least * 24 if zeros == 0 else 0
                place = (place + 1) % window
                measured += 1
                if measured >= window and flowing >= wanted:
                    for k in range(window):
                        if began[k] > last_night and lost[k] > 0:
                            _add_night(row, began[k], lost[k])
                    last_night = night * DAY_S - SHANGHAI_S + NIGHT_START
            night, count, zeros, least = this, 0, 0, 0
        if s < hi:
            rate = steps[s, 2] * 3600 // (steps[s, 1] - steps[s, 0])
            least = rate if count == 0 else min(least, rate)
            count += 1
            zeros += 1 if steps[s, 2] == 0 else 0
    if row[0] > 0:
        row[4] = measured


@compiled
def _add_night(row: Ints, at: int, lost: int) -> None:
    row[1] = at if row[0] == 0 else min(row[1], at)
    row[2] = max(row[2], at)
    row[0] += 1
    row[3] += lost
    if lost // 24 > row[8]:
        row[5], row[8] = at, lost // 24


@compiled
def _smallest(counts: Ints, lo: int, hi: int) -> int:
    total = 0
    for w in range(lo, hi):
        total += counts[w, 0]
    if total < ENOUGH:
        return 0
    for d in range(1, SMALL + 1):
        made = 0
        for w in range(lo, hi):
            made += counts[w, d]
        if made * COMMON >= total:
            return d
    return 0


@compiled
def scale_change(steps: Ints, lo: int, hi: int, unit: int, tally: Ints, rules: Ints) -> None:
    """Note a week from which a meter counts in another scale.

    Either the smallest count at least halves or doubles while the volume changes too, or every
    week after is about ten, a hundred or a thousand times every week before (or a part of it).
    """
    if hi - lo < 2 or steps[hi - 1, 1] - steps[lo, 0] < 2 * rules[WEEKS] * WEEK_S:
        return
    week0 = steps[lo, 0] // WEEK_S
    n = steps[hi - 1, 1] // WEEK_S - week0 + 1
    counts = np.zeros((n, SMALL + 1), np.int64)
    volume = np.zeros(n, np.int64)
    covered = np.zeros(n, np.int64)
    for s in range(lo, hi):
        v, w = steps[s, 2], steps[s, 0] // WEEK_S - week0
        if steps[s, 3] != c.MEASURED or steps[s, 1] - steps[s, 0] > DAY_S * 2:
            continue
        volume[w] += v
        covered[w] += steps[s, 1] - steps[s, 0]
        if v > 0:
            counts[w, 0] += 1
            if v <= SMALL:
                counts[w, v] += 1
    weeks, until = rules[WEEKS], 0
    for w in range(weeks, n - weeks + 1):
        before, after = volume[w - weeks : w], volume[w : w + weeks]
        if w < until or covered[w - weeks : w + weeks].min() * 10 < WEEK_S * 9:
            continue
        one, two = before.sum(), after.sum()
        least, most = min(one, two), max(one, two)
        if least < 100 * unit:
            continue
        q_one, q_two = _smallest(counts, w - weeks, w), _smallest(counts, w, w + weeks)
        finer = q_one > 0 and q_two > 0 and max(q_one, q_two) >= 2 * min(q_one, q_two)
        changed = finer and most * 100 >= least * rules[RISE]
        apart = min(before.min(), after.min()) * 5 <= max(before.min(), after.min()) and (
            before.max() * 5 <= after.min() or after.max() * 5 <= before.min()
        )
        if apart and not changed:
            for ten in (10, 100, 1000):
                if abs(most - least * ten) * 100 <= least * ten * rules[TEN_TOLERANCE]:
                    changed = True
        if changed:
            row = tally[c.SCALE]
            at = (week0 + w) * WEEK_S
            row[0] += 1
            row[1] = at if row[0] == 1 else row[1]
            row[2] = at
            row[3] += two
            row[4] = two * 100 // max(one, 1)
            row[5], row[6], row[7], row[8] = at, q_one, q_two, most * 100 // least
            until = w + weeks


@compiled
def find_patterns(
    first: Ints, counts: Ints, steps: Ints, meters: Ints, tallies: Ints, rules: Ints
) -> None:
    """Look for patterns in the steps of every meter of the block."""
    for m in range(len(first) - 1):
        lo, hi = first[m], first[m] + counts[m]
        if hi > lo:
            continuous_flow(steps, lo, hi, tallies[m], rules)
            scale_change(steps, lo, hi, meters[m, 1], tallies[m], rules)
