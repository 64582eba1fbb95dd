"""What no meter measured: unmetered irrigation, electricity to water, reused water; and plans."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import numpy as np
import numpy.typing as npt

from shuiheng.cli.demo.profiles import DAYS, PROFILES, day_weights
from shuiheng.cli.demo.rows import YEAR, BindingRow, DeclaredRow, MeterRow, PlanRow, Story, UserRow

Ints = npt.NDArray[np.int64]

# Yearly volumes (m3) and the working of the estimates; all invented.
AREA_QUOTA_M3, ELECTRICITY_M3, PONDS_M3 = 43_500_000, 21_500_000, 10_500_000
RICE_M3_MU, PONDS_M3_MU = Decimal(510), Decimal(880)
M3_PER_KWH = Decimal("4.2")
# Reused water of above-scale industry, as a share of all water its processes use.
REUSE_RATE = 0.906
# One enterprise in so many has not been given a plan yet.
WITHOUT_PLAN = 29


def declare_volumes(
    rng: np.random.Generator, users: list[UserRow], meters: list[MeterRow], truth_l: Ints
) -> list[DeclaredRow]:
    """Return the declared and estimated volumes of the year, month by month."""
    return [
        *_irrigation(rng, users),
        *_ponds(rng, users),
        *_reuse(rng, users, meters, truth_l),
    ]


def _month_shares(profile: str) -> list[Decimal]:
    """Return twelve shares with four decimals that add up to one."""
    weights = day_weights(PROFILES[profile])
    months = np.array([day.month for day in DAYS])
    shares = [Decimal(f"{weights[months == month].sum():.4f}") for month in range(1, 13)]
    shares[6] += 1 - sum(shares)
    return shares


def _irrigation(rng: np.random.Generator, users: list[UserRow]) -> list[DeclaredRow]:
    unmetered = [user for user in users if user.number[0] == "V"]
    by_power = unmetered[::3]
    by_area = [user for user in unmetered if user not in by_power]
    shares, rows = _month_shares("irrigation"), []
    for user, area in zip(by_area, _areas(rng, by_area, AREA_QUOTA_M3 / RICE_M3_MU), strict=True):
        user.area_mu = area
        for month, share in enumerate(shares, 1):
            rows.append(
                DeclaredRow(
                    user.number, date(YEAR, month, 1), "intake", "S1",
                    int(area * RICE_M3_MU * share * 1000), "area_quota",
                    {"area_mu": str(area), "quota_m3_mu": str(RICE_M3_MU), "crop": "水稻",
                     "month_share": str(share)}, "农业农村局",
                )
            )  # fmt: skip
    for user, power in zip(
        by_power, _areas(rng, by_power, ELECTRICITY_M3 / M3_PER_KWH), strict=True
    ):
        user.area_mu = Decimal(round(power * M3_PER_KWH / RICE_M3_MU))
        for month, share in enumerate(shares, 1):
            energy = round(power * share)
            rows.append(
                DeclaredRow(
                    user.number, date(YEAR, month, 1), "intake", "S1",
                    int(energy * M3_PER_KWH * 1000), "electricity",
                    {"kWh": energy, "m3_per_kWh": str(M3_PER_KWH)}, "农业农村局",
                )
            )  # fmt: skip
    return rows


def _ponds(rng: np.random.Generator, users: list[UserRow]) -> list[DeclaredRow]:
    ponds = [user for user in users if user.number[0] == "K"]
    shares, rows = _month_shares("fish"), []
    for user, area in zip(ponds, _areas(rng, ponds, PONDS_M3 / PONDS_M3_MU), strict=True):
        user.area_mu = area
        for month, share in enumerate(shares, 1):
            rows.append(
                DeclaredRow(
                    user.number, date(YEAR, month, 1), "intake", "S1",
                    int(area * PONDS_M3_MU * share * 1000), "area_quota",
                    {"area_mu": str(area), "quota_m3_mu": str(PONDS_M3_MU), "crop": "池塘养殖",
                     "month_share": str(share)}, "农业农村局",
                )
            )  # fmt: skip
    return rows


def _areas(rng: np.random.Generator, users: list[UserRow], total: Decimal) -> list[Decimal]:
    weights = rng.uniform(0.5, 1.8, len(users))
    return [Decimal(round(float(total) * share)) for share in weights / weights.sum()]


def _reuse(
    rng: np.random.Generator, users: list[UserRow], meters: list[MeterRow], truth_l: Ints
) -> list[DeclaredRow]:
    """Above-scale industry declares what it circulates; once-through cooling reuses nothing."""
    reusing = [user for user in users if user.above_scale and user.cooling != "once_through"]
    taken = {user.number: np.zeros(12) for user in reusing}
    for meter, litres in zip(meters, truth_l, strict=True):
        if meter.user in taken and meter.role in {"intake", "delivery", "reclaimed"}:
            taken[meter.user] += litres
    rates = np.clip(rng.normal(REUSE_RATE, 0.03, len(reusing)), 0.70, 0.97)
    ratio = rates / (1.0 - rates)
    new = np.array([taken[user.number].sum() for user in reusing])
    ratio *= REUSE_RATE / (1.0 - REUSE_RATE) * new.sum() / (ratio * new).sum()
    return [
        DeclaredRow(
            user.number, date(YEAR, month + 1, 1), "reused", "",
            int(taken[user.number][month] * each) // 1000 * 1000, "declared",
            {"reported": "企业月报"}, "经济发展局",
        )
        for user, each in zip(reusing, ratio, strict=True)
        for month in range(12)
    ]  # fmt: skip


def plan_volumes(
    rng: np.random.Generator,
    users: list[UserRow],
    meters: list[MeterRow],
    moved: dict[str, list[BindingRow]],
    truth_l: Ints,
    stories: list[Story],
) -> list[PlanRow]:
    """Return the plans of non-residential users: most a little above the use, one 34 % below it."""
    used = {user.number: 0 for user in users}
    for meter, litres in zip(meters, truth_l, strict=True):
        if meter.role not in {"intake", "delivery", "reclaimed"}:
            continue
        mine = moved.get(meter.number, [])
        if len(mine) < 2:
            used[meter.user] += int(litres.sum())
            continue
        for one in mine:
            first = one.since.month if one.since.year == YEAR else 1
            used[one.user] += int(
                litres[first - 1 : one.until.month - 1 if one.until else 12].sum()
            )
    over = {
        story.user: Decimal(str(story.facts["over_share"]))
        for story in stories
        if story.code == "over_plan"
    }
    planned = [
        user
        for user in users
        if user.kind in {"enterprise", "power_plant", "service", "special_trade", "office",
                         "school", "hospital"}
    ]  # fmt: skip
    room = rng.uniform(1.01, 1.18, len(planned))
    rows = []
    for place, (user, factor) in enumerate(zip(planned, room, strict=True)):
        if place % WITHOUT_PLAN == WITHOUT_PLAN - 1 and user.number not in over:
            continue
        use_m3 = Decimal(used[user.number]) / 1000
        if user.number in over:
            volume = use_m3 / (1 + over[user.number])
        else:
            volume = use_m3 * Decimal(f"{factor:.3f}")
        rows.append(
            PlanRow(
                user.number, (volume / 10).quantize(Decimal(1)) * 10, f"{YEAR}年度用水计划(演示)"
            )
        )
    return rows
