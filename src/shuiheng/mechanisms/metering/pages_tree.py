"""The meter trees of the district, and one tree: balances, uncertainties, verdicts."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import path
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from shuiheng.basics import Period, Quality
from shuiheng.core.metering import NodeBalance, Verdict
from shuiheng.mechanisms.common import district
from shuiheng.mechanisms.common.asking import words_asked
from shuiheng.mechanisms.common.listing import Column, Filter, Listing
from shuiheng.mechanisms.metering.models import Meter
from shuiheng.mechanisms.metering.queries_tree import (
    JudgedTree,
    first_nodes,
    get_tree_balance,
    network_meters,
)
from shuiheng.mechanisms.metering.tree_chart import SHAPES, TreeChart
from shuiheng.mechanisms.registry.models import WaterUser

VERDICTS = {
    Verdict.LOSS: "未解释损失",
    Verdict.EXCEEDED: "下级大于上级",
    Verdict.BALANCED: "平衡",
    Verdict.CLOSED: "由差额闭合",
    Verdict.CHANGED: "当期有移装",
    Verdict.MISSING: "缺数据",
    Verdict.SUSPECT: "数据存疑",
}
LEVELS = {1: "用水单位", 2: "车间", 3: "设备"}
KINDS = {"unit": "单位内部", "network": "管网分区"}
CUBIC = Decimal(1000)


@dataclass(frozen=True, slots=True)
class Row:
    """A node as the lists show it; ``order`` is its place in the tree."""

    order: int
    node: NodeBalance
    name: str
    user: WaterUser | None
    network: bool
    below: int
    unexplained: int


def trees(request: HttpRequest) -> HttpResponse:
    """List the meter trees of units and network zones with the balance of their first node."""
    q, span = words_asked(request), period_asked(request)
    judged = _judged(span)
    rows = sorted(_chosen(request, _rows(judged, first_nodes(judged)), q), key=_worst_first)
    listing = Listing(
        request, rows, _columns(_show_top, rows), name=_("水表树"), title=_("水表树"),
        source=_("水表登记与读数"),
    )  # fmt: skip
    if (file := listing.export()) is not None:
        return file
    tally = [
        (SHAPES[verdict], word, count)
        for verdict, word in _words().items()
        if (count := sum(row.node.verdict is verdict for row in rows))
    ]
    context = {
        "listing": listing, "q": q, "span": span, "steps": _steps(span), "tally": tally,
        "refused": judged.refused,
        "filters": [_kind_filter(request), _verdict_filter(request)],
        "filtered": any(request.GET.get(key) for key in ("q", "kind", "verdict")),
        "kept": _kept(request),
        "find_hint": _("表号、用户名称"), "nothing": _("还没有上下级水表。"),
        "nothing_hint": _("在水表台账中填上级水表、处所，用 shuiheng registry import 文件 读入。"),
    }  # fmt: skip
    return render(request, "metering/trees.html", context)


def tree(request: HttpRequest, number: str) -> HttpResponse:
    """Show the tree at and below one meter over a year or a month."""
    if not Meter.objects.filter(number=number).exists():
        raise Http404(_("没有编号为 %(number)s 的水表。") % {"number": number})
    q, span = words_asked(request), period_asked(request)
    judged = _judged(span, number)
    balance = judged.balance
    every = _rows(judged, balance.nodes)
    rows = _chosen(request, every, q)
    listing = Listing(
        request, rows, _columns(_show_place, rows), name=f"{_('水表树')}-{number}",
        title=_("水表树"), source=_("水表登记与读数"),
    )  # fmt: skip
    if (file := listing.export()) is not None:
        return file
    top = every[0] if every else None
    english = request.LANGUAGE_CODE.startswith("en")
    names = {row.node.node: _said(row, english) for row in every}
    chart = None
    if top is not None and top.node.children:
        chart = TreeChart(balance, names, f"{names[top.node.node]} {span}", request.LANGUAGE_CODE)
    context = {
        "number": number, "listing": listing, "q": q, "span": span, "steps": _steps(span),
        "top": top, "chart": chart, "refused": judged.refused, "findings": judged.findings,
        "estimates": balance.estimates,
        "verdict": _verdict_cell(top.node) if top else "",
        "stats": _stats(top.node) if top else [],
        "quality": _quality(top.node) if top else None,
        "filters": [_level_filter(request), _verdict_filter(request)],
        "filtered": any(request.GET.get(key) for key in ("q", "level", "verdict")),
        "kept": _kept(request),
        "find_hint": _("处所、表号"), "nothing": _("这只水表当期不在任何水表树中。"),
        "nothing_hint": _("在水表台账中填上级水表、处所，用 shuiheng registry import 文件 读入。"),
    }  # fmt: skip
    return render(request, "metering/tree.html", context)


def period_asked(request: HttpRequest) -> Period:
    """Return the year or month the address asks for; else the year of the district's day.

    :raises Http404: if the address names no period
    """
    written = request.GET.get("month") or request.GET.get("year") or ""
    try:
        if month := request.GET.get("month"):
            year, _dash, number = month.partition("-")
            return Period.month(int(year), int(number))
        if year := request.GET.get("year"):
            return Period.year(int(year))
    except (ValueError, OverflowError) as problem:
        wrong = _("“%(written)s”不是时段。写作 ?year=2020 或 ?month=2020-07。")
        raise Http404(wrong % {"written": written[:20]}) from problem
    day = district.asked_on() or district.lake().last_day() or date(2020, 1, 1)
    return Period.year(day.year)


def _judged(span: Period, number: str = "") -> JudgedTree:
    return get_tree_balance(
        asked_by=None, lake=district.lake(), law=district.law(), place=district.place(),
        period=span, meter=number,
    )  # fmt: skip


def _rows(judged: JudgedTree, nodes: Iterable[NodeBalance]) -> list[Row]:
    """Return rows for these nodes, each knowing how many nodes below it are unexplained."""
    networks = network_meters(judged)
    every = {node.node: node for node in judged.balance.nodes}
    users = WaterUser.objects.in_bulk({node.user for node in every.values()}, field_name="number")
    found = []
    for order, node in enumerate(nodes):
        below = _below(node, every)
        user = users.get(node.user)
        name = node.name
        if node.level == 1 and user is not None and node.name in node.meters:
            name = user.name
        bad = {Verdict.LOSS, Verdict.EXCEEDED}
        found.append(
            Row(order, node, name, user, bool(set(node.meters) & networks), len(below),
                sum(one.verdict in bad for one in below))
        )  # fmt: skip
    return found


def _said(row: Row, english: bool) -> str:
    """Return the name in the reader's language, where the register has it."""
    if english and row.user is not None and row.name == row.user.name:
        return row.user.name_en or row.name
    return row.name


