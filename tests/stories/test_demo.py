"""The demonstration district: made from a seed, told truly, and built whole or not at all."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from shuiheng.basics import Period
from shuiheng.cli.demo.build import write_lake, write_stories
from shuiheng.cli.demo.generate import generate
from shuiheng.cli.demo.rows import YEAR, District
from shuiheng.cli.demo.tables import write_tables
from shuiheng.store import Home, Lake

SCALE = 0.05


@pytest.fixture(scope="module")
def district() -> District:
    return generate(scale=SCALE)


@pytest.fixture(scope="module")
def lake(district: District, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lake]:
    with Lake.open(tmp_path_factory.mktemp("demo")) as lake:
        write_lake(district, lake)
        yield lake


def computed(district: District, lake: Lake) -> np.ndarray:
    """Return litres by meter and month as the lake found them."""
    place = {meter.number: row for row, meter in enumerate(district.meters)}
    found = np.zeros_like(district.truth_l)
    table = lake.volumes("month", period=Period.year(YEAR))
    for meter, start, litres in zip(
        *(table.column(name).to_pylist() for name in ("meter", "start", "volume_l")), strict=True
    ):
        found[place[meter], start.month - 1] += litres
    return found


def test_one_seed_makes_one_district(district: District) -> None:
    again, other = generate(scale=SCALE), generate(seed=1, scale=SCALE)
    assert again.users == district.users and again.meters == district.meters
    assert again.declared == district.declared and again.plans == district.plans
    assert all(
        one.equals(two) for (_, one), (_, two) in zip(again.batches, district.batches, strict=True)
    )
    assert not other.batches[0][1].equals(district.batches[0][1])


def test_a_whole_district_has_the_size_it_promises() -> None:
    whole = generate()
    assert 1_150 <= len(whole.users) <= 1_250 and 1_900 <= len(whole.meters) <= 2_100
    assert 2_500_000 <= whole.readings <= 3_500_000
    kinds = Counter(user.kind for user in whole.users)
    assert kinds["school"] == 60 and kinds["waterworks"] == 2
    persons = sum(user.persons for user in whole.users if user.kind in {"community", "village"})
    assert 700_000 <= persons <= 850_000
    assert len({user.name for user in whole.users}) == len(whole.users)
    assert len({meter.number for meter in whole.meters}) == len(whole.meters)
    assert len({user.town for user in whole.users}) == 10


def test_volumes_equal_the_truth_except_where_a_fault_was_planted(
    district: District, lake: Lake
) -> None:
    faulty = {story.meter for story in district.stories if story.changes_volume}
    found = computed(district, lake)
    wrong = {
        district.meters[row].number
        for row in np.flatnonzero((found != district.truth_l).any(axis=1))
    }
    assert wrong == faulty


def test_every_planted_fault_is_found_and_nothing_else(district: District, lake: Lake) -> None:
    found = {(row["meter"], row["code"]) for row in lake.findings() if row["meter"]}
    for story in district.stories:
        for code in story.findings:
            assert (story.meter, code) in found, story.code
    told = {story.meter for story in district.stories}
    others = {code for meter, code in found if meter not in told}
    # Patterns look for what is unusual; the seasons of works and factories are that, too.
    assert others <= {"vee.continuous_flow", "vee.night_rise", "vee.unusual_day"}


def test_late_readings_are_complete_in_the_end(district: District, lake: Lake) -> None:
    late = next(story for story in district.stories if story.code == "late_batch")
    touched = lake.touched_by(f"demo-{YEAR}-10-late")
    assert touched == sorted(late.facts["meters"])
    table = lake.volumes("month", meters=touched, period=Period.month(YEAR, 10))
    assert set(table.column("quality").to_pylist()) == {"G"}


def test_the_leak_grows_while_the_customers_take_no_more(district: District) -> None:
    story = next(story for story in district.stories if story.code == "dma_leak")
    zone = story.facts["zone"]
    inlet = district.truth_of(story.meter) / 1000
    taken = sum(
        district.truth_of(meter.number) / 1000
        for meter in district.meters
        if meter.role == "delivery" and meter.zone == zone
    )
    share = 1 - np.asarray(taken) / inlet
    before, after = share[:6].mean(), share[-1]
    assert after > before + 0.02
    assert (np.diff(share[6:]) > -0.002).all()


def test_the_account_closes_and_is_of_the_right_order(
    district: District, home: Home, db: None
) -> None:
    from shuiheng.mechanisms.registry.models import WaterUser
    from shuiheng.mechanisms.statistics.queries import get_accounts

    write_tables(district, lambda what, count: None)
    assert WaterUser.objects.count() == len(district.users)
    with Lake.open(home.folder) as lake:
        write_lake(district, lake)
        accounts = get_accounts(asked_by=None, lake=lake, period=Period.year(YEAR))
    side: Counter[str] = Counter()
    use: Counter[str] = Counter()
    for line in accounts.lines:
        side[line.side] += line.volume_l
        if line.side == "use":
            use[line.use] += line.volume_l
    assert side["supply"] == side["use"] + side["loss"]
    assert not accounts.findings
    million = {name: litres / 1e9 for name, litres in use.items()}
    assert 840 <= side["supply"] / 1e9 <= 871
    assert 115 <= million["U1"] <= 145 and 590 <= million["U2"] <= 640
    assert 60 <= million["U3"] <= 90 and 10 <= million["U4"] <= 20
    power = sum(
        line.volume_l
        for line in accounts.lines
        if line.side == "use" and accounts.users[line.user].is_power
    )
    assert 460 <= power / 1e9 <= 520


def test_the_user_over_plan_is_over_by_what_the_story_says(district: District) -> None:
    story = next(story for story in district.stories if story.code == "over_plan")
    plan = next(row for row in district.plans if row.user == story.user)
    used = sum(
        int(district.truth_of(meter.number).sum())
        for meter in district.meters
        if meter.user == story.user and meter.role in {"intake", "delivery", "reclaimed"}
    )
    assert used / 1000 / float(plan.volume_m3) == pytest.approx(1.34, abs=0.005)


def test_stories_are_written_down_for_pages(district: District, tmp_path: Path) -> None:
    write_stories(district, tmp_path)
    document = json.loads((tmp_path / "stories.json").read_text("utf-8"))
    codes = [story["code"] for story in document["stories"]]
    assert len(codes) == len(set(codes)) == len(district.stories)
    told = (Path(__file__).parents[2] / "docs" / "tutorial" / "first-look.md").read_text("utf-8")
    assert [code for code in codes if f"`{code}`" not in told] == []


# The command ------------------------------------------------------------------------------------


def words(*more: object) -> list[str]:
    script = "from shuiheng.cli import main; main()"
    return [sys.executable, "-c", script, "demo", "--no-serve", *map(str, more)]


def demo(*more: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(words(*more), capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("command") / "demo"
    done = demo("--home", folder, "--scale", SCALE)
    assert done.returncode == 0, done.stderr
    assert str(folder) in done.stdout.replace("\n", "") and "演示数据" in done.stdout
    return folder


def record(folder: Path) -> Any:
    return json.loads((folder / "demo.json").read_text("utf-8"))


def test_a_built_demo_is_whole_and_kept(built: Path) -> None:
    home = Home.open(built)
    assert home.demo and home.seed == record(built)["seed"]
    assert {"district.sqlite", "lake", "stories.json"} <= {path.name for path in built.iterdir()}
    assert {path.name for path in built.parent.iterdir()} == {".demo.lock", "demo"}
    stamp = (built / "demo.json").stat().st_mtime_ns
    again = demo("--home", built)
    assert again.returncode == 0 and "The demonstration district is in" in again.stdout
    assert (built / "demo.json").stat().st_mtime_ns == stamp


def test_what_is_no_demo_is_left_alone(built: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine", "utf-8")
    for more in ((), ("--rebuild",)):
        refused = demo("--home", tmp_path, *more)
        assert refused.returncode == 2 and "--home" in refused.stderr
    assert (tmp_path / "mine.txt").read_text("utf-8") == "mine"
    other = demo("--home", built, "--seed", 7)
    assert other.returncode == 2 and "--rebuild" in other.stderr


def test_an_older_making_is_refused_with_the_remedy(built: Path, tmp_path: Path) -> None:
    folder = tmp_path / "old"
    folder.mkdir()
    (folder / "demo.json").write_text(json.dumps(record(built) | {"made_by": "0"}), "utf-8")
    refused = demo("--home", folder)
    assert refused.returncode == 2 and "--rebuild" in refused.stderr


def test_a_build_that_is_killed_leaves_nothing_and_can_be_repeated(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    half = tmp_path / ".demo.half"
    process = subprocess.Popen(
        words("--home", folder, "--scale", SCALE), stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    until = time.monotonic() + 60
    while not (half / "lake").exists() and time.monotonic() < until:
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert half.exists() and not folder.exists()
    done = demo("--home", folder, "--scale", SCALE)
    assert done.returncode == 0, done.stderr
    assert Home.open(folder).demo and not half.exists()
