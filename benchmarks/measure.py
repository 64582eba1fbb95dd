"""Time and memory of the steps a user waits for; ``make bench`` runs it.

Each step runs in a process of its own, so that its largest resident memory is its own. Input is
made here from a seed; nothing is fetched and nothing is left behind.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import platform
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

SHUIHENG = Path(sys.executable).with_name("shuiheng")
SEED = 20200519
Result = dict[str, Any]


def plan_text(characters: int) -> str:
    """Return the text of an invented plan of at least so many characters.

    As dense as plans are: some 250 characters for a task, and a number or two in each.
    """
    verbs = ("推进", "加强", "完善", "实施", "建立")
    things = ("节水载体建设", "用水计量管理", "供水管网改造", "灌区节水改造", "用水定额管理")
    units = ("水务局", "农业农村局", "住房和城乡建设局", "经济发展局", "教育局")
    prose = (
        "健全工作机制，压实各方责任，加强部门协同，形成工作合力。",
        "坚持节水优先，统筹生活、生产、生态用水，提高水资源利用效率。",
        "鼓励社会资本参与，培育节水产业，推广先进适用的节水技术和设备。",
        "加强宣传教育，增强全社会节水意识，营造爱水惜水的良好氛围。",
        "建立台账，定期调度，对进展缓慢的单位予以通报，结果纳入年度考核。",
    )
    dice = random.Random(SEED)
    lines, size, number = ["示范区节水行动实施方案", "", "二、重点任务", "（一）总量强度双控"], 0, 0
    while size < characters:
        number += 1
        one, other = dice.sample(units, 2)
        body = "".join(dice.choices(prose, k=5))
        line = (
            f"{number}. {dice.choice(verbs)}{dice.choice(things)}。{body}"
            f"到{dice.randint(2020, 2035)}年，城市公共供水管网漏损率控制在"
            f"{dice.randint(5, 12)}%以内，完成改造{dice.randint(10, 900)}公里。"
            f"（{one}牵头，{other}、各镇配合）"
        )
        lines.append(line)
        size += len(line)
    return "\n".join(lines)


def parse(folder: Path, full: bool) -> Result:
    """Parse a long plan."""
    from shuiheng.core.plan_text import parse_plan

    text = plan_text(70_000)
    parse_plan("一、主要目标")
    seconds = repeat(lambda: parse_plan(text), 5)
    return {"input": f"{len(text.encode()) // 1000} kB of text", "seconds": seconds}


def readings_file(path: Path, meters: int, days: int) -> int:
    """Write hourly registers of invented meters with gaps and repeats; return the rows."""
    dice, rows = random.Random(SEED), 0
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(["meter", "time", "register_l"])
        for meter in range(meters):
            register, at = dice.randrange(10**6), datetime(2020, 1, 1)  # noqa: DTZ001 — local
            for _ in range(days * 24):
                register += dice.randrange(2000)
                at += timedelta(hours=1)
                for _ in range((0, 1, 1, 1, 1, 1, 1, 1, 1, 2)[dice.randrange(10)]):
                    out.writerow([f"M{meter:05}", at.isoformat(" "), register])
                    rows += 1
    return rows


def bring_in(folder: Path, full: bool) -> Result:
    """Import a file of readings into an empty lake, then make its volumes."""
    from shuiheng.store import Lake
    from shuiheng.store.imports import Wanted, import_file

    rows = readings_file(folder / "readings.csv", 400 if full else 100, 365 if full else 90)
    lake = Lake.open(folder / "home")
    began = time.perf_counter()
    import_file(lake, folder / "readings.csv", Wanted(zone="Asia/Shanghai"), home=folder / "home")
    imported = time.perf_counter() - began
    began = time.perf_counter()
    lake.recompute()
    first = time.perf_counter() - began
    lake.close()
    return {
        "input": f"{rows:,} rows of CSV",
        "seconds": [imported],
        "rows_per_second": round(rows / imported),
        "then": {"volumes and findings, compiling included where not cached": round(first, 2)},
    }


def demo(folder: Path, full: bool) -> Result:
    """Build the demonstration district, and ask its board twice."""
    home, scale = folder / "home", "1.0" if full else "0.1"
    build = [SHUIHENG, "demo", "--home", home, "--no-serve", "--scale", scale]
    seconds = [timed(build)]
    board = [SHUIHENG, "plan", "board", "--home", home, "--json"]
    return {
        "input": f"the district at scale {scale}",
        "seconds": seconds,
        "then": {
            "demo again (it is there already)": round(timed(build), 2),
            "plan board --json": round(min(timed(board) for _ in range(3)), 2),
        },
    }


STEPS: dict[str, Callable[[Path, bool], Result]] = {
    "parse": parse,
    "import": bring_in,
    "demo": demo,
}


def repeat(step: Callable[[], object], times: int) -> list[float]:
    """Return the seconds of each of so many runs."""
    seconds = []
    for _ in range(times):
        began = time.perf_counter()
        step()
        seconds.append(time.perf_counter() - began)
    return seconds


def timed(words: list[Any]) -> float:
    """Return the seconds a command takes, from the call to its end; end if it fails."""
    began = time.perf_counter()
    done = subprocess.run([str(word) for word in words], check=False, stdout=subprocess.DEVNULL)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, words[1:]))} ended with {done.returncode}.")
    return time.perf_counter() - began


def run_one(name: str, full: bool) -> None:
    """Run one step in this process and print what was measured as JSON."""
    with tempfile.TemporaryDirectory(prefix="shuiheng-bench-") as folder:
        result = STEPS[name](Path(folder), full)
    own, below = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, -1))
    result["memory_mb"] = round(max(own, below) / 1024)
    print(json.dumps(result, ensure_ascii=False))


def main() -> None:
    """Run the steps that were asked for, each in its own process, and print a table."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("steps", nargs="*", metavar="STEP", help="Which steps (default all).")
    words.add_argument("--small", action="store_true", help="A tenth of the input.")
    words.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    asked = words.parse_args()
    if asked.inside:
        run_one(asked.steps[0], not asked.small)
        return
    print(
        f"{date.today().isoformat()}, {platform.machine()}, {os.cpu_count()} cores, "  # noqa: DTZ011
        f"Python {platform.python_version()}, load {os.getloadavg()[0]:.1f} at the start\n"
    )
    print("| step | input | best s | median s | rows/s | memory MB |\n|---|---|---|---|---|---|")
    notes = []
    for name in asked.steps or STEPS:
        command = [sys.executable, __file__, name, "--inside", *(["--small"] * asked.small)]
        done = subprocess.run(command, check=False, stdout=subprocess.PIPE, text=True)
        if done.returncode:
            sys.exit(f"The step {name} failed; the reason stands above.")
        told = json.loads(done.stdout)
        best, middle = min(told["seconds"]), statistics.median(told["seconds"])
        rate = f"{told['rows_per_second']:,}" if "rows_per_second" in told else "—"
        cells = (name, told["input"], f"{best:.2f}", f"{middle:.2f}", rate, told["memory_mb"])
        print(f"| {' | '.join(map(str, cells))} |", flush=True)
        notes += [f"- {name}, {what}: {value} s" for what, value in told.get("then", {}).items()]
    print("\n" + "\n".join(notes))


if __name__ == "__main__":
    main()