def _below(node: NodeBalance, every: dict[tuple[str, ...], NodeBalance]) -> list[NodeBalance]:
    found: list[NodeBalance] = []
    waiting = list(node.children)
    while waiting:
        child = every.get(waiting.pop())
        if child is not None:
            found.append(child)
            waiting.extend(child.children)
    return found


def _chosen(request: HttpRequest, rows: list[Row], q: str) -> list[Row]:
    asked = request.GET
    if (kind := asked.get("kind")) in KINDS:
        rows = [row for row in rows if row.network is (kind == "network")]
    if verdict := asked.get("verdict"):
        rows = [row for row in rows if row.node.verdict.value == verdict]
    if level := asked.get("level"):
        rows = [row for row in rows if str(row.node.level) == level]
    return [row for row in rows if q.casefold() in _searched(row)] if q else rows


def _searched(row: Row) -> str:
    user = f"{row.user.number} {row.user.name} {row.user.name_en}" if row.user else ""
    return " ".join([row.name, *row.node.meters, user]).casefold()


def _words() -> dict[Verdict, str]:
    return {verdict: _(word) for verdict, word in VERDICTS.items()}


def _verdict_filter(request: HttpRequest) -> Filter:
    choices = [(verdict.value, word) for verdict, word in _words().items()]
    return Filter("verdict", _("结论"), choices, request.GET.get("verdict", ""))


def _kind_filter(request: HttpRequest) -> Filter:
    choices = [(key, _(word)) for key, word in KINDS.items()]
    return Filter("kind", _("范围"), choices, request.GET.get("kind", ""))


def _level_filter(request: HttpRequest) -> Filter:
    choices = [(str(key), _(word)) for key, word in LEVELS.items()]
    return Filter("level", _("级别"), choices, request.GET.get("level", ""))


def _cubic(litres: int | None) -> Decimal | None:
    return None if litres is None else Decimal(litres) / CUBIC


def _percent(share: Decimal | None) -> Decimal | None:
    return None if share is None else (share * 100).quantize(Decimal("0.01"))


