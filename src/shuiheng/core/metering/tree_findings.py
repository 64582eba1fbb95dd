"""What the balance of a meter tree gives to notice, in sentences."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from shuiheng.basics import Finding, Level
from shuiheng.core.metering.tree_balance import NodeBalance, TreeBalance, Verdict
from shuiheng.core.metering.uncertainty import TreeRules


def findings_of(balance: TreeBalance, rules: TreeRules) -> list[Finding]:
    """Return what is to be noticed of the nodes: losses, excess, what hinders a verdict.

    Each has ``node``, ``meters`` and the litres as facts.
    """
    return [finding for node in balance.nodes for finding in _of_node(node, rules)]


def _of_node(node: NodeBalance, rules: TreeRules) -> Iterator[Finding]:
    facts = {
        "node": node.name, "meters": list(node.meters), "inflow_l": node.inflow_l,
        "outflow_l": node.outflow_l, "imbalance_l": node.imbalance_l,
        "uncertainty_l": node.uncertainty_l,
    }  # fmt: skip
    gap, spread = _cubic(node.imbalance_l), _cubic(node.uncertainty_l)
    match node.verdict:
        case Verdict.LOSS:
            yield Finding(
                "metering.tree_loss", Level.WARNS,
                f"{node.name}：进水比下级之和多 {gap} m³，超出不确定度 ±{spread} m³。"
                "请查漏、查未装表的用水，或核对水表。",
                f"{node.name}: {gap} m3 more flowed in than the meters below counted, beyond the "
                f"uncertainty of ±{spread} m3. Look for leaks and unmetered uses, check the "
                "meters.", facts,
            )  # fmt: skip
        case Verdict.EXCEEDED:
            excess = _cubic(-(node.imbalance_l or 0))
            yield Finding(
                "metering.tree_exceeded", Level.WARNS,
                f"{node.name}：下级之和超过进水 {excess} m³，超出不确定度 ±{spread} m³。"
                "上下级水表都要核对，并查抄表时间和旁通水源。",
                f"{node.name}: the meters below exceed the inflow by {excess} m3, beyond the "
                f"uncertainty of ±{spread} m3. Check the meters of both levels, the reading times "
                "and by-passed sources.", facts,
            )  # fmt: skip
        case Verdict.MISSING:
            lacking = "、".join(node.lacking)
            yield Finding(
                "metering.tree_missing", Level.INFORMS,
                f"{node.name}：{lacking} 缺数据，不下结论。",
                f"{node.name}: no verdict, because data of {', '.join(node.lacking)} are missing.",
                facts | {"lacking": list(node.lacking)},
            )  # fmt: skip
        case Verdict.SUSPECT:
            yield Finding(
                "metering.tree_suspect", Level.INFORMS,
                f"{node.name}：{'、'.join(node.doubted)} 的数据存疑，核对之前不下结论。",
                f"{node.name}: no verdict before the doubtful data of {', '.join(node.doubted)} "
                "are checked.", facts | {"doubted": list(node.doubted)},
            )  # fmt: skip
        case Verdict.CHANGED:
            yield Finding(
                "metering.tree_changed", Level.INFORMS,
                f"{node.name}：{'、'.join(node.changed)} 只在部分日子装在这里，本期不能比较。"
                "请选较短的时段。",
                f"{node.name}: {', '.join(node.changed)} stood there on some days only, so the "
                "period cannot be compared. Choose a shorter one.",
                facts | {"changed": list(node.changed)},
            )  # fmt: skip
    low, high = rules.band
    judged = {Verdict.BALANCED, Verdict.LOSS, Verdict.EXCEEDED}
    if node.ratio is None or node.verdict not in judged or node.difference:
        return
    if not low <= node.ratio <= high:
        part = _percent(node.ratio)
        yield Finding(
            "metering.parent_child", Level.WARNS,
            f"{node.name}：下级之和为进水的 {part}%，"
            f"不在 {_percent(low)}%–{_percent(high)}% 之间。",
            f"{node.name}: the meters below counted {part}% of the inflow, outside "
            f"{_percent(low)}% to {_percent(high)}%.", facts | {"ratio": f"{node.ratio:.6f}"},
        )  # fmt: skip


def _cubic(litres: int | None) -> str:
    return "—" if litres is None else f"{Decimal(litres) / 1000:,.1f}"


def _percent(share: Decimal) -> str:
    return f"{share * 100:.1f}"
