"""A parsed plan on the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.markup import escape

from shuiheng.basics import Finding, Level
from shuiheng.cli.terminal import console, table
from shuiheng.core.plan_text import (
    DocumentText,
    Plan,
    Target,
    Task,
    Vocabulary,
    roles_json,
    units_of,
)

_LEVELS = {"blocks": "[red]✗ 阻止[/]", "warns": "[yellow]! 提醒[/]", "informs": "[dim]· 说明[/]"}
_SIGNS = {"<=": "≤", ">=": "≥", "=": "="}
_KINDS = {"target": "目标", "threshold": "门槛", "level": "等级"}


def print_plan(plan: Plan, read: DocumentText, name: str) -> None:
    """Print the summary of a plan: head, tasks with their units, numbers, findings."""
    head = plan.document
    console.print(f"[bold]{escape(head.title or name)}[/]  {escape(head.number)}")
    issued = head.date.isoformat() if head.date else ""
    console.print(f"[dim]{escape(head.issuer)}  {issued}  {read.format} {read.encoding}[/]")
    if head.based_on:
        console.print("依据：" + "、".join(f"《{escape(title)}》" for title in head.based_on))
    departments = sum(not unit.collective for unit in plan.units)
    console.print(
        f"{len(plan.groups)} 组 groups · {len(plan.tasks)} 项任务 tasks · "
        f"{len(plan.safeguards)} 项保障 safeguards · {len(plan.clauses)} 处责任条款 clauses · "
        f"{departments} 个部门 departments · {len(plan.targets)} 个数字 numbers"
    )
    if plan.tasks:
        console.print(_tasks(plan, plan.tasks, "任务 Tasks"))
    if plan.safeguards:
        console.print(_tasks(plan, plan.safeguards, "保障措施 Safeguards"))
    if plan.targets:
        console.print(_numbers(plan.targets))
    if plan.soft_targets:
        soft = table("年 year", "任务", "未写数字的目标", title="定性目标 Targets without a number")
        for one in plan.soft_targets:
            soft.add_row(str(one.deadline_year), str(one.task or ""), escape(one.text))
        console.print(soft)
    findings = [*read.findings, *(noticed.finding for noticed in plan.findings)]
    _print_findings(findings)
    console.print(
        "[dim]下一步：shuiheng plan adopt FILE --place CODE --name plan_YYYY --into DIR[/]"
    )


def _tasks(plan: Plan, tasks: Sequence[Task], title: str) -> Any:
    shown = table("", "任务 task", "牵头 leads", "参与、负责 others", title=title)
    group = None
    titles = {one.no: one.title for one in plan.groups}
    for task in tasks:
        if task.group is not None and task.group != group:
            group = task.group
            shown.add_row("", f"[bold]{escape(titles.get(group, ''))}[/]", "", "")
        roles = roles_json(task.units)
        others = [*roles["responsible"], *roles["participants"], *roles["guides"]]
        name = task.title or plan_words(task)
        shown.add_row(
            str(task.no), escape(name), escape("、".join(roles["leads"])), escape("、".join(others))
        )
    return shown


def plan_words(task: Task) -> str:
    """Return what stands for the title of a task that has none: its number as written."""
    return f"{task.label}（无标题）"


def _numbers(targets: Sequence[Target]) -> Any:
    shown = table("", "任务", "指标 metric", "值 value", "期限 due", title="数字 Numbers")
    for target in targets:
        upto = f"—{target.upto:f}" if target.upto is not None else ""
        base = f"（比{target.baseline_year}年）" if target.baseline_year else ""
        shown.add_row(
            _KINDS[target.kind],
            str(target.task or ""),
            escape(target.metric) + base,
            f"{_SIGNS[target.comparator]} {target.value:f}{upto} {escape(target.unit)}",
            str(target.deadline_year or ("每年" if target.per == "year" else "")),
        )
    return shown


def _print_findings(findings: Sequence[Finding]) -> None:
    if not findings:
        console.print("没有发现疑问。No findings.")
        return
    shown = table("", "发现 findings")
    order = {"blocks": 0, "warns": 1, "informs": 2}
    for finding in sorted(findings, key=lambda one: order[one.level.value])[:40]:
        shown.add_row(_LEVELS[finding.level.value], escape(finding.text))
    console.print(shown)
    if len(findings) > 40:
        console.print(f"[dim]另有 {len(findings) - 40} 条，见 --json。[/]")


def units_json(text: str, vocabulary: Vocabulary) -> dict[str, Any]:
    """Return the public JSON of one responsibility string."""
    clause = units_of(text, vocabulary.spellings)
    units = clause.units if clause else ()
    findings: list[Finding] = []
    if clause is None:
        findings.append(
            Finding(
                "plan.no_clause", Level.INFORMS,
                "这段文字不是责任条款，没有读出单位。",
                "This text is no responsibility clause; no unit was read.",
            )
        )  # fmt: skip
    elif clause.unread:
        findings.append(
            Finding(
                "plan.clause_unread", Level.WARNS,
                f"有读不懂的部分：{'、'.join(clause.unread)}。",
                "Part of the clause could not be read.", {"unread": list(clause.unread)},
            )
        )  # fmt: skip
    return {
        **roles_json(units),
        "units": [unit.to_json() for unit in units],
        "findings": [finding.to_json() for finding in findings],
    }


def print_units(plain: Mapping[str, Any]) -> None:
    """Print the units of one responsibility string by role."""
    names = {
        "leads": "牵头 leads", "participants": "参与 participants",
        "responsible": "负责 responsible",
        "guides": "指导 guides", "collectives": "集合单位 collectives",
    }  # fmt: skip
    for key, title in names.items():
        if plain[key]:
            console.print(f"{title}：{escape('、'.join(plain[key]))}")
    for finding in plain["findings"]:
        console.print(f"{_LEVELS[finding['level']]} {escape(finding['text'])}")


def print_adopted(plan: Plan, folder: Path, findings: Sequence[Finding]) -> None:
    """Print where a pack was written and what stays open."""
    count = sum(target.kind == "target" for target in plan.targets)
    console.print(
        f"写入 {folder}：plan.yaml，{len(plan.tasks)} 项任务，{count} 个目标。"
        f"(Wrote {len(plan.tasks)} tasks and {count} targets.)"
    )
    _print_findings([*findings, *(noticed.finding for noticed in plan.findings)])
    console.print(f"[dim]下一步：shuiheng rules check --rules {folder.parent.parent}[/]")
