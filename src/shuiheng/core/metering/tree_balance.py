"""The balance of every node of a meter tree over a period, with its uncertainty and verdict."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from shuiheng.basics import Period
from shuiheng.core.metering.tree import DIFFERENCE, MINUS, PLUS, Node, Stretch, Tree
from shuiheng.core.metering.uncertainty import TreeRules, expanded_l, variance

ZERO = Decimal(0)
GOOD = frozenset("GA")
DOUBTED = frozenset("SX")


class Verdict(StrEnum):
    """What can be said of a node's balance."""

    BALANCED = "balanced"
    LOSS = "unexplained_loss"
    EXCEEDED = "children_exceed"
    CLOSED = "closed_by_difference"
    CHANGED = "structure_changed"
    MISSING = "missing_data"
    SUSPECT = "suspect_data"
    LEAF = "nothing_below"


@dataclass(frozen=True, slots=True)
class MeterVolume:
    """What a meter counted on a stretch of days; ``lower_l`` is the part at flows below Q2.

    ``quality`` is the code of the whole stretch (G, A, E, S, X, M).
    """

    volume_l: int
    measured_l: int
    estimated_l: int = 0
    missing_h: Decimal = ZERO
    quality: str = "G"
    lower_l: int = 0


Volumes = Mapping[tuple[str, date], MeterVolume]


@dataclass(frozen=True, slots=True)
class NodeBalance:
    """What flowed into a node and out of it, in litres, and what may be said of the difference.

    ``inflow_l`` is the sum of its inlets, ``transit_l`` what left it again for others,
    ``outflow_l`` the sum of the nodes below; ``imbalance_l`` = inflow − transit − outflow, None
    where nothing below is to be compared with. What no meter below counted is ``unmetered_l``: the
    imbalance, or the volume of a difference node.
    ``own_uncertainty_l`` belongs to the inflow, ``uncertainty_l`` to the imbalance (both
    expanded). A ``difference`` has no meter; what is ``passed_on`` is its parent's transit. Volumes
    are None where data are missing; ``lacking`` and ``doubted`` name the meters.
    """

    node: Node
    name: str
    level: int
    user: str
    depth: int
    above: Node | None
    meters: tuple[str, ...]
    children: tuple[Node, ...]
    inflow_l: int | None
    own_uncertainty_l: int | None
    transit_l: int
    outflow_l: int
    imbalance_l: int | None
    uncertainty_l: int | None
    unmetered_l: int | None
    verdict: Verdict
    measured_l: int = 0
    estimated_l: int = 0
    difference: bool = False
    passed_on: bool = False
    lacking: tuple[str, ...] = ()
    doubted: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()

    @property
    def net_l(self) -> int | None:
        """What stayed in the node: inflow less transit."""
        return None if self.inflow_l is None else self.inflow_l - self.transit_l

    @property
    def share(self) -> Decimal | None:
        """The imbalance as a share of what stayed in the node."""
        if self.imbalance_l is None or not self.net_l or self.net_l < 0 or not self.children:
            return None
        return Decimal(self.imbalance_l) / self.net_l

    @property
    def unmetered_share(self) -> Decimal | None:
        """The share of what stayed in the node that no meter below counted."""
        if self.unmetered_l is None or not self.net_l or self.net_l < 0 or not self.children:
            return None
        return max(Decimal(0), Decimal(self.unmetered_l) / self.net_l)

    @property
    def ratio(self) -> Decimal | None:
        """The children's sum as a share of what stayed in the node."""
        return None if self.share is None else 1 - self.share

    @property
    def provisional(self) -> bool:
        """Whether estimated volumes stand behind the verdict."""
        return bool(self.estimated_l)


@dataclass(frozen=True, slots=True)
class CheckMeterEstimate:
    """A missing child's volume as parent less siblings; an estimate, never for settling the parent.

    It holds what the node lost, too, so it is an upper value for the child.
    """

    meter: str
    span: Period
    volume_l: int
    uncertainty_l: int
    parent: Node
    from_meters: tuple[str, ...]
    method: str = "check_meter"
    settles: bool = False


@dataclass(frozen=True, slots=True)
class TreeBalance:
    """The nodes of a tree from the roots down, each before those below it."""

    period: Period
    nodes: tuple[NodeBalance, ...]
    estimates: tuple[CheckMeterEstimate, ...]

    def of(self, node: Node) -> NodeBalance:
        """Return the balance of one node.

        :raises KeyError: if the tree has no such node in the period
        """
        for found in self.nodes:
            if found.node == node:
                return found
        raise KeyError(node)


@dataclass(slots=True)
class _Sum:
    """Volumes that belong together: litres, variance by meter, and what is wrong with them."""

    litres: int = 0
    measured: int = 0
    estimated: int = 0
    meters: dict[str, tuple[int, int]] = field(default_factory=dict)
    lacking: set[str] = field(default_factory=set)
    doubted: set[str] = field(default_factory=set)
    weak: set[str] = field(default_factory=set)

    def variances(self, tree: Tree, rules: TreeRules) -> Iterator[Decimal]:
        for number, (litres, lower) in self.meters.items():
            meter = tree.meters[number]
            yield variance(
                volume_l=litres, lower_l=lower, limits=rules.limits(meter.accuracy),
                in_service=rules.in_service, unit_l=meter.unit_l,
            )  # fmt: skip


