"""First pass: readings become steps. Which readings are good, and what water lies between them.

The functions here are compiled; they know arrays only. ``core/vee/README.md`` says the rules in
words. State carried from reading to reading is one small array per meter (the ``S_`` places), so
that a later run can start from it.
"""

from __future__ import annotations

import math

import numpy as np

from shuiheng.core.vee import codes as c
from shuiheng.core.vee.compiled import compiled
from shuiheng.core.vee.rules import PLACE, Ints

FUTURE_SLACK, EARLIEST = PLACE["future_slack_s"], PLACE["earliest_s"]
GAP_TENTHS, STUCK_S, MEMORY = PLACE["gap_tenths"], PLACE["stuck_s"], PLACE["memory_s"]
ROLL_ABOVE, RESET_BELOW = PLACE["rollover_above_permille"], PLACE["reset_below_permille"]
REV_COUNTS, REV_FLOOR = PLACE["reverse_counts"], PLACE["reverse_floor_l"]
REV_CAP, MISREAD_ROWS = PLACE["reverse_cap_l"], PLACE["misread_rows"]
OWN_FACTOR, OWN_FLOOR = PLACE["own_limit_factor"], PLACE["own_limit_floor_l_h"]
WINDOW, JITTER = PLACE["exchange_window_s"], PLACE["clock_jitter_s"]

# Carried state of one meter: the last good reading, the one before it, recent flow, standing time.
S_HAVE, S_T, S_R, S_T_BEFORE, S_R_BEFORE, S_CAN_UNDO = 0, 1, 2, 3, 4, 5
S_FLOW_L, S_FLOW_S, S_FLOW_L_BEFORE, S_FLOW_S_BEFORE = 6, 7, 8, 9
S_ZERO_SINCE, S_COUNTED, S_STEPS, S_EXCHANGE, S_REST = 10, 11, 12, 13, 14
S_STAND_L, S_STAND_S = 15, 16  # usual flow when the register stopped, before zeros dilute it
STATE = 17
# Facts of one meter, in the order of the ``meter`` array's columns.
M_KIND, M_UNIT, M_CAPACITY, M_LIMIT, M_STEP, M_TOLERANCE, M_JITTER = 0, 1, 2, 3, 4, 5, 6
BUCKETS = 512


@compiled
def note(
    tally: Ints, code: int, at: int, volume: int, amount: int, before: int, after: int, size: int
) -> None:
    """Count one case of ``code`` and keep it if it is the largest so far."""
    row = tally[code]
    if row[0] == 0:
        row[1] = at
    row[0] += 1
    row[1] = min(row[1], at)
    row[2] = max(row[2], at)
    row[3] += volume
    row[4] += amount
    if row[0] == 1 or abs(size) > abs(row[8]):
        row[5], row[6], row[7], row[8] = at, before, after, size


@compiled
def _bucket(x: int) -> int:
    if x < 8:
        return x
    exponent = math.frexp(x)[1] - 1
    return exponent * 8 + ((x >> (exponent - 3)) & 7)


