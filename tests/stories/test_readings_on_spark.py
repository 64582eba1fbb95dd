"""``readings vee --spark``: the command as a person types it, on executors of this machine."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

CSV = "表号,时间,读数\n" + "".join(
    f"A{meter},2024-01-{day:02} 00:00,{meter * 1000 + day * meter}\n"
    for meter in range(1, 30)
    for day in range(1, 29)
)


def shuiheng(*words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from shuiheng.cli import main; main()", *map(str, words)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_executors_need_a_cluster(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text(CSV)
    shuiheng("readings", "import", file, "--unit", "m3", "--no-vee", "--home", tmp_path)
    done = shuiheng("readings", "vee", "--executors", 3, "--home", tmp_path)
    assert done.returncode == 2
    assert "--executors belongs to --spark" in done.stderr


@pytest.mark.cluster
def test_the_command_gives_what_threads_give(tmp_path: Path, service_missing: Any) -> None:
    if find_spec("pyspark") is None or shutil.which("java") is None:
        service_missing("Spark or Java is not installed: make cluster, default-jre-headless")
    file = tmp_path / "a.csv"
    file.write_text(CSV)
    said = []
    for name, words in (("threads", []), ("spark", ["--spark", "local[2]"])):
        home = tmp_path / name
        shuiheng("readings", "import", file, "--unit", "m3", "--no-vee", "--home", home)
        done = shuiheng("readings", "vee", *words, "--json", "--home", home)
        assert done.returncode == 0, done.stderr
        made = json.loads(done.stdout)
        assert made["meters"] == 29
        assert made["stale_meters"] == 0
        totals = shuiheng("readings", "totals", "--by", "day", "--json", "--home", home)
        said.append(json.loads(totals.stdout))
    assert said[0] == said[1]
    assert said[0]


@pytest.mark.cluster
def test_a_master_that_is_none_is_refused(tmp_path: Path, service_missing: Any) -> None:
    if find_spec("pyspark") is None or shutil.which("java") is None:
        service_missing("Spark or Java is not installed: make cluster, default-jre-headless")
    file = tmp_path / "a.csv"
    file.write_text(CSV)
    shuiheng("readings", "import", file, "--unit", "m3", "--no-vee", "--home", tmp_path)
    done = shuiheng("readings", "vee", "--spark", "somewhere", "--home", tmp_path)
    assert done.returncode == 2
    assert "'somewhere'" in done.stderr
    assert "Traceback" not in done.stderr
