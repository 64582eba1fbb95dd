"""The whole parser: text in, plan out."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

from shuiheng.core.plan_text import contradictions
from shuiheng.core.plan_text.clauses import Reading, find_clauses, prose_clause
from shuiheng.core.plan_text.folding import Folded, Span, fold
from shuiheng.core.plan_text.heading import issued_in, read_heading
from shuiheng.core.plan_text.model import (
    Group,
    Mechanism,
    Plan,
    RoleClause,
    SoftTarget,
    Target,
    Task,
    Unit,
    UnitRole,
)
from shuiheng.core.plan_text.outline import Node, outline
from shuiheng.core.plan_text.soft import soft_targets
from shuiheng.core.plan_text.structure import Parts, sort_parts
from shuiheng.core.plan_text.tables import table_tasks, tied
from shuiheng.core.plan_text.target_tables import target_rows
from shuiheng.core.plan_text.targets import Region, TargetReader
from shuiheng.core.plan_text.vocabulary import Vocabulary

_MASKED = re.compile(
    r"千吨万人|百吨千人|《[^《》\n]{1,80}》|“(?!十[一二三四五六]五)[^“”%\n]{1,24}”|〔\d{4}〕\d+号|https?://\S+"
)


def parse_plan(text: str, vocabulary: Vocabulary | None = None) -> Plan:
    """Return what the text of a government plan says: tasks, units with roles, targets, doubts.

    Any text is accepted; what cannot be read becomes a finding. Spans are offsets into ``text``.

    >>> plan = parse_plan('''水城节水行动方案
    ... 一、重点任务
    ... （一）改造供水管网。到2025年，供水管网漏损率控制在9%以内。（市水利局牵头，财政局配合）
    ... ''')
    >>> task = plan.tasks[0]
    >>> task.title, [unit.name for unit in task.units]
    ('改造供水管网', ['市水利局', '市财政局'])
    >>> target = plan.targets[0]
    >>> target.metric, str(target.value_si), target.comparator, target.deadline_year
    ('供水管网漏损率', '0.09', '<=', 2025)
    """
    words = vocabulary if vocabulary is not None else Vocabulary.shipped()
    folded = fold(text)
    root = outline(folded.text)
    clauses = find_clauses(folded, Reading(spellings=words.spellings))
    parts = sort_parts(root, [clause.at for clause in clauses], len(folded.text))
    reader = _PlanReader(folded, words, clauses, parts, root)
    return reader.plan()


class _PlanReader:
    """Holds the pieces of one document while they are put together."""

    def __init__(
        self,
        folded: Folded,
        vocabulary: Vocabulary,
        clauses: list[RoleClause],
        parts: Parts,
        root: Node,
    ) -> None:
        self.folded, self.vocabulary, self.parts, self.root = folded, vocabulary, parts, root
        self.clauses = clauses
        self.starts = [clause.at[0] for clause in clauses]
        self.rows = target_rows(folded, vocabulary)
        covered = [*(clause.at for clause in clauses), *(row.at for row in self.rows)]
        self.masked = _without_labels(_masked(folded.text, covered), root)
        self.prose: list[RoleClause] = []

    def plan(self) -> Plan:
        """Return the plan."""
        groups, tasks = self._tasks()
        listed = table_tasks(self.folded, self.vocabulary)
        if not tasks:
            groups, tasks = listed
        else:
            tasks = tied(tasks, listed[1])
        safeguards = tuple(
            self._task(place + 1, node, None) for place, node in enumerate(self.parts.safeguards)
        )
        goals = tuple(
            clause for node in self.parts.goals for clause in self._within(node.start, node.end)
        )
        document = read_heading(self.folded, self._body_start())
        targets, soft = self._targets(tasks, safeguards, issued_in(document))
        plan = Plan(
            document=document,
            groups=groups,
            tasks=tasks,
            safeguards=safeguards,
            goals=goals,
            clauses=tuple(sorted([*self.clauses, *self.prose], key=lambda one: one.at)),
            targets=tuple(targets),
            soft_targets=tuple(soft),
            units=units_of_plan(goals, tasks, safeguards, self.vocabulary),
            mechanisms=tuple(self._mechanisms(tasks)),
            characters=len(self.folded.original),
        )
        findings = contradictions.notice(plan, self.folded, self.parts, self.root, self.vocabulary)
        return replace(plan, findings=tuple(findings))

    def _body_start(self) -> int:
        """Return where the first chapter of the main document begins."""
        known = (*self.parts.chapters, *self.parts.tasks, *self.parts.goals)
        return min((node.start for node in known), default=len(self.folded.text))

    def _within(self, start: int, end: int) -> list[RoleClause]:
        first, last = bisect_left(self.starts, start), bisect_right(self.starts, end - 1)
        return self.clauses[first:last]

    def _tasks(self) -> tuple[tuple[Group, ...], tuple[Task, ...]]:
        nodes = self.parts.tasks
        number_of_node = {id(node): no for node, no in zip(nodes, self._numbers(), strict=True)}
        heads = [head for head, _ in self.parts.groups if head is not None]
        labels = [head.number for head in heads]
        in_order = bool(labels) and labels == list(range(labels[0], labels[0] + len(labels)))
        group_numbers = labels if in_order and labels[0] == 1 else list(range(1, len(heads) + 1))
        groups: list[Group] = []
        tasks: list[Task] = []
        for head, members in self.parts.groups:
            no = None
            if head is not None:
                no = group_numbers[len(groups)]
                title = head.title
                span = self.folded.span(head.start, max(head.title_span[1], head.head_end))
                own = tuple(number_of_node[id(node)] for node in members)
                groups.append(Group(no, head.label, title, own, span))
            shared = self._of_group(head, members)
            for node in members:
                task = self._task(number_of_node[id(node)], node, no)
                tasks.append(task if task.clauses else replace(task, inherited=shared))
        return tuple(groups), tuple(tasks)

    def _of_group(self, head: Node | None, members: list[Node]) -> tuple[UnitRole, ...]:
        """Return the units of a clause on the group's own heading, for tasks that have none."""
        if head is None or head in members:
            return ()
        clauses = self._within(head.start, head.body_end)
        return tuple(replace(unit, inherited=True) for one in clauses for unit in one.units)

    def _task(self, no: int, node: Node, group: int | None) -> Task:
        end = node.end
        while end > node.start and self.folded.text[end - 1] in " \t\n":
            end -= 1
        return Task(
            no=no,
            label=node.label,
            title=self.folded.written(*node.title_span).replace("\n", "") if node.title else "",
            group=group,
            text_span=self.folded.span(node.start, end),
            clauses=tuple(self._within(node.start, node.end)) or self._in_prose(node),
            assists=contradictions.assists(self.folded, node.start, node.end),
        )

    def _in_prose(self, node: Node) -> tuple[RoleClause, ...]:
        """Return the clause in the words of an item that has none in brackets or on a line."""
        reading = Reading(spellings=self.vocabulary.spellings)
        clause = prose_clause(self.folded, node.start, node.end, reading)
        if clause is None:
            return ()
        self.prose.append(clause)
        return (clause,)

    def _targets(
        self, tasks: tuple[Task, ...], safeguards: tuple[Task, ...], issued: int | None
    ) -> tuple[list[Target], list[SoftTarget]]:
        reader = TargetReader(self.folded, self.masked, self.vocabulary)
        targets: list[Target] = []
        soft: list[SoftTarget] = []
        for region in self._regions(tasks, safeguards):
            found = reader.read(region)
            targets.extend(found)
            inside = [clause.at for clause in self._within(region.start, region.end)]
            if region.place != "safeguard":
                soft.extend(soft_targets(self.folded, reader, region, found, inside))
        targets.extend(self._of_tables(issued))
        return sorted(targets, key=lambda target: target.span), soft

    def _of_tables(self, issued: int | None) -> Iterator[Target]:
        """Yield the targets of tables, with the task in which each table stands, if in one."""
        nodes, numbers = self.parts.tasks, self._numbers()
        starts = [node.start for node in nodes]
        for row in self.rows:
            place = bisect_right(starts, row.at[0]) - 1
            inside = place >= 0 and row.at[0] < nodes[place].end
            for target in row.aimed(issued):
                if inside:
                    yield replace(target, task=numbers[place], place="task")
                else:
                    yield target

    def _numbers(self) -> list[int]:
        """Return the tasks' numbers: as written where they rise, otherwise counted."""
        written = [node.number for node in self.parts.tasks]
        rising = all(one < two for one, two in pairwise(written)) and 0 not in written
        return written if rising else list(range(1, len(written) + 1))

    def _regions(self, tasks: tuple[Task, ...], safeguards: tuple[Task, ...]) -> list[Region]:
        regions = []
        held = [(task.start, task.end) for task in self.parts.tasks]
        for node in self.parts.goals:
            title = node.title_span[1] if node.title else node.head_end
            year = re.search(r"(20\d\d)年", node.title)
            for start, end in _outside(title, node.end, held + self._principle_spans(node)):
                regions.append(Region(start, end, "goals", year=int(year[1]) if year else None))
        if self.parts.tasks:
            for task, node in zip(tasks, self.parts.tasks, strict=True):
                start = node.title_span[1] if node.title else node.head_end
                due = [one.deadline_year for one in task.clauses if one.deadline_year]
                regions.append(Region(start, node.end, "task", task.no, max(due) if due else None))
        else:
            for task in tasks:
                for clause in task.clauses:
                    regions.append(Region(*clause.at, "task", task.no, clause.deadline_year))
        regions.extend(
            Region(node.title_span[1] if node.title else node.head_end, node.end, "safeguard", None)
            for _, node in zip(safeguards, self.parts.safeguards, strict=True)
        )
        return regions

    def _principle_spans(self, node: Node) -> list[Span]:
        return [
            (one.start, one.end)
            for one in self.parts.principles
            if node.start <= one.start < node.end
        ]

    def _mechanisms(self, tasks: tuple[Task, ...]) -> list[Mechanism]:
        """Return the ties of tasks to mechanisms: the first keyword of each in a task's text."""
        if not self.vocabulary.keywords or not self.parts.tasks:
            return []
        names = dict(self.vocabulary.keywords)
        words = sorted(names, key=len, reverse=True)
        found = re.compile("|".join(re.escape(word) for word in words))
        bare = _masked(self.folded.text, [clause.at for clause in self.clauses], quotes=False)
        ties: list[Mechanism] = []
        for task, node in zip(tasks, self.parts.tasks, strict=True):
            seen: set[str] = set()
            for match in found.finditer(bare, node.start, node.end):
                name = names[match.group()]
                if name not in seen:
                    seen.add(name)
                    span = self.folded.span(*match.span())
                    ties.append(Mechanism(task.no, name, self.folded.written(*match.span()), span))
        return ties


