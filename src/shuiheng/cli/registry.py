"""``shuiheng registry``: a district of one's own, and its tables in and out."""

from __future__ import annotations

import getpass
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from shuiheng.basics import SHANGHAI, Place
from shuiheng.cli import registry_tree
from shuiheng.cli.district import open_district
from shuiheng.cli.terminal import (
    HomeOption,
    JsonOption,
    Refusal,
    console,
    emit_json,
    errors,
    home_folder,
)

if TYPE_CHECKING:
    from shuiheng.mechanisms.common.cells import Column
    from shuiheng.mechanisms.common.importing import Outcome
    from shuiheng.rules import Law
    from shuiheng.store.sheets import Sheet

app = typer.Typer(
    help="Make a district of your own; import and export its tables.", no_args_is_help=True
)

WHAT = ("users", "meters", "exchanges", "series", "declared", "volumes", "plans")
SHOWN = 20
WhatOption = Annotated[
    str | None,
    typer.Option("--what", metavar="TABLE", help=f"One of {', '.join(WHAT)}; found by the header."),
]


@dataclass(frozen=True)
class Table:
    """One table: its title, columns, how it is taken in, and its rows for export."""

    title: str
    columns: tuple[Column, ...]
    take: Callable[..., Outcome]
    rows: Callable[[], Iterator[list[Any]]]


def tables(places: Mapping[str, str]) -> dict[str, Table]:
    """Return all tables for a district with these places (the district and its towns)."""
    from functools import partial

    from shuiheng.mechanisms.metering import services as metering
    from shuiheng.mechanisms.plans import services as plans
    from shuiheng.mechanisms.registry import services as registry
    from shuiheng.mechanisms.statistics import services as statistics

    users, meters = registry.user_columns(places), metering.meter_columns(places)
    declared = statistics.declared_columns(places)
    return {
        "users": Table("用水户", users, partial(registry.import_users, towns=places),
                       lambda: registry.user_rows(users)),
        "meters": Table("水表", meters, partial(metering.import_meters, towns=places),
                        lambda: metering.meter_rows(meters)),
        "exchanges": Table("换表", metering.EXCHANGE_COLUMNS, metering.import_exchanges,
                           metering.exchange_rows),
        "series": Table("统计序列", statistics.SERIES_COLUMNS, statistics.import_series,
                        statistics.series_rows),
        "declared": Table("部门填报", declared, partial(statistics.import_declared, places=places),
                          lambda: statistics.declared_rows(declared)),
        "volumes": Table("未计量水量", statistics.VOLUME_COLUMNS, statistics.import_volumes,
                         statistics.volume_rows),
        "plans": Table("用水计划", plans.PLAN_COLUMNS, plans.import_plans, plans.plan_rows),
    }  # fmt: skip


@app.command("init")
def init(
    name: Annotated[str, typer.Option("--name", help="The district's name, as people say it.")],
    place: Annotated[str, typer.Option("--place", metavar="CODE", help="As 320411.")],
    home: HomeOption = None,
    plan: Annotated[
        str, typer.Option("--plan", help="The plan the board follows, as plan_2020.")
    ] = "plan_2020",
    towns: Annotated[
        str | None,
        typer.Option("--towns", metavar="A,B,…", help="Its towns, where no pack has them."),
    ] = None,
) -> None:
    """Make an empty district: its folder, database and store of readings."""
    folder = home_folder(home).resolve()
    if (folder / "home.toml").exists():
        raise Refusal(
            f"{folder} 已经是一个区的目录，未改动。请另选 --home / "
            f"{folder} holds a district already and "
            "was left alone. Choose another folder with --home."
        )
    if folder.exists() and (not folder.is_dir() or {p.name for p in folder.iterdir()} - {"rules"}):
        raise Refusal(
            f"{folder} 中已有别的文件(rules/ 除外),未改动。请另选 --home / "
            f"{folder} holds other files than rules/ and was left "
            "alone. Choose another one with --home."
        )
    code = _checked(place, plan, folder / "rules", named=bool(towns))
    from shuiheng.store import Home, Lake

    try:
        folder.mkdir(parents=True, exist_ok=True)
        if towns:
            _write_places(folder / "rules", code, name, towns)
        with Lake.open(folder):
            pass
        _migrate(folder)
        # Written last: a folder with home.toml is a whole district.
        Home(folder, name, code, plan).save()
    except OSError as wrong:
        raise Refusal(
            f"无法写入 {folder}:{wrong.strerror}。请检查权限和磁盘空间 / "
            f"{folder} cannot be written "
            f"({wrong.strerror}). Check rights and space."
        ) from wrong
    console.print(
        f"已建立 {folder}({name},{code},{plan}) / Made.\n"
        f"下一步 / Next: shuiheng registry template users --out users.xlsx --home {folder}",
        highlight=False, soft_wrap=True,
    )  # fmt: skip


