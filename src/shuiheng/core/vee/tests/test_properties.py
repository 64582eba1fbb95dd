"""What must hold for every history: order, repetition and resuming do not matter, nothing is lost.

Ten thousand histories in continuous integration (``SHUIHENG_HISTORIES=10000``), some by default.
"""

from __future__ import annotations

import os
import random
from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shuiheng.core.vee import BlockTables, VeeRules, codes
from shuiheng.core.vee.block import HOURS_OF
from shuiheng.core.vee.tests.generated import History, history
from shuiheng.core.vee.tests.histories import DAY, HOUR, START, Row, instants, run, total

HISTORIES = int(os.environ.get("SHUIHENG_HISTORIES", "200"))
SHANGHAI = timezone(timedelta(hours=8))
RULES = VeeRules(misread_rows=12)
seeds = st.integers(0, 2**48)
many = settings(
    print_blob=False,
    max_examples=HISTORIES,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)


def judged(made: History, rows: list[Row], starts: pa.Table | None = None) -> BlockTables:
    """Run the kernel on a history's facts and these rows."""
    return run(
        rows,
        exchanges=made.exchanges,
        scales=made.scales,
        rules=RULES,
        starts=starts,
        patterns=False,
        **made.facts,
    )


def same(one: BlockTables, other: BlockTables) -> None:
    """Assert that two runs gave the same volumes, findings and checkpoints, bit by bit."""
    for name in ("daily", "monthly", "hourly", "findings", "checkpoints", "verdicts"):
        first, second = getattr(one, name), getattr(other, name)
        assert first.equals(second), (name, first.to_pylist()[:50], second.to_pylist()[:50])


@given(seeds)
@many
def test_order_and_repetition_do_not_matter(seed: int) -> None:
    made, chance = history(seed, count=60), random.Random(seed)
    shuffled = made.rows + chance.choices(made.rows, k=20)
    chance.shuffle(shuffled)
    same(judged(made, sorted(set(made.rows))), judged(made, shuffled))


@given(seeds)
@many
def test_hours_days_months_and_years_hold_the_same_water(seed: int) -> None:
    made = history(seed, count=60)
    block = judged(made, made.rows)
    for name in ("volume_l", "reverse_l"):
        sums = {total(t, name) for t in (block.hourly, block.daily, block.monthly)}
        assert len(sums) == 1, (name, sums)
    for table in (block.hourly, block.daily, block.monthly):
        whole = pc.add(table["measured_l"], table["estimated_l"])
        assert whole.equals(table["volume_l"])
        for name in ("volume_l", "measured_l", "estimated_l", "accepted_l", "missing_h", "gap_h"):
            assert pc.min(table[name]).as_py() is None or pc.min(table[name]).as_py() >= 0, name
        assert pc.all(pc.less_equal(table["accepted_l"], table["measured_l"])).as_py() is not False
    for table, length in ((block.daily, 24), (block.monthly, None)):
        quality_hours = np.sum([table[name].to_numpy() for name in HOURS_OF], axis=0)
        if length:
            assert (quality_hours == length).all()
        else:
            assert ((quality_hours >= 28 * 24) & (quality_hours <= 31 * 24)).all()
    years = pc.sum(block.monthly["year_measured_l"]).as_py() or 0
    assert 0 <= years <= total(block.monthly)
    hours_of_days = block.hourly.append_column(
        "day", pc.strftime(pc.add(block.hourly["start"], pa.scalar(timedelta(hours=8))), "%F")
    )
    by_day = hours_of_days.group_by("day").aggregate([("volume_l", "sum")])
    days = {str(row["start"]): row["volume_l"] for row in block.daily.to_pylist()}
    for row in by_day.to_pylist():
        assert days[row["day"]] == row["volume_l_sum"]


