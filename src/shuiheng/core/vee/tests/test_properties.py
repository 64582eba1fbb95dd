"""What must hold for every history: order, repetition and resuming do not matter, nothing is lost.

Ten thousand histories in continuous integration (``SHUIHENG_HISTORIES=10000``), some by default. A
hundred histories are the meters of one block; a failure names the one that fails, with few rows.
"""

from __future__ import annotations

import os
import random
import re
from bisect import bisect_left
from collections.abc import Iterable
from datetime import datetime, timedelta, timezone
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from shuiheng.core.vee import BlockTables, codes
from shuiheng.core.vee.block import HOURS_OF
from shuiheng.core.vee.tests.batches import BATCH, RULES, Histories, holds, judged
from shuiheng.core.vee.tests.generated import history
from shuiheng.core.vee.tests.histories import DAY, HOUR, START, Row, instants, run, total

HISTORIES = int(os.environ.get("SHUIHENG_HISTORIES", "300"))
SHANGHAI = timezone(timedelta(hours=8))
Ints = npt.NDArray[np.int64]
seeds = st.integers(0, 2**48)
many = settings(
    print_blob=False,
    max_examples=max(HISTORIES // BATCH, 1),
    deadline=None,
    database=None,
    # A failing history is made smaller by what ran it.
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)
TABLES = ("daily", "monthly", "hourly", "findings", "checkpoints", "verdicts")


def same(one: BlockTables, other: BlockTables) -> None:
    """Assert that two runs gave the same volumes, findings and checkpoints, bit by bit."""
    for name in TABLES:
        first, second = getattr(one, name), getattr(other, name)
        assert first.equals(second), name


@given(seeds)
@many
def test_order_and_repetition_do_not_matter(seed: int) -> None:
    holds(_order_does_not_matter, seed, 60)


def _order_does_not_matter(made: Histories) -> None:
    chance = random.Random(min(one.seed for one in made.values()))
    repeated = {
        key: one.rows + chance.choices(one.rows or [(START, 0, 0)], k=20 if one.rows else 0)
        for key, one in made.items()
    }
    in_order = {key: sorted(set(one.rows)) for key, one in made.items()}
    same(judged(made, in_order), judged(made, repeated, mixed=chance))


@given(seeds)
@many
def test_hours_days_months_and_years_hold_the_same_water(seed: int) -> None:
    holds(_water_is_kept, seed, 60)


def _water_is_kept(made: Histories) -> None:
    block = judged(made)
    hourly, daily, monthly = block.hourly, block.daily, block.monthly
    litres = ("volume_l", "measured_l", "estimated_l", "accepted_l")
    for table in (hourly, daily, monthly):
        assert pc.add(table["measured_l"], table["estimated_l"]).equals(table["volume_l"])
        for name in (*litres, "reverse_l", "missing_h", "gap_h"):
            assert (_numbers(table, name) >= 0).all(), name
        assert (_numbers(table, "accepted_l") <= _numbers(table, "measured_l")).all()
    for table, least, most in ((daily, 24, 24), (monthly, 28 * 24, 31 * 24)):
        of_quality = np.sum([_numbers(table, name) for name in HOURS_OF], axis=0)
        assert ((of_quality >= least) & (of_quality <= most)).all()
    measured = _numbers(monthly, "year_measured_l")
    assert (measured >= 0).all()
    assert (measured <= _numbers(monthly, "volume_l")).all()
    day_of_hour = (_numbers(hourly, "start") // 1_000_000 + 8 * HOUR) // DAY
    day, month = _numbers(daily, "start"), _numbers(daily, "month")
    began = _numbers(monthly, "start").astype("datetime64[D]").astype("datetime64[M]")
    month_began = began.astype(np.int64) + 1970 * 12
    for name in ("volume_l", "reverse_l"):
        of_days = _sums(daily, day, name)
        assert _sums(hourly, day_of_hour, name) == of_days, name
        of_months = _sums(daily, month, name)
        assert of_months == _sums(monthly, month_began, name), name
        of_hours = day_of_hour.astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64)
        years = month_began // 12 - 1970
        assert _sums(hourly, of_hours, name) == _sums(monthly, years, name), name


def _numbers(table: pa.Table, name: str) -> npt.NDArray[Any]:
    column = table[name].combine_chunks()
    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.int64())
    elif pa.types.is_date32(column.type):
        column = column.cast(pa.int32()).cast(pa.int64())
    return np.asarray(column.to_numpy(zero_copy_only=False))


