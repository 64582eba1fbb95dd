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
    """Return the tasks of a table whose header names a task column and a column of units.

    A row with one filled cell heads a group.
    """
    columns: dict[int, str] = {}
    groups: list[Group] = []
    tasks: list[Task] = []
    width, above = 0, ""
    for line in _LINE.finditer(folded.text):
        cells = cells_of(folded.text, *line.span())
        if is_rule(line.group()):
            continue
        said = [folded.text[slice(*cell)].strip() for cell in cells]
        head = _header(said) if len(cells) > 1 else {}
        if head:
            columns, width, above = head, len(cells), ""
            continue
        if not columns or (len(cells) != width and len(tasks) == 0):
            continue
        filled = [place for place, cell in enumerate(said) if cell]
        if "\t" not in line.group() and "|" not in line.group():
            columns = {} if len(line.group()) > 40 else columns
            continue
        if len(filled) == 1 and not said[filled[0]].isdigit():
            span = _bare(folded.text, cells[filled[0]])
            groups.append(Group(len(groups) + 1, "", folded.written(*span), (), folded.span(*span)))
            continue
        if len(cells) != width:
            continue
        first = next((place for place, kind in columns.items() if kind == "task"), 0)
        above = said[first] or above
        task = _row(folded, cells, columns, len(tasks) + 1, vocabulary, above)
        if task is not None:
            group = groups[-1].no if groups else None
            tasks.append(replace(task, group=group))
    numbers = [task.no for task in tasks]
    if len(set(numbers)) < len(numbers):
        tasks = [replace(task, no=place) for place, task in enumerate(tasks, start=1)]
    held = [
        replace(group, tasks=tuple(task.no for task in tasks if task.group == group.no))
        for group in groups
    ]
    return tuple(held), tuple(tasks)


def tied(tasks: tuple[Task, ...], rows: tuple[Task, ...]) -> tuple[Task, ...]:
    """Return the tasks, those without units with the clauses of the table row that lists them.

    A row lists the task whose title it names; the table stands in an appendix as a rule.
    """
    named = {_plain(row.title): row for row in rows if len(_plain(row.title)) >= 4 and row.clauses}
    done: list[Task] = []
    for task in tasks:
        row = named.get(_plain(task.title)) if not task.units else None
        done.append(replace(task, clauses=(*task.clauses, *row.clauses)) if row else task)
    return tuple(done)


def _plain(title: str) -> str:
    """Return a title without its number, blanks and signs, to compare it with another."""
    bare = re.sub(r"^[ \t]*(?:\(?[一二三四五六七八九十\d]{1,3}[)、.．）]+)+", "", title)
    return re.sub(r"[\s，。、；：:]", "", bare)


def _bare(text: str, span: Span) -> Span:
    """Return the span without blanks around it."""
    first, last = span
    while first < last and text[first] in " \t":
        first += 1
    while last > first and text[last - 1] in " \t":
        last -= 1
    return first, last


def cells_of(text: str, start: int, end: int) -> list[Span]:
    """Return the spans of a line's cells, parted by tabs or by | signs."""
    mark = "\t" if "\t" in text[start:end] else "|"
    spans, first = [], start
    while (place := text.find(mark, first, end)) >= 0:
        spans.append((first, place))
        first = place + 1
    spans.append((first, end))
    if mark == "|":
        if spans and not text[slice(*spans[0])].strip():
            spans = spans[1:]
        if spans and not text[slice(*spans[-1])].strip():
            spans = spans[:-1]
    return spans


def is_rule(line: str) -> bool:
    """Return whether a line only rules a table off: |---|---|."""
    return bool(_RULE.fullmatch(line))


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
    folded: Folded,
    cells: list[Span],
    columns: dict[int, str],
    no: int,
    vocabulary: Vocabulary,
    above: str,
) -> Task | None:
    """Return the task of one row; ``above`` is what its first task column says or carries on."""
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
            title = said or title
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
    title = title or (above if taken else "")
    if not title:
        return None
    if len(title.split("。")[0]) > 40 and len(above) <= 40:
        title = above
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
