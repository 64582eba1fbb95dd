"""The readings commands as a person types them, and real readings where they are at hand."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

REAL = Path(__file__).parents[3] / "shared" / "data" / "meters"
real = pytest.mark.skipif(
    not REAL.is_dir(), reason="../shared/data/meters is not here; the clone comes without it"
)
CSV = "表号,时间,读数\nA1,2024-01-01 00:00,1\nA1,2024-01-01 01:00,3\nA1,2024-01-02 00:00,26\n"


def shuiheng(*words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from shuiheng.cli import main; main()", *map(str, words)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def say(*words: object) -> Any:
    done = shuiheng(*words, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_file_becomes_totals_and_findings(tmp_path: Path) -> None:
    file, home = tmp_path / "a.csv", tmp_path / "home"
    file.write_text(CSV, encoding="gbk")
    said = say("readings", "import", file, "--unit", "m3", "--home", home)
    assert said["files"][0]["accepted"] == 3
    assert said["vee"]["meters"] == 1
    assert say("readings", "import", file, "--unit", "m3", "--home", home)["vee"]["blocks"] == 0
    rows = say("readings", "totals", "--by", "day", "--home", home)
    assert rows == [
        {
            "meter": "A1", "start": "2024-01-01", "volume_l": 25_000, "measured_l": 25_000,
            "estimated_l": 0, "accepted_l": 0, "reverse_l": 0, "missing_h": 0.0, "gap_h": 23.0,
            "quality": "G", "method": "", "good_h": 1, "accepted_h": 0, "estimated_h": 23,
            "suspect_h": 0, "rejected_h": 0, "absent_h": 0, "night_min_l": None,
        }
    ]  # fmt: skip
    hours = say("readings", "totals", "--by", "hour", "--meter", "A1", "--home", home)
    assert [row["volume_l"] for row in hours[:3]] == [2_000, 1_000, 1_000]
    assert [row["quality"] for row in hours[:3]] == ["G", "E", "E"]
    none = say("readings", "totals", "--from", "2025-01-01", "--home", home)
    assert none == []
    codes = {finding["code"] for finding in say("readings", "findings", "--home", home)}
    assert codes == {"vee.gap", "readings.undeclared_meters"}
    assert say("readings", "show", "A1", "--home", home)["readings"] == 3
    assert say("readings", "vee", "--home", home)["stale_meters"] == 0


def test_rows_that_are_refused_give_exit_code_1_and_the_good_ones_go_in(tmp_path: Path) -> None:
    file, home = tmp_path / "a.csv", tmp_path / "home"
    file.write_text(CSV + "A1,2024-01-03 00:00,viel\n", encoding="utf-8")
    done = shuiheng("readings", "import", file, "--unit", "m3", "--home", home)
    assert done.returncode == 1
    assert "row 5" in done.stdout
    assert (home / "imports" / "a-rejected.csv").read_text(encoding="utf-8").count("\n") == 2
    assert len(say("readings", "totals", "--by", "day", "--home", home)) == 1


def test_wrong_calls_are_one_message_and_exit_code_2(tmp_path: Path) -> None:
    file, home = tmp_path / "a.csv", tmp_path / "home"
    file.write_text(CSV)
    for words, said in (
        (["import", tmp_path / "none.csv", "--unit", "L"], "does not exist"),
        (["import", file], "the unit of '读数' is not said"),
        (["import", file, "--unit", "L", "--map", "meter=nr"], "has no column 'nr'"),
        (["import", file, "--unit", "L", "--kind", "gas"], "--kind"),
        (["totals"], "holds no readings yet"),
        (["totals", "--by", "week"], "--by"),
        (["totals", "--from", "1.1.2024"], "--from"),
    ):
        done = shuiheng("readings", *words, "--home", home)
        assert done.returncode == 2, words
        assert said in done.stderr.replace("\n", " ")
        assert "Traceback" not in done.stderr
    assert not (home / "lake").exists()


@pytest.mark.shared
@real
def test_real_households_are_read_and_their_oddities_named(tmp_path: Path) -> None:
    home = tmp_path / "home"
    report = say(
        "readings", "import", REAL / "daiad_hourly.parquet", "--home", home, "--unit", "L",
        "--map", "meter=meter,time=time_local,register=reading_l", "--tz", "Europe/Madrid",
    )  # fmt: skip
    assert report["files"][0]["accepted"] == 465_700
    assert report["files"][0]["rejected"] == 0
    found = say("readings", "findings", "--home", home)
    by_code = {f["code"]: [] for f in found}
    for finding in found:
        by_code[finding["code"]].append(finding["meter"])
    assert by_code["vee.continuous_flow"][0] == "D006"
    assert sorted(by_code["vee.misread"]) == ["D008", "D043"]
    assert len(by_code["vee.reverse_flow"]) >= 18
    assert len(by_code["vee.gap"]) >= 60
    assert "vee.spike" not in by_code
    assert "vee.reset_suspected" not in by_code
    years = say("readings", "totals", "--by", "year", "--home", home)
    litres = sum(row["volume_l"] - row["reverse_l"] for row in years)
    assert litres / 62 == pytest.approx(82_100, rel=0.001)
    assert all(row["estimated_l"] < 0.01 * row["volume_l"] + 50 for row in years)


@pytest.mark.shared
@real
def test_real_quarterly_registers_show_their_meter_changes(tmp_path: Path) -> None:
    home = tmp_path / "home"
    say(
        "readings", "import", REAL / "daiad_quarterly.parquet", "--home", home, "--unit", "m3",
        "--map", "meter=account,time=date,register=register_m3", "--tz", "Europe/Madrid",
    )  # fmt: skip
    found = say("readings", "findings", "--home", home)
    resets = [f for f in found if f["code"] == "vee.reset_suspected"]
    assert len(resets) == 10
    assert sum(f["facts"]["count"] for f in resets) == 20
    assert not [f for f in found if f["code"] == "vee.register_fell"]


@pytest.mark.shared
@real
def test_a_real_year_of_minutes_has_its_total_and_its_change_of_scale(tmp_path: Path) -> None:
    home = tmp_path / "home"
    say("readings", "import", REAL / "ampds2_minute.parquet", "--home", home, "--unit", "L",
        "--map", "meter==AMPDS2")  # fmt: skip
    years = say("readings", "totals", "--by", "year", "--home", home)
    assert round(sum(row["volume_l"] for row in years) / 1000, 1) == 255.3
    change = next(f for f in say("readings", "findings", "--home", home)
                  if f["code"] == "vee.scale_change")  # fmt: skip
    assert change["facts"]["worst"][:10] == "2012-07-14"
    assert (change["facts"]["before_l"], change["facts"]["after_l"]) == (3, 1)
