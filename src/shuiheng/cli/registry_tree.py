"""``shuiheng registry tree``: the balances of the meter trees, in the terminal or as JSON."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

import typer

from shuiheng.basics import Period
from shuiheng.cli.district import open_district
from shuiheng.cli.terminal import (
    HomeOption,
    JsonOption,
    Refusal,
    console,
    emit_json,
    errors,
    home_folder,
    table,
)

if TYPE_CHECKING:
    from shuiheng.core.metering import CheckMeterEstimate, NodeBalance
    from shuiheng.mechanisms.metering.queries_tree import JudgedTree

WORDS = {
    "balanced": "平衡 balanced",
    "unexplained_loss": "未解释损失 loss",
    "children_exceed": "下级大于上级 children exceed",
    "closed_by_difference": "由差额闭合 closed",
    "structure_changed": "当期有移装 moved",
    "missing_data": "缺数据 missing",
    "suspect_data": "存疑 suspect",
    "nothing_below": "",
}
SHOWN = 60

app = typer.Typer()


@app.command("tree")
def tree(
    meter: Annotated[
        str, typer.Option("--meter", metavar="NUMBER", help="Only what is at and below this meter.")
    ] = "",
    since: Annotated[
        str, typer.Option("--from", metavar="DAY", help="First day, as 2020-07-01 or 2020-07.")
    ] = "",
    until: Annotated[
        str, typer.Option("--to", metavar="DAY", help="Day after the last, as 2020-08-01.")
    ] = "",
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Balance the meter trees: inflow, sum below, imbalance with its uncertainty, verdict."""
    folder = open_district(home)
    from shuiheng.mechanisms.metering.models import Meter
    from shuiheng.mechanisms.metering.queries_tree import get_tree_balance
    from shuiheng.rules import Law
    from shuiheng.store import Home, Lake, LakeBroken, LakeBusy, NoLake

    district = Home.open(folder)
    law = Law.load(folder / "rules") if (folder / "rules").is_dir() else Law.shipped()
    if meter and not Meter.objects.filter(number=meter).exists():
        raise Refusal(
            f"--meter:没有编号为 {meter} 的水表 / There is no meter {meter}. "
            "List them with shuiheng registry export meters --out meters.csv"
        )
    try:
        with Lake.open(folder, read_only=True) as lake:
            span = _span(since, until, district.asked_on or lake.last_day())
            judged = get_tree_balance(
                asked_by=None, lake=lake, law=law, place=district.place, period=span, meter=meter
            )
    except (NoLake, LakeBusy, LakeBroken) as wrong:
        raise Refusal(str(wrong)) from wrong
    if as_json:
        emit_json(_document(judged))
    else:
        _say(judged, home_folder(home).as_posix(), whole=bool(meter))
    if judged.refused:
        raise typer.Exit(1)


def _span(since: str, until: str, last: date | None) -> Period:
    """Return the days asked for; a month or year stands for all its days, nothing for a year.

    >>> str(_span("2020-07", "", None)), str(_span("2020-07-05", "2020-07-20", None))
    ('2020-07', '2020-07-05/2020-07-19')
    """
    if not since and not until:
        return Period.year((last or date(2020, 1, 1)).year)
    if not since:
        raise Refusal("--to:请同时给出 --from / Give --from, too.")
    start, end = _written(since, "--from")
    if until:
        end = _written(until, "--to")[0]
    if not start < end:
        raise Refusal(
            f"--to {until}:不晚于 --from {since};--to 是最后一天的次日 / "
            "--to is the day after the last and must lie after --from."
        )
    return Period(start, end)


