"""The list of meters, and one meter: volumes, register, quality, findings, readings."""

from __future__ import annotations

from datetime import UTC, date, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import pyarrow as pa
from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import path
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from shuiheng.basics import SHANGHAI, Period, Quality
from shuiheng.mechanisms.common import district
from shuiheng.mechanisms.common.asking import words_asked
from shuiheng.mechanisms.common.charts import Chart, Point, Series
from shuiheng.mechanisms.common.listing import Column, Filter, Listing, csv_answer
from shuiheng.mechanisms.metering.models import Meter, MeterBinding, Role

FILTERS = ("town", "role", "online")
READINGS_A_PAGE = 48
# So many points of a register are drawn; more could not be told apart.
POINTS_DRAWN = 180


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


def meter(request: HttpRequest, number: str) -> HttpResponse:
    """Show one meter over a year, a month or a day (``?month=2020-07``)."""
    row = Meter.objects.filter(number=number).first()
    lake = district.lake()
    days = lake.volumes(by="month", meters=[number])
    if row is None and not len(days):
        raise Http404(_("没有编号为 %(number)s 的水表。") % {"number": number})
    span, by = period_asked(request, days)
    volumes = lake.volumes(by=by, meters=[number], period=span)
    readings = lake.readings(number, span)
    if request.GET.get("format") == "csv":
        return _csv(number, volumes, by)
    if request.GET.get("format") == "readings":
        return _readings_csv(number, readings)
    bindings = list(
        MeterBinding.objects.filter(meter__number=number).select_related("user", "supplier")
    )
    context = {
        "number": number,
        "meter": row,
        "bindings": bindings,
        "town": district.law().place_name(row.town) if row and row.town else "",
        "span": span,
        "by": by,
        "chart": volume_chart(request, volumes, by),
        "register": register_chart(request, readings),
        "total": totals(volumes),
        "findings": [f for f in lake.findings([number]) if f["meter"] == number],
        "readings": readings_page(request, readings),
        "steps": steps(span, by, days),
    }
    return render(request, "metering/meter.html", context)


def period_asked(request: HttpRequest, months: pa.Table) -> tuple[Period, str]:
    """Return the period the address asks for, and by what it is divided.

    :raises Http404: if the address names no period
    """
    asked = request.GET
    wrong = _("“%(written)s”不是时段。写作 ?year=2020、?month=2020-07 或 ?day=2020-07-03。")
    try:
        if day := asked.get("day"):
            start = date.fromisoformat(day)
            return Period(start, start + timedelta(days=1)), "hour"
        if month := asked.get("month"):
            year, _dash, number = month.partition("-")
            return Period.month(int(year), int(number)), "day"
        if year_written := asked.get("year"):
            return Period.year(int(year_written)), "month"
    except (ValueError, OverflowError) as problem:
        written = asked.get("day") or asked.get("month") or asked.get("year")
        raise Http404(wrong % {"written": str(written)[:20]}) from problem
    last = max(months["start"].to_pylist(), default=None)
    return Period.year((last or district.asked_on() or date(2020, 1, 1)).year), "month"


def volume_chart(request: HttpRequest, volumes: pa.Table, by: str) -> Chart:
    """Return the chart of volumes: measured and estimated parts of each month, day or hour."""
    points = [
        Point.split(
            label_of(row["start"], by),
            measured=Decimal(row["measured_l"]) / 1000,
            estimated=Decimal(row["estimated_l"]) / 1000,
        )
        for row in volumes.to_pylist()
    ]
    words = {"month": _("逐月水量"), "day": _("逐日水量"), "hour": _("逐时水量")}
    query = request.GET.copy()
    query["format"] = "csv"
    return Chart(
        words[by], "m3", [Series(words[by], points, bars=True)], name="volumes",
        csv=f"{request.path}?{query.urlencode()}", language=request.LANGUAGE_CODE,
    )  # fmt: skip


def label_of(start: Any, by: str) -> str:
    """Return what a month, day or hour is called on the axis.

    >>> label_of(date(2020, 7, 1), "month"), label_of(date(2020, 7, 3), "day")
    ('2020-07', '07-03')
    """
    if by == "month":
        return f"{start:%Y-%m}"
    if by == "day":
        return f"{start:%m-%d}"
    at = start if start.tzinfo else start.replace(tzinfo=UTC)
    return f"{at.astimezone(SHANGHAI):%H:%M}"


