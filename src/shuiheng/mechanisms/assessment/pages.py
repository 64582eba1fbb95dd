"""The board, a task, a target, and the explanation of any figure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from threading import Lock
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _

from shuiheng.basics import IncompatibleUnits, Node, Quantity, UnknownUnit
from shuiheng.core.board import Board, Point, TargetRow, TaskRow, Verdict, sentence
from shuiheng.core.board.rows import worst_first
from shuiheng.mechanisms.assessment import queries, services
from shuiheng.mechanisms.common import charts, district
from shuiheng.mechanisms.common.asking import day_asked, parsed_day
from shuiheng.mechanisms.common.listing import csv_answer
from shuiheng.mechanisms.common.showing import show

# Shown of one node's inputs; the rest is in the JSON form of the same page.
MOST_INPUTS = 60
# Changed figures listed on the board and on a figure's own pages.
CHANGES_SHOWN = 8


def _day(request: HttpRequest) -> date | None:
    """Return the day the address names, or None for the district's own."""
    return day_asked(request) if request.GET.get("on") else None


def _english(request: HttpRequest) -> bool:
    return bool(request.LANGUAGE_CODE.startswith("en"))


# Built once even when several readers ask at the same time for what is not there yet.
_TURN = Lock()


_RECORDED: list[Board] = []


def standing(on: date | None = None) -> Board:
    """Return the board as everybody may see it; readers who come together wait for one building.

    A newly built board of the district's own day is recorded, so that a figure that changed keeps
    its old value and the cause (``docs/decisions/0019-figures-keep-their-old-values.md``).
    """
    with _TURN:
        shown = queries.get_board(asked_by=None, on=on)
        if on is None and not any(shown is one for one in _RECORDED):
            services.record_board(shown, lake=district.lake())
            _RECORDED[:] = [shown]
        return shown


def board(request: HttpRequest) -> HttpResponse:
    """Show how the district stands: one sentence, the targets worst first, the tasks by group."""
    shown = standing(_day(request))
    zh, en = sentence(shown)
    counts = shown.counts()
    groups = [
        {"group": group, "counts": tallied(task.verdict for task in group.tasks)}
        for group in shown.groups
    ]
    context = {
        "board": shown,
        "sentence": en if _english(request) else zh,
        "targets": [tile(row) for row in worst_first(shown.targets)],
        "counts": tallied(row.verdict for row in shown.targets),
        "strip": strip(counts),
        "groups": groups,
        "task_counts": tallied(task.verdict for task in shown.tasks),
        "asked": request.GET.get("on", ""),
        "changes": changed_on(shown),
    }
    return render(request, "assessment/board.html", context)


def changed_on(shown: Board) -> list[dict[str, Any]]:
    """Return the latest changes of the figures that a board shows, with their figures."""
    figures = {name: figure for (name, _on), figure in services.figures_of(shown).items()}
    changes = queries.list_figure_changes(asked_by=None).filter(name__in=list(figures))
    return [
        {"change": one, "figure": figures[one.name]} for one in changes[:CHANGES_SHOWN]
    ]  # fmt: skip


def changes_of(name: str) -> list[dict[str, Any]]:
    """Return the latest changes of one figure."""
    changes = queries.list_figure_changes(asked_by=None, name=name)[:CHANGES_SHOWN]
    return [{"change": one} for one in changes]


def tile(row: TargetRow) -> dict[str, Any]:
    """Return a target with the small trend of its tile: the years, else the year so far."""
    years, within = split_trend(row)
    drawn = years if len(years) > 1 else within
    return {"row": row, "spark": [point.value for point in drawn], "level": wanted_in(row)}


def tallied(verdicts: Any) -> list[tuple[Verdict, int]]:
    """Return how many there are of each verdict, worst first, without those that do not occur."""
    counts = Counter(verdicts)
    return [(verdict, counts[verdict]) for verdict in Verdict if counts[verdict]]


def strip(counts: Counter[Verdict]) -> list[dict[str, Any]]:
    """Return the parts of the bar above the board: place and width in hundredths."""
    total, x = sum(counts.values()) or 1, 0.0
    parts = []
    for verdict in Verdict:
        width = 100 * counts[verdict] / total
        if width:
            parts.append({"verdict": verdict, "x": f"{x:.2f}", "width": f"{width - 0.3:.2f}"})
        x += width
    return parts


