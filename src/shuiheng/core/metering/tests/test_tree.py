"""The meter tree: what it refuses, its balances, and what always holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shuiheng.basics import Period
from shuiheng.core.metering import (
    ErrorLimits,
    MeterVolume,
    Position,
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

NEW_YEAR = date(2020, 1, 1)
YEAR = Period.year(2020)
CLASSES = {
    "1": ErrorLimits(Decimal("0.01"), Decimal("0.03")),
    "2": ErrorLimits(Decimal("0.02"), Decimal("0.05")),
}
RULES = TreeRules(
    CLASSES, Decimal(2), Decimal(2), Decimal(1), (Decimal("0.95"), Decimal("1.05"))
)  # fmt: skip


def at(meter: str, parent: str = "", **more: object) -> Position:
    values: dict[str, object] = {"user": "u", "since": NEW_YEAR} | more
    return Position(meter, parent=parent, **values)  # type: ignore[arg-type]


def tree_of(*positions: Position, **levels: int) -> Tree:
    numbers = {position.meter for position in positions}
    return Tree.of(
        [TreeMeter(number, levels.get(number, 1), "2", 0, 0) for number in numbers], positions
    )


def count(tree: Tree, litres: dict[str, int], period: Period = YEAR, **more: object) -> TreeBalance:
    volumes = {
        (one.meter, one.span.start): MeterVolume(litres[one.meter], litres[one.meter])
        for one in tree.stretches(period)
        if one.meter in litres
    }
    return balance_tree(tree, period, volumes, replace(RULES, **more))  # type: ignore[arg-type]


def codes(tree: Tree) -> list[tuple[str, str]]:
    return sorted((one.code, one.shown_by["meter"]) for one in check_tree(tree))


FACTORY = tree_of(
    at("main"), at("A", "main"), at("B", "main"), at("C", "main"), at("C1", "C"),
    A=2, B=2, C=2, C1=3,
)  # fmt: skip


def test_the_worked_example_of_the_handbook() -> None:
    """Handbook 2 §1.3 and §3.4: 776 of 800 m³/d reach level 2; the network lost the rest."""
    tree = tree_of(at("main"), at("units", "main"), units=2)
    new = count(tree, {"main": 800_000, "units": 776_000}, in_service=Decimal(1)).nodes[0]
    assert (new.imbalance_l, new.share, new.ratio) == (24_000, Decimal("0.03"), Decimal("0.97"))
    # 2 × √((0.02 × 800)² ÷ 3 + (0.02 × 776)² ÷ 3) = 2 × √(85.333 + 80.2901) = 25.739 m³
    assert new.uncertainty_l == 25_739
    assert new.verdict is Verdict.BALANCED
    # With 780 m³/d to the units and meters of class 1, 20 m³ are more than ±12.9 m³.
    fine = Tree.of(
        [TreeMeter("main", 1, "1", 0, 0), TreeMeter("units", 2, "1", 0, 0)], tree.positions
    )
    lost = count(fine, {"main": 800_000, "units": 780_000}, in_service=Decimal(1)).nodes[0]
    assert (lost.imbalance_l, lost.uncertainty_l) == (20_000, 12_902)
    assert lost.verdict is Verdict.LOSS


@pytest.mark.parametrize(
    ("children", "verdict"),
    [
        ({"A": 300_000, "B": 300_000, "C": 380_000}, Verdict.BALANCED),
        ({"A": 300_000, "B": 300_000, "C": 420_000}, Verdict.BALANCED),
        ({"A": 300_000, "B": 300_000, "C": 300_000}, Verdict.LOSS),
        ({"A": 400_000, "B": 300_000, "C": 400_000}, Verdict.EXCEEDED),
    ],
)
def test_verdicts_follow_the_uncertainty(children: dict[str, int], verdict: Verdict) -> None:
    main = count(FACTORY, {"main": 1_000_000, "C1": 300_000, **children}).of(("main",))
    assert main.verdict is verdict
    assert main.uncertainty_l is not None and 50_000 < main.uncertainty_l < 60_000


def test_no_verdict_where_data_are_missing_or_in_doubt_and_it_says_whose() -> None:
    litres = {"main": 1_000_000, "A": 300_000, "C": 380_000, "C1": 370_000}
    found = count(FACTORY, litres)
    main = found.of(("main",))
    assert (main.verdict, main.lacking, main.imbalance_l) == (Verdict.MISSING, ("B",), None)
    assert found.of(("C",)).verdict is Verdict.BALANCED
    volumes = {
        (one.meter, one.span.start): MeterVolume(1000, 1000) for one in FACTORY.stretches(YEAR)
    }
    volumes["A", NEW_YEAR] = MeterVolume(1000, 1000, quality="S")
    main = balance_tree(FACTORY, YEAR, volumes, RULES).of(("main",))
    assert (main.verdict, main.doubted) == (Verdict.SUSPECT, ("A",))
    gap = MeterVolume(1000, 1000, missing_h=Decimal(1))
    late = balance_tree(FACTORY, YEAR, volumes | {("main", NEW_YEAR): gap}, RULES)
    assert late.of(("main",)).lacking == ("main",)


def test_a_missing_child_is_parent_less_siblings_and_only_where_those_are_good() -> None:
    litres = {"main": 1_000_000, "A": 300_000, "C": 380_000, "C1": 370_000}
    found = count(FACTORY, litres)
    (estimate,) = found.estimates
    assert (estimate.meter, estimate.volume_l, estimate.method) == ("B", 320_000, "check_meter")
    assert estimate.from_meters == ("main", "A", "C") and not estimate.settles
    main = found.of(("main",)).own_uncertainty_l
    assert main is not None and estimate.uncertainty_l > main
    # Two are missing, or the parent is itself an estimate: nothing to be had.
    two_gone = {"main": 1_000_000, "C": 380_000, "C1": 370_000}
    assert count(FACTORY, two_gone).estimates == ()
    volumes = {
        (one.meter, one.span.start): MeterVolume(
            litres[one.meter], 0, litres[one.meter], quality="E"
        )
        for one in FACTORY.stretches(YEAR)
        if one.meter in litres
    }
    assert balance_tree(FACTORY, YEAR, volumes, RULES).estimates == ()
    # The siblings already have more than the parent.
    assert count(FACTORY, litres | {"A": 700_000}).estimates == ()


def test_a_difference_node_takes_what_the_siblings_leave_with_the_uncertainty_of_all() -> None:
    tree = tree_of(
        at("main"), at("A", "main"), at("rest", "main", counts="=", place="办公楼"),
        at("R1", "rest"), A=2, rest=2, R1=3,
    )  # fmt: skip
    found = count(tree, {"main": 1_000_000, "A": 600_000, "R1": 350_000})
    main, rest = found.of(("main",)), found.of(("u", "2", "办公楼"))
    assert (main.verdict, main.imbalance_l) == (Verdict.CLOSED, 0)
    assert (main.unmetered_l, main.unmetered_share) == (400_000, Decimal("0.4"))
    assert (rest.inflow_l, rest.imbalance_l, rest.difference) == (400_000, 50_000, True)
    assert rest.own_uncertainty_l == main.uncertainty_l
    assert rest.verdict is Verdict.BALANCED  # ±54 m³, most of it the main meter's
    above = count(tree, {"main": 1_000_000, "A": 1_200_000, "R1": 0})
    assert above.of(("main",)).verdict is Verdict.EXCEEDED
    assert above.of(("u", "2", "办公楼")).verdict is Verdict.MISSING


def test_transit_is_subtracted_and_several_inlets_are_one_node() -> None:
    tree = tree_of(
        at("M1", place="全厂"), at("M2", place="全厂"), at("A", "M1"), at("B", "M2"),
        at("out", "M1", counts="-", user="neighbour"), at("N1", "out", user="neighbour"),
        A=2, B=2, N1=2,
    )  # fmt: skip
    assert blocking(check_tree(tree)) == []
    found = count(
        tree, {"M1": 700_000, "M2": 400_000, "A": 500_000, "B": 480_000, "out": 100_000,
               "N1": 95_000},
    )  # fmt: skip
    unit = found.of(("u", "1", "全厂"))
    assert (unit.inflow_l, unit.transit_l, unit.net_l) == (1_100_000, 100_000, 1_000_000)
    assert (unit.outflow_l, unit.imbalance_l) == (980_000, 20_000)
    assert found.of(("out",)).imbalance_l == 5_000
    assert tree.roots() == ["M1"]
    # Transit alone is nothing to compare with.
    only = count(tree_of(at("M"), at("out", "M", counts="-")), {"M": 9, "out": 4}).of(("M",))
    assert (only.verdict, only.net_l, only.imbalance_l) == (Verdict.LEAF, 5, None)


def test_what_cannot_be_a_tree_is_refused() -> None:
    two = {"A": 2, "B": 2}
    assert codes(tree_of(at("A", "B"), at("B", "A"), **two)) == [
        ("metering.circular_parent", "A"), ("metering.circular_parent", "B"),
        ("metering.same_level", "A"), ("metering.same_level", "B"),
    ]  # fmt: skip
    assert codes(tree_of(at("A", "A"))) == [("metering.own_parent", "A")]
    in_series = (at("M"), at("A", "M", place="涂装"), at("B", "A", place="涂装"))
    assert codes(tree_of(*in_series, **two)) == [("metering.own_parent", "B")]
    assert codes(tree_of(at("M"), at("N"), at("A", "M"), at("A", "N"), A=2)) == [
        ("metering.two_parents", "A")
    ]
    assert codes(
        tree_of(at("M"), at("N"), at("A", "M", place="涂装"), at("B", "N", place="涂装"), **two)
    ) == [("metering.two_parents", "B")]
    assert codes(tree_of(at("M"), at("A", "M"), M=3, A=2)) == [
        ("metering.level_order", "A"), ("metering.orphan", "M"),
    ]  # fmt: skip
    assert codes(tree_of(at("M", until=date(2020, 7, 1)), at("A", "M"), A=2)) == [
        ("metering.outlives_parent", "A")
    ]
    assert codes(tree_of(at("M"), at("A", "M", user="other"), A=2)) == [
        ("metering.mixed_users", "A")
    ]
    assert codes(tree_of(at("Z", serves_others=True), at("A", "Z", user="other"))) == []
    assert codes(tree_of(at("A", "gone"), A=2)) == [("metering.unknown_parent", "A")]
    assert codes(tree_of(at("A", counts="="))) == [("metering.nothing_to_subtract_from", "A")]
    assert codes(
        tree_of(at("M"), at("A", "M", counts="="), at("B", "M", counts="="), **two)
    ) == [("metering.two_differences", "B")]  # fmt: skip


def test_what_hangs_together_with_a_broken_meter_is_left_out_and_no_more() -> None:
    tree = tree_of(
        at("A"), at("A1", "A"), at("A2", "A1", place="涂装"), at("A3", place="涂装"),
        at("B"), at("B1", "B"), A1=2, A2=3, A3=3, B1=2,
    )  # fmt: skip
    assert sorted(tree.without(["A3"]).meters) == ["B", "B1"]
    assert tree.without([]).positions == tree.positions
    assert sorted(tree.below("A1").meters) == ["A1", "A2", "A3"]


def test_a_loop_needs_a_day_on_which_it_is_closed() -> None:
    summer = date(2020, 7, 1)
    turned = tree_of(
        at("A", until=summer), at("B", "A", until=summer), at("B", since=summer),
        at("A", "B", since=summer),
    )  # fmt: skip
    assert blocking(check_tree(turned)) == []


def test_a_meter_moved_in_the_period_leaves_no_verdict_but_every_litre() -> None:
    summer = date(2020, 7, 1)
    tree = tree_of(
        at("A"), at("B"), at("A1", "A"), at("B1", "B"),
        at("x", "A", until=summer), at("x", "B", since=summer), A1=2, B1=2, x=2,
    )  # fmt: skip
    litres = {"A": 500_000, "B": 500_000, "A1": 300_000, "B1": 300_000, "x": 100_000}
    found = count(tree, litres)
    for name in ("A", "B"):
        node = found.of((name,))
        assert (node.verdict, node.changed) == (Verdict.CHANGED, ("x",))
        assert node.imbalance_l == 100_000
    assert found.of(("x",)).inflow_l == 200_000  # both stretches
    half = Period(NEW_YEAR, summer)
    assert count(tree, litres, half).of(("A",)).verdict is Verdict.LOSS


def test_findings_say_what_to_do_and_which_meters() -> None:
    found = count(FACTORY, {"main": 1_000_000, "A": 1, "B": 600_000, "C": 300_000, "C1": 290_000})
    told = {one.code: one for one in findings_of(found, RULES)}
    assert set(told) == {"metering.tree_loss", "metering.parent_child"}
    assert "100.0 m³" in told["metering.tree_loss"].text
    assert told["metering.parent_child"].shown_by["ratio"] == "0.900001"
    over = count(FACTORY, {"main": 1_000_000, "A": 400_000, "B": 600_000, "C": 300_000})
    told = {one.code: one for one in findings_of(over, RULES)}
    assert "300.0 m³" in told["metering.tree_exceeded"].text
    assert told["metering.tree_missing"].shown_by["lacking"] == ["C1"]


def test_a_table_without_a_zone_is_refused() -> None:
    row = {"class": "2", "temperature_c": "≤30", "zone": "高区", "max_error": "0.02"}
    with pytest.raises(LookupError, match="class 2"):
        error_limits([row])
    hot = row | {"temperature_c": ">30", "max_error": "0.03"}
    low = row | {"zone": "低区", "temperature_c": "不分", "max_error": "0.05"}
    assert error_limits([row, hot, low])["2"] == CLASSES["2"]
    assert RULES.limits("") == CLASSES["2"]


@st.composite
def forests(draw: st.DrawFn) -> tuple[list[int], list[int]]:
    """Draw parents (an earlier meter, or -1 for none) and litres of up to twelve meters."""
    size = draw(st.integers(2, 12))
    parents = [-1] + [draw(st.integers(-1, place - 1)) for place in range(1, size)]
    litres = draw(st.lists(st.integers(0, 10**9), min_size=size, max_size=size))
    return parents, litres


def _grown(parents: Sequence[int]) -> Tree:
    positions = [
        at(f"m{place}", f"m{parent}" if parent >= 0 else "") for place, parent in enumerate(parents)
    ]
    return tree_of(*positions)


@given(forests())
def test_every_litre_of_the_roots_is_in_a_leaf_or_a_residual(
    drawn: tuple[list[int], list[int]],
) -> None:
    parents, litres = drawn
    found = count(_grown(parents), {f"m{place}": one for place, one in enumerate(litres)})
    roots = sum(node.inflow_l or 0 for node in found.nodes if node.depth == 0)
    leaves = sum(node.inflow_l or 0 for node in found.nodes if not node.children)
    residuals = sum(node.imbalance_l or 0 for node in found.nodes if node.children)
    assert len(found.nodes) == len(litres)
    assert roots == leaves + residuals


@given(forests(), st.data())
def test_moving_a_subtree_keeps_the_totals(
    drawn: tuple[list[int], list[int]], data: st.DataObject
) -> None:
    parents, litres = drawn
    moved = data.draw(st.integers(1, len(parents) - 1))
    summer = date(2020, 7, 1)
    to = data.draw(st.integers(-1, moved - 1))
    stays = [at(f"m{n}", f"m{p}" if p >= 0 else "") for n, p in enumerate(parents) if n != moved]
    old, new = (f"m{p}" if p >= 0 else "" for p in (parents[moved], to))
    tree = tree_of(
        *stays, at(f"m{moved}", old, until=summer), at(f"m{moved}", new, since=summer)
    )  # fmt: skip
    assert blocking(check_tree(tree)) == []
    volumes = {}
    for one in tree.stretches(YEAR):
        litre = litres[int(one.meter[1:])]
        if one.meter == f"m{moved}":
            litre = litre // 3 if one.span.start == NEW_YEAR else litre - litre // 3
        volumes[one.meter, one.span.start] = MeterVolume(litre, litre)
    found = balance_tree(tree, YEAR, volumes, RULES)
    node = {one.name: one for one in found.nodes}
    assert node[f"m{moved}"].inflow_l == litres[moved]
    below = [one for one in tree.stretches(YEAR) if one.above is not None]
    assert sum(one.outflow_l for one in found.nodes) == sum(
        volumes[one.meter, one.span.start].volume_l for one in below
    )


@given(st.lists(st.integers(0, 11), min_size=2, max_size=12), st.data())
def test_loops_are_always_refused(ring: list[int], data: st.DataObject) -> None:
    names = [f"m{place}" for place in range(len(ring))]
    size = data.draw(st.integers(2, len(names)))
    positions = [at(names[place], names[(place + 1) % size]) for place in range(size)]
    # The others hang somewhere below the ring, or stand alone.
    positions += [
        at(name, names[ring[place] % (place + size)] if ring[place] % 3 else "")
        for place, name in enumerate(names[size:])
    ]
    found = blocking(check_tree(tree_of(*positions)))
    assert {one.shown_by["meter"] for one in found if one.code == "metering.circular_parent"} == (
        set(names[:size])
    )


@given(
    st.lists(st.integers(0, 10**8), min_size=1, max_size=8), st.integers(0, 10**8),
    st.sampled_from(["1", "2", ""]),
)  # fmt: skip
@settings(max_examples=50)
def test_uncertainty_never_shrinks_when_a_child_is_added(
    litres: list[int], more: int, accuracy: str
) -> None:
    main = sum(litres) + more

    def spread(children: list[int]) -> int:
        meters = [TreeMeter("main", 1, "2", 0, 1)]
        meters += [TreeMeter(f"c{n}", 2, accuracy, 0, 1) for n in range(len(children))]
        rows = [at("main"), *(at(f"c{n}", "main") for n in range(len(children)))]
        counted = {"main": main} | {f"c{n}": one for n, one in enumerate(children)}
        return count(Tree.of(meters, rows), counted).nodes[0].uncertainty_l or 0

    assert spread([*litres, more]) >= spread(litres)
