"""Whatever is altered behind the lake's back is named: day, meter, row, file."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from shuiheng.basics import SHANGHAI, Finding
from shuiheng.store import Lake, LakeFailed
from shuiheng.store.ledger import close_days, seal_edits, seal_frames
from shuiheng.store.ledger.verify import Verified, verify

from .altering import (
    HOUR,
    START,
    add_row,
    altered,
    by_month,
    catalog_of,
    data_files,
    drop_row,
    file_with,
    in_lake,
    rewrite,
    rewritten,
    row_of,
    rows,
    seal_rest,
    set_cell,
    small_lake,
    sql,
)

pytestmark = pytest.mark.slow

AT = START + 20 * HOUR  # 2024-02-01 14:00 in Shanghai
TOMORROW = datetime.now(UTC) + timedelta(days=1)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("ledger") / "open"
    small_lake(home)
    return home


@pytest.fixture(scope="module")
def closed(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same lake with a third part, each part on a day of its own, all of them closed."""
    home = Path(shutil.copytree(made, tmp_path_factory.mktemp("ledger") / "closed"))
    with Lake.open(home) as lake:
        lake.append(rows("D"), source="x", batch="three")
        seal_rest(lake)
        in_lake(lake, *(f"UPDATE lake.parts SET received_at = TIMESTAMP '2024-02-0{part + 1} "
                        f"03:00:00' WHERE part = {part}" for part in (1, 2, 3)))  # fmt: skip
        close(lake)
    return home


def close(lake: Lake, algorithm: str = "sha256") -> None:
    catalog_of(lake).commit(lambda cursor: close_days(cursor, TOMORROW, algorithm))


@pytest.fixture(scope="module")
def shared(made: Path) -> Iterator[Lake]:
    with Lake.open(made) as opened:
        yield opened


@pytest.fixture
def lake(shared: Lake) -> Iterator[Lake]:
    """One lake for all tests; the bytes of its files are put back after each."""
    before = {file: file.read_bytes() for file in data_files(shared)}
    catalog_of(shared).read("SET GLOBAL enable_external_file_cache = false")
    yield shared
    for file, data in before.items():
        if not file.is_file() or file.read_bytes() != data:
            file.write_bytes(data)


@pytest.fixture
def own(made: Path, tmp_path: Path) -> Iterator[Lake]:
    """A lake for one test alone."""
    with Lake.open(Path(shutil.copytree(made, tmp_path / "home"))) as opened:
        yield opened


@pytest.fixture(scope="module")
def three_days(closed: Path) -> Iterator[Lake]:
    with Lake.open(closed) as opened:
        yield opened


def verified(lake: Lake) -> Verified:
    return verify(catalog_of(lake))


def readings_of(found: tuple[Finding, ...]) -> list[Finding]:
    """The findings but those that only speak of a file."""
    return [one for one in found if not one.code.startswith("ledger.file_")]


def codes(found: tuple[Finding, ...]) -> list[str]:
    return [one.code.removeprefix("ledger.") for one in readings_of(found)]


def facts(found: tuple[Finding, ...]) -> dict[str, Any]:
    one = readings_of(found)[0]
    assert one.blocks
    assert "{" not in one.text + one.text_en
    return dict(one.shown_by)


def test_an_untouched_lake_is_well(lake: Lake) -> None:
    result = verified(lake)
    assert result.findings == ()
    assert (result.readings, result.seals) == (180, 2)
    assert result.open_days == (datetime.now(SHANGHAI).date(),)


def test_a_changed_value_is_named_with_what_stood_there(lake: Lake) -> None:
    file = file_with(lake, 1, AT)
    rewrite(file, lambda table: set_cell(table, row_of(table, 1, AT), "value_l", 2_199))
    result = verified(lake)
    assert codes(result.findings) == ["value_changed"]
    named = facts(result.findings)
    assert (named["meter"], named["was_l"], named["now_l"]) == ("B", 2_200, 2_199)
    assert named["at"] == "2024-02-01 14:00:00"
    assert named["day"] == datetime.now(SHANGHAI).date().isoformat()
    assert named["row"] == 40 + 20 + 1
    assert named["file"].endswith(file.name)


