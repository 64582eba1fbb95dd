"""``shuiheng readings``: files in, volumes and findings out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from shuiheng.basics import SHANGHAI, Period
from shuiheng.cli.terminal import (
    HomeOption,
    JsonOption,
    Refusal,
    console,
    emit_json,
    errors,
    home_folder,
    progress,
)  # fmt: skip
from shuiheng.store import (
    Lake,
    LakeBroken,
    LakeBusy,
    LakeFailed,
    NoLake,
    UnknownMeters,
    WrongRows,
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

REFUSED = (NoLake, LakeBusy, LakeBroken, LakeFailed, UnknownMeters, WrongRows, ImportRefused)
BYS = ("hour", "day", "month", "year")
KINDS = ("register", "interval", "flow")
SHOWN = 60
QUALITY = {"G": "实测 measured", "E": "含估算 estimated", "S": "可疑 suspect", "M": "缺测 missing"}
COLOURS = {"blocks": "red", "warns": "yellow", "informs": "cyan"}

MeterOption = Annotated[
    list[str] | None, typer.Option("--meter", metavar="ID", help="A meter; may be repeated.")
]
FromOption = Annotated[
    str | None, typer.Option("--from", metavar="DAY", help="First day, as 2024-01-31.")
]
ToOption = Annotated[str | None, typer.Option("--to", metavar="DAY", help="Last day, included.")]


@contextmanager
def open_lake(home: Path | None, *, read_only: bool) -> Iterator[Lake]:
    """Open the lake of a home; whatever the store refuses becomes one message."""
    try:
        with Lake.open(home_folder(home), read_only=read_only) as lake:
            yield lake
    except REFUSED as wrong:
        raise Refusal(str(wrong)) from wrong
    except OSError as wrong:
        raise Refusal(
            f"{wrong}. Nothing half-written was kept; free space or rights, try again."
        ) from wrong


@app.command("import")
def import_(
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="CSV, XLSX or Parquet.")],
    columns: Annotated[
        str | None,
        typer.Option(
            "--map",
            metavar="meter=…,time=…,register=…",
            help="Columns of the file; meter==NUMBER for a file of one meter.",
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
                with _bar(f"读入 import {file.name}", as_json) as tell:
                    reports.append(import_file(lake, file, wanted, home=folder, progress=tell))
            except ImportRefused as wrong:
                refused.append(str(wrong))
        touched = sorted({meter for report in reports for meter in report.meters})
        done = None
        if vee and touched:
            with _bar("校核 VEE", as_json) as tell:
                done = lake.recompute(touched, tell)
    if as_json:
        emit_json({
            "files": [report.to_json() for report in reports],
            "refused": refused,
            "vee": _vee_json(done) if done else None,
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


@contextmanager
def _bar(title: str, quiet: bool) -> Iterator[Callable[[int, int], None] | None]:
    if quiet or not errors.is_terminal:
        yield None
        return
    with progress() as bar:
        task = bar.add_task(title, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _say_import(report: ImportReport) -> None:
    if report.already:
        console.print(f"= {report.file}: 已导入过，未作改动 already imported; nothing changed.",
                      highlight=False)  # fmt: skip
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


@app.command("vee")
def vee(meter: MeterOption = None, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Recompute volumes and findings where readings, meters or thresholds have changed."""
    _existing(home)
    with open_lake(home, read_only=False) as lake:
        with _bar("校核 VEE", as_json) as tell:
            done = lake.recompute(meter, tell)
        stale = len(lake.stale())
    if as_json:
        emit_json({**_vee_json(done), "stale_meters": stale})
        return
    console.print(
        f"{done.readings:,} readings of {done.meters:,} meters in {done.blocks} blocks, "
        f"{done.seconds:.1f} s; {done.findings} findings. 待校核 still stale: {stale}.",
        highlight=False,
    )


def _vee_json(done: Any) -> dict[str, Any]:
    return {
        "meters": done.meters, "blocks": done.blocks, "readings": done.readings,
        "findings": done.findings, "seconds": round(done.seconds, 3),
    }  # fmt: skip


