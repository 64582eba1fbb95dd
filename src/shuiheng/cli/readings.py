"""``shuiheng readings``: files in, volumes and findings out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from shuiheng.basics import SHANGHAI
from shuiheng.cli import readings_compact, readings_edits, readings_ledger, readings_volumes
from shuiheng.cli.readings_lake import bar, open_lake, vee_json
from shuiheng.cli.terminal import (
    HomeOption,
    JsonOption,
    Refusal,
    console,
    emit_json,
    home_folder,
)
from shuiheng.store.imports import (
    ImportRefused,
    ImportReport,
    Wanted,
    check_file,
    import_file,
    parse_map,
)

app = typer.Typer(
    help="Import readings; show volumes and findings.",
    no_args_is_help=True,
    add_completion=False,
)

KINDS = ("register", "interval", "flow")


@app.command("import")
def import_(
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="CSV, XLSX or Parquet.")],
    columns: Annotated[
        str | None,
        typer.Option(
            "--map",
            metavar="meter=…,time=…,register=…[,step=…]",
            help="Columns of the file; meter==NUMBER for a file of one meter; step: the source's "
            "own differences, to be compared.",
        ),
    ] = None,
    unit: Annotated[
        str | None, typer.Option("--unit", metavar="L|m3|…", help="Unit of the register.")
    ] = None,
    zone: Annotated[
        str | None,
        typer.Option("--tz", metavar="ZONE", help="Zone of the times (default Asia/Shanghai)."),
    ] = None,
    kind: Annotated[
        str, typer.Option("--kind", metavar="register|interval|flow", help="What is read.")
    ] = "register",
    prefix: Annotated[
        str, typer.Option("--meter-prefix", metavar="TEXT", help="Put before each meter number.")
    ] = "",
    vee: Annotated[bool, typer.Option("--vee/--no-vee", help="Compute the volumes after.")] = True,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Import files of readings; the same file twice changes nothing. Exit 1: rows were refused."""
    if kind not in KINDS:
        raise Refusal(f"--kind: {kind!r} is not one of {', '.join(KINDS)}.")
    folder = home_folder(home)
    reports, refused = [], []
    try:
        wanted = Wanted(parse_map(columns) if columns else {}, unit, zone, kind, prefix)
    except ImportRefused as wrong:
        raise Refusal(str(wrong)) from wrong
    _check_before_making(files, wanted, folder)
    with open_lake(home, read_only=False) as lake:
        for file in files:
            try:
                with bar(f"读入 import {file.name}", as_json) as tell:
                    reports.append(import_file(lake, file, wanted, home=folder, progress=tell))
            except ImportRefused as wrong:
                refused.append(str(wrong))
        touched = sorted({meter for report in reports for meter in report.meters})
        done = None
        if vee and touched:
            with bar("校核 VEE", as_json) as tell:
                done = lake.recompute(touched, tell)
    if as_json:
        emit_json({
            "files": [report.to_json() for report in reports],
            "refused": refused,
            "vee": vee_json(done) if done else None,
        })  # fmt: skip
    else:
        for report in reports:
            _say_import(report)
        if done and done.blocks:
            console.print(f"校核 VEE  {done.readings:,} readings → volumes of {done.meters:,} "
                          f"meters in {done.seconds:.1f} s, {done.findings} findings.",
                          highlight=False)  # fmt: skip
        if reports:
            where = f" --home {home}" if home else ""
            console.print(
                f"下一步 next  shuiheng readings totals --by month{where}\n"
                f"            shuiheng readings findings{where}",
                highlight=False,
            )
    if refused:
        raise Refusal("\n".join(refused))
    if any(report.rejected for report in reports):
        raise typer.Exit(1)


def _check_before_making(files: list[Path], wanted: Wanted, folder: Path) -> None:
    """Refuse before a new home is made, when no file could ever be read."""
    if (folder / "lake").exists():
        return
    wrong = []
    for file in files:
        try:
            check_file(file, wanted)
        except ImportRefused as refusal:
            wrong.append(str(refusal))
    if len(wrong) == len(files):
        raise Refusal("\n".join(wrong))


def _say_import(report: ImportReport) -> None:
    if report.already:
        for finding in report.findings:
            console.print(f"= {finding.text} {finding.text_en}", highlight=False)
        return
    span = ""
    if report.first and report.last:
        first, last = (at.astimezone(SHANGHAI) for at in (report.first, report.last))
        span = f", {first:%Y-%m-%d %H:%M} – {last:%Y-%m-%d %H:%M}"
    console.print(
        f"[green]✓[/] {report.file}: {report.accepted:,} readings of {len(report.meters):,} "
        f"meters{span} (unit {report.unit}, {report.zone}).",
        highlight=False,
    )
    if report.guesses:
        console.print(f"  猜测 guessed: {', '.join(report.guesses)}", highlight=False)
    for finding in report.findings:
        console.print(f"  [yellow]![/] {finding.text} {finding.text_en}", highlight=False)
    for row in report.examples[:5]:
        where = f", column {row.column!r}" if row.column else ""
        console.print(f"    row {row.row}{where}: {row.reason}. {row.remedy}", highlight=False)
    if report.rejected_file:
        console.print(
            f"  未导入的 {report.rejected:,} 行在 rejected rows are in {report.rejected_file}",
            highlight=False,
        )


# The other words stand in files of their own.
for _words in (readings_volumes, readings_edits, readings_ledger, readings_compact):
    app.registered_commands.extend(_words.app.registered_commands)