def test_a_changed_instant_is_named_with_what_stood_there(lake: Lake) -> None:
    earlier = AT.replace(tzinfo=None) - timedelta(minutes=7)
    rewrite(
        file_with(lake, 1, AT),
        lambda table: set_cell(table, row_of(table, 1, AT), "read_at", earlier),
    )
    result = verified(lake)
    assert codes(result.findings) == ["instant_changed"]
    named = facts(result.findings)
    assert named["was_at"] == "2024-02-01 14:00:00"
    assert named["now_at"] == "2024-02-01 13:53:00"


def test_a_removed_row_is_named_and_told(lake: Lake) -> None:
    rewrite(file_with(lake, 1, AT), lambda table: drop_row(table, row_of(table, 1, AT)))
    result = verified(lake)
    assert codes(result.findings) == ["row_removed"]
    named = facts(result.findings)
    assert (named["meter"], named["was_l"]) == ("B", 2_200)
    assert named["was_at"] == "2024-02-01 14:00:00"


def test_an_inserted_row_is_named(lake: Lake) -> None:
    moment = AT.replace(tzinfo=None) + timedelta(minutes=30)
    rewrite(
        file_with(lake, 1, AT),
        lambda table: add_row(table, row_of(table, 1, AT) + 1, read_at=moment, value_l=2_203),
    )
    result = verified(lake)
    assert codes(result.findings) == ["rows_inserted"]
    named = facts(result.findings)
    assert (named["meter"], named["at"]) == ("B", "2024-02-01 14:30:00")
    assert (named["rows"], named["now_l"]) == (1, 2_203)


def test_two_rows_swapped_between_meters_are_both_named(lake: Lake) -> None:
    def swap(table: pa.Table) -> pa.Table:
        one, two = row_of(table, 0, AT), row_of(table, 1, AT)
        values = [table["value_l"][row].as_py() for row in (one, two)]
        return set_cell(set_cell(table, one, "value_l", values[1]), two, "value_l", values[0])

    rewrite(file_with(lake, 1, AT), swap)
    found = readings_of(verified(lake).findings)
    assert [(one.code, one.shown_by["meter"]) for one in found] == [
        ("ledger.row_changed", "A"),
        ("ledger.row_changed", "B"),
    ]


def test_a_deleted_file_is_named_with_the_meters_concerned(own: Lake) -> None:
    by_month(own)
    file = file_with(own, 0, START)  # January of part one
    file.unlink()
    found = verified(own).findings
    assert found[0].code == "ledger.file_missing"
    assert found[0].shown_by["file"].endswith(file.name)
    assert {one.code for one in found[1:]} == {"ledger.rows_removed"}
    assert sum(one.shown_by["rows"] for one in found[1:]) == 6 * 3
    assert all(one.shown_by["part"] == 1 for one in found[1:])


def test_a_file_replaced_by_an_older_copy_is_found(lake: Lake) -> None:
    """An older lake had the same file with one reading fewer."""
    file = file_with(lake, 1, AT)
    older = lake.home / "older.parquet"
    shutil.copy(file, older)
    rewrite(older, lambda table: table.slice(0, len(table) - 1))
    shutil.copy(older, file)
    found = verified(lake).findings
    assert found[0].code == "ledger.file_altered"
    assert codes(found) == ["row_removed"]
    assert facts(found)["meter"] == "C"


@pytest.mark.parametrize("offset", [4, 60, 200, -30, -8, -1])
def test_a_flipped_byte_never_passes_and_never_crashes(lake: Lake, offset: int) -> None:
    file = data_files(lake)[0]
    data = bytearray(file.read_bytes())
    data[offset] ^= 0x55
    everything = "SELECT * FROM lake.readings ORDER BY ALL"
    before = catalog_of(lake).read(everything).fetchall()
    file.write_bytes(bytes(data))
    result = verified(lake)
    try:
        unharmed = catalog_of(lake).read(everything).fetchall() == before
    except (duckdb.Error, LakeFailed):
        unharmed = False
    assert result.altered or unharmed


def test_a_file_that_is_no_parquet_any_more_is_named(own: Lake) -> None:
    by_month(own)
    file = file_with(own, 1, AT)
    file.write_bytes(b"x" * file.stat().st_size)
    found = verified(own).findings
    assert found[0].code == "ledger.file_unreadable"
    assert "rows_removed" in codes(found)


