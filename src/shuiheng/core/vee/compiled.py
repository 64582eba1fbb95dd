"""The one place that compiles: numba without the interpreter lock, cached where it can be."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

import numba

Function = TypeVar("Function", bound=Callable[..., object])


def compiled(function: Function) -> Function:
    """Return the function compiled to machine code at its first call.

    The code is cached beside the module, or in the user's cache folder when the package is
    read-only; where neither can be written it is compiled anew in each process.
    """
    try:
        return cast(Function, numba.njit(nogil=True, cache=True)(function))
    except RuntimeError:
        return cast(Function, numba.njit(nogil=True)(function))
