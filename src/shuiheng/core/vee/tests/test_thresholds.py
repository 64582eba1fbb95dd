"""Both sides of each threshold of the rules that look at several steps, days or marks."""

from __future__ import annotations

import random

import numpy as np
import pytest

from shuiheng.core.vee import VeeRules
from shuiheng.core.vee.tests.histories import (
    DAY,
    HOUR,
    START,
    Row,
    finding,
    found,
    hourly,
    hours,
    run,
    total,
    volumes,
)  # fmt: skip


def registers(steps: list[int], start: int = 0) -> list[Row]:
    """Return hourly registers that count these steps."""
    return hourly([start, *(start + int(v) for v in np.cumsum(steps))])


def varied(count: int, seed: int = 1) -> list[int]:
    """Return steps of a user whose use differs from hour to hour."""
    chance = random.Random(seed)
    return [chance.randrange(20, 200) for _ in range(count)]


@pytest.mark.parametrize(("mark", "spikes"), [(0, 1), (1, 0), (2, 0)])
def test_an_accepted_or_entered_reading_makes_its_step_real(mark: int, spikes: int) -> None:
    rows: list[Row] = [*registers([10] * 50)]
    high = rows[-1][1] + 90_000
    rows += [(START + 51 * HOUR, high, mark)]
    rows += [(START + h * HOUR, high + 10 * (h - 51)) for h in range(52, 80)]
    block = run(rows, q4=2_000)
    assert found(block).get("vee.spike", 0) == spikes
    if mark:
        assert volumes(block)[50] == 90_000
        assert hours(block, "quality")[50] == "A"
        assert total(block.daily, "accepted_l") >= 90_000
    else:
        assert volumes(block)[50] == 10
        assert hours(block, "method")[50] == "usual_flow"


@pytest.mark.parametrize(("mark", "misread"), [(0, 1), (1, 0)])
def test_a_marked_reading_is_never_thrown_out_as_a_misread(mark: int, misread: int) -> None:
    rows: list[Row] = [*registers([10] * 60)]
    rows[30] = (rows[30][0], rows[30][1] + 50_000, mark)
    assert found(run(rows, q4=2_000)).get("vee.misread", 0) == misread


def test_a_marked_reading_wins_a_conflict() -> None:
    rows: list[Row] = [*registers([10] * 10), (START + 5 * HOUR, 57, 2)]
    block = run(rows)
    assert volumes(block)[4:6] == [17, 3]
    verdicts = {row["value_l"]: row["quality"] for row in block.verdicts.to_pylist()}
    assert (verdicts[50], verdicts[57]) == ("X", "A")


def test_an_accepted_fall_is_reverse_flow_or_a_rollover() -> None:
    back = run([(START, 90_000), (START + HOUR, 40_000, 1)])
    assert total(back.daily, "reverse_l") == 50_000
    over = run([(START, 90_000), (START + HOUR, 10_000, 1)], capacity=100_000, q4=100)
    assert total(over.daily) == 20_000


def test_a_scale_applies_from_its_instant_and_loses_nothing() -> None:
    rows = registers([1] * 30)
    block = run(rows, scales=[(START + 10 * HOUR, 10, 3)])
    assert volumes(block)[:10] == [1] * 10
    assert sum(volumes(block)[10:]) == 20 * 10 // 3
    assert sum(volumes(block)[10:13]) == 10


@pytest.mark.parametrize(("rows_away", "misread"), [(1, 1), (5, 5), (48, 48), (49, 0)])
def test_a_misread_may_last_as_many_rows_as_the_rule_says(rows_away: int, misread: int) -> None:
    steps = [(START + h * HOUR, 10_000 + 10 * h) for h in range(120)]
    rows = [
        (at, v + 500_000 if 20 <= place < 20 + rows_away else v)
        for place, (at, v) in enumerate(steps)
    ]
    block = run(rows, q4=2_000)
    assert found(block).get("vee.misread", 0) == misread
    if misread:
        assert sum(volumes(block)) == 1_190


@pytest.mark.parametrize(("step", "factor"), [(10_000, 1), (9_001, 1), (8_900, 0), (11_200, 0)])
def test_a_step_of_about_a_thousand_times_the_usual_is_named(step: int, factor: int) -> None:
    block = run(registers([10] * 100 + [step] + [10] * 60), q4=2_000)
    assert found(block).get("vee.step_factor", 0) == factor
    assert found(block)["vee.spike"] == 1


@pytest.mark.parametrize(("same", "expected"), [(5, 0), (6, 1)])
def test_the_same_step_repeated_by_a_varying_user(same: int, expected: int) -> None:
    block = run(registers([*varied(100), *([77] * same), *varied(20, 2)]))
    assert found(block).get("vee.frozen_step", 0) == expected
    steady = run(registers([77] * 200))
    assert "vee.frozen_step" not in found(steady)


