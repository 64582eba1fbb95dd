"""The shapes of the law: bands without gaps, states that lead somewhere, tables that are whole."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

import pytest

from shuiheng.rules import Law, Rule

LAW = Law.shipped()
ORDER = ("leading", "advanced", "general")


def of_kind(kind: str) -> list[object]:
    """Return every shipped rule of a kind as a test parameter named by place and rule."""
    rules = (rule for rule in LAW.rules() if rule.kind == kind)
    return [pytest.param(rule, id=f"{rule.place}/{rule.name}") for rule in rules]


@pytest.mark.parametrize("rule", of_kind("states"))
def test_every_state_can_be_reached_and_every_move_leads_to_a_state(rule: Rule) -> None:
    for entry in rule.entries:
        states, moves = entry.value["states"], entry.value["moves"]
        assert len(states) == len(set(states))
        assert set(moves) <= set(states)
        reached, waiting = {states[0]}, [states[0]]
        while waiting:
            for following in moves.get(waiting.pop(), ()):
                assert following in states, f"{following} is no state"
                if following not in reached:
                    reached.add(following)
                    waiting.append(following)
        assert reached == set(states), f"never reached: {set(states) - reached}"


def quota_rows() -> dict[str, list[dict[str, str]]]:
    """Return the rows of all quota tables by their row number."""
    rows: dict[str, list[dict[str, str]]] = defaultdict(list)
    for rule in LAW.rules():
        if rule.name.startswith("quotas/") and rule.kind == "table":
            for row in rule.entries[-1].value:
                if {"row", "level", "value"} <= set(row):
                    rows[row["row"]].append(row)
    return rows


def test_the_ninety_four_quota_rows_are_all_there() -> None:
    assert {str(number) for number in range(1, 95)} <= set(quota_rows())


def test_no_quota_row_is_looser_at_a_stricter_level() -> None:
    for number, rows in quota_rows().items():
        values = {row["level"]: Decimal(row["value"]) for row in rows if row["value"]}
        ranked = [values[level] for level in ORDER if level in values]
        assert ranked == sorted(ranked), f"row {number}: {values}"
        if {"new", "existing"} <= set(values):
            assert values["new"] <= values["existing"], f"row {number}: {values}"
        assert all(row["confidence"] in {"A*", "B", "C"} for row in rows)


def test_the_twenty_penalties_name_law_article_day_and_authority() -> None:
    rows = LAW.rule("enforcement/penalties", place="cn").entries[-1].value
    assert {str(number) for number in range(1, 21)} <= {row["row"] for row in rows}
    for row in rows:
        assert row["law"] and row["article"] and row["since"], row
        assert LAW.document(row["law"]) is not None, row["law"]
        assert row["authority"] or row["row"] == "20", row
        if row["max"]:
            assert Decimal(row["min"]) <= Decimal(row["max"]), row


def test_every_clause_inside_a_table_names_a_known_document() -> None:
    for rule in LAW.rules():
        if rule.kind != "table":
            continue
        for row in rule.entries[-1].value:
            if clause := row.get("clause", row.get("basis", "")):
                document = str(clause).split(" ")[0]
                if "第" in str(clause) and rule.name != "enforcement/penalties":
                    assert LAW.document(document) is not None, f"{rule.name}: {clause}"
