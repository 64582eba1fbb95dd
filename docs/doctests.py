"""For the documentation: examples in docstrings are shown as code, not read as text."""

from __future__ import annotations

from typing import Any

from griffe import Extension, Object


def fenced(text: str) -> str:
    """Return the docstring with each run of ``>>>`` lines and their answers in a code fence."""
    lines, inside = [], False
    for line in text.splitlines():
        starts = line.lstrip().startswith(">>>")
        if starts and not inside:
            lines.append("```pycon")
            inside = True
        elif inside and not line.strip():
            lines.append("```")
            inside = False
        lines.append(line)
    return "\n".join([*lines, "```"] if inside else lines)


class Doctests(Extension):
    """Fences the examples of every object before the docstring is read."""

    def on_instance(self, *, obj: Object, **_: Any) -> None:
        """Fence the examples of one object."""
        if obj.docstring is not None and ">>>" in obj.docstring.value:
            obj.docstring.value = fenced(obj.docstring.value)
