"""Bad input of every kind: the good rows go in, the bad ones come back with a reason."""

from __future__ import annotations

import csv
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as papq
import pytest
from tests.readings.commands import readings, say

from shuiheng.store import Lake

HEADER = "表号,时间,读数"
GOOD = ("A1,2024-01-01 00:00,10", "A1,2024-01-01 01:00,12", "A2,2024-01-01 00:00,7")
# cells of the bad row, the column that is at fault, what the reason says, the row corrected
ROWS = (
    (",2024-01-02 00:00,13", "表号", "meter", "A1,2024-01-02 00:00,13"),
    ("A1,2024-02-30 00:00,14", "时间", "time", "A1,2024-02-28 00:00,14"),
    ("A1,2024-01-03 25:00,15", "时间", "time", "A1,2024-01-03 23:00,15"),
    ("A1,gestern,16", "时间", "time", "A1,2024-01-04 00:00,16"),
    ("A1,,17", "时间", "time", "A1,2024-01-05 00:00,17"),
    ("A1,2024-01-06 00:00,viel", "读数", "number", "A1,2024-01-06 00:00,18"),
    ("A1,2024-01-07 00:00,", "读数", "number", "A1,2024-01-07 00:00,19"),
    ("A1,2024-01-08 00:00,nan", "读数", "number", "A1,2024-01-08 00:00,20"),
    ("A1,2024-01-09 00:00,inf", "读数", "number", "A1,2024-01-09 00:00,21"),
    ("A1,2024-01-10 00:00,9e18", "读数", "large", "A1,2024-01-10 00:00,22"),
    ("A1,2024-01-11 00:00,1.2.3", "读数", "number", "A1,2024-01-11 00:00,23"),
    ("A1,2024-01-12 00:00", "", "columns", "A1,2024-01-12 00:00,24"),
    ("A1,2024-01-13 00:00,25,x,y", "", "columns", "A1,2024-01-13 00:00,25"),
)


def test_bad_rows_are_named_kept_and_can_be_corrected(tmp_path: Path) -> None:
    """Every kind in one file, a good row between each two; the corrected list completes it."""
    home, file = tmp_path / "home", tmp_path / "a.csv"
    mixed = [line for bad, *_ in ROWS for line in (bad, GOOD[0])]
    file.write_text("\n".join([HEADER, *GOOD, *mixed]) + "\n", encoding="utf-8")
    words = ("--unit", "L", "--home", home)
    done = readings("import", file, *words, "--no-vee", "--json")
    assert done.code == 1
    report = done.json["files"][0]
    assert (report["accepted"], report["rejected"]) == (len(GOOD) + len(ROWS), len(ROWS))
    first = 2 + len(GOOD)
    for place, (said, (_, column, reason, _)) in enumerate(
        zip(report["rejected_rows"], ROWS, strict=True)
    ):
        assert said["row"] == first + 2 * place
        assert said["column"] == column, said
        assert reason in said["reason"], said
        assert said["remedy"]
    kept = Path(report["rejected_file"])
    with kept.open(encoding="utf-8-sig", newline="") as opened:
        header, *rows = csv.reader(opened)
    assert header[:3] == HEADER.split(",")
    assert len(rows) == len(ROWS)
    with kept.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.writer(opened)
        writer.writerow(header)
        for (*_, good), row in zip(ROWS, rows, strict=True):
            writer.writerow([*good.split(","), *row[3:]])
    again = say("import", kept, *words, "--no-vee")["files"][0]
    assert (again["accepted"], again["rejected"]) == (len(ROWS), 0)
    whole = tmp_path / "whole.csv"
    corrected = [good for *_, good in ROWS]
    whole.write_text("\n".join([HEADER, *GOOD, *corrected]) + "\n", encoding="utf-8")
    say("import", whole, "--unit", "L", "--no-vee", "--home", tmp_path / "other")
    made = []
    for each in (home, tmp_path / "other"):
        with Lake.open(each) as lake:
            lake.recompute()
            made.append([lake.volumes(by).to_pylist() for by in ("hour", "day", "month")])
    assert made[0] == made[1]


def test_an_hour_that_the_clock_never_showed_is_refused(tmp_path: Path) -> None:
    home, file = tmp_path / "home", tmp_path / "a.csv"
    rows = [f"A,2016-03-27 {hour}:30,{hour}" for hour in ("00", "01", "02", "03")]
    file.write_text("meter,time,register\n" + "\n".join(rows) + "\n")
    done = readings(
        "import", file, "--unit", "L", "--tz", "Europe/Madrid", "--home", home, "--json"
    )
    assert done.code == 1
    report = done.json["files"][0]
    assert [row["row"] for row in report["rejected_rows"]] == [4]
    assert "Europe/Madrid" in report["rejected_rows"][0]["reason"]


def test_columns_of_a_parquet_file_that_are_no_times_or_numbers(tmp_path: Path) -> None:
    home, file = tmp_path / "home", tmp_path / "a.parquet"
    table = pa.table(
        {
            "meter": ["A", None, "A", "A"],
            "time": pa.array([0, 3600, None, 7200], pa.timestamp("s")),
            "register_l": [1.0, 2.0, 3.0, float("nan")],
        }
    )
    papq.write_table(table, file)
    done = readings("import", file, "--home", home, "--json")
    assert done.code == 1
    report = done.json["files"][0]
    assert [(row["row"], row["column"]) for row in report["rejected_rows"]] == [
        (2, "meter"), (3, "time"), (4, "register_l"),
    ]  # fmt: skip
    assert report["accepted"] == 1


