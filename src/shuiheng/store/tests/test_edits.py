"""What edits promise: new rows only, checked, and readings as a person left them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypedDict

import pyarrow as pa
import pytest

from shuiheng.store import Lake, WrongEdit, arrivals
from shuiheng.store.edits import effective, in_force


class Who(TypedDict):
    """Who makes an edit, and why."""

    author: str
    reason: str


START = datetime(2023, 12, 31, 16, tzinfo=UTC)
HOUR = timedelta(hours=1)
WHO: Who = {"author": "王敏", "reason": "现场核对"}


@pytest.fixture
def lake(tmp_path: Path) -> Iterator[Lake]:
    with Lake.open(tmp_path) as opened:
        opened.define_meters([{"meter": "A", "digits": 5}, {"meter": "B"}])
        rows = [
            {"meter": m, "at": START + k * HOUR, "value_l": 10 * k} for m in "AB" for k in range(5)
        ]
        rows.append({"meter": "A", "at": START + 2 * HOUR, "value_l": 700})
        opened.append(rows, source="x", batch="1")
        yield opened


def as_left(lake: Lake, meter: str = "A") -> list[tuple[int, int, int]]:
    """Return (hour, litres, mark) of a meter's effective readings."""
    key = {row["meter"]: row["key"] for row in lake.meters().to_pylist()}[meter]
    raw = arrivals.readings(lake._catalog, meter)
    table = pa.table({
        "key": pa.array([key] * len(raw), pa.int32()),
        "at": raw["at"].cast(pa.timestamp("us")), "value_l": raw["value_l"],
    })  # fmt: skip
    made = effective(table, in_force(lake._catalog.cursor(), key, key)[0])
    if "mark" not in made.column_names:
        return []
    return sorted(
        (round((row["at"].replace(tzinfo=UTC) - START) / HOUR), row["value_l"], row["mark"])
        for row in made.to_pylist()
    )


def test_a_reading_is_corrected_rejected_accepted_added_and_nothing_raw_changes(lake: Lake) -> None:
    raw = arrivals.readings(lake._catalog, "A").to_pylist()
    assert as_left(lake) == []
    assert lake.edit("A", START + HOUR, "correct", new_l=11, **WHO) == 1
    assert lake.edit("A", START + 2 * HOUR, "reject", old_l=700, **WHO) == 2
    assert lake.edit("A", START + 3 * HOUR, "accept", **WHO) == 3
    assert lake.edit("A", START + 9 * HOUR, "add", new_l=95, **WHO) == 4
    assert as_left(lake) == [(0, 0, 0), (1, 11, 2), (2, 20, 0), (3, 30, 1), (4, 40, 0), (9, 95, 2)]
    assert arrivals.readings(lake._catalog, "A").to_pylist() == raw
    assert as_left(lake, "B") == []


def test_the_newest_edit_holds_and_a_withdrawn_one_gives_way_to_the_one_before(lake: Lake) -> None:
    at = START + HOUR
    lake.edit("A", at, "correct", new_l=11, **WHO)
    lake.edit("A", at, "correct", old_l=11, new_l=12, **WHO)
    assert (1, 12, 2) in as_left(lake)
    assert [row["old_l"] for row in lake.edits(["A"]).to_pylist()] == [10, 10]
    lake.edit("A", at, "withdraw", withdraws=2, **WHO)
    assert (1, 11, 2) in as_left(lake)
    lake.edit("A", at, "withdraw", withdraws=1, **WHO)
    assert as_left(lake) == []
    assert lake.edits()["in_force"].to_pylist() == [False, False, False, False]
    assert [row["author"] for row in lake.edits().to_pylist()] == ["王敏"] * 4


def test_an_edit_makes_the_meter_stale_from_its_instant(lake: Lake) -> None:
    before = lake._catalog.read("SELECT count(*) FROM lake.touched").fetchone()
    lake.edit("B", START + 3 * HOUR, "scale", numerator=10, denominator=1, **WHO)
    rows = lake._catalog.read(
        "SELECT part, readings, first_at FROM lake.touched WHERE part < 0"
    ).fetchall()
    assert before is not None
    assert rows == [(-1, 0, (START + 3 * HOUR).replace(tzinfo=None))]
    _, scales = in_force(lake._catalog.cursor(), 0, 99)
    assert scales.select(["numerator", "denominator"]).to_pylist() == [
        {"numerator": 10, "denominator": 1}
    ]


@pytest.mark.parametrize(
    ("meter", "hour", "action", "values", "said"),
    [
        ("Z", 0, "reject", {}, "No meter Z"),
        ("A", 0, "forget", {}, "is no edit"),
        ("A", 77, "reject", {}, "There is no reading"),
        ("A", 2, "reject", {}, "2 different readings"),
        ("A", 1, "reject", {"old_l": 5}, "is 10 L, not 5 L"),
        ("A", 1, "correct", {}, "Say the new reading"),
        ("A", 1, "correct", {"new_l": -1}, "cannot be"),
        ("A", 1, "correct", {"new_l": 100_000}, "counts up to 100000 L"),
        ("A", 1, "correct", {"new_l": 10}, "is 10 L already"),
        ("A", 1, "add", {"new_l": 10}, "correct it"),
        ("A", 10**6, "add", {"new_l": 10}, "not come yet"),
        ("A", 1, "scale", {"numerator": 0, "denominator": 1}, "whole number over"),
        ("A", 1, "withdraw", {}, "number of the edit"),
        ("A", 1, "withdraw", {"withdraws": 9}, "no edit 9"),
    ],
)  # fmt: skip
def test_an_edit_that_cannot_be_is_refused_and_leaves_nothing(
    lake: Lake, meter: str, hour: int, action: str, values: dict[str, Any], said: str
) -> None:
    before = lake.snapshot()
    with pytest.raises(WrongEdit, match=said):
        lake.edit(meter, START + hour * HOUR, action, **WHO, **values)
    assert lake.edits().num_rows == 0
    assert lake.snapshot() == before


def test_author_and_reason_are_needed(lake: Lake) -> None:
    with pytest.raises(WrongEdit, match="author"):
        lake.edit("A", START, "reject", author=" ", reason="x")
    with pytest.raises(WrongEdit, match="reason"):
        lake.edit("A", START, "reject", author="x", reason="")


def test_what_is_said_or_withdrawn_already_is_refused(lake: Lake) -> None:
    lake.edit("A", START, "reject", **WHO)
    with pytest.raises(WrongEdit, match="Edit 1 already says so"):
        lake.edit("A", START, "reject", **WHO)
    with pytest.raises(WrongEdit, match="of another meter"):
        lake.edit("B", START, "withdraw", withdraws=1, **WHO)
    lake.edit("A", START, "withdraw", withdraws=1, **WHO)
    with pytest.raises(WrongEdit, match="withdrawn already, by edit 2"):
        lake.edit("A", START, "withdraw", withdraws=1, **WHO)
    with pytest.raises(WrongEdit, match="itself a withdrawal"):
        lake.edit("A", START, "withdraw", withdraws=2, **WHO)
    lake.edit("A", START + 9 * HOUR, "add", new_l=95, **WHO)
    with pytest.raises(WrongEdit, match="by hand in edit 3"):
        lake.edit("A", START + 9 * HOUR, "reject", **WHO)
