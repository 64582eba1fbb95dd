"""The rivals of the benchmark follow the same rules: the same litres and hours as the kernel."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as papq
import pytest
from benchmarks.readings import duck
from benchmarks.readings.equal import Unequal, assert_equal
from benchmarks.readings.generate import block, generate
from benchmarks.readings.jobs import NOW, NOW_S, SAME, facts_of
from benchmarks.readings.source import Source

from shuiheng.core.vee import run_block

METERS, DAYS, SEED = 60, 100, 52  # all kinds of faults occur with this seed


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Source:
    """Generate the readings and let the kernel make its volumes beside them."""
    folder = tmp_path_factory.mktemp("rivals")
    generate(folder, METERS, DAYS, SEED, often=10)
    out = folder / "of-shuiheng"
    out.mkdir()
    source = Source.generated(folder)
    readings = pa.concat_tables(
        [papq.read_table(file, columns=["key", "at", "value_l"]) for file in source.files]
    )
    made = run_block(
        readings, facts_of(folder), papq.read_table(folder / "exchanges.parquet"),
        now=NOW, rules=SAME,
    )  # fmt: skip
    papq.write_table(made.daily, out / "daily-0.parquet")
    papq.write_table(made.monthly, out / "monthly-0.parquet")
    codes = set(made.findings["code"].to_pylist())
    assert {
        "vee.clock_fault", "vee.duplicate_conflict", "vee.exchange", "vee.future_reading",
        "vee.gap", "vee.misread", "vee.register_fell", "vee.reset_suspected",
        "vee.reverse_flow", "vee.rollover", "vee.spike",
    } <= codes  # fmt: skip
    return source


def _out(source: Source, name: str) -> Path:
    out = source.folder / f"of-{name}"
    out.mkdir(exist_ok=True)
    return out


def test_duckdb_makes_the_same_volumes(source: Source) -> None:
    out = _out(source, "duckdb")
    duck.run(source, out, SAME, NOW_S, threads=2)
    rows = assert_equal(source.folder / "of-shuiheng", out, "duckdb")
    assert rows >= METERS * DAYS


def test_a_single_litre_is_noticed(source: Source) -> None:
    out = _out(source, "altered")
    for name in ("daily", "monthly"):
        table = papq.read_table(source.folder / "of-shuiheng" / f"{name}-0.parquet")
        litres = table["volume_l"].to_pylist()
        litres[7] += 1 if name == "monthly" else 0
        place = table.schema.get_field_index("volume_l")
        papq.write_table(
            table.set_column(place, "volume_l", pa.array(litres)), out / f"{name}-0.parquet"
        )
    with pytest.raises(Unequal, match="2 rows of monthly differ"):
        assert_equal(source.folder / "of-shuiheng", out, "altered")


@pytest.mark.parametrize("engine", ["polars", "pandas"])
def test_data_frames_make_the_same_volumes(
    source: Source, engine: str, service_missing: Any
) -> None:
    if importlib.util.find_spec(engine) is None:
        service_missing(f"{engine} is not installed; it comes with the extra 'bench'")
    out = _out(source, engine)
    if engine == "polars":
        from benchmarks.readings import polars_rival

        polars_rival.run(source, out, SAME, NOW_S)
    else:
        from benchmarks.readings import pandas_rival

        pandas_rival.run(source, out, SAME, NOW_S)
    assert assert_equal(source.folder / "of-shuiheng", out, engine) >= METERS * DAYS


def test_a_meter_is_the_same_in_whatever_block_it_is_made() -> None:
    whole, _, _ = block(0, 5, 30, 3)
    alone, _, _ = block(4, 5, 30, 3)
    keys = whole["key"].to_pylist()
    first = keys.index(4)
    for name in ("key", "at", "value_l"):
        assert whole[name].to_pylist()[first:] == alone[name].to_pylist()
