"""The pages that belong to no mechanism: about, mechanisms, search, style, health, errors."""

from __future__ import annotations

import logging
from datetime import date
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseServerError, JsonResponse
from django.shortcuts import render
from django.template.loader import get_template
from django.utils.translation import gettext as _

from shuiheng.basics import Clause, Quality
from shuiheng.mechanisms.common import district
from shuiheng.mechanisms.common.charts import Chart, Point, Series, TargetLine
from shuiheng.mechanisms.common.evidence import cards, entries
from shuiheng.web.finding import matches

log = logging.getLogger("shuiheng.web")


def health(request: HttpRequest) -> JsonResponse:
    """Say whether the server, its database and its district are there; for machines."""
    here = district.home()
    try:
        connection.ensure_connection()
        reachable = True
    except DatabaseError:
        reachable = False
    well = reachable and here is not None
    return JsonResponse(
        {
            "ok": well,
            "version": settings.SHUIHENG_VERSION,
            "database": reachable,
            "district": here.place if here else None,
            "demo": bool(here and here.demo),
        },
        status=200 if well else 503,
    )


def about(request: HttpRequest) -> HttpResponse:
    """Show what this is, which pages there are, and how to load one's own data."""
    law = district.law()
    facts = {"rules": len(law.rules()), "documents": len(law.documents())}
    return render(request, "web/about.html", {"law_facts": facts, "home_folder": settings.HOME})


def mechanisms(request: HttpRequest) -> HttpResponse:
    """Show which mechanism serves which task of the plan, from the mechanisms' cards."""
    figures: dict[str, list[Any]] = {}
    for entry in entries().values():
        figures.setdefault(entry.mechanism, []).append(entry)
    shown = [{"card": card, "figures": figures.get(card.name, [])} for card in cards()]
    tasks = [
        {"no": no, "cards": [card for card in cards() if no in card.tasks]}
        for no in sorted({no for card in cards() for no in card.tasks})
    ]
    return render(request, "web/mechanisms.html", {"shown": shown, "tasks": tasks})


def search(request: HttpRequest) -> HttpResponse:
    """Find users, meters, rules, documents and figures by name or number."""
    words = request.GET.get("q", "").strip()[:80]
    groups = matches(words) if words else []
    found = sum(group["count"] for group in groups)
    return render(request, "web/search.html", {"searched": words, "groups": groups, "found": found})


def style(request: HttpRequest) -> HttpResponse:
    """Show every part of the pages once, with how to use it. The numbers are toy numbers."""
    months = [f"2020-{month:02d}" for month in range(1, 13)]
    volumes = [Decimal(v) * 1000 for v in (82, 74, 90, 96, 104, 118, 131, 128, 112, 101, 95, 88)]
    kinds = ["measured"] * 7 + ["estimated", "declared", "measured", "measured", "missing"]
    leak = [Decimal(v) / 1000 for v in (131, 128, 126, 122, 119, 121, 114, 110, 108, 104, 99, 96)]
    language = request.LANGUAGE_CODE
    context = {
        "verdicts": ["met", "on_course", "behind", "not_met", "not_measurable", "tracked"],
        "volumes": [Decimal("4210"), Decimal("52340"), Decimal("871000000")],
        "quality": Quality.of(measured=82, estimated=9, declared=6, missing=3),
        "clause": Clause(
            "常开委办〔2020〕67号", "二（三）", "全区城市公共供水管网漏损率控制在10%以内"
        ),
        "spark": leak,
        "spark_target": Decimal("0.10"),
        "bars": Chart(
            _("样例：夏季用水高于其余各季"),
            "m3",
            [Series(_("用水量"), list(map(Point, months, volumes, kinds)), bars=True)],
            name="style-bars",
            language=language,
        ),
        "lines": Chart(
            _("样例：漏损率十一月起低于目标"),
            "1",
            [Series(_("漏损率"), list(map(Point, months, leak)))],
            targets=[TargetLine(Decimal("0.10"), _("目标 10%"))],
            name="style-lines",
            language=language,
        ),
        "today": date(2020, 12, 31),
    }
    return render(request, "web/style.html", context)


def not_found(request: HttpRequest, exception: Http404) -> HttpResponse:
    """Answer an address that leads nowhere with a page that says where to go."""
    hint = str(exception.args[0]) if exception.args and isinstance(exception.args[0], str) else ""
    return render(request, "404.html", {"hint": hint}, status=404)


def forged(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form that does not come from a page of this server, or is too old."""
    context = {
        "heading": _("这张表没有被接受"),
        "why": _("表单不是从本系统的页面发出的，或者打开得太久。什么都没有改动。"),
        "what_now": [_("回到表单页重新打开，再填一次；浏览器须允许本站的 cookie。")],
    }
    return render(request, "web/trouble.html", context, status=403)


def failed(request: HttpRequest) -> HttpResponse:
    """Answer a page that failed; without the base page, which may be what failed."""
    return HttpResponseServerError(get_template("500.html").render({}))