def _sums(table: pa.Table, period: Ints, name: str) -> dict[tuple[int, int], int]:
    """Return the litres of each meter and period that has any."""
    place = _numbers(table, "key").astype(np.int64) * 10**6 + period
    places, where = np.unique(place, return_inverse=True)
    sums = np.zeros(len(places), np.int64)
    np.add.at(sums, where, _numbers(table, name))
    return {divmod(int(at), 10**6): int(sums[i]) for i, at in enumerate(places) if sums[i]}


@given(seeds)
@many
def test_between_good_registers_the_volumes_add_up(seed: int) -> None:
    """What is measured between two readings in use is their difference, to the litre."""
    holds(_volumes_add_up, seed, 60)


ODD = ["vee.rollover", "vee.exchange", "vee.reset_suspected", "vee.register_fell", "vee.spike"]


def _volumes_add_up(made: Histories) -> None:
    made = {key: one for key, one in made.items() if not one.kind and not one.scales}
    if not made:
        return
    block = judged(made)
    odd = block.findings.filter(pc.is_in(block.findings["code"], pa.array(ODD)))["key"]
    odd_keys = set(odd.to_pylist())
    used = block.verdicts.filter(pc.not_equal(block.verdicts["quality"], "X"))
    key, value = _numbers(used, "key"), _numbers(used, "value_l")
    water = _sums(block.daily, np.zeros(len(block.daily), np.int64), "volume_l")
    back = _sums(block.daily, np.zeros(len(block.daily), np.int64), "reverse_l")
    for place in made:
        lo, hi = np.searchsorted(key, (place, place + 1))
        if place in odd_keys or lo == hi:
            continue
        here = (place, 0)
        assert value[hi - 1] - value[lo] == water.get(here, 0) - back.get(here, 0), place


@given(seeds)
@many
def test_a_resumed_run_is_bit_identical(seed: int) -> None:
    """Whole run over the final set == old rows before B and the resumed run from B on."""
    holds(_resuming_changes_nothing, seed, 120)


def _resuming_changes_nothing(made: Histories) -> None:
    chances = {key: random.Random(one.seed) for key, one in made.items()}
    rows = {key: _changed(one.rows, chances[key]) for key, one in made.items()}
    old, final = judged(made), judged(made, rows)
    chosen = _safe_starts(made, rows, old, chances)
    if not chosen:
        return
    places = list(chosen.values())
    months = dict(zip(chosen, old.checkpoints["month"].take(places).to_pylist(), strict=True))
    some = {key: made[key] for key in chosen}
    starts = pa.table(
        {
            "key": pa.array(chosen, pa.int32()),
            "at": instants([_began(month) for month in months.values()]),
            "state": old.checkpoints["state"].take(places),
        }
    )
    resumed = judged(some, rows, starts=starts)
    whole = resumed.whole.tolist()
    for key in whole:
        assert not (made[key].facts["q4"] and made[key].facts["step"]), key
        del months[key]
    for name in TABLES:
        assert not np.isin(_numbers(getattr(resumed, name), "key"), whole).any() or (
            name == "verdicts"
        )
    same(_joined(old, resumed, months), _of(final, months))


def _safe_starts(
    made: Histories,
    rows: dict[int, list[Row]],
    old: BlockTables,
    chances: dict[int, random.Random],
) -> dict[int, int]:
    """Return a row of the old checkpoints for each meter that may be gone on from one."""
    keys, months = _numbers(old.checkpoints, "key"), _numbers(old.checkpoints, "month")
    began = {int(month): _began(int(month)) for month in np.unique(months)}
    chosen = {}
    for key, one in made.items():
        changed = min((row[0] for row in set(rows[key]) ^ set(one.rows)), default=START + 10**9)
        at = sorted(at for at, _ in {row[:2] for row in one.rows})
        until = bisect_left(at, changed)
        lo, hi = np.searchsorted(keys, (key, key + 1))
        safe = [
            place
            for place in range(int(lo), int(hi))
            if until - bisect_left(at, began[int(months[place])]) >= RULES.settled_rows
        ]
        if safe:
            chosen[key] = chances[key].choice(safe)
    return chosen


