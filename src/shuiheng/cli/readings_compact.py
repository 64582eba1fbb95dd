"""``shuiheng readings compact``: few and sorted files again."""

from __future__ import annotations

from dataclasses import asdict

import typer

from shuiheng.cli.readings_lake import bar, existing, open_lake
from shuiheng.cli.terminal import HomeOption, JsonOption, console, emit_json

app = typer.Typer()


@app.command("compact")
def compact(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Merge small files and remove those without use; no reading and no volume changes."""
    existing(home)
    with open_lake(home, read_only=False) as lake, bar("整理 compact", as_json) as tell:
        done = lake.compact(tell)
    if as_json:
        emit_json(asdict(done))
        return
    console.print(
        f"整理完毕 compacted: {done.files_before:,} → {done.files_after:,} 个文件 files; "
        f"{done.rows:,} 行重写 rows written anew; {done.removed:,} 个无用文件已删除 files without "
        "use removed.",
        highlight=False,
    )
