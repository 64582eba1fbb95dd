"""Files, functions and parameter lists stay small enough to be read at one sitting."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FILE_LINES = 500
FUNCTION_LINES = 80
PARAMETERS = 8
# What people write and read; data files and what is generated are exempt.
WRITTEN = {".py", ".html", ".js", ".css", ".sh"}
Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions(tree: ast.AST) -> Iterator[Function]:
    """Yield every function of a file, nested ones and methods too."""
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def parameters(function: Function) -> list[str]:
    """Return the names of a function's parameters, without ``self`` and ``cls``."""
    told = function.args
    names = [one.arg for one in (*told.posonlyargs, *told.args, *told.kwonlyargs)]
    names += [one.arg for one in (told.vararg, told.kwarg) if one is not None]
    return [name for place, name in enumerate(names) if place or name not in {"self", "cls"}]


def is_command(function: Function) -> bool:
    """Return whether the function is a word of the command line: its parameters are options."""
    return any(
        isinstance(call := decorator, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr in {"command", "callback"}
        for decorator in function.decorator_list
    )


def is_compiled(function: Function) -> bool:
    """Return whether the function is compiled: it takes arrays, not values that bundle."""
    return any(ast.unparse(decorator) == "compiled" for decorator in function.decorator_list)


def test_no_file_is_longer_than_a_sitting(files: list[Path], root: Path) -> None:
    long = {}
    for path in files:
        if path.suffix in WRITTEN and "migrations" not in path.parts:
            count = len(path.read_text(encoding="utf-8").splitlines())
            if count > FILE_LINES:
                long[path.relative_to(root).as_posix()] = count
    assert long == {}, f"Split these files; {FILE_LINES} lines are the limit: {long}"


def test_no_function_is_longer_than_a_screen(sources: list[Any]) -> None:
    long = {
        f"{source.name}:{function.lineno} {function.name}": function.end_lineno - function.lineno
        for source in sources
        for function in functions(source.tree)
        if (function.end_lineno or 0) - function.lineno >= FUNCTION_LINES
    }
    assert long == {}, f"Split these functions; {FUNCTION_LINES} lines are the limit: {long}"


def test_no_function_takes_more_than_eight_parameters(sources: list[Any]) -> None:
    wide = {
        f"{source.name}:{function.lineno} {function.name}": len(parameters(function))
        for source in sources
        for function in functions(source.tree)
        if len(parameters(function)) > PARAMETERS
        and not source.tests  # fixtures are parameters, too
        and not is_command(function)
        and not is_compiled(function)
    }
    assert wide == {}, f"Bundle what belongs together into a value of its own: {wide}"


def test_the_counting_counts() -> None:
    text = "class A:\n    def f(self, a, /, b, *c, d, **e):\n        return 1\n"
    (function,) = functions(ast.parse(text))
    assert parameters(function) == ["a", "b", "d", "c", "e"]
    assert not is_command(function)
