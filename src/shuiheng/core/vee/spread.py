"""Second pass, while the step is hot: its litres go into the hours of the days it touches."""

from __future__ import annotations

from shuiheng.core.vee import codes as c
from shuiheng.core.vee.compiled import compiled
from shuiheng.core.vee.days import close_day, enter_day
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
    D_LAST_T,
    D_METHOD,
    D_METHOD_MONTH,
    D_MIXED,
    D_OPEN,
    D_WATER,
    DAY_S,
    HOUR_S,
    P_GAP,
    P_HAVE,
    P_KIND,
    P_METHOD,
    P_QUALITY,
    P_T0,
    P_T1,
    P_V,
    SHANGHAI_S,
    SMALL,
    W_PROFILE,
    WEEK_HOURS,
    X_DAY_START,
    X_MONTH_FIRST,
    X_MONTH_LAST,
    X_YEAR_FIRST,
    X_YEAR_LAST,
)  # fmt: skip

DAY_SLACK, HOUR_SLACK = PLACE["day_slack_s"], PLACE["hour_slack_s"]
MONTH_SLACK, YEAR_SLACK = PLACE["month_slack_s"], PLACE["year_slack_s"]
SHORT_S = 7_200
# The weights of a profile are at most this, so that a share stays within 64 bits.
WEIGHT = 512


