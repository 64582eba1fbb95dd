"""From yearly volumes to registers: hourly and daily flow of every meter, all in arrays."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import numpy as np
import numpy.typing as npt

from shuiheng.basics import SHANGHAI, Period
from shuiheng.cli.demo.profiles import DAYS, PROFILES, day_weights, hour_weights
from shuiheng.cli.demo.rows import YEAR, MeterRow

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

START = datetime(YEAR, 1, 1, tzinfo=SHANGHAI).astimezone(UTC)
START_S = int(START.timestamp())
HOURS = len(DAYS) * 24

# Of the water that leaves a works this share is lost before the zones' inlets, and of what enters
# a zone this share on average; together about an eighth never reaches a meter.
TRUNK_LOSS = 0.022
ZONE_LOSS = 0.108
# A works takes in more than it sends out: it washes its filters.
OWN_USE = 1.028
# Where the planted leak grows, from when, and how large it gets by the year's end (m3/h).
LEAK_ZONE, LEAK_FROM, LEAK_M3_H = "新桥-02", 182, 62.0

_R10 = (1.0, 1.6, 2.5, 4.0, 6.3, 10.0, 16.0, 25.0, 40.0, 63.0)
_DN = (
    (2.5, 15), (4, 20), (6.3, 25), (16, 40), (40, 65), (63, 80), (100, 100), (250, 150),
    (400, 200), (1000, 300), (2500, 400), (6300, 600), (16_000, 1000), (63_000, 1800),
)  # fmt: skip


@dataclass(frozen=True)
class Registers:
    """The registers of meters that share a step: one row per meter, litres, not yet turned over.

    ``at_s`` are the instants (UTC seconds) of the columns; the first and last are the year's
    edges. ``rows`` are the meters' places in the district's list.
    """

    rows: Ints
    at_s: Ints
    litres: Ints


def make_flows(
    rng: np.random.Generator, meters: list[MeterRow]
) -> tuple[dict[int, Floats], Floats]:
    """Return hourly flow (m3) of the hourly meters by place, and daily flow of all meters."""
    daily = _leaf_days(rng, meters)
    place_of = {meter.number: place for place, meter in enumerate(meters)}
    hourly = {
        place: _hours(rng, daily[place], meter.profile)
        for place, meter in enumerate(meters)
        if meter.step_s == 3600 and meter.flow == "leaf"
    }
    zones = _zone_flows(rng, meters, daily, hourly)
    by_works: dict[str, Floats] = defaultdict(lambda: np.zeros(HOURS))
    for place, meter in enumerate(meters):
        if meter.flow == "zone":
            hourly[place] = zones[meter.zone]
            by_works[meter.supplier] += zones[meter.zone] / (1.0 - TRUNK_LOSS)
    exports: dict[str, Floats] = defaultdict(lambda: np.zeros(HOURS))
    for place, meter in enumerate(meters):
        if meter.role == "export":
            exports[meter.supplier] += hourly[place]
    reclaimed: dict[str, Floats] = defaultdict(lambda: np.zeros(len(DAYS)))
    for place, meter in enumerate(meters):
        if meter.role == "reclaimed":
            reclaimed[meter.supplier] += daily[place]
    for place, meter in enumerate(meters):
        if meter.flow == "network":
            # What is sold outside leaves the works by the same mains, before the first zone.
            hourly[place] = (by_works[meter.supplier] + exports[meter.supplier]) * meter.share
        elif meter.flow == "works":
            out = by_works[meter.supplier] + exports[meter.supplier]
            hourly[place] = _smooth(out) * OWN_USE * meter.share
        elif meter.flow == "return":
            source = place_of[meter.number.replace("OUT", "IN")]
            hourly[place] = hourly[source] * meter.share
        elif meter.flow == "outlet":
            inflow = hourly[place_of[f"{meter.user}-IN"]]
            left = 1.0 - reclaimed[meter.user] / daily[place_of[f"{meter.user}-IN"]]
            hourly[place] = inflow * np.repeat(left, 24)
        elif meter.flow == "share":
            parent = daily[place_of[meter.parent]]
            noise = np.exp(rng.normal(0.0, 0.03, len(DAYS)))
            daily[place] = parent * meter.share * noise
    for place, hours in hourly.items():
        daily[place] = hours.reshape(len(DAYS), 24).sum(axis=1)
    return hourly, daily


def _leaf_days(rng: np.random.Generator, meters: list[MeterRow]) -> Floats:
    daily = np.zeros((len(meters), len(DAYS)))
    groups: dict[str, list[int]] = defaultdict(list)
    for place, meter in enumerate(meters):
        if meter.flow == "leaf":
            groups[meter.profile].append(place)
    for name in sorted(groups):
        places, profile = groups[name], PROFILES[name]
        noise = np.exp(rng.normal(0.0, profile.day_noise, (len(places), len(DAYS))))
        shape = day_weights(profile) * noise
        annual = np.array([meters[place].annual_m3 for place in places])
        daily[places] = shape / shape.sum(axis=1, keepdims=True) * annual[:, None]
    return daily


def _hours(rng: np.random.Generator, days: Floats, name: str) -> Floats:
    profile = PROFILES[name]
    noise = np.exp(rng.normal(0.0, profile.hour_noise, (len(days), 24)))
    shape = hour_weights(profile) * noise
    return np.asarray((shape / shape.sum(axis=1, keepdims=True) * days[:, None]).ravel())


def _zone_flows(
    rng: np.random.Generator, meters: list[MeterRow], daily: Floats, hourly: dict[int, Floats]
) -> dict[str, Floats]:
    """Return what enters each zone: what its customers take, and what leaks out of its pipes."""
    taken: dict[str, Floats] = defaultdict(lambda: np.zeros(HOURS))
    by_day: dict[tuple[str, str], Floats] = defaultdict(lambda: np.zeros(len(DAYS)))
    for place, meter in enumerate(meters):
        if meter.role != "delivery":
            continue
        if place in hourly:
            taken[meter.zone] += hourly[place]
        else:
            by_day[meter.zone, meter.profile] += daily[place]
    for (zone, profile), days in by_day.items():
        taken[zone] += (days[:, None] * hour_weights(PROFILES[profile])).ravel()
    zones = sorted({meter.zone for meter in meters if meter.flow == "zone"})
    # Old networks leak more than new ones; the weighted mean stays what it is.
    factor = rng.uniform(0.75, 1.3, len(zones))
    volume = np.array([taken[zone].sum() for zone in zones])
    factor *= volume.sum() / (factor * volume).sum()
    entered = {}
    for zone, each in zip(zones, factor, strict=True):
        share = ZONE_LOSS * float(each)
        # Pressure is higher at night, so leaks run a little stronger then.
        beat = 1.0 + 0.06 * np.cos(2 * np.pi * (np.arange(HOURS) % 24 - 3.5) / 24)
        leak = taken[zone].sum() / HOURS * share / (1.0 - share) * beat
        entered[zone] = taken[zone] + leak
        if zone == LEAK_ZONE:
            entered[zone] = entered[zone] + growing_leak()
    return entered


def growing_leak() -> Floats:
    """Return the planted leak, m3 by hour: from nothing on 1 July to its full size in December."""
    days = np.arange(HOURS) / 24.0
    return np.asarray(LEAK_M3_H * np.clip((days - LEAK_FROM) / (366 - LEAK_FROM), 0.0, 1.0) ** 0.8)


def _smooth(hours: Floats) -> Floats:
    """Return the flow as the works' tanks even it out: half the day's mean, half as it comes."""
    mean = hours.reshape(-1, 24).mean(axis=1).repeat(24)
    return np.asarray(0.5 * hours + 0.5 * mean)


def fit_meters(
    rng: np.random.Generator, meters: list[MeterRow], hourly: dict[int, Floats], daily: Floats
) -> None:
    """Choose size, register and count of each meter from the flow it has to measure."""
    chance = rng.uniform(0.0, 1.0, (len(meters), 2))
    for place, meter in enumerate(meters):
        top = hourly[place].max() if place in hourly else daily[place].max() / 24.0 * 2.2
        q3 = next_q3(float(top) * 1.15)
        meter.q3_m3_h = Decimal(str(q3))
        meter.dn_mm = next((dn for limit, dn in _DN if q3 <= limit), 2400)
        meter.accuracy = "1" if meter.dn_mm >= 300 else "2"
        meter.unit_l = 1 if q3 <= 4 else 10 if q3 <= 100 else 100 if q3 <= 1000 else 1000
        # Main meters that report by the hour are online; of the others about six in ten.
        meter.online = meter.step_s == 3600 or chance[place, 1] < 0.6
        meter.ratio = (80, 100, 160, 250, 400)[int(chance[place, 0] * 5)]
        annual = float(daily[place].sum())
        meter.digits = next(digits for digits in range(5, 13) if 10**digits > 4 * annual)
        meter.installed_on = date(2013 + place % 7, 1, 1) + timedelta(int(chance[place, 1] * 365))
        meter.verified_on = date(2018 + place % 2, 1, 1) + timedelta(int(chance[place, 0] * 365))
    hung = {meter.number: meter for meter in meters}
    for meter in meters:  # parents first: a sub-meter comes with its main meter or after it
        if meter.parent:
            meter.installed_on = max(meter.installed_on, hung[meter.parent].installed_on)


def next_q3(flow: float) -> float:
    """Return the smallest permanent flow rate of the R10 series that is at least ``flow``.

    >>> next_q3(0.3), next_q3(2.6), next_q3(640)
    (1.0, 4.0, 1000.0)
    """
    decade = 1.0
    while True:
        for step in _R10:
            if step * decade >= flow:
                return step * decade
        decade *= 100.0


def make_registers(
    rng: np.random.Generator, meters: list[MeterRow], hourly: dict[int, Floats], daily: Floats
) -> list[Registers]:
    """Return the registers in two groups, hourly and daily, each starting where it stood."""
    start = rng.uniform(0.05, 0.6, len(meters))
    groups = []
    for step in (3600, 86_400):
        rows = np.array(
            [p for p, one in enumerate(meters) if one.step_s == step and one.counts != "="],
            np.int64,
        )
        flow = np.stack([hourly[int(row)] for row in rows]) if step == 3600 else daily[rows]
        unit = np.array([meters[row].unit_l for row in rows], np.int64)[:, None]
        first = start[rows] * np.array([meters[row].capacity_l for row in rows])
        litres = np.empty((len(rows), flow.shape[1] + 1))
        litres[:, 0] = first
        np.cumsum(flow * 1000.0, axis=1, out=litres[:, 1:])
        litres[:, 1:] += first[:, None]
        counted = litres.astype(np.int64) // unit * unit
        at_s = START_S + step * np.arange(flow.shape[1] + 1, dtype=np.int64)
        groups.append(Registers(rows, at_s, counted))
    return groups


def month_truth(groups: list[Registers], count: int) -> Ints:
    """Return litres by meter and month, as the faultless registers tell them."""
    edges = [int(month.instants()[0].timestamp()) for month in Period.year(YEAR).months()]
    edges.append(int(Period.year(YEAR).instants()[1].timestamp()))
    truth = np.zeros((count, 12), np.int64)
    for group in groups:
        at = np.searchsorted(group.at_s, np.array(edges))
        truth[group.rows] = np.diff(group.litres[:, at], axis=1)
    return truth
