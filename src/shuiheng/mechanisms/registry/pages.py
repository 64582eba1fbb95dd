"""The list of water users."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import path
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from shuiheng.mechanisms.common import district
from shuiheng.mechanisms.common.asking import words_asked
from shuiheng.mechanisms.common.listing import Column, Filter, Listing
from shuiheng.mechanisms.registry import queries
from shuiheng.mechanisms.registry.models import UseClass, UserKind, WaterUser

FILTERS = ("town", "use", "kind")


def users(request: HttpRequest) -> HttpResponse:
    """List the water users, filtered by words, town, use class and kind."""
    q = words_asked(request)
    listing = Listing(
        request, chosen(request, q), columns(), name=_("用水户"), title=_("用水户名录"),
        sort="number", source=_("用水户登记"),
    )  # fmt: skip
    if (file := listing.export()) is not None:
        return file
    context = {
        "listing": listing,
        "filters": filters(request),
        "filtered": any(request.GET.get(key) for key in ("q", *FILTERS)),
        "q": q,
        "find_hint": _("名称、编号"),
        "towns": town_map(request),
        "nothing": _("还没有登记用水户。"),
        "nothing_hint": _("用 shuiheng registry import 文件 读入名录。"),
    }
    return render(request, "registry/users.html", context)


def chosen(request: HttpRequest, q: str) -> QuerySet[WaterUser]:
    """Return the users that the address asks for, as the public may see them."""
    asked = {key: _asked(request, key).replace("\x00", "") for key in FILTERS}
    return queries.list_users(asked_by=None, words=q, **asked)


def filters(request: HttpRequest) -> list[Filter]:
    """Return the choices of the filter bar: only what occurs."""
    law = district.law()
    towns = (
        queries.list_users(asked_by=None).order_by("town").values_list("town", flat=True).distinct()
    )
    kinds = set(
        queries.list_users(asked_by=None).order_by().values_list("kind", flat=True).distinct()
    )
    named = [(town, _(law.place_name(town))) for town in towns]
    return [
        Filter("town", _("镇、街道"), named, _asked(request, "town")),
        Filter("use", _("用途"), [(c.value, _(c.label)) for c in UseClass], _asked(request, "use")),
        Filter(
            "kind", _("类别"), [(k.value, _(k.label)) for k in UserKind if k.value in kinds],
            _asked(request, "kind"),
        ),
    ]  # fmt: skip


def _asked(request: HttpRequest, key: str) -> str:
    return request.GET.get(key, "")


TILE, GAP = 92, 6


def town_map(request: HttpRequest) -> dict[str, Any] | None:
    """Return the tile map of the towns with the number of users that the other filters leave."""
    law = district.law()
    plain = request.GET.copy()
    for key in ("town", "page", "sort", "format", "lang"):
        plain.pop(key, None)
    rows = queries.list_users(asked_by=None)
    for key in ("use", "kind"):
        if asked := plain.get(key):
            rows = rows.filter(**{key: asked})
    counts = dict(rows.order_by().values_list("town").annotate(Count("id")))
    tiles = []
    for code, count in sorted(counts.items()):
        if code not in law.tiles():
            continue
        name = law.place_name(code)
        short = name.removesuffix("街道").removesuffix("镇")
        column, row = law.tiles()[code]
        query = plain.copy()
        query["town"] = code
        tiles.append(
            {
                "name": _(name) if (get_language() or "").startswith("en") else short,
                "count": count,
                "href": f"{request.path}?{query.urlencode()}",
                "x": column * (TILE + GAP) + 1,
                "y": row * (TILE + GAP) + 1,
                "middle": column * (TILE + GAP) + 1 + TILE // 2,
                "here": request.GET.get("town") == code,
            }
        )
    return {"tiles": tiles, "size": TILE} if len(tiles) > 1 else None


def _cell(name: str, **context: Any) -> SafeString:
    return render_to_string(f"registry/{name}.html", context)


def columns() -> list[Column]:
    """Return the columns of the list of users."""
    law = district.law()

    def show_name(user: WaterUser) -> SafeString:
        return _cell("cell_name", user=user, href=f"/users/{quote(user.number)}/")

    def show_town(user: WaterUser) -> SafeString:
        return _cell("cell_text", text=law.place_name(user.town))

    return [
        Column("name", _("名称"), lambda u: u.name, show_name, ("name",), about=_("单位名称")),
        Column("number", _("编号"), lambda u: u.number, None, ("number",), nowrap=True),
        Column(
            "kind", _("类别"), lambda u: u.get_kind_display(),
            lambda u: _cell("cell_word", word=u.get_kind_display()), ("kind",),
        ),
        Column(
            "use", _("用途"), lambda u: u.get_use_display(),
            lambda u: _cell("cell_word", word=u.get_use_display()), ("use",),
            about=_("水量核算的四类用途"),
        ),
        Column("town", _("镇、街道"), lambda u: law.place_name(u.town), show_town, ("town",)),
        Column(
            "industry", _("行业代码"), lambda u: u.industry, None, ("industry",), about="GB/T 4754"
        ),
        Column(
            "above_scale", _("规模以上"), lambda u: u.above_scale,
            lambda u: _cell("cell_scale", user=u), ("above_scale",),
        ),
        Column("persons", _("人数"), lambda u: u.persons, unit="person", hidden=True),
        Column("area_mu", _("面积"), lambda u: u.area_mu, unit="mu", hidden=True),
        Column("since", _("登记自"), lambda u: u.since, None, ("since",), nowrap=True),
    ]  # fmt: skip


urlpatterns = [path("users/", users, name="users")]
