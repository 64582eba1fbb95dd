"""The shipped law can be read, sits where its name says, and cites documents that are described."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date
from pathlib import Path

from shuiheng.rules import Law, check_law

# The day the packs were last gone through; tests ask no clock.
READ_ON = date(2026, 11, 23)
# Clauses whose document nobody has described yet. The number may fall, never rise.
UNDESCRIBED = 0
NAME = re.compile(r"^name: (\S+)", re.MULTILINE)
# A plan's own structure, and its titles in English: no rules.
PLAN_FILES = {"plan", "english"}


def test_nothing_shipped_blocks() -> None:
    blocking = [f.text_en for f in check_law(Law.shipped(), today=READ_ON) if f.blocks]
    assert blocking == []


def test_every_rule_file_sits_where_its_name_says(root: Path) -> None:
    packs = root / "src/shuiheng/rules/packs"
    wrong = []
    for path in sorted(packs.glob("*/*/**/*.yaml")) + sorted(packs.glob("*/*/**/*.csv")):
        inside = path.relative_to(packs).with_suffix("").as_posix().split("/", 1)[1]
        if inside.startswith("documents/") or path.stem in PLAN_FILES:
            continue
        name = NAME.search(path.read_text(encoding="utf-8"))
        if name is None or name[1] != inside:
            wrong.append(f"{path.relative_to(packs)} holds {name and name[1]}")
    assert wrong == []


def test_every_clause_cites_a_described_document() -> None:
    law = Law.shipped()
    lost = Counter(
        entry.clause.document
        for rule in law.rules()
        for entry in rule.entries
        if law.document(entry.clause.document) is None
    )
    for document, count in lost.most_common(20):
        print(f"{count:4d}  {document}")  # noqa: T201 — shown when the test fails
    assert sum(lost.values()) <= UNDESCRIBED, "Describe the document in a pack's documents/ folder."


def test_every_rule_has_both_languages_and_a_clause() -> None:
    lacking = [
        rule.name
        for rule in Law.shipped().rules()
        if not (rule.title and rule.title_en and all(e.clause.document for e in rule.entries))
    ]
    assert lacking == []
