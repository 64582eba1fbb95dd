"""Many generated histories as the meters of one block, and what to do when one of them fails."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import TypeAlias

import numpy as np
import pyarrow as pa

from shuiheng.core.vee import KINDS, BlockTables, VeeRules, run_block
from shuiheng.core.vee.tests.generated import History, history
from shuiheng.core.vee.tests.histories import NOW, UTC_US, Row

BATCH = 100
RULES = VeeRules(misread_rows=12)
# A meter's place in its batch, and its history.
Histories: TypeAlias = dict[int, History]
Check: TypeAlias = Callable[[Histories], None]
# Tries spent on making a history that fails shorter.
TRIES = 300


def batch(seed: int, count: int) -> Histories:
    """Return the histories of one draw; each has a seed of its own."""
    return {key: history(seed * BATCH + key, count=count) for key in range(BATCH)}


def table_of(rows: Iterable[Row], columns: tuple[str, str, str, str]) -> pa.Table:
    """Return rows (key, instant in s, two numbers) as a table."""
    numbers = np.array(list(rows), np.int64).reshape(-1, 4)
    key, at, one, two = numbers.T
    return pa.table(
        {
            columns[0]: pa.array(key.astype(np.int32)),
            columns[1]: pa.array(at * 1_000_000).cast(UTC_US),
            columns[2]: pa.array(one),
            columns[3]: pa.array(two),
        }
    )


def judged(
    made: Histories,
    rows: dict[int, list[Row]] | None = None,
    *,
    starts: pa.Table | None = None,
    mixed: random.Random | None = None,
) -> BlockTables:
    """Run the kernel on the facts of these histories, and on their rows or those given."""
    numbers = [
        (key, *row)
        for key, one in made.items()
        for row in (one.rows if rows is None else rows[key])
    ]
    if mixed is not None:
        mixed.shuffle(numbers)
    readings = table_of(numbers, ("key", "at", "value_l", "mark"))
    facts = [made[key].facts for key in made]
    meters = pa.table(
        {
            "key": pa.array(made, pa.int32()),
            "kind": [KINDS[fact["kind"]] for fact in facts],
            "unit_l": [fact["unit"] for fact in facts],
            "capacity_l": [fact["capacity"] for fact in facts],
            "max_flow_l_h": [fact["q4"] for fact in facts],
            "step_s": [fact["step"] for fact in facts],
            "idle_s": [fact["idle"] for fact in facts],
        }
    )
    exchanges = [(key, *row) for key, one in made.items() for row in one.exchanges]
    scales = [(key, *row) for key, one in made.items() for row in one.scales]
    return run_block(
        readings.set_column(3, "mark", readings["mark"].cast(pa.int8())),
        meters,
        table_of(exchanges, ("key", "at", "final_l", "initial_l")),
        now=datetime.fromtimestamp(NOW, UTC),
        rules=RULES,
        scales=table_of(scales, ("key", "at", "numerator", "denominator")),
        starts=starts,
        hours=True,
        verdicts=True,
    )


def holds(check: Check, seed: int, count: int) -> None:
    """Check one batch; when it fails, find the history that does, and the rows it needs for it."""
    made = batch(seed, count)
    try:
        check(made)
    except AssertionError as error:
        for key, one in made.items():
            if _fails(check, key, one):
                raise AssertionError(
                    f"history({one.seed}, count={count}) fails alone (batch {seed}, key {key}); "
                    f"these rows are enough: {_shrunk(check, key, one)}"
                ) from error
        raise AssertionError(f"batch {seed} fails, but no history of it alone") from error


def _fails(check: Check, key: int, one: History) -> bool:
    try:
        check({key: one})
    except AssertionError:
        return True
    return False


def _shrunk(check: Check, key: int, one: History) -> History:
    """Leave out rows, many at first, as long as the history still fails."""
    size, tries = len(one.rows) // 2, 0
    while size and tries < TRIES:
        place, before = 0, len(one.rows)
        while place < len(one.rows) and tries < TRIES:
            fewer = one.with_rows(one.rows[:place] + one.rows[place + size :])
            tries += 1
            if _fails(check, key, fewer):
                one = fewer
            else:
                place += size
        if len(one.rows) == before or size > 1:
            size //= 2
    return one