def _began(month: int) -> int:
    return int(datetime(month // 12, month % 12 + 1, 1, tzinfo=SHANGHAI).timestamp())


def _changed(rows: list[Row], chance: random.Random) -> list[Row]:
    """Return the rows with late, corrected, removed or added ones in their later part."""
    late = sorted(rows)[len(rows) // 2 :]
    if not late:
        return rows
    changed = list(rows)
    for _ in range(chance.choice([0, 1, 1, 3])):
        row = chance.choice(late)
        action = chance.randrange(4)
        if action == 0 and row in changed:
            changed.remove(row)
        elif action == 1:
            changed.append((row[0] + 600, row[1] + chance.choice([0, 3, 9_000]), 0))
        elif action == 2 and row in changed:
            changed[changed.index(row)] = (row[0], max(row[1] + 5, 0), 2)
        else:
            changed.append((row[0] + 60 * DAY, row[1] + 100, 0))
    return changed


def _of(block: BlockTables, keys: Iterable[int]) -> BlockTables:
    """Return the rows of some meters only."""
    wanted = pa.array(keys, pa.int32())
    made = {
        name: getattr(block, name).filter(pc.is_in(getattr(block, name)["key"], wanted))
        for name in TABLES
    }
    return BlockTables(**made, whole=block.whole)


def _joined(old: BlockTables, resumed: BlockTables, months: dict[int, int]) -> BlockTables:
    """Return the old rows from before each meter's month, and the resumed ones, by meter."""
    size = max(months, default=0) + 1
    month, second = np.zeros(size, np.int64), np.zeros(size, np.int64)
    for key, began in months.items():
        month[key], second[key] = began, _began(began)
    day = (second + 8 * HOUR) // DAY
    old, resumed = _of(old, months), _of(resumed, months)
    starts = {
        "daily": ("start", day),
        "monthly": ("start", day),
        "hourly": ("start", second * 1_000_000),
        "findings": ("month", month),
        "checkpoints": ("month", month),
        "verdicts": ("at", second * 1_000_000),
    }
    made = {}
    for name, (column, first) in starts.items():
        before = getattr(old, name)
        kept = _numbers(before, column) < first[_numbers(before, "key")]
        both = pa.concat_tables([before.filter(pa.array(kept)), getattr(resumed, name)])
        made[name] = both.take(np.argsort(_numbers(both, "key"), kind="stable"))
    return BlockTables(**made, whole=resumed.whole)


def test_a_history_that_fails_is_named_and_made_short() -> None:
    def no_mark(made: Histories) -> None:
        for one in made.values():
            assert not any(row[2] == 1 for row in one.rows)

    with pytest.raises(AssertionError, match=r"history\(701, count=60\) fails alone") as failure:
        holds(no_mark, 7, 60)
    assert re.search(r"rows=\[\(\d+, \d+, 1\)\]", str(failure.value))


@given(st.lists(st.integers(0, 3_000), min_size=1, max_size=200), st.integers(0, HOUR - 1))
@settings(max_examples=100, deadline=None)
def test_a_register_without_faults_is_booked_whole(steps: list[int], drift: int) -> None:
    registers = np.concatenate(([0], np.cumsum(steps)))
    rows = [(START + drift + place * HOUR, int(r)) for place, r in enumerate(registers)]
    block = run(rows)
    for periods in (block.hourly, block.daily, block.monthly):
        assert total(periods, "measured_l") == sum(steps)
        assert total(periods, "estimated_l") == 0


def test_a_state_of_another_version_is_not_gone_on_from() -> None:
    made = {0: history(3)}
    old = judged(made)
    state = old.checkpoints["state"][0].as_py()
    for spoiled in (b"", state[:-1], bytes([2 * (codes.VERSION + 1)]) + state[1:]):
        starts = pa.table(
            {"key": pa.array([0], pa.int32()), "at": instants([START]), "state": [spoiled]}
        )
        resumed = judged(made, starts=starts)
        assert resumed.whole.tolist() == [0]
        assert len(resumed.daily) == 0
