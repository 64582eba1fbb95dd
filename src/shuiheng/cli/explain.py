"""``shuiheng explain``: the tree under a figure, down to readings and clauses."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer
from rich.tree import Tree

from shuiheng.basics import Node
from shuiheng.cli.district import open_district, refuse_lookup
from shuiheng.cli.figures import amount, quality_words
from shuiheng.cli.terminal import HomeOption, JsonOption, console, emit_json

app = typer.Typer(add_completion=False)


@app.command()
def explain(
    figure: Annotated[
        str, typer.Argument(help="A figure or target, as leakage/comprehensive_rate.")
    ],
    on: Annotated[
        str | None, typer.Option("--on", metavar="DAY", help="The day asked about.")
    ] = None,
    depth: Annotated[int, typer.Option("--depth", help="How many levels to print.")] = 6,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the tree under a figure: inputs, formula, readings, and the clause behind each."""
    from shuiheng.cli.rules import parse_day

    day: date | None = parse_day(on) if on else None
    open_district(home)
    from shuiheng.mechanisms.assessment import queries

    with refuse_lookup():
        node = queries.get_figure(figure, asked_by=None, on=day).explain()
    if as_json:
        emit_json(node.to_json())
        return
    tree = Tree(_line(node), guide_style="dim")
    _grow(tree, node, depth)
    console.print(tree, soft_wrap=False)
    readings = sum(
        len(child.facts.get("meters") or ()) for child in node.walk() if child.kind == "readings"
    )
    if readings:
        console.print(
            "读数:shuiheng readings totals --meter METER --by day  / the readings behind it"
        )


def _grow(tree: Tree, node: Node, depth: int) -> None:
    if depth <= 1 and node.children:
        tree.add(f"[dim]… {len(node.children)} 项（--depth 查看 / more with --depth）[/]")
        return
    for child in node.children:
        _grow(tree.add(_line(child)), child, depth - 1)


def _line(node: Node) -> str:
    kinds = {
        "figure": "算", "cited": "法", "readings": "读数", "declared": "申报", "missing": "缺",
    }  # fmt: skip
    kind = kinds[node.kind]
    if node.kind == "declared" and node.facts.get("estimated"):
        kind = "估算"
    words = [f"[bold]{node.title}[/] [dim]{kind}[/]"]
    if node.value is not None:
        words.append(amount(node.value, node.unit))
    if node.method:
        words.append(f"[cyan]{node.method}[/]")
    if node.period:
        words.append(f"[dim]{node.period}[/]")
    if node.quality is not None and node.kind != "missing":
        words.append(quality_words(node.quality))
    lines = ["  ".join(words)]
    if node.formula and node.kind == "figure":
        lines.append(f"[dim]= {node.formula}[/]")
    if node.clause is not None:
        lines.append(f"[dim]依据 {node.clause}[/]")
    if node.kind == "missing":
        lines.append(f"[yellow]由 {node.facts['held_by']} 掌握[/] {node.note}")
    if node.kind == "readings":
        meters = node.facts["meters"]
        names = "、".join(meters[:4]) + (" …" if node.facts["meter_count"] > 4 else "")
        lines.append(f"[dim]{node.facts['meter_count']} 只水表：{names}[/]")
    if node.kind == "declared":
        lines.append(f"[dim]{node.facts['by']} {node.facts['on']}[/]")
    return "\n".join(lines)
