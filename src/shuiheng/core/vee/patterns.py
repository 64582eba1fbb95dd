"""Third pass: what only shows over weeks. Water that never stops, and a scale that changed."""

from __future__ import annotations

import numpy as np

from shuiheng.core.vee import codes as c
from shuiheng.core.vee.compiled import compiled
from shuiheng.core.vee.rules import PLACE, Ints

FLOW_WINDOW, FLOW_DAYS = PLACE["flow_window_days"], PLACE["flow_days"]
FLOW_HOURS, ENOUGH = PLACE["flow_hours"], PLACE["scale_steps"]
WEEKS, RISE = PLACE["scale_weeks"], PLACE["scale_rise_percent"]
TEN_TOLERANCE = PLACE["scale_ten_tolerance_percent"]
SHANGHAI_S, DAY_S, WEEK_S = 28_800, 86_400, 604_800
# The smallest count is looked for among steps up to this many litres, and at least one step in
# fifty must be that small.
SMALL, COMMON = 32, 50


@compiled
def continuous_flow(steps: Ints, lo: int, hi: int, tally: Ints, rules: Ints) -> None:
    """Note a meter that has no hour of zero in the day, day after day."""
    window = rules[FLOW_WINDOW]
    flows = np.zeros(window, np.int64)
    began = np.zeros(window, np.int64)
    lost = np.zeros(window, np.int64)
    volume = np.zeros(24, np.int64)
    seen = np.zeros(24, np.int64)
    measured, flowing, place, counted_until = 0, 0, 0, -1
    day = -1
    row = tally[c.CONTINUOUS]
    for s in range(lo, hi + 1):
        this, hour = -1, 0
        if s < hi:
            if steps[s, 3] != c.MEASURED or steps[s, 1] - steps[s, 0] > 7_200:
                continue
            local = steps[s, 0] + SHANGHAI_S
            this = local // DAY_S
            hour = (local - this * DAY_S) // 3_600
        if this != day:
            hours, least = 0, -1
            for h in range(24):
                if seen[h]:
                    hours += 1
                    least = volume[h] if least < 0 else min(least, volume[h])
            if hours >= rules[FLOW_HOURS]:
                flowing -= flows[place]
                flows[place] = 1 if least > 0 else 0
                flowing += flows[place]
                began[place] = day * DAY_S - SHANGHAI_S
                lost[place] = least * 24
                place = (place + 1) % window
                measured += 1
                if measured >= window and flowing >= rules[FLOW_DAYS]:
                    for k in range(window):
                        if began[k] > counted_until and flows[k]:
                            _add_day(row, began[k], lost[k])
                    counted_until = day * DAY_S - SHANGHAI_S
            day = this
            volume[:] = 0
            seen[:] = 0
        if s < hi:
            volume[hour] += steps[s, 2]
            seen[hour] = 1
    if row[0] > 0:
        row[4] = measured


@compiled
def _add_day(row: Ints, at: int, lost: int) -> None:
    row[1] = at if row[0] == 0 else min(row[1], at)
    row[2] = max(row[2], at)
    row[0] += 1
    row[3] += lost
    if lost // 24 > row[8]:
        row[5], row[8] = at, lost // 24


@compiled
def _smallest(counts: Ints, lo: int, hi: int, enough: int) -> int:
    total = 0
    for w in range(lo, hi):
        total += counts[w, 0]
    if total < enough:
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
    weeks, run_ends, best = rules[WEEKS], -1, 0
    row = tally[c.SCALE]
    for w in range(weeks, n - weeks + 1):
        if covered[w - weeks : w + weeks].min() * 10 < WEEK_S * 9:
            continue
        before, after = volume[w - weeks : w], volume[w : w + weeks]
        one, two = before.sum(), after.sum()
        least, most = min(one, two), max(one, two)
        if least < 100 * unit:
            continue
        q_one = _smallest(counts, w - weeks, w, rules[ENOUGH])
        q_two = _smallest(counts, w, w + weeks, rules[ENOUGH])
        finer = q_one > 0 and q_two > 0 and max(q_one, q_two) >= 2 * min(q_one, q_two)
        changed = finer and most * 100 >= least * rules[RISE]
        steady = before.max() <= 3 * before.min() and after.max() <= 3 * after.min()
        for ten in (10, 100, 1000):
            near = abs(most - least * ten) * 100 <= least * ten * rules[TEN_TOLERANCE]
            changed = changed or (steady and near)
        if not changed:
            continue
        ratio = most * 100 // least
        if w > run_ends:
            best = 0
            row[0] += 1
        if ratio > best:
            best = ratio
            at = (week0 + w) * WEEK_S
            row[1] = at if row[0] == 1 else row[1]
            row[2] = at
            row[3], row[4] = two, two * 100 // one
            row[5], row[6], row[7], row[8] = at, q_one, q_two, ratio
        run_ends = w + weeks


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
