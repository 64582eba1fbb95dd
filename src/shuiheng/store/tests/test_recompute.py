"""What recomputation promises: the same as from scratch, only where needed, whole or not at all."""

from __future__ import annotations

import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, TypedDict

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shuiheng.basics import Period
from shuiheng.core.vee import VeeRules
from shuiheng.store import Lake, WrongEdit
from shuiheng.store.computing.saving import Saver, Waiting

pytestmark = pytest.mark.slow


class Who(TypedDict):
    """Who makes an edit, and why."""

    author: str
    reason: str


START = datetime(2023, 12, 31, 16, tzinfo=UTC)  # midnight of 2024-01-01 in Shanghai
HOUR = timedelta(hours=1)
NOW = datetime(2026, 1, 1, tzinfo=UTC)
WHO: Who = {"author": "王敏", "reason": "现场核对"}
DECLARED = {"digits": 7, "max_flow_l_h": 5_000, "step_s": 3_600}
TABLES = {"daily": "key, start", "monthly": "key, start", "findings": "key, month, code",
          "checkpoints": "key, month"}  # fmt: skip


def rows_of(meter: str, registers: dict[int, int]) -> list[dict[str, Any]]:
    return [
        {"meter": meter, "at": START + hour * HOUR, "value_l": value}
        for hour, value in registers.items()
    ]


def steady(hours: range, per_hour: int = 10) -> dict[int, int]:
    return {hour: 1_000 + per_hour * hour for hour in hours}


def stored(lake: Lake) -> dict[str, list[dict[str, Any]]]:
    return {
        name: lake._catalog.read(f"SELECT * FROM lake.{name} ORDER BY {order}")
        .to_arrow_table()
        .to_pylist()
        for name, order in TABLES.items()
    }


@pytest.fixture
def lake(tmp_path: Path) -> Iterator[Lake]:
    with Lake.open(tmp_path) as opened:
        yield opened


def troubled(chance: random.Random, hours: int) -> dict[int, int]:
    """Return a register with faults, hour by hour."""
    registers, value, hour = {}, chance.randrange(9_990_000), 0
    while hour < hours:
        value = (value + chance.choice((0, 0, 7, 30, 200))) % 10_000_000
        event = chance.random()
        registers[hour] = value
        if event < 0.004:
            hour += chance.randrange(2, 60)  # a gap
        elif event < 0.006:
            value = 0  # a reset
        elif event < 0.010:
            registers[hour] = value + chance.choice((-900, 400_000))  # a misread
        elif event < 0.011:
            value += 90_000  # a spike
        hour += 1
    return registers


@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**32))
def test_any_arrival_gives_the_volumes_of_one_batch(seed: int) -> None:
    chance = random.Random(seed)
    rows = [
        row
        for meter in ("declared", "learned")
        for row in rows_of(meter, troubled(chance, 24 * 75))
    ]
    # Mostly in order of time, with late ones, repeated ones, and edits in between.
    rows.sort(key=lambda row: row["at"] + timedelta(days=chance.expovariate(1.5)))
    cuts = sorted(chance.sample(range(1, len(rows)), 4))
    batches = [rows[a:b] for a, b in zip([0, *cuts], [*cuts, len(rows)], strict=True)]
    batches = [batch + chance.choices(rows[:100], k=20) for batch in batches]
    with tempfile.TemporaryDirectory() as folder:
        said: list[tuple[str, datetime, str, dict[str, Any]]] = []
        with Lake.open(Path(folder) / "many") as many:
            many.define_meters([{"meter": "declared", **DECLARED}])
            for number, batch in enumerate(batches):
                many.append(batch, source="x", batch=str(number))
                row = chance.choice(batch)
                action, value = chance.choice(
                    (("reject", {}), ("correct", {"new_l": 77}), ("accept", {}),
                     ("scale", {"numerator": 2, "denominator": 1}))
                )  # fmt: skip
                one = (row["meter"], row["at"], action, {"old_l": row["value_l"], **value})
                if action == "scale":
                    one[3].pop("old_l")
                try:
                    many.edit(one[0], one[1], one[2], **WHO, **one[3])
                    said.append(one)
                except WrongEdit:
                    pass
                many.recompute(now=NOW)
            left = stored(many)
        with Lake.open(Path(folder) / "one") as once:
            once.define_meters([{"meter": "declared", **DECLARED}])
            once.append(rows, source="x", batch="all")
            for one in said:
                once.edit(one[0], one[1], one[2], **WHO, **one[3])
            once.recompute(now=NOW)
            right = stored(once)
    for name in TABLES:
        assert left[name] == right[name], name


