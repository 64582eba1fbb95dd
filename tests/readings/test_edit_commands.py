"""The words edit, edits, changes and totals of ``shuiheng readings``, as a person uses them."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from shuiheng.cli.readings import app
from shuiheng.cli.terminal import Refusal

ROWS = """表号,抄表时间,读数（L）
A1,2024-06-01 00:00,1000
A1,2024-06-02 00:00,2000
A1,2024-06-03 00:00,9900
A1,2024-06-04 00:00,4000
A1,2024-06-05 00:00,5000
"""
WHO = ["--author", "王敏", "--reason", "看错一位"]


def said(home: Path, *words: str) -> Any:
    done = CliRunner().invoke(app, [*words, "--home", str(home), "--json"], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_an_edit_shows_old_and_new_and_leaves_a_change(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text(ROWS, encoding="utf-8")
    said(tmp_path, "import", str(file))
    done = said(tmp_path, "edit", "A1", "2024-06-03 00:00", "--correct", "3100", *WHO)
    assert done["edit"] == 1
    days = {row["start"]: row for row in done["volumes"] if row["by"] == "day"}
    assert (days["2024-06-02"]["new_l"], days["2024-06-03"]["new_l"]) == (1_100, 900)
    changed = said(tmp_path, "changes", "--meter", "A1")
    assert {row["cause"] for row in changed} == {"edit 1"}
    assert {row["start"] for row in changed if row["by"] == "day"} == set(days)
    rows = said(tmp_path, "edits")
    assert [(row["action"], row["old_l"], row["new_l"]) for row in rows] == [
        ("correct", 9_900, 3_100)
    ]
    out = tmp_path / "days.csv"
    totals = said(tmp_path, "totals", "--by", "day", "--out", str(out))
    assert totals[0].keys() >= {"meter", "start", "volume_l", "measured_l", "estimated_l",
                                "missing_h", "quality", "accepted_l", "method",
                                "good_h"}  # fmt: skip
    with out.open(encoding="utf-8-sig", newline="") as lines:
        assert len(list(csv.reader(lines))) == 1 + len(totals)
    said(tmp_path, "edit", "A1", "--withdraw", "1", *WHO)
    assert [row["in_force"] for row in said(tmp_path, "edits")] == [False, False]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["A1", "2024-06-03 01:00", "--reject", *WHO], "no reading"),
        (["A1", "2024-06-03 00:00", "--reject", "--reason", "x"], "author"),
        (["A1", "2024-06-03 00:00", *WHO], "one thing"),
        (["A1", "tomorrow", "--reject", *WHO], "no instant"),
        (["Z9", "2024-06-03 00:00", "--reject", *WHO], "No meter Z9"),
        (["A1", "2024-06-03 00:00", "--scale", "x/y", *WHO], "whole numbers"),
    ],
)
def test_an_edit_that_cannot_be_is_one_message(tmp_path: Path, words: list[str], why: str) -> None:
    file = tmp_path / "a.csv"
    file.write_text(ROWS, encoding="utf-8")
    said(tmp_path, "import", str(file), "--no-vee")
    with pytest.raises(Refusal, match=why):
        CliRunner().invoke(app, ["edit", *words, "--home", str(tmp_path)], catch_exceptions=False)
    assert said(tmp_path, "edits") == []
