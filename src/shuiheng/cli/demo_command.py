"""``shuiheng demo``: build the demonstration district once, say what it is, and serve it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from shuiheng.cli.demo.record import RECORD, SEED, made_by
from shuiheng.cli.terminal import Refusal, console, errors

app = typer.Typer(add_completion=False)

DEFAULT_HOME = Path("var/demo")
DEFAULT_PORT = 8420


@app.command()
def demo(
    home: Annotated[
        Path, typer.Option("--home", metavar="DIR", help="Folder of the demonstration district.")
    ] = DEFAULT_HOME,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to serve on.")] = DEFAULT_PORT,
    serve: Annotated[
        bool, typer.Option("--serve/--no-serve", help="Serve the pages when it is built.")
    ] = True,
    seed: Annotated[
        int | None, typer.Option(min=0, help="Another seed makes another district.")
    ] = None,
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="Build it again from nothing.")
    ] = False,
    scale: Annotated[float, typer.Option(hidden=True, min=0.02, max=1.0)] = 1.0,
) -> None:
    """Build the demonstration district (once, with progress) and serve it on this machine."""
    from shuiheng.cli import serve as serving

    if serve:
        serving.check_port("127.0.0.1", port)
    record = None if rebuild else find_demo(home, seed)
    if record is None:
        record = _build(home, SEED if seed is None else seed, scale)
        _say_built(home, record)
    else:
        console.print(
            f"演示区已在 {home} / The demonstration district is in {home}.", highlight=False
        )
    _say_where_to_look(home, port)
    if serve:
        # The demonstration has a database of its own; a production address must not reach it.
        os.environ.pop("SHUIHENG_DATABASE_URL", None)
        serving.run(home, host="127.0.0.1", port=port)


def find_demo(home: Path, seed: int | None) -> dict[str, Any] | None:
    """Return the record of a built demonstration home, or None if it has to be built.

    :raises Refusal: if the folder holds something else, another seed, or an older making
    """
    if not home.exists() or (home.is_dir() and not any(home.iterdir())):
        return None
    try:
        record: dict[str, Any] = json.loads((home / RECORD).read_text("utf-8"))
    except (OSError, ValueError):
        raise Refusal(
            f"{home} 已存在，但不是演示区，不会覆盖。请用 --home 另选目录 / "
            f"{home} exists and is no "
            "demonstration district, so it is left alone. Choose another folder with --home."
        ) from None
    if seed is not None and record.get("seed") != seed:
        raise Refusal(
            f"{home} 由种子 {record.get('seed')} 生成。要换成种子 {seed},请加 --rebuild,或用 "
            f"--home 另选目录 / {home} was made from seed {record.get('seed')}. Add --rebuild to "
            "replace it, or choose another folder with --home."
        )
    if record.get("made_by") != made_by():
        raise Refusal(
            f"{home} 由旧版本生成。请运行 shuiheng demo --home {home} --rebuild 重新生成"
            f"(其中另行导入的数据会丢失)/ {home} was made by an older version. Build it again with "
            "--rebuild (what you imported into it is lost)."
        )
    return record


def _build(home: Path, seed: int, scale: float) -> dict[str, Any]:
    if home.exists() and any(home.iterdir()) and not (home / RECORD).is_file():
        raise Refusal(
            f"{home} 不是演示区，不会覆盖。请用 --home 另选目录 / {home} is no demonstration "
            "district and is left alone. Choose another folder with --home."
        )
    errors.print(f"生成演示区(种子 {seed})…… / Building the demonstration district (seed {seed}) …",
                 highlight=False)  # fmt: skip
    words = [sys.executable, "-m", "shuiheng.cli.demo.build", str(home), str(seed), str(scale)]
    ended = subprocess.run(words, check=False)
    if ended.returncode != 0:
        raise Refusal(
            "演示区没有生成，没有留下半成品；原因见上。排除后重新运行即可 / The district was not "
            "built and nothing half-made stands in its place; the reason is above. Run it again."
        )
    record: dict[str, Any] = json.loads((home / RECORD).read_text("utf-8"))
    return record


def _say_built(home: Path, record: dict[str, Any]) -> None:
    counts, seconds = record["counts"], record["seconds"]
    console.print(
        f"已生成 [bold]{home}[/]:用水户 {counts['users']:,},水表 {counts['meters']:,},读数 "
        f"{counts['readings']:,},提示 {counts['findings']:,};用时 {seconds['all']} 秒。\n"
        f"Built in {seconds['all']} s: {counts['users']:,} users, {counts['meters']:,} meters, "
        f"{counts['readings']:,} readings, {counts['findings']:,} findings. All of it is invented "
        "(演示数据).",
        highlight=False,
    )


def _say_where_to_look(home: Path, port: int) -> None:
    at = f"http://127.0.0.1:{port}"
    console.print(
        f"""
先看什么 / What to look at first
  {at}/            任务与指标看板 / the board of tasks and targets
  shuiheng plan board --home {home}                  同一看板，在终端 / the same in the terminal
  shuiheng explain leakage/comprehensive_rate --home {home}
                                                     一个数从哪里来 / where one figure comes from
  {home}/stories.json    预埋的故事 / the planted stories (docs/tutorial/first-look.md)
换成自己的 / Your own district
  shuiheng plan parse FILE                           您的方案文本 / your plan's text
  shuiheng registry init --home DIR --name NAME --place CODE
  shuiheng registry template users --out users.xlsx  再 / then: registry import, readings import
  docs/how-to/load-your-registry.md
""",
        highlight=False,
        soft_wrap=True,
    )
