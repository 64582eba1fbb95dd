"""Imports run down the floors, mechanisms stand on the ladder, cards name what is there."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from shuiheng.mechanisms.common.cards import Card, unclaimed
from shuiheng.mechanisms.common.evidence import cards, entries
from shuiheng.rules import Law
from shuiheng.store import Home

TASKS = range(1, 34)  # of the seed plan, 常开委办〔2020〕67号


def folders(root: Path) -> list[Path]:
    """Return the folder of each mechanism; ``common`` is what they share."""
    found = (root / "src/shuiheng/mechanisms").glob("*/__init__.py")
    return sorted(init.parent for init in found if init.parent.name != "common")


def test_the_walls_stand(root: Path) -> None:
    lint = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([lint, "--no-cache"], cwd=root, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-3000:]


def test_floors_1_to_3_work_without_the_framework() -> None:
    code = (
        "import sys; sys.modules['django'] = None; "
        "import shuiheng.basics, shuiheng.rules, shuiheng.core.accounts, shuiheng.core.board; "
        "from shuiheng.rules import Law; print(len(Law.shipped().rules()))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    assert int(done.stdout) > 0


def test_every_mechanism_has_a_card_and_a_page(root: Path) -> None:
    lacking = [
        f"{folder.name}/{name}"
        for folder in folders(root)
        for name in ("card.py", "README.md")
        if not (folder / name).is_file()
    ]
    assert lacking == []


def test_every_folder_of_the_floors_says_what_it_is(root: Path) -> None:
    package = root / "src" / "shuiheng"
    lacking = [
        path.parent.relative_to(package).as_posix()
        for pattern in ("*/__init__.py", "core/*/__init__.py")
        for path in package.glob(pattern)
        if not (path.parent / "README.md").is_file()
    ]
    assert lacking == [], "Write a README.md that says what the folder does and what it never does."


def test_a_card_is_named_as_its_folder(root: Path) -> None:
    assert [card.name for card in cards()] == [folder.name for folder in folders(root)]


@pytest.mark.parametrize("card", cards(), ids=lambda card: card.name)
def test_a_card_names_only_what_is_there(card: Card, root: Path) -> None:
    law = Law.shipped()
    names = {rule.name for rule in law.rules()} | {target.name for target in law.targets()}
    assert set(card.rules) - names == set(), "The card names rules that no pack holds."
    engines = root / "src/shuiheng/core"
    missing = [name for name in card.engines if not (engines / name / "__init__.py").is_file()]
    assert missing == [], "The card names engines that are not in core/."
    assert set(card.tasks) <= set(TASKS)
    assert all(part.strip() for part in (card.title, card.title_en, card.lead, card.purpose))
    assert card.purpose_en.strip()


def test_every_task_of_the_plan_has_a_home() -> None:
    assert unclaimed(list(cards()), TASKS) == []


def test_every_figure_belongs_to_a_mechanism() -> None:
    law = Law.shipped()
    rules = {rule.name for rule in law.rules()} | {target.name for target in law.targets()}
    names = {card.name for card in cards()}
    for entry in entries().values():
        assert entry.mechanism in names, f"{entry.name}: no mechanism {entry.mechanism}."
        assert not entry.threshold or entry.threshold in rules, f"{entry.name}: {entry.threshold}"
        assert set(entry.tasks) <= set(TASKS), entry.name


def test_every_figure_of_an_empty_district_names_what_it_waits_for(
    db: None, home: Home, generate: ModuleType
) -> None:
    from shuiheng.mechanisms.assessment.queries import get_view

    generate.empty_district(home.folder)
    view = get_view(asked_by=None, on=generate.END_OF_SEED_YEAR)
    for entry in entries().values():
        figure = entry.compute(view)
        assert figure.name == entry.name
        assert figure.title and figure.title_en and figure.unit, f"{entry.name} has no title."
        assert figure.value is not None or figure.lacking(), f"{entry.name} says not what lacks."
        for missing in figure.lacking():
            assert missing.title and missing.title_en and missing.held_by, missing.name


def test_every_target_of_the_seed_plan_names_a_figure_that_exists() -> None:
    known = set(entries())
    targets = Law.shipped().targets("plan_2020")
    lost = {target.name: target.measured_by for target in targets}
    assert targets
    assert {name: figure for name, figure in lost.items() if figure not in known} == {}
