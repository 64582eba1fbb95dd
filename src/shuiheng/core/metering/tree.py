"""The meter tree: which meter stands behind which, where, and from when to when."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from shuiheng.basics import Period

PLUS, MINUS, DIFFERENCE = "+", "-", "="
FAR = date.max

# A node of the tree: a meter's own number, or user, level and name of a place with several inlets.
Node = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TreeMeter:
    """What a meter is: its level (1 unit, 2 workshop, 3 equipment) and how well it measures.

    ``accuracy`` is its class, empty where unknown; ``q2_l_h`` the transitional flow in litres an
    hour, 0 where unknown; ``unit_l`` the smallest count of its register.
    """

    number: str
    level: int = 1
    accuracy: str = ""
    q2_l_h: int = 0
    unit_l: int = 1


@dataclass(frozen=True, slots=True)
class Position:
    """Where a meter stands from ``since`` (included) to ``until`` (excluded).

    ``parent`` is any inlet of the node above. Meters of one user, level and ``place`` are inlets
    of the same node. ``counts`` says what the volume is: ``+`` flows into the meter's own node,
    ``-`` leaves the node of the parent again (transit), ``=`` there is no meter: the node takes
    what its siblings leave of the parent. ``serves_others`` marks meters of networks and zones,
    which may have meters of other users below them.
    """

    meter: str
    user: str
    since: date
    until: date | None = None
    parent: str = ""
    place: str = ""
    counts: str = PLUS
    serves_others: bool = False

    @property
    def span(self) -> Period:
        """The days of the position; without an end they go on for ever."""
        return Period(self.since, self.until or FAR)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days on which a meter stood in one node, under one other node or under none."""

    meter: str
    user: str
    span: Period
    node: Node
    above: Node | None
    counts: str
    place: str = ""


@dataclass(frozen=True)
class Tree:
    """Meters and their positions; see ``checking.check_tree`` for what may be wrong with them."""

    meters: Mapping[str, TreeMeter]
    positions: Sequence[Position]

    @classmethod
    def of(cls, meters: Iterable[TreeMeter], positions: Iterable[Position]) -> Tree:
        """Return the tree of these meters, positions in order of meters and days."""
        rows = sorted(positions, key=lambda one: (one.meter, one.since))
        return cls({meter.number: meter for meter in meters}, rows)

    @cached_property
    def of_meter(self) -> Mapping[str, list[Position]]:
        """The positions of each meter, in order of days."""
        found: dict[str, list[Position]] = defaultdict(list)
        for position in self.positions:
            found[position.meter].append(position)
        return dict(found)

    def node(self, position: Position) -> Node:
        """Return the node that a position belongs to."""
        if position.place and position.counts != MINUS:
            level = self.meters[position.meter].level
            return (position.user, str(level), position.place)
        return (position.meter,)

    def stretches(self, period: Period) -> list[Stretch]:
        """Return where every meter stood in the period; each day of a meter is in one stretch.

        A day on which the parent has no position of its own is a stretch without a node above.

        >>> main = Position("A", "u", date(2020, 1, 1))
        >>> shop = Position("B", "u", date(2020, 3, 1), parent="A", place="涂装")
        >>> tree = Tree.of([TreeMeter("A"), TreeMeter("B", 2)], [main, shop])
        >>> [(one.meter, one.node, one.above) for one in tree.stretches(Period.year(2020))]
        [('A', ('A',), None), ('B', ('u', '2', '涂装'), ('A',))]
        """
        found: list[Stretch] = []
        for position in self.positions:
            span = position.span.overlap(period)
            if span is not None:
                found.extend(self._split(position, span))
        return found

    def _split(self, position: Position, span: Period) -> Iterable[Stretch]:
        node, here = self.node(position), span.start
        for above in self.of_meter.get(position.parent, ()):
            both = above.span.overlap(Period(here, span.end))
            if both is None:
                continue
            if both.start > here:
                yield self._stretch(position, Period(here, both.start), node, None)
            yield self._stretch(position, both, node, self.node(above))
            here = both.end
        if here < span.end:
            yield self._stretch(position, Period(here, span.end), node, None)

    def _stretch(self, position: Position, span: Period, node: Node, above: Node | None) -> Stretch:
        told = (position.counts, position.place)
        return Stretch(position.meter, position.user, span, node, above, *told)

    def below(self, root: str) -> Tree:
        """Return the part of the tree at and below a meter, whenever it stood there."""
        children: dict[str, set[str]] = defaultdict(set)
        beside: dict[Node, set[str]] = defaultdict(set)
        for position in self.positions:
            if position.parent:
                children[position.parent].add(position.meter)
            if position.counts != MINUS and position.place:
                beside[self.node(position)].add(position.meter)
        wanted, waiting = set(), [root]
        while waiting:
            number = waiting.pop()
            if number in wanted:
                continue
            wanted.add(number)
            waiting.extend(children[number])
            for position in self.of_meter.get(number, ()):
                waiting.extend(beside.get(self.node(position), ()))
        return Tree(
            {number: meter for number, meter in self.meters.items() if number in wanted},
            [position for position in self.positions if position.meter in wanted],
        )

    def without(self, meters: Iterable[str]) -> Tree:
        """Return the tree without these meters and whatever hangs together with them."""
        beside: dict[str, set[str]] = defaultdict(set)
        first: dict[Node, str] = {}
        for position in self.positions:
            other = position.parent or position.meter
            same = first.setdefault(self.node(position), position.meter)
            for one, two in ((position.meter, other), (position.meter, same)):
                beside[one].add(two)
                beside[two].add(one)
        gone, waiting = set(), list(meters)
        while waiting:
            number = waiting.pop()
            if number not in gone:
                gone.add(number)
                waiting.extend(beside[number])
        return Tree(
            {number: meter for number, meter in self.meters.items() if number not in gone},
            [position for position in self.positions if position.meter not in gone],
        )

    def roots(self) -> list[str]:
        """Return the meters with something below them and nothing above, one for each node."""
        parents = {position.parent for position in self.positions if position.parent}
        parent_nodes = {
            self.node(position) for number in parents for position in self.of_meter.get(number, ())
        }
        found: dict[Node, str] = {}
        for position in self.positions:
            if not position.parent and self.node(position) in parent_nodes:
                found.setdefault(self.node(position), position.meter)
        return sorted(set(found.values()))