def _checked(place: str, plan: str, own: Path, *, named: bool) -> str:
    """Return the place's code in its plain form, with place and plan known to the rules."""
    from shuiheng.rules import Law

    law = Law.load(own) if own.is_dir() else Law.shipped()
    try:
        code = Place.at(place).code
    except ValueError as wrong:
        raise Refusal(f"--place:{place!r} 不是地区代码，如 320411 / {wrong}") from wrong
    if plan not in law.plans():
        raise Refusal(
            f"--plan:没有方案 {plan!r};现有 {'、'.join(law.plans())}。先把方案文本写成规则包 / "
            f"There is no plan {plan!r}; there are {', '.join(law.plans())}. Make it from the text "
            f"first: shuiheng plan adopt FILE --place {code} --name {plan} --into {own}"
        )
    if code not in law.places() and not named:
        errors.print(
            f"[yellow]![/] 规则包中没有 {code} 的名称和镇街道：请加 --towns 甲镇,乙镇，或写在 "
            f"rules/cn_{code}/places.yaml 中 / No pack names {code} or its towns: give them with "
            f"--towns, or write them in rules/cn_{code}/places.yaml of the folder.",
            highlight=False,
        )  # fmt: skip
    return code


def _write_places(rules: Path, code: str, name: str, towns: str) -> None:
    """Write the names of a place and its towns into the folder's own rules."""
    import yaml

    names = {code: name}
    for number, town in enumerate(filter(None, re.split(r"[,，、\s]+", towns)), start=1):
        names[f"{code}.{number:02d}"] = town
    file = rules / Place.at(code).pack / "places.yaml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(yaml.safe_dump({"names": names}, allow_unicode=True), encoding="utf-8")


def _migrate(folder: Path) -> None:
    import os

    os.environ["SHUIHENG_HOME"] = str(folder)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shuiheng.web.settings")
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0, interactive=False)


@app.command("template")
def template(
    what: Annotated[str, typer.Argument(metavar="TABLE", help=f"One of {', '.join(WHAT)}.")],
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="An .xlsx to write.")],
    home: HomeOption = None,
    place: Annotated[
        str, typer.Option("--place", help="Whose towns to list, where there is no home.")
    ] = "320411",
) -> None:
    """Write an empty table with its columns, lists of values and a data dictionary."""
    _write(what, out, home, place, filled=False)


@app.command("export")
def export(
    what: Annotated[str, typer.Argument(metavar="TABLE", help=f"One of {', '.join(WHAT)}.")],
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="An .xlsx or .csv.")],
    home: HomeOption = None,
) -> None:
    """Write a table with all its rows; the file can be changed and imported again."""
    _write(what, out, home, "", filled=True)


