"""The list of meters that need attention, by the water at risk."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import path
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from shuiheng.mechanisms.common import district, qualities
from shuiheng.mechanisms.common.asking import day_asked, words_asked
from shuiheng.mechanisms.common.listing import Column, Filter, Listing
from shuiheng.mechanisms.metering import attention
from shuiheng.mechanisms.metering.attention import AttentionRow

LEVELS = {"blocks": "阻断", "warns": "提醒", "informs": "告知"}
DAYS_A_YEAR = Decimal("365.25")


def meters_in_need(request: HttpRequest) -> HttpResponse:
    """List the meters that need attention, filtered by reason, town and level."""
    lake, law = district.lake(), district.law()
    on = day_asked(request) if request.GET.get("on") or district.asked_on() else None
    on = on or lake.last_day() or day_asked(request)
    bounds = attention.limits(law, on, district.place())
    every = attention.list_attention(asked_by=None, lake=lake, on=on, bounds=bounds)
    asked = {
        key: request.GET.get(key, "").replace("\x00", "")[:60] for key in ("code", "town", "level")
    }
    q = words_asked(request)
    rows = attention.only(every, **asked, words=q)
    notes = any(row.level == "informs" for row in rows)
    listing = Listing(
        request, rows, columns(on, notes=notes), name=_("需关注的水表"),
        title=_("需关注的水表"), sort="-risk", source=_("读数检查"),
    )  # fmt: skip
    if (file := listing.export()) is not None:
        return file
    context = {
        "listing": listing,
        "filters": filters(every, asked),
        "filtered": bool(q or any(asked.values())),
        "q": q,
        "find_hint": _("表号、用户名称"),
        "on": on,
        "bounds": bounds,
        "days": attention.DAYS,
        "risk_l": sum(row.risk_l for row in rows),
        "tally": Counter(row.level for row in rows),
        "silent": sum(any(one.code == attention.SILENT for one in row.reasons) for row in rows),
        "nothing": _("没有需要关注的水表。"),
        "nothing_hint": _("停走、跳变、失联或估算过多的水表会列在这里。"),
    }
    return render(request, "metering/attention.html", context)


def filters(every: list[AttentionRow], asked: dict[str, str]) -> list[Filter]:
    """Return the filter bar: reasons and towns that occur, and levels."""
    law = district.law()
    codes = Counter(one.code for row in every for one in row.reasons)
    named = [(code, f"{qualities.short(code)} ({n})") for code, n in codes.most_common()]
    towns = sorted({row.town for row in every if row.town})
    levels = [("all", _("连同告知")), *((key, _(word)) for key, word in LEVELS.items())]
    return [
        Filter("code", _("原因"), named, asked["code"]),
        Filter("town", _("镇、街道"), [(t, _(law.place_name(t))) for t in towns], asked["town"]),
        Filter("level", _("级别"), levels, asked["level"]),
    ]


def columns(on: Any, *, notes: bool = False) -> list[Column]:
    """Return the columns of the list; with ``notes``, the volume of what only informs as well."""
    law = district.law()

    def href(row: AttentionRow) -> str:
        return f"/meters/{quote(row.meter)}/"

    def show_user(row: AttentionRow) -> SafeString:
        user = {"name": row.user_name, "name_en": row.user_name_en}
        return _cell("cell_user", meter=row, user=user)

    def age(row: AttentionRow) -> Decimal | None:
        if row.installed_on is None:
            return None
        return (Decimal((on - row.installed_on).days) / DAYS_A_YEAR).quantize(Decimal("0.1"))

    def risk(row: AttentionRow) -> Decimal | None:
        return None if row.level == "informs" else Decimal(row.risk_l) / 1000

    def noted(row: AttentionRow) -> Decimal | None:
        return Decimal(row.noted_l) / 1000 if row.noted_l else None

    def percent(row: AttentionRow) -> Decimal | None:
        return None if row.good_share is None else (row.good_share * 100).normalize()

    return [
        Column("meter", _("表号"), lambda row: row.meter,
               lambda row: _cell("cell_number", number=row.meter, href=href(row)), ("meter",),
               nowrap=True),
        Column("risk", _("涉及水量"), risk, None, ("risk",), "m3", True,
               _("丢失或存疑的水量，取各原因中最大的一个，不重复相加；只作告知的不计")),
        Column("reasons", _("原因"), lambda row: "; ".join(reason_words(row)),
               lambda row: _cell("cell_reasons", row=row, reasons=shown(row)), wide=True),
        Column("noted", _("告知水量"), noted, None, ("noted",), "m3", True,
               _("只作告知的原因所说的水量"), hidden=not notes),
        Column("level", _("级别"), lambda row: _(LEVELS[row.level]),
               lambda row: _cell("cell_attention_level", row=row), ("level",), nowrap=True),
        Column("since", _("自"), lambda row: row.since, None, ("since",), nowrap=True),
        Column("silent", _("失联天数"), lambda row: row.silent_days, None, ("silent",), "d", True,
               _("最近读数日至今的天数")),
        Column("good", _("近30天合格"), percent, None, ("good",), "%", True,
               _("合格和人工确认的天数占有水量天数的比例")),
        Column("age", _("表龄"), age, None, ("age",), "year", True, _("自安装日起")),
        Column("town", _("镇、街道"), lambda row: law.place_name(row.town) if row.town else "",
               lambda row: _cell("cell_text", text=law.place_name(row.town) if row.town else ""),
               ("town",)),
        Column("user", _("所属用户"), lambda row: row.user_name, show_user, ("user",)),
        Column("user_number", _("用户编号"), lambda row: row.user_number, hidden=True),
        Column("last", _("最近读数日"), lambda row: row.last, hidden=True),
        Column("verified_on", _("检定日"), lambda row: row.verified_on, hidden=True),
        Column("act", _("办理"), lambda row: "",
               lambda row: _cell("cell_act", href=f"{href(row)}edit/")),
    ]  # fmt: skip


def reason_words(row: AttentionRow) -> list[str]:
    """Return the reasons of a row in words, with how often where more than once."""
    return [
        qualities.short(one.code) + (f" ×{one.count}" if one.count > 1 else "")
        for one in row.reasons
    ]


def shown(row: AttentionRow) -> list[tuple[str, str]]:
    """Return the reasons of a row with their levels."""
    return list(zip((one.level for one in row.reasons), reason_words(row), strict=True))


def _cell(name: str, **context: Any) -> SafeString:
    return render_to_string(f"metering/{name}.html", context)


urlpatterns = [path("meters/attention/", meters_in_need, name="attention")]