def task(request: HttpRequest, number: int) -> HttpResponse:
    """Show one task: who leads, its targets and evidence, what data is missing and who holds it."""
    shown = standing(_day(request))
    tasks = {row.no: row for row in shown.tasks}
    row = tasks.get(number)
    if row is None:
        raise Http404(
            _("方案没有第 %(no)s 项任务；任务编号是 %(first)s 至 %(last)s。")
            % {"no": number, "first": min(tasks, default=0), "last": max(tasks, default=0)}
        )
    group = next(group for group in shown.groups if group.no == row.group)
    rules = [rule for rule in district.law().rules(place=shown.place) if number in rule.tasks]
    context = {
        "board": shown,
        "task": row,
        "tiles": [tile(one) for one in row.targets],
        "group": group,
        "rules": rules,
        "before": tasks.get(number - 1),
        "after": tasks.get(number + 1),
    }
    return render(request, "assessment/task.html", context)


def target(request: HttpRequest, name: str) -> HttpResponse:
    """Show one target: figure against the value wanted, the way so far, and the clause."""
    shown = standing(_day(request))
    rows = [*shown.targets, *shown.soft_targets]
    row = next((one for one in rows if one.name == name), None)
    if row is None:
        raise Http404(_("方案没有名为 %(name)s 的目标；看板列出全部目标。") % {"name": name})
    if request.GET.get("format") == "csv":
        return _trend_csv(row)
    context = {
        "board": shown,
        "row": row,
        "charts": trend_charts(row, request),
        "level": wanted_in(row),
        "changes": changes_of(row.figure.name),
        "task": next((one for one in shown.tasks if one.no == row.task), None),
    }
    return render(request, "assessment/target.html", context)


def trend_charts(row: TargetRow, request: HttpRequest) -> list[charts.Chart]:
    """Return the charts of a target's way so far: year by year, and within the year of the day.

    A figure that grows over the year would otherwise fall from the last year's end to January.
    """
    years, within = split_trend(row)
    parts = [(years, "trend-years", _("历年")), (within, "trend-year", _("本年累计至"))]
    return [
        _trend_chart(row, request, points, name, words)
        for points, name, words in parts
        if len(points) > 1
    ]


def split_trend(row: TargetRow) -> tuple[list[Point], list[Point]]:
    """Return the points at the ends of years, and those within the last year.

    The figure itself is the last point of the years when its year is whole.
    """
    trend = sorted(row.trend, key=lambda point: point.on)
    period, value = row.figure.period, row.figure.value
    if not trend:
        return [], []
    last = period.start.year if period is not None else trend[-1].on.year
    years = [p for p in trend if p.on.year < last or (p.on.month, p.on.day) == (12, 31)]
    within = [p for p in trend if p.on.year == last]
    if period is None or value is None:
        return years, within
    end = Point(period.last_day, value, row.figure.quality.declared == 1)
    if within and within[-1].on < end.on:
        within = [*within, end]
    if (end.on.month, end.on.day) == (12, 31) and (not years or years[-1].on < end.on):
        years = [*years, end]
    return years, within


def _trend_chart(
    row: TargetRow, request: HttpRequest, trend: list[Point], name: str, words: str
) -> charts.Chart:
    language, english = request.LANGUAGE_CODE, _english(request)
    points = [
        charts.Point(label, point.value, "declared" if point.declared else "measured")
        for label, point in zip(point_labels([p.on for p in trend]), trend, strict=True)
    ]
    title = (row.figure.title_en if english else row.figure.title) or row.title
    lines = []
    if (level := wanted_in(row)) is not None:
        wanted = show(level, row.figure.unit, language=language)
        told = {"sign": signs(row), "value": wanted}
        lines.append(charts.TargetLine(level, _("目标 %(sign)s%(value)s") % told))
    verdict = row.verdict.word_en if english else row.verdict.word
    return charts.Chart(
        _("%(title)s：%(verdict)s") % {"title": title, "verdict": verdict},
        row.figure.unit,
        [charts.Series(title, points)],
        targets=lines,
        subtitle=words,
        csv=f"{request.path}?format=csv",
        name=name,
        language=language,
        from_zero=name == "trend-year",
        notes=(_("空心点为申报值"),) if any(point.declared for point in trend) else (),
    )


