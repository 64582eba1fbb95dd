"""The cache of compiled code: valid for these very sources, and not needed."""

from __future__ import annotations

import numba
import pytest

from shuiheng.core.vee import compiled, kernel


def test_the_cache_is_tied_to_all_sources_of_the_kernel() -> None:
    cache = kernel._run._cache._cache_file  # type: ignore[attr-defined]
    assert cache._source_stamp == compiled._digest()


def test_without_a_folder_to_cache_in_it_still_compiles(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: object) -> None:
        raise RuntimeError("cannot cache function: no locator available")

    monkeypatch.setattr(numba.core.registry.CPUDispatcher, "enable_caching", refuse)

    def twice(x: int) -> int:
        return 2 * x

    assert compiled.entrance(twice)(21) == 42
