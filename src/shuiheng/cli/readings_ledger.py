"""``shuiheng readings verify | ledger | prove | check-proof``: nothing altered unnoticed."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from shuiheng.basics import SHANGHAI, Finding
from shuiheng.cli.readings_lake import SHOWN, bar, day_of, existing, instant_of, open_lake
from shuiheng.cli.terminal import HomeOption, JsonOption, Refusal, console, emit_json, table
from shuiheng.store import Lake, LakeBusy, LakeFailed
from shuiheng.store.ledger import (
    Day,
    NoProof,
    ProofFails,
    Verified,
    as_text,
    check_proof,
    published_findings,
)

app = typer.Typer()

OutOption = Annotated[
    Path | None, typer.Option("--out", metavar="FILE", help="Write the JSON document there.")
]


@app.command("verify")
def verify(
    day: Annotated[
        str | None,
        typer.Option("--day", metavar="DAY", help="Only what was received on this day."),
    ] = None,
    published: Annotated[
        Path | None,
        typer.Option("--published", metavar="FILE", help="Compare with a chain you published."),
    ] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Compare readings, edits, frames and seals with what was sealed. Exit 1: altered."""
    only = day_of("--day", day) if day else None
    chain = _published(published) if published else None
    existing(home)
    with open_lake(home, read_only=True) as lake, bar("核验 verify", as_json) as tell:
        result = lake.verify(only, tell)
    found = list(result.findings)
    if chain is not None:
        found += published_findings(chain, result.days)
    closed = [] if found else _close_past(home, result)
    if as_json:
        said = {**result.to_json(), "altered": bool(found)}
        said["findings"] = [one.to_json() for one in found]
        said["closed_now"] = [one.day.isoformat() for one in closed]
        emit_json(said)
    else:
        _say(result, found, closed)
    if found:
        raise typer.Exit(1)


def _close_past(home: Path | None, result: Verified) -> list[Day]:
    """Close past days after a good verification, where the lake can be written."""
    today = datetime.now(SHANGHAI).date()
    if not any(open_ < today for open_ in result.open_days):
        return []
    try:
        with open_lake(home, read_only=False) as lake:
            return lake.close_days()
    except Refusal as wrong:
        if isinstance(wrong.__cause__, LakeBusy | LakeFailed | OSError):
            return []  # another process writes, or the folder is read-only: a later write closes
        raise


def _say(result: Verified, found: list[Finding], closed: list[Day]) -> None:
    for one in found[:SHOWN]:
        console.print(f"[red]●[/] [dim]{one.code}[/] {one.text}", highlight=False)
        where = one.shown_by.get("file")
        there = f" [{where}]" if where and not one.code.startswith("ledger.file_") else ""
        console.print(f"  [dim]{one.text_en}{there}[/]", highlight=False, markup=True)
    if len(found) > SHOWN:
        console.print(f"… 共 {len(found):,} 条，--json 给出全部 --json gives all", highlight=False)
    for day in closed:
        console.print(f"[green]✓[/] {day.day} 已封日 closed: {day.chain.hex()}", highlight=False)
    days = len(result.days) + len(closed)
    sign = "[red]✗[/] 有改动 altered" if found else "[green]✓[/] 无改动 nothing altered"
    console.print(
        f"{sign}：{result.readings:,} 条读数 readings, {result.seals:,} 份封存 seals, "
        f"{days:,} 个已封日 closed days, {result.seconds:.1f} s.",
        highlight=False,
    )


