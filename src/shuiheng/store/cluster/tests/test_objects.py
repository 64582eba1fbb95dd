"""The lake's files in a bucket: places, secrets, and a real store that speaks S3."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as papq
import pytest
from pyarrow import fs

from shuiheng.store import Lake, files
from shuiheng.store.catalog import Catalog, extension_path
from shuiheng.store.cluster.tests.object_store import SECRET, ObjectStore
from shuiheng.store.places import DataPlace, WrongPlace

START = datetime(2024, 1, 1, tzinfo=UTC)


def test_a_folder_is_a_place(tmp_path: Path) -> None:
    place = DataPlace.of(tmp_path / "data")
    assert not place.remote
    assert place.root == str(tmp_path / "data")
    assert place.inside(f"{place.root}/main/x.parquet") == f"{tmp_path}/data/main/x.parquet"


@pytest.mark.parametrize(
    ("data", "s3", "said"),
    [
        ("ftp://host/x", {}, "neither a folder nor"),
        ("s3://", {}, "names no bucket"),
        ("s3://water/x", {"secret": "abc"}, "belong in the environment"),
        ("s3://water/x", {"endpoint": "127.0.0.1:9000"}, "must begin with http"),
    ],
)
def test_what_cannot_be_a_place_says_why(data: str, s3: dict[str, str], said: str) -> None:
    with pytest.raises(WrongPlace, match=said):
        DataPlace.of(data, s3)


def test_without_keys_the_environment_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SHUIHENG_S3_KEY", "AWS_ACCESS_KEY_ID"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(WrongPlace, match="SHUIHENG_S3_KEY and SHUIHENG_S3_SECRET"):
        DataPlace.of("s3://water/lake").filesystem()


def test_a_secret_with_a_quote_stays_one_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHUIHENG_S3_KEY", "me")
    monkeypatch.setattr("shuiheng.store.places.find_spec", lambda name: name)
    monkeypatch.setenv("SHUIHENG_S3_SECRET", "a'b, SCOPE 's3://other")
    said = DataPlace.of("s3://water/lake", {"endpoint": "http://127.0.0.1:1"}).secret()
    assert "SECRET 'a''b, SCOPE ''s3://other'" in said
    assert said.endswith("SCOPE 's3://water/lake', USE_SSL false)")


def test_what_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shuiheng.store.places.find_spec", lambda name: None)
    with pytest.raises(WrongPlace, match=r"Install the extra `shuiheng\[s3\]`"):
        DataPlace.of("s3://water/lake").secret()


def test_a_place_shows_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHUIHENG_S3_KEY", "me")
    monkeypatch.setenv("SHUIHENG_S3_SECRET", SECRET)
    assert SECRET not in repr(DataPlace.of("s3://water/lake"))


@pytest.mark.cluster
def test_what_arrow_writes_duckdb_reads(object_store: ObjectStore) -> None:
    pytest.importorskip("duckdb_extension_httpfs")
    place = object_store.place("both-ways")
    path = f"{place.root}/main/readings/1.parquet"
    with place.filesystem().open_output_stream(place.inside(path)) as out:
        papq.write_table(pa.table({"key": [1, 2, 3]}), out)
    duck = duckdb.connect(config={"autoinstall_known_extensions": "false"})
    duck.execute(f"LOAD '{extension_path('httpfs')}'")
    duck.execute(place.secret())
    assert duck.execute(f"SELECT sum(key) FROM read_parquet('{path}')").fetchone() == (6,)


@pytest.mark.cluster
def test_a_lake_in_a_bucket_gives_the_same_volumes(
    object_store: ObjectStore, tmp_path: Path
) -> None:
    rows = [
        {"meter": f"M{meter}", "at": START + timedelta(hours=hour), "value_l": hour * meter}
        for meter in range(5)
        for hour in range(50)
    ]
    made = []
    for name, place in (("folder", None), ("bucket", object_store.place("lake"))):
        home = tmp_path / name
        opened = Catalog(home / "lake", "sqlite", read_only=False, patience_s=60, place=place)
        with Lake(opened, home, None) as lake:
            assert lake.append(rows, source="x", batch="1") == 250
            assert lake.append(rows, source="x", batch="1") == 0
            lake.recompute(now=START + timedelta(days=9))
            assert lake.stale() == []
            made.append((lake.volumes("day").to_pylist(), lake.readings("M3").to_pylist()))
    assert made[0] == made[1]
    assert not list((tmp_path / "bucket").rglob("*.parquet"))


@pytest.mark.cluster
def test_a_failed_commit_leaves_no_object(object_store: ObjectStore, tmp_path: Path) -> None:
    place = object_store.place("failed")
    opened = Catalog(tmp_path / "lake", "sqlite", read_only=False, patience_s=60, place=place)

    def work(cursor: duckdb.DuckDBPyConnection) -> None:
        rows = pa.table({"key": [1], "read_at": [START], "final_l": [5], "initial_l": [0]})
        files.add_rows(cursor, "exchanges", rows.set_column(1, "read_at", _naive(rows)))
        raise InterruptedError

    with pytest.raises(InterruptedError):
        opened.commit(work)
    assert opened.read("SELECT count(*) FROM lake.exchanges").fetchone() == (0,)
    listed = place.filesystem().get_file_info(
        fs.FileSelector(place.inside(place.root), recursive=True, allow_not_found=True)
    )
    assert [one.path for one in listed if one.is_file] == []


def _naive(rows: pa.Table) -> pa.ChunkedArray:
    return rows["read_at"].cast(pa.timestamp("us", "UTC")).cast(pa.timestamp("us"))