def _outside(start: int, end: int, holes: list[Span]) -> list[Span]:
    """Return the parts of a stretch that lie in none of the holes."""
    parts, place = [], start
    for first, last in sorted(holes):
        if last <= place or first >= end:
            continue
        if first > place:
            parts.append((place, first))
        place = max(place, last)
    if place < end:
        parts.append((place, end))
    return parts


def _masked(text: str, covered: list[Span], *, quotes: bool = True) -> str:
    """Return the text with ``covered`` stretches, titles and slogans in quotes under signs."""
    spans = list(covered)
    if quotes:
        spans.extend(match.span() for match in _MASKED.finditer(text))
    pieces, place = [], 0
    for start, end in sorted(spans):
        if start < place:
            continue
        pieces.append(text[place:start])
        pieces.append("".join("\n" if sign == "\n" else "□" for sign in text[start:end]))
        place = end
    pieces.append(text[place:])
    return "".join(pieces)


def _without_labels(text: str, root: Node) -> str:
    """Return the text with the numbers of items turned into line ends: they are no quantities."""
    pieces, place = [], 0
    for node in root.walk():
        if node.label and node.start >= place:
            pieces.append(text[place : node.start])
            pieces.append("\n" * (node.head_end - node.start))
            place = node.head_end
    pieces.append(text[place:])
    return "".join(pieces)