@app.command("ledger")
def ledger(
    out: OutOption = None,
    close: Annotated[
        bool, typer.Option("--close", help="Close the past days that are still open first.")
    ] = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the chain of closed days, for publishing."""
    existing(home)
    with open_lake(home, read_only=not close) as lake:
        if close:
            lake.close_days()
        days = lake.ledger()
    document = {"format": "shuiheng-chain-1", "days": [_day_json(day) for day in days]}
    if out is not None:
        _write(out, json.dumps(document, ensure_ascii=False, indent=1) + "\n")
    if as_json:
        emit_json(document)
        return
    grid = table("日 day", "封存 seals", "算法 digest", "链值 chain")
    for day in days[-SHOWN:]:
        grid.add_row(day.day.isoformat(), f"{day.seals:,}", day.algorithm, day.chain.hex())
    console.print(grid)
    more = f"，以上为最近 {SHOWN} 日 the last {SHOWN} are shown" if len(days) > SHOWN else ""
    console.print(f"{len(days):,} 个已封日 closed days{more}", highlight=False)
    if out is not None:
        console.print(f"[green]✓[/] {out}", highlight=False)


def _day_json(day: Day) -> dict[str, Any]:
    return {
        "day": day.day.isoformat(), "seals": day.seals, "root": day.root.hex(),
        "previous": day.previous.hex(), "chain": day.chain.hex(), "algorithm": day.algorithm,
        "closed_at": day.closed_at.replace(tzinfo=UTC).isoformat(),
    }  # fmt: skip


def _published(file: Path) -> list[dict[str, str]]:
    """Return the days of a chain that was written with ``ledger --out``."""
    try:
        said = json.loads(file.read_text(encoding="utf-8"))
        days = said["days"]
        return [{name: str(day[name]) for name in ("day", "root", "chain")} for day in days]
    except OSError as wrong:
        raise Refusal(f"--published: {file} cannot be read: {wrong.strerror}.") from wrong
    except (ValueError, KeyError, TypeError) as wrong:
        raise Refusal(
            f"--published: {file} is no chain of days. Give a file that "
            "`shuiheng readings ledger --out FILE` has written."
        ) from wrong


@app.command("prove")
def prove(
    meter: Annotated[str, typer.Argument(help="The meter's number.")],
    at: Annotated[
        str, typer.Argument(metavar="INSTANT", help="As '2024-01-31 08:00' (Shanghai time).")
    ],
    out: OutOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write the proof that a reading was sealed on a closed day; anybody can check it."""
    moment = instant_of(at)
    existing(home)
    with open_lake(home, read_only=True) as lake:
        proof = _proof(lake, meter, moment)
    if out is not None:
        _write(out, as_text(proof))
    if as_json or out is None:
        emit_json(proof)
        return
    console.print(
        f"[green]✓[/] {out}：{meter} {at} = {proof['value_l']:,} L，{proof['day']} 收到并封存 "
        f"received and sealed.\n  核对 check: shuiheng readings check-proof {out} "
        f"--root {proof['chain']}",
        highlight=False,
    )


def _proof(lake: Lake, meter: str, at: datetime) -> dict[str, Any]:
    try:
        return lake.prove(meter, at)
    except NoProof as wrong:
        raise Refusal(str(wrong)) from wrong


@app.command("check-proof")
def check(
    proof: Annotated[Path, typer.Argument(metavar="FILE", help="A proof as `prove` writes it.")],
    root: Annotated[
        str, typer.Option("--root", metavar="HEX", help="The published chain value of the day.")
    ],
    as_json: JsonOption = False,
) -> None:
    """Check a proof against the published value of its day. Exit 1: it does not hold."""
    try:
        text = proof.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as wrong:
        raise Refusal(f"{proof} cannot be read: {wrong}.") from wrong
    try:
        said = check_proof(text, root)
    except ProofFails as wrong:
        if as_json:
            emit_json({"holds": False, "reason": str(wrong)})
        else:
            console.print(f"[red]✗[/] 证明不成立 the proof does not hold: {wrong}", highlight=False)
        raise typer.Exit(1) from wrong
    shown = {name: said[name] for name in ("meter", "at", "value_l", "day", "root", "chain")}
    if as_json:
        emit_json({"holds": True, **shown})
        return
    at = datetime.fromisoformat(said["at"]).astimezone(SHANGHAI)
    console.print(
        f"[green]✓[/] 证明成立 the proof holds: 水表 meter {said['meter']}, "
        f"{at:%Y-%m-%d %H:%M:%S}, {said['value_l']:,} L; {said['day']} 收到 received.",
        highlight=False,
    )
    if root.strip().lower() != said["chain"]:
        console.print("  [yellow]![/] 只有链值能证明日期，日根不能 only the chain value binds the "
                      "day, its root does not.", highlight=False)  # fmt: skip


def _write(out: Path, text: str) -> None:
    half = out.with_name(out.name + ".part")
    try:
        half.write_bytes(text.encode())
        half.replace(out)
    except OSError as wrong:
        raise Refusal(f"{out} cannot be written: {wrong.strerror}. Name another file.") from wrong
