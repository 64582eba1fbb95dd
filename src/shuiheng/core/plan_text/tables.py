"""Tables of tasks: rows with a column of tasks and columns of units."""

from __future__ import annotations

import re
from dataclasses import replace

from shuiheng.core.plan_text.clauses import Reading
from shuiheng.core.plan_text.folding import Folded, Span
from shuiheng.core.plan_text.model import Group, RoleClause, Task, UnitRole
from shuiheng.core.plan_text.names import carried, names_in
from shuiheng.core.plan_text.outline import number_of
from shuiheng.core.plan_text.vocabulary import Vocabulary
from shuiheng.core.plan_text.years import years_in

_LINE = re.compile(r"[^\n]+")
_RULE = re.compile(r"[ \t|:\-—+]+$")
_ROLE_HEADS = (
    ("lead", re.compile(r"牵头|主办|主责")),
    ("participant", re.compile(r"配合|参与|协办|协同|参加|协助")),
    (
        "responsible",
        re.compile(r"责任(?:单位|部门|主体)|负责(?:单位|部门)|实施单位|落实单位|承办单位|主管部门"),
    ),
)
_TASK_HEAD = re.compile(r"任务|事项|措施|工作内容|举措|项目|内容|行动")
_NUMBER_HEAD = re.compile(r"序号|编号|^号$|^No")


def table_tasks(
    folded: Folded, vocabulary: Vocabulary
) -> tuple[tuple[Group, ...], tuple[Task, ...]]:
    """Return the tasks of a table whose header names a task column and a column of units."""
    columns: dict[int, str] = {}
    tasks: list[Task] = []
    width = 0
    for line in _LINE.finditer(folded.text):
        cells = _cells(folded.text, *line.span())
        if len(cells) < 2 or _RULE.fullmatch(line.group()):
            continue
        head = _header([folded.text[slice(*cell)] for cell in cells])
        if head:
            columns, width = head, len(cells)
            continue
        if columns and len(cells) == width:
            task = _row(folded, cells, columns, len(tasks) + 1, vocabulary)
            if task is not None:
                tasks.append(task)
    return (), tuple(tasks)


def _cells(text: str, start: int, end: int) -> list[Span]:
    """Return the spans of a line's cells, parted by tabs or by | signs."""
    mark = "\t" if "\t" in text[start:end] else "|"
    spans, first = [], start
    for place in range(start, end + 1):
        if place == end or text[place] == mark:
            spans.append((first, place))
            first = place + 1
    if mark == "|":
        if spans and not text[slice(*spans[0])].strip():
            spans = spans[1:]
        if spans and not text[slice(*spans[-1])].strip():
            spans = spans[:-1]
    return spans


def _header(cells: list[str]) -> dict[int, str]:
    """Return what each column of a header row holds, or nothing when the row is no header."""
    columns: dict[int, str] = {}
    if any(len(cell.strip()) > 16 for cell in cells):
        return {}
    for place, cell in enumerate(cells):
        role = next((name for name, words in _ROLE_HEADS if words.search(cell)), "")
        if role:
            columns[place] = role
        elif _NUMBER_HEAD.search(cell.strip()):
            columns[place] = "number"
        elif _TASK_HEAD.search(cell):
            columns[place] = "task"
    roles = {"lead", "participant", "responsible"} & set(columns.values())
    return columns if roles and "task" in columns.values() else {}


def _row(
    folded: Folded, cells: list[Span], columns: dict[int, str], no: int, vocabulary: Vocabulary
) -> Task | None:
    text = folded.text
    reading = Reading(spellings=vocabulary.spellings)
    taken: list[tuple[str, UnitRole]] = []
    title = label = ""
    for place, kind in columns.items():
        start, end = cells[place]
        said = text[start:end].strip()
        if kind == "number":
            label = said
        elif kind == "task":
            title = said
        else:
            found, _ = names_in(text, start, end, reading.spellings)
            taken.extend(
                (
                    kind,
                    UnitRole(
                        unit.name,
                        folded.written(unit.start, unit.end),
                        kind,
                        unit.collective,
                        folded.span(unit.start, unit.end),
                        unit.generic,
                    ),
                )
                for unit in carried(found)
            )
    if not title:
        return None
    first, last = cells[0][0], cells[-1][1]
    clause = RoleClause(
        at=(first, last),
        span=folded.span(first, last),
        text=folded.written(first, last),
        units=tuple(unit for _, unit in taken),
        style="table",
        bracketed=False,
    )
    years = [year.year for year in years_in(text, first, last) if year.kind == "deadline"]
    clause = replace(clause, deadline_year=max(years) if years else None)
    short = title.split("。")[0]
    return Task(
        no=number_of(label) or no,
        label=label,
        title=short if len(short) <= 40 else "",
        group=None,
        text_span=folded.span(first, last),
        clauses=(clause,) if taken else (),
    )
