"""What is read from the hours of a finished day: its row, its month, the usual week, its peak."""

from __future__ import annotations

from shuiheng.core.vee import codes as c
from shuiheng.core.vee import output as o
from shuiheng.core.vee.compiled import compiled
from shuiheng.core.vee.output import Output
from shuiheng.core.vee.rules import PLACE, Ints
from shuiheng.core.vee.state import (
    B_ACCEPTED,
    B_ACCEPTED_S,
    B_BACKWARD,
    B_COVERED,
    B_ESTIMATED,
    B_GAP,
    B_LARGEST,
    B_METHOD,
    B_REJECTED_S,
    B_REVERSE,
    B_ROUGH_S,
    B_SUSPECT_S,
    B_VOLUME,
    D_ACCEPTED,
    D_ACCEPTED_MONTH,
    D_COUNTS,
    D_DAY,
    D_ESTIMATED,
    D_ESTIMATED_MONTH,
    D_ESTIMATED_YEAR,
    D_FIRST_T,
    D_METHOD,
    D_METHOD_MONTH,
    D_MIXED,
    D_OPEN,
    D_WATER,
    DAY_S,
    HOUR_S,
    HOURS,
    N_DAYS,
    N_HOURS,
    N_MONTHS,
    S_PEAK,
    SHANGHAI_S,
    SMALL,
    W_PARTS,
    W_PROFILE,
    W_SEEN,
    X_DAY_START,
    X_FROM,
    X_HOURS,
    X_METER,
    X_MONTH_FIRST,
    X_MONTH_LAST,
    X_QUALITIES,
    X_YEAR_FIRST,
    X_YEAR_LAST,
    Y_ACCEPTED,
    Y_COVERED,
    Y_ESTIMATED,
    Y_ESTIMATED_YEAR,
    Y_FIRST,
    Y_GAP,
    Y_HOURS,
    Y_LAST,
    Y_METHOD,
    Y_MONTH,
    Y_OPEN,
    Y_REVERSE,
    Y_VOLUME,
    Z_BEFORE,
    clear,
    first_day,
    month_of,
    note,
)  # fmt: skip

FLOW_HOURS, COUNT_STEPS = PLACE["flow_hours"], PLACE["scale_steps"]
PEAK_TENTHS, PEAK_USUAL = PLACE["peak_tenths"], PLACE["peak_usual_tenths"]
# The hours of night flow, 02:00 to 05:00 in Shanghai.
NIGHT_FROM, NIGHT_UNTIL = 2, 5
# At least one step with water in fifty must be as small as the smallest count.
COMMON = 50
UNKNOWN = -1


@compiled
def enter_day(w: Ints, day: int) -> None:
    """Make ``day`` the day whose hours are being filled."""
    w[D_OPEN], w[D_DAY] = 1, day
    w[X_DAY_START] = day * DAY_S - SHANGHAI_S
    if day < w[X_MONTH_FIRST] or day >= w[X_MONTH_LAST]:
        month = month_of(day)
        w[X_MONTH_FIRST], w[X_MONTH_LAST] = first_day(month), first_day(month + 1)
        january = month // 12 * 12
        w[X_YEAR_FIRST], w[X_YEAR_LAST] = first_day(january), first_day(january + 12)


@compiled
def _hour_quality(w: Ints, h: int) -> int:
    """Return the quality of an hour: the worst that takes more than 1/24 of it; S always shows."""
    if w[B_REJECTED_S + h] * 24 > HOUR_S:
        return c.REJECTED
    if (HOUR_S - w[B_COVERED + h]) * 24 > HOUR_S:
        return c.MISSING
    if w[B_SUSPECT_S + h] > 0 or w[B_REJECTED_S + h] > 0:
        return c.SUSPECT
    if w[B_ROUGH_S + h] > 0:
        return c.ROUGH
    if w[B_ACCEPTED_S + h] * 24 > HOUR_S:
        return c.ACCEPTED
    return c.GOOD


@compiled
def _period_quality(w: Ints, hours: int, length_s: int, covered: int, volume: int, rough: int,
                    counts: int) -> int:  # fmt: skip
    """Return the quality of a day or month from its hours of each quality and its litres."""
    if w[counts + c.REJECTED] * 24 > hours:
        return c.REJECTED
    if (length_s - covered) * 24 > length_s:
        return c.MISSING
    if w[counts + c.SUSPECT] > 0 or w[counts + c.REJECTED] > 0:
        return c.SUSPECT
    if rough * 100 > volume or (volume == 0 and w[counts + c.ROUGH] * 24 > hours):
        return c.ROUGH
    if w[counts + c.ACCEPTED] * 24 > hours:
        return c.ACCEPTED
    return c.GOOD


