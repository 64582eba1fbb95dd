"""What must hold for every history: order and repetition do not matter, nothing is lost."""

from __future__ import annotations

import random

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from shuiheng.core.vee import codes
from shuiheng.core.vee.tests.histories import HOUR, START, Row, run, same

CAPACITY = 100_000


@st.composite
def histories(draw: st.DrawFn) -> list[Row]:
    """Readings at uneven instants with gaps, falls, jumps, rollovers, conflicts and bad stamps."""
    chance = random.Random(draw(st.integers(0, 2**32)))
    count = draw(st.integers(2, 60))
    at, register = START + chance.randrange(0, 40 * HOUR), chance.randrange(0, CAPACITY)
    rows = [(at, register)]
    for _ in range(count):
        at += chance.choice([HOUR, HOUR, HOUR, 61, 2 * HOUR, 30 * HOUR, 40 * 24 * HOUR])
        register += chance.choice([0, 0, 3, 17, 250, 2_000])
        register = register % CAPACITY if chance.random() < 0.9 else chance.randrange(0, CAPACITY)
        fault = chance.random()
        if fault < 0.05:
            rows.append((at, max(register - chance.choice([1, 40, 5_000]), 0)))
        elif fault < 0.1:
            rows.append((at, register + chance.choice([10, 40_000])))
        elif fault < 0.13:
            rows.append((at, -chance.randrange(1, 100)))
        elif fault < 0.15:
            rows.append((chance.choice([0, START + 10**10]), register))
        rows.append((at, register))
    return rows


@given(histories(), st.randoms(use_true_random=False), st.sampled_from([0, 1, 2]))
@settings(max_examples=150)
def test_order_and_repetition_do_not_matter(
    rows: list[Row], chance: random.Random, kind: int
) -> None:
    once = sorted(set(rows))
    shuffled = rows + chance.choices(rows, k=len(rows) // 2)
    chance.shuffle(shuffled)
    assert same(
        run(once, capacity=CAPACITY, kind=kind), run(shuffled, capacity=CAPACITY, kind=kind)
    )


@given(histories(), st.sampled_from([0, 1, 2]))
@settings(max_examples=150)
def test_hours_days_months_and_years_hold_the_same_water(rows: list[Row], kind: int) -> None:
    block = run(rows, capacity=CAPACITY, kind=kind)
    assert block.hours is not None
    steps = block.steps[: block.counts[0]]
    forward = steps[steps[:, 3] != codes.REVERSED, 2].sum()
    backward = steps[steps[:, 3] == codes.REVERSED, 2].sum()
    covered = (steps[:, 1] - steps[:, 0]).sum()
    for periods in (block.hours, block.days, block.months, block.years):
        assert periods.rows[:, codes.P_VOLUME].sum() == forward
        assert periods.rows[:, codes.P_REVERSE].sum() == backward
        assert periods.rows[:, codes.P_COVERED].sum() == covered
        parts = periods.rows[:, codes.P_MEASURED] + periods.rows[:, codes.P_ESTIMATED]
        assert np.array_equal(parts, periods.rows[:, codes.P_VOLUME])
        assert (periods.rows >= 0).all()
        assert (periods.rows[:, codes.P_COVERED] <= periods.length_s).all()


@given(histories())
@settings(max_examples=150)
def test_steps_join_and_add_up_to_the_registers(rows: list[Row]) -> None:
    """Between two good registers the volumes add up to their difference, to the litre."""
    block = run(rows)
    steps = block.steps[: block.counts[0]]
    assert np.array_equal(steps[1:, 0], steps[:-1, 1])
    register = dict(rows)
    doubled = {at for at, _ in rows if sum(a == at for a, _ in rows) > 1}
    for t0, t1, volume, kind in steps:
        if t0 in doubled or t1 in doubled or kind == codes.ESTIMATED:
            continue
        sign = -1 if kind == codes.REVERSED else 1
        assert register[int(t1)] - register[int(t0)] == sign * volume


@given(st.lists(st.integers(0, 3_000), min_size=1, max_size=200), st.integers(0, HOUR - 1))
@settings(max_examples=100)
def test_a_register_without_faults_is_booked_whole(steps: list[int], drift: int) -> None:
    registers = np.concatenate(([0], np.cumsum(steps)))
    rows = [(START + drift + place * HOUR, int(r)) for place, r in enumerate(registers)]
    block = run(rows)
    for periods in (block.hours, block.days, block.months, block.years):
        assert periods is not None
        assert periods.rows[:, codes.P_MEASURED].sum() == sum(steps)
        assert periods.rows[:, codes.P_ESTIMATED].sum() == 0
