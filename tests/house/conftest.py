"""What the tests of the house look at: the project's own files."""

from __future__ import annotations

import ast
import importlib.util
import subprocess
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
# Folders of the notebook floors and of the readings: everything public there is documented.
FLOORS_1_TO_3 = ("basics", "rules", "core", "store", "gateways")


@dataclass(frozen=True)
class Source:
    """One Python file of the project: where it lies, its text, its syntax tree."""

    path: Path
    text: str
    tree: ast.Module

    @property
    def name(self) -> str:
        """The path as people write it, from the project's root."""
        return self.path.relative_to(ROOT).as_posix()

    @property
    def floor(self) -> str:
        """The floor the file belongs to, or empty outside the package."""
        parts = self.path.relative_to(ROOT).parts
        return parts[2] if parts[:2] == ("src", "shuiheng") and len(parts) > 3 else ""

    @property
    def tests(self) -> bool:
        """Whether the file holds tests."""
        return "tests" in self.path.relative_to(ROOT).parts or self.path.name == "conftest.py"


def project_files() -> list[Path]:
    """Return the files that belong to the project: what git knows and does not ignore."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if listed.returncode:  # a copy without its history, as from a source archive
        folders = ("src", "tests", "docs", "benchmarks")
        found = [path for folder in folders for path in (ROOT / folder).rglob("*")]
        return [path for path in found if path.is_file() and "__pycache__" not in path.parts]
    names = listed.stdout.decode().split("\0")
    return [path for path in (ROOT / name for name in names if name) if path.is_file()]


@pytest.fixture(scope="session")
def root() -> Path:
    """Give the project's folder."""
    return ROOT


@pytest.fixture(scope="session")
def files() -> list[Path]:
    """Give every file of the project."""
    return project_files()


@pytest.fixture(scope="session")
def sources(files: list[Path]) -> list[Source]:
    """Give every Python file of the project but migrations, which Django writes."""
    found = []
    for path in files:
        if path.suffix == ".py" and "migrations" not in path.parts:
            text = path.read_text(encoding="utf-8")
            found.append(Source(path, text, ast.parse(text, filename=str(path))))
    return found


@pytest.fixture(scope="session")
def package(sources: list[Source]) -> list[Source]:
    """Give the Python files of floors 1 to 3, without their tests."""
    return [source for source in sources if source.floor in FLOORS_1_TO_3 and not source.tests]


@pytest.fixture(scope="session")
def generate() -> ModuleType:
    """Give the module that makes the reference pages from the code."""
    return load_file("generate", ROOT / "docs" / "generate.py")


def load_file(name: str, path: Path) -> ModuleType:
    """Return the module in a file that belongs to no package."""
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