@given(seeds)
@many
def test_between_good_registers_the_volumes_add_up(seed: int) -> None:
    """What is measured between two readings in use is their difference, to the litre."""
    made = history(seed, count=60)
    if made.kind or made.scales:
        return
    block = judged(made, made.rows)
    odd = {"vee.rollover", "vee.exchange", "vee.reset_suspected", "vee.register_fell", "vee.spike"}
    if odd & set(block.findings["code"].to_pylist()):
        return
    used = [row for row in block.verdicts.to_pylist() if row["quality"] != "X"]
    if not used:
        return
    water = total(block.daily) - total(block.daily, "reverse_l")
    assert used[-1]["value_l"] - used[0]["value_l"] == water


@given(seeds)
@many
def test_a_resumed_run_is_bit_identical(seed: int) -> None:
    """Whole run over the final set == old rows before B and the resumed run from B on."""
    made, chance = history(seed, count=120), random.Random(seed)
    old = judged(made, made.rows)
    rows = _changed(made.rows, chance)
    final = judged(made, rows)
    changed = min((row[0] for row in set(rows) ^ set(made.rows)), default=START + 10**9)
    safe = [
        place
        for place, month in enumerate(old.checkpoints["month"].to_pylist())
        if len({row[:2] for row in made.rows if _began(month) <= row[0] < changed})
        >= RULES.misread_rows
    ]
    if not safe:
        return
    place = chance.choice(safe)
    month = old.checkpoints["month"][place].as_py()
    state = old.checkpoints["state"][place].as_py()
    resumed = judged(made, rows, start_at(_began(month), state))
    if len(resumed.whole):
        assert not (made.facts["q4"] and made.facts["step"])
        assert len(resumed.daily) == len(resumed.findings) == 0
        return
    same(_joined(old, resumed, month), final)


def start_at(at: int, state: bytes) -> pa.Table:
    """Return the table that lets the one meter go on from a state."""
    return pa.table({"key": pa.array([0], pa.int32()), "at": instants([at]), "state": [state]})


def _began(month: int) -> int:
    return int(datetime(month // 12, month % 12 + 1, 1, tzinfo=SHANGHAI).timestamp())


def _changed(rows: list[Row], chance: random.Random) -> list[Row]:
    """Return the rows with late, corrected, removed or added ones in their later part."""
    late = sorted(rows)[len(rows) // 2 :]
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


def _joined(old: BlockTables, resumed: BlockTables, month: int) -> BlockTables:
    """Return the old rows from before the month, and the resumed ones."""
    began = datetime.fromtimestamp(_began(month), SHANGHAI)
    day, instant = began.date(), began.astimezone(UTC)

    def both(name: str, kept: pa.Array) -> pa.Table:
        return pa.concat_tables([getattr(old, name).filter(kept), getattr(resumed, name)])

    before = {
        "daily": pc.less(old.daily["start"], pa.scalar(day)),
        "monthly": pc.less(old.monthly["start"], pa.scalar(day)),
        "hourly": pc.less(old.hourly["start"], pa.scalar(instant, pa.timestamp("us", "UTC"))),
        "findings": pc.less(old.findings["month"], month),
        "checkpoints": pc.less(old.checkpoints["month"], month),
        "verdicts": pc.less(old.verdicts["at"], pa.scalar(instant, pa.timestamp("us", "UTC"))),
    }
    made = {name: both(name, kept) for name, kept in before.items()}
    return BlockTables(
        made["daily"], made["monthly"], made["findings"], made["checkpoints"], resumed.whole,
        made["hourly"], made["verdicts"],
    )  # fmt: skip


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
    made = history(3)
    old = judged(made, made.rows)
    state = old.checkpoints["state"][0].as_py()
    for spoiled in (b"", state[:-1], bytes([2 * (codes.VERSION + 1)]) + state[1:]):
        resumed = judged(made, made.rows, start_at(START, spoiled))
        assert resumed.whole.tolist() == [0]
        assert len(resumed.daily) == 0