def test_new_readings_resume_and_touch_only_their_meters(lake: Lake) -> None:
    names = [f"M{number}" for number in range(4)]
    lake.define_meters([{"meter": name, **DECLARED} for name in names])
    rows = [row for name in names for row in rows_of(name, steady(range(24 * 62)))]
    lake.append(rows, source="x", batch="1")
    done = lake.recompute(now=NOW)
    assert (done.meters, done.whole, done.resumed) == (4, 4, 0)
    lake.append(rows_of("M2", steady(range(24 * 62, 24 * 63))), source="x", batch="2")
    assert lake.stale() == ["M2"]
    done = lake.recompute(now=NOW)
    assert (done.meters, done.whole, done.resumed) == (1, 0, 1)
    assert done.readings < 24 * 63
    assert lake.stale() == []
    assert lake.recompute(now=NOW).meters == 0
    # A late reading of January has no checkpoint far enough before it.
    lake.append(rows_of("M1", {30: 1_299}), source="x", batch="3")
    done = lake.recompute(now=NOW)
    assert (done.whole, done.resumed) == (1, 0)


def test_a_reading_on_the_first_of_a_month_resumes_from_the_month_before(lake: Lake) -> None:
    lake.define_meters([{"meter": "A", **DECLARED}])
    hours = 24 * (31 + 29)
    lake.append(rows_of("A", steady(range(hours + 3))), source="x", batch="1")
    lake.recompute(now=NOW)
    lake.append(rows_of("A", steady(range(hours + 3, hours + 6))), source="x", batch="2")
    done = lake.recompute(now=NOW)
    assert (done.whole, done.resumed) == (0, 1)
    assert done.readings > 24 * 28
    assert sum(lake.volumes("day")["volume_l"].to_pylist()) == 10 * (hours + 5)


def test_volumes_between_two_good_registers_add_up_to_their_difference(lake: Lake) -> None:
    registers = troubled(random.Random(5), 24 * 40)
    good = steady(range(24 * 40), per_hour=13)
    lake.define_meters([{"meter": name, **DECLARED} for name in ("gaps", "troubled")])
    kept = {hour: value for hour, value in good.items() if hour % 24 < 20 and hour % 7}
    lake.append(rows_of("gaps", kept), source="x", batch="1")
    lake.append(rows_of("troubled", registers), source="x", batch="2")
    lake.recompute(now=NOW)
    expected = kept[max(kept)] - kept[min(kept)]
    for by in ("hour", "day", "month", "year"):
        rows = lake.volumes(by, ["gaps"]).to_pylist()
        assert sum(row["volume_l"] for row in rows) == expected, by
        assert all(row["volume_l"] == row["measured_l"] + row["estimated_l"] for row in rows)
    sums = {
        sum(lake.volumes(by, ["troubled"])["volume_l"].to_pylist())
        for by in ("hour", "day", "month", "year")
    }
    assert len(sums) == 1


def test_a_change_is_recorded_once_with_old_new_and_cause(lake: Lake) -> None:
    lake.define_meters([{"meter": "A", **DECLARED}])
    registers = steady(range(24 * 70))
    late = registers.pop(24 * 65 + 5)
    lake.append(rows_of("A", registers), source="x", batch="1")
    lake.recompute(now=NOW)
    assert lake.changes().num_rows == 0
    before = {row["start"]: row for row in lake.volumes("day").to_pylist()}
    day = date(2024, 1, 1) + timedelta(days=65)
    lake.append(rows_of("A", {24 * 65 + 5: late + 6}), source="late.csv", batch="2")
    assert lake.recompute(now=NOW).changed == lake.changes().num_rows
    lake.edit("A", START + (24 * 65 + 12) * HOUR, "correct", new_l=registers[24 * 65 + 12] + 3,
              **WHO)  # fmt: skip
    middle = {row["start"]: row for row in lake.volumes("day").to_pylist()}
    lake.recompute(now=NOW)
    lake.recompute(now=NOW)
    after = {row["start"]: row for row in lake.volumes("day").to_pylist()}
    found = lake.changes(["A"], Period(day, day + timedelta(days=1))).to_pylist()
    days = [row for row in found if row["by"] == "day"]
    differing = [
        (one, other)
        for one, other in ((before, middle), (middle, after))
        if (one[day]["volume_l"], one[day]["quality"])
        != (other[day]["volume_l"], other[day]["quality"])
    ]
    assert len(days) == len(differing) >= 1
    assert days[0]["cause"] == "edit 1"
    assert [(row["old_l"], row["new_l"]) for row in reversed(days)] == [
        (one[day]["volume_l"], other[day]["volume_l"]) for one, other in differing
    ]
    assert days[0]["changed_at"] == NOW