def _write(what: str, out: Path, home: Path | None, place: str, *, filled: bool) -> None:
    from shuiheng.store.sheets import write_csv, write_workbook

    if what not in WHAT:
        raise Refusal(
            f"没有表 {what!r};可用 {'、'.join(WHAT)} / TABLE is one of {', '.join(WHAT)}."
        )
    suffix = out.suffix.lower()
    if suffix not in ({".xlsx", ".csv"} if filled else {".xlsx"}):
        raise Refusal(
            f"--out {out}:{'请写 .xlsx 或 .csv' if filled else '模板请写 .xlsx'} / "
            f"Write {'.xlsx or .csv' if filled else '.xlsx'}."
        )
    if filled or home is not None:
        folder = open_district(home)
        place = _place_of(folder)
        law = _law(folder)
    else:
        _without_district()
        law = _law(None)
    table = tables(_places(law, place))[what]
    notes = [column.note() for column in table.columns]
    rows = table.rows() if filled else iter(())
    try:
        if suffix == ".csv":
            count = write_csv(out, notes, rows)
        else:
            count = write_workbook(
                out, title=table.title, columns=notes, rows=rows,
                about=("填写第一张表；首行为表头，不要改动列名。",
                       "Fill in the first sheet; keep the header.",
                       f"导入 import: shuiheng registry import FILE --what {what} --home DIR"),
            )  # fmt: skip
    except OSError as wrong:
        raise Refusal(
            f"无法写入 {out}:{wrong.strerror}。请检查目录和权限 / {out} cannot be written "
            f"({wrong.strerror}). Check folder and rights."
        ) from wrong
    told = f"{count:,} 行 / rows" if filled else "空模板 / an empty template"
    console.print(f"已写 {out}:{table.title},{told}", highlight=False, soft_wrap=True)


