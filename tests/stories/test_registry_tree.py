"""A meter tree as a person makes it: a table in, loops refused, balances out, all by commands."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from shuiheng.store import Lake

METERS = """水表编号,用水户编号,计量用途,绑定日期,计量级别,上级水表,处所,平衡中,准确度等级
M,P1,取水,2019-01-01,1,,,,2级
A,P1,内部计量,2019-01-01,2,M,一车间,,2级
B,P1,内部计量,2019-01-01,2,M,二车间,,2级
R,P1,内部计量,2019-01-01,2,M,办公楼,差额,
X,P1,内部计量,2019-01-01,2,Y,,,
Y,P1,内部计量,2019-01-01,2,X,,,
"""


def registry(*words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from shuiheng.cli import main; main()", "registry",
         *map(str, words)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.fixture(scope="module")
def mine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tree") / "mine"
    assert (
        registry("init", "--home", folder, "--name", "样例区", "--place", "320411").returncode == 0
    )
    users = folder / "users.csv"
    users.write_text(
        "用水户编号,名称,类型,用水分类,镇街道\nP1,衡云印染,企业,工业用水,春江镇\n", "utf-8"
    )
    assert registry("import", users, "--home", folder).returncode == 0
    (folder / "meters.csv").write_text(METERS, "utf-8")
    return folder


def test_a_loop_is_refused_by_row_and_the_rest_is_taken(mine: Path) -> None:
    done = registry("import", mine / "meters.csv", "--home", mine, "--json")
    assert done.returncode == 1, done.stderr
    said = json.loads(done.stdout)
    assert (said["new"], said["refused"]) == (4, 2)
    loops = [one for one in said["findings"] if one["code"] == "metering.circular_parent"]
    assert {one["facts"]["row"] for one in loops} == {6, 7}
    assert "第 6、7 行" in loops[0]["text"] and "rows 6, 7" in loops[0]["text_en"]


def test_the_tree_is_balanced_for_a_month(mine: Path) -> None:
    rates = {"M": 100_000, "A": 50_000, "B": 30_000}  # litres a day
    start = datetime(2020, 4, 30, 16, tzinfo=UTC)
    rows = [
        (name, start + timedelta(days=day), 1_000_000 + rate * day)
        for name, rate in rates.items()
        for day in range(32)
    ]
    names, instants, values = zip(*rows, strict=True)
    with Lake.open(mine) as lake:
        lake.append(
            pa.table({"meter": pa.array(names), "at": pa.array(instants, pa.timestamp("us", "UTC")),
                      "value_l": pa.array(values, pa.int64())}),
            source="tree", batch="tree",
        )  # fmt: skip
        lake.recompute(now=datetime(2020, 7, 1, tzinfo=UTC))
    done = registry("tree", "--home", mine, "--from", "2020-05", "--meter", "M", "--json")
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    nodes = {one["name"]: one for one in told["nodes"]}
    assert nodes["M"]["verdict"] == "closed_by_difference"
    assert nodes["M"]["inflow_l"] == 3_100_000
    assert (nodes["办公楼"]["inflow_l"], nodes["办公楼"]["difference"]) == (620_000, True)
    assert nodes["办公楼"]["inflow_uncertainty_l"] == nodes["M"]["uncertainty_l"] > 0
    shown = registry("tree", "--home", mine, "--from", "2020-05").stdout
    assert "由差额闭合" in shown and "3,100.0" in shown
    # June has no readings: whose data are missing is said, and there is no verdict.
    june = registry("tree", "--home", mine, "--from", "2020-06", "--json").stdout
    main = json.loads(june)["nodes"][0]
    assert (main["verdict"], main["lacking"]) == ("missing_data", ["A", "B", "M"])


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--meter", "none"), "没有编号为 none 的水表"),
        (("--from", "2020-13"), "不是日期"),
        (("--to", "2020-05-01"), "--from"),
        (("--from", "2020-06", "--to", "2020-05-01"), "不晚于"),
    ],
)
def test_a_wrong_call_is_refused(mine: Path, words: tuple[str, ...], told: str) -> None:
    done = registry("tree", "--home", mine, *words)
    assert done.returncode == 2 and told in done.stderr