@compiled
def weight_at(w: Ints, at: int, largest: int) -> int:
    """Return the weight of the hour of the week in which ``at`` lies."""
    local = at + SHANGHAI_S
    day = local // DAY_S
    place = (day + 3) % 7 * 24 + (local - day * DAY_S) // HOUR_S
    return int(w[W_PROFILE + place] * WEIGHT // largest)


@compiled
def _heaviest(w: Ints) -> int:
    largest = 1
    for place in range(W_PROFILE, W_PROFILE + WEEK_HOURS):
        largest = max(largest, w[place])
    return int(largest)


@compiled
def _weight(w: Ints, t0: int, t1: int, largest: int) -> int:
    """Return the whole weight of the time between two instants."""
    total = 0
    a = t0
    while a < t1:
        b = min(t1, (a // HOUR_S + 1) * HOUR_S)
        total += (b - a) * weight_at(w, a, largest)
        a = b
    return total


@compiled
def _exact(inside: int, dt: int, volume: int, slack: int) -> bool:
    """Return whether the smaller part of a step, inside or outside, is short."""
    return volume == 0 or min(inside, dt - inside) <= slack


@compiled
def _piece(w: Ints, first: int, last: int) -> int:
    """Return how many seconds of the step lie between two days."""
    start, end = first * DAY_S - SHANGHAI_S, last * DAY_S - SHANGHAI_S
    return int(min(w[P_T1], end) - max(w[P_T0], start))


@compiled
def _into_hour(w: Ints, h: int, n: int, share: int, rules: Ints) -> None:
    """Add a share of the step, and the ``n`` seconds it takes, to an hour of the day."""
    kind, quality = w[P_KIND], w[P_QUALITY]
    water = 0 if kind == c.REVERSED else w[P_V]
    w[B_VOLUME + h] += share
    w[B_COVERED + h] += n
    exact = kind != c.ESTIMATED and _exact(n, w[P_T1] - w[P_T0], water, rules[HOUR_SLACK])
    if exact and quality == c.GOOD and w[P_GAP] == 0 and kind == c.MEASURED:
        return
    w[D_MIXED] = 1
    if w[P_GAP]:
        w[B_GAP + h] += n
    if kind == c.REVERSED:
        w[B_BACKWARD + h] += n
    if not exact:
        w[B_ESTIMATED + h] += share
        if share >= w[B_LARGEST + h]:
            w[B_LARGEST + h], w[B_METHOD + h] = share, w[P_METHOD]
    if quality == c.REJECTED:
        w[B_REJECTED_S + h] += n
    elif quality == c.SUSPECT:
        w[B_SUSPECT_S + h] += n
    elif not exact:
        w[B_ROUGH_S + h] += n
    elif quality == c.ACCEPTED:
        w[B_ACCEPTED_S + h] += n
        w[B_ACCEPTED + h] += share


@compiled
def _into_day(w: Ints, inside: int, share: int, rules: Ints) -> None:
    """Book a day's share of the step as measured or estimated when day, month, year is asked."""
    kind, method = w[P_KIND], w[P_METHOD]
    dt, water = w[P_T1] - w[P_T0], 0 if kind == c.REVERSED else w[P_V]
    firm = kind != c.ESTIMATED
    accepted = w[P_QUALITY] == c.ACCEPTED
    if not (firm and _exact(inside, dt, water, rules[DAY_SLACK])):
        w[D_ESTIMATED] += share
        w[D_METHOD + method] += share
        w[D_MIXED] = 1
    elif accepted:
        w[D_ACCEPTED] += share
    month = _piece(w, w[X_MONTH_FIRST], w[X_MONTH_LAST])
    if not (firm and _exact(month, dt, water, rules[MONTH_SLACK])):
        w[D_ESTIMATED_MONTH] += share
        w[D_METHOD_MONTH + method] += share
        w[D_MIXED] = 1
    elif accepted:
        w[D_ACCEPTED_MONTH] += share
    year = _piece(w, w[X_YEAR_FIRST], w[X_YEAR_LAST])
    if not (firm and _exact(year, dt, water, rules[YEAR_SLACK])):
        w[D_ESTIMATED_YEAR] += share
        w[D_MIXED] = 1


@compiled
def spread_step(w: Ints, tally: Ints, rules: Ints, out: Output) -> None:
    """Share the step that was held back out over its hours, days, months and years.

    The share up to an instant is the volume times the part of the time (or of the weight of the
    hours of the week), rounded down; an hour gets the difference of two such shares. So hours,
    days, months and years all hold the same litres.
    """
    if w[P_HAVE] == 0:
        return
    w[P_HAVE] = 0
    t0, t1, kind, method = w[P_T0], w[P_T1], w[P_KIND], w[P_METHOD]
    volume = 0 if kind == c.REVERSED else w[P_V]
    # The day before closes first: it may still change the profile that shapes this step.
    while w[D_OPEN] and t0 >= w[X_DAY_START] + DAY_S:
        close_day(w, tally, rules, out)
        enter_day(w, w[D_DAY] + 1)
    shaped = method == c.PROFILE or method == c.LIKE_DAYS
    largest = _heaviest(w) if shaped else 0
    total = _weight(w, t0, t1, largest) if shaped else t1 - t0
    if total == 0:
        shaped, total = False, t1 - t0
    whole, rest = volume // total, volume % total
    if w[D_OPEN] == 0:
        enter_day(w, (t0 + SHANGHAI_S) // DAY_S)
        w[D_FIRST_T] = t0
    w[D_LAST_T] = t1
    a, reached, done = t0, 0, 0
    while a < t1:
        while a >= w[X_DAY_START] + DAY_S:
            close_day(w, tally, rules, out)
            enter_day(w, w[D_DAY] + 1)
        if a == t0 and kind == c.MEASURED and volume > 0 and w[P_GAP] == 0 and t1 - t0 <= SHORT_S:
            w[D_WATER] += 1
            if volume <= SMALL:
                w[D_COUNTS + volume] += 1
        start = w[X_DAY_START]
        until = min(t1, start + DAY_S)
        before, began = done, a
        h = 0
        while a < until:
            h = (a - start) // HOUR_S
            b = min(until, start + (h + 1) * HOUR_S)
            reached += (b - a) * weight_at(w, a, largest) if shaped else b - a
            share = whole * reached + rest * reached // total - done
            done += share
            _into_hour(w, h, b - a, share, rules)
            a = b
        _into_day(w, until - began, done - before, rules)
        if kind == c.REVERSED and a == t1:
            w[B_REVERSE + h] += w[P_V]
