"""The one place that compiles: numba without the interpreter lock, cached where it can be."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import Compiler

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


class _Code(JITCodeLibrary):
    """The code of a function that is only ever part of others: optimised and translated there.

    numba would optimise it, with all it calls, and translate it, once for each function that
    calls it; that took most of the time of a first call.
    """

    def _optimize_final_module(self) -> None:
        pass

    def _finalize_final_module(self) -> None:
        cast(Any, self)._finalize_dynamic_globals()
        self._finalized = True

    def get_pointer_to_function(self, name: str) -> int:
        """Return no address: there is nothing that Python could call."""
        cast(Any, self)._ensure_finalized()
        return 0

    @property
    def codegen(self) -> Any:
        """Return what makes code, without the place for Python objects that a call would use."""
        return _Nowhere(self._codegen)


class _Nowhere:
    """numba's generator of code for functions that have no address."""

    def __init__(self, codegen: Any) -> None:
        self._codegen = codegen

    def __getattr__(self, name: str) -> Any:
        return getattr(self._codegen, name)

    def set_env(self, _name: str, _env: object) -> None:
        """Do nothing."""


class _Part(Compiler):
    """Compiles a function that is only ever part of others."""

    def __init__(self, *args: Any, **kws: Any) -> None:
        cast(Any, super()).__init__(*args, **kws)
        code: Any = _Code
        self.state.library = code(self.state.targetctx.codegen(), "part")


def compiled(function: Function) -> Function:
    """Return a function that other compiled functions call; it becomes part of their code.

    It is compiled once for each kind of arguments, and a constant counts as any other number. It
    may not make arrays: so nothing has to be counted at each call.
    """
    return _part(function)


def inlined(function: Function) -> Function:
    """Return a function that is copied to where it is called: for the loop over plain rows."""
    return _part(function, forceinline=True)


def _part(function: Function, **more: bool) -> Function:
    dispatcher: Any = _njit(
        no_cpython_wrapper=True, no_cfunc_wrapper=True, _nrt=False, pipeline_class=_Part,
        **_OPTIONS, **more,
    )(function)  # fmt: skip
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
