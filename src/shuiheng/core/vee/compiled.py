"""The one place that compiles: numba without the interpreter lock, cached where it can be."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import numba

# What numba takes is wider than what it declares.
_njit: Any = numba.njit
_unliteral: Any = numba.types.unliteral

Function = TypeVar("Function", bound=Callable[..., object])


def _digest() -> str:
    """Return a digest of the kernel's sources.

    numba looks only at the file that holds a function; but the places of thresholds and codes are
    constants out of other files, and they are compiled in.
    """
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


_SOURCES = _digest()


# A function of the kernel may divide: what it divides by is never zero, and is not asked each time.
_OPTIONS: dict[str, Any] = {"nogil": True, "error_model": "numpy"}


def compiled(function: Function) -> Function:
    """Return a function that other compiled functions call; it becomes part of their code.

    It is compiled once for each kind of arguments, and a constant counts as any other number. It
    may not make arrays: so nothing has to be counted at each call.
    """
    dispatcher: Any = _njit(no_cpython_wrapper=True, no_cfunc_wrapper=True, _nrt=False, **_OPTIONS)(
        function
    )
    of_literals = dispatcher.get_call_template

    def of_numbers(args: tuple[Any, ...], kws: dict[str, Any]) -> Any:
        plain = tuple(_unliteral(kind) for kind in args)
        return of_literals(plain, kws)

    dispatcher.get_call_template = of_numbers
    return cast(Function, dispatcher)


def allocating(function: Function) -> Function:
    """Return a function that other compiled functions call, and that makes arrays of its own."""
    return cast(Function, _njit(**_OPTIONS)(function))


def entrance(function: Function) -> Function:
    """Return a function that Python calls, compiled to machine code at its first call.

    The code is cached beside the module, or in the user's cache folder when the package is
    read-only, until any source of the kernel changes. Where neither folder can be written it is
    compiled anew in each process.
    """
    dispatcher: Any = _njit(**_OPTIONS)(function)
    try:
        dispatcher.enable_caching()
    except RuntimeError:
        return cast(Function, dispatcher)
    dispatcher._cache._cache_file._source_stamp = _SOURCES
    return cast(Function, dispatcher)