def _written(text: str, option: str) -> tuple[date, date]:
    parts = re.fullmatch(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?", text)
    try:
        if parts is None:
            raise ValueError
        year, month, day = (int(part) if part else 0 for part in parts.groups())
        if day:
            first = date(year, month, day)
            return first, first + timedelta(days=1)
        span = Period.month(year, month) if month else Period.year(year)
    except (ValueError, OverflowError):
        raise Refusal(
            f"{option} {text}:不是日期，写作 2020-07-01、2020-07 或 2020 / "
            f"{text!r} is no day. Write it as 2020-07-01, 2020-07 or 2020."
        ) from None
    return span.start, span.end


def _document(judged: JudgedTree) -> dict[str, Any]:
    return {
        "from": judged.balance.period.start, "to": judged.balance.period.end,
        "nodes": [_node(node) for node in judged.balance.nodes],
        "estimates": [_estimate(one) for one in judged.balance.estimates],
        "findings": [one.to_json() for one in judged.findings],
        "refused": [one.to_json() for one in judged.refused],
    }  # fmt: skip


def _node(node: NodeBalance) -> dict[str, Any]:
    return {
        "name": node.name, "user": node.user, "level": node.level, "depth": node.depth,
        "meters": node.meters, "inflow_l": node.inflow_l,
        "inflow_uncertainty_l": node.own_uncertainty_l, "transit_l": node.transit_l,
        "outflow_l": node.outflow_l, "imbalance_l": node.imbalance_l,
        "uncertainty_l": node.uncertainty_l, "imbalance_share": _share(node.share),
        "unmetered_share": _share(node.unmetered_share), "verdict": node.verdict.value,
        "provisional": node.provisional, "difference": node.difference,
        "passed_on": node.passed_on, "lacking": node.lacking, "doubted": node.doubted,
        "changed": node.changed,
    }  # fmt: skip


def _estimate(one: CheckMeterEstimate) -> dict[str, Any]:
    return {
        "meter": one.meter, "from": one.span.start, "to": one.span.end,
        "volume_l": one.volume_l, "uncertainty_l": one.uncertainty_l, "method": one.method,
        "from_meters": one.from_meters, "settles": one.settles,
    }  # fmt: skip


def _share(share: Decimal | None) -> Decimal | None:
    return None if share is None else share.quantize(Decimal("0.000001"))


def _say(judged: JudgedTree, home: str, *, whole: bool) -> None:
    from shuiheng.mechanisms.metering.queries_tree import first_nodes

    for finding in judged.refused[:SHOWN]:
        errors.print(f"  {finding.text}", highlight=False, markup=False, soft_wrap=True)
        errors.print(f"    {finding.text_en}", style="dim", highlight=False, markup=False,
                     soft_wrap=True)  # fmt: skip
    balance = judged.balance
    if not balance.nodes:
        console.print(
            "还没有可以平衡的水表树。在水表台账中填上级水表和处所后导入 / "
            "No meter has another below it yet: shuiheng registry template meters "
            f"--out meters.xlsx --home {home}",
            highlight=False, soft_wrap=True,
        )  # fmt: skip
        return
    shown = table("处所 place", "进水 m³ in", "下级 m³ below", "不平衡 m³", "± k=2", "结论 verdict",
                  title=str(balance.period))  # fmt: skip
    for column in shown.columns[1:5]:
        column.justify = "right"
    nodes = list(balance.nodes) if whole else first_nodes(judged)
    for node in nodes[:SHOWN]:
        which = node.lacking or node.doubted or node.changed
        verdict = WORDS[node.verdict.value] + (f" ({', '.join(which[:3])})" if which else "")
        name = node.name if node.name in node.meters else " ".join((node.name, *node.meters[:3]))
        compared = [node.outflow_l, node.imbalance_l, node.uncertainty_l]
        shown.add_row(
            f"{'  ' * node.depth if whole else ''}{name}", _cubic(node.inflow_l),
            *(_cubic(litres) if node.children else "" for litres in compared), verdict,
        )  # fmt: skip
    console.print(shown)
    for one in balance.estimates[:SHOWN]:
        console.print(
            f"估算 estimate {one.meter}: {_cubic(one.volume_l)} ± {_cubic(one.uncertainty_l)} m³ "
            f"(上级减同级 parent less siblings: {', '.join(one.from_meters[:8])})",
            highlight=False, soft_wrap=True,
        )  # fmt: skip
    if len(nodes) > SHOWN:
        console.print(f"…… 另有 {len(nodes) - SHOWN} 处，用 --json 看全部 / more, all with --json")
    if not whole:
        console.print(
            "下一步 next  shuiheng registry tree --meter 表号NUMBER: 看一棵树到设备 / "
            "one tree down to its equipment", highlight=False, soft_wrap=True,
        )  # fmt: skip


def _cubic(litres: int | None) -> str:
    return "—" if litres is None else f"{Decimal(litres) / 1000:,.1f}"
