"""The card of a mechanism: what it serves, by which clauses, with which rules and engines."""

from __future__ import annotations

from dataclasses import dataclass

# The plan whose task numbers stand on the cards; other plans are tied by mechanism.
SEED_PLAN = "常开委办〔2020〕67号"


@dataclass(frozen=True, slots=True)
class Card:
    """What one mechanism is. ``tasks`` are those of the seed plan (常开委办〔2020〕67号)."""

    name: str
    title: str
    title_en: str
    tasks: tuple[int, ...]
    lead: str
    purpose: str
    purpose_en: str
    clauses: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    engines: tuple[str, ...] = ()
    reports: tuple[str, ...] = ()


def unclaimed(cards: list[Card], tasks: range) -> list[int]:
    """Return the tasks of the plan that no mechanism claims.

    >>> unclaimed([Card("a", "", "", (1, 3), "", "", "")], range(1, 4))
    [2]
    """
    return sorted(set(tasks) - {task for card in cards for task in card.tasks})