def test_a_day_that_had_not_ended_is_no_change(lake: Lake) -> None:
    lake.define_meters([{"meter": "A", **DECLARED}])
    lake.append(rows_of("A", steady(range(12))), source="x", batch="1")
    lake.recompute(now=START + 12 * HOUR)
    lake.append(rows_of("A", steady(range(12, 30))), source="x", batch="2")
    lake.recompute(now=START + 31 * HOUR)
    assert lake.volumes("day")["volume_l"].to_pylist()[0] == 240
    assert lake.changes().num_rows == 0


def test_other_rules_are_the_cause_of_changes(tmp_path: Path) -> None:
    rows = rows_of("A", {**steady(range(30)), **steady(range(2_030, 2_050))})
    for hour, row in enumerate(rows):
        row["at"] = START + hour * HOUR
    with Lake.open(tmp_path) as lake:
        lake.define_meters([{"meter": "A", **DECLARED, "max_flow_l_h": 0}])
        lake.append(rows, source="x", batch="1")
        lake.recompute(now=NOW)
        before = [row["volume_l"] for row in lake.volumes("month").to_pylist()]
    with Lake.open(tmp_path, rules=VeeRules(own_limit_floor_l_h=100_000)) as lake:
        assert lake.stale() == ["A"]
        assert lake.recompute(now=NOW).whole == 1
        months = [row for row in lake.changes().to_pylist() if row["by"] == "month"]
        assert [row["volume_l"] for row in lake.volumes("month").to_pylist()] != before
    assert {row["cause"] for row in months} == {"rules"}
    assert [row["old_l"] for row in months] == before


def test_another_recomputation_that_was_faster_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Lake.open(tmp_path) as lake, Lake.open(tmp_path) as other:
        lake.define_meters([{"meter": "A", **DECLARED}])
        lake.append(rows_of("A", steady(range(60))), source="x", batch="1")
        saved = Saver.save
        calls: list[int] = []

        def slow(self: Saver, waiting: Waiting) -> None:
            calls.append(len(calls))
            if len(calls) == 1:
                other.recompute(now=NOW)
            saved(self, waiting)

        monkeypatch.setattr(Saver, "save", slow)
        done = lake.recompute(now=NOW)
        assert (len(calls), done.meters) == (2, 0)
        assert sum(lake.volumes("day")["volume_l"].to_pylist()) == 590
        assert lake.stale() == []


_KILLED = """
import os, sys, datetime as dt, pathlib
from shuiheng.store import Lake, files
from shuiheng.store.computing import saving

whole = files.add_rows
def dying(cursor, name, rows):
    whole(cursor, name, rows)
    if name == "findings" or name == "checkpoints":
        os._exit(9)
saving.files.add_rows = dying
with Lake.open(pathlib.Path(sys.argv[1])) as lake:
    lake.recompute(now=dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
"""


def test_a_killed_recomputation_leaves_the_old_volumes_and_stale_meters(tmp_path: Path) -> None:
    with Lake.open(tmp_path) as lake:
        lake.define_meters([{"meter": "A", **DECLARED}])
        lake.append(rows_of("A", steady(range(24 * 40))), source="x", batch="1")
        lake.recompute(now=NOW)
        lake.append(rows_of("A", {24 * 40 + 1: 90_000_000}), source="x", batch="2")
        before = stored(lake)
    done = subprocess.run([sys.executable, "-c", _KILLED, str(tmp_path)], check=False)
    assert done.returncode == 9
    with Lake.open(tmp_path) as lake:
        assert stored(lake) == before
        assert lake.stale() == ["A"]
        assert lake.recompute(now=NOW).meters == 1
        assert stored(lake) != before


