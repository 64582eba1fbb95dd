"""Any order, batching, repetition and lateness through real files gives what one batch gives."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as papq
import pytest
from benchmarks.readings.generate import block
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.readings.commands import findings, say

from shuiheng.store import Lake

DAYS = 24
BYS: tuple[Literal["hour", "day", "month", "year"], ...] = ("hour", "day", "month", "year")
WORDS = ("--map", "meter=meter,time=at,register=value_l", "--unit", "L", "--tz", "UTC")


@cache
def history(seed: int) -> tuple[pa.Table, pa.Table, pa.Table]:
    """Return readings, facts and exchanges of three meters with faults of every kind."""
    return block(0, 3, DAYS, seed, often=12)


def everything(home: Path) -> dict[str, Any]:
    """Return all that is made of the readings."""
    with Lake.open(home) as lake:
        lake.recompute()
        made = {by: lake.volumes(by).to_pylist() for by in BYS}
        made["findings"] = sorted(
            lake.findings(), key=lambda one: (one["meter"], one["code"], str(one))
        )
        assert lake.stale() == []
    return made


def define(home: Path, seed: int) -> None:
    """Enter the meters and the exchanges of a history."""
    _, meters, exchanges = history(seed)
    with Lake.open(home) as lake:
        lake.define_meters(meters.drop_columns("key"))
        if len(exchanges):
            lake.define_exchanges(exchanges.drop_columns("key"))


def write(table: pa.Table, folder: Path, number: int, as_text: bool) -> Path:
    """Write rows to a file in the order they have."""
    rows = table.select(["meter", "at", "value_l"])
    if as_text:
        path = folder / f"part-{number}.csv"
        pacsv.write_csv(rows.set_column(0, "meter", rows["meter"].cast(pa.string())), path)
    else:
        path = folder / f"part-{number}.parquet"
        papq.write_table(rows, path)
    return path


@settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    seed=st.integers(0, 5),
    shuffled=st.integers(0, 10**6),
    files=st.integers(1, 5),
    between=st.booleans(),
)
def test_files_in_any_order_are_one_file(
    tmp_path_factory: pytest.TempPathFactory,
    seed: int,
    shuffled: int,
    files: int,
    between: bool,
) -> None:
    folder, order = tmp_path_factory.mktemp("order"), random.Random(shuffled)
    table = history(seed)[0]
    one, many = folder / "one", folder / "many"
    for home in (one, many):
        home.mkdir()
        define(home, seed)
    say("import", write(table, folder, 0, False), *WORDS, "--no-vee", "--home", one)
    rows = list(range(len(table)))
    order.shuffle(rows)
    cuts = sorted(order.sample(range(1, len(rows)), files - 1))
    parts = [rows[a:b] for a, b in zip([0, *cuts], [*cuts, len(rows)], strict=True)]
    paths = []
    for number, part in enumerate(parts, 1):
        again = order.sample(rows, len(rows) // 10)  # what another file brought or will bring
        mixed = part + again
        order.shuffle(mixed)
        paths.append(write(table.take(pa.array(mixed)), folder, number, order.random() < 0.5))
    if between and files > 1:
        say("import", paths[0], *WORDS, "--home", many)
    report = say("import", *paths, *WORDS, "--no-vee", "--home", many)
    assert report["files"][0]["already_imported"] == (between and files > 1)
    assert everything(many) == everything(one)


@given(seed=st.integers(0, 5), cut=st.floats(0.05, 0.95))
@settings(max_examples=3, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_late_readings_are_as_if_they_had_been_in_time(
    tmp_path_factory: pytest.TempPathFactory, seed: int, cut: float
) -> None:
    """What is newer comes first, what is older comes months of computing later."""
    folder = tmp_path_factory.mktemp("late")
    table = history(seed)[0].sort_by("at")
    one, two = folder / "one", folder / "two"
    for home in (one, two):
        home.mkdir()
        define(home, seed)
    edge = int(len(table) * cut)
    say("import", write(table, folder, 0, True), *WORDS, "--no-vee", "--home", one)
    say("import", write(table.slice(edge), folder, 1, True), *WORDS, "--home", two)
    say("import", write(table.slice(0, edge), folder, 2, False), *WORDS, "--home", two)
    assert everything(two) == everything(one)


@pytest.mark.parametrize("first", ["whole.csv", "tenths.csv"])
def test_the_count_of_an_unknown_meter_does_not_hang_on_which_file_comes_first(
    tmp_path: Path, first: str
) -> None:
    """A file of whole cubic metres and one with tenths: small falls are judged alike."""
    whole = [f"A,2024-01-01 {hour:02}:00,{100 + hour}" for hour in range(12)]
    tenths = [f"A,2024-01-02 {hour:02}:00,{112 + hour / 10}" for hour in range(12)]
    tenths += ["A,2024-01-02 12:00,112.6", "A,2024-01-02 13:00,113.4"]
    files = {"whole.csv": whole, "tenths.csv": tenths}
    for name, rows in files.items():
        (tmp_path / name).write_text("meter,time,register\n" + "\n".join(rows) + "\n")
    made = []
    for home, names in (("a", [first, *(files.keys() - {first})]), ("b", ["both.csv"])):
        (tmp_path / "both.csv").write_text(
            "meter,time,register\n" + "\n".join(whole + tenths) + "\n"
        )
        paths = [tmp_path / name for name in names]
        say("import", *paths, "--unit", "m3", "--no-vee", "--home", tmp_path / home)
        made.append(everything(tmp_path / home))
    assert made[0] == made[1]


def test_stamps_of_2059_are_kept_named_and_never_used(tmp_path: Path) -> None:
    home, file = tmp_path / "home", tmp_path / "a.csv"
    rows = [f"A,2024-03-0{day} {hour:02}:00,{day * 24 + hour}"
            for day in range(1, 4) for hour in range(24)]  # fmt: skip
    file.write_text("meter,time,register\n" + "\n".join(rows) + "\n")
    say("import", file, "--unit", "L", "--home", home)
    before = say("totals", "--by", "day", "--home", home)
    late = tmp_path / "b.csv"
    late.write_text("meter,time,register\nA,2059-07-01 00:00,999\nA,2059-07-02 00:00,1\n")
    report = say("import", late, "--unit", "L", "--home", home)["files"][0]
    assert report["accepted"] == 2
    assert [one["code"] for one in report["findings"]] == ["import.future_rows"]
    assert say("totals", "--by", "day", "--home", home) == before
    found = [one for one in findings(home) if one["code"] == "vee.future_reading"]
    assert len(found) == 1
    assert found[0]["facts"]["count"] == 2
    assert datetime.fromisoformat(found[0]["facts"]["last"]) == datetime(2059, 7, 1, 16, tzinfo=UTC)
    assert say("show", "A", "--home", home)["readings"] == 74
