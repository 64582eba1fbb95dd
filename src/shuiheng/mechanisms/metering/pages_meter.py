"""One meter: its chart from the year to the hour, the numbers below it, and how each was made."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import quote, urlencode

import numpy as np
import pyarrow as pa
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import URLPattern, path
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from shuiheng.basics import SHANGHAI, Period, Quality
from shuiheng.mechanisms.common import district, qualities
from shuiheng.mechanisms.common.listing import Column, Listing, csv_answer
from shuiheng.mechanisms.common.showing import digits, show
from shuiheng.mechanisms.common.timeline import Bar, Dot, Remark, Timeline, legend
from shuiheng.mechanisms.metering import queries_meter as reads
from shuiheng.mechanisms.metering.models import Meter, MeterBinding
from shuiheng.mechanisms.metering.queries_meter import Volume
from shuiheng.mechanisms.metering.window import NoWindow, Window

READINGS_A_PAGE = 24
# So many points of a register are drawn; more could not be told apart.
POINTS_DRAWN = 360
# Remarks drawn in a chart; the list on the page has all of them.
REMARKS_DRAWN = 24
CHANGES_SHOWN = 30
# Rows of the table under the chart; the exported file has all of them.
ROWS_SHOWN = 62
PATTERNS = {"year": "%Y", "month": "%m", "day": "%m-%d", "hour": "%H:%M"}


def meter(request: HttpRequest, number: str) -> HttpResponse:
    """Show one meter: the chart of a window, edits, changes, findings, what it measures."""
    row, sight = known_meter(number)
    window = asked_window(request, sight, number)
    if (file := export(request, sight, number, window)) is not None:
        return file
    changes = reads.list_changes(asked_by=None, lake=sight.lake, meters=[number])
    edits = reads.list_edits(asked_by=None, sight=sight)
    bindings = MeterBinding.objects.filter(meter__number=number).select_related("user", "supplier")
    done = next((e for e in edits if str(e["edit"]) == request.GET.get("done")), None)
    context = {
        **chart_context(request, sight, number, window),
        "meter": row,
        "bindings": list(bindings),
        "town": district.law().place_name(row.town) if row and row.town else "",
        "findings": reads.list_findings(asked_by=None, sight=sight),
        "edits": [shown_edit(one, number) for one in edits],
        "changes": [shown_change(one, number) for one in changes[:CHANGES_SHOWN]],
        "changes_more": max(0, len(changes) - CHANGES_SHOWN),
        "done": shown_edit(done, number) if done else None,
    }
    return render(request, "metering/meter.html", context)


def chart(request: HttpRequest, number: str) -> HttpResponse:
    """Answer with the chart of a window alone, and tell the browser the page's own address."""
    _row, sight = known_meter(number)
    window = asked_window(request, sight, number)
    context = chart_context(request, sight, number, window)
    answer = render(request, "metering/chart.html", context)
    answer.headers["HX-Push-Url"] = page_href(number, window)
    return answer


def known_meter(number: str) -> tuple[Meter | None, reads.Sight]:
    """Return the meter's entry in the registry, if any, and what the lake holds of it.

    :raises Http404: if neither the registry nor the readings know it
    """
    row = Meter.objects.filter(number=number).first()
    sight = reads.look(asked_by=None, lake=district.lake(), meter=number)
    if row is None and sight.one is None:
        raise Http404(_("没有编号为 %(number)s 的水表。") % {"number": number})
    return row, sight


def asked_window(request: HttpRequest, sight: reads.Sight, number: str) -> Window:
    """Return the window the address asks for, else the last year with readings.

    :raises Http404: if the address names none
    """
    known = reads.known_days(asked_by=None, sight=sight)
    last = known[1] if known else (district.asked_on() or date(2020, 1, 1))
    try:
        return Window.asked(request.GET.dict(), last)
    except NoWindow as wrong:
        raise Http404(
            _(
                "“%(written)s”不是时段。写作 ?from=2020-07-01&to=2020-08-01、?year=2020、"
                "?month=2020-07 或 ?day=2020-07-03。"
            )
            % {"written": wrong.written}
        ) from wrong


