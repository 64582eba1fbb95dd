"""One water user: who it is, its use month by month, its meters and findings."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import Decimal
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _

from shuiheng.basics import Period, Quality
from shuiheng.mechanisms.common import district
from shuiheng.mechanisms.common.charts import Chart, Point, Series
from shuiheng.mechanisms.common.listing import csv_answer
from shuiheng.mechanisms.metering.models import MeterBinding, Role
from shuiheng.mechanisms.registry import queries as registry
from shuiheng.mechanisms.registry.models import WaterUser
from shuiheng.mechanisms.statistics.account import account
from shuiheng.mechanisms.statistics.models import DeclaredVolume
from shuiheng.store import Lake, NoLake

# Month by month and role by role: how many litres of which quality.
Months = dict[str, dict[date, dict[str, int]]]
KINDS = {"measured_l": "measured", "estimated_l": "estimated"}


def user(request: HttpRequest, number: str) -> HttpResponse:
    """Show one user over a year (``?year=2020``)."""
    try:
        row = registry.get_user(asked_by=None, number=number)
    except LookupError:
        raise Http404(_("没有编号为 %(number)s 的用户。") % {"number": number}) from None
    bindings = list(MeterBinding.objects.filter(user=row).select_related("meter", "supplier"))
    numbers = sorted({binding.meter.number for binding in bindings})
    try:
        lake: Lake | None = district.lake()
    except NoLake:
        lake = None
    span = year_asked(request, lake, numbers)
    months = booked(lake, bindings, span) if lake else {}
    add_declared(months, row, span)
    if request.GET.get("format") == "csv":
        return _csv(row, months)
    findings = [f for f in (lake.findings(numbers) if lake and numbers else []) if f["meter"]]
    context = {
        "user": row,
        "town": district.law().place_name(row.town),
        "bindings": bindings,
        "span": span,
        "charts": [chart(request, role, by_month) for role, by_month in months.items()],
        "totals": [total(role, by_month) for role, by_month in months.items()],
        "findings": findings,
        "year_before": span.start.year - 1,
        "year_after": span.start.year + 1,
    }
    return render(request, "statistics/user.html", context)


def year_asked(request: HttpRequest, lake: Lake | None, numbers: list[str]) -> Period:
    """Return the year the address asks for, else the last one with data.

    :raises Http404: if the address names no year
    """
    if written := request.GET.get("year"):
        try:
            return Period.year(int(written))
        except (ValueError, OverflowError) as wrong:
            told = {"written": written[:20]}
            raise Http404(_("“%(written)s”不是年份。写作 ?year=2020。") % told) from wrong
    if lake and numbers:
        starts = lake.volumes(by="year", meters=numbers)["start"].to_pylist()
        if starts:
            return Period.year(max(starts).year)
    return Period.year((district.asked_on() or date(2020, 1, 1)).year)


def booked(lake: Lake, bindings: list[MeterBinding], span: Period) -> Months:
    """Return the volumes of each role by month, each day booked where its meter then belonged."""
    numbers = sorted({binding.meter.number for binding in bindings})
    found: Months = {}
    if not numbers:
        return found
    for row in lake.volumes(by="day", meters=numbers, period=span).to_pylist():
        day = row["start"]
        holder = next(
            (
                b
                for b in bindings
                if b.meter.number == row["meter"]
                and b.since <= day
                and (b.until is None or day < b.until)
            ),
            None,
        )
        if holder is None:
            continue
        # Levels of internal meters measure the same water again: each level is a sum of its own.
        role = str(holder.role)
        key = f"{role}:{holder.meter.level}" if role == Role.INTERNAL else role
        month = found.setdefault(key, {}).setdefault(day.replace(day=1), defaultdict(int))
        for column, kind in KINDS.items():
            month[kind] += row[column]
    return dict(sorted(found.items(), key=lambda item: item[0].startswith(Role.INTERNAL)))


def add_declared(months: Months, row: WaterUser, span: Period) -> None:
    """Add what was declared or estimated without a meter."""
    declared = DeclaredVolume.objects.filter(
        user=row, month__gte=span.start, month__lt=span.end
    ).order_by("month")
    for entry in declared:
        month = months.setdefault(entry.side, {}).setdefault(entry.month, defaultdict(int))
        month["declared" if entry.basis == "declared" else "estimated"] += entry.volume_l


def side_word(role: str) -> str:
    """Return what a role or a declared side is called."""
    role, _colon, level = role.partition(":")
    if level:
        return _("内部计量（第 %(level)s 级）") % {"level": level}
    sides = {"intake": _("取水"), "return": _("退水"), "reused": _("重复利用")}
    return _(str(Role(role).label)) if role in Role.values else sides.get(role, role)


def chart(request: HttpRequest, role: str, by_month: dict[date, dict[str, int]]) -> Chart:
    """Return the chart of one role, month by month."""
    points = [
        Point.split(
            f"{month:%Y-%m}",
            **{kind: Decimal(litres) / 1000 for kind, litres in by_month[month].items()},
        )
        for month in sorted(by_month)
    ]
    title = _("%(role)s：逐月水量") % {"role": side_word(role)}
    query = request.GET.copy()
    query["format"] = "csv"
    bars = [Series(side_word(role), points, bars=True)]
    return Chart(
        title, "m3", bars, name=f"use-{role.replace(':', '-')}",
        csv=f"{request.path}?{query.urlencode()}", language=request.LANGUAGE_CODE,
    )  # fmt: skip


def total(role: str, by_month: dict[date, dict[str, int]]) -> dict[str, Any]:
    """Return the year's volume of one role with its quality."""
    sums: dict[str, int] = defaultdict(int)
    for month in by_month.values():
        for kind, litres in month.items():
            sums[kind] += litres
    return {
        "title": side_word(role),
        "volume": Decimal(sum(sums.values())) / 1000,
        "quality": Quality.of(**dict(sums)),
    }


def _csv(row: WaterUser, months: Months) -> HttpResponse:
    head = [
        _("月份"), _("计量"), f"{_('实测')} (m³)", f"{_('估算')} (m³)", f"{_('申报')} (m³)",
    ]  # fmt: skip
    lines = [
        [
            f"{month:%Y-%m}",
            side_word(role),
            *(
                Decimal(by_month[month].get(k, 0)) / 1000
                for k in ("measured", "estimated", "declared")
            ),
        ]
        for role, by_month in months.items()
        for month in sorted(by_month)
    ]
    return csv_answer(row.number, head, lines)


urlpatterns = [
    path("users/<path:number>/", user, name="user"),
    path("accounts/", account, name="accounts"),
]
