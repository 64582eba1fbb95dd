"""``shuiheng readings totals | findings | show | vee | changes``: what came of the readings."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from shuiheng.basics import SHANGHAI, Period
from shuiheng.cli.readings_lake import (
    COLOURS,
    SHOWN,
    FromOption,
    MeterOption,
    ToOption,
    bar,
    day_of,
    existing,
    known,
    open_lake,
    period_of,
    shown_start,
    vee_json,
)
from shuiheng.cli.terminal import HomeOption, JsonOption, Refusal, console, emit_json, table
from shuiheng.store import Lake, Recomputed
from shuiheng.store.sheets import ColumnNote, write_csv, write_workbook

app = typer.Typer()

BYS = ("hour", "day", "month", "year")
QUALITY = {
    "G": "实测 measured", "A": "人工确认 accepted", "E": "含估算 estimated",
    "S": "可疑 suspect", "M": "缺测 missing", "X": "不可用 rejected", "U": "未校核 unchecked",
}  # fmt: skip
MOST_IN_A_SHEET = 1_048_575


@app.command("vee")
def vee(
    meter: MeterOption = None,
    spark: Annotated[
        str | None,
        typer.Option(
            "--spark",
            metavar="MASTER",
            help="Compute on Apache Spark: spark://host:7077, local-cluster[2,1,1024], …",
        ),
    ] = None,
    executors: Annotated[
        int | None,
        typer.Option("--executors", min=1, help="How many executors to take of the cluster."),
    ] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Recompute volumes and findings where readings, meters or thresholds have changed."""
    existing(home)
    if executors is not None and spark is None:
        raise Refusal("--executors belongs to --spark MASTER; add that, or leave it out.")
    with open_lake(home, read_only=False) as lake:
        with bar("校核 VEE", as_json) as tell:
            if spark is None:
                done = lake.recompute(meter, tell)
            else:
                done = _on_spark(lake, spark, executors, meter, tell)
        stale = len(lake.stale())
    if as_json:
        emit_json({**vee_json(done), "stale_meters": stale})
        return
    console.print(
        f"{done.readings:,} readings of {done.meters:,} meters in {done.blocks} blocks, "
        f"{done.seconds:.1f} s; {done.findings} findings. 待校核 still stale: {stale}.",
        highlight=False,
    )


def _on_spark(
    lake: Lake,
    master: str,
    executors: int | None,
    meters: list[str] | None,
    tell: Callable[[int, int], None] | None,
) -> Recomputed:
    from shuiheng.store import cluster

    try:
        return cluster.recompute_on_spark(
            lake, master, executors=executors, meters=meters, progress=tell
        )
    except (
        cluster.NoSpark, cluster.SparkRefused, cluster.NotInFiles, cluster.ClusterFailed
    ) as wrong:  # fmt: skip
        raise Refusal(str(wrong)) from wrong