@compiled
def _most(w: Ints, methods: int) -> int:
    best = 0
    for method in range(1, 6):
        if w[methods + method] > 0 and (best == 0 or w[methods + method] > w[methods + best]):
            best = method
    return best


@compiled
def _clean(w: Ints, h: int) -> bool:
    """Return whether every second of an hour was measured, and forwards."""
    if w[B_COVERED + h] != HOUR_S:
        return False
    return bool(
        w[D_MIXED] == 0
        or w[B_ROUGH_S + h] + w[B_SUSPECT_S + h] + w[B_REJECTED_S + h] + w[B_BACKWARD + h] == 0
    )


@compiled
def _learn_week(w: Ints, day: int) -> None:
    """Let a fully measured day into the usual week: p = (2p + new) / 3."""
    weekday = (day + 3) % 7
    place = W_PROFILE + weekday * HOURS
    first = w[W_SEEN + weekday] == 0
    for h in range(HOURS):
        fresh = w[B_VOLUME + h] * W_PARTS
        w[place + h] = fresh if first else (2 * w[place + h] + fresh) // 3
    w[W_SEEN + weekday] += 1


@compiled
def _look_for_peak(w: Ints, tally: Ints, rules: Ints) -> None:
    """Note a day whose highest hour stands far above its third highest and above the usual."""
    one, two, three, at = 0, 0, 0, 0
    for h in range(HOURS):
        v = w[B_VOLUME + h]
        if v > one:
            one, two, three, at = v, one, two, h
        elif v > two:
            two, three = v, two
        elif v > three:
            three = v
    usual = w[S_PEAK]
    if (
        three > 0
        and (one - three) * 10 > three * rules[PEAK_TENTHS]
        and usual > 0
        and one * 10 > usual * rules[PEAK_USUAL]
    ):
        start = w[X_DAY_START] + at * HOUR_S
        note(w, tally, c.PEAK, start, one - three, 0, three, one, one)
    if one > 0:
        w[S_PEAK] = one if usual == 0 else (2 * usual + one) // 3


@compiled
def _least_count(w: Ints, rules: Ints) -> int:
    """Return the smallest common count of the day, 0 when too few steps had water."""
    if w[D_WATER] < rules[COUNT_STEPS]:
        return 0
    for litres in range(1, SMALL + 1):
        if w[D_COUNTS + litres] * COMMON >= w[D_WATER]:
            return litres
    return 0


@compiled
def write_month(w: Ints, out: Output) -> None:
    """Write the row of the month whose days were summed, if there is one."""
    if w[Y_OPEN] == 0:
        return
    n = w[N_MONTHS]
    days = w[Y_LAST] - w[Y_FIRST]
    hours = 0
    for quality in range(6):
        hours += w[Y_HOURS + quality]
    w[Y_HOURS + c.MISSING] += days * HOURS - hours
    row = out.months[:, n]
    row[o.MONTH_METER], row[o.MONTH_MONTH] = w[X_METER], w[Y_MONTH]
    row[o.MONTH_VOLUME], row[o.MONTH_ESTIMATED] = w[Y_VOLUME], w[Y_ESTIMATED]
    row[o.MONTH_ESTIMATED_YEAR], row[o.MONTH_ACCEPTED] = w[Y_ESTIMATED_YEAR], w[Y_ACCEPTED]
    row[o.MONTH_REVERSE], row[o.MONTH_COVERED] = w[Y_REVERSE], w[Y_COVERED]
    row[o.MONTH_GAP] = w[Y_GAP]
    row[o.MONTH_QUALITY] = _period_quality(
        w, days * HOURS, days * DAY_S, w[Y_COVERED], w[Y_VOLUME], w[Y_ESTIMATED], Y_HOURS
    )
    row[o.MONTH_METHOD] = _most(w, Y_METHOD)
    for quality in range(6):
        row[o.MONTH_HOURS + quality] = w[Y_HOURS + quality]
    w[N_MONTHS] = n + 1
    clear(w, Y_OPEN, Z_BEFORE)


@compiled
def _sum_month(w: Ints, out: Output, volume: int, covered: int, reverse: int, gap: int) -> None:
    """Add the day to its month."""
    if w[Y_OPEN] == 0 or w[Y_FIRST] != w[X_MONTH_FIRST]:
        write_month(w, out)
        w[Y_OPEN], w[Y_MONTH] = 1, month_of(w[D_DAY])
        w[Y_FIRST], w[Y_LAST] = w[X_MONTH_FIRST], w[X_MONTH_LAST]
    w[Y_VOLUME] += volume
    w[Y_COVERED] += covered
    for quality in range(6):
        w[Y_HOURS + quality] += w[X_QUALITIES + quality]
    if w[D_MIXED]:
        w[Y_ESTIMATED] += w[D_ESTIMATED_MONTH]
        w[Y_ESTIMATED_YEAR] += w[D_ESTIMATED_YEAR]
        w[Y_ACCEPTED] += w[D_ACCEPTED_MONTH]
        w[Y_REVERSE] += reverse
        w[Y_GAP] += gap
        for method in range(6):
            w[Y_METHOD + method] += w[D_METHOD_MONTH + method]