def page_href(number: str, window: Window, **more: str) -> str:
    """Return the address of the meter's page with a window."""
    return f"/meters/{quote(number)}/?{window.query(**more)}"


def step_to(number: str, window: Window | None, **more: str) -> dict[str, str] | None:
    """Return a link to a window: the page for everybody, the fragment for scripts."""
    if window is None:
        return None
    return {
        "href": page_href(number, window, **more),
        "fragment": f"/meters/{quote(number)}/chart/?{window.query(**more)}",
        "words": window.words,
    }


def chart_context(
    request: HttpRequest, sight: reads.Sight, number: str, window: Window
) -> dict[str, Any]:
    """Return what the chart and all that depends on its window show."""
    volumes = reads.list_volumes(asked_by=None, sight=sight, window=window)
    crowded = reads.too_many(asked_by=None, sight=sight, period=window.period)
    inside = within(listed(sight, window), window)
    remarks = remarks_of(sight, number, window)
    line = timeline(request, number, window, volumes, inside, remarks)
    known = reads.known_days(asked_by=None, sight=sight)
    listing = Listing(request, volumes, volume_columns(number, window, volumes), name=number,
                      title=_("水表 %(number)s 的水量") % {"number": number},
                      sort="start", source=_("读数检查"))  # fmt: skip
    return {
        "number": number,
        "window": window,
        "line": line if volumes or len(inside) else None,
        "legend": legend(line.letters),
        "remarks": remarks,
        "total": totals(volumes),
        "steps": steps(number, window, known),
        "listing": listing,
        "rows": [listing.cells(listing.shown, one) for one in listing.all_rows[:ROWS_SHOWN]],
        "rows_all": len(volumes),
        "heads": sort_links(listing, number, window),
        "readings": readings_page(request, sight, window, inside),
        "crowded": crowded,
        "edit_href": f"/meters/{quote(number)}/edit/",
        "xlsx": page_href(number, window) + "&format=xlsx",
        "csv": page_href(number, window) + "&format=csv",
        "readings_csv": page_href(number, window) + "&format=readings",
    }


def listed(sight: reads.Sight, window: Window) -> pa.Table:
    """Return the readings of the days of a window; none where they are too many."""
    days = window.period
    if reads.too_many(asked_by=None, sight=sight, period=days):
        days = Period(days.start, days.start)
    return reads.list_readings(asked_by=None, sight=sight, period=days)


def within(readings: pa.Table, window: Window) -> pa.Table:
    """Return the readings from the window's start to its end, both included."""
    at = readings["at"].cast(pa.int64()).to_numpy()
    start, end = (int(one.timestamp() * 1_000_000) for one in (window.start, window.end))
    first, last = np.searchsorted(at, start), np.searchsorted(at, end, side="right")
    return readings.slice(int(first), int(last - first))


