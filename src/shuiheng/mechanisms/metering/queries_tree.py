"""Reads of the meter tree: the tree as registered, its volumes from the lake, its balance."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from shuiheng.basics import Finding, Period
from shuiheng.core.metering import (
    MeterVolume,
    NodeBalance,
    Position,
    Stretch,
    Tree,
    TreeBalance,
    TreeMeter,
    TreeRules,
    Verdict,
    balance_tree,
    blocking,
    check_tree,
    error_limits,
    findings_of,
)
from shuiheng.core.metering.tree import DIFFERENCE
from shuiheng.mechanisms.metering.models import MeterBinding, Role
from shuiheng.rules import Law
from shuiheng.store import Lake

# Meters of networks and zones have meters of many users below them.
SERVES_OTHERS = (Role.NETWORK_INPUT, Role.ZONE_INPUT)
# Worst first (handbook 2 §2.2): a stretch of several rows takes the worst of them.
_WORST = "XMSEUAG"
_POSITION = (
    "meter__number", "user__number", "since", "until", "parent__number", "place", "counts", "role",
)  # fmt: skip
_METER = ("meter__number", "meter__level", "meter__accuracy", "meter__q3_m3_h", "meter__ratio",
          "meter__unit_l")  # fmt: skip


@dataclass(frozen=True, slots=True)
class JudgedTree:
    """A tree with its balance over a period, and what is to be noticed of it."""

    tree: Tree
    balance: TreeBalance
    findings: tuple[Finding, ...]
    refused: tuple[Finding, ...]


def tree_meter(
    number: str, level: int, accuracy: str, q3_m3_h: Decimal, ratio: int, unit_l: int,
    *, q2_to_q1: Decimal,
) -> TreeMeter:  # fmt: skip
    """Return a meter of the tree; Q2 is Q3 ÷ ratio × the standard's Q2 ÷ Q1."""
    q2 = int(q3_m3_h * 1000 / ratio * q2_to_q1) if ratio else 0
    return TreeMeter(number, level, accuracy, q2, unit_l)


def get_tree(
    *, asked_by: object | None, q2_to_q1: Decimal = Decimal(0), meters: Iterable[str] | None = None
) -> Tree:
    """Return the tree of all bound meters, or of some; differences are in it, without a meter."""
    rows = MeterBinding.objects.all()
    if meters is not None:
        rows = rows.filter(meter__number__in=list(meters))
    found: dict[str, TreeMeter] = {}
    positions = []
    for row in rows.order_by("meter__number", "since").values_list(*_POSITION, *_METER[1:]):
        number, user, since, until, parent, place, counts, role, *facts = row
        found[number] = tree_meter(number, *facts, q2_to_q1=q2_to_q1)
        positions.append(
            Position(number, user, since, until, parent or "", place, counts, role in SERVES_OTHERS)
        )
    return Tree(found, positions)


def get_tree_rules(law: Law, *, on: date, place: str) -> TreeRules:
    """Return what a balance is judged by on a day: classes, factors, the usual ratio."""

    def number(name: str) -> Decimal:
        return law.as_of(f"metering/{name}", on=on, place=place).number

    table = law.as_of("metering/accuracy_classes", on=on, place=place).value
    return TreeRules(
        classes=error_limits(table), in_service=number("in_service_error_factor"),
        coverage=number("coverage_factor"), missing_h=number("tree_missing_hours"),
        band=(number("parent_child_low"), number("parent_child_high")),
    )  # fmt: skip


def list_tree_volumes(
    *, asked_by: object | None, lake: Lake, tree: Tree, stretches: Iterable[Stretch]
) -> dict[tuple[str, date], MeterVolume]:
    """Return what each meter counted on each stretch of days; by months where they are whole."""
    wanted = list(stretches)
    virtual = {one.meter for one in tree.positions if one.counts == DIFFERENCE}
    found: dict[tuple[str, date], MeterVolume] = {}
    for months in (True, False):
        some = [
            one for one in wanted if _whole_months(one.span) is months and one.meter not in virtual
        ]
        if not some:
            continue
        numbers = sorted({one.meter for one in some})
        span = Period(min(one.span.start for one in some), max(one.span.end for one in some))
        table = lake.volumes(by="month" if months else "day", meters=numbers, period=span)
        rows: dict[str, list[dict[str, Any]]] = {}
        names = ["meter", "start", "volume_l", "measured_l", "estimated_l", "missing_h", "quality"]
        for row in table.select(names).to_pylist():
            rows.setdefault(row["meter"], []).append(row)
        for one in some:
            volume = _volume(rows.get(one.meter, ()), one.span, tree.meters[one.meter], months)
            if volume is not None:
                found[one.meter, one.span.start] = volume
    return found


