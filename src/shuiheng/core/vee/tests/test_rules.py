"""Each rule of the kernel on a history a person can follow; worked cases of the handbook."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from shuiheng.core.vee import VeeRules, rules_in_force
from shuiheng.core.vee.tests.histories import (
    DAY,
    HOUR,
    START,
    finding,
    found,
    hourly,
    hours,
    run,
    total,
    volumes,
)  # fmt: skip
from shuiheng.rules import Law


def test_rollover_at_six_digits_is_continued() -> None:
    rows = [(START, 999_987_000), (START + DAY, 23_000)]
    block = run(rows, unit=1000, capacity=10**9, q4=5_000)
    assert total(block.daily) == 36_000
    assert found(block) == {"vee.rollover": 1}


def test_a_fall_beyond_the_greatest_flow_is_no_rollover() -> None:
    rows = [(START, 999_987_000), (START + DAY, 23_000_000)]
    block = run(rows, unit=1000, capacity=10**9, q4=5_000)
    assert found(block) == {"vee.register_fell": 1}
    assert total(block.daily, "estimated_l") == total(block.daily)


def test_exchange_books_both_registers() -> None:
    rows = [(START, 54_310_000), (START + DAY, 12_800)]
    block = run(rows, exchanges=[(START + HOUR, 54_321_600, 300)])
    assert total(block.daily) == 24_100
    assert found(block) == {"vee.exchange": 1}


@pytest.mark.parametrize("days_off", [-3, -1, 0, 1, 3])
def test_exchange_with_a_day_slightly_wrong_still_explains_the_fall(days_off: int) -> None:
    registers = [5_000_000 + 10 * h for h in range(100)] + [10 * h for h in range(1, 100)]
    fall = START + 100 * HOUR
    block = run(hourly(registers), exchanges=[(fall + days_off * DAY, 5_001_000, 0)])
    assert found(block) == {"vee.exchange": 1}
    assert sum(volumes(block)) == 1_000 + 990


def test_exchange_that_fits_no_reading_is_said_and_not_used() -> None:
    registers = [5_000_000 + 10 * h for h in range(24 * 20)]
    block = run(hourly(registers), exchanges=[(START + 5 * DAY, 9_000_000, 0)])
    assert found(block)["vee.exchange_unmatched"] == 1
    assert "vee.exchange" not in found(block)
    assert sum(volumes(block)) == registers[-1] - registers[0]


def test_reset_without_a_record_is_estimated_from_the_usual_flow() -> None:
    registers = [8_000_000 + 20 * h for h in range(200)] + [20 * h for h in range(1, 100)]
    block = run(hourly(registers))
    assert found(block) == {"vee.reset_suspected": 1}
    assert volumes(block)[199] == 20
    assert hours(block, "quality")[199] == "S"


def test_small_fall_is_reverse_flow_and_never_netted() -> None:
    block = run(hourly([10_000, 10_020, 10_015, 10_035]))
    assert found(block) == {"vee.reverse_flow": 1}
    assert volumes(block) == [20, 0, 20]
    assert total(block.daily, "reverse_l") == 5


@pytest.mark.parametrize("jump", [-9_000, 400_000])
def test_a_register_that_jumps_away_and_back_is_not_used(jump: int) -> None:
    registers = [10_000 + 10 * h for h in range(48)]
    registers[20] += jump
    registers[21] += jump
    block = run(hourly(registers))
    assert found(block)["vee.misread"] == 2
    assert sum(volumes(block)) == 470
    assert hours(block, "estimated_l")[19] == 10


def test_a_misread_takes_no_good_reading_before_it_along() -> None:
    registers = [10_000_000 + 80_000 * h for h in range(60)]
    registers[45] += 6_000_000
    block = run(hourly(registers), q4=200_000)
    assert found(block)["vee.misread"] == 1
    assert sum(volumes(block)) == 59 * 80_000
    assert sum(hours(block, "estimated_l")) == 2 * 80_000


def test_a_jump_within_the_limit_that_comes_back_is_undone() -> None:
    registers = [10_000 + 10 * h for h in range(48)]
    registers[20] += 2_500
    block = run(hourly(registers))
    assert found(block)["vee.misread"] == 1
    assert sum(volumes(block)) == 470


def test_a_step_above_q4_is_left_out_and_estimated() -> None:
    registers = [10 * h for h in range(100)] + [500_000 + 10 * h for h in range(100)]
    block = run(hourly(registers), q4=2_000)
    assert found(block) == {"vee.spike": 1}
    assert volumes(block)[99] == 10
    assert finding(block, "vee.spike")["volume_l"] == 500_000 - 990 - 10
    assert hours(block, "quality")[99] == "X"
    assert block.daily["quality"].to_pylist()[4] == "S"


def test_both_sides_of_q4() -> None:
    limit = 5_000 * 24
    jitter = 5_000 * VeeRules().clock_jitter_s // 3600
    for more, expected in ((0, {}), (1, {"vee.spike": 1})):
        rows = [(START, 0), (START + DAY, limit + jitter + 1 + more)]
        assert found(run(rows, q4=5_000)) == expected


def test_a_gap_is_bridged_flat_with_the_exact_total() -> None:
    rows = hourly([0, 10, 20]) + [(START + 37 * HOUR, 6_826)] + [
        (START + h * HOUR, 6_826 + 10 * (h - 37)) for h in range(38, 60)
    ]  # fmt: skip
    block = run(rows)
    assert found(block) == {"vee.gap": 1}
    assert sum(volumes(block)[2:37]) == 6_806
    assert set(volumes(block)[2:37]) == {194, 195}
    assert block.daily["estimated_l"][0].as_py() > 0
    assert block.daily["gap_h"][0].as_py() == 22
    assert block.daily["method"][0].as_py() == "flat"


@pytest.mark.parametrize("extra", [0, 1, 5])
def test_a_gap_of_weeks_that_begins_at_midnight_keeps_every_litre(extra: int) -> None:
    """The day that ends where the gap begins still changes the profile that shapes the gap."""
    registers = [40 * h + h * h % 1_000 * 7 for h in range(24 * 40)]
    registers = [max(registers[: h + 1]) for h in range(len(registers))]
    rows = [row for h, row in enumerate(hourly(registers)) if not 20 * 24 < h < 34 * 24 + extra]
    block = run(rows, q4=20_000, step=HOUR)
    assert sum(volumes(block)) == registers[-1] - registers[0]


def test_a_gap_inside_a_day_is_measured_for_the_day_and_estimated_for_its_hours() -> None:
    registers = hourly([10 * h for h in range(25)])
    block = run([row for row in registers if not 5 <= (row[0] - START) // HOUR <= 8])
    assert block.daily["estimated_l"][0].as_py() == 0
    assert hours(block, "estimated_l")[4:9] == [10] * 5


def test_one_instant_with_two_registers_takes_the_one_that_fits() -> None:
    rows = hourly([0, 10, 20, 30])
    block = run([*rows, (START + 2 * HOUR, 900_000)])
    assert found(block) == {"vee.duplicate_conflict": 1}
    assert volumes(block) == [10, 10, 10]


def test_the_same_reading_twice_says_nothing() -> None:
    rows = hourly([0, 10, 20, 30])
    assert found(run(rows + rows)) == {}


def test_bad_stamps_and_negative_registers_are_not_used() -> None:
    rows = hourly([0, 10, 20, 30])
    bad = [(2_840_140_800, 500), (86_400, 5), (START + 5 * HOUR, -7)]
    block = run([*rows, *bad])
    assert found(block) == {
        "vee.future_reading": 1, "vee.clock_fault": 1, "vee.negative_register": 1,
    }  # fmt: skip
    assert volumes(block) == [10, 10, 10]


def test_a_reading_is_in_the_future_only_until_then() -> None:
    rows = hourly([0, 10, 20, 30])
    assert len(volumes(run(rows, now=START + 2 * HOUR))) == 3
    assert len(volumes(run(rows, now=START + 2 * HOUR - 1))) == 2


def test_a_register_that_stands_still_after_counting_is_stuck() -> None:
    counting = [50 * h for h in range(24 * 10)]
    for days, expected in ((34, 0), (36, 1)):
        block = run(hourly(counting + [counting[-1]] * 24 * days))
        assert found(block).get("vee.stuck", 0) == expected


def test_the_water_at_risk_of_a_stuck_register_is_its_usual_flow_before_it_stopped() -> None:
    counting = [50 * h for h in range(24 * 10)]
    block = run(hourly(counting + [counting[-1]] * 24 * 60))
    risk = finding(block, "vee.stuck")["volume_l"]
    assert abs(risk - 50 * 24 * 60) <= 0.02 * 50 * 24 * 60


def test_an_empty_house_is_not_stuck() -> None:
    assert "vee.stuck" not in found(run(hourly([77] * 24 * 60)))


def test_water_that_never_stops_is_noticed_and_an_idle_hour_ends_it() -> None:
    leaking = [3 * h for h in range(24 * 20)]
    assert found(run(hourly(leaking))) == {"vee.continuous_flow": 20}
    idle = np.cumsum([0 if h % 24 == 3 else 5 for h in range(24 * 20)])
    assert found(run(hourly([int(v) for v in idle]))) == {}


def test_a_change_of_the_unit_is_suspected() -> None:
    one = np.cumsum([[0, 2, 9, 4][h % 4] for h in range(24 * 60)])
    ten = one[-1] + np.cumsum([[0, 20, 90, 40][h % 4] for h in range(24 * 60)])
    block = run(hourly([int(v) for v in np.concatenate((one, ten))]))
    assert found(block)["vee.scale_change"] == 1
    assert finding(block, "vee.scale_change")["amount"] == pytest.approx(1000, rel=0.3)
    assert "vee.scale_change" not in found(run(hourly([int(v) for v in one])))


def test_volumes_per_interval_leave_absent_time_absent() -> None:
    rows = [(START + h * HOUR, 7) for h in (1, 2, 3, 8, 9)]
    block = run(rows, kind=1, step=HOUR)
    assert volumes(block) == [7, 7, 7, 0, 0, 0, 0, 7, 7]
    assert block.daily["missing_h"][0].as_py() == 24 - 5
    assert found(block) == {"vee.gap": 1}


def test_flows_are_held_between_instants_by_their_mean() -> None:
    rows = [(START + h * HOUR, flow) for h, flow in ((0, 100), (1, 200), (2, 0))]
    block = run(rows, kind=2, step=HOUR)
    assert volumes(block) == [150, 100]


def test_night_minimum_is_the_least_hour_from_two_to_five() -> None:
    registers = np.cumsum([0] + [100 + h % 24 for h in range(48)])
    block = run(hourly([int(v) for v in registers]))
    assert block.daily["night_min_l"].to_pylist() == [102, 102]
    gap = [row for row in hourly([int(v) for v in registers]) if row[0] != START + 3 * HOUR]
    assert run(gap).daily["night_min_l"].to_pylist() == [None, 102]


def test_days_begin_at_midnight_in_shanghai() -> None:
    block = run([(START - HOUR, 0), (START + HOUR, 20)], step=2 * HOUR)
    assert block.daily["volume_l"].to_pylist() == [10, 10]
    assert block.monthly["volume_l"].to_pylist() == [10, 10]


def test_one_reading_makes_no_volume() -> None:
    block = run([(START, 5)])
    assert len(block.daily) == 0


def test_the_packs_say_what_the_defaults_say() -> None:
    assert rules_in_force(Law.shipped(), on=date(2026, 1, 1), place="cn") == VeeRules()
