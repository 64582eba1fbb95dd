"""``shuiheng plan``: a plan's text to a structure, to a rules pack, and to the board."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from shuiheng.basics import SHANGHAI, Place
from shuiheng.cli.plan_board import board
from shuiheng.cli.terminal import JsonOption, Refusal, emit_json
from shuiheng.core.plan_text import DocumentText, Plan, Vocabulary, parse_plan

app = typer.Typer(
    help="Parse a plan document; show the board of targets and tasks.", no_args_is_help=True
)
app.command("board")(board)

FileArgument = Annotated[
    Path, typer.Argument(metavar="FILE", help="A .txt, .docx, .html or .pdf with a text layer.")
]


def read_document(file: Path) -> DocumentText:
    """Return the text of a plan document.

    :raises Refusal: if there is no such file, or no text can be read from it
    """
    from shuiheng.core.plan_text import UnreadableDocument, text_of

    if not file.exists():
        raise Refusal(f"{file}：没有这个文件。请检查路径。(No such file: check the path.)")
    if file.is_dir():
        raise Refusal(f"{file}：是文件夹。请给出一个文件。(A folder: name one file inside it.)")
    try:
        data = file.read_bytes()
    except OSError as wrong:
        raise Refusal(
            f"{file}：读不了（{wrong.strerror}）。请检查权限。(Cannot be read.)"
        ) from wrong
    try:
        return text_of(data, str(file))
    except UnreadableDocument as wrong:
        raise Refusal(str(wrong)) from wrong


def as_json(plan: Plan, read: DocumentText, name: str) -> dict[str, Any]:
    """Return the public JSON of a plan together with where it was read from."""
    plain = plan.to_json()
    reading = [{**finding.to_json(), "span": None} for finding in read.findings]
    plain["source"] = {"name": name, "format": read.format, "encoding": read.encoding}
    plain["findings"] = reading + plain["findings"]
    return plain


@app.command("parse")
def parse(
    file: FileArgument,
    as_json_: JsonOption = False,
    with_text: Annotated[
        bool, typer.Option("--with-text", help="Put the text that the spans index into the JSON.")
    ] = False,
) -> None:
    """Read a plan document: tasks, units with their roles, targets, and what contradicts itself."""
    read = read_document(file)
    plan = parse_plan(read.text, Vocabulary.shipped())
    if as_json_:
        plain = as_json(plan, read, file.name)
        emit_json({**plain, "text": read.text} if with_text else plain)
    else:
        from shuiheng.cli.plan_print import print_plan

        print_plan(plan, read, file.name)
    if plan.blocks:
        raise typer.Exit(1)


@app.command("units")
def units(
    text: Annotated[
        str, typer.Argument(help="One responsibility string, with or without its brackets.")
    ],
    as_json_: JsonOption = False,
) -> None:
    """Read one responsibility string: who leads, takes part, is responsible."""
    from shuiheng.cli.plan_print import print_units, units_json

    plain = units_json(text, Vocabulary.shipped())
    if as_json_:
        emit_json(plain)
    else:
        print_units(plain)


@app.command("adopt")
def adopt(
    file: FileArgument,
    place: Annotated[str, typer.Option("--place", metavar="CODE", help="Place code, as 320411.")],
    name: Annotated[str, typer.Option("--name", help="The pack's name, as plan_2021.")],
    into: Annotated[
        Path, typer.Option("--into", metavar="FOLDER", help="A rules folder of your own.")
    ],
    force: Annotated[bool, typer.Option("--force", help="Replace an older pack.")] = False,
) -> None:
    """Write a plan as a rules pack: plan.yaml and one file for each target."""
    from shuiheng.cli.plan_print import print_adopted
    from shuiheng.cli.plan_write import write_pack

    read = read_document(file)
    try:
        where = Place.at(place)
    except ValueError as wrong:
        raise Refusal(f"--place {place}: {wrong}") from wrong
    plan = parse_plan(read.text, Vocabulary.shipped())
    if not plan.tasks:
        raise Refusal(
            f"{file}：没有读到任务，没有可以写入的内容。先用 `shuiheng plan parse` 查看。"
            "(No task was found: nothing to adopt.)"
        )
    today = datetime.now(UTC).astimezone(SHANGHAI).date()
    folder = into / where.pack / name
    findings = write_pack(plan, read.text, name, folder, checked=today, replace=force)
    print_adopted(plan, folder, findings)
    if any(finding.blocks for finding in findings):
        raise typer.Exit(1)
