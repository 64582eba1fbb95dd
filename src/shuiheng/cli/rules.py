"""``shuiheng rules``: the law in force on a day, in a place."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import typer

from shuiheng.basics import SHANGHAI, Cited, Finding
from shuiheng.cli.terminal import HomeOption, JsonOption, Refusal, console, emit_json, table
from shuiheng.rules import Law, NotInForce, Rule, UnknownRule, check_law

app = typer.Typer(
    help="Look up and check the law in force on a day, in a place.", no_args_is_help=True
)

# A table wider than this many columns, or with longer cells, is read better row by row.
_COLUMNS, _CELL = 6, 20

PlaceOption = Annotated[str, typer.Option("--place", metavar="CODE", help="Place code, as 320411.")]
DayOption = Annotated[
    str | None, typer.Option("--on", metavar="DAY", help="The day asked about (default today).")
]
OverlayOption = Annotated[
    list[Path] | None,
    typer.Option("--rules", metavar="DIR", help="A rules folder laid over the shipped packs."),
]


def load_law(overlays: list[Path] | None, home: Path | None) -> Law:
    """Return the shipped law with the home's and the given folders over it."""
    folders = [home / "rules"] if home and (home / "rules").is_dir() else []
    try:
        return Law.load(*folders, *(overlays or [])) if folders or overlays else Law.shipped()
    except FileNotFoundError as missing:
        raise Refusal(str(missing)) from missing


def parse_day(text: str | None) -> date:
    """Return the day in ``text``, or today in Shanghai."""
    if text is None:
        return datetime.now(UTC).astimezone(SHANGHAI).date()
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Refusal(f"--on: {text!r} is not a day. Write it as 2020-05-19.") from None