def _columns(show_name: Callable[[Row], SafeString], rows: list[Row]) -> list[Column]:
    """Return the columns of both lists; the first is shown in its own way."""

    def amount(
        key: str,
        title: str,
        read: Callable[[NodeBalance], int | None],
        about: str,
        hidden: bool = False,
    ) -> Column:
        return Column(
            key, title, lambda row: _cubic(read(row.node)),
            lambda row: format_html("{}", _round(read(row.node))), (key,), "m3", True, about,
            hidden=hidden,
        )  # fmt: skip

    passed_on = any(row.node.transit_l for row in rows)

    return [
        Column("place", _("处所"), _indented, show_name, wide=True),
        Column("user", _("用户编号"), lambda row: row.node.user, hidden=True),
        Column("meters", _("表号"), lambda row: "、".join(row.node.meters), hidden=True),
        Column("level", _("级别"), lambda row: row.node.level, hidden=True),
        amount("inflow", _("进水"), lambda node: node.inflow_l, _("本处所各进水口之和")),
        amount("transit", _("转出"), lambda node: node.transit_l or None, _("扣减表之和"),
               hidden=not passed_on),
        amount("outflow", _("下级合计"),
               lambda node: node.outflow_l if node.children else None, _("下级各处所之和")),
        amount("imbalance", _("不平衡量"), lambda node: node.imbalance_l,
               _("进水减转出减下级合计")),
        amount("uncertainty", _("± 不确定度"),
               lambda node: node.uncertainty_l if node.imbalance_l is not None else None,
               _("由准确度等级得出的扩展不确定度，k=2")),
        Column("share", _("不平衡率"), lambda row: _percent(row.node.share), None, ("share",), "%",
               True),
        Column("unmetered", _("未计到占比"), lambda row: _percent(row.node.unmetered_share), None,
               ("unmetered",), "%", True, _("下级水表没有计到的部分，含差额处所"), hidden=True),
        Column("verdict", _("结论"), lambda row: _words().get(row.node.verdict, ""),
               lambda row: _verdict_cell(row.node), ("verdict",)),
        Column("why", _("原因"), lambda row: "、".join(_named(row.node)), hidden=True),
        Column("quality", _("实测占比"),
               lambda row: _percent(_quality(row.node).measured),
               lambda row: _cell("cell_tree_quality", quality=_quality(row.node)),
               ("quality",), "%"),
    ]  # fmt: skip


def _worst_first(row: Row) -> tuple[int, Decimal]:
    order = list(VERDICTS)
    place = order.index(row.node.verdict) if row.node.verdict in order else len(order)
    return place, -abs(row.node.share or Decimal(0))


def _indented(row: Row) -> str:
    depth = row.node.depth
    return f"{chr(0x2003) * (depth - 1)}└ {row.name}" if depth else row.name


def _named(node: NodeBalance) -> tuple[str, ...]:
    return node.lacking or node.doubted or node.changed


def _quality(node: NodeBalance) -> Quality:
    return Quality.of(measured=node.measured_l, estimated=node.estimated_l)


def _cell(name: str, **context: Any) -> SafeString:
    return render_to_string(f"metering/{name}.html", context)


def _round(litres: int | None) -> str:
    """Return litres as m³ for reading: whole ones, below a hundred with one decimal.

    >>> _round(1234567), _round(45678), _round(None)
    ('1,235', '45.7', '—')
    """
    if litres is None:
        return "—"
    cubic = Decimal(litres) / CUBIC
    return f"{cubic:,.0f}" if abs(cubic) >= 100 else f"{cubic:,.1f}"


def _stats(node: NodeBalance) -> list[tuple[str, str]]:
    """Return what stands above the drawing: words and m³."""
    told = [(_("进水"), node.inflow_l)]
    if node.transit_l:
        told.append((_("转出"), node.transit_l))
    if node.children:
        told.append((_("下级合计"), node.outflow_l))
    if node.imbalance_l is not None:
        share = "" if node.share is None else f" {_percent(node.share)}%"
        told += [(_("不平衡量") + share, node.imbalance_l),
                 (f"{_('± 不确定度')} (k=2)", node.uncertainty_l)]  # fmt: skip
    return [(words, _round(litres)) for words, litres in told]


def _verdict_cell(node: NodeBalance) -> SafeString:
    word = _words().get(node.verdict, "")
    return _cell(
        "cell_verdict", shape=SHAPES.get(node.verdict, ""), word=word, why=_named(node)[:3],
        provisional=node.provisional,
    )  # fmt: skip


def _show_top(row: Row) -> SafeString:
    number = row.node.meters[0] if row.node.meters else ""
    return _cell("cell_tree", row=row, indent="", href=f"/meters/{quote(number)}/tree/")


def _show_place(row: Row) -> SafeString:
    indent = _indented(row)[: -len(row.name)]
    return _cell("cell_tree", row=row, indent=indent, href="")


def _kept(request: HttpRequest) -> list[tuple[str, str]]:
    """Return the period of the address, which filtering keeps."""
    return [(key, request.GET[key]) for key in ("year", "month") if request.GET.get(key)]


def _steps(span: Period) -> dict[str, Any]:
    """Return the periods around: before, after, the year of a month, the months of a year."""
    month = span == Period.month(span.start.year, span.start.month)
    before = span.start - timedelta(days=1)
    pattern = "%Y-%m" if month else "%Y"
    return {
        "word": "month" if month else "year",
        "before": f"{before:{pattern}}", "after": f"{span.end:{pattern}}",
        "year": f"{span.start:%Y}" if month else "",
        "months": [] if month else [f"{one.start:%Y-%m}" for one in span.months()],
    }  # fmt: skip


urlpatterns = [
    path("meters/tree/", trees, name="trees"),
    path("meters/<path:number>/tree/", tree, name="tree"),
]
