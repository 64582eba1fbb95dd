"""The same lake with its catalog in PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from shuiheng.store import Lake

START = datetime(2024, 1, 1, tzinfo=UTC)


@pytest.mark.postgres
def test_the_catalog_in_postgres_gives_the_same_volumes(
    tmp_path: Path, postgres_address: str
) -> None:
    rows = [
        {"meter": f"M{meter}", "at": START + timedelta(hours=hour), "value_l": hour * meter}
        for meter in range(5)
        for hour in range(50)
    ]
    made = []
    for name, catalog in (("own", "sqlite"), ("server", f"postgres:{postgres_address}")):
        with Lake.open(tmp_path / name, catalog=catalog) as lake:
            assert lake.append(rows, source="x", batch="1") == 250
            assert lake.append(rows, source="x", batch="1") == 0
            lake.recompute(now=START + timedelta(days=9))
            assert lake.stale() == []
        with Lake.open(tmp_path / name, catalog=catalog, read_only=True) as lake:
            made.append(lake.volumes("day").to_pylist())
    assert made[0] == made[1]
    assert made[0]
