"""The water users of the invented district: how many, where, how large."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from shuiheng.cli.demo.names import (
    BRANDS,
    INDUSTRIES,
    SERVICES,
    SPECIAL_TRADES,
    TOWNS,
    Industry,
    brand,
)
from shuiheng.cli.demo.rows import UserRow

Floats = npt.NDArray[np.float64]

# Yearly volumes by group, in m3. Invented; their order of magnitude is that of such a district.
VOLUMES = {
    "once_through": 500_000_000.0,
    "recirculating": 3_200_000.0,
    "irrigation": 42_000_000.0,
    "fish": 13_000_000.0,
    "livestock": 7_500_000.0,
    "self_supplied": 80_000_000.0,
    "public_industry": 22_500_000.0,
    "communities": 37_500_000.0,
    "villages": 4_300_000.0,
    "schools": 4_200_000.0,
    "hospitals": 2_600_000.0,
    "offices": 4_400_000.0,
    "services": 13_500_000.0,
    "special": 2_700_000.0,
    "greening": 700_000.0,
    "rivers": 6_000_000.0,
    "reclaimed_industry": 12_500_000.0,
    "reclaimed_greening": 7_500_000.0,
    "reclaimed_power": 3_000_000.0,
    "sewage": 85_000_000.0,
    "export": 3_000_000.0,
}
COUNTS = {
    "self_supplied": 130, "public_industry": 330, "communities": 62, "villages": 108,
    "schools": 60, "hospitals": 14, "offices": 84, "services": 126, "special": 48,
    "irrigation": 34, "unmetered": 30, "fish": 46, "fish_unmetered": 18, "livestock": 62,
    "greening": 24, "rivers": 8, "parks": 6,
}  # fmt: skip
ABOVE_SCALE_FROM_M3 = 30_000.0


def make_users(rng: np.random.Generator, scale: float) -> list[UserRow]:
    """Return all users; ``scale`` thins their number, never the district's volumes."""
    counts = {name: max(2, round(count * scale)) for name, count in COUNTS.items()}
    return [
        *_works(),
        *_industry(rng, "Q", counts["self_supplied"], VOLUMES["self_supplied"], 2.15, 0),
        *_industry(
            rng, "P", counts["public_industry"], VOLUMES["public_industry"], 0.85,
            counts["self_supplied"],
        ),
        *_people(rng, counts),
        *_institutions(rng, counts),
        *_trades(rng, counts),
        *_farms(rng, counts),
        *_greening(rng, counts),
    ]  # fmt: skip


def sizes(rng: np.random.Generator, count: int, total: float, spread: float) -> Floats:
    """Return log-normal sizes that add up to ``total``, taken at even quantiles and shuffled.

    Even quantiles keep the shape (how many users are above a threshold) the same for every seed.
    """
    normal = NormalDist()
    values = np.exp([spread * normal.inv_cdf((place + 0.5) / count) for place in range(count)])
    rng.shuffle(values)
    return np.asarray(values * (total / values.sum()))


def spread_towns(rng: np.random.Generator, count: int, weights: tuple[float, ...]) -> Iterator[int]:
    """Yield a town for each of ``count`` users, by weight, every town that has weight at least once
    where there are enough users."""
    shares = np.array(weights) / sum(weights)
    exact = shares * count
    each = np.floor(exact).astype(int)
    for place in np.argsort(each - exact)[: count - int(each.sum())]:
        each[place] += 1
    towns = np.repeat(np.arange(len(weights)), each)
    rng.shuffle(towns)
    yield from (int(town) for town in towns)


_PEOPLE = tuple(town.people for town in TOWNS)
_FIELDS = tuple(town.fields for town in TOWNS)
_FACTORIES = tuple(town.factories for town in TOWNS)


