"""Second pass: steps become volumes of hours, days, months and years, exact to the litre."""

from __future__ import annotations

from shuiheng.core.vee import codes as c
from shuiheng.core.vee.compiled import compiled
from shuiheng.core.vee.rules import PLACE, Ints

GAP_TENTHS, DAY_SLACK = PLACE["gap_tenths"], PLACE["day_slack_s"]
HOUR_SLACK = PLACE["hour_slack_s"]
MONTH_SLACK, YEAR_SLACK = PLACE["month_slack_s"], PLACE["year_slack_s"]
SHANGHAI_S, DAY_S, HOUR_S = 28_800, 86_400, 3_600
# The hours of night flow, 02:00 to 05:00 in Shanghai.
NIGHT_FROM, NIGHT_HOURS = 2, 3
UNKNOWN = -1


@compiled
def _spread(
    rows: Ints, base: int, bounds: Ints, p: int,
    t0: int, t1: int, water: int, kind: int, gap: bool, slack: int,
) -> int:  # fmt: skip
    """Share one step out over the periods between ``bounds``; return the last period it met.

    The share up to an instant is the whole volume times the part of the time, rounded down; a
    period gets the difference of two such shares, so that all of them add up exactly.
    """
    volume = 0 if kind == c.REVERSED else water
    while bounds[p + 1] <= t0:
        p += 1
    dt = t1 - t0
    if t1 <= bounds[p + 1]:
        at = base + p
        rows[at, c.P_VOLUME] += volume
        rows[at, c.P_COVERED] += dt
        if gap:
            rows[at, c.P_GAP] += dt
        if kind != c.ESTIMATED:
            rows[at, c.P_MEASURED] += volume
        else:
            rows[at, c.P_ESTIMATED] += volume
            rows[at, c.P_ROUGH] += dt
            rows[at, c.P_SUSPECT] += 1
        if kind == c.REVERSED:
            rows[at, c.P_REVERSE] += water
        return p
    whole, rest = volume // dt, volume % dt
    done = 0
    a = t0
    while True:
        b = min(bounds[p + 1], t1)
        inside = b - a
        share = whole * (b - t0) + (rest * (b - t0)) // dt - done
        done += share
        at = base + p
        rows[at, c.P_VOLUME] += share
        rows[at, c.P_COVERED] += inside
        if gap:
            rows[at, c.P_GAP] += inside
        exact = kind != c.ESTIMATED and (volume == 0 or min(inside, dt - inside) <= slack)
        if exact:
            rows[at, c.P_MEASURED] += share
        else:
            rows[at, c.P_ESTIMATED] += share
            rows[at, c.P_ROUGH] += inside
        if kind == c.ESTIMATED:
            rows[at, c.P_SUSPECT] += 1
        if b == t1:
            break
        a = b
        p += 1
    if kind == c.REVERSED:
        rows[base + p, c.P_REVERSE] += water
    return p


@compiled
def _nights(
    steps: Ints, lo: int, hi: int, day0: int, n: int, night: Ints, base: int, slack: int
) -> None:
    """Fill the least hourly volume of each night from hours that were measured throughout."""
    s = lo
    for d in range(n):
        least = UNKNOWN
        night[base + d] = UNKNOWN
        complete = True
        for h in range(NIGHT_HOURS):
            start = (day0 + d) * DAY_S - SHANGHAI_S + (NIGHT_FROM + h) * HOUR_S
            end = start + HOUR_S
            while s < hi and steps[s, 1] <= start:
                s += 1
            covered, volume = 0, 0
            k = s
            while k < hi and steps[k, 0] < end:
                t0, t1, v = steps[k, 0], steps[k, 1], steps[k, 2]
                a, b, dt = max(t0, start), min(t1, end), t1 - t0
                fine = v == 0 or min(b - a, dt - (b - a)) <= slack
                if steps[k, 3] != c.MEASURED or not fine:
                    break
                whole, rest = v // dt, v % dt
                volume += whole * (b - a) + (rest * (b - t0)) // dt - (rest * (a - t0)) // dt
                covered += b - a
                k += 1
            if covered < HOUR_S:
                complete = False
                break
            least = volume if least < 0 else min(least, volume)
        if complete:
            night[base + d] = least


@compiled
def spread(
    first: Ints, counts: Ints, steps: Ints, usual: Ints, rules: Ints,
    day_bounds: Ints, day_from: Ints, day_base: Ints, days: Ints, nights: Ints,
    month_bounds: Ints, month_from: Ints, month_base: Ints, months: Ints,
    year_bounds: Ints, year_from: Ints, year_base: Ints, years: Ints,
) -> None:  # fmt: skip
    """Share the steps of every meter of the block out over days, months and years."""
    in_day, in_month, in_year = rules[DAY_SLACK], rules[MONTH_SLACK], rules[YEAR_SLACK]
    for m in range(len(first) - 1):
        lo = first[m]
        hi = lo + counts[m]
        d, mo, y = day_from[m], month_from[m], year_from[m]
        day_row, month_row = day_base[m] - d, month_base[m] - mo
        year_row = year_base[m] - y
        longest = usual[m] * rules[GAP_TENTHS]
        for s in range(lo, hi):
            t0, t1, v, kind = steps[s, 0], steps[s, 1], steps[s, 2], steps[s, 3]
            gap = (t1 - t0) * 10 > longest
            d = _spread(days, day_row, day_bounds, d, t0, t1, v, kind, gap, in_day)
            mo = _spread(months, month_row, month_bounds, mo, t0, t1, v, kind, gap, in_month)
            y = _spread(years, year_row, year_bounds, y, t0, t1, v, kind, gap, in_year)
        n = day_base[m + 1] - day_base[m]
        if n > 0:
            day0 = (day_bounds[day_from[m]] + SHANGHAI_S) // DAY_S
            _nights(steps, lo, hi, day0, n, nights, day_base[m], rules[HOUR_SLACK])


@compiled
def spread_hours(
    first: Ints, counts: Ints, steps: Ints, usual: Ints, rules: Ints,
    bounds: Ints, hour_from: Ints, hour_base: Ints, hours: Ints,
) -> None:  # fmt: skip
    """Share the steps of every meter of the block out over hours."""
    for m in range(len(first) - 1):
        h = hour_from[m]
        row = hour_base[m] - h
        for s in range(first[m], first[m] + counts[m]):
            t0, t1, v, kind = steps[s, 0], steps[s, 1], steps[s, 2], steps[s, 3]
            gap = (t1 - t0) * 10 > usual[m] * rules[GAP_TENTHS]
            h = _spread(hours, row, bounds, h, t0, t1, v, kind, gap, rules[HOUR_SLACK])
