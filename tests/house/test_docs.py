"""The documents name what is there: pages, commands, make words, links, versions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

from shuiheng.store import Home

FENCE = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!\w+:|#)([^)#\s]+)[^)]*\)")


class Settings(yaml.SafeLoader):
    """Reads mkdocs.yml, whose tags for Python names mean nothing here."""


Settings.add_multi_constructor("tag:yaml.org,2002:python/", lambda *_: None)


def entries(nav: Any) -> Iterator[str]:
    """Yield the pages of a navigation tree."""
    if isinstance(nav, str):
        yield nav
    elif isinstance(nav, list):
        for each in nav:
            yield from entries(each)
    else:
        for below in nav.values():
            yield from entries(below)


def shell_lines(text: str) -> Iterator[str]:
    """Yield the commands of the shell blocks of a page, prompts and comments taken off."""
    for language, block in FENCE.findall(text):
        if language in {"sh", "bash", "console", "shell"}:
            for line in block.replace("\\\n", " ").splitlines():
                line = line.strip().removeprefix("$ ").split(" #")[0]
                yield from (part.strip() for part in re.split(r"&&|\|", line))


def pages(root: Path) -> list[Path]:
    """Return every page that people read."""
    named = [root / name for name in ("README.md", "README.zh-CN.md", "CONTRIBUTING.md")]
    return [*named, *sorted((root / "docs").rglob("*.md"))]


def test_every_page_is_in_the_navigation_and_every_entry_is_a_page(root: Path) -> None:
    told = yaml.load((root / "mkdocs.yml").read_text(encoding="utf-8"), Settings)
    named = list(entries(told["nav"]))
    there = {path.relative_to(root / "docs").as_posix() for path in (root / "docs").rglob("*.md")}
    assert len(named) == len(set(named)), "A page stands twice in the navigation of mkdocs.yml."
    assert there - set(named) == set(), "Put these pages into the navigation of mkdocs.yml."
    assert set(named) - there == set(), "mkdocs.yml names pages that are not there."


@pytest.mark.parametrize("name", ["commands.md", "figures.md", "units.md"])
def test_the_made_pages_are_what_the_code_says(
    name: str, root: Path, generate: ModuleType, db: None, home: Home
) -> None:
    generate.empty_district(home.folder)
    kept = (root / "docs" / "reference" / name).read_text(encoding="utf-8")
    assert kept == generate.PAGES[name](), f"docs/reference/{name} is behind; run make reference."


def test_every_link_between_pages_leads_somewhere(root: Path) -> None:
    broken = []
    for page in pages(root):
        text = FENCE.sub("", page.read_text(encoding="utf-8"))
        for target in LINK.findall(text):
            if not (page.parent / target).exists():
                broken.append(f"{page.relative_to(root)} -> {target}")
    assert broken == []


def test_every_make_word_in_the_documents_exists(root: Path) -> None:
    makefile = (root / "Makefile").read_text(encoding="utf-8")
    words = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    unknown = [
        f"{page.name}: {line}"
        for page in pages(root)
        for line in shell_lines(page.read_text(encoding="utf-8"))
        if line.startswith("make ")
        for word in line.split()[1:]
        if "=" not in word and word not in words
    ]
    assert unknown == []


def test_every_command_in_the_documents_exists(root: Path, generate: ModuleType) -> None:
    tree = {
        " ".join(words): command
        for words, command in generate.command_tree(generate.root_command())
    }
    wrong = []
    for page in pages(root):
        for line in shell_lines(page.read_text(encoding="utf-8")):
            words = re.sub(r"^(\w+=\S* +)*(\.venv/bin/)?", "", line).split()
            if words[:1] != ["shuiheng"] or words[1:2] in ([], ["--help"], ["--version"]):
                continue
            name = " ".join(words[1:3]) if " ".join(words[1:3]) in tree else words[1]
            known = {
                option
                for one in getattr(tree.get(name), "params", [])
                for option in (*one.opts, *one.secondary_opts)
            }
            options = {word.split("=")[0] for word in words if re.match(r"--?[a-z]", word)}
            if name not in tree or options - known - {"--help"}:
                wrong.append(f"{page.relative_to(root)}: {line}")
    assert wrong == []


def test_every_command_and_option_says_what_it_does(generate: ModuleType) -> None:
    silent = []
    for words, command in generate.command_tree(generate.root_command()):
        if not (command.help or "").strip():
            silent.append(" ".join(words))
        for one in generate.shown_parameters(command):
            if not (getattr(one, "help", "") or "").strip():
                silent.append(f"{' '.join(words)} {one.opts[0]}")
    assert silent == []


def test_the_change_log_knows_the_version(root: Path) -> None:
    import shuiheng

    log = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(rf"^## {re.escape(shuiheng.__version__)}\b", log, re.MULTILINE)
    assert f'version = "{shuiheng.__version__}"' in (root / "pyproject.toml").read_text("utf-8")


def test_every_change_waiting_for_a_release_is_written_for_people(root: Path) -> None:
    for path in (root / "changelog.d").glob("*.md"):
        text = path.read_text(encoding="utf-8").strip()
        assert re.search(r"[一-鿿]", text), f"{path.name}: write it in Chinese first."
        assert re.search(r"[A-Za-z]{3}", text), f"{path.name}: and in English."


def test_decisions_are_numbered_once_and_answer_four_questions(root: Path) -> None:
    numbers: dict[str, str] = {}
    for path in sorted((root / "docs" / "decisions").glob("[0-9]*.md")):
        number = path.name[:4]
        assert number not in numbers, f"{path.name} and {numbers[number]} share a number."
        numbers[number] = path.name
        text = path.read_text(encoding="utf-8").lower()
        for question in ("question", "choice", "refused", "think again"):
            assert question in text, f"{path.name} does not say: {question}."


def test_every_decision_is_in_the_list_of_decisions(root: Path) -> None:
    folder = root / "docs" / "decisions"
    listed = set(LINK.findall((folder / "index.md").read_text(encoding="utf-8")))
    assert {path.name for path in folder.glob("[0-9]*.md")} == listed


def test_every_engine_has_a_page_made_from_its_docstrings(root: Path) -> None:
    engines = {init.parent.name for init in (root / "src/shuiheng/core").glob("*/__init__.py")}
    described = {path.stem for path in (root / "docs/reference/python").glob("*.md")}
    assert engines - described == set(), "Add a page to docs/reference/python and to mkdocs.yml."
