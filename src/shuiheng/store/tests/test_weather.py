"""Bad weather: damaged files, a full disk, a locked catalog. Nothing acknowledged is lost."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as papq
import pytest

from shuiheng.store import Lake, LakeBusy, LakeFailed, LakeOutdated
from shuiheng.store.catalog import extension_path
from shuiheng.store.imports import ImportRefused, Wanted, import_file

pytestmark = pytest.mark.slow

START = datetime(2024, 1, 1, tzinfo=UTC)


def rows(count: int, meter: str = "A") -> pa.Table:
    return pa.table(
        {
            "meter": [meter] * count,
            "at": [START + timedelta(minutes=place) for place in range(count)],
            "value_l": list(range(count)),
        }
    )


def parquet_files(home: Path) -> set[Path]:
    return set((home / "lake" / "data").rglob("*.parquet"))


def test_a_damaged_source_is_refused_and_nothing_of_it_is_kept(tmp_path: Path) -> None:
    source = tmp_path / "readings.parquet"
    papq.write_table(
        rows(40_000).rename_columns(["meter", "time", "register"]), source, row_group_size=4_000
    )
    whole = source.read_bytes()
    # A page in the middle is destroyed; the footer is whole, so that the damage shows on reading.
    middle = len(whole) // 2
    source.write_bytes(whole[:middle] + b"\xff" * 4_000 + whole[middle + 4_000 :])
    home = tmp_path / "home"
    wanted = Wanted(unit="L", zone="UTC")
    with Lake.open(home) as lake:
        before = parquet_files(home)
        with pytest.raises(ImportRefused, match=r"is damaged after row .* export it again"):
            import_file(lake, source, wanted, home=home)
        assert lake.batches().num_rows == 0
        assert parquet_files(home) == before
        source.write_bytes(whole[: len(whole) - 100])
        with pytest.raises(ImportRefused, match="is not a whole Parquet file"):
            import_file(lake, source, wanted, home=home)
        source.write_bytes(whole)
        assert import_file(lake, source, wanted, home=home).accepted == 40_000


def test_a_cut_off_file_of_the_lake_is_named_and_the_rest_goes_on(tmp_path: Path) -> None:
    with Lake.open(tmp_path) as lake:
        lake.append(rows(5_000), source="x", batch="1")
        (file,) = (tmp_path / "lake" / "data" / "main" / "readings").glob("*.parquet")
        whole = file.read_bytes()
        file.write_bytes(whole[: len(whole) // 2])
        with pytest.raises(LakeFailed, match="could not be read or written"):
            lake.readings("A")
        assert lake.append(rows(10, "B"), source="x", batch="2") == 10
        file.write_bytes(whole)
    with Lake.open(tmp_path) as lake:
        assert lake.readings("A").num_rows == 5_000
        assert lake.readings("B").num_rows == 10


_HOLDER = """
import sqlite3, sys
held = sqlite3.connect(sys.argv[1], isolation_level=None)
held.execute("BEGIN EXCLUSIVE")
print("held", flush=True)
sys.stdin.read()
"""


def test_a_locked_catalog_is_waited_for_and_then_named(tmp_path: Path) -> None:
    with Lake.open(tmp_path, patience_s=0.5) as lake:
        lake.append(rows(10), source="x", batch="1")
        other = subprocess.Popen(
            [sys.executable, "-c", _HOLDER, str(tmp_path / "lake" / "catalog.sqlite")],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(LakeBusy, match="did not finish within"):
            lake.append(rows(10, "B"), source="x", batch="2")
        other.communicate()
        assert not lake.has_batch("2")
        assert lake.append(rows(10, "B"), source="x", batch="2") == 10
        assert lake.readings("A").num_rows == 10


_FULL = """
import resource, signal, sys, pathlib
import pyarrow as pa
from shuiheng.store import Lake, LakeFailed
from shuiheng.store.tests.test_weather import rows
home = pathlib.Path(sys.argv[1])
with Lake.open(home) as lake:
    lake.append(rows(10), source="x", batch="1")
    print("acknowledged 1", flush=True)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    size = (home / "lake" / "catalog.sqlite").stat().st_size
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 300_000, hard))
    many = pa.concat_tables([rows(70_000, f"M{n}") for n in range(8)])
    import numpy as np
    noise = np.random.default_rng(1).integers(0, 2**49, len(many))
    many = many.set_column(2, "value_l", pa.array(noise))
    try:
        lake.append(many, source="x", batch="2")
    except LakeFailed as full:
        print("refused", full, flush=True)
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    print("again", lake.append(many, source="x", batch="2"), flush=True)
"""


def test_a_full_disk_keeps_what_was_acknowledged_and_takes_the_batch_later(tmp_path: Path) -> None:
    """A limit on the size of files stands for a full disk: it needs no rights to be set."""
    done = subprocess.run(
        [sys.executable, "-c", _FULL, str(tmp_path)], capture_output=True, text=True, timeout=120,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    first, refused, again = done.stdout.splitlines()
    assert first == "acknowledged 1"
    assert "File too large" in refused
    assert "nothing is half-written" in refused
    assert again == "again 560000"
    with Lake.open(tmp_path) as lake:
        assert sorted(lake.batches()["readings"].to_pylist()) == [10, 560_000]
        assert lake.readings("A").num_rows == 10
        used = {
            Path(row[0])
            for row in lake._catalog.read(
                "SELECT data_file FROM ducklake_list_files('lake', 'readings')"
            ).fetchall()
        }
    assert set((tmp_path / "lake" / "data" / "main" / "readings").glob("*")) == used


def test_a_lake_of_an_earlier_version_is_refused_with_what_to_do(tmp_path: Path) -> None:
    folder = tmp_path / "lake"
    (folder / "data").mkdir(parents=True)
    duck = duckdb.connect()
    for name in ("sqlite_scanner", "ducklake"):
        duck.execute(f"LOAD '{extension_path(name)}'")
    duck.execute(
        f"ATTACH 'ducklake:sqlite:{folder}/catalog.sqlite' AS lake (DATA_PATH '{folder}/data/')"
    )
    duck.execute("CREATE TABLE lake.batches (batch INTEGER, name VARCHAR)")
    duck.close()
    for read_only in (False, True):
        with pytest.raises(LakeOutdated, match=r"earlier version .* import the readings again"):
            Lake.open(tmp_path, read_only=read_only)
