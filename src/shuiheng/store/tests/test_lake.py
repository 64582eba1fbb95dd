"""What the lake promises: idempotent, all or nothing, the same whatever the order of arrival."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from shuiheng.basics import Period
from shuiheng.core.vee import VeeRules
from shuiheng.store import Lake, LakeBroken, LakeBusy, LakeFailed, NoLake, UnknownMeters, WrongRows

START = datetime(2023, 12, 31, 16, tzinfo=UTC)  # midnight of 2024-01-01 in Shanghai
HOUR = timedelta(hours=1)
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def readings(meter: str, registers: list[int]) -> pa.Table:
    return pa.table(
        {
            "meter": [meter] * len(registers),
            "at": [START + place * HOUR for place in range(len(registers))],
            "value_l": registers,
        }
    )


@pytest.fixture
def lake(tmp_path: Path) -> Iterator[Lake]:
    with Lake.open(tmp_path) as opened:
        yield opened


def everything(lake: Lake) -> list[list[dict[str, Any]]]:
    lake.recompute(now=NOW)
    made = [lake.volumes(by).to_pylist() for by in ("hour", "day", "month", "year")]
    return [*made, lake.findings()]


def test_readings_become_volumes(lake: Lake) -> None:
    lake.define_meters([{"meter": "A", "step_s": 3600}])
    assert lake.append(readings("A", list(range(0, 490, 10))), source="x", batch="1") == 49
    done = lake.recompute(now=NOW)
    assert (done.meters, done.blocks, done.readings) == (1, 1, 49)
    days = lake.volumes("day").to_pylist()
    assert [row["volume_l"] for row in days] == [240, 240]
    assert [row["night_min_l"] for row in days] == [10, 10]
    assert {row["quality"] for row in days} == {"G"}
    assert lake.volumes("month", ["A"], Period.month(2024, 1)).to_pylist()[0]["volume_l"] == 480
    assert lake.volumes("hour").num_rows == 48
    assert lake.night_flow(["A"]).to_pylist()[0]["day"] == date(2024, 1, 1)
    assert lake.readings("A", Period(date(2024, 1, 2), date(2024, 1, 3))).num_rows == 25 - 1


def test_a_batch_twice_changes_nothing(lake: Lake) -> None:
    table = readings("A", [1, 2, 3])
    assert lake.append(table, source="x", batch="1") == 3
    before = lake.snapshot()
    assert lake.append(table, source="x", batch="1") == 0
    assert lake.snapshot() == before
    assert lake.readings("A").num_rows == 3
    assert lake.batches()["readings"].to_pylist() == [3]


def test_definitions_are_idempotent_and_make_volumes_stale(lake: Lake) -> None:
    meter = {"meter": "A", "unit_l": 10, "digits": 5, "max_flow_l_h": 3_000}
    assert lake.define_meters([meter]) == 1
    assert lake.define_meters([meter]) == 0
    assert lake.meters().to_pylist()[0]["capacity_l"] == 1_000_000
    lake.append(readings("A", [0, 10]), source="x", batch="1")
    lake.recompute(now=NOW)
    assert lake.stale() == []
    assert lake.define_meters([{**meter, "max_flow_l_h": 5_000}]) == 1
    assert lake.stale() == ["A"]
    assert lake.recompute(now=NOW).blocks == 1
    assert lake.recompute(now=NOW).blocks == 0


def test_other_thresholds_make_volumes_stale(tmp_path: Path) -> None:
    with Lake.open(tmp_path) as lake:
        lake.append(readings("A", [0, 10]), source="x", batch="1")
        lake.recompute(now=NOW)
    with Lake.open(tmp_path, rules=VeeRules(gap_tenths=20)) as lake:
        assert lake.stale() == ["A"]


@pytest.mark.slow
def test_order_and_batching_do_not_matter(tmp_path: Path) -> None:
    chance = random.Random(7)
    registers = [10_000 + 13 * h for h in range(24 * 25)]
    registers[100] -= 4_000
    registers[500:] = [r - 16_495 for r in registers[500:]]
    table = pa.concat_tables([readings("A", registers), readings("B", registers[:300])])
    kept = [place for place in range(len(table)) if place % 37]
    shuffled = kept + chance.choices(kept, k=200)
    chance.shuffle(shuffled)
    results = []
    for name, parts in (
        ("one", [kept]),
        ("many", [shuffled[k : k + 400] for k in range(0, len(shuffled), 400)]),
    ):
        with Lake.open(tmp_path / name) as lake:
            lake.define_meters([{"meter": "A"}, {"meter": "B"}])
            for number, part in enumerate(parts):
                lake.append(table.take(part), source="x", batch=str(number))
                if number == 1:
                    lake.recompute(now=NOW)
            results.append(everything(lake))
    assert results[0] == results[1]
    codes = {finding["code"] for finding in results[0][4]}
    assert codes >= {"vee.gap", "vee.misread", "vee.reset_suspected"}


def test_an_exchange_is_booked_over_both_registers(lake: Lake) -> None:
    lake.append(readings("A", [54_310_000, 12_800]), source="x", batch="1")
    row = {"meter": "A", "at": START, "final_l": 54_312_000, "initial_l": 12_700}
    assert lake.define_exchanges([row]) == 1
    assert lake.define_exchanges([row]) == 0
    lake.recompute(now=NOW)
    assert lake.volumes("day").to_pylist()[0]["volume_l"] == 2_100
    assert "vee.exchange" in {finding["code"] for finding in lake.findings(["A"])}
    with pytest.raises(UnknownMeters, match="not defined: Z"):
        lake.define_exchanges([{**row, "meter": "Z"}])


def test_unknown_meters_are_refused_when_strict_and_nothing_is_kept(lake: Lake) -> None:
    with pytest.raises(UnknownMeters):
        lake.append(readings("Z", [1, 2]), source="x", batch="1", strict=True)
    assert not lake.has_batch("1")
    assert lake.meters().num_rows == 0
    lake.append(readings("Z", [1, 2]), source="x", batch="1")
    assert [f["code"] for f in lake.findings()] == ["readings.undeclared_meters"]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([{"meter": "A", "value_l": 1}], "no column 'at'"),
        ([{"meter": "A", "at": START, "value_l": None}], "no 'value_l'"),
        ([{"meter": "A", "at": "noon", "value_l": 1}], "'at'"),
    ],
)
def test_wrong_rows_are_refused(lake: Lake, rows: list[dict[str, object]], said: str) -> None:
    with pytest.raises(WrongRows, match=said):
        lake.append(rows, source="x", batch="1")
    assert lake.batches().num_rows == 0


@pytest.mark.parametrize(
    "row", [{"meter": " "}, {"meter": "A", "kind": "gas"}, {"meter": "A", "step_s": -1},
            {"meter": "A", "digits": 40}]
)  # fmt: skip
def test_wrong_meters_are_refused(lake: Lake, row: dict[str, object]) -> None:
    with pytest.raises(WrongRows):
        lake.define_meters([row])
    with pytest.raises(WrongRows, match="twice"):
        lake.define_meters([{"meter": "A"}, {"meter": "A"}])


def test_a_failure_in_the_middle_of_a_batch_leaves_nothing(lake: Lake) -> None:
    def breaks() -> Iterator[pa.Table]:
        yield readings("A", [1, 2, 3])
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="disk"):
        lake.append_stream(breaks, source="x", batch="1")
    assert lake.readings("A").num_rows == 0
    assert lake.append(readings("A", [1, 2, 3]), source="x", batch="1") == 3


def test_many_blocks_of_meters_and_only_the_touched_are_remade(lake: Lake) -> None:
    names = [f"M{number:04}" for number in range(2400)]
    rows = [{"meter": n, "at": START + k * HOUR, "value_l": 5 * k} for n in names for k in (0, 1)]
    lake.append(rows, source="x", batch="1")
    assert lake.recompute(now=NOW).blocks == 3
    late = [{"meter": "M1300", "at": START + 2 * HOUR, "value_l": 30}]
    lake.append(late, source="x", batch="2")
    assert lake.recompute(["M0001"], now=NOW).blocks == 0
    assert lake.recompute(now=NOW).blocks == 1
    assert sum(lake.volumes("day")["volume_l"].to_pylist()) == 2399 * 5 + 30


def test_readers_see_the_lake_while_it_is_written(tmp_path: Path) -> None:
    with pytest.raises(NoLake, match="holds no readings"):
        Lake.open(tmp_path, read_only=True)
    with Lake.open(tmp_path) as writer:
        writer.append(readings("A", [1, 2]), source="x", batch="1")
        with Lake.open(tmp_path, read_only=True) as reader:
            first = reader.snapshot()
            writer.append(readings("A", [5, 9]), source="x", batch="2")
            assert reader.readings("A").num_rows == 4
            assert reader.snapshot() != first


def test_a_broken_catalog_is_named(tmp_path: Path) -> None:
    (tmp_path / "lake").mkdir()
    (tmp_path / "lake" / "catalog.sqlite").write_text("this is no database, it is a poem" * 99)
    with pytest.raises(LakeBroken, match="cannot be opened"):
        Lake.open(tmp_path)


def test_a_lost_file_is_named(tmp_path: Path) -> None:
    with Lake.open(tmp_path) as lake:
        lake.append(readings("A", [1, 2]), source="x", batch="1")
        for file in (tmp_path / "lake" / "data").rglob("readings/**/*.parquet"):
            file.unlink()
        with pytest.raises(LakeFailed, match="could not be read or written"):
            lake.readings("A")


def test_a_reading_of_the_future_counts_when_its_time_has_come(lake: Lake) -> None:
    lake.append(readings("A", [0, 10, 20, 30]), source="x", batch="1")
    lake.recompute(now=START + HOUR)
    assert lake.volumes("day")["volume_l"].to_pylist() == [20]
    assert "vee.future_reading" in {finding["code"] for finding in lake.findings(["A"])}
    assert lake.recompute(now=START + HOUR).blocks == 0
    assert lake.recompute(now=START + 3 * HOUR).blocks == 1
    assert lake.volumes("day")["volume_l"].to_pylist() == [30]


def test_a_moved_home_still_opens(tmp_path: Path) -> None:
    with Lake.open(tmp_path / "one") as lake:
        lake.append(readings("A", [1, 2]), source="x", batch="1")
    (tmp_path / "one").rename(tmp_path / "two")
    with Lake.open(tmp_path / "two", read_only=True) as lake:
        assert lake.readings("A").num_rows == 2


_HOLDER = """
import fcntl, sys
with open(sys.argv[1], "a") as handle:
    fcntl.flock(handle, fcntl.LOCK_EX)
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_writer_waits_and_then_says_so(tmp_path: Path) -> None:
    with Lake.open(tmp_path, patience_s=0.2) as lake:
        other = subprocess.Popen(
            [sys.executable, "-c", _HOLDER, str(tmp_path / "lake" / "writer.lock")],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(LakeBusy, match="Another process is writing"):
            lake.append(readings("A", [1]), source="x", batch="1")
        other.communicate()
        assert lake.append(readings("A", [1]), source="x", batch="1") == 1


_WRITER = """
import sys, datetime as dt, pathlib
from shuiheng.store import Lake
start = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
with Lake.open(pathlib.Path(sys.argv[1])) as lake:
    for batch in range(10_000):
        rows = [dict(meter=f"M{m}", at=start + dt.timedelta(hours=batch), value_l=batch)
                for m in range(50)]
        lake.append(rows, source="x", batch=str(batch))
        print(batch, flush=True)
"""


@pytest.mark.slow
def test_a_killed_writer_loses_nothing_it_said_and_leaves_no_half_batch(tmp_path: Path) -> None:
    writer = subprocess.Popen(
        [sys.executable, "-c", _WRITER, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert writer.stdout is not None
    said = -1
    for line in writer.stdout:
        said = int(line)
        if said == 2:
            os.kill(writer.pid, signal.SIGKILL)
            break
    for line in writer.stdout:
        said = int(line)
    writer.wait()
    with Lake.open(tmp_path) as lake:
        kept = lake.batches()["readings"].to_pylist()
        assert set(kept) == {50}
        assert said + 1 <= len(kept) <= said + 2
        assert lake.readings("M7").num_rows == len(kept)