def steps(number: str, window: Window, known: tuple[date, date] | None) -> dict[str, Any]:
    """Return the ways from a window: before, after, out, in, and other divisions of it."""
    first, last = known or (window.start.date(), window.end.date())
    before, after = window.before, window.after
    bars = window.bars()
    middle = bars[len(bars) // 2] if bars else None
    ways = []
    for by, word in (("month", _("逐月")), ("day", _("逐日")), ("hour", _("逐时"))):
        other = Window.of(window.start, window.end, by)
        same = (other.start, other.end) == (window.start, window.end) or by == window.by
        if other.by == by and same and len(other.bars()) > 1:
            ways.append({"word": word, "here": by == window.by, **(step_to(number, other) or {})})
    return {
        "before": step_to(number, before) if before.end.date() > first else None,
        "after": step_to(number, after) if after.start.date() <= last + timedelta(31) else None,
        "out": step_to(number, window.out),
        "inside": step_to(number, Window.of(*middle)) if middle and window.by != "hour" else None,
        "ways": ways if len(ways) > 1 else [],
    }


def sort_links(listing: Listing, number: str, window: Window) -> list[dict[str, Any]]:
    """Return the heads of the table with the links that sort it, within the window."""
    return [
        {**head, **(step_to(number, window, sort=head["next"]) or {})} for head in listing.heads()
    ]


def timeline(
    request: HttpRequest,
    number: str,
    window: Window,
    volumes: list[Volume],
    readings: pa.Table,
    remarks: list[dict[str, Any]],
) -> Timeline:
    """Return the drawing of a window."""
    language = request.LANGUAGE_CODE
    shown = show(Decimal(sum(one.volume_l for one in volumes)) / 1000, "m3", language=language)
    title = _("水表 %(number)s，%(window)s：%(volume)s") % {
        "number": number, "window": window.words, "volume": shown
    }  # fmt: skip
    drawn = [
        Remark(one["at"], one["kind"], one["short"], one["words"], one["number"], one["level"])
        for one in remarks[:REMARKS_DRAWN]
    ]
    changed = [one["at"] for one in remarks if one["kind"] == "exchange"]
    return Timeline(
        window.start, window.end, [bar(number, window, one) for one in volumes],
        dots(readings), drawn, language, title, _("读数"), volume_title(window.by), changed,
    )  # fmt: skip


def volume_title(by: str) -> str:
    """Return what the panel of volumes is called."""
    return {
        "year": _("逐年水量"), "month": _("逐月水量"), "day": _("逐日水量"), "hour": _("逐时水量")
    }[by]  # fmt: skip


def bar(number: str, window: Window, one: Volume) -> Bar:
    """Return a volume as a bar that leads to what lies inside it; an hour leads to its making."""
    told = [
        volume_words(one.volume_l),
        f"{one.quality} {qualities.letter_words(one.quality)}",
    ]
    if one.method:
        told.append(qualities.method_words(one.method))
    label = f"{one.start:{PATTERNS[window.by]}}"
    if window.by == "month" and window.kind != "year":
        label = f"{one.start:%Y-%m}"
    words = f"{period_words(one, window.by)}: {'; '.join(told)}"
    href = how_href(number, one)
    if window.by != "hour":
        href = page_href(number, Window.of(one.start, one.end))
    return Bar(one.start, one.end, label, words, one.parts, one.hours, one.quality, href)


def how_href(number: str, one: Volume) -> str:
    """Return the address of the explanation of a volume."""
    span = {"from": f"{one.start:%Y-%m-%dT%H:%M}", "to": f"{one.end:%Y-%m-%dT%H:%M}"}
    return f"/meters/{quote(number)}/how/?{urlencode(span)}"


def volume_words(litres: int) -> str:
    """Return a volume in full m³."""
    return f"{digits(Decimal(litres) / 1000, full=True)} m³"


def period_words(one: Volume, by: str) -> str:
    """Return what the period of a volume is called."""
    if by == "hour":
        return f"{one.start:%Y-%m-%d %H:%M}–{one.end:%H:%M}"
    return f"{one.start:{ {'year': '%Y', 'month': '%Y-%m', 'day': '%Y-%m-%d'}[by] }}"


def dots(readings: pa.Table) -> list[Dot]:
    """Return the readings to draw: thinned where there are many, but every marked one."""
    count = len(readings)
    keep = np.zeros(count, bool)
    keep[:: max(1, count // POINTS_DRAWN)] = True
    if count:
        keep[-1] = True
    marks = readings["quality"].to_numpy(zero_copy_only=False) if count else np.array([], object)
    marked = np.flatnonzero(marks != "G")[:POINTS_DRAWN]
    keep[marked] = True
    rows = readings.take(pa.array(np.flatnonzero(keep))).to_pylist()
    found = []
    for row in rows:
        at = row["at"].astimezone(SHANGHAI)
        mark = "" if row["quality"] == "G" else str(row["quality"])
        reason = f" · {qualities.short(row['reason'])}" if row.get("reason") else ""
        words = f"{at:%Y-%m-%d %H:%M} {volume_words(row['value_l'])}{reason}"
        found.append(Dot(at, int(row["value_l"]), mark, words))
    return found


def remarks_of(sight: reads.Sight, number: str, window: Window) -> list[dict[str, Any]]:
    """Return the findings, edits and exchanges of a window in order of time, numbered."""
    exchanges = [
        (row.at.astimezone(SHANGHAI), row)
        for row in reads.list_exchanges(asked_by=None, meter=number)
        if window.start <= row.at < window.end
    ]
    found: list[dict[str, Any]] = [
        {
            "at": reads.finding_at(one, window), "kind": "finding", "level": one["level"],
            "short": qualities.short(one["code"]), "words": qualities.short(one["code"]),
            "finding": one,
        }
        for one in reads.list_findings(asked_by=None, sight=sight, window=window)
        if not (exchanges and one["code"] == "vee.exchange")  # the record says the same
    ]  # fmt: skip
    for one in reads.list_edits(asked_by=None, sight=sight):
        at = one["at"].astimezone(SHANGHAI)
        if window.start <= at < window.end and one["action"] != "withdraw":
            word = qualities.action_words(one["action"])
            edit = shown_edit(one, number)
            words = f"{word} · {one['author']} · {one['reason']}"
            found.append({"at": at, "kind": "edit", "level": "", "short": word,
                          "words": words, "edit": edit})  # fmt: skip
    for at, row in exchanges:
        words = _("换表：旧表止码 %(final)s，新表起码 %(initial)s") % {
            "final": volume_words(row.final_l), "initial": volume_words(row.initial_l)
        }  # fmt: skip
        found.append({"at": at, "kind": "exchange", "level": "", "short": _("换表"),
                      "words": words})  # fmt: skip
    found.sort(key=lambda one: one["at"])
    return [{**one, "number": place} for place, one in enumerate(found, start=1)]


def shown_edit(one: dict[str, Any], number: str) -> dict[str, Any]:
    """Return an edit as the page lists it."""
    at = one["at"].astimezone(SHANGHAI)
    day = Window.of_days(at.date(), at.date() + timedelta(days=1))
    withdraw = {"action": "withdraw", "at": f"{at:%Y-%m-%dT%H:%M:%S}", "edit": one["edit"]}
    return {
        **one,
        "at": at,
        "made_at": one["made_at"].astimezone(SHANGHAI),
        "word": qualities.action_words(one["action"]),
        "href": page_href(number, day),
        "withdraw_href": f"/meters/{quote(number)}/edit/?{urlencode(withdraw)}",
    }


def shown_change(one: dict[str, Any], number: str) -> dict[str, Any]:
    """Return a changed volume as the page lists it."""
    start = datetime(one["start"].year, one["start"].month, one["start"].day, tzinfo=SHANGHAI)
    end = (
        start + timedelta(days=1) if one["by"] == "day" else (start + timedelta(32)).replace(day=1)
    )
    known, now = (one["old_l"], one["new_l"])
    return {
        **one,
        "words": f"{start:%Y-%m}" if one["by"] == "month" else f"{start:%Y-%m-%d}",
        "href": page_href(number, Window.of(start, end)),
        "difference_l": (now or 0) - (known or 0),
    }


def totals(volumes: Iterable[Volume]) -> dict[str, Any]:
    """Return volume and quality of the window."""
    rows = list(volumes)
    names = ("volume_l", "reverse_l", "missing_h", "gap_h", "estimated_l")
    sums: dict[str, Any] = {name: sum(getattr(one, name) for one in rows) for name in names}
    measured = sum(one.measured_l + one.accepted_l for one in rows)
    sums["quality"] = Quality.of(measured=measured, estimated=sums["estimated_l"])
    return sums


def volume_columns(number: str, window: Window, volumes: Sequence[Volume]) -> list[Column]:
    """Return the columns of the table under the chart; what is 0 throughout is exported only."""

    def show_start(one: Volume) -> SafeString:
        inner = None
        if window.by != "hour":
            inner = step_to(number, Window.of(one.start, one.end))
        words = period_words(one, window.by)
        return render_to_string("metering/cell_step.html", {"words": words, "step": inner})

    def show_volume(one: Volume) -> SafeString:
        context = {"words": digits(Decimal(one.volume_l) / 1000, full=True),
                   "href": how_href(number, one)}  # fmt: skip
        return render_to_string("metering/cell_how.html", context)

    def show_quality(one: Volume) -> SafeString:
        context = {"letter": one.quality, "word": qualities.letter_words(one.quality)}
        return render_to_string("metering/cell_quality.html", context)

    def cubic(name: str) -> Any:
        return lambda one: Decimal(getattr(one, name)) / 1000

    return [
        Column("start", _("时段"), lambda one: period_words(one, window.by), show_start,
               ("start",), nowrap=True),
        Column("volume", _("水量"), cubic("volume_l"), show_volume, ("volume",), "m3", True,
               _("实测、人工确认与估算之和")),
        Column("quality", _("质量"), lambda one: f"{one.quality} "
               f"{qualities.letter_words(one.quality)}", show_quality, ("quality",), nowrap=True),
        Column("method", _("方法"), lambda one: method_of(one), None, ("method",), wide=True),
        Column("measured", capfirst(_("实测")), cubic("measured_l"), None, ("measured",), "m3",
               True),
        Column("accepted", capfirst(_("人工确认")), cubic("accepted_l"), None, ("accepted",), "m3",
               True, hidden=not any(one.accepted_l for one in volumes)),
        Column("estimated", capfirst(_("估算")), cubic("estimated_l"), None, ("estimated",), "m3",
               True),
        Column("reverse", _("倒流"), cubic("reverse_l"), None, ("reverse",), "m3", True,
               _("单列，不冲减用水量"), hidden=not any(one.reverse_l for one in volumes)),
        Column("missing", _("缺读"), lambda one: Decimal(str(round(one.missing_h + one.gap_h, 2))),
               None, ("missing",), "h", True),
    ]  # fmt: skip


def method_of(one: Volume) -> str:
    """Return how a volume was made, in words; a dash where there is none."""
    if one.quality == "M" and not one.volume_l:
        return "—"
    if one.estimated_l and not one.method:
        return _("估算")
    return qualities.method_words(one.method)


def readings_page(
    request: HttpRequest, sight: reads.Sight, window: Window, readings: pa.Table
) -> dict[str, Any]:
    """Return one page of the raw readings of the window, the newest first."""
    paginator = Paginator(range(len(readings)), READINGS_A_PAGE)
    page = paginator.get_page(request.GET.get("page"))
    newest_first = [len(readings) - 1 - place for place in page.object_list]
    rows = readings.take(pa.array(newest_first, pa.int64())).to_pylist() if newest_first else []
    rows = reads.with_sources(asked_by=None, sight=sight, rows=rows)
    number = sight.meter
    for row in rows:
        row["at"] = row["at"].astimezone(SHANGHAI)
        row["word"] = qualities.letter_words(row["quality"])
        row["why"] = qualities.short(row["reason"]) if row.get("reason") else ""
        asked = {"at": f"{row['at']:%Y-%m-%dT%H:%M:%S}", "old": f"{Decimal(row['value_l']) / 1000}"}
        row["edit"] = f"/meters/{quote(number)}/edit/?{urlencode(asked)}"
    before = step_to(number, window, page=str(page.number - 1)) if page.has_previous() else None
    after = step_to(number, window, page=str(page.number + 1)) if page.has_next() else None
    return {"page": page, "rows": rows, "count": len(readings), "before": before, "after": after}


def export(
    request: HttpRequest, sight: reads.Sight, number: str, window: Window
) -> HttpResponse | None:
    """Return volumes or readings of the window as a file, where the address asks for one."""
    wanted = request.GET.get("format")
    if wanted in {"csv", "xlsx"}:
        volumes = reads.list_volumes(asked_by=None, sight=sight, window=window)
        title = _("水表 %(number)s 的水量") % {"number": number}
        return Listing(request, volumes, volume_columns(number, window, volumes), name=number,
                       title=title, sort="start", source=_("读数检查")).export()  # fmt: skip
    if wanted != "readings":
        return None
    readings = sight.lake.readings(number, window.period)
    rows = [
        [f"{one['at'].astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}", Decimal(one["value_l"]) / 1000,
         one["quality"], one["source"]]
        for one in within(readings, window).to_pylist()
    ]  # fmt: skip
    return csv_answer(number, [_("时刻"), f"{_('读数')} (m³)", _("质量"), _("来源")], rows)


urlpatterns: list[URLPattern] = [
    path("meters/<path:number>/chart/", chart, name="meter_chart"),
]
