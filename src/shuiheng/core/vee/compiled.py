"""The one place that compiles: numba without the interpreter lock, cached where it can be."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import numba

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


def compiled(function: Function) -> Function:
    """Return the function compiled to machine code at its first call.

    The code is cached beside the module, or in the user's cache folder when the package is
    read-only, until any source of the kernel changes. Where neither folder can be written it is
    compiled anew in each process.
    """
    dispatcher: Any = numba.njit(nogil=True)(function)
    try:
        dispatcher.enable_caching()
    except RuntimeError:
        return cast(Function, dispatcher)
    dispatcher._cache._cache_file._source_stamp = _SOURCES
    return cast(Function, dispatcher)