@app.command("totals")
def totals(
    by: Annotated[
        str, typer.Option("--by", metavar="hour|day|month|year", help="Length of the periods.")
    ] = "month",
    meter: MeterOption = None,
    first: FromOption = None,
    last: ToOption = None,
    estimate_to: Annotated[
        str | None,
        typer.Option(
            "--estimate-to",
            metavar="DAY",
            help="Estimate days after a meter's last reading up to this one, from like days.",
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE.xlsx|.csv", help="Write all rows there.")
    ] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show volumes per meter and period, with what is measured, estimated and missing."""
    if by not in BYS:
        raise Refusal(f"--by: {by!r} is not one of {', '.join(BYS)}.")
    if out is not None and out.suffix.lower() not in {".xlsx", ".csv"}:
        raise Refusal(f"--out: {out} ends in neither .xlsx nor .csv; write one of them.")
    if estimate_to and by == "hour":
        raise Refusal("--estimate-to estimates whole days; ask by day, month or year.")
    period = period_of(first, last)
    upto = day_of("--estimate-to", estimate_to) if estimate_to else None
    with open_lake(home, read_only=True) as lake:
        known(lake, meter)
        stale = len(lake.stale())
        rows = lake.volumes(by, meter, period, estimate_to=upto).to_pylist()  # type: ignore[arg-type]
    for row in rows:
        row["start"] = shown_start(row["start"])
    if out is not None:
        _write(out, rows)
    if as_json:
        emit_json(rows)
        return
    _show_totals(rows)
    if out is not None:
        console.print(f"[green]✓[/] {out}: {len(rows):,} rows.", highlight=False)
    if stale:
        console.print(f"[yellow]![/] {stale} 只水表有新读数未校核 meters have newer readings: "
                      "shuiheng readings vee", highlight=False)  # fmt: skip


def _show_totals(rows: list[dict[str, Any]]) -> None:
    grid = table("水表 meter", "起 start", "水量 volume m³", "实测 measured", "估算 estimated",
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


# Column -> title and what it says, for tables and their data dictionary.
TOTALS = {
    "meter": ("水表", "水表编号 number of the meter"),
    "start": ("起", "时段开始；小时为 UTC start of the period; hours in UTC"),
    "volume_l": ("水量（升）", "水量 volume in litres = measured + estimated"),
    "measured_l": ("实测（升）", "其中实测 measured litres"),
    "estimated_l": ("估算（升）", "其中估算 estimated litres"),
    "accepted_l": (
        "人工（升）",
        "其中人工确认或录入 litres that rest on accepted or entered readings",
    ),
    "reverse_l": ("倒流（升）", "倒流，单列 reverse flow, kept apart"),
    "missing_h": ("缺测小时", "无读数覆盖的小时 hours that no step covers"),
    "gap_h": ("补缺小时", "缺读而由前后读数跨越的小时 hours bridged by gaps"),
    "quality": ("质量", "G 实测 A 人工 E 估算 S 可疑 M 缺测 X 不可用"),
    "method": ("估算方法", "占估算最多的方法 method of the largest estimated part"),
    "good_h": ("实测小时", "质量为 G 的小时 hours of quality G"),
    "accepted_h": ("人工小时", "质量为 A 的小时 hours of quality A"),
    "estimated_h": ("估算小时", "质量为 E 的小时 hours of quality E"),
    "suspect_h": ("可疑小时", "质量为 S 的小时 hours of quality S"),
    "rejected_h": ("不可用小时", "质量为 X 的小时 hours of quality X"),
    "absent_h": ("缺测整时", "质量为 M 的小时 hours of quality M"),
    "night_min_l": ("夜间最小（升）", "02–05 时最小时流量 least hour from 02:00 to 05:00"),
}


def _write(out: Path, rows: list[dict[str, Any]]) -> None:
    names = [name for name in TOTALS if not rows or name in rows[0]]
    notes = [
        ColumnNote(
            TOTALS[name][0], TOTALS[name][1], kind="number" if name[-2:] in {"_l", "_h"} else "text"
        )
        for name in names
    ]
    cells = ([row[name] for name in names] for row in rows)
    try:
        if out.suffix.lower() == ".csv":
            write_csv(out, notes, cells)
        elif len(rows) > MOST_IN_A_SHEET:
            raise Refusal(
                f"{len(rows):,} rows do not fit into a sheet of {MOST_IN_A_SHEET:,}; write a .csv, "
                "or ask for fewer meters or longer periods."
            )
        else:
            write_workbook(out, title="水量", columns=notes, rows=cells)
    except OSError as wrong:
        raise Refusal(f"{out} cannot be written: {wrong}. Choose another place.") from wrong


@app.command("findings")
def findings(
    meter: MeterOption = None,
    code: Annotated[str | None, typer.Option("--code", help="Only this code.")] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what was noticed about the meters, the largest volume at risk first."""
    with open_lake(home, read_only=True) as lake:
        known(lake, meter)
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


@app.command("changes")
def changes(
    meter: MeterOption = None,
    first: FromOption = None,
    last: ToOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show days and months that were final and have another volume or quality since, and why."""
    period: Period | None = period_of(first, last)
    with open_lake(home, read_only=True) as lake:
        known(lake, meter)
        rows = lake.changes(meter, period).to_pylist()
    if as_json:
        for row in rows:
            row["start"] = shown_start(row["start"])
            row["changed_at"] = shown_start(row["changed_at"])
        emit_json(rows)
        return
    grid = table("水表 meter", "时段 period", "原 old m³", "新 new m³", "质量 quality",
                 "原因 cause", "时间 when")  # fmt: skip
    for row in rows[:SHOWN]:
        grid.add_row(
            row["meter"], _span(row["by"], row["start"]), _litres(row["old_l"]),
            _litres(row["new_l"]), f"{row['old_quality']}→{row['new_quality'] or '–'}",
            row["cause"], f"{row['changed_at'].astimezone(SHANGHAI):%Y-%m-%d %H:%M}",
        )  # fmt: skip
    console.print(grid)
    more = f"，前 first {SHOWN}; --json gives all" if len(rows) > SHOWN else ""
    console.print(f"{len(rows):,} 处变动 changes{more}", highlight=False)


def _span(by: str, start: Any) -> str:
    return f"{start:%Y-%m}" if by == "month" else str(start.isoformat())


def _litres(litres: int | None) -> str:
    return "–" if litres is None else f"{litres / 1000:,.3f}"


@app.command("show")
def show(
    meter: Annotated[str, typer.Argument(help="The meter's number.")],
    first: FromOption = None,
    last: ToOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show a meter: its facts, months, findings and latest readings."""
    period = period_of(first, last)
    with open_lake(home, read_only=True) as lake:
        known(lake, [meter])
        facts = next(row for row in lake.meters().to_pylist() if row["meter"] == meter)
        months = lake.volumes("month", [meter], period).to_pylist()
        found = [finding for finding in lake.findings([meter]) if finding["meter"]]
        readings = lake.readings(meter, period)
    recent = readings.slice(max(0, len(readings) - 10)).to_pylist()
    for row in months:
        row["start"] = shown_start(row["start"])
    if as_json:
        for row in recent:
            row["at"] = shown_start(row["at"])
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