def _whole_months(span: Period) -> bool:
    return span.start.day == 1 and span.end.day == 1


def _volume(
    rows: Iterable[Mapping[str, Any]], span: Period, meter: TreeMeter, months: bool
) -> MeterVolume | None:
    volume = measured = estimated = lower = covered = 0
    missing = Decimal(0)
    worst = "G"
    for row in rows:
        start = row["start"]
        if start not in span:
            continue
        days = Period.month(start.year, start.month).days if months else 1
        litres = int(row["volume_l"])
        gone = Decimal(str(round(float(row["missing_h"]), 3)))
        covered += days
        missing += gone
        volume += litres
        measured += int(row["measured_l"])
        estimated += int(row["estimated_l"])
        worst = min(worst, str(row["quality"]), key=_WORST.find)
        # Below Q2 on the mean of the row's hours: its litres have the wider error limit.
        if litres < meter.q2_l_h * max(Decimal(0), 24 * days - gone):
            lower += litres
    if not covered:
        return None
    missing += 24 * (span.days - covered)
    return MeterVolume(volume, measured, estimated, missing, worst, lower)


def get_tree_balance(
    *,
    asked_by: object | None,
    lake: Lake,
    law: Law,
    place: str,
    period: Period,
    meter: str = "",
    whole: Tree | None = None,
) -> JudgedTree:
    """Return the balance of all nodes, or of those at and below a meter.

    What hangs together with a meter that something blocks is left out; ``refused`` says what.
    """
    ratio = law.as_of("metering/q2_to_q1", on=period.start, place=place).number
    rules = get_tree_rules(law, on=period.start, place=place)
    tree = whole or get_tree(asked_by=asked_by, q2_to_q1=ratio)
    if meter:
        tree = tree.below(meter)
    tree = _in_trees(tree)
    refused = tuple(
        one for one in blocking(check_tree(tree))
        if not meter or one.code != "metering.unknown_parent"
    )  # fmt: skip
    tree = tree.without(one.shown_by["meter"] for one in refused)
    stretches = tree.stretches(period)
    volumes = list_tree_volumes(asked_by=asked_by, lake=lake, tree=tree, stretches=stretches)
    balance = balance_tree(tree, period, volumes, rules, root=meter)
    return JudgedTree(tree, balance, tuple(findings_of(balance, rules)), refused)


def _in_trees(tree: Tree) -> Tree:
    """Return the tree without meters that stand alone."""
    parents = {one.parent for one in tree.positions if one.parent}
    alone = {
        number
        for number, rows in tree.of_meter.items()
        if number not in parents and not any(one.parent or one.place for one in rows)
    }
    return Tree(
        {number: meter for number, meter in tree.meters.items() if number not in alone},
        [one for one in tree.positions if one.meter not in alone],
    )


def network_meters(judged: JudgedTree) -> set[str]:
    """Return the meters of networks and zones, which have many users below them."""
    return {one.meter for one in judged.tree.positions if one.serves_others}


def first_nodes(judged: JudgedTree) -> list[NodeBalance]:
    """Return the nodes in which a unit or a zone begins and that have something to compare with."""
    nodes = {node.node: node for node in judged.balance.nodes}
    networks = network_meters(judged)

    def begins(node: NodeBalance) -> bool:
        above = nodes[node.above] if node.above is not None else None
        return above is None or above.user != node.user or bool(networks & set(above.meters))

    return [
        node
        for node in judged.balance.nodes
        if node.children and node.verdict is not Verdict.LEAF and begins(node)
    ]