def _works() -> list[UserRow]:
    return [
        UserRow("DC01", "衡江发电厂", "Hengjiang Power Station", "power_plant", "U2",
                TOWNS[0].code, VOLUMES["once_through"], "power", "4411", "once_through", True),
        UserRow("DC02", "衡新热电厂", "Hengxin Cogeneration Plant", "power_plant", "U2",
                TOWNS[3].code, VOLUMES["recirculating"], "power", "4412", "recirculating", True),
        UserRow("SC01", "衡江水厂", "Hengjiang Waterworks", "waterworks", "U3", TOWNS[0].code,
                0.0, "home", "4610"),
        UserRow("SC02", "衡湖水厂", "Henghu Waterworks", "waterworks", "U3", TOWNS[3].code,
                0.0, "home", "4610"),
        UserRow("WS01", "衡江污水处理厂", "Hengjiang Sewage Works", "sewage_works", "U3",
                TOWNS[0].code, VOLUMES["sewage"] * 0.55, "sewage", "4620"),
        UserRow("WS02", "衡湖污水处理厂", "Henghu Sewage Works", "sewage_works", "U3",
                TOWNS[3].code, VOLUMES["sewage"] * 0.30, "sewage", "4620"),
        UserRow("WS03", "衡西污水处理厂", "Hengxi Sewage Works", "sewage_works", "U3",
                TOWNS[6].code, VOLUMES["sewage"] * 0.15, "sewage", "4620"),
    ]  # fmt: skip


def _industry(
    rng: np.random.Generator, letter: str, count: int, total: float, spread: float, first: int
) -> list[UserRow]:
    kinds = _deal_industries(rng, count)
    volumes = np.sort(sizes(rng, count, 1.0, spread))
    # Thirsty industries get the large sizes, with a good deal of chance.
    thirst = np.array([one.size for one in kinds]) * np.exp(rng.normal(0.0, 0.9, count))
    volumes = volumes[np.argsort(np.argsort(thirst))] * total
    users = []
    for place, town in enumerate(spread_towns(rng, count, _FACTORIES)):
        kind, (zh, en) = kinds[place], brand(first + place)
        users.append(
            UserRow(
                f"{letter}{town + 1:02d}{place + 1:04d}", f"{zh}{kind.name}",
                f"{en} {kind.name_en}",
                "enterprise", "U2", TOWNS[town].code, float(volumes[place]), kind.profile,
                kind.code, above_scale=bool(volumes[place] >= ABOVE_SCALE_FROM_M3),
            )
        )  # fmt: skip
    return users


def _deal_industries(rng: np.random.Generator, count: int) -> list[Industry]:
    shares = tuple(one.share for one in INDUSTRIES)
    return [INDUSTRIES[place] for place in spread_towns(rng, count, shares)]


def _people(rng: np.random.Generator, counts: dict[str, int]) -> list[UserRow]:
    users = []
    count = counts["communities"]
    volumes = sizes(rng, count, VOLUMES["communities"], 0.45)
    for place, town in enumerate(spread_towns(rng, count, _PEOPLE)):
        persons = round(volumes[place] / 366 / 0.149)
        sign, sound = BRANDS[place % len(BRANDS)]
        turn = place // len(BRANDS)
        users.append(
            UserRow(
                f"J{town + 1:02d}{place + 1:04d}", f"{TOWNS[town].name}{sign}苑{'一二三'[turn]}区",
                f"{TOWNS[town].name_en} {sound.capitalize()}yuan {turn + 1}", "community", "U3",
                TOWNS[town].code, float(volumes[place]), "home",
                households=round(persons / 2.8), persons=persons,
            )
        )  # fmt: skip
    count = counts["villages"]
    volumes = sizes(rng, count, VOLUMES["villages"], 0.4)
    for place, town in enumerate(spread_towns(rng, count, _FIELDS)):
        persons = round(volumes[place] / 366 / 0.089)
        sign, sound = BRANDS[place % len(BRANDS)]
        turn = place // len(BRANDS)
        users.append(
            UserRow(
                f"C{town + 1:02d}{place + 1:04d}", f"{TOWNS[town].name}{sign}{'庄塘岸'[turn]}村",
                f"{TOWNS[town].name_en} {sound.capitalize()} Village {turn + 1}", "village", "U3",
                TOWNS[town].code, float(volumes[place]), "rural",
                households=round(persons / 3.1), persons=persons,
            )
        )  # fmt: skip
    return users


