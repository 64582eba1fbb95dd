"""Zones whose night flow grows while that of the others does not: slow leaks show here first.

A season moves the night flow of all zones together. What is compared is therefore each zone's
night flow over that of the other zones: the mean of the last nights against the first nights of
the period. Our own method (rules ``leakage/burst_nights`` and ``burst_sigma``, confidence D): it
points at zones to look at and decides nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Rise:
    """A zone whose night flow rose against the others: the ratio before and after."""

    zone: str
    before: Decimal
    after: Decimal

    @property
    def share(self) -> Decimal:
        """By how much the ratio rose, as a share of what it was."""
        return self.after / self.before - 1


def rising_zones(nights: Mapping[str, Sequence[int]], *, window: int, sigma: Decimal) -> list[Rise]:
    """Return the zones whose ratio rose by more than ``sigma`` deviations, the largest rise first.

    ``nights`` are night minima by zone over the same nights. With fewer than two zones, or fewer
    nights than two windows, nothing can be compared and the list is empty.

    :raises ValueError: if the zones cover different nights

    >>> calm = [100, 101, 99, 100, 100, 101, 99, 100]
    >>> leak = [50, 51, 49, 50, 60, 66, 72, 80]
    >>> [rise.zone for rise in rising_zones({"a": calm, "b": leak}, window=4, sigma=Decimal(3))]
    ['b']
    """
    lengths = {len(series) for series in nights.values()}
    if len(lengths) > 1:
        raise ValueError(
            f"The zones cover {', '.join(map(str, sorted(lengths)))} nights: give the minima of "
            "the same nights for every zone."
        )
    if len(nights) < 2 or lengths.pop() < 2 * window or window < 2:
        return []
    totals = [sum(column) for column in zip(*nights.values(), strict=True)]
    found = []
    for zone, series in nights.items():
        ratios = [
            Decimal(own) / (total - own)
            for own, total in zip(series, totals, strict=True)
            if total > own
        ]
        if len(ratios) < 2 * window:
            continue
        first, last = ratios[:window], ratios[-window:]
        before, after = sum(first, Decimal(0)) / window, sum(last, Decimal(0)) / window
        spread = (sum(((x - before) ** 2 for x in first), Decimal(0)) / (window - 1)).sqrt()
        if before > 0 and after > before + sigma * spread:
            found.append(Rise(zone, before, after))
    return sorted(found, key=lambda rise: -rise.share)
