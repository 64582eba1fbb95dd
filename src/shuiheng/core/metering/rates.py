"""The chain form of metering rates: what the next level measured of what the level above did."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from shuiheng.basics import Clause, Figure, Finding, Level, Missing, Period, Quality, Readings


@dataclass(frozen=True, slots=True)
class LevelVolume:
    """One meter's volume in the period: its level, its user, and what part was measured."""

    meter: str
    user: str
    level: int
    volume_l: int
    measured_l: int
    estimated_l: int = 0


def chain_rate(
    *,
    name: str,
    title: tuple[str, str],
    volumes: Iterable[LevelVolume],
    level: int,
    period: Period,
    missing: Missing,
    clause: Clause | None = None,
) -> Figure:
    """Return K = Σ volumes at ``level`` ÷ Σ volumes one level above, over users that have both.

    Handbook 2 §1.3, the form used in inspections. A user whose sub-meters sum to more than the
    main meter becomes a finding; the rate is not cut off. Without any such user ``missing`` is
    named.

    >>> from datetime import date
    >>> main = LevelVolume("A", "u", 1, 800_000, 800_000)
    >>> shops = LevelVolume("B", "u", 2, 776_000, 776_000)
    >>> gap = Missing("m", "", "", held_by="")
    >>> year = Period.year(2020)
    >>> chain_rate(
    ...     name="k", title=("", ""), volumes=[main, shops], level=2, period=year, missing=gap
    ... ).value
    Decimal('0.97')
    """
    rows = list(volumes)
    lower = {row.user for row in rows if row.level == level}
    upper = {row.user for row in rows if row.level == level - 1}
    users = lower & upper
    formula = f"{level}级水表水量之和 ÷ {level - 1}级水表水量之和"
    formula_en = f"volumes of level {level} ÷ volumes of level {level - 1}"
    below = [row for row in rows if row.user in users and row.level == level]
    above = [row for row in rows if row.user in users and row.level == level - 1]
    whole = sum(row.volume_l for row in above)
    if not users or not whole:
        return Figure.absent(
            name, *title, "1", missing, formula=formula, period=period, clause=clause,
            formula_en=formula_en,
        )  # fmt: skip
    part = sum(row.volume_l for row in below)
    return Figure(
        name, *title, Decimal(part) / Decimal(whole), "1", formula,
        (_readings(below, level, period), _readings(above, level - 1, period)),
        _quality([*below, *above]), period=period, clause=clause, formula_en=formula_en,
        note=f"有{level}级水表的用水单位 {len(users)} 家。",
        note_en=f"{len(users)} users have meters of level {level}.",
        findings=tuple(_above_main(below, above, level)),
    )  # fmt: skip


def _above_main(
    below: Sequence[LevelVolume], above: Sequence[LevelVolume], level: int
) -> Iterable[Finding]:
    for user in sorted({row.user for row in above}):
        part = sum(row.volume_l for row in below if row.user == user)
        whole = sum(row.volume_l for row in above if row.user == user)
        if part > whole:
            yield Finding(
                "metering.sub_meters_above_main", Level.WARNS,
                f"用水户 {user} 的{level}级水表合计大于{level - 1}级水表 "
                f"{Decimal(part - whole) / 1000:,.0f} m³：请核对水表、抄表时间或旁通水源。",
                f"The meters of level {level} of user {user} exceed those of level {level - 1} by "
                f"{Decimal(part - whole) / 1000:,.0f} m3: check meters, reading times or a "
                "by-passed source.",
                {"user": user, "part_l": part, "whole_l": whole},
            )  # fmt: skip


def _readings(rows: Sequence[LevelVolume], level: int, period: Period) -> Readings:
    return Readings(
        f"{level}级水表读数", f"Readings of meters of level {level}",
        tuple(sorted(row.meter for row in rows)), period, sum(row.volume_l for row in rows),
        _quality(rows),
    )  # fmt: skip


def _quality(rows: Iterable[LevelVolume]) -> Quality:
    measured = estimated = 0
    for row in rows:
        measured += abs(row.measured_l)
        estimated += abs(row.estimated_l)
    return Quality.of(measured=measured, estimated=estimated)