def wanted_in(row: TargetRow) -> Decimal | None:
    """Return the value wanted, in the unit of the figure; None where the target has no number."""
    if not isinstance(row.wanted.value, Decimal):
        return None
    try:
        return Quantity(row.wanted.value, row.wanted.unit).to(row.figure.unit).value
    except (IncompatibleUnits, UnknownUnit):
        return None


def point_labels(days: Sequence[date]) -> list[str]:
    """Return what the points of a trend are called: years, months or days that differ.

    >>> point_labels([date(2019, 12, 31), date(2020, 12, 31)])
    ['2019', '2020']
    """
    for pattern in ("%Y", "%Y-%m"):
        labels = [f"{day:{pattern}}" for day in days]
        if len(set(labels)) == len(days):
            return labels
    return [day.isoformat() for day in days]


def signs(row: TargetRow) -> str:
    """Return the comparison of a target as a sign."""
    return {"at_most": "≤ ", "at_least": "≥ ", "equals": "= "}.get(row.sense, "")


def _trend_csv(row: TargetRow) -> HttpResponse:
    head = [_("日期"), f"{row.figure.title} ({row.figure.unit})", _("质量")]
    body = [
        [point.on, point.value, _("申报") if point.declared else _("实测")] for point in row.trend
    ]
    return csv_answer(row.name.replace("/", "-"), head, body)


def explain(request: HttpRequest, name: str) -> HttpResponse:
    """Show the tree below a figure: formula, inputs, readings, clauses; or all of it as JSON."""
    if written := request.GET.get("on"):
        day_asked(request)
    on = parsed_day(written) if written else None
    try:
        figure = queries.get_figure(name, asked_by=None, on=on)
    except queries.UnknownFigure as unknown:
        hint = _("没有名为 %(name)s 的数字。看板上的每个数字都可以点开。") % {"name": name}
        raise Http404(hint) from unknown
    node = figure.explain()
    if request.GET.get("format") == "json":
        return JsonResponse(node.to_json(), json_dumps_params={"ensure_ascii": False, "indent": 1})
    context = {
        "figure": figure,
        "node": pruned(node),
        "on": on,
        "lacking": figure.lacking(),
        "changes": changes_of(figure.name),
        "json_href": f"{request.path}?format=json" + (f"&on={on}" if on else ""),
    }
    return render(request, "assessment/explain.html", context)


def pruned(node: Node, depth: int = 0) -> dict[str, Any]:
    """Return a node for the template: its parts, and its inputs up to a number."""
    return {
        "node": node,
        "children": [pruned(child, depth + 1) for child in node.children[:MOST_INPUTS]],
        "more": max(0, len(node.children) - MOST_INPUTS),
        "open": depth < 2 and len(node.children) <= 24,
        "count": len(node.children),
        "meters": list(node.facts.get("meters") or ())[:12],
        "meters_more": max(0, int(node.facts.get("meter_count") or 0) - 12),
    }


def figures(request: HttpRequest) -> HttpResponse:
    """List every figure that can be explained."""
    return render(request, "assessment/figures.html", {"entries": queries.list_figures()})


def missing_inputs(board: Board) -> list[tuple[TaskRow, Any]]:
    """Return every missing input with the task that waits for it."""
    return [(row, item) for row in board.tasks for item in row.missing]


def missing(request: HttpRequest) -> HttpResponse:
    """List the data the board waits for, by the office that holds it."""
    shown = standing(_day(request))
    offices: dict[str, dict[str, dict[str, Any]]] = {}
    for row, item in missing_inputs(shown):
        entry = offices.setdefault(item.held_by, {}).setdefault(
            item.name, {"item": item, "tasks": []}
        )
        entry["tasks"].append(row.no)
    held = [(office, list(items.values())) for office, items in sorted(offices.items())]
    return render(request, "assessment/missing.html", {"board": shown, "held": held})


urlpatterns = [
    path("", board, name="board"),
    path("tasks/<int:number>/", task, name="task"),
    path("targets/<path:name>/", target, name="target"),
    path("explain/", figures, name="figures"),
    path("explain/<path:name>/", explain, name="explain"),
    path("missing/", missing, name="missing"),
]
