"""The meters of the invented district and what they are bound to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

import numpy as np

from shuiheng.cli.demo.names import TOWNS
from shuiheng.cli.demo.rows import MeterRow, UserRow
from shuiheng.cli.demo.users import VOLUMES

HOUR, DAY = 3_600, 86_400
KEY_USER_FROM_M3 = 200_000.0
# The three district metered areas lie in one town; the other towns are one zone each.
DMA_TOWN = "320411.03"
DMAS = ("新桥-01", "新桥-02", "新桥-03")
# One firm's workshop meters count this share of what they should.
UNBALANCED_SHARE = 0.8
EQUIPMENT = ("冷却塔", "锅炉", "清洗线")
_WORKS = ("SC01", "SC02")
_RECLAIMERS = ("WS01", "WS02", "WS03")

_PUBLIC = {
    "enterprise": "P", "community": "J", "village": "C", "school": "X", "hospital": "Y",
    "office": "G", "service": "F", "special_trade": "T", "municipal": "L",
}  # fmt: skip


def make_meters(rng: np.random.Generator, users: list[UserRow], scale: float) -> list[MeterRow]:
    """Return all meters, level-1 meters before their children.

    In a thinned district each user stands for many, so a key user starts at a larger volume.
    """
    key_m3 = KEY_USER_FROM_M3 / scale
    meters = [
        *_power(users),
        *_waterworks(),
        *_sewage(users),
        *_zones(users),
        *_public(rng, users, key_m3),
        *_self_supplied(rng, users, key_m3),
        *_farms(users),
        *_reclaimed(rng, users),
    ]
    meters.extend(_internal(rng, users, meters, key_m3))
    for place, meter in enumerate(meters):
        if not meter.number:
            meter.number = f"B{place + 1:05d}"
    _name_children(meters)
    return meters


def _power(users: list[UserRow]) -> Iterator[MeterRow]:
    plants = {user.number: user for user in users if user.kind == "power_plant"}
    once, again = plants["DC01"], plants["DC02"]
    for unit in range(1, 5):
        yield MeterRow(f"DC01-IN{unit}", "DC01", "intake", once.town, once.annual_m3 / 4, "power",
                       step_s=HOUR, source="S1")  # fmt: skip
    for unit in range(1, 5):
        yield MeterRow(f"DC01-OUT{unit}", "DC01", "return", once.town, 0.0, "power", "return",
                       share=0.985, step_s=HOUR, source="S1", parent="")  # fmt: skip
    yield MeterRow("DC02-IN1", "DC02", "intake", again.town, again.annual_m3, "power",
                   step_s=HOUR, source="S1")  # fmt: skip


def _waterworks() -> Iterator[MeterRow]:
    for works, town in zip(_WORKS, (TOWNS[0].code, TOWNS[3].code), strict=True):
        for line in (1, 2):
            yield MeterRow(f"{works}-IN{line}", works, "intake", town, 0.0, "home", "works", 0.5,
                           HOUR, "S1", supplier=works)  # fmt: skip
        for line in (1, 2):
            yield MeterRow(f"{works}-NET{line}", works, "network_input", town, 0.0, "home",
                           "network", (0.6, 0.4)[line - 1], HOUR, "S1", supplier=works)  # fmt: skip
    yield MeterRow("SC02-EXP", "SC02", "export", TOWNS[3].code, VOLUMES["export"], "home",
                   step_s=HOUR, source="S1", supplier="SC02", parent="SC02-NET1",
                   counts="-")  # fmt: skip


def _sewage(users: list[UserRow]) -> Iterator[MeterRow]:
    for user in users:
        if user.kind == "sewage_works":
            yield MeterRow(f"{user.number}-IN", user.number, "internal", user.town,
                           user.annual_m3, "sewage", step_s=HOUR)  # fmt: skip
            yield MeterRow(f"{user.number}-OUT", user.number, "return", user.town, 0.0, "sewage",
                           "outlet", step_s=HOUR)  # fmt: skip


def zone_of(user: UserRow, place: int) -> str:
    """Return the zone that feeds a user: its town, or one of the three areas of the DMA town."""
    if user.town == DMA_TOWN:
        return DMAS[place % 3]
    return next(town.name for town in TOWNS if town.code == user.town)


def zone_meter(zone: str) -> str:
    """Return the number of a zone's inlet meter.

    >>> zone_meter("新桥-02"), zone_meter("春江")
    ('Z03-02', 'Z01')
    """
    name, _, part = zone.partition("-")
    number = next(town.code for town in TOWNS if town.name == name).partition(".")[2]
    return f"Z{number}" + (f"-{part}" if part else "")


def works_of(town: str) -> str:
    """Return the waterworks that feeds a town."""
    return _WORKS[next(one.works for one in TOWNS if one.code == town)]


def _zones(users: list[UserRow]) -> Iterator[MeterRow]:
    fed = {user.town for user in users if user.kind in _PUBLIC}
    for town in TOWNS:
        if town.code not in fed:
            continue
        works = works_of(town.code)
        for zone in DMAS if town.code == DMA_TOWN else (town.name,):
            yield MeterRow(zone_meter(zone), works, "zone_input", town.code, 0.0, "home", "zone",
                           step_s=HOUR, source="S1", supplier=works, zone=zone)  # fmt: skip


def _public(rng: np.random.Generator, users: list[UserRow], key_m3: float) -> Iterator[MeterRow]:
    seen: dict[str, int] = defaultdict(int)
    for user in users:
        if _PUBLIC.get(user.kind) != user.number[0] or user.annual_m3 <= 0:
            continue
        zone = zone_of(user, seen[user.town])
        seen[user.town] += 1
        hourly = user.kind != "village" and (
            zone in DMAS
            or user.kind == "community"
            or user.annual_m3 >= (key_m3 / 3 if user.kind == "school" else key_m3)
        )
        parts = (
            (0.62, 0.38)
            if user.kind in {"hospital", "community"} and seen[user.town] % 2
            else (1.0,)
        )
        for part in parts:
            yield MeterRow("", user.number, "delivery", user.town, user.annual_m3 * part,
                           user.profile, step_s=HOUR if hourly else DAY, source="S1",
                           supplier=works_of(user.town), zone=zone,
                           parent=zone_meter(zone))  # fmt: skip
    # Half of the self-supplied factories buy drinking water for canteens and dormitories.
    for user in users:
        if user.number[0] == "Q" and rng.random() < 0.55:
            yield MeterRow("", user.number, "delivery", user.town,
                           float(np.clip(user.annual_m3 * 0.02, 300.0, 30_000.0)), "office",
                           source="S1", supplier=works_of(user.town),
                           zone=zone_of(user, seen[user.town]),
                           parent=zone_meter(zone_of(user, seen[user.town])))  # fmt: skip


def _self_supplied(
    rng: np.random.Generator, users: list[UserRow], key_m3: float
) -> Iterator[MeterRow]:
    wells = 0
    for user in users:
        if user.number[0] == "Q":
            small = user.annual_m3 < 40_000 and wells < 4
            wells += small
            hourly = user.annual_m3 >= key_m3 or rng.random() < 0.15
            yield MeterRow("", user.number, "intake", user.town, user.annual_m3, user.profile,
                           step_s=HOUR if hourly else DAY,
                           source="S2" if small else "S1")  # fmt: skip
        elif user.number[0] == "B":
            yield MeterRow("", user.number, "intake", user.town, user.annual_m3, "greening",
                           source="S1")  # fmt: skip


def _farms(users: list[UserRow]) -> Iterator[MeterRow]:
    for user in users:
        if user.number[0] not in "NZM" or user.annual_m3 <= 0:
            continue
        stations = 3 if user.number[0] == "N" and user.annual_m3 > 1_000_000 else 1
        for _ in range(stations):
            yield MeterRow("", user.number, "intake", user.town, user.annual_m3 / stations,
                           user.profile, source="S1")  # fmt: skip


def _reclaimed(rng: np.random.Generator, users: list[UserRow]) -> Iterator[MeterRow]:
    """Reclaimed water goes to the thirstiest factories, to greening, and to the second plant."""
    factories = sorted((u for u in users if u.number[0] in "QP"), key=lambda u: -u.annual_m3)[2:18]
    greening = [user for user in users if user.number[0] in "LB"][:16]
    plant = [user for user in users if user.number == "DC02"]
    for group, total in (
        (factories, VOLUMES["reclaimed_industry"]),
        (greening, VOLUMES["reclaimed_greening"]),
        (plant, VOLUMES["reclaimed_power"]),
    ):
        weights = rng.uniform(0.5, 1.5, len(group))
        for user, share in zip(group, weights / weights.sum(), strict=True):
            works = _RECLAIMERS[1] if user.number == "DC02" else _RECLAIMERS[int(rng.integers(2))]
            yield MeterRow("", user.number, "reclaimed", user.town, float(total * share),
                           "greening" if user.use == "U4" else "steady", source="S3",
                           supplier=works)  # fmt: skip


def _internal(
    rng: np.random.Generator, users: list[UserRow], meters: list[MeterRow], key_m3: float
) -> Iterator[MeterRow]:
    """Workshops (level 2) and equipment (level 3) behind the main meters of the largest users."""
    kinds = {user.number: user for user in users}
    mains = [
        meter
        for meter in meters
        if meter.role in {"intake", "delivery"}
        and kinds[meter.user].kind == "enterprise"
        and meter.annual_m3 >= key_m3
    ]
    # Of three smaller firms the tree tells something: water that no workshop's meter counts, a
    # building without a meter, water passed on to a neighbour. Large ones would bend the rates.
    told = dict(zip(("unbalanced", "difference", "passed_on"), _smallest(mains), strict=False))
    for main in mains:
        kept = UNBALANCED_SHARE if told.get("unbalanced") is main else 1.0
        shops = rng.dirichlet(np.full(int(rng.integers(3, 6)), 6.0)) * rng.uniform(0.95, 0.99)
        for place, share in enumerate(shops, 1):
            tag = f"{main.user}-{'ABCDE'[place - 1]}"
            shop = MeterRow(tag, main.user, "internal", main.town, 0.0, main.profile, "share",
                            float(share) * kept, level=2, parent=f"@{id(main)}",
                            place=f"{'一二三四五'[place - 1]}车间")  # fmt: skip
            if place == len(shops) and told.get("difference") is main:
                shop.place, shop.counts = "办公楼", "="
            elif place == len(shops) and told.get("passed_on") is main:
                shop.place, shop.counts = "转供邻厂", "-"
            yield shop
            units = rng.dirichlet(np.full(int(rng.integers(1, 4)), 6.0)) * rng.uniform(0.90, 0.98)
            for unit, part in enumerate(units, 1):
                yield MeterRow(f"{tag}{unit}", main.user, "internal", main.town, 0.0,
                               main.profile, "share", float(part), level=3, parent=tag,
                               place=f"{shop.place}{EQUIPMENT[unit - 1]}")  # fmt: skip


def _smallest(mains: list[MeterRow]) -> list[MeterRow]:
    return sorted(mains, key=lambda main: (main.annual_m3, main.user))[:3]


def _name_children(meters: Iterable[MeterRow]) -> None:
    """Replace the mark of a main meter by its number, now that it has one."""
    rows = list(meters)
    numbers = {f"@{id(meter)}": meter.number for meter in rows}
    for meter in rows:
        meter.parent = numbers.get(meter.parent, meter.parent)