def test_readings_say_what_became_of_them(lake: Lake) -> None:
    lake.define_meters([{"meter": "A", **DECLARED}])
    registers = steady(range(100))
    registers[40] = 700_000
    lake.append(rows_of("A", registers), source="x", batch="1")
    assert set(lake.readings("A")["quality"].to_pylist()) == {"U"}
    lake.recompute(now=NOW)
    lake.edit("A", START + 50 * HOUR, "correct", new_l=1_501, **WHO)
    lake.edit("A", START + 52 * HOUR, "reject", **WHO)
    lake.edit("A", START + 54 * HOUR, "accept", **WHO)
    lake.recompute(now=NOW)
    lake.append(rows_of("A", {100: 2_000}), source="y", batch="2")
    rows = lake.readings("A").to_pylist()
    assert len(rows) == 102
    said = {(row["at"], row["value_l"]): row for row in rows}

    def at(hour: int, value: int) -> tuple[str, str]:
        row = said[START + hour * HOUR, value]
        return row["quality"], row["reason"]

    assert at(10, 1_100) == ("G", "")
    assert at(40, 700_000) == ("X", "vee.misread")
    assert at(50, 1_500) == ("X", "readings.corrected")
    assert at(50, 1_501)[0] == "A"
    assert said[START + 50 * HOUR, 1_501]["source"] == "edit 1 (王敏)"
    assert at(52, 1_520) == ("X", "readings.rejected")
    assert at(54, 1_540)[0] == "A"
    assert at(100, 2_000)[0] == "U"
    assert lake.readings("nobody").num_rows == 0
    some = lake.readings("A", Period(date(2024, 1, 3), date(2024, 1, 4)))
    assert some.num_rows == 24 + 1


def test_hours_on_demand_are_those_of_the_whole_history(lake: Lake) -> None:
    lake.define_meters([{"meter": "declared", **DECLARED}])
    for meter in ("declared", "learned"):
        lake.append(rows_of(meter, troubled(random.Random(3), 24 * 130)), source="x", batch=meter)
    lake.recompute(now=NOW)
    whole = lake.volumes("hour")
    week = Period(date(2024, 3, 11), date(2024, 3, 18))
    start, end = week.instants()
    for meter in ("declared", "learned"):
        expected = [
            row
            for row in whole.to_pylist()
            if row["meter"] == meter and start <= row["start"] < end
        ]
        assert len(expected) == 168
        assert lake.volumes("hour", [meter], week).to_pylist() == expected
        days = lake.volumes("day", [meter], week).to_pylist()
        assert sum(row["volume_l"] for row in expected) == sum(row["volume_l"] for row in days)


def test_days_after_the_last_reading_are_estimated_on_demand_only(lake: Lake) -> None:
    lake.define_meters([{"meter": "A", **DECLARED}])
    # Monday 2024-01-01: 240 L on working days, 120 L on weekends.
    registers, value = {}, 0
    for hour in range(24 * 14 + 1):
        registers[hour] = value
        value += 5 if (hour // 24) % 7 >= 5 else 10
    lake.append(rows_of("A", registers), source="x", batch="1")
    lake.recompute(now=NOW)
    upto = date(2024, 1, 21)
    rows = lake.volumes("day", ["A"], Period(date(2024, 1, 14), upto), estimate_to=upto)
    shown = [(row["start"].day, row["volume_l"], row["quality"]) for row in rows.to_pylist()]
    assert shown == [(14, 120, "G"), *((day, 240, "E") for day in range(15, 20)), (20, 120, "E")]
    assert {row["method"] for row in rows.to_pylist()[1:]} == {"average_day"}
    month = lake.volumes("month", ["A"], estimate_to=upto).to_pylist()[0]
    assert month["volume_l"] == 14 * 240 - 4 * 120 + 5 * 240 + 2 * 120
    assert month["measured_l"] + month["estimated_l"] == month["volume_l"]
    assert month["quality"] == "E"
    assert lake.volumes("day", ["A"]).num_rows == 14


def test_findings_are_one_per_meter_and_code_over_all_months(lake: Lake) -> None:
    lake.define_meters([{"meter": "A", **DECLARED}])
    registers = steady(range(24 * 65))
    for hour in (100, 24 * 40, 24 * 62):
        registers[hour] += 500_000
    lake.append(rows_of("A", registers), source="x", batch="1")
    lake.recompute(now=NOW)
    misreads = [row for row in lake.findings(["A"]) if row["code"] == "vee.misread"]
    assert [row["facts"]["count"] for row in misreads] == [3]
    months = [row["month"] for row in stored(lake)["findings"] if row["code"] == "vee.misread"]
    assert months == [2024 * 12, 2024 * 12 + 1, 2024 * 12 + 2]


def test_tables_are_written_in_the_types_of_the_lake(lake: Lake) -> None:
    lake.append(rows_of("A", steady(range(60))), source="x", batch="1")
    lake.recompute(now=NOW)
    assert lake.volumes("year")["volume_l"].to_pylist() == [590]
    assert lake.volumes("hour").schema.field("start").type == pa.timestamp("us", "UTC")