@pytest.mark.parametrize(("hours_idle", "expected"), [(47, 0), (48, 1)])
def test_zero_use_at_an_occupied_place(hours_idle: int, expected: int) -> None:
    block = run(registers([10] * 30 + [0] * hours_idle + [10] * 30), idle=2 * DAY)
    assert found(block).get("vee.idle", 0) == expected


@pytest.mark.parametrize(("minutes", "expected"), [(9, 0), (15, 1)])
def test_a_clock_that_leaves_its_grid(minutes: int, expected: int) -> None:
    shift = [min(h, minutes * 60 // 30) * 30 for h in range(200)]
    rows = [(START + h * HOUR + shift[h], 10 * h) for h in range(200)]
    assert found(run(rows)).get("vee.clock_drift", 0) == expected


@pytest.mark.parametrize(("high", "expected"), [(280, 0), (281, 1)])
def test_a_day_with_a_peak(high: int, expected: int) -> None:
    day = [0] * 6 + [100] * 18
    steps = day * 3 + [0] * 6 + [high] + [100] * 17 + day
    assert found(run(registers(steps))).get("vee.peak", 0) == expected


@pytest.mark.parametrize(("hole_h", "method"), [(2, "interpolated"), (24, "like_days"), (200, "")])
def test_holes_of_volumes_are_filled_as_far_as_the_rules_go(hole_h: int, method: str) -> None:
    steps = [10 + h % 24 for h in range(24 * 35)]
    rows = [(START + (h + 1) * HOUR, v) for h, v in enumerate(steps)]
    first = 24 * 15 + 5
    rows = [row for place, row in enumerate(rows) if not first <= place < first + hole_h]
    block = run(rows, kind=1, step=HOUR)
    assert hours(block, "method")[first] == method
    assert hours(block, "quality")[first] == ("E" if method else "M")
    if method == "like_days":
        filled = volumes(block)[first : first + 24]
        assert sum(filled) == sum(steps[first : first + 24])
        assert max(abs(a - b) for a, b in zip(filled, steps[first:], strict=False)) <= 1
    if not method:
        assert volumes(block)[first : first + hole_h] == [0] * hole_h


def test_a_bounded_gap_has_the_shape_of_the_usual_week_and_its_exact_total() -> None:
    steps = [0 if h % 24 < 6 else 50 for h in range(24 * 14)]
    rows = registers(steps)
    gap = [row for place, row in enumerate(rows) if not 24 * 9 + 1 <= place <= 24 * 9 + 30]
    block = run(gap)
    assert volumes(block) == steps
    assert hours(block, "method")[24 * 9 + 8] == "profile"
    flat = run(gap, rules=VeeRules(gap_profile=0))
    assert hours(flat, "method")[24 * 9 + 8] == "flat"
    assert sum(volumes(flat)) == sum(steps)


@pytest.mark.parametrize(("nights", "expected"), [(2, 0), (3, 3)])
def test_night_minimum_above_its_base_for_three_nights(nights: int, expected: int) -> None:
    quiet = [5 if 2 <= h < 5 else 0 if h == 12 else 40 for h in range(24)]
    leaking = [v + 30 if 2 <= h < 5 else v for h, v in enumerate(quiet)]
    block = run(registers(quiet * 20 + leaking * nights + quiet * 5))
    assert found(block).get("vee.night_rise", 0) == expected


@pytest.mark.parametrize(("percent", "expected"), [(39, 1), (40, 0), (250, 0), (251, 1)])
def test_a_day_far_from_its_like_days(percent: int, expected: int) -> None:
    usual = [100] * 24
    steps = usual * 28 + [percent] * 24
    assert found(run(registers(steps))).get("vee.unusual_day", 0) == expected


def test_water_all_night_with_an_idle_hour_by_day() -> None:
    day = [5 if h < 8 else 0 if h == 12 else 40 for h in range(24)]
    assert found(run(registers(day * 20))) == {"vee.night_flow": 20}
    assert finding(run(registers(day * 20)), "vee.night_flow")["month"] == -1


def test_a_conflict_makes_the_hours_on_both_sides_suspect() -> None:
    block = run([*registers([10] * 10), (START + 5 * HOUR, 53)])
    assert hours(block, "quality")[3:7] == ["G", "S", "S", "G"]


def test_flows_and_intervals_stand_still_too() -> None:
    rows = [(START + h * HOUR, 9 if h < 100 else 0) for h in range(24 * 45)]
    assert found(run(rows, kind=1, step=HOUR))["vee.stuck"] == 1
    assert found(run(rows, kind=2, step=HOUR))["vee.stuck"] == 1
