"""``shuiheng plan board``: every target and task with its figure and verdict."""

from __future__ import annotations

from typing import Annotated

import typer

from shuiheng.cli.district import open_district, refuse_lookup
from shuiheng.cli.figures import amount, quality_words, verdict_words
from shuiheng.cli.terminal import HomeOption, JsonOption, console, emit_json, table
from shuiheng.core.board import Board, TargetRow, TaskRow, sentence


def board(
    on: Annotated[
        str | None, typer.Option("--on", metavar="DAY", help="The day asked about.")
    ] = None,
    plan: Annotated[
        str | None, typer.Option("--plan", help="Another plan than the home's.")
    ] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show how the district stands against its plan: targets, then the tasks of each group."""
    from shuiheng.cli.rules import parse_day

    day = parse_day(on) if on else None
    open_district(home)
    from shuiheng.mechanisms.assessment import queries

    with refuse_lookup():
        shown = queries.get_board(asked_by=None, on=day, plan=plan)
    if as_json:
        emit_json(shown.to_json())
    else:
        _print(shown)


def _print(shown: Board) -> None:
    demo = "  [yellow]演示数据[/]" if shown.demo else ""
    console.print(f"[bold]{shown.place_name} {shown.title}[/] {shown.document}  {shown.on}{demo}")
    zh, en = sentence(shown)
    console.print(zh)
    console.print(f"[dim]{en}[/]")
    targets = table("", "指标 target", "目标", "实测", "数据", "牵头", title="目标 Targets")
    for row in sorted(shown.targets, key=lambda row: row.verdict.order):
        targets.add_row(*_target(row))
    console.print(targets)
    for group in shown.groups:
        heading = f"({group.no}) {group.title}"
        rows = table("", "任务 task", "依据的数字或缺少的数据", "牵头", title=heading)
        for task in group.tasks:
            rows.add_row(*_task(task))
        console.print(rows)
    for row in shown.soft_targets:
        console.print(
            f"{verdict_words(row.verdict)} {row.due.year if row.due else ''} {row.title}",
            highlight=False,
        )
    example = shown.targets[0].figure.name if shown.targets else "FIGURE"
    console.print(f"下一步 next:查看任一数字的由来 / why a number is so:shuiheng explain {example}")


def _target(row: TargetRow) -> tuple[str, ...]:
    sense = {"at_most": "≤", "at_least": "≥", "equals": "="}.get(row.sense, "")
    wanted = row.wanted.value if not isinstance(row.wanted.value, str) else ""
    return (
        verdict_words(row.verdict),
        f"{row.title}\n[dim]{row.figure.name}[/]",
        f"{sense} {amount(wanted, row.wanted.unit)}\n{row.due.year if row.due else '常年'}",
        amount(row.figure.value, row.figure.unit),
        quality_words(row.figure.quality),
        "、".join(row.leads),
    )


def _task(task: TaskRow) -> tuple[str, ...]:
    lines = [f"{item.title} {amount(item.figure.value, item.figure.unit)}" for item in task.targets]
    for item in task.evidence:
        if item.figure.value is not None:
            shown = amount(item.figure.value, item.figure.unit)
            lines.append(f"{item.figure.title} {shown} {quality_words(item.figure.quality)}")
    lines += [f"[magenta]缺[/] {item.title}([dim]{item.held_by}[/])" for item in task.missing]
    return (
        f"{verdict_words(task.verdict)}",
        f"{task.no}. {task.title}",
        "\n".join(lines) or "—",
        "、".join(task.leads[:3]) + (" 等" if len(task.leads) > 3 else ""),
    )