@compiled
def _write_hours(w: Ints, out: Output) -> None:
    """Write the hours of the day, from the first one a step touches on."""
    for h in range(HOURS):
        start = w[X_DAY_START] + h * HOUR_S
        if start + HOUR_S <= w[D_FIRST_T]:
            continue
        n = w[N_HOURS]
        row = out.hours[:, n]
        row[o.HOUR_METER], row[o.HOUR_START] = w[X_METER], start
        row[o.HOUR_VOLUME], row[o.HOUR_ESTIMATED] = w[B_VOLUME + h], w[B_ESTIMATED + h]
        row[o.HOUR_ACCEPTED], row[o.HOUR_REVERSE] = w[B_ACCEPTED + h], w[B_REVERSE + h]
        row[o.HOUR_COVERED], row[o.HOUR_GAP] = w[B_COVERED + h], w[B_GAP + h]
        row[o.HOUR_QUALITY] = _hour_quality(w, h)
        row[o.HOUR_METHOD] = w[B_METHOD + h] if w[B_ESTIMATED + h] > 0 else 0
        w[N_HOURS] = n + 1


@compiled
def _empty_day(w: Ints) -> None:
    """Make room for the next day's hours."""
    if w[D_MIXED]:
        clear(w, B_VOLUME, B_LARGEST + HOURS)
        clear(w, D_ESTIMATED, D_COUNTS)
    else:
        clear(w, B_VOLUME, B_COVERED + HOURS)
    if w[D_WATER]:
        clear(w, D_COUNTS, D_COUNTS + SMALL + 1)
    w[D_MIXED], w[D_WATER] = 0, 0


@compiled
def close_day(w: Ints, tally: Ints, rules: Ints, out: Output) -> None:
    """Read the finished day: learn from it, write its row and hours, and add it to its month."""
    volume, covered, clean, least, night, reverse, gap = 0, 0, 0, UNKNOWN, UNKNOWN, 0, 0
    clear(w, X_QUALITIES, X_QUALITIES + 6)
    mixed = w[D_MIXED] != 0
    night_hours = 0
    for h in range(HOURS):
        v, seconds = w[B_VOLUME + h], w[B_COVERED + h]
        volume += v
        covered += seconds
        if mixed:
            w[X_QUALITIES + _hour_quality(w, h)] += 1
            reverse += w[B_REVERSE + h]
            gap += w[B_GAP + h]
        else:
            fine = (HOUR_S - seconds) * 24 <= HOUR_S
            w[X_QUALITIES + (c.GOOD if fine else c.MISSING)] += 1
        if _clean(w, h):
            clean += 1
            least = v if least < 0 else min(least, v)
            if NIGHT_FROM <= h < NIGHT_UNTIL:
                night_hours += 1
                night = v if night < 0 else min(night, v)
    if clean == HOURS:
        _look_for_peak(w, tally, rules)
        _learn_week(w, w[D_DAY])
    if w[D_DAY] >= w[X_FROM]:
        n = w[N_DAYS]
        days, middle, small = out.days, out.days_middle, out.days_small
        days[o.DAY_VOLUME, n], days[o.DAY_ESTIMATED, n] = volume, w[D_ESTIMATED]
        days[o.DAY_ACCEPTED, n], days[o.DAY_REVERSE, n] = w[D_ACCEPTED], reverse
        days[o.DAY_NIGHT, n] = night if night_hours == NIGHT_UNTIL - NIGHT_FROM else UNKNOWN
        days[o.DAY_LEAST, n] = least if clean >= rules[FLOW_HOURS] else UNKNOWN
        middle[o.DAY_METER, n], middle[o.DAY_DAY, n] = w[X_METER], w[D_DAY]
        middle[o.DAY_COVERED, n], middle[o.DAY_GAP, n] = covered, gap
        middle[o.DAY_COUNT, n] = _least_count(w, rules)
        small[o.DAY_QUALITY, n] = _period_quality(
            w, HOURS, DAY_S, covered, volume, w[D_ESTIMATED], X_QUALITIES
        )
        small[o.DAY_METHOD, n] = _most(w, D_METHOD) if mixed else 0
        for quality in range(6):
            small[o.DAY_HOURS + quality, n] = w[X_QUALITIES + quality]
        w[N_DAYS] = n + 1
        if w[X_HOURS]:
            _write_hours(w, out)
        _sum_month(w, out, volume, covered, reverse, gap)
    _empty_day(w)