def _sum(stretches: Iterable[Stretch], volumes: Volumes, rules: TreeRules) -> _Sum:
    found = _Sum()
    for stretch in stretches:
        volume = volumes.get((stretch.meter, stretch.span.start))
        if volume is None or volume.missing_h >= rules.missing_h or volume.quality == "M":
            found.lacking.add(stretch.meter)
        elif volume.quality in DOUBTED:
            found.doubted.add(stretch.meter)
        if volume is None:
            continue
        if volume.quality not in GOOD:
            found.weak.add(stretch.meter)
        litres, lower = found.meters.get(stretch.meter, (0, 0))
        found.meters[stretch.meter] = (litres + volume.volume_l, lower + volume.lower_l)
        found.litres += volume.volume_l
        found.measured += volume.measured_l
        found.estimated += volume.estimated_l
    return found


def balance_tree(
    tree: Tree, period: Period, volumes: Volumes, rules: TreeRules, *, root: str = ""
) -> TreeBalance:
    """Return the balance of every node over the period, or of those at and below a meter.

    ``volumes`` are looked up by meter and first day of each stretch that ``tree.stretches``
    gives. The tree must be one that ``check_tree`` finds nothing blocking in: each node then has
    one node above it on any day.

    >>> from shuiheng.core.metering.tree import Position, TreeMeter
    >>> from shuiheng.core.metering.uncertainty import ErrorLimits
    >>> new_year = date(2020, 1, 1)
    >>> tree = Tree.of(
    ...     [TreeMeter("A", 1, "2"), TreeMeter("B", 2, "2")],
    ...     [Position("A", "u", new_year), Position("B", "u", new_year, parent="A")],
    ... )
    >>> limits = ErrorLimits(Decimal("0.02"), Decimal("0.05"))
    >>> band = (Decimal("0.95"), Decimal("1.05"))
    >>> rules = TreeRules({"2": limits}, Decimal(1), Decimal(2), Decimal(1), band)
    >>> counted = {
    ...     ("A", new_year): MeterVolume(800_000, 800_000),
    ...     ("B", new_year): MeterVolume(776_000, 776_000),
    ... }
    >>> main = balance_tree(tree, Period.year(2020), counted, rules).nodes[0]
    >>> main.imbalance_l, main.uncertainty_l, main.verdict.value
    (24000, 25739, 'balanced')
    """
    return _Balancing(tree, period, volumes, rules).balance(root)


