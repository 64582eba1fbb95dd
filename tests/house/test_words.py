"""Names say what is inside; the documented is documented; nothing swallows what it cannot name."""

from __future__ import annotations

import ast
import importlib
import re
from pathlib import Path
from typing import Any

import yaml

EMPTY_NAMES = {"utils", "util", "helpers", "helper", "misc", "manager", "managers", "tools"}
# Whole-file reasons why a place may catch everything; the outermost loops of jobs and commands.
CATCHES_ALL = Path(__file__).with_name("catches_all.yaml")
Documented = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
# A path of somebody's own machine.
PRIVATE_PATH = re.compile(r"(?<![\w.}>\]-])/(?:home|Users|root|work)/[\w.]")
TEXT = {".py", ".md", ".toml", ".yaml", ".yml", ".html", ".css", ".js", ".txt", ".json", ".po", ""}


def public(body: list[ast.stmt]) -> list[Documented]:
    """Return the public classes and functions of a body."""
    found = [node for node in body if isinstance(node, Documented)]
    return [node for node in found if not node.name.startswith("_")]


def overloads(node: Documented) -> bool:
    """Return whether the definition is only a typed overload."""
    return any(ast.unparse(decorator).endswith("overload") for decorator in node.decorator_list)


def undocumented(source: Any) -> list[str]:
    """Return the public names of a file that have no docstring."""
    lacking = [] if ast.get_docstring(source.tree) or not source.text.strip() else ["the file"]
    for node in public(source.tree.body):
        inner = public(node.body) if isinstance(node, ast.ClassDef) else []
        for each, name in [(node, node.name), *((one, f"{node.name}.{one.name}") for one in inner)]:
            setter = any(ast.unparse(d).endswith(".setter") for d in each.decorator_list)
            if not ast.get_docstring(each) and not overloads(each) and not setter:
                lacking.append(name)
    return [f"{source.name}: {name}" for name in lacking]


def test_no_file_is_called_by_a_word_that_says_nothing(files: list[Path], root: Path) -> None:
    empty = [str(path.relative_to(root)) for path in files if path.stem.lower() in EMPTY_NAMES]
    empty += [
        str(path.relative_to(root))
        for path in files
        if EMPTY_NAMES & {part.lower() for part in path.relative_to(root).parts[:-1]}
    ]
    assert empty == [], "Name the file by what is inside."


def test_everything_public_on_floors_1_to_3_is_documented(package: list[Any]) -> None:
    lacking = [name for source in package for name in undocumented(source)]
    assert lacking == [], "Write one sentence that completes 'this function will …'."


def test_the_face_of_each_folder_names_what_is_public(package: list[Any]) -> None:
    wrong = []
    for source in package:
        if source.path.name != "__init__.py" or "__all__" not in source.text:
            continue
        parts = source.path.parent.parts
        module = importlib.import_module(".".join(parts[parts.index("shuiheng") :]))
        brought = {
            (alias.asname or alias.name)
            for node in source.tree.body
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("shuiheng")
            for alias in node.names
        } | {node.name for node in public(source.tree.body)}
        named = set(module.__all__)
        wrong += [f"{source.name}: {name} is imported, not named" for name in brought - named]
        wrong += [
            f"{source.name}: {name} is named and not there"
            for name in named
            if not hasattr(module, name)
        ]
        if len(named) != len(module.__all__):
            wrong.append(f"{source.name}: a name stands twice in __all__")
    assert wrong == []


def raises_again(handler: ast.ExceptHandler) -> bool:
    """Return whether the handler ends by raising what it caught: it tidies up, swallows nothing."""
    last = handler.body[-1]
    return isinstance(last, ast.Raise) and last.exc is None


def catching_all(source: Any) -> list[str]:
    """Return the functions of a file that catch every exception and do not raise it again."""
    found = []
    for function in ast.walk(source.tree):
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        for node in ast.walk(function):
            if isinstance(node, ast.ExceptHandler) and not raises_again(node):
                kinds = "BaseException" if node.type is None else ast.unparse(node.type)
                if re.search(r"\b(Exception|BaseException)\b", kinds):
                    found.append(f"{source.name} {function.name}")
    return found


def test_only_listed_places_catch_every_exception(sources: list[Any]) -> None:
    listed = yaml.safe_load(CATCHES_ALL.read_text(encoding="utf-8")) or {}
    found = {place for source in sources for place in catching_all(source)}
    assert found == set(listed), "List the place with its reason in tests/house/catches_all.yaml."
    assert all(str(reason).strip() for reason in listed.values())


def test_no_path_of_a_private_machine_is_written_down(files: list[Path], root: Path) -> None:
    found = []
    for path in files:
        if path.suffix in TEXT and path.stat().st_size < 2_000_000:
            for number, line in enumerate(path.read_text("utf-8", "replace").splitlines(), 1):
                if PRIVATE_PATH.search(line):
                    found.append(f"{path.relative_to(root)}:{number}")
    assert found == []


def test_the_locks_name_no_host(root: Path) -> None:
    for name in ("lock.txt", "package-lock.json", "package.json", ".npmrc", "Makefile", ".ci/run"):
        text = (root / name).read_text(encoding="utf-8")
        assert "://" not in text, f"{name} names an address."
        assert "index-url" not in text.replace("--no-emit-index-url", ""), name


def test_the_lock_holds_what_the_package_asks_for(root: Path) -> None:
    import tomllib

    told = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = told["project"]["dependencies"] + told["project"]["optional-dependencies"]["dev"]
    wanted += told["build-system"]["requires"]
    lock = (root / "lock.txt").read_text(encoding="utf-8")
    locked = {line.split("==")[0].lower() for line in lock.splitlines() if "==" in line}
    names = {re.split(r"[\[<>=;! ]", one)[0].lower().replace("_", "-") for one in wanted}
    assert names - locked == set(), "Run make lock."
    unpinned = [line for line in lock.splitlines() if line[:1].isalnum() and "==" not in line]
    assert unpinned == []
    assert all(line.rstrip().endswith("\\") for line in lock.splitlines() if "==" in line)
