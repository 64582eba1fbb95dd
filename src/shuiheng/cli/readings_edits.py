"""``shuiheng readings edit | edits``: what a person says about readings."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from shuiheng.basics import SHANGHAI
from shuiheng.cli.readings_lake import (
    MeterOption,
    existing,
    instant_of,
    known,
    open_lake,
    shown_start,
)
from shuiheng.cli.terminal import HomeOption, JsonOption, Refusal, console, emit_json, table
from shuiheng.store import Lake
from shuiheng.store.edits import EditValues

app = typer.Typer()

ACTIONS = {
    "correct": "更正 corrected", "add": "补录 added", "reject": "不采用 rejected",
    "accept": "确认 accepted", "scale": "比例 scale", "withdraw": "撤回 withdrawn",
}  # fmt: skip


@app.command("edit")
def edit(
    meter: Annotated[str, typer.Argument(help="The meter's number.")],
    instant: Annotated[
        str, typer.Argument(metavar="[INSTANT]", help="As '2024-01-31 08:00', Shanghai time.")
    ] = "",
    correct: Annotated[
        int | None, typer.Option("--correct", metavar="LITRES", help="The right reading.")
    ] = None,
    reject: Annotated[bool, typer.Option("--reject", help="Leave the reading out.")] = False,
    accept: Annotated[
        bool, typer.Option("--accept", help="The reading is true, though unlikely.")
    ] = False,
    add: Annotated[
        int | None, typer.Option("--add", metavar="LITRES", help="Enter a reading.")
    ] = None,
    scale: Annotated[
        str | None,
        typer.Option(
            "--scale", metavar="N/D", help="From then on a litre of the register is N/D litres."
        ),
    ] = None,
    withdraw: Annotated[
        int | None, typer.Option("--withdraw", metavar="EDIT", help="Undo an edit.")
    ] = None,
    old: Annotated[
        int | None,
        typer.Option("--old", metavar="LITRES", help="Which reading, where there are several."),
    ] = None,
    author: Annotated[str, typer.Option("--author", help="Who makes the edit.")] = "",
    reason: Annotated[str, typer.Option("--reason", help="Why.")] = "",
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Correct, reject, accept or add a reading; the raw one is kept. Volumes follow at once."""
    action, values = _said(
        {"correct": correct, "add": add, "scale": scale, "withdraw": withdraw,
         "reject": reject or None, "accept": accept or None}, old,
    )  # fmt: skip
    existing(home)
    with open_lake(home, read_only=False) as lake:
        known(lake, [meter])
        at = _instant(lake, instant, action, values)
        before = {by: _volumes(lake, by, meter) for by in ("day", "month")}
        number = lake.edit(meter, at, action, author=author, reason=reason, **values)
        lake.recompute([meter])
        rows = [row for by in ("day", "month") for row in _differences(by, before[by], lake, meter)]
    if as_json:
        emit_json({"edit": number, "meter": meter, "action": action, "volumes": rows})
        return
    console.print(
        f"[green]✓[/] 编辑 edit {number}: {meter}, {at.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}, "
        f"{ACTIONS[action]}",
        highlight=False,
    )
    _show(rows)


def _said(given: dict[str, Any], old: int | None) -> tuple[str, EditValues]:
    """Return the action and its values; exactly one must be given."""
    said = {name: value for name, value in given.items() if value is not None}
    if len(said) != 1:
        raise Refusal(
            "Say one thing: --correct LITRES, --add LITRES, --reject, --accept, --scale N/D or "
            "--withdraw EDIT."
        )
    action, value = next(iter(said.items()))
    values: EditValues = {}
    if action in {"correct", "reject", "accept"} and old is not None:
        values["old_l"] = old
    if action in {"correct", "add"}:
        values["new_l"] = value
    elif action == "withdraw":
        values["withdraws"] = value
    elif action == "scale":
        top, slash, bottom = value.partition("/")
        if not (top.strip().isdigit() and (bottom.strip().isdigit() or not slash)):
            raise Refusal(f"--scale: {value!r} is no N/D of whole numbers, such as 10/1 or 1/10.")
        values["numerator"], values["denominator"] = int(top), int(bottom or 1)
    return action, values


def _instant(lake: Lake, text: str, action: str, values: EditValues) -> datetime:
    """Return the instant meant; a withdrawal has that of its edit."""
    if text:
        return instant_of(text)
    if action == "withdraw":
        for row in lake.edits().to_pylist():
            if row["edit"] == values.get("withdraws"):
                return row["at"]  # type: ignore[no-any-return]
        return datetime(1970, 1, 1, tzinfo=UTC)
    raise Refusal("Say the instant of the reading, as '2024-01-31 08:00' (Shanghai time).")


def _volumes(lake: Lake, by: Any, meter: str) -> dict[Any, dict[str, Any]]:
    return {row["start"]: row for row in lake.volumes(by, [meter]).to_pylist()}


def _differences(
    by: str, before: dict[Any, dict[str, Any]], lake: Lake, meter: str
) -> list[dict[str, Any]]:
    after = _volumes(lake, by, meter)
    found = []
    for start in sorted(before.keys() | after.keys()):
        old, new = before.get(start, {}), after.get(start, {})
        names = ("volume_l", "quality")
        if [old.get(name) for name in names] != [new.get(name) for name in names]:
            found.append({
                "by": by, "start": start.isoformat(),
                "old_l": old.get("volume_l"), "new_l": new.get("volume_l"),
                "old_quality": old.get("quality"), "new_quality": new.get("quality"),
            })  # fmt: skip
    return found


def _show(rows: list[dict[str, Any]]) -> None:
    if not rows:
        console.print("水量未变 no volume has changed.", highlight=False)
        return
    grid = table("时段 period", "原 old m³", "新 new m³", "质量 quality")
    for row in rows:
        grid.add_row(
            row["start"][:7] if row["by"] == "month" else row["start"],
            *("–" if row[name] is None else f"{row[name] / 1000:,.3f}"
              for name in ("old_l", "new_l")),
            f"{row['old_quality'] or '–'}→{row['new_quality'] or '–'}",
        )  # fmt: skip
    console.print(grid)


@app.command("edits")
def edits(meter: MeterOption = None, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """List the edits in the order they were made, and which of them hold."""
    with open_lake(home, read_only=True) as lake:
        known(lake, meter)
        rows = lake.edits(meter).to_pylist()
    if as_json:
        for row in rows:
            row["at"], row["made_at"] = shown_start(row["at"]), shown_start(row["made_at"])
        emit_json(rows)
        return
    grid = table(
        "编号 edit", "水表 meter", "时刻 instant", "内容 what", "作者 author", "理由 reason"
    )
    for row in rows:
        held = "" if row["in_force"] or row["action"] == "withdraw" else "（已失效 not in force）"
        grid.add_row(
            str(row["edit"]), row["meter"],
            f"{row['at'].astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}",
            f"{ACTIONS[row['action']]} {_value(row)}{held}", row["author"], row["reason"],
        )  # fmt: skip
    console.print(grid)


def _value(row: dict[str, Any]) -> str:
    match row["action"]:
        case "correct":
            return f"{row['old_l']:,} → {row['new_l']:,} L"
        case "add":
            return f"{row['new_l']:,} L"
        case "scale":
            return f"{row['numerator']}/{row['denominator']}"
        case "withdraw":
            return f"{row['withdraws']}"
        case _:
            return f"{row['old_l']:,} L"