class _Balancing:
    """One run of ``balance_tree``: the stretches by node, and what each node came to."""

    def __init__(self, tree: Tree, period: Period, volumes: Volumes, rules: TreeRules) -> None:
        self.tree, self.period, self.volumes, self.rules = tree, period, volumes, rules
        self.inlets: dict[Node, list[Stretch]] = defaultdict(list)
        self.below: dict[Node, list[Stretch]] = defaultdict(list)
        for stretch in tree.stretches(period):
            self.inlets[stretch.node].append(stretch)
            if stretch.above is not None:
                self.below[stretch.above].append(stretch)
        # Inflow of nodes without a meter, with its variance: known once the node above is.
        self.differences: dict[Node, tuple[int, Decimal] | None] = {}
        self.found: list[NodeBalance] = []
        self.estimates: list[CheckMeterEstimate] = []

    def balance(self, root: str) -> TreeBalance:
        starts: list[Node] = []
        for node, stretches in self.inlets.items():
            named = any(one.meter == root for one in stretches)
            if named if root else any(one.above is None for one in stretches):
                starts.append(node)
        waiting: list[tuple[Node, int, Node | None]] = [
            (node, 0, None) for node in sorted(starts, reverse=True)
        ]
        seen: set[Node] = set()
        while waiting:
            node, depth, above = waiting.pop()
            if node in seen:
                continue
            seen.add(node)
            self.found.append(self._node(node, depth, above))
            waiting.extend((child, depth + 1, node) for child in reversed(self._children(node)))
        return TreeBalance(self.period, tuple(self.found), tuple(self.estimates))

    def _children(self, node: Node) -> list[Node]:
        order = {PLUS: 0, DIFFERENCE: 1, MINUS: 2}
        rows = sorted(self.below.get(node, ()), key=lambda one: (order[one.counts], one.meter))
        return list(dict.fromkeys(one.node for one in rows))

    def _node(self, node: Node, depth: int, above: Node | None) -> NodeBalance:
        inlets = self.inlets[node]
        difference = any(one.counts == DIFFERENCE for one in inlets)
        into = _Sum() if difference else _sum(inlets, self.volumes, self.rules)
        own: Decimal | None = sum(into.variances(self.tree, self.rules), ZERO)
        inflow: int | None = into.litres
        if difference:
            known = self.differences.get(node)
            inflow, own = known if known is not None else (None, None)
            if known is None:
                into.lacking.add(inlets[0].meter)
        elif into.lacking:
            inflow = None
        below = self.below.get(node, ())
        out = _sum((one for one in below if one.counts == PLUS), self.volumes, self.rules)
        transit = _sum((one for one in below if one.counts == MINUS), self.volumes, self.rules)
        virtual = [one for one in below if one.counts == DIFFERENCE]
        lacking = into.lacking | out.lacking | transit.lacking
        doubted = into.doubted | out.doubted | transit.doubted
        imbalance: int | None = None
        spread: Decimal | None = None
        leaf = not virtual and not any(one.counts == PLUS for one in below)
        if inflow is not None and own is not None and not lacking and not leaf:
            imbalance = inflow - transit.litres - out.litres
            below_spread = [
                *out.variances(self.tree, self.rules), *transit.variances(self.tree, self.rules),
            ]  # fmt: skip
            spread = own + sum(below_spread, ZERO)
        changed = self._changed(node)
        uncertainty = None if spread is None else expanded_l([spread], self.rules.coverage)
        verdict = _verdict(
            imbalance, uncertainty, leaf=leaf, virtual=bool(virtual),
            faults=(bool(lacking) or inflow is None, bool(doubted), bool(changed)),
        )  # fmt: skip
        closed = 0
        for one in virtual:
            self.differences[one.node] = None
            if verdict is Verdict.CLOSED and imbalance is not None and spread is not None:
                self.differences[one.node] = (imbalance, spread)
                closed = imbalance
        if not virtual:
            self._estimate(node, into, out, transit)
        first = inlets[0]
        return NodeBalance(
            node=node, name=first.place or node[-1], depth=depth, above=above, user=first.user,
            level=self.tree.meters[first.meter].level,
            meters=() if difference else tuple(dict.fromkeys(one.meter for one in inlets)),
            children=tuple(self._children(node)), inflow_l=inflow,
            own_uncertainty_l=None if own is None or inflow is None
            else expanded_l([own], self.rules.coverage),
            transit_l=transit.litres,
            outflow_l=out.litres + closed,
            imbalance_l=None if imbalance is None else imbalance - closed,
            uncertainty_l=uncertainty, unmetered_l=imbalance, verdict=verdict,
            measured_l=into.measured, estimated_l=into.estimated + out.estimated,
            difference=difference, passed_on=first.counts == MINUS, changed=changed,
            lacking=tuple(sorted(lacking)), doubted=tuple(sorted(doubted)),
        )  # fmt: skip

    def _changed(self, node: Node) -> tuple[str, ...]:
        """Return the meters below that do not stand there on all days of the node."""
        days = _days(self.inlets[node])
        found: list[str] = []
        for child in self._children(node):
            under = [one for one in self.below[node] if one.node == child]
            if _days(under) < days:
                found.extend(one.meter for one in under)
        return tuple(dict.fromkeys(found))

    def _estimate(self, node: Node, into: _Sum, out: _Sum, transit: _Sum) -> None:
        """Work out the one missing child from the parent and its siblings, where all are good."""
        gone = out.lacking | out.doubted
        weak = into.weak | into.lacking | transit.weak | transit.lacking
        siblings = out.weak - gone
        if len(gone) != 1 or weak or siblings or not into.meters or self._changed(node):
            return
        missing = next(iter(gone))
        stretches = [one for one in self.below[node] if one.meter == missing]
        others = {number: pair for number, pair in out.meters.items() if number != missing}
        volume = into.litres - transit.litres - sum(litres for litres, _ in others.values())
        if volume < 0 or len(stretches) != 1:
            return
        rest = _Sum(meters=others)
        spread = [
            *into.variances(self.tree, self.rules), *transit.variances(self.tree, self.rules),
            *rest.variances(self.tree, self.rules),
        ]  # fmt: skip
        self.estimates.append(
            CheckMeterEstimate(
                missing, stretches[0].span, volume, expanded_l(spread, self.rules.coverage), node,
                (*into.meters, *transit.meters, *others),
            )
        )  # fmt: skip


def _verdict(
    imbalance: int | None,
    uncertainty: int | None,
    *,
    leaf: bool,
    virtual: bool,
    faults: tuple[bool, bool, bool],
) -> Verdict:
    missing, suspect, changed = faults
    if missing or ((imbalance is None or uncertainty is None) and not leaf):
        return Verdict.MISSING
    if suspect:
        return Verdict.SUSPECT
    if leaf:
        return Verdict.LEAF
    if changed:
        return Verdict.CHANGED
    assert imbalance is not None and uncertainty is not None
    if imbalance < -uncertainty:
        return Verdict.EXCEEDED
    if virtual:
        return Verdict.CLOSED
    return Verdict.LOSS if imbalance > uncertainty else Verdict.BALANCED


def _days(stretches: Sequence[Stretch]) -> int:
    """Return on how many days at least one of the stretches runs."""
    days, here = 0, date.min
    for span in sorted(one.span for one in stretches):
        start = max(span.start, here)
        if span.end > start:
            days += (span.end - start).days
            here = span.end
    return days