@app.command("show")
def show(
    name: Annotated[
        str, typer.Argument(help="The rule's name, as key_users/annual_use_threshold.")
    ],
    on: DayOption = None,
    place: PlaceOption = "320411",
    rules: OverlayOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show a value with its clause, the day it holds from, who set it, and how sure we are."""
    day, law = parse_day(on), load_law(rules, home)
    try:
        cited = law.as_of(name, on=day, place=place)
        rule = law.rule(name, place=cited.place)
    except (UnknownRule, NotInForce, ValueError) as wrong:
        raise Refusal(str(wrong)) from wrong
    if as_json:
        emit_json({"asked": {"name": name, "on": day, "place": place}} | as_plain(cited, rule))
        return
    console.print(f"[bold]{rule.title}[/]  {rule.title_en}", highlight=False)
    _print_value(cited)
    until = f" 至 {cited.until}" if cited.until else ""
    console.print(f"  适用 in force   自 {cited.since}{until}")
    console.print(f"  制定 set by     {law.place_name(cited.place)} ({cited.place})")
    console.print(f"  依据 clause     {cited.clause}", highlight=False)
    if cited.clause.quote:
        console.print(f"  原文 quote      「{cited.clause.quote}」", highlight=False)
    sure = (
        "可作依据 may decide"
        if cited.decides
        else "未核实，不作决定依据 unverified, decides nothing"
    )
    console.print(f"  可信度 sure     {cited.confidence.value} ({sure})", highlight=False)
    if rule.note:
        console.print(f"  说明 note       {rule.note}", highlight=False)
    others = [other for other in rule.history() if other.since != cited.since]
    for other in others:
        console.print(
            f"  另有 also       {other.since}: {_short(other)} [{other.clause}]", markup=False
        )


@app.command("list")
def list_rules(
    words: Annotated[list[str] | None, typer.Argument(help="Words that must occur.")] = None,
    place: Annotated[
        str | None, typer.Option("--place", help="Only what reaches this place.")
    ] = None,
    mechanism: Annotated[
        str | None, typer.Option("--mechanism", help="Only this mechanism.")
    ] = None,
    task: Annotated[int | None, typer.Option("--task", help="Only what serves this task.")] = None,
    rules: OverlayOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """List rules; words search names, titles, clauses, quotes and notes."""
    law = load_law(rules, home)
    found = law.search(" ".join(words)) if words else law.rules(place=place)
    chosen = [
        rule
        for rule in found
        if (mechanism is None or rule.mechanism == mechanism)
        and (task is None or task in rule.tasks)
    ]
    if as_json:
        emit_json([as_plain(rule.history()[-1], rule) for rule in chosen])
        return
    shown = table("规则 rule", "地区", "取值 value", "可信度", "依据 clause")
    for rule in chosen:
        latest = rule.history()[-1]
        shown.add_row(
            f"{rule.name}\n{rule.title}", rule.place, _short(latest),
            latest.confidence.value, str(latest.clause),
        )  # fmt: skip
    console.print(shown)
    console.print(
        f"{len(chosen)} 条。查看一条:shuiheng rules show NAME --on 2020-06-01 --place 320411"
    )


@app.command("check")
def check(
    rules: OverlayOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Report holes, overlaps, unreadable, stale and unverified entries; exit 1 if any blocks."""
    law = load_law(rules, home)
    findings = check_law(law, today=parse_day(None))
    if as_json:
        emit_json([finding.to_json() for finding in findings])
    else:
        _print_findings(findings, len(law.rules()))
    if any(finding.blocks for finding in findings):
        raise typer.Exit(1)


def as_plain(cited: Cited, rule: Rule) -> dict[str, Any]:
    """Return a cited value as plain values for JSON."""
    return {
        "name": cited.name,
        "title": rule.title,
        "title_en": rule.title_en,
        "type": rule.kind,
        "value": cited.value,
        "exact": f"{cited.value:f}" if isinstance(cited.value, Decimal) else None,
        "unit": cited.unit,
        "comparison": rule.comparison or None,
        "since": cited.since,
        "until": cited.until,
        "document": cited.clause.document,
        "article": cited.clause.article,
        "clause": str(cited.clause),
        "quote": cited.clause.quote,
        "place": cited.place,
        "confidence": cited.confidence.value,
        "decides": cited.decides,
        "last_checked": cited.last_checked,
        "mechanism": rule.mechanism,
        "tasks": list(rule.tasks),
        "note": rule.note,
    }


def plain_value(value: Decimal, unit: str) -> str:
    """Return a value of law in full, shares as percent with the exact share beside them.

    >>> plain_value(Decimal("0.10"), "1"), plain_value(Decimal("200000"), "m3/year")
    ('10 % (0.10)', '200000 m3/year')
    """
    if unit == "1" and abs(value) <= 1:
        return f"{(value * 100).normalize():f} % ({value:f})"
    return f"{value:f} {unit}" if unit != "1" else f"{value:f}"


def _short(cited: Cited) -> str:
    if isinstance(cited.value, Decimal):
        return plain_value(cited.value, cited.unit)
    if isinstance(cited.value, list):
        return f"{len(cited.value)} 行/档"
    return str(cited.value)[:40]


def _print_value(cited: Cited) -> None:
    value = cited.value
    if isinstance(value, list) and value and all(isinstance(row, dict) for row in value):
        _print_rows(value)
    elif isinstance(value, Decimal):
        console.print(
            f"  取值 value      [bold]{plain_value(value, cited.unit)}[/]", highlight=False
        )
    else:
        console.print("  取值 value     ", value)


def _print_rows(value: list[dict[str, Any]]) -> None:
    """Print a small table as a table, a wide one as a block of lines per row."""
    keys = list(dict.fromkeys(key for row in value for key in row))
    longest = max(len(str(cell)) for row in value for cell in row.values())
    if len(keys) <= _COLUMNS and longest <= _CELL * 2:
        shown = table(*keys)
        for row in value:
            shown.add_row(*(str(row.get(key, "")) for key in keys))
        console.print(shown)
        return
    for number, row in enumerate(value, start=1):
        console.rule(f"{number}", align="left", style="dim")
        for key in keys:
            if row.get(key) not in (None, ""):
                console.print(f"  [dim]{key:<14}[/] {row[key]}", highlight=False)


def _print_findings(findings: list[Finding], rules: int) -> None:
    counts = Counter((finding.level.value, finding.code) for finding in findings)
    shown = table("级别 level", "代码 code", "数量", "例 example")
    for (level, code), count in sorted(counts.items()):
        example = next(f for f in findings if f.code == code)
        shown.add_row(level, code, str(count), example.text)
    console.print(shown)
    blocking = sum(finding.blocks for finding in findings)
    console.print(f"{rules} 条规则，{len(findings)} 项提示，其中 {blocking} 项阻断。")