@app.command("import")
def import_table(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="An .xlsx, .csv or .tsv.")],
    home: HomeOption = None,
    what: WhatOption = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be; change nothing.")
    ] = False,
    all_or_nothing: Annotated[
        bool, typer.Option("--all-or-nothing", help="One refused row keeps all others out.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Take in a table: new rows are entered, known ones changed, bad ones refused with a reason."""
    from shuiheng.store.sheets import UnreadableTable, read_sheet

    if what is not None and what not in WHAT:
        raise Refusal(f"--what {what!r}:可用 {'、'.join(WHAT)} / It is one of {', '.join(WHAT)}.")
    try:
        sheet = read_sheet(file)
    except UnreadableTable as wrong:
        raise Refusal(str(wrong)) from wrong
    folder = open_district(home)
    from shuiheng.mechanisms.common.importing import MissingColumns, digest_of

    law = _law(folder)
    known = tables(_places(law, _place_of(folder)))
    chosen = what or _recognised(sheet, known)
    now = datetime.now(UTC)
    try:
        outcome = known[chosen].take(
            sheet, today=now.astimezone(SHANGHAI).date(), at=now, by=getpass.getuser(),
            digest=digest_of(file.read_bytes()), dry_run=dry_run, all_or_nothing=all_or_nothing,
        )  # fmt: skip
    except MissingColumns as wrong:
        raise Refusal(str(wrong)) from wrong
    refused_file = None
    if not dry_run:
        if chosen in {"meters", "exchanges"}:
            _tell_lake(folder, law, outcome)
        if outcome.refused_rows:
            refused_file = _write_refused(folder, sheet, outcome)
    if as_json:
        emit_json(outcome.to_json() | {"refused_file": str(refused_file) if refused_file else None})
    else:
        _say(outcome, known[chosen].title, refused_file)
    if outcome.refused_rows:
        raise typer.Exit(1)


def _recognised(sheet: Sheet, known: Mapping[str, Table]) -> str:
    from shuiheng.mechanisms.common.importing import match_header

    best: list[tuple[int, str]] = []
    for what, table in known.items():
        found = match_header(sheet, table.columns)
        if all(column.name in found for column in table.columns if column.required):
            best.append((len(found), what))
    if not best:
        raise Refusal(
            f"{sheet.path}:从表头认不出是哪张表({'、'.join(sheet.header[:8])})。"
            "请用 --what 指明，或用模板 / "
            f"The header fits no table. Say which with --what ({', '.join(WHAT)}), or take the "
            "template: shuiheng registry template TABLE --out FILE"
        )
    return max(best)[1]


def _tell_lake(folder: Path, law: Law, outcome: Outcome) -> None:
    """Define the meters in the store of readings; repeating the import repeats this harmlessly."""
    from shuiheng.mechanisms.metering.services import lake_exchanges, lake_meters
    from shuiheng.store import Lake, LakeBroken, LakeBusy

    today = datetime.now(UTC).astimezone(SHANGHAI).date()
    ratio = law.as_of("metering/q4_to_q3", on=today, place=_place_of(folder)).number
    numbers = sorted(set(outcome.touched))
    try:
        with Lake.open(folder) as lake:
            lake.define_meters(lake_meters(numbers, q4_to_q3=ratio))
            lake.define_exchanges(lake_exchanges(numbers))
    except (LakeBusy, LakeBroken) as wrong:
        raise Refusal(
            "台账已存，但读数库没有更新；排除后再导入同一文件即可补上 / "
            "The registry is stored, the store of "
            f"readings is not; import the same file again when it is free. {wrong}"
        ) from wrong


def _write_refused(folder: Path, sheet: Sheet, outcome: Outcome) -> Path:
    """Write the refused rows as they came, with their reasons, to be corrected and imported."""
    from shuiheng.mechanisms.common.importing import REASON
    from shuiheng.store.sheets import ColumnNote, write_workbook

    reasons: dict[int, list[str]] = {}
    for finding in outcome.findings:
        if "row" in finding.shown_by:
            facts = finding.shown_by
            reasons.setdefault(facts["row"], []).append(
                f"「{facts['column']}」{facts['reason']}。{facts['remedy']}"
            )
    stem = sheet.path.stem.removesuffix("-refused")
    target = folder / "imports" / f"{stem}-refused.xlsx"
    target.parent.mkdir(exist_ok=True)
    header = [title for title in sheet.header if title != REASON]
    rows = [
        [*(row.cells.get(title) for title in header), " ".join(reasons.get(row.number, []))]
        for row in sheet.rows
        if row.number in set(outcome.refused_rows)
    ]
    notes = [ColumnNote(title, title) for title in (*header, REASON)]
    write_workbook(
        target, title="退回行", columns=notes, rows=rows,
        about=("更正后重新导入本文件即可。 Correct these rows and import this file.",),
    )  # fmt: skip
    return target


def _say(outcome: Outcome, title: str, refused_file: Path | None) -> None:
    words = "试运行，未写入 / dry run, nothing written:" if outcome.dry_run else ""
    console.print(
        f"{words}{outcome.file} → {title}:共 {outcome.rows:,} 行，新增 {outcome.new:,}，更新 "
        f"{outcome.changed:,}，未变 {outcome.unchanged:,}，退回 {len(outcome.refused_rows):,} / "
        f"{outcome.rows:,} rows: {outcome.new:,} new, {outcome.changed:,} changed, "
        f"{outcome.unchanged:,} as before, {len(outcome.refused_rows):,} refused",
        highlight=False, soft_wrap=True,
    )  # fmt: skip
    for change in outcome.changes[:SHOWN]:
        console.print(f"  更新 {change}", highlight=False, markup=False)
    if len(outcome.changes) > SHOWN:
        console.print(f"  …… 另有 {len(outcome.changes) - SHOWN} 处更新 / more changes")
    for finding in outcome.findings[:SHOWN]:
        errors.print(f"  {finding.text}", highlight=False, markup=False, soft_wrap=True)
        errors.print(f"    {finding.text_en}", style="dim", highlight=False, markup=False,
                     soft_wrap=True)  # fmt: skip
    if len(outcome.findings) > SHOWN:
        errors.print(f"  …… 另有 {len(outcome.findings) - SHOWN} 项 / more, all with --json")
    if outcome.nothing_taken:
        console.print("有退回行，按 --all-or-nothing 全部未导入 / Nothing was taken, as asked.")
    if refused_file:
        console.print(
            f"退回的行已写入 {refused_file},更正后导入该文件即可 / "
            f"Correct the refused rows there and "
            "import that file.", highlight=False, soft_wrap=True,
        )  # fmt: skip


def _place_of(folder: Path) -> str:
    from shuiheng.store import Home

    return Home.open(folder).place


def _law(folder: Path | None) -> Law:
    from shuiheng.rules import Law

    own = folder / "rules" if folder else None
    return Law.load(own) if own and own.is_dir() else Law.shipped()


def _places(law: Law, district: str) -> dict[str, str]:
    """Return the towns of a district by code, and the district itself under its own name."""
    names = law.places()
    towns = {code: name for code, name in names.items() if code.startswith(f"{district}.")}
    return dict(sorted(towns.items())) | {district: names.get(district, district)}


def _without_district() -> None:
    """Set Django up without a district: its tables' words are needed, its database is not."""
    import os

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shuiheng.web.settings")
    import django

    django.setup()


# Another word stands in a file of its own.
app.registered_commands.extend(registry_tree.app.registered_commands)