def units_of_plan(
    goals: tuple[RoleClause, ...],
    tasks: tuple[Task, ...],
    safeguards: tuple[Task, ...],
    vocabulary: Vocabulary,
) -> tuple[Unit, ...]:
    """Return every unit that is named, with its spellings and the tasks it leads or takes part in.

    Phrases such as 各有关部门 name nobody and stay with their tasks.
    """
    seen: dict[str, list[UnitRole]] = {}
    roles: dict[str, dict[str, dict[int, None]]] = {}
    everything = [
        *((0, unit) for clause in goals for unit in clause.units),
        *((task.no, unit) for task in tasks for unit in task.units),
        *((0, unit) for task in safeguards for unit in task.units),
    ]
    for no, unit in everything:
        if unit.generic:
            continue
        seen.setdefault(unit.name, []).append(unit)
        if no:
            roles.setdefault(unit.name, {}).setdefault(unit.role, {})[no] = None
    return tuple(
        Unit(
            name=name,
            aliases=tuple(dict.fromkeys(one.as_written for one in units if one.as_written != name)),
            collective=units[0].collective,
            lead_in=tuple(roles.get(name, {}).get("lead", ())),
            participates_in=tuple(roles.get(name, {}).get("participant", ())),
            responsible_in=tuple(roles.get(name, {}).get("responsible", ())),
            guides_in=tuple(roles.get(name, {}).get("guide", ())),
            office=None if units[0].collective else vocabulary.office_of(name),
        )
        for name, units in seen.items()
    )
