"""The list of meters, and the addresses of all pages about meters."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import path
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from shuiheng.mechanisms.common import district
from shuiheng.mechanisms.common.asking import words_asked
from shuiheng.mechanisms.common.listing import Column, Filter, Listing
from shuiheng.mechanisms.metering import (
    pages_attention,
    pages_edit,
    pages_how,
    pages_meter,
    pages_tree,
)
from shuiheng.mechanisms.metering.models import Meter, MeterBinding, Role

FILTERS = ("town", "role", "online")


def meters(request: HttpRequest) -> HttpResponse:
    """List the meters, filtered by words, town, role and whether they are online."""
    q = words_asked(request)
    listing = Listing(
        request, chosen(request, q), columns(), name=_("水表"), title=_("水表名录"), sort="number",
        source=_("水表登记"),
    )  # fmt: skip
    if (file := listing.export()) is not None:
        return file
    law = district.law()
    towns = Meter.objects.order_by("town").values_list("town", flat=True).distinct()
    context = {
        "listing": listing,
        "filters": [
            Filter(
                "town", _("镇、街道"), [(t, _(law.place_name(t))) for t in towns if t],
                request.GET.get("town", ""),
            ),
            Filter(
                "role", _("计量"), [(r.value, _(r.label)) for r in Role],
                request.GET.get("role", ""),
            ),
            Filter(
                "online", _("在线"), [("1", _("是")), ("0", _("否"))], request.GET.get("online", "")
            ),
        ],
        "filtered": any(request.GET.get(key) for key in ("q", *FILTERS)),
        "q": q,
        "find_hint": _("表号、用户名称"),
        "nothing": _("还没有登记水表。"),
        "nothing_hint": _("用 shuiheng registry import 文件 读入。"),
    }  # fmt: skip
    return render(request, "metering/meters.html", context)


def chosen(request: HttpRequest, q: str) -> QuerySet[Meter]:
    """Return the meters that the address asks for, each with its latest user and role."""
    latest = MeterBinding.objects.filter(meter=OuterRef("pk")).order_by("-since")
    rows = Meter.objects.annotate(
        user_number=Subquery(latest.values("user__number")[:1]),
        user_name=Subquery(latest.values("user__name")[:1]),
        user_name_en=Subquery(latest.values("user__name_en")[:1]),
        role=Subquery(latest.values("role")[:1]),
    )
    if town := request.GET.get("town", "").replace("\x00", ""):
        rows = rows.filter(town=town)
    if role := request.GET.get("role", "").replace("\x00", ""):
        rows = rows.filter(Exists(MeterBinding.objects.filter(meter=OuterRef("pk"), role=role)))
    if (online := request.GET.get("online")) in {"0", "1"}:
        rows = rows.filter(online=online == "1")
    if q:
        rows = rows.filter(Q(number__icontains=q) | Q(user_name__icontains=q))
    return rows


def _cell(name: str, **context: Any) -> SafeString:
    return render_to_string(f"metering/{name}.html", context)


def _show_user(meter: Any) -> SafeString:
    user = {"name": meter.user_name or "", "name_en": meter.user_name_en or ""}
    return _cell("cell_user", meter=meter, user=user)


def role_word(role: str | None) -> str:
    """Return what a role is called."""
    return str(Role(role).label) if role in Role.values else ""


def columns() -> list[Column]:
    """Return the columns of the list of meters."""
    law = district.law()
    return [
        Column(
            "number", _("表号"), lambda m: m.number,
            lambda m: _cell("cell_number", number=m.number, href=f"/meters/{quote(m.number)}/"),
            ("number",), nowrap=True,
        ),
        Column(
            "user", _("所属用户"), lambda m: m.user_name or "", _show_user,
            ("user_name",),
        ),
        Column("user_number", _("用户编号"), lambda m: m.user_number or "", hidden=True),
        Column(
            "role", _("计量"), lambda m: role_word(m.role),
            lambda m: _cell("cell_word", word=role_word(m.role)), ("role",),
            about=_("水表的水量在核算中是什么"),
        ),
        Column(
            "town", _("镇、街道"), lambda m: law.place_name(m.town),
            lambda m: _cell("cell_text", text=law.place_name(m.town)), ("town",),
        ),
        Column("dn", _("口径"), lambda m: m.dn_mm or None, None, ("dn_mm",), "mm", True),
        Column(
            "q3", _("常用流量 Q3"), lambda m: m.q3_m3_h or None, None, ("q3_m3_h",), "m3/h", True
        ),
        Column(
            "interval", _("读数间隔"), lambda m: m.interval_s // 60, None, ("interval_s",), "min",
            True,
        ),
        Column(
            "online", _("在线"), lambda m: m.online,
            lambda m: _cell("cell_word", word=_("是") if m.online else "—"), ("online",),
        ),
        Column(
            "verified_on", _("检定日"), lambda m: m.verified_on, None, ("verified_on",), nowrap=True
        ),
    ]  # fmt: skip


urlpatterns = [
    path("meters/", meters, name="meters"),
    *pages_attention.urlpatterns,
    *pages_tree.urlpatterns,
    *pages_edit.urlpatterns,
    *pages_how.urlpatterns,
    *pages_meter.urlpatterns,
    path("meters/<path:number>/", pages_meter.meter, name="meter"),
]
