"""The page of the district's water account: by month, use, source and town, and its identity."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from shuiheng.basics import Period
from shuiheng.core.accounts import LOSS, SOURCES, USES, Accounts
from shuiheng.core.accounts.model import LOSS_TITLES
from shuiheng.mechanisms.common import district
from shuiheng.mechanisms.common.asking import words_asked
from shuiheng.mechanisms.common.charts import Chart, Point, Series
from shuiheng.mechanisms.common.listing import Column, Filter, Listing
from shuiheng.mechanisms.common.showing import show
from shuiheng.mechanisms.statistics import queries
from shuiheng.store import NoLake

FILTERS = ("month", "town", "source", "use")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the page: what was used (or lost) in a month, in a town, from a source."""

    month: date
    town: str
    source: str
    use: str
    measured_l: int
    estimated_l: int
    declared_l: int

    @property
    def volume_l(self) -> int:
        """The three parts together, in litres."""
        return self.measured_l + self.estimated_l + self.declared_l


def account(request: HttpRequest) -> HttpResponse:
    """Show the account of a year (``?year=2020``): matrix, months, and every line."""
    year = _year(request)
    try:
        accounts = queries.get_year_accounts(asked_by=None, lake=district.lake(), year=year)
    except NoLake:
        accounts = Accounts((), {})
    every = rows_of(accounts)
    asked = {key: request.GET.get(key, "") for key in FILTERS}
    q = words_asked(request)
    chosen = [
        row
        for row in every
        if all(asked[key] in ("", _key(row, key)) for key in FILTERS) and q in _words(row)
    ]
    listing = Listing(
        request, chosen, columns(), name=_("水账"), title=_("用水总量账"),
        sort="month", source=_("水表读数与申报水量"),
    )  # fmt: skip
    if (file := listing.export()) is not None:
        return file
    context = {
        "year": year,
        "year_before": year - 1,
        "year_after": year + 1,
        "listing": listing,
        "filters": [
            Filter(key, _TITLES[key](), _choices(every, key), asked[key]) for key in FILTERS
        ],
        "filtered": bool(q or any(asked.values())),
        "q": q,
        "find_hint": _("镇、街道，水源，用途"),
        "matrix": matrix(accounts, year),
        "sums": identity(accounts, year),
        "chart": chart(request, every),
        "nothing": _("这一年还没有水账。"),
        "nothing_hint": _("读入读数和申报水量后，这里按月列出各类用水。"),
    }
    return render(request, "statistics/account.html", context)


def _year(request: HttpRequest) -> int:
    written = request.GET.get("year", "")
    if not written:
        return (district.asked_on() or date(2020, 12, 31)).year
    if not (written.isascii() and written.isdigit() and 1900 <= int(written) <= 2200):
        told = {"written": written[:20]}
        raise Http404(_("“%(written)s”不是年份。写作 ?year=2020。") % told)
    return int(written)


def rows_of(accounts: Accounts) -> list[Row]:
    """Return use and loss by month, town, source and use class."""
    parts: dict[tuple[date, str, str, str], list[int]] = defaultdict(lambda: [0, 0, 0])
    for line in accounts.lines:
        if line.side not in {"use", "loss"}:
            continue
        part = parts[line.month, line.town, line.source, line.use]
        for place, litres in enumerate((line.measured_l, line.estimated_l, line.declared_l)):
            part[place] += litres
    return [Row(*key, *parts[key]) for key in sorted(parts)]


def identity(accounts: Accounts, year: int) -> list[dict[str, Any]]:
    """Return supply, use, loss and what is left over (nothing, or an engine is wrong)."""
    period = Period.year(year)
    return [
        {"title": title, "volume": Decimal(litres) / 1000}
        for title, litres in (
            (_("供水（取水）"), accounts.supply_l(period)),
            (_("用水"), accounts.use_l(period)),
            (_("公共供水损失"), accounts.loss_l(period)),
            (_("供水 − 用水 − 损失"), accounts.residual_l(period)),
        )
    ]