def test_a_file_dropped_from_the_catalog_is_found(own: Lake) -> None:
    by_month(own)
    name = file_with(own, 0, START).name
    sql(own, f"DELETE FROM ducklake_data_file WHERE path LIKE '%{name}'")
    found = verified(own).findings
    assert {one.code for one in found} == {"ledger.rows_removed"}
    assert sum(one.shown_by["rows"] for one in found) == 18


def test_a_file_whose_snapshots_were_changed_is_found(own: Lake) -> None:
    by_month(own)
    name = file_with(own, 0, START).name
    sql(own, f"UPDATE ducklake_data_file SET end_snapshot = begin_snapshot "
              f"WHERE path LIKE '%{name}'")  # fmt: skip
    assert sum(one.shown_by["rows"] for one in verified(own).findings) == 18


def test_rows_deleted_through_the_lake_are_found(lake: Lake) -> None:
    with altered(
        lake, "DELETE FROM lake.readings WHERE key = 2 AND value_l >= 3300 AND part = 1"
    ) as now:
        found = verify(now).findings
    assert codes(found) == ["rows_removed"]
    assert found[0].shown_by["rows"] == 10


def test_a_whole_part_removed_is_found(lake: Lake) -> None:
    with altered(lake, "DELETE FROM lake.readings WHERE part = 2") as now:
        found = verify(now).findings
    assert codes(found) == ["part_missing"]


def test_readings_without_a_seal_are_found(lake: Lake) -> None:
    with altered(lake, "DELETE FROM lake.seals WHERE part = 2") as now:
        found = verify(now).findings
    assert codes(found) == ["unsealed"]
    assert found[0].shown_by["rows"] == 60


def test_a_part_missing_from_the_register_is_found(lake: Lake) -> None:
    with altered(lake, "DELETE FROM lake.parts WHERE part = 2") as now:
        found = verify(now).findings
    assert "part_unknown" in codes(found)


def test_a_renamed_meter_is_found(lake: Lake) -> None:
    with altered(lake, "UPDATE lake.meters SET meter = 'Z' WHERE key = 1") as now:
        found = verify(now).findings
    assert codes(found) == ["meter_changed"] * 2
    assert facts(found)["meter"] == "Z"


def test_a_wrong_month_column_is_found(lake: Lake) -> None:
    rewrite(
        file_with(lake, 1, AT),
        lambda table: set_cell(table, row_of(table, 1, AT), "month", 2024 * 12 + 7),
    )
    assert codes(verified(lake).findings) == ["month_wrong"]


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        ("root", "'\\x00'::BLOB", "seal_altered"),
        ("rows", "3", "seal_altered"),
        ("root", "sha256('x')::BLOB[:32]", "seal_altered"),
    ],
)
def test_an_altered_seal_is_found(lake: Lake, column: str, value: str, code: str) -> None:
    if column == "root" and "sha" in value:
        value = "encode('abcdefghijklmnopqrstuvwxyz012345')"
        code = "among_rows"  # open day: the row or the seal, nothing says which
    with altered(lake, f"UPDATE lake.seals SET {column} = {value} WHERE part = 1") as now:
        found = verify(now).findings
    assert code in codes(found)


def test_closed_days_form_a_chain(three_days: Lake) -> None:
    result = verified(three_days)
    assert result.findings == ()
    assert [day.day.day for day in result.days] == [2, 3, 4]
    assert result.open_days == ()
    close(three_days)  # closing again changes nothing
    assert verified(three_days).days == result.days


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("UPDATE lake.days SET root = chain WHERE day = '2024-02-03'",
         {"chain_broken", "day_altered"}),
        ("UPDATE lake.days SET chain = root WHERE day = '2024-02-03'", {"chain_broken"}),
        ("DELETE FROM lake.days WHERE day = '2024-02-03'", {"chain_broken"}),
        ("DELETE FROM lake.days WHERE day = '2024-02-02'", {"chain_broken"}),
        ("UPDATE lake.parts SET received_at = '2024-02-03 05:00:00' WHERE part = 3",
         {"day_altered"}),
        ("DELETE FROM lake.seals WHERE part = 2", {"day_altered", "unsealed"}),
        ("UPDATE lake.seals SET root = encode('abcdefghijklmnopqrstuvwxyz012345') "
         "WHERE part = 2", {"day_altered", "seal_altered"}),
    ],
)  # fmt: skip
def test_altered_days_are_named(three_days: Lake, statement: str, expected: set[str]) -> None:
    with altered(three_days, statement) as now:
        found = verify(now).findings
    assert set(codes(found)) == expected


