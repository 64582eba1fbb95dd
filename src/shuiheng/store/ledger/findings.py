"""What the ledger says when something was altered: one sentence for each kind."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from shuiheng.basics import SHANGHAI, Finding, Level

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

# code -> (Chinese, English). Blanks are facts of the finding; {where} and {where_en} say day,
# part, meter and row.
_TEXTS = {
    "value_changed": (
        "{where}的读数被改：原为 {was_l} 升，现为 {now_l} 升。",
        "{where_en}: the value was changed from {was_l} L to {now_l} L.",
    ),
    "instant_changed": (
        "{where}的读数时间被改：原为 {was_at}，现为 {now_at}（{now_l} 升）。",
        "{where_en}: the instant was changed from {was_at} to {now_at} ({now_l} L).",
    ),
    "row_changed": (
        "{where}的读数与封存时不同：现为 {now_at}、{now_l} 升；原值或原时间无法推出。",
        "{where_en}: the reading is not the one that was sealed; now it says {now_l} L at "
        "{now_at}. What it said before cannot be told.",
    ),
    "rows_changed": (
        "{where}起连续 {rows} 条读数被改，至 {last_at}。",
        "{where_en}: {rows} readings in a row were changed, up to {last_at}.",
    ),
    "meter_changed": (
        "{where}：该水表本部分 {rows} 条读数全部不符：表号被改，或读数被整体替换。",
        "{where_en}: all {rows} readings of the meter in this part differ: its number was changed "
        "or its readings were replaced.",
    ),
    "row_removed": (
        "{where}的读数被删：原为 {was_at}、{was_l} 升。",
        "{where_en}: a reading was removed: {was_l} L at {was_at}.",
    ),
    "rows_removed": (
        "{where}有 {rows} 条读数被删，位于{after}与{before}之间。",
        "{where_en}: {rows} readings were removed between {after_en} and {before_en}.",
    ),
    "rows_inserted": (
        "{where}多出 {rows} 条未封存的读数，至 {last_at}（首条 {now_l} 升）。",
        "{where_en}: {rows} readings were inserted that were never sealed, up to {last_at} (the "
        "first says {now_l} L).",
    ),
    "among_rows": (
        "{where}：封存 {sealed} 条，现有 {rows} 条，其中有改动，无法精确到行。",
        "{where_en}: {sealed} readings were sealed, {rows} stand there now, and among these rows "
        "something was altered; which row cannot be told.",
    ),
    "part_missing": (
        "{where}：该部分在区块 {block} 的 {rows} 条读数全部缺失。",
        "{where_en}: all {rows} readings of this part in block {block} are gone.",
    ),
    "unsealed": (
        "{where}：区块 {block} 有 {rows} 条读数从未封存（或封存记录被删）。",
        "{where_en}: {rows} readings in block {block} have no seal: they were written past the "
        "system, or the seal was removed.",
    ),
    "part_unknown": (
        "第 {part} 部分有封存记录或读数，但批次登记中没有它：登记被删。",
        "Part {part} has seals or readings but is not in the register of parts: its entry was "
        "removed.",
    ),
    "seal_altered": (
        "{where}：区块 {block} 的封存记录被改（{why}）。",
        "{where_en}: the seal of block {block} was altered ({why_en}).",
    ),
    "month_wrong": (
        "区块 {block} 有 {rows} 条读数所在月份与其时间不符：月份一列被改，按月查询会漏掉它们。",
        "{rows} readings of block {block} stand in another month than their instant's: the column "
        "month was altered, and queries by month miss them.",
    ),
    "day_altered": (
        "{day} 的日根与其封存记录不符：封存时 {sealed} 份，现有 {rows} 份。",
        "The root of {day} does not follow from its seals: {sealed} were closed in it, {rows} are "
        "there now.",
    ),
    "chain_broken": (
        "{day} 的链值断开：{why}。",
        "The chain is broken at {day}: {why_en}.",
    ),
    "published_differs": (
        "{day} 与已公布的链不符：{why}。",
        "{day} is not as it was published: {why_en}.",
    ),
    "edit_altered": (
        "{where}：第 {edit} 号修正记录被改。",
        "{where_en}: edit {edit} was altered.",
    ),
    "edit_missing": (
        "第 {edit} 号修正记录被删。",
        "Edit {edit} was removed.",
    ),
    "edit_unsealed": (
        "{where}：第 {edit} 号修正记录从未封存（或封存记录被删）。",
        "{where_en}: edit {edit} has no seal: it was written past the system, or the seal was "
        "removed.",
    ),
    "frames_altered": (
        "{where}：原始报文被改：封存 {sealed} 条，现有 {rows} 条；涉及{which}。",
        "{where_en}: raw frames were altered: {sealed} were sealed, {rows} are there; concerned: "
        "{which_en}.",
    ),
    "file_missing": (
        "数据文件 {file} 不见了；其中的读数见以下各条。",
        "The data file {file} is missing; its readings are named below.",
    ),
    "file_altered": (
        "数据文件 {file} 被改：写入时 {size} 字节，现为 {now} 字节。",
        "The data file {file} was altered: written with {size} bytes, now it has {now}.",
    ),
    "file_unreadable": (
        "数据文件 {file} 无法读取：{reason}",
        "The data file {file} cannot be read: {reason}",
    ),
}  # fmt: skip


def finding(kind: str, **facts: Any) -> Finding:
    """Return the blocking finding of a kind; ``facts`` fill its sentence.

    >>> finding("edit_missing", edit=3).text_en
    'Edit 3 was removed.'
    """
    text, text_en = _TEXTS[kind]
    blanks = {**facts, "where": _where(facts), "where_en": _where_en(facts)}
    shown = {name: value for name, value in facts.items() if not name.endswith("_en")}
    for name in ("why", "after", "before", "which"):
        if f"{name}_en" in facts:
            shown[name] = facts[f"{name}_en"]
    return Finding(
        f"ledger.{kind}",
        Level.BLOCKS,
        text.format_map(_grouped(blanks)),
        text_en.format_map(_grouped(blanks)),
        {name: _json(value) for name, value in shown.items()},
    )


def file_finding(kind: str, file: str, **facts: Any) -> Finding:
    """Return the finding that a file is missing, altered or unreadable."""
    return finding(f"file_{kind}", file=file, **facts)


def instant(at_us: int) -> str:
    """Return an instant in microseconds UTC as Shanghai time to read.

    >>> instant(1_704_038_400_000_000)
    '2024-01-01 00:00:00'
    """
    return str((_EPOCH + timedelta(microseconds=at_us)).astimezone(SHANGHAI))[:-6]


def _where(facts: Mapping[str, Any]) -> str:
    said = []
    if facts.get("day"):
        said.append(f"{facts['day']} 收到")
    if facts.get("part") is not None:
        said.append(f"第 {facts['part']} 部分")
    if facts.get("meter"):
        said.append(f"水表 {facts['meter']}")
    if facts.get("at"):
        said.append(str(facts["at"]))
    if facts.get("row"):
        said.append(f"第 {facts['row']} 行")
    return "，".join(said)


def _where_en(facts: Mapping[str, Any]) -> str:
    said = []
    if facts.get("day"):
        said.append(f"received {facts['day']}")
    if facts.get("part") is not None:
        said.append(f"part {facts['part']}")
    if facts.get("meter"):
        said.append(f"meter {facts['meter']}")
    if facts.get("at"):
        said.append(str(facts["at"]))
    if facts.get("row"):
        said.append(f"row {facts['row']}")
    text = ", ".join(said)
    return text[:1].upper() + text[1:]


def _grouped(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return numbers of litres, rows and bytes as they are read by people."""
    counted = ("was_l", "now_l", "rows", "sealed", "size", "now")
    return {
        name: f"{value:,}" if name in counted and isinstance(value, int) else value
        for name, value in facts.items()
    }


def _json(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date | datetime) else value