def _institutions(rng: np.random.Generator, counts: dict[str, int]) -> list[UserRow]:
    users = []
    for letter, group, kind, profile, word, word_en, spread, litres in (
        ("X", "schools", "school", "school", ("小学", "中学", "幼儿园", "职业学校"),
         ("Primary School", "Middle School", "Kindergarten", "Vocational School"), 0.7, 45.0),
        ("Y", "hospitals", "hospital", "hospital", ("医院", "卫生院"),
         ("Hospital", "Health Centre"), 1.0, 350.0),
        ("G", "offices", "office", "office", ("机关楼", "办事中心"),
         ("Office Building", "Service Centre"), 0.8, 90.0),
    ):  # fmt: skip
        count = counts[group]
        volumes = sizes(rng, count, VOLUMES[group], spread)
        for place, town in enumerate(spread_towns(rng, count, _PEOPLE)):
            (zh, en), turn = brand(place), place % len(word)
            users.append(
                UserRow(
                    f"{letter}{town + 1:02d}{place + 1:04d}",
                    f"{TOWNS[town].name}{zh[1:]}{word[turn]}",
                    f"{TOWNS[town].name_en} {en[4:].capitalize()} {word_en[turn]}", kind, "U3",
                    TOWNS[town].code, float(volumes[place]), profile,
                    persons=round(volumes[place] * 1000 / litres / 366),
                )
            )  # fmt: skip
    return users


def _trades(rng: np.random.Generator, counts: dict[str, int]) -> list[UserRow]:
    users = []
    for letter, group, kind, words, spread, first in (
        ("F", "services", "service", SERVICES, 0.75, 500),
        ("T", "special", "special_trade", SPECIAL_TRADES, 0.6, 700),
    ):
        count = counts[group]
        volumes = sizes(rng, count, VOLUMES[group], spread)
        for place, town in enumerate(spread_towns(rng, count, _PEOPLE)):
            zh, en = brand(first + place)
            word, word_en = words[place % len(words)]
            users.append(
                UserRow(
                    f"{letter}{town + 1:02d}{place + 1:04d}", f"{zh}{word}", f"{en} {word_en}",
                    kind, "U3", TOWNS[town].code, float(volumes[place]),
                    "bath" if word == "浴室" else "service",
                )
            )  # fmt: skip
    return users


def _farms(rng: np.random.Generator, counts: dict[str, int]) -> list[UserRow]:
    users = []
    for letter, group, kind, profile, word, word_en, spread, metered in (
        ("N", "irrigation", "irrigation_district", "irrigation", "灌区", "Irrigation", 0.7, True),
        ("V", "unmetered", "irrigation_district", "", "片农田", "Fields", 0.5, False),
        ("Z", "fish", "farm", "fish", "渔场", "Fish Farm", 0.6, True),
        ("K", "fish_unmetered", "farm", "", "塘口", "Ponds", 0.5, False),
        ("M", "livestock", "farm", "livestock", "养殖场", "Livestock Farm", 0.7, True),
    ):
        count = counts[group]
        volumes = sizes(rng, count, VOLUMES[group] if metered else 1.0, spread)
        for place, town in enumerate(spread_towns(rng, count, _FIELDS)):
            sign, sound = BRANDS[place % len(BRANDS)]
            again = "" if place < len(BRANDS) else "二"
            need = {"N": 470.0, "Z": 900.0}.get(letter, 0.0)
            area = Decimal(round(volumes[place] / need)) if need else Decimal(0)
            users.append(
                UserRow(
                    f"{letter}{town + 1:02d}{place + 1:04d}",
                    f"{TOWNS[town].name}{sign}{again}{word}",
                    f"{TOWNS[town].name_en} {sound.capitalize()} {word_en}", kind, "U1",
                    TOWNS[town].code, float(volumes[place]) if metered else 0.0, profile,
                    area_mu=area, note="" if metered else "未装表，按面积或电量估算",
                )
            )  # fmt: skip
    return users


def _greening(rng: np.random.Generator, counts: dict[str, int]) -> list[UserRow]:
    users = []
    for letter, group, kind, word, word_en in (
        ("L", "greening", "municipal", "绿化所", "Greening Office"),
        ("B", "rivers", "municipal", "河道补水站", "River Replenishing Station"),
        ("U", "parks", "park", "产业园", "Industrial Park"),
    ):
        count = counts[group]
        total = VOLUMES.get(group, 0.0)
        volumes = sizes(rng, count, total, 0.5) if total else np.zeros(count)
        for place, town in enumerate(spread_towns(rng, count, _PEOPLE)):
            zh, en = brand(place)
            users.append(
                UserRow(
                    f"{letter}{town + 1:02d}{place + 1:04d}",
                    f"{TOWNS[town].name}{zh[1:]}{word}",
                    f"{TOWNS[town].name_en} {en[4:].capitalize()} {word_en}", kind,
                    "U2" if group == "parks" else "U4", TOWNS[town].code, float(volumes[place]),
                    "greening",
                )
            )  # fmt: skip
    return users
