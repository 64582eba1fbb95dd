"""The notebook tutorial does what it shows: its blocks run in order and print what is there."""

from __future__ import annotations

import io
import re
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import pytest

PAGE = Path(__file__).resolve().parents[2] / "docs" / "tutorial" / "notebook.md"
# A block of Python, and what it prints where that is shown right below it.
BLOCK = re.compile(r"```python\n(.*?)```(?:\s*```text\n(.*?)```)?", re.DOTALL)


def blocks(page: Path) -> list[tuple[int, str, str | None]]:
    """Return line number, code and shown output of each block."""
    text = page.read_text(encoding="utf-8")
    return [
        (text.count("\n", 0, found.start()) + 2, found[1], found[2])
        for found in BLOCK.finditer(text)
    ]


def run(code: str, names: dict[str, Any], line: int) -> str:
    """Return what one block prints; errors point at the page's own lines."""
    printed = io.StringIO()
    with redirect_stdout(printed):
        exec(compile("\n" * (line - 1) + code, str(PAGE), "exec"), names)
    return printed.getvalue()


def test_every_block_runs_and_prints_what_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {"__name__": "__main__"}
    found = blocks(PAGE)
    assert len(found) > 10
    for line, code, shown in found:
        printed = run(code, names, line)
        assert printed.split() == (shown or "").split(), f"The block at line {line} of {PAGE.name}"
        assert printed.strip() == (shown or "").strip(), f"The block at line {line} of {PAGE.name}"


def test_the_path_needs_no_framework() -> None:
    code = "".join(code for _, code, _ in blocks(PAGE))
    assert not re.search(r"\b(django|shuiheng\.(web|cli|mechanisms))\b", code)
