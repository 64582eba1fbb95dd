"""One meter read for its page gives the same as the questions about many meters."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from shuiheng.basics import Period
from shuiheng.store import Lake

START = datetime(2019, 12, 31, 16, tzinfo=UTC)
PERIODS = (
    Period(date(2020, 1, 10), date(2020, 1, 12)),
    Period(date(2020, 3, 1), date(2020, 4, 1)),
    Period(date(2020, 1, 1), date(2021, 1, 1)),
    Period(date(2025, 1, 1), date(2025, 2, 1)),
)


def fill(lake: Lake) -> None:
    """Give a busy meter with a misread, a gap and a fall, and one that is read once a day."""
    lake.define_meters(
        [
            {"meter": "OFTEN", "unit_l": 1, "digits": 9, "step_s": 3600, "max_flow_l_h": 5000},
            {"meter": "DAILY", "unit_l": 1, "digits": 9, "step_s": 86400},
        ]
    )
    often = [
        {"meter": "OFTEN", "at": START + timedelta(hours=n), "value_l": 40_000 + 300 * n}
        for n in range(24 * 150)
        if not 900 < n < 960
    ]
    often[1500]["value_l"] = 9_000_000
    for row in often[3000:]:
        row["value_l"] = int(str(row["value_l"])) - 700_000
    daily = [
        {"meter": "DAILY", "at": START + timedelta(days=n), "value_l": 7_000 * n}
        for n in range(150)
    ]
    lake.append([*often, *daily], source="two.csv", batch="two")
    lake.recompute(now=START + timedelta(days=400))


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """Give a lake with two meters, computed."""
    made = Lake.open(tmp_path)
    fill(made)
    return made


def same(lake: Lake, meter: str) -> None:
    """Check one meter against the questions about many, in every period."""
    one = lake.one_meter(meter)
    assert one is not None
    months = lake.volumes("month", [meter])
    assert one.months.equals(months.drop_columns(["meter"]))
    assert list(one.findings) == [row for row in lake.findings([meter]) if row["meter"] == meter]
    for period in PERIODS:
        days = lake.days_of(one, period)
        assert days.equals(lake.volumes("day", [meter], period).select(days.column_names))
        judged = lake.judge(one, period)
        hours = lake.volumes("hour", [meter], period).drop_columns(["meter"])
        assert judged.hours.select(hours.column_names).cast(hours.schema).equals(hours)
        readings = lake.readings(meter, period)
        assert judged.readings.drop_columns(["source"]).equals(readings.drop_columns(["source"]))
        raw = readings.filter(
            pa.array(
                [not one.startswith("edit ") for one in readings["source"].to_pylist()], pa.bool_()
            )
        )
        assert lake.sources_of(one, period).equals(raw.select(["at", "value_l", "source"]))


def test_one_meter_says_what_the_questions_about_many_say(lake: Lake) -> None:
    same(lake, "OFTEN")
    same(lake, "DAILY")


def test_edits_and_new_readings_show_before_and_after_the_computation(lake: Lake) -> None:
    at = START + timedelta(hours=1559)
    lake.edit("OFTEN", at, "correct", new_l=507_700, author="Li", reason="seen")
    lake.edit("DAILY", START + timedelta(days=9, hours=5), "add", new_l=64_000, author="Li",
              reason="read")  # fmt: skip
    late = [{"meter": "DAILY", "at": START + timedelta(days=151), "value_l": 1_057_000}]
    lake.append(late, source="late.csv", batch="late")
    same(lake, "OFTEN")
    same(lake, "DAILY")
    last = lake.readings("DAILY")["quality"].to_pylist()[-1]
    assert last == "U"
    lake.recompute(now=START + timedelta(days=400))
    same(lake, "OFTEN")
    same(lake, "DAILY")


def test_an_unknown_meter_is_none(lake: Lake) -> None:
    assert lake.one_meter("NOBODY") is None
