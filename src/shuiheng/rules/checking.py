"""What `shuiheng rules check` reports about loaded packs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from shuiheng.basics import Finding, Level
from shuiheng.rules.law import Law
from shuiheng.rules.rule import Rule

_A_YEAR = timedelta(days=365)


def check_law(law: Law, *, today: date) -> list[Finding]:
    """Return what is wrong or worth a look: unreadable, holes, overlaps, stale, unverified."""
    found = [
        Finding(
            "rules.unreadable", Level.BLOCKS,
            f"规则文件 {wrong.file} 无法读取({wrong.key}):请按 rules/README.md 的格式更正。",
            f"The rule file cannot be read. {wrong}",
            {"file": wrong.file, "key": wrong.key},
        )
        for wrong in law.problems
    ]  # fmt: skip
    for rule in law.rules():
        found.extend(_of_rule(law, rule, today))
    for target in law.targets():
        if target.measured_by == "":
            found.append(
                Finding(
                    "rules.target_unmeasured", Level.WARNS,
                    f"指标「{target.title}」没有注明由哪个算式计量(measured_by)。",
                    f"The target {target.name} names no figure that measures it (measured_by).",
                    {"target": target.name},
                )
            )  # fmt: skip
    order = {Level.BLOCKS: 0, Level.WARNS: 1, Level.INFORMS: 2}
    return sorted(found, key=lambda finding: order[finding.level])


def _of_rule(law: Law, rule: Rule, today: date) -> Iterator[Finding]:
    facts = {"rule": rule.name, "place": rule.place, "file": rule.origin}
    expected = rule.origin.split("/", 1)[-1].rsplit(".", 1)[0]
    if rule.origin and expected != rule.name:
        yield Finding(
            "rules.misplaced", Level.BLOCKS,
            f"文件 {rule.origin} 与规则名 {rule.name} 不一致。",
            f"The file {rule.origin} holds the rule {rule.name}; the path must equal the name.",
            facts,
        )  # fmt: skip
    for earlier, later in zip(rule.entries, rule.entries[1:], strict=False):
        if earlier.until is not None and earlier.until >= later.since:
            yield Finding(
                "rules.overlap", Level.BLOCKS,
                f"{rule.title}:{earlier.since} 起的取值截至 {earlier.until},"
                f"与 {later.since} 起的取值重叠。",
                f"{rule.name}: the value of {earlier.since} runs to {earlier.until} and overlaps "
                f"the one of {later.since}.",
                facts,
            )  # fmt: skip
        elif earlier.until is not None and earlier.until + timedelta(days=1) < later.since:
            yield Finding(
                "rules.hole", Level.WARNS,
                f"{rule.title}:{earlier.until} 之后至 {later.since} 之前没有取值。",
                f"{rule.name} has no value between {earlier.until} and {later.since}.",
                facts,
            )  # fmt: skip
    if rule.last_checked is None or today - rule.last_checked > _A_YEAR:
        yield Finding(
            "rules.stale", Level.WARNS,
            f"{rule.title}:上次核对 {rule.last_checked or '无记录'},已超过一年。",
            f"{rule.name} was last checked {rule.last_checked or 'never'}, more than a year ago.",
            facts,
        )  # fmt: skip
    for entry in rule.entries:
        if law.document(entry.clause.document) is None:
            yield Finding(
                "rules.unknown_document", Level.WARNS,
                f"{rule.title}:所引文件「{entry.clause.document}」未在文件目录中登记。",
                f"{rule.name} cites {entry.clause.document}, which no document file describes.",
                {**facts, "document": entry.clause.document},
            )  # fmt: skip
    if any(not entry.confidence.decides for entry in rule.entries):
        yield Finding(
            "rules.unverified", Level.INFORMS,
            f"{rule.title}:未核实，只作展示，不作决定依据。",
            f"{rule.name} is not verified: it is shown and decides nothing.",
            facts,
        )  # fmt: skip