def register_chart(request: HttpRequest, readings: pa.Table) -> Chart | None:
    """Return the chart of the register, thinned where there are many; None without readings."""
    count = len(readings)
    if count < 2:
        return None
    step = max(1, count // POINTS_DRAWN)
    places = list(range(0, count, step))
    if places[-1] != count - 1:
        places.append(count - 1)
    rows = readings.take(pa.array(places)).to_pylist()
    pattern = "%m-%d" if rows[-1]["at"] - rows[0]["at"] > timedelta(days=3) else "%H:%M"
    points = [
        Point(f"{row['at'].astimezone(SHANGHAI):{pattern}}", Decimal(row["value_l"]) / 1000)
        for row in rows
    ]
    notes = []
    if step > 1:
        told = {"all": f"{count:,}", "drawn": f"{len(points):,}"}
        notes.append(_("共 %(all)s 条读数，图中画 %(drawn)s 条") % told)
    query = request.GET.copy()
    query["format"] = "readings"
    return Chart(
        _("读数"), "m3", [Series(_("读数"), points)], name="register", from_zero=False,
        csv=f"{request.path}?{query.urlencode()}", language=request.LANGUAGE_CODE,
        notes=tuple(notes), axis_words="m³",
    )  # fmt: skip


def totals(volumes: pa.Table) -> dict[str, Any]:
    """Return volume and quality of the period."""
    sums = {
        name: sum(volumes[name].to_pylist())
        for name in ("volume_l", "measured_l", "estimated_l", "reverse_l", "missing_h", "gap_h")
    }
    sums["quality"] = Quality.of(measured=sums["measured_l"], estimated=sums["estimated_l"])
    return sums


def steps(span: Period, by: str, months: pa.Table) -> dict[str, Any]:
    """Return the addresses around a period: before, after, the whole, and what lies inside."""
    starts = months["start"].to_pylist()
    before, after = span.start - timedelta(days=1), span.end
    first, last = min(starts, default=span.start), max(starts, default=span.start)
    forms = {"month": ("year", "%Y"), "day": ("month", "%Y-%m"), "hour": ("day", "%Y-%m-%d")}
    word, pattern = forms[by]
    around: dict[str, Any] = {
        "before": f"?{word}={before:{pattern}}" if before >= first else "",
        "after": f"?{word}={after:{pattern}}" if after <= last + timedelta(days=31) else "",
        "up": "",
        "inside": [],
    }
    if by == "month":
        around["inside"] = [
            (f"{start:%Y-%m}", f"?month={start:%Y-%m}") for start in starts if start in span
        ]
    elif by == "day":
        around["up"] = f"?year={span.start:%Y}"
        around["inside"] = [
            (f"{day:%d}", f"?day={day}")
            for day in (span.start + timedelta(days=n) for n in range(span.days))
        ]
    else:
        around["up"] = f"?month={span.start:%Y-%m}"
    return around


def readings_page(request: HttpRequest, readings: pa.Table) -> dict[str, Any]:
    """Return one page of the raw readings, the newest first."""
    paginator = Paginator(range(len(readings)), READINGS_A_PAGE)
    page = paginator.get_page(request.GET.get("page"))
    newest_first = [len(readings) - 1 - place for place in page.object_list]
    rows = readings.take(pa.array(newest_first, pa.int64())).to_pylist() if newest_first else []
    for row in rows:
        row["at"] = row["at"].astimezone(SHANGHAI)
    return {"page": page, "rows": rows, "count": len(readings)}


def _csv(number: str, volumes: pa.Table, by: str) -> HttpResponse:
    head = [
        _("时间"),
        f"{_('水量')} (m³)",
        f"{_('实测')} (m³)",
        f"{_('估算')} (m³)",
        f"{_('倒流')} (m³)",
    ]
    rows = [
        [
            label_of(row["start"], by) if by == "hour" else row["start"],
            *(
                Decimal(row[n]) / 1000
                for n in ("volume_l", "measured_l", "estimated_l", "reverse_l")
            ),
        ]
        for row in volumes.to_pylist()
    ]
    return csv_answer(number, head, rows)


def _readings_csv(number: str, readings: pa.Table) -> HttpResponse:
    rows = [
        [
            f"{row['at'].astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}",
            Decimal(row["value_l"]) / 1000,
            row["source"],
        ]
        for row in readings.to_pylist()
    ]
    return csv_answer(number, [_("时刻"), f"{_('读数')} (m³)", _("来源")], rows)


urlpatterns = [
    path("meters/", meters, name="meters"),
    path("meters/<path:number>/", meter, name="meter"),
]