def test_one_day_alone_can_be_verified(three_days: Lake) -> None:
    file = file_with(three_days, 0, START)
    with rewritten(file, lambda table: set_cell(table, 0, "value_l", 1)):
        days = [day.day for day in verified(three_days).days]
        first, second = (verify(catalog_of(three_days), day) for day in days[:2])
    assert (first.readings, second.readings) == (120, 60)
    assert codes(first.findings) == ["value_changed"]
    assert codes(second.findings) == []


def test_edits_are_sealed(own: Lake) -> None:
    at = "2024-02-01 06:00:00"
    in_lake(own, *(f"INSERT INTO lake.edits VALUES ({n}, 1, '{at}', 'reject', 2200, NULL, NULL, "
                    f"NULL, NULL, 'Wang', 'misread', '{at}')" for n in (1, 2, 3)))  # fmt: skip
    assert codes(verified(own).findings) == ["edit_unsealed"] * 3
    catalog_of(own).commit(lambda cursor: seal_edits(cursor, [1, 2, 3]))
    assert verified(own).findings == ()
    in_lake(own, "UPDATE lake.edits SET author = 'Li' WHERE edit = 2",
            "DELETE FROM lake.edits WHERE edit = 3")  # fmt: skip
    found = verified(own).findings
    assert [(one.code, one.shown_by["edit"]) for one in found] == [
        ("ledger.edit_altered", 2), ("ledger.edit_missing", 3)]  # fmt: skip


def test_an_edit_is_sealed_when_it_is_made(own: Lake) -> None:
    own.edit("B", AT, "reject", author="Wang", reason="misread")
    assert verified(own).findings == ()
    with altered(own, "UPDATE lake.edits SET reason = 'another'") as now:
        assert codes(verify(now).findings) == ["edit_altered"]


def test_frames_are_sealed(own: Lake) -> None:
    in_lake(own, *(f"INSERT INTO lake.frames VALUES (2, 'S{n}', '2024-02-01 06:00:0{n}', "
                    f"encode('frame {n}'))" for n in range(5)))  # fmt: skip
    catalog_of(own).commit(lambda cursor: seal_frames(cursor, 2))
    assert verified(own).findings == ()
    in_lake(own, "UPDATE lake.frames SET payload = encode('other') WHERE station = 'S3'")
    found = verified(own).findings
    assert codes(found) == ["frames_altered"]
    assert "S3" in found[0].text_en


def test_a_lake_may_change_its_algorithm(own: Lake) -> None:
    own.append(rows("D"), source="x", batch="three")
    in_lake(own, "DELETE FROM lake.seals WHERE part = 3")
    seal_rest(own, "sm3")
    close(own, "sm3")
    result = verified(own)
    assert result.findings == ()
    assert [day.algorithm for day in result.days] == ["sm3"]


def test_the_order_of_arrival_in_a_batch_does_not_matter(own: Lake) -> None:
    table = pa.concat_tables([rows("A"), rows("C"), rows("B", 70)])
    for seed in (1, 2):
        mixed = list(range(len(table)))
        random.Random(seed).shuffle(mixed)
        own.append(table.take(mixed), source="x", batch=f"seed {seed}")
    seal_rest(own)
    seals = catalog_of(own).read(
        "SELECT block, rows, root, checks FROM lake.seals WHERE part > 2 ORDER BY part"
    )
    one, two = seals.fetchall()
    assert one == two
    assert one[1] == 150


def test_another_layout_of_the_files_changes_nothing(own: Lake) -> None:
    by_month(own)
    assert verified(own).findings == ()
    in_lake(own, "CALL ducklake_merge_adjacent_files('lake')")
    assert verified(own).findings == ()


def test_progress_is_told(lake: Lake) -> None:
    said: list[tuple[int, int]] = []
    tell: Callable[[int, int], None] = lambda done, total: said.append((done, total))  # noqa: E731
    verify(catalog_of(lake), progress=tell)
    assert said[-1] == (180, 180)
