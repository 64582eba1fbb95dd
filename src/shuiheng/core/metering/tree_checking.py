"""What may be wrong with a meter tree: loops, double counting, levels, days, users, orphans."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import pairwise

from shuiheng.basics import Finding, Level, Period
from shuiheng.core.metering.tree import DIFFERENCE, FAR, MINUS, Node, Position, Tree

Edges = Mapping[Node, Sequence[tuple[Node, Period, Position]]]


def check_tree(tree: Tree) -> list[Finding]:
    """Return what is wrong with the tree, each finding with its meter and the day it is since.

    Findings that block (a loop, a meter under itself, two parents on one day, a broken order of
    levels, other users, an unknown parent) keep a tree from being used; the others (days without
    the parent, an orphan, a level like the parent's) warn. Facts: ``meter``, ``since`` (the day
    as text), ``parent``, reason and remedy in both languages, and for a loop the meters on the
    way round.
    """
    found = [*_doubles(tree), *_each(tree)]
    edges = _edges(tree)
    return [*found, *_node_doubles(edges), *_two_differences(tree), *_loops(edges)]


# Why, and what to do: each in Chinese and English.
Words = tuple[str, str]


def _finding(
    code: str,
    position: Position,
    why: Words,
    remedy: Words,
    *,
    level: Level = Level.BLOCKS,
    way: Sequence[str] = (),
) -> Finding:
    return Finding(
        f"metering.{code}", level, f"水表 {position.meter}：{why[0]}。{remedy[0]}",
        f"Meter {position.meter}: {why[1]}. {remedy[1]}",
        {"meter": position.meter, "since": position.since.isoformat(), "parent": position.parent,
         "reason": why[0], "reason_en": why[1], "remedy": remedy[0], "remedy_en": remedy[1],
         "way": list(way)},
    )  # fmt: skip


def _doubles(tree: Tree) -> Iterator[Finding]:
    """A meter that stands in two places on one day would be counted twice."""
    for positions in tree.of_meter.values():
        for before, after in pairwise(positions):
            if (before.until or FAR) > after.since:
                first, second = before.parent or "—", after.parent or "—"
                yield _finding(
                    "two_parents", after,
                    (f"{after.since} 起同时在 {first} 和 {second} 之下，会重复计算",
                     f"from {after.since} on it stands under {first} and {second} at once and "
                     "would be counted twice"),
                    (f"请给 {before.since} 起的一行填上不晚于 {after.since} 的止日。",
                     f"End the row since {before.since} not after {after.since}."),
                )  # fmt: skip


def _each(tree: Tree) -> Iterator[Finding]:
    for position in tree.positions:
        if not position.parent:
            yield from _without_parent(tree, position)
        elif position.parent not in tree.of_meter:
            yield _finding(
                "unknown_parent", position,
                (f"上级水表 {position.parent} 不存在或没有绑定",
                 f"its parent {position.parent} is not there or bound to nobody"),
                ("请先登记它，或更正编号。", "Enter it first, or correct the number."),
            )  # fmt: skip
        elif any(
            tree.node(above) == tree.node(position) and above.span.overlap(position.span)
            for above in tree.of_meter[position.parent]
        ):
            yield _finding(
                "own_parent", position,
                (f"在自己之下（上级 {position.parent} 与它是同一处）",
                 f"it stands under itself ({position.parent} is of the same place)"),
                ("请填真正的上级水表。", "Name the meter that stands before it."),
            )  # fmt: skip
        else:
            yield from _against_parent(tree, position)


def _without_parent(tree: Tree, position: Position) -> Iterator[Finding]:
    if position.counts in {MINUS, DIFFERENCE}:
        yield _finding(
            "nothing_to_subtract_from", position,
            ("是扣减表或差额，却没有上级水表",
             "it is subtracted or a difference and has no parent"),
            ("请填它从哪只水表中扣减。", "Name the meter it is taken from."),
        )  # fmt: skip
    elif tree.meters[position.meter].level > 1:
        level = tree.meters[position.meter].level
        yield _finding(
            "orphan", position,
            (f"是{level}级水表，却没有上级水表，不计入任何平衡",
             f"it is of level {level} and has no parent, so no balance counts it"),
            ("请填上级水表。", "Name its parent."),
            level=Level.WARNS,
        )  # fmt: skip


def _against_parent(tree: Tree, position: Position) -> Iterator[Finding]:
    child, parent = tree.meters[position.meter], tree.meters[position.parent]
    if child.level < parent.level:
        yield _finding(
            "level_order", position,
            (f"是{child.level}级，却在{parent.level}级水表 {position.parent} 之下",
             f"it is of level {child.level} and stands under {position.parent} of level "
             f"{parent.level}"),
            ("请核对级别或上级。", "Check level and parent."),
        )  # fmt: skip
    left = _uncovered(position.span, [one.span for one in tree.of_meter[position.parent]])
    if left is not None:
        end = "以后" if left.end == FAR else f"至 {left.last_day}"
        yield _finding(
            "outlives_parent", position,
            (f"{left.start} {end}上级水表 {position.parent} 没有绑定",
             f"its parent {position.parent} is bound to nobody from {left.start}"
             f"{'' if left.end == FAR else f' to {left.last_day}'}"),
            ("这些日子不计入平衡；请改起止日期，或换一只上级水表。",
             "No balance counts it on those days; change the days or the parent."),
            level=Level.WARNS,
        )  # fmt: skip
    if position.counts == MINUS:
        return
    for above in tree.of_meter[position.parent]:
        if above.serves_others or not above.span.overlap(position.span):
            continue
        if above.user != position.user:
            yield _finding(
                "mixed_users", position,
                (f"属 {position.user}，却在 {above.user} 的水表 {position.parent} 之下",
                 f"it is {position.user}'s and stands under {position.parent} of {above.user}"),
                ("转供他户的水表请在「平衡中」填扣减。",
                 "A meter of water passed on to another user counts as subtracted."),
            )  # fmt: skip
        elif child.level == parent.level:
            yield _finding(
                "same_level", position,
                (f"与上级水表 {position.parent} 同为{child.level}级",
                 f"it is of level {child.level} like its parent {position.parent}"),
                ("请核对级别。", "Check the level."),
                level=Level.WARNS,
            )  # fmt: skip
        else:
            continue
        return


def _uncovered(span: Period, covers: Sequence[Period]) -> Period | None:
    """Return the first days of ``span`` that no cover has."""
    here = span.start
    for cover in sorted(covers):
        if cover.start > here or here >= span.end:
            break
        here = max(here, cover.end)
    if here >= span.end:
        return None
    later = [cover.start for cover in covers if cover.start > here]
    return Period(here, min([span.end, *later]))


def _edges(tree: Tree) -> Edges:
    edges: dict[Node, list[tuple[Node, Period, Position]]] = defaultdict(list)
    for position in tree.positions:
        for above in tree.of_meter.get(position.parent, ()):
            both = above.span.overlap(position.span)
            node = tree.node(position)
            if both is not None and tree.node(above) != node:
                edges[node].append((tree.node(above), both, position))
    return edges


def _node_doubles(edges: Edges) -> Iterator[Finding]:
    """A place whose inlets come from different nodes on one day has no one place in the tree."""
    for node, above in edges.items():
        if len(node) == 1:
            continue
        for number, (first, span, _) in enumerate(above):
            for second, other, position in above[number + 1 :]:
                if first != second and span.overlap(other):
                    yield _finding(
                        "two_parents", position,
                        (f"「{node[-1]}」的几个进水口在不同的上级之下（{first[-1]}、{second[-1]}），"
                         "会重复计算",
                         f"the inlets of “{node[-1]}” stand under different nodes ({first[-1]}, "
                         f"{second[-1]}) and would be counted twice"),
                        ("请给这几只上级水表填同一处所，使其合为一个节点。",
                         "Give those parents one place, so that they are one node."),
                    )  # fmt: skip
                    break
            else:
                continue
            break


def _two_differences(tree: Tree) -> Iterator[Finding]:
    last: dict[str, Position] = {}
    rows = [one for one in tree.positions if one.counts == DIFFERENCE and one.parent]
    for position in sorted(rows, key=lambda one: (one.parent, one.since)):
        before = last.get(position.parent)
        if before is not None and before.span.overlap(position.span):
            yield _finding(
                "two_differences", position,
                (f"{position.parent} 之下已有差额 {before.meter}，两个差额分不开",
                 f"{position.parent} has the difference {before.meter} below it already, and two "
                 "cannot be told apart"),
                ("请只留一个，或装表计量其一。", "Keep one, or put a meter on the other."),
            )  # fmt: skip
        last[position.parent] = position


def _loops(edges: Edges) -> Iterator[Finding]:
    for node in _never_ending(edges):
        meters = _way_back(node, node, Period(date.min, FAR), edges, ())
        if meters:
            way = [*(position.meter for position in meters), meters[0].meter]
            yield _finding(
                "circular_parent", meters[0],
                (f"上下级成环：{' → '.join(way)}",
                 f"its parents go round in a loop: {' → '.join(way)}"),
                ("请更正其中一只的上级水表。", "Correct the parent of one of them."), way=way,
            )  # fmt: skip


def _never_ending(edges: Edges) -> list[Node]:
    """Return the nodes from which the way up never ends when days are left aside."""
    below: dict[Node, list[Node]] = defaultdict(list)
    open_ways: dict[Node, int] = {}
    for node, above in edges.items():
        open_ways[node] = len(above)
        for parent, _, _ in above:
            below[parent].append(node)
    done = [node for node in below if node not in edges]
    while done:
        for node in below.get(done.pop(), ()):
            open_ways[node] -= 1
            if not open_ways[node]:
                done.append(node)
    return sorted(node for node, ways in open_ways.items() if ways)


def _way_back(
    start: Node, here: Node, span: Period, edges: Edges, way: tuple[Position, ...]
) -> tuple[Position, ...]:
    """Return the positions on the way up from ``start`` back to it on one day, if there is one."""
    gone = {position.meter for position in way}
    for above, days, position in edges.get(here, ()):
        both = days.overlap(span)
        if both is None or position.meter in gone:
            continue
        longer = (*way, position)
        if above == start:
            return longer
        if found := _way_back(start, above, both, edges, longer):
            return found
    return ()


def blocking(findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings that keep a tree from being used."""
    return [finding for finding in findings if finding.blocks]