def _truncated(path: Path) -> None:
    table = pa.table({"meter": ["A"] * 9999, "time": range(9999), "register_l": range(9999)})
    papq.write_table(table, path)
    path.write_bytes(path.read_bytes()[:-2000])


def _broken_inside(path: Path) -> None:
    """Damage the pages and leave the footer as it is."""
    table = pa.table(
        {
            "meter": ["A"] * 99_999,
            "time": pa.array(range(99_999), pa.timestamp("s")),
            "register_l": [place * 7919 % 104_729 for place in range(99_999)],
        }
    )
    papq.write_table(table, path)
    data = bytearray(path.read_bytes())
    data[2000:20_000] = b"\xff" * 18_000
    path.write_bytes(data)


def _no_sheet(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("a.txt", "x")


def _text(content: str | bytes) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())

    return write


REFUSED = (
    ("none.csv", None, (), "does not exist"),
    ("a.csv", _text(""), (), "is empty"),
    ("a.csv", _text(HEADER + "\n"), (), "no rows"),
    ("a.csv", _text("表号,时间\nA,2024-01-01\n"), (), "register"),
    ("a.csv", _text("meter,meter,time,register\nA,A,2024-01-01,1\n"), (), "twice"),
    ("a.csv", _text(f"{HEADER}\nA,heute,1\nA,morgen,2\n"), (), "None of the 2 rows"),
    ("a.csv", _text(bytes(range(256)) * 20), (), ""),
    ("a.pdf", _text("x"), (), ".pdf"),
    ("a.xls", _text("x"), (), ".xlsx"),
    ("a.xlsx", _text("x"), (), "a.xlsx"),
    ("a.xlsx", _no_sheet, (), "a.xlsx"),
    ("a.parquet", _text("PAR1"), (), "not a whole Parquet file"),
    ("a.parquet", _truncated, (), "not a whole Parquet file"),
    ("a.parquet", _broken_inside, (), "damaged"),
    ("a.csv", _text(f"{HEADER}\n{GOOD[0]}\n"), ("--unit", "gallons"), "gallons"),
    ("a.csv", _text(f"{HEADER}\n{GOOD[0]}\n"), ("--tz", "Mars/Olympus"), "Mars/Olympus"),
    ("a.csv", _text(f"{HEADER}\n{GOOD[0]}\n"), ("--map", "meter=nr"), "'nr'"),
    ("a.csv", _text(f"{HEADER}\n{GOOD[0]}\n"), ("--map", "nonsense"), "nonsense"),
    ("a.csv", _text(f"{HEADER}\n{GOOD[0]}\n"), ("--kind", "gas"), "gas"),
)


@pytest.mark.parametrize(("name", "make", "words", "said"), REFUSED)
def test_a_file_that_cannot_be_read_is_refused_and_leaves_nothing(
    tmp_path: Path,
    name: str,
    make: Callable[[Path], None] | None,
    words: tuple[str, ...],
    said: str,
) -> None:
    home, file = tmp_path / "home", tmp_path / name
    if make:
        make(file)
    unit = () if "--unit" in words else ("--unit", "L")
    done = readings("import", file, *unit, *words, "--home", home)
    assert done.code == 2, done
    assert said in done.said
    # What, where and what to do next: more than the name of an error.
    assert len(done.said) > 50
    assert not list(home.rglob("*.parquet"))
    assert not list(home.rglob("*.part"))


def test_good_files_go_in_beside_a_file_that_is_refused(tmp_path: Path) -> None:
    home = tmp_path / "home"
    good, bad = tmp_path / "good.csv", tmp_path / "bad.parquet"
    good.write_text("\n".join([HEADER, *GOOD]) + "\n", encoding="utf-8")
    _broken_inside(bad)
    done = readings("import", bad, good, "--unit", "L", "--home", home)
    assert done.code == 2
    assert "bad.parquet" in done.said
    assert len(say("totals", "--by", "month", "--home", home)) >= 1


def test_negative_registers_are_kept_named_and_not_used(tmp_path: Path) -> None:
    home, file = tmp_path / "home", tmp_path / "a.csv"
    file.write_text(
        "\n".join([HEADER, GOOD[0], "A1,2024-01-01 00:30,-5", GOOD[1]]) + "\n", encoding="utf-8"
    )
    report = say("import", file, "--unit", "L", "--home", home)["files"][0]
    assert report["accepted"] == 3
    assert [one["code"] for one in report["findings"]] == ["import.negative_rows"]
    codes = {one["code"] for one in readings("findings", "--home", home, "--json").json}
    assert "vee.negative_register" in codes
    (day,) = say("totals", "--by", "day", "--home", home)
    assert day["volume_l"] == 2


def test_the_exit_code_reaches_the_shell(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("\n".join([HEADER, *GOOD, ROWS[5][0]]) + "\n", encoding="utf-8")
    for path, code in ((file, 1), (tmp_path / "none.csv", 2)):
        done = subprocess.run(
            [sys.executable, "-c", "from shuiheng.cli import main; main()", "readings", "import",
             str(path), "--unit", "L", "--home", str(tmp_path / "home")],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == code, done.stderr
        assert "Traceback" not in done.stderr