@app.command("totals")
def totals(
    by: Annotated[
        str, typer.Option("--by", metavar="hour|day|month|year", help="Length of the periods.")
    ] = "month",
    meter: MeterOption = None,
    first: FromOption = None,
    last: ToOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show volumes per meter and period, with what is measured, estimated and missing."""
    if by not in BYS:
        raise Refusal(f"--by: {by!r} is not one of {', '.join(BYS)}.")
    period = _period(first, last)
    with open_lake(home, read_only=True) as lake:
        _known(lake, meter)
        stale = len(lake.stale())
        rows = lake.volumes(by, meter, period).to_pylist()  # type: ignore[arg-type]
    for row in rows:
        row["start"] = _start(row["start"])
    if as_json:
        emit_json(rows)
        return
    grid = Table("水表 meter", "起 start", "水量 volume m³", "实测 measured", "估算 estimated",
                 "缺时 missing h", "质量 quality")  # fmt: skip
    for place in range(2, 6):
        grid.columns[place].justify = "right"
    for row in rows[:SHOWN]:
        grid.add_row(
            row["meter"], row["start"],
            *(f"{row[name] / 1000:,.3f}" for name in ("volume_l", "measured_l", "estimated_l")),
            f"{row['missing_h']:,.1f}", QUALITY[row["quality"]],
        )  # fmt: skip
    console.print(grid)
    total = sum(row["volume_l"] for row in rows)
    more = f" (前 first {SHOWN} / {len(rows):,})" if len(rows) > SHOWN else ""
    console.print(f"合计 total {total / 1000:,.3f} m³, {len(rows):,} rows{more}", highlight=False)
    if stale:
        console.print(f"[yellow]![/] {stale} 只水表有新读数未校核 meters have newer readings: "
                      "shuiheng readings vee", highlight=False)  # fmt: skip


def _start(start: Any) -> str:
    if isinstance(start, date) and not hasattr(start, "hour"):
        return start.isoformat()
    return str(start.astimezone(UTC).isoformat()).replace("+00:00", "Z")


@app.command("findings")
def findings(
    meter: MeterOption = None,
    code: Annotated[str | None, typer.Option("--code", help="Only this code.")] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what was noticed about the meters, the largest volume at risk first."""
    with open_lake(home, read_only=True) as lake:
        _known(lake, meter)
        found = [f for f in lake.findings(meter) if code in (None, f["code"])]
    if as_json:
        emit_json(found)
    else:
        for finding in found[:SHOWN]:
            colour = COLOURS[finding["level"]]
            console.print(f"[{colour}]●[/] [dim]{finding['code']}[/] {finding['text']}",
                          highlight=False)  # fmt: skip
            console.print(f"  [dim]{finding['text_en']}[/]", highlight=False)
        more = f"，前 {SHOWN} 条 first {SHOWN}; --json gives all" if len(found) > SHOWN else ""
        console.print(f"{len(found)} 条发现 findings{more}", highlight=False)
    if any(finding["level"] == "blocks" for finding in found):
        raise typer.Exit(1)


@app.command("show")
def show(
    meter: Annotated[str, typer.Argument(help="The meter's number.")],
    first: FromOption = None,
    last: ToOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show a meter: its facts, months, findings and latest readings."""
    period = _period(first, last)
    with open_lake(home, read_only=True) as lake:
        _known(lake, [meter])
        facts = next(row for row in lake.meters().to_pylist() if row["meter"] == meter)
        months = lake.volumes("month", [meter], period).to_pylist()
        found = [finding for finding in lake.findings([meter]) if finding["meter"]]
        readings = lake.readings(meter, period)
    recent = readings.slice(max(0, len(readings) - 10)).to_pylist()
    for row in months:
        row["start"] = _start(row["start"])
    if as_json:
        for row in recent:
            row["at"] = _start(row["at"])
        emit_json({"meter": facts, "readings": len(readings), "latest": recent,
                   "months": months, "findings": found})  # fmt: skip
        return
    unknown = "未知 unknown"
    console.print(
        f"[bold]{meter}[/]  {facts['kind']}, 每计数 {facts['unit_l']} L, 量程 capacity "
        f"{facts['capacity_l'] or unknown}, Q4 {facts['max_flow_l_h'] or unknown}; "
        f"{len(readings):,} 个读数 readings",
        highlight=False,
    )
    for row in months:
        console.print(f"  {row['start'][:7]}  {row['volume_l'] / 1000:>14,.3f} m³  "
                      f"{QUALITY[row['quality']]}", highlight=False)  # fmt: skip
    for finding in found:
        console.print(f"[{COLOURS[finding['level']]}]●[/] {finding['text']}", highlight=False)
    for row in recent:
        at = row["at"].astimezone(SHANGHAI)
        console.print(f"  {at:%Y-%m-%d %H:%M:%S}  {row['value_l']:>14,} L  [dim]{row['source']}[/]",
                      highlight=False)  # fmt: skip


def _existing(home: Path | None) -> None:
    folder = home_folder(home) / "lake"
    if not folder.is_dir():
        raise Refusal(str(NoLake(folder)))


def _known(lake: Lake, meters: list[str] | None) -> None:
    if not meters:
        return
    known = set(lake.meters()["meter"].to_pylist())
    unknown = [meter for meter in meters if meter not in known]
    if unknown:
        near = ", ".join(sorted(known)[:5])
        raise Refusal(
            f"No meter {', '.join(unknown)} has readings here. Known are {near}"
            f"{f' and {len(known) - 5} more' if len(known) > 5 else ''}."
        )


def _period(first: str | None, last: str | None) -> Period | None:
    if first is None and last is None:
        return None
    start = _day("--from", first) if first else date(1970, 1, 1)
    end = _day("--to", last) if last else date(2200, 1, 1)
    if end < start:
        raise Refusal(f"--to {end} lies before --from {start}; write them the other way round.")
    return Period(start, _after(end))


def _after(day: date) -> date:
    return date.fromordinal(day.toordinal() + 1)


def _day(option: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Refusal(f"{option}: {text!r} is not a day. Write it as 2024-01-31.") from None
