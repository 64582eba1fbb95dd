"""Project-written plans of many styles, each against what a careful reader finds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from shuiheng.core.plan_text import Vocabulary, parse_plan

CASES = Path(__file__).parent / "cases"
NAMES = sorted(path.stem for path in CASES.glob("*.txt"))
ROLES = ("leads", "participants", "responsible", "guides", "collectives")


def _items(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            "no": item["no"],
            "title": item["title"],
            **{role: item[role] for role in ROLES if item[role]},
        }
        for item in found
    ]


@pytest.mark.parametrize("name", NAMES)
def test_case(name: str) -> None:
    text = (CASES / f"{name}.txt").read_text(encoding="utf-8")
    wanted = yaml.safe_load((CASES / f"{name}.yaml").read_text(encoding="utf-8"))
    plan = parse_plan(text, Vocabulary.shipped()).to_json()
    assert _items(plan["tasks"]) == wanted["tasks"]
    assert _items(plan["safeguards"]) == wanted["safeguards"]
    assert [[group["title"], *group["tasks"]] for group in plan["groups"]] == wanted["groups"]
    keys = ("kind", "task", "metric", "value", "unit", "comparator", "baseline_year")
    targets = [[target[key] for key in (*keys, "deadline_year")] for target in plan["targets"]]
    assert [[*row[:3], float(row[3]), *row[4:]] for row in targets] == wanted["targets"]
    soft = [[one["deadline_year"], one["direction"], one["text"]] for one in plan["soft_targets"]]
    assert soft == wanted["soft_targets"]
    for key, value in wanted["document"].items():
        assert plan["document"][key] == value
    for unit in plan["units"]:
        assert unit["name"] in text or any(alias in text for alias in unit["aliases"])


def test_there_are_at_least_twelve_styles() -> None:
    assert len(NAMES) >= 12
