"""A parsed plan as a rules pack: plan.yaml and one file for each target."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from shuiheng.basics import Finding, Level
from shuiheng.core.plan_text.model import Plan, Target, Task, roles_json
from shuiheng.core.plan_text.numbers import dimension_of
from shuiheng.core.plan_text.vocabulary import Vocabulary

QUOTE = 60
_SENSE = {"<=": "at_most", ">=": "at_least", "=": "equals"}


def pack_of(
    plan: Plan,
    *,
    text: str,
    name: str,
    vocabulary: Vocabulary,
    checked: date,
    confidence: str = "A",
) -> tuple[dict[str, dict[str, Any]], list[Finding]]:
    """Return the files of a plan pack by name (without .yaml), and what stays open.

    Quotes are citations of at most 60 characters. A target that the dictionary of indicators does
    not know gets a numbered name and an empty ``measured_by``, and a finding says so.
    """
    files: dict[str, dict[str, Any]] = {"plan": _plan_file(plan, text=text, name=name)}
    findings: list[Finding] = []
    clause = plan.document.number or f"《{plan.document.title}》"
    titles = {one.code: one for one in vocabulary.indicators}
    for number, target in enumerate(plan.targets, start=1):
        if target.kind != "target":
            continue
        code = target.indicator or f"target_{number:02d}"
        if target.indicator and code in files:
            if _joins(files[code], target):
                _due(files[code], target, clause, plan)
                continue
            code = f"{code}_{number:02d}"
        known = titles.get(target.indicator or "")
        files[code] = _target_file(
            target, f"{name}/{code}", known.title if known else target.metric,
            known.title_en if known else "", plan, checked, confidence,
        )  # fmt: skip
        _due(files[code], target, clause, plan)
        if not target.measured_by:
            findings.append(
                Finding(
                    "plan.target_not_measured", Level.WARNS,
                    f"指标“{target.metric}”不在指标词典里，measured_by 留空，请补数值名称。",
                    f"The dictionary lacks “{target.metric}”; measured_by was left empty.",
                    {"file": f"{code}.yaml", "metric": target.metric, "task": target.task},
                )
            )  # fmt: skip
    return files, findings


def quote_of(text: str) -> str:
    """Return a citation: the text on one line, cut after 60 characters.

    >>> quote_of("全区用水总量控制在8.71亿立方米以内")
    '全区用水总量控制在8.71亿立方米以内'
    """
    plain = re.sub(r"\s+", "", text)
    return plain if len(plain) <= QUOTE else plain[: QUOTE - 1] + "…"


def _target_file(
    target: Target,
    full_name: str,
    title: str,
    title_en: str,
    plan: Plan,
    checked: date,
    confidence: str,
) -> dict[str, Any]:
    if target.task is not None:
        task = next(one for one in plan.tasks if one.no == target.task)
        leads = roles_json(task.units)["leads"] or roles_json(task.units)["responsible"]
        lead = "、".join(leads)
    else:
        units = tuple(unit for one in plan.goals for unit in one.units)
        lead = "、".join(roles_json(units)["leads"])
    data: dict[str, Any] = {
        "name": full_name,
        "title": title,
        "title_en": title_en,
        "unit": _unit(target),
        "sense": _SENSE[target.comparator],
    }
    if target.baseline_year:
        data["baseline_year"] = target.baseline_year
    if target.per:
        data["per"] = target.per
    data["due"] = {}
    data["measured_by"] = target.measured_by or ""
    if lead:
        data["lead"] = lead
    data["tasks"] = [target.task] if target.task is not None else []
    data["last_checked"] = checked
    data["confidence"] = confidence
    return data


def _due(data: dict[str, Any], target: Target, clause: str, plan: Plan) -> None:
    """Add the deadline to the file; a duty without one is ``undated`` and holds always."""
    value = target.value_si if data["unit"] in {"1", "ratio"} else target.value
    entry = {
        "value": f"{_plain(value):f}",
        "clause": f"{clause} {_article(target, plan)}".strip(),
        "quote": quote_of(target.text),
    }
    if target.deadline_year is not None:
        data["due"][date(target.deadline_year, 12, 31)] = entry
    else:
        since = {"since": plan.document.date} if plan.document.date else {}
        data["undated"] = {**since, **entry}
        data["note"] = "原文未写完成时限；按常年要求判定。"


def _unit(target: Target) -> str:
    """Return the unit in the file: shares are shares of one, coefficients plain ratios."""
    if dimension_of(target.unit) != "share":
        return target.unit
    return "ratio" if "系数" in target.metric else "1"


def _plain(value: Decimal) -> Decimal:
    return value.quantize(Decimal(1)) if value == value.to_integral_value() else value.normalize()


def _joins(data: Mapping[str, Any], target: Target) -> bool:
    """Return whether a target is another deadline of the same file."""
    if target.deadline_year is None:
        return False
    day = date(target.deadline_year, 12, 31)
    same_unit = data["unit"] == _unit(target)
    same = data["sense"] == _SENSE[target.comparator] and same_unit
    return same and day not in data["due"] and data.get("baseline_year") == target.baseline_year


def _article(target: Target, plan: Plan) -> str:
    if target.task is None:
        return {"goals": "主要目标", "safeguard": "保障措施"}.get(target.place, "")
    task = next(one for one in plan.tasks if one.no == target.task)
    group = next((one for one in plan.groups if one.no == task.group), None)
    return f"{group.label if group else ''}{task.label}".replace("(", "（").replace(")", "）")


def _plan_file(plan: Plan, *, text: str, name: str) -> dict[str, Any]:
    """Return plan.yaml: the structure of the plan with short quotes, never whole paragraphs."""
    head = plan.document.to_json()
    mechanisms: dict[int, list[str]] = {}
    for tie in plan.mechanisms:
        mechanisms.setdefault(tie.task, []).append(tie.name)

    def item(task: Task) -> dict[str, Any]:
        roles = roles_json(task.units)
        body = text[slice(*task.text_span)]
        said = body[body.find(task.title) + len(task.title) :] if task.title else body
        data: dict[str, Any] = {"no": task.no, "title": task.title}
        if task.group is not None:
            data = {"no": task.no, "group": task.group, "title": task.title}
        data |= {key: value for key, value in roles.items() if value}
        upper = list(dict.fromkeys(assist.name for assist in task.assists))
        if upper:
            data["assists_upper_level"] = upper
        first = re.split(r"[。；;\n]", said.lstrip("。：: \n\t"), maxsplit=1)[0]
        data["quote"] = quote_of(first or task.title)
        return data

    goals = tuple(unit for one in plan.goals for unit in one.units)
    return {
        "name": name,
        "document": {key: value for key, value in head.items() if value},
        "groups": [
            {"no": group.no, "title": group.title, "tasks": list(group.tasks)}
            for group in plan.groups
        ],
        "goals": {key: value for key, value in roles_json(goals).items() if value},
        "tasks": [{**item(task), "mechanisms": mechanisms.get(task.no, [])} for task in plan.tasks],
        "safeguards": [item(task) for task in plan.safeguards],
        "units": [
            {key: value for key, value in unit.to_json().items() if value} for unit in plan.units
        ],
        "soft_targets": [
            {
                "quote": quote_of(soft.text),
                "deadline_year": soft.deadline_year,
                "direction": soft.direction,
                **({"task": soft.task} if soft.task is not None else {}),
                **({"benchmark": soft.benchmark} if soft.benchmark else {}),
            }
            for soft in plan.soft_targets
        ],
        "numeric_entries": [
            {
                "kind": target.kind,
                "metric": quote_of(target.metric),
                "value": f"{_plain(target.value):f}",
                "unit": target.unit,
                "comparator": target.comparator,
                **({"per": target.per} if target.per else {}),
                **({"task": target.task} if target.task is not None else {}),
                **({"indicator": target.indicator} if target.indicator else {}),
                "quote": quote_of(target.text),
            }
            for target in plan.targets
        ],
    }
