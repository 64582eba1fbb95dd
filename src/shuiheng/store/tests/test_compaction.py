"""Compaction: few files again, the same rows, the same volumes, nothing lost on the way."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from shuiheng.store import Lake, compaction

pytestmark = pytest.mark.slow

START = datetime(2024, 1, 1, tzinfo=UTC)
NOW = START + timedelta(days=400)


def rows(first_hour: int, meters: int = 5) -> pa.Table:
    return pa.table(
        {
            "meter": [f"M{meter}" for meter in range(meters) for _ in range(8)],
            "at": [
                START + timedelta(hours=first_hour + k) for _ in range(meters) for k in range(8)
            ],
            "value_l": [10 * (first_hour + k) for _ in range(meters) for k in range(8)],
        }
    )


@pytest.fixture
def lake(tmp_path: Path) -> Iterator[Lake]:
    with Lake.open(tmp_path) as opened:
        for number in range(40):
            # Every third batch comes late, so that files overlap in time.
            hour = 8 * (number if number % 3 else 120 - number)
            opened.append(rows(hour), source="x", batch=str(number))
            if number % 13 == 12:
                opened.recompute(now=NOW)
        opened.recompute(now=NOW)
        yield opened


def everything(lake: Lake) -> list[object]:
    made = [lake.volumes(by).to_pylist() for by in ("hour", "day", "month", "year")]
    return [*made, lake.findings(), [lake.readings(f"M{m}").to_pylist() for m in range(5)]]


def test_many_small_commits_become_few_files_and_nothing_changes(
    lake: Lake, tmp_path: Path
) -> None:
    before = everything(lake)
    told: list[tuple[int, int]] = []
    done = lake.compact(lambda count, total: told.append((count, total)))
    assert done.files_before > 100
    assert done.files_after < 15
    assert told[-1][0] == told[-1][1]
    assert everything(lake) == before
    assert lake.stale() == []
    assert not lake.verify().findings
    assert lake.compact().rows == 0
    # States of the last day are kept for readers in flight; later their files go.
    compaction.compact(lake._catalog, kept=timedelta(0))
    assert len(list((tmp_path / "lake" / "data").rglob("*.parquet"))) == done.files_after
    assert everything(lake) == before


def test_files_that_a_killed_writer_left_are_removed(lake: Lake, tmp_path: Path) -> None:
    lost = tmp_path / "lake" / "data" / "main" / "readings" / "lost.parquet"
    lost.write_bytes(b"half a file")
    lake.compact()
    assert lost.exists(), "it may be a file that is being written"
    compaction.compact(lake._catalog, kept=timedelta(0))
    assert not lost.exists()


def test_other_rows_after_than_before_are_refused(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = everything(lake)
    honest = compaction._read
    monkeypatch.setattr(compaction, "_read", lambda *told: honest(*told).slice(1))
    with pytest.raises(compaction.CompactionRefused, match="Nothing was changed"):
        lake.compact()
    assert everything(lake) == before