def matrix(accounts: Accounts, year: int) -> dict[str, Any]:
    """Return the year's use by class and source, with sums of rows and columns."""
    cells: dict[tuple[str, str], int] = defaultdict(int)
    for side in ("use", "loss"):
        for line in accounts.chosen(side=side, period=Period.year(year)):
            cells[line.use, line.source] += line.volume_l
    lines = [
        {
            "title": use_word(use),
            "cells": [Decimal(cells[use, source]) / 1000 for source in SOURCES],
            "sum": Decimal(sum(cells[use, source] for source in SOURCES)) / 1000,
        }
        for use in (*USES, LOSS)
    ]
    sums = [Decimal(sum(cells[use, s] for use in (*USES, LOSS))) / 1000 for s in SOURCES]
    heads = [source_word(source) for source in SOURCES]
    return {"heads": heads, "lines": lines, "sums": sums, "total": sum(sums, Decimal(0))}


def chart(request: HttpRequest, every: list[Row]) -> Chart:
    """Return total use month by month, by quality."""
    months: dict[date, list[int]] = defaultdict(lambda: [0, 0, 0])
    for row in every:
        for place, litres in enumerate((row.measured_l, row.estimated_l, row.declared_l)):
            months[row.month][place] += litres
    points = [
        Point.split(
            f"{month:%Y-%m}",
            measured=Decimal(parts[0]) / 1000,
            estimated=Decimal(parts[1]) / 1000,
            declared=Decimal(parts[2]) / 1000,
        )
        for month, parts in sorted(months.items())
    ]
    bars = [Series(_("用水总量"), points, bars=True)]
    return Chart(_("逐月用水总量"), "m3", bars, name="account", language=request.LANGUAGE_CODE)


def use_word(use: str) -> str:
    """Return what a use class is called in the reader's language."""
    return _pick(LOSS_TITLES if use == LOSS else USES.get(use, (use, use)))


def source_word(source: str) -> str:
    """Return what a source is called in the reader's language."""
    return _pick(SOURCES.get(source, (source, source)))


def _pick(pair: tuple[str, str]) -> str:
    return pair[1] if (get_language() or "").startswith("en") else pair[0]


def _town(code: str) -> str:
    return _(district.law().place_name(code))


def _key(row: Row, key: str) -> str:
    return f"{row.month:%Y-%m}" if key == "month" else str(getattr(row, key))


def _words(row: Row) -> str:
    return f"{row.month:%Y-%m} {_town(row.town)} {source_word(row.source)} {use_word(row.use)}"


_TITLES = {
    "month": lambda: _("月份"),
    "town": lambda: _("镇、街道"),
    "source": lambda: _("水源"),
    "use": lambda: _("用途"),
}


def _choices(every: list[Row], key: str) -> list[tuple[str, str]]:
    word = {"town": _town, "source": source_word, "use": use_word}.get(key, str)
    return [(value, word(value)) for value in sorted({_key(row, key) for row in every})]


def columns() -> list[Column]:
    """Return the columns of the account: volumes in cubic metres, by quality."""

    def volume(key: str, title: str, about: str) -> Column:
        def read(row: Row) -> Decimal:
            return Decimal(getattr(row, key)) / 1000

        def cell(row: Row) -> SafeString:
            number = show(read(row), "m3", language=get_language() or "zh", full=True).number
            return SafeString(number)

        return Column(key, title, read, cell, (key,), unit="m3", number=True, about=about)

    return [
        Column("month", _("月份"), lambda row: f"{row.month:%Y-%m}", None, ("month",), nowrap=True),
        Column("town", _("镇、街道"), lambda row: _town(row.town), None, ("town",)),
        Column("source", _("水源"), lambda row: source_word(row.source), None, ("source",)),
        Column("use", _("用途"), lambda row: use_word(row.use), None, ("use",)),
        volume("volume_l", _("水量"), _("三部分之和")),
        volume("measured_l", _("实测"), _("由水表读数得出")),
        volume("estimated_l", _("估算"), _("读数缺口的分摊，或按面积、电量、人口估算")),
        volume("declared_l", _("申报"), _("由用水户或部门填报")),
    ]
