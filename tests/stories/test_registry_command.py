"""The registry commands as a person types them: a district of one's own, filled from tables."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from shuiheng.store import Home, Lake
from shuiheng.store.sheets import read_sheet

USERS = """用水户编号,名称,类型,用水分类,镇街道,户数(户)
P1,衡云印染,企业,工业用水,春江镇,
J1,云苑,居民小区,生活用水,新桥镇,1200
J2,川苑,居民小区,生活用水,新桥镇,-5
"""
METERS = """水表编号,用水户编号,计量用途,水源,绑定日期,字轮位数(m3),最小读数(升),常用流量Q3(m3/h)
B1,P1,取水,地表水,2019-01-01,6,10,16
B2,P9,取水,地表水,2019-01-01,6,10,16
"""


def shuiheng(*words: object) -> subprocess.CompletedProcess[str]:
    return command("registry", *words)


def command(*words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from shuiheng.cli import main; main()", *map(str, words)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.fixture(scope="module")
def mine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("registry") / "mine"
    done = shuiheng("init", "--home", folder, "--name", "样例区", "--place", "320411")
    assert done.returncode == 0, done.stderr
    return folder


def write(folder: Path, name: str, text: str) -> Path:
    (folder / name).write_text(text, encoding="gbk")
    return folder / name


def test_a_district_is_made_and_filled(mine: Path, tmp_path: Path) -> None:
    assert Home.open(mine).place == "320411" and not Home.open(mine).demo
    file = write(tmp_path, "users.csv", USERS)
    done = shuiheng("import", file, "--home", mine, "--json")
    assert done.returncode == 1, done.stderr
    said = json.loads(done.stdout)
    assert (said["what"], said["new"], said["refused"]) == ("users", 2, 1)
    assert any(f["code"] == "import.negative" for f in said["findings"])

    refused = Path(said["refused_file"])
    sheet = read_sheet(refused)
    assert [row.cells["用水户编号"] for row in sheet.rows] == ["J2"]
    assert "为负数" in sheet.rows[0].cells["退回原因 reason"]
    corrected = write(tmp_path, "again.csv", USERS.replace("-5", "5"))
    done = shuiheng("import", corrected, "--home", mine)
    assert done.returncode == 0 and "新增 1，更新 0，未变 2" in done.stdout

    meters = write(tmp_path, "meters.csv", METERS)
    done = shuiheng("import", meters, "--home", mine)
    assert done.returncode == 1 and "P9" in done.stderr
    with Lake.open(mine, read_only=True) as lake:
        row = lake.meters().to_pylist()[0]
    assert (row["meter"], row["capacity_l"], row["max_flow_l_h"]) == ("B1", 10**9, 20_000)

    out = tmp_path / "out.xlsx"
    assert shuiheng("export", "users", "--out", out, "--home", mine).returncode == 0
    done = shuiheng("import", out, "--home", mine)
    assert done.returncode == 0 and "未变 3" in done.stdout


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("empty.csv", b"", "空的"),
        ("zip.xlsx", None, "普通压缩包"),
        ("strange.csv", "甲,乙\n1,2\n".encode(), "--what"),
        ("short.csv", "用水户编号,名称\nP1,某厂\n".encode(), "--what"),
        ("nowhere.csv", ..., "不存在"),
    ],
)
def test_what_cannot_be_read_is_one_message(
    mine: Path, tmp_path: Path, name: str, content: Any, words: str
) -> None:
    file = tmp_path / name
    if content is None:
        with zipfile.ZipFile(file, "w") as package:
            package.writestr("a.txt", "a")
    elif content is not ...:
        file.write_bytes(content)
    done = shuiheng("import", file, "--home", mine)
    assert done.returncode == 2 and done.stdout == ""
    assert words in done.stderr and "Traceback" not in done.stderr
    assert name in done.stderr.replace("\n", "")


def test_wrong_calls_name_the_remedy(mine: Path, tmp_path: Path) -> None:
    for words, hint in (
        (("init", "--home", mine, "--name", "x", "--place", "320411"), "--home"),
        (("init", "--home", tmp_path / "n", "--name", "x", "--place", "Xinbei"), "320411"),
        (("template", "nothing", "--out", tmp_path / "t.xlsx"), "users"),
        (("template", "users", "--out", tmp_path / "t.pdf"), ".xlsx"),
        (("export", "users", "--out", tmp_path / "no" / "t.csv", "--home", mine), "no"),
        (("import", tmp_path / "x.csv", "--home", tmp_path / "nobody"), "x.csv"),
    ):
        done = shuiheng(*words)
        assert done.returncode == 2 and hint in done.stderr, words
        assert "Traceback" not in done.stderr
    assert not (tmp_path / "n").exists() and not (tmp_path / "t.xlsx").exists()


def test_another_district_brings_its_own_plan(tmp_path: Path) -> None:
    home, sample = tmp_path / "mine", Path(__file__).parents[2] / "examples" / "sample-plan.txt"
    words = ("init", "--home", home, "--name", "云溪县", "--place", "330999",
             "--plan", "plan_2021", "--towns", "甲镇,乙镇")  # fmt: skip
    early = shuiheng(*words)
    assert early.returncode == 2
    assert "plan adopt" in early.stderr
    adopted = command(
        "plan",
        "adopt",
        sample,
        "--place",
        "330999",
        "--name",
        "plan_2021",
        "--into",
        home / "rules",
    )
    assert adopted.returncode == 0, adopted.stderr
    assert shuiheng(*words).returncode == 0
    board = json.loads(command("plan", "board", "--home", home, "--json").stdout)
    assert board["place_name"] == "云溪县"
    assert len(board["targets"]) >= 10
    assert all(row["missing_inputs"] for row in board["targets"])
    holders = {item["held_by"] for row in board["targets"] for item in row["missing_inputs"]}
    assert "经济发展局" not in holders, "an office of another district's plan"
    assert "水利局" in holders
    tasks = [task for group in board["groups"] for task in group["tasks"]]
    assert len(tasks) == 8
    assert all(task["evidence"] for task in tasks)


def test_a_template_can_be_had_without_a_district(tmp_path: Path) -> None:
    out = tmp_path / "users.xlsx"
    done = shuiheng("template", "users", "--out", out)
    assert done.returncode == 0, done.stderr
    assert "用水户编号" in read_sheet(out).header
