"""Generated histories: meters of the three kinds with every fault, made from one seed."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from shuiheng.core.vee.tests.histories import DAY, HOUR, START, Row

CAPACITY = 100_000
Stepper = Callable[[], int]


@dataclass(slots=True)
class History:
    """One meter's readings (instant in s, litres, mark) and what is entered about it."""

    seed: int
    kind: int
    facts: dict[str, int]
    rows: list[Row] = field(default_factory=list)
    exchanges: list[Row] = field(default_factory=list)
    scales: list[Row] = field(default_factory=list)

    def with_rows(self, rows: list[Row]) -> History:
        """Return the same meter with other readings."""
        return replace(self, rows=rows)


def history(seed: int, *, count: int = 120) -> History:
    """Return a history with gaps, conflicts, falls, jumps, bad stamps and marks."""
    chance = random.Random(seed)
    kind = chance.choice([0, 0, 0, 1, 2])
    usual = chance.choice([900, HOUR, HOUR, 6 * HOUR, DAY])
    made = History(
        seed,
        kind,
        {
            "kind": kind,
            "unit": chance.choice([1, 1, 10]),
            "capacity": chance.choice([0, CAPACITY]) if kind == 0 else 0,
            "q4": chance.choice([0, 0, 2_500]),
            "step": chance.choice([0, usual]),
            "idle": chance.choice([0, 0, DAY]),
        },
    )
    if chance.random() < 0.2:
        at = START + chance.randrange(count * usual)
        made.scales = [(at, *chance.choice([(10, 1), (1, 3), (7, 10)]))]
    _fill(made, chance, usual, count)
    return made


def _fill(made: History, chance: random.Random, usual: int, count: int) -> None:
    at, register = START + chance.randrange(0, 2 * DAY), chance.randrange(0, CAPACITY)
    drifts = chance.choice([0, 0, 40])
    away = 0
    for _ in range(count):
        at += usual + drifts
        fault = chance.random()
        if fault < 0.06:
            at += chance.choice([61, usual, 3 * usual, 30 * HOUR, 3 * DAY, 20 * DAY, 40 * DAY])
        step = chance.choice([0, 0, 3, 17, 17, 250, 2_000 if chance.random() < 0.2 else 40])
        register += step
        if made.facts["capacity"]:
            register %= CAPACITY
        if 0.06 <= fault < 0.09:
            register = max(register - chance.choice([1, 40, 150, 5_000]), 0)
        elif 0.09 <= fault < 0.11:
            register = _replaced(made, chance, at, register)
        elif 0.11 <= fault < 0.12:
            register += chance.choice([3_000, 60_000])
        if away == 0 and 0.12 <= fault < 0.15:
            away = chance.choice([1, 1, 2, 5]) * chance.choice([-1, 1])
        shown = register
        if away:
            shown = max(register + (20_000 if away > 0 else -20_000), 0)
            away -= 1 if away > 0 else -1
        value = shown if made.kind == 0 else step if fault > 0.02 else -step
        mark = 1 if fault > 0.985 else 2 if fault > 0.97 else 0
        made.rows.append((at, value, mark))
        if 0.15 <= fault < 0.18:
            made.rows.append((at, value + chance.choice([-30, 7, 40_000]), 0))
        elif 0.18 <= fault < 0.19:
            made.rows.append((chance.choice([0, START + 10**10]), value, 0))
        elif 0.19 <= fault < 0.21:
            made.rows.append((at - HOUR + 1, max(value - 1, 0), 0))


def _replaced(made: History, chance: random.Random, at: int, register: int) -> int:
    """Put another meter in place, on record or not; return its register."""
    fresh = chance.choice([0, 5, 700])
    if chance.random() < 0.6:
        off = chance.choice([0, 0, -DAY, DAY])
        made.exchanges.append((at - 60 + off, register, fresh))
    return fresh
