"""Quarterly registers of 24 years and a year of minutes: their oddities are found by name."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path

import duckdb
import pytest
from tests.readings.commands import REAL, counts, findings, real, say

from shuiheng.basics import Period
from shuiheng.store import Lake

pytestmark = [pytest.mark.shared, real]


def test_quarterly_registers_show_the_changes_of_meters_that_nobody_recorded(
    tmp_path: Path,
) -> None:
    file, home = REAL / "daiad_quarterly.parquet", tmp_path / "home"
    report = say(
        "import", file, "--home", home, "--unit", "m3", "--tz", "Europe/Madrid",
        "--map", "meter=account,time=date,register=register_m3",
    )  # fmt: skip
    assert report["files"][0]["accepted"] == 854
    with duckdb.connect() as duck:
        falls = dict(
            duck.execute(
                f"""SELECT account, count(*) FROM (SELECT account, register_m3 < lag(register_m3)
                OVER (PARTITION BY account ORDER BY date) AS fell FROM '{file}')
                WHERE fell GROUP BY account"""
            ).fetchall()
        )
    found = findings(home)
    resets = counts(found, "vee.reset_suspected")
    assert resets == falls
    assert sum(resets.values()) == 20
    assert not counts(found, "vee.register_fell")
    # Where the register climbs its litres are known, whatever happens at the changes.
    with Lake.open(home, read_only=True) as lake:
        years = lake.volumes("year").to_pylist()
    litres = Counter[str]()
    for year in years:
        litres[year["meter"]] += year["volume_l"]
    assert len(litres) == 10
    assert all(volume > 0 for volume in litres.values())


def test_a_year_of_minutes_has_its_total_and_its_change_of_scale(tmp_path: Path) -> None:
    home = tmp_path / "home"
    report = say("import", REAL / "ampds2_minute.parquet", "--home", home, "--unit", "L",
                 "--map", "meter==AMPDS2")  # fmt: skip
    assert report["files"][0]["accepted"] == 525_600
    with Lake.open(home, read_only=True) as lake:
        years = lake.volumes("year").to_pylist()
        before = lake.volumes("day", None, Period(date(2012, 6, 1), date(2012, 7, 13)))
        after = lake.volumes("day", None, Period(date(2012, 7, 15), date(2012, 8, 26)))
    assert round(sum(year["volume_l"] for year in years) / 1000, 1) == 255.3
    assert sum(before["volume_l"].to_pylist()) / len(before) == pytest.approx(376, rel=0.03)
    assert sum(after["volume_l"].to_pylist()) / len(after) == pytest.approx(877, rel=0.03)
    found = findings(home)
    (change,) = [one for one in found if one["code"] == "vee.scale_change"]
    assert (
        date(2012, 7, 8) <= date.fromisoformat(change["facts"]["worst"][:10]) <= date(2012, 7, 22)
    )
    # No gaps, never falls: nothing of the kind may be said.
    for code in ("vee.gap", "vee.reverse_flow", "vee.reset_suspected", "vee.misread"):
        assert not counts(found, code), code