@compiled
def _quantile(counts: Ints, sums: Ints, percent: int) -> int:
    total = 0
    for place in range(BUCKETS):
        total += counts[place]
    if total == 0:
        return 0
    reached = 0
    for place in range(BUCKETS):
        reached += counts[place]
        if counts[place] and reached * 100 >= percent * total:
            return int(sums[place] // counts[place])
    return 0


@compiled
def learn(at: Ints, value: Ints, lo: int, hi: int, meter: Ints, rules: Ints) -> None:
    """Fill the meter's usual step and its limit of flow from its own history where unknown."""
    counts = np.zeros((2, BUCKETS), np.int64)
    sums = np.zeros((2, BUCKETS), np.int64)
    known = meter[M_STEP] > 0 and meter[M_LIMIT] > 0
    for i in range(hi if known else lo + 1, hi):
        dt = at[i] - at[i - 1]
        if dt <= 0 or at[i - 1] < rules[EARLIEST]:
            continue
        b = _bucket(dt)
        counts[0, b] += 1
        sums[0, b] += dt
        if meter[M_KIND] == 0:
            d = value[i] - value[i - 1]
            rate = d * 3600 // dt if d < (1 << 50) else 1 << 50
        elif meter[M_KIND] == 1:
            rate = value[i] * 3600 // dt if value[i] < (1 << 50) else 1 << 50
        else:
            rate = value[i]
        if rate > 0:
            b = _bucket(rate)
            counts[1, b] += 1
            sums[1, b] += rate
    if meter[M_STEP] <= 0:
        meter[M_STEP] = max(_quantile(counts[0], sums[0], 50), 1)
    if meter[M_LIMIT] <= 0:
        own = _quantile(counts[1], sums[1], 95) * rules[OWN_FACTOR]
        meter[M_LIMIT] = max(own, rules[OWN_FLOOR])
    meter[M_JITTER] = rules[JITTER]
    counted = max(rules[REV_COUNTS] * meter[M_UNIT], rules[REV_FLOOR])
    meter[M_TOLERANCE] = max(meter[M_UNIT], min(counted, rules[REV_CAP]))


@compiled
def allowed(meter: Ints, dt: int) -> int:
    """Return the most water, in litres, that can pass in ``dt`` seconds, plus one count."""
    return int(meter[M_LIMIT] * (dt + meter[M_JITTER]) // 3600 + meter[M_UNIT])


@compiled
def _typical(state: Ints, dt: int) -> int:
    if state[S_FLOW_S] <= 0:
        return -1
    return int((state[S_FLOW_L] * 86_400 // state[S_FLOW_S]) * dt // 86_400)


@compiled
def _remember(state: Ints, volume: int, dt: int, rules: Ints) -> None:
    state[S_FLOW_L_BEFORE], state[S_FLOW_S_BEFORE] = state[S_FLOW_L], state[S_FLOW_S]
    state[S_FLOW_L] += volume
    state[S_FLOW_S] += dt
    if state[S_FLOW_S] > rules[MEMORY]:
        state[S_FLOW_L] //= 2
        state[S_FLOW_S] //= 2
    state[S_COUNTED] += volume


@compiled
def _stood(state: Ints, until: int, tally: Ints, rules: Ints) -> None:
    since = state[S_ZERO_SINCE]
    if since >= 0 and state[S_COUNTED] > 0 and until - since >= rules[STUCK_S]:
        risk = 0
        if state[S_STAND_S] > 0:
            risk = state[S_STAND_L] * 86_400 // state[S_STAND_S] * (until - since) // 86_400
        note(tally, c.STUCK, since, risk, until - since, state[S_R], state[S_R], until - since)
    state[S_ZERO_SINCE] = -1


@compiled
def emit(steps: Ints, lo: int, state: Ints, t0: int, t1: int, volume: int, kind: int) -> None:
    """Write one step: from ``t0`` to ``t1`` flowed ``volume`` litres, of class ``kind``."""
    place = lo + state[S_STEPS]
    steps[place, 0], steps[place, 1] = t0, t1
    steps[place, 2], steps[place, 3] = volume, kind
    state[S_STEPS] += 1


@compiled
def _accept(
    steps: Ints, lo: int, state: Ints, t1: int, r1: int, volume: int, kind: int,
    meter: Ints, tally: Ints, rules: Ints,
) -> None:  # fmt: skip
    t0, r0 = state[S_T], state[S_R]
    dt = t1 - t0
    if dt * 10 > meter[M_STEP] * rules[GAP_TENTHS]:
        note(tally, c.GAP, t0, volume, dt - meter[M_STEP], r0, r1, dt - meter[M_STEP])
    if kind != c.REVERSED and volume == 0:
        if state[S_ZERO_SINCE] < 0:
            state[S_ZERO_SINCE] = t0
            state[S_STAND_L], state[S_STAND_S] = state[S_FLOW_L], state[S_FLOW_S]
    else:
        _stood(state, t0, tally, rules)
    emit(steps, lo, state, t0, t1, volume, kind)
    if kind == c.MEASURED:
        _remember(state, volume, dt, rules)
    state[S_T_BEFORE], state[S_R_BEFORE] = t0, r0
    state[S_CAN_UNDO] = 1 if kind == c.MEASURED and r1 - r0 == volume else 0
    state[S_T], state[S_R] = t1, r1


@compiled
def _comes_back(
    at: Ints, value: Ints, i: int, hi: int, state: Ints, r1: int, meter: Ints, rules: Ints
) -> bool:
    """Return whether a register that jumped to ``r1`` jumps back to where it was, in one step."""
    t0, r0 = state[S_T], state[S_R]
    jump = r1 - r0
    before = r1
    for j in range(i, min(hi, i + rules[MISREAD_ROWS])):
        v = value[j]
        if v < 0:
            continue
        back = before - v if jump > 0 else v - before
        if (
            back * 2 >= abs(jump)
            and v >= r0 - meter[M_TOLERANCE]
            and v - r0 <= allowed(meter, at[j] - t0)
        ):
            return True
        before = v
    return False


@compiled
def _exchanged(
    exchange: Ints, hi: int, state: Ints, t1: int, r1: int, plain: bool, meter: Ints,
    tally: Ints, rules: Ints,
) -> int:  # fmt: skip
    """Return the volume over the exchanges of this step, or -1 when none explains it."""
    while (
        state[S_EXCHANGE] < hi
        and exchange[state[S_EXCHANGE], 0] <= t1
        and exchange[state[S_EXCHANGE], 0] + rules[WINDOW] < state[S_T]
    ):
        row = exchange[state[S_EXCHANGE]]
        note(tally, c.EXCHANGE_UNMATCHED, row[0], 0, 0, row[1], row[2], 1)
        state[S_EXCHANGE] += 1
    e = state[S_EXCHANGE]
    if e >= hi or exchange[e, 0] > t1 + rules[WINDOW]:
        return -1
    if exchange[e, 0] > t1 and plain:
        return -1
    end = e + 1
    while end < hi and exchange[end, 0] <= t1:
        end += 1
    r, volume = state[S_R], 0
    for k in range(e, end):
        part = exchange[k, 1] - r
        if part < -meter[M_TOLERANCE]:
            return -1
        volume += part
        r = exchange[k, 2]
    part = r1 - r
    volume += part
    if part < -meter[M_TOLERANCE] or volume < 0 or volume > allowed(meter, t1 - state[S_T]):
        return -1
    for k in range(e, end):
        note(tally, c.EXCHANGE, exchange[k, 0], volume if k == e else 0, 0,
             exchange[k, 1], exchange[k, 2], volume)  # fmt: skip
    state[S_EXCHANGE] = end
    return int(volume)


@compiled
def _undo(state: Ints, tally: Ints) -> None:
    """Take the last step back: its end was a misread."""
    note(tally, c.MISREAD, state[S_T], state[S_R] - state[S_R_BEFORE], 1,
         state[S_R_BEFORE], state[S_R], state[S_R] - state[S_R_BEFORE])  # fmt: skip
    state[S_STEPS] -= 1
    state[S_COUNTED] -= state[S_R] - state[S_R_BEFORE]
    state[S_FLOW_L], state[S_FLOW_S] = state[S_FLOW_L_BEFORE], state[S_FLOW_S_BEFORE]
    state[S_T], state[S_R] = state[S_T_BEFORE], state[S_R_BEFORE]
    state[S_CAN_UNDO] = 0


@compiled
def _choose(value: Ints, i: int, k: int, state: Ints, t: int, meter: Ints, tally: Ints) -> int:
    """Return the reading of one instant: the smallest possible one, else the nearest."""
    best = -1
    distinct = 0
    for j in range(i, k):
        v = value[j]
        if v < 0:
            note(tally, c.NEGATIVE, t, 0, 0, v, v, v)
            continue
        distinct += 1
        if best < 0:
            best = int(v)
        elif state[S_HAVE]:
            d, d_best = v - state[S_R], best - state[S_R]
            most = allowed(meter, t - state[S_T])
            fits, fits_best = 0 <= d <= most, 0 <= d_best <= most
            if (fits and not fits_best) or (fits == fits_best and abs(d) < abs(d_best)):
                best = int(v)
    if distinct > 1:
        spread = value[k - 1] - best
        note(tally, c.DUPLICATE_CONFLICT, t, max(spread, 0), distinct, best, value[k - 1], spread)
    return best


@compiled
def _fell(
    at: Ints, value: Ints, k: int, hi: int, t1: int, r1: int, state: Ints, steps: Ints, lo: int,
    meter: Ints, tally: Ints, rules: Ints,
) -> bool:  # fmt: skip
    """Judge a fall; return True when the step before was undone and the reading is to be retried.

    The order matters: first what leaves the register where it was (reverse flow, a misread now,
    a misread just before), then what the meter itself does (rollover), then what somebody did.
    """
    t0, r0 = state[S_T], state[S_R]
    d, most = r1 - r0, allowed(meter, t1 - t0)
    if -d <= meter[M_UNIT] or (-d <= meter[M_TOLERANCE] and -d * 10 <= r0):
        note(tally, c.REVERSE, t1, -d, 0, r0, r1, d)
        _accept(steps, lo, state, t1, r1, -d, c.REVERSED, meter, tally, rules)
        return False
    if _comes_back(at, value, k, hi, state, r1, meter, rules):
        note(tally, c.MISREAD, t1, -d, 1, r0, r1, d)
        return False
    r_before = state[S_R_BEFORE]
    if state[S_CAN_UNDO] and (r0 - r_before) * 2 >= -d and r1 >= r_before - meter[M_TOLERANCE]:
        _undo(state, tally)
        return True
    capacity = meter[M_CAPACITY]
    around = d + capacity
    if r0 < capacity and r0 * 1000 > capacity * rules[ROLL_ABOVE] and 0 <= around <= most:
        note(tally, c.ROLLOVER, t1, around, 0, r0, r1, around)
        _accept(steps, lo, state, t1, r1, around, c.MEASURED, meter, tally, rules)
        return False
    guess = _typical(state, t1 - t0)
    if r1 <= most:
        guess = max(guess, r1)
    guess = min(max(guess, 0), most)
    low = r1 <= most or (capacity > 0 and r1 * 1000 < capacity * rules[RESET_BELOW])
    note(tally, c.RESET if low else c.FELL, t1, guess, 0, r0, r1, d)
    _accept(steps, lo, state, t1, r1, guess, c.ESTIMATED, meter, tally, rules)
    return False


@compiled
def _judge_register(
    at: Ints, value: Ints, lo: int, hi: int, state: Ints, steps: Ints, base: int,
    meter: Ints, exchange: Ints, exchange_hi: int, tally: Ints, rules: Ints,
) -> None:  # fmt: skip
    """Turn the register readings of one meter into steps."""
    i = lo
    while i < hi:
        t1 = at[i]
        k = i + 1
        while k < hi and at[k] == t1:
            k += 1
        if k == i + 1 and value[i] >= 0:
            r1 = value[i]
        else:
            r1 = _choose(value, i, k, state, t1, meter, tally)
        i = k
        if r1 < 0:
            continue
        if not state[S_HAVE]:
            state[S_HAVE], state[S_T], state[S_R] = 1, t1, r1
            continue
        again = True
        while again:
            again = False
            dt = t1 - state[S_T]
            d = r1 - state[S_R]
            most = allowed(meter, dt)
            plain = 0 <= d <= most
            if state[S_EXCHANGE] < exchange_hi:
                volume = _exchanged(
                    exchange, exchange_hi, state, t1, r1, plain, meter, tally, rules
                )
                if volume >= 0:
                    _accept(steps, base, state, t1, r1, volume, c.MEASURED, meter, tally, rules)
                    state[S_CAN_UNDO] = 0
                    break
            if plain:
                _accept(steps, base, state, t1, r1, d, c.MEASURED, meter, tally, rules)
            elif d < 0:
                again = _fell(at, value, k, hi, t1, r1, state, steps, base, meter, tally, rules)
            elif _comes_back(at, value, k, hi, state, r1, meter, rules):
                note(tally, c.MISREAD, t1, d, 1, state[S_R], r1, d)
            else:
                guess = _typical(state, dt)
                guess = most if guess < 0 else min(guess, most)
                note(tally, c.SPIKE, t1, d - guess, 0, state[S_R], r1, d)
                _accept(steps, base, state, t1, r1, guess, c.ESTIMATED, meter, tally, rules)
    if state[S_HAVE]:
        _stood(state, state[S_T], tally, rules)


@compiled
def _judge_amounts(
    at: Ints, value: Ints, lo: int, hi: int, state: Ints, steps: Ints, base: int,
    meter: Ints, tally: Ints, rules: Ints,
) -> None:  # fmt: skip
    """Turn volumes per interval, or flows, of one meter into steps; what is absent stays absent."""
    i = lo
    while i < hi:
        t1 = at[i]
        v = value[i]
        k = i + 1
        while k < hi and at[k] == t1:
            k += 1
        if value[k - 1] != v:
            note(tally, c.DUPLICATE_CONFLICT, t1, value[k - 1] - v, k - i, v, value[k - 1],
                 value[k - 1] - v)  # fmt: skip
        i = k
        t0 = state[S_T] if state[S_HAVE] else t1 - meter[M_STEP]
        dt = t1 - t0
        gap = dt * 10 > meter[M_STEP] * rules[GAP_TENTHS]
        if gap:
            note(tally, c.GAP, t0, 0, dt - meter[M_STEP], 0, 0, dt - meter[M_STEP])
        volume = v
        if meter[M_KIND] == 1:
            t0 = max(t0, t1 - meter[M_STEP]) if gap else t0
        elif gap or not state[S_HAVE]:
            state[S_HAVE], state[S_T], state[S_R] = 1, t1, v
            continue
        else:
            total = (state[S_R] + v) * dt + state[S_REST]
            volume = total // 7200
            state[S_REST] = total - volume * 7200
        dt = t1 - t0
        if volume < 0:
            note(tally, c.REVERSE, t1, -volume, 0, 0, v, volume)
            emit(steps, base, state, t0, t1, -volume, c.REVERSED)
        elif volume > allowed(meter, dt):
            guess = _typical(state, dt)
            guess = allowed(meter, dt) if guess < 0 else min(guess, allowed(meter, dt))
            note(tally, c.SPIKE, t1, volume - guess, 0, 0, v, volume)
            emit(steps, base, state, t0, t1, guess, c.ESTIMATED)
        else:
            emit(steps, base, state, t0, t1, volume, c.MEASURED)
            _remember(state, volume, dt, rules)
        state[S_HAVE], state[S_T], state[S_R] = 1, t1, v


@compiled
def judge(
    at: Ints, value: Ints, first: Ints, meters: Ints, exchange: Ints, exchange_first: Ints,
    now: int, rules: Ints, states: Ints, steps: Ints, tallies: Ints,
) -> None:  # fmt: skip
    """Judge every meter of the block; fills ``meters``, ``states``, ``steps`` and ``tallies``."""
    for m in range(len(first) - 1):
        lo, hi = first[m], first[m + 1]
        state, tally, meter = states[m], tallies[m], meters[m]
        while hi > lo and at[hi - 1] > now + rules[FUTURE_SLACK]:
            hi -= 1
            note(tally, c.FUTURE, at[hi], 0, 0, value[hi], value[hi], at[hi] - now)
        while lo < hi and at[lo] < rules[EARLIEST]:
            note(tally, c.CLOCK, at[lo], 0, 0, value[lo], value[lo], rules[EARLIEST] - at[lo])
            lo += 1
        if lo == hi:
            continue
        learn(at, value, lo, hi, meter, rules)
        state[S_ZERO_SINCE] = -1
        state[S_EXCHANGE] = exchange_first[m]
        if meter[M_KIND] == 0:
            _judge_register(
                at, value, lo, hi, state, steps, first[m], meter,
                exchange, exchange_first[m + 1], tally, rules,
            )  # fmt: skip
        else:
            _judge_amounts(at, value, lo, hi, state, steps, first[m], meter, tally, rules)
