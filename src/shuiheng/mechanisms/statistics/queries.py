"""Reads: accounts, series, declared values. Each takes the person who asks (None: the public)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import numpy as np
from django.db.models import Count, Max

from shuiheng.basics import Declared, Period
from shuiheng.core.accounts import Accounts, Binding, DailyVolumes, DeclaredMonth, User, book
from shuiheng.mechanisms.common.models import ImportRun
from shuiheng.mechanisms.common.names import NAMES
from shuiheng.mechanisms.metering.models import MeterBinding
from shuiheng.mechanisms.registry.models import WaterUser
from shuiheng.mechanisms.statistics.models import DeclaredValue, DeclaredVolume, YearValue
from shuiheng.store import Lake

# Accounts already booked, by everything they depend on; a change of data makes another key.
_BOOKED: dict[tuple[object, ...], Accounts] = {}
_KEPT = 4


def get_accounts(*, asked_by: object | None, lake: Lake, period: Period) -> Accounts:
    """Return the account of a period, booked from the lake's daily volumes and declarations."""
    accounts = book(
        users=_users(),
        bindings=_bindings(period),
        daily=_daily(lake, period),
        declared=_declared(period),
    )
    return Accounts(accounts.lines, accounts.users, accounts.findings, lake.snapshot())


def get_year_accounts(*, asked_by: object | None, lake: Lake, year: int) -> Accounts:
    """Return the account of a calendar year; booked once for each state of the data."""
    key = (asked_by, year, *fingerprint(lake))
    if key not in _BOOKED:
        if len(_BOOKED) >= _KEPT:
            _BOOKED.clear()
        _BOOKED[key] = get_accounts(asked_by=asked_by, lake=lake, period=Period.year(year))
    return _BOOKED[key]


def fingerprint(lake: Lake) -> tuple[object, ...]:
    """Return what changes whenever a figure could: the lake's snapshot and the tables' counts."""
    models: Sequence[type] = (WaterUser, MeterBinding, DeclaredValue, DeclaredVolume, YearValue)
    counts = [model.objects.aggregate(n=Count("id"), last=Max("id")) for model in models]
    runs = ImportRun.objects.aggregate(last=Max("id"))
    return (lake.home, lake.snapshot(), runs["last"], *((row["n"], row["last"]) for row in counts))


def _users() -> list[User]:
    rows = WaterUser.objects.values_list(
        "number", "name", "use", "town", "kind", "industry", "cooling", "above_scale"
    )
    return [User(*row) for row in rows]


def _bindings(period: Period) -> list[Binding]:
    rows = MeterBinding.objects.filter(since__lt=period.end).exclude(until__lte=period.start)
    columns = (
        "meter__number", "user__number", "role", "since", "until", "source", "use",
        "supplier__number",
    )  # fmt: skip
    return [
        Binding(*row[:7], supplier=row[7] or "")
        for row in rows.order_by("meter__number", "since").values_list(*columns)
    ]


def _daily(lake: Lake, period: Period) -> DailyVolumes:
    table = lake.volumes(by="day", period=period)
    meters = table.column("meter").combine_chunks().dictionary_encode()
    if hasattr(meters, "combine_chunks"):
        meters = meters.combine_chunks()

    def column(name: str) -> np.ndarray:
        return table.column(name).to_numpy().astype(np.int64)

    return DailyVolumes(
        numbers=tuple(meters.dictionary.to_pylist()),
        meter=meters.indices.to_numpy().astype(np.int32),
        day=table.column("start").to_numpy().astype("datetime64[D]"),
        volume_l=column("volume_l"),
        measured_l=column("measured_l"),
        estimated_l=column("estimated_l"),
    )


def _declared(period: Period) -> list[DeclaredMonth]:
    rows = DeclaredVolume.objects.filter(month__gte=period.start, month__lt=period.end)
    columns = ("user__number", "month", "volume_l", "basis", "side", "source", "by", "document")
    return [DeclaredMonth(*row) for row in rows.values_list(*columns)]


def get_series(
    *, asked_by: object | None, name: str, method: str = "", on: date | None = None
) -> dict[int, Declared]:
    """Return a yearly series by year: of each year the latest vintage published by ``on``."""
    rows = YearValue.objects.filter(name=name, method=method)
    if on is not None:
        rows = rows.filter(vintage__lte=on)
    return {
        row.year: Declared(
            f"{name}/{row.year}", f"{SERIES.get(name, (name, name))[0]}({row.year}年)",
            f"{SERIES.get(name, (name, name))[1]} ({row.year})", _plain(row.value), row.unit,
            by=row.by, document=row.document, on=row.vintage.isoformat(), period=str(row.year),
        )
        for row in rows.order_by("year", "vintage")
    }  # fmt: skip


def get_declared(
    *, asked_by: object | None, name: str, year: int, place: str, on: date | None = None
) -> Declared | None:
    """Return the latest value an office declared for a place and year, or None."""
    rows = DeclaredValue.objects.filter(name=name, year=year, place=place)
    if on is not None:
        rows = rows.filter(on__lte=on)
    row = rows.order_by("-on", "-id").first()
    if row is None:
        return None
    zh, en = SERIES.get(name, (name, name))
    return Declared(
        f"{name}/{year}", zh, en, _plain(row.value), row.unit, by=row.by, document=row.document,
        on=row.on.isoformat(), period=str(year),
    )  # fmt: skip


def _plain(value: Decimal) -> Decimal:
    whole = value.to_integral_value()
    return Decimal(int(whole)) if value == whole else value.normalize()


# What declared values and series are called: the table itself is in common/names.py.
SERIES: dict[str, tuple[str, str]] = {
    name: (row.title, row.title_en) for name, row in NAMES.items()
}
