"""What an import would do to the meter tree: rows that would break it are refused and named."""

from __future__ import annotations

from decimal import Decimal

from shuiheng.basics import Finding
from shuiheng.core.metering import Position, Tree, blocking, check_tree
from shuiheng.mechanisms.common.importing import Parsed, Reading
from shuiheng.mechanisms.metering.queries_tree import SERVES_OTHERS, get_tree, tree_meter

_COLUMN = {
    "metering.level_order": "level",
    "metering.mixed_users": "user",
    "metering.two_differences": "counts",
}


def refuse_broken_trees(reading: Reading) -> None:
    """Refuse rows after which the tree would have a loop, double counting or a broken order.

    A refused row may have been the parent of another, so this goes on until nothing is refused.
    What warns only is noted. What was wrong before the import is nobody's row.
    """
    stored = get_tree(asked_by=None)
    before = {_mark(finding) for finding in check_tree(stored)}
    found: list[Finding] = []
    refused = -1
    while refused != len(reading.refused):
        refused = len(reading.refused)
        rows = {
            (parsed.values["number"], parsed.values["since"].isoformat()): parsed
            for parsed in reading.good
        }
        found = check_tree(_joined(stored, list(rows.values())))
        found = [finding for finding in found if _mark(finding) not in before]
        for finding in blocking(found):
            _refuse(reading, finding, rows)
    reading.notes.extend(found)


def _mark(finding: Finding) -> tuple[str, ...]:
    facts = finding.shown_by
    return finding.code, facts["meter"], facts["since"], facts["parent"]


def _joined(stored: Tree, rows: list[Parsed]) -> Tree:
    """Return the tree as it would be with the rows of the file."""
    here = {(parsed.values["number"], parsed.values["since"]) for parsed in rows}
    positions = [one for one in stored.positions if (one.meter, one.since) not in here]
    meters = dict(stored.meters)
    for parsed in rows:
        told = parsed.values
        meters[told["number"]] = tree_meter(
            told["number"], told["level"], told["accuracy"], told["q3_m3_h"], told["ratio"],
            told["unit_l"], q2_to_q1=Decimal(0),
        )  # fmt: skip
        positions.append(
            Position(
                told["number"], told["user"], told["since"], told["until"], told["parent"],
                told["place"], told["counts"], told["role"] in SERVES_OTHERS,
            )
        )  # fmt: skip
    return Tree.of(meters.values(), positions)


def _refuse(reading: Reading, finding: Finding, rows: dict[tuple[str, str], Parsed]) -> None:
    """Refuse the row that the finding speaks of; where it is a stored one, those that caused it."""
    facts = finding.shown_by
    of_meter: dict[str, list[Parsed]] = {}
    for (number, _), parsed in rows.items():
        of_meter.setdefault(number, []).append(parsed)
    own = rows.get((facts["meter"], facts["since"]))
    named = (
        [own] if own else [*of_meter.get(facts["meter"], ()), *of_meter.get(facts["parent"], ())]
    )
    why, why_en = facts["reason"], facts["reason_en"]
    if facts["way"]:
        named = [parsed for number in facts["way"][1:] for parsed in of_meter.get(number, ())]
        lines = sorted({parsed.row.number for parsed in named})
        why += f"（第 {'、'.join(map(str, lines))} 行）"
        why_en += f" (rows {', '.join(map(str, lines))})"
    column = _COLUMN.get(finding.code, "parent")
    for parsed in named:
        reading.refuse(
            parsed.row, column, finding.code, (why, why_en),
            (facts["remedy"], facts["remedy_en"]), parsed.values[column] or facts["meter"],
        )  # fmt: skip
