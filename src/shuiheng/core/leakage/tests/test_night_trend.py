"""A slow leak shows against the other zones; a season that moves all of them does not."""

from __future__ import annotations

from decimal import Decimal

import pytest

from shuiheng.core.leakage import rising_zones

SEASON = [100, 104, 98, 101, 99, 102, 140, 150, 160, 155, 149, 151]


def test_a_season_common_to_all_zones_is_no_rise() -> None:
    zones = {"a": SEASON, "b": [2 * x for x in SEASON], "c": [3 * x for x in SEASON]}
    assert rising_zones(zones, window=4, sigma=Decimal(3)) == []


def test_a_growing_leak_in_one_zone_is_found_within_the_season() -> None:
    leak = [x + 12 * max(0, night - 4) for night, x in enumerate(SEASON)]
    other = [2 * x + (-1) ** night for night, x in enumerate(SEASON)]
    found = rising_zones({"a": leak, "b": other, "c": SEASON}, window=4, sigma=Decimal(3))
    assert [rise.zone for rise in found] == ["a"]
    assert found[0].share > Decimal("0.2")


def test_too_few_nights_or_zones_compare_nothing() -> None:
    assert rising_zones({"a": SEASON}, window=4, sigma=Decimal(3)) == []
    assert rising_zones({"a": [1, 2], "b": [2, 3]}, window=4, sigma=Decimal(3)) == []


def test_zones_over_different_nights_are_refused() -> None:
    with pytest.raises(ValueError, match="same nights"):
        rising_zones({"a": [1, 2, 3], "b": [1, 2]}, window=2, sigma=Decimal(3))
