"""Which parts of the outline are goals, principles, tasks and safeguards."""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass, field

from shuiheng.core.plan_text.folding import Span
from shuiheng.core.plan_text.outline import Node

_PRINCIPLES = re.compile(
    r"(?:指导思想|基本原则|工作原则|主要原则|总体思路|工作思路|基本思路|发展思路|指导方针|基本方针|遵循原则|战略定位|原则)$"
)
_GOALS = re.compile(
    r"(?:主要目标|工作目标|总体目标|行动目标|发展目标|目标指标|规划目标|预期目标|年度目标|阶段目标|具体目标|建设目标|目标要求"
    r"|目标|主要指标|总目标|任务目标|目标任务|目标和任务|工作目标任务)$|^(?:到)?20\d\d年(?:工作)?目标"
)
_OVERALL = re.compile(
    r"(?:总体要求|总要求|总体思路|基本要求|总则|总体目标和要求|总体部署|总体考虑)$"
)
_PREFACE = re.compile(
    r"意义|背景|形势|现状|基本情况|基础|必要性|编制依据|存在(?:的)?问题|面临|适用范围|认识|主要成效|主要做法|开展情况|工作情况|完成情况|经验做法|工作成效|回顾|前言|引言|概述|概况"
)
_TASKS = re.compile(
    r"(?:(?:重点|主要|工作|具体|核心|改革|建设|整治|行动|攻坚|年度|治理|总体|各项|目标)任务(?:和措施|及措施|与措施|与分工|及分工|分工|清单|和责任分工)?"
    r"|重点行动|主要行动|专项行动|重大行动|行动内容|活动内容|活动安排|重点工作|主要工作|工作内容|主要内容|工作重点|重点内容|实施内容|建设内容|整治内容"
    r"|(?:主要|重点|工作|具体|政策|推进|改革|实施|重大|治理|整治|行动|有关|支持)(?:措施|举措)|重点工程|重大工程|重点项目|工程项目"
    r"|任务分工|任务措施|任务举措|任务和举措|主要任务及责任分工|重点领域|任务)$"
)
_SAFEGUARDS = re.compile(
    r"保障措施|保障机制|组织保障|组织实施|组织领导|工作保障|实施保障|保障体系|工作要求|有关要求|相关要求|强化保障|加强保障|保障支撑"
    r"|支撑保障|措施保障|政策保障|落实保障|组织推进|组织落实|工作机制$|监督考核|考核评估|督查考核|考核评价|监督管理和考核|督导考核|责任落实|保障$"
    r"|^加强组织|^强化组织|^强化落实|^狠抓落实|^抓好落实|^推进落实|^加强领导"
)
_STEPS = re.compile(
    r"(?:实施|工作|推进|方法|行动|整治|时间|进度|阶段)(?:步骤|安排|进度|计划安排)(?:与.{1,6})?$|时间步骤|时间节点|阶段安排|实施阶段|(?:工作)?进度安排|实施时间"
)
_ORGANS = re.compile(
    r"组织机构|工作机构|领导机构|领导小组|职责分工|部门职责|工作职责|责任分工$|联系方式|名词解释|附则|解释|施行|有效期|资金来源"
    r"|活动主题|活动时间|活动地点|时间地点|参加人员|参加对象|参与对象"
)
_PRINCIPLE_ITEM = re.compile(r"坚持|突出|注重|遵循|始终|牢固树立|把握")
_FIELD = re.compile(
    r"(?:工作|主要|任务|行动|具体)?(?:目标|内容|任务|措施|举措|要求)$|(?:责任|牵头|配合|参与|主办|协办)(?:单位|部门|领导)"
    r"|(?:完成|工作)?(?:时限|时间|节点|期限)"
)
_MIXED = re.compile(r"目标(?:和|与|及)?(?:主要|重点|工作)?任务|任务目标")


@dataclass(slots=True)
class Parts:
    """The sections of a plan: each list in the order of the text."""

    groups: list[tuple[Node | None, list[Node]]] = field(default_factory=list)
    safeguards: list[Node] = field(default_factory=list)
    goals: list[Node] = field(default_factory=list)
    principles: list[Node] = field(default_factory=list)
    empty_groups: list[Node] = field(default_factory=list)
    appendices: list[Span] = field(default_factory=list)
    chapters: list[Node] = field(default_factory=list)
    explicit: bool = False

    @property
    def tasks(self) -> list[Node]:
        """All task nodes in order."""
        return [task for _, tasks in self.groups for task in tasks]


def kind_of(title: str) -> str:
    """Return what a heading says its section is, or an empty text for a title of its own.

    >>> [kind_of(title) for title in ("重大意义", "基本原则", "重点任务", "保障措施", "主要目标")]
    ['preface', 'principles', 'tasks', 'safeguards', 'goals']
    >>> kind_of("加强工业节水减排")
    ''
    """
    plain = re.sub(r"[ \t]|\([^()]*\)|[。:]$", "", title)
    if not plain or len(plain) > 30:
        return ""
    if re.search(r"总体要求[和与及、]", plain) or _OVERALL.search(plain):
        return "overall"
    for kind, words in (
        ("goals", _GOALS),
        ("tasks", _TASKS),
        ("principles", _PRINCIPLES),
        ("steps", _STEPS),
        ("safeguards", _SAFEGUARDS),
        ("organs", _ORGANS),
    ):
        if words.search(plain):
            return kind
    if len(plain) <= 14 and _PREFACE.search(plain):
        return "preface"
    return ""


class _Sorter:
    """Walks the outline and sorts its sections, with the places of the clauses at hand."""

    def __init__(self, root: Node, clauses: list[Span], length: int) -> None:
        self.starts = sorted(first for first, _ in clauses)
        self.parts = Parts()
        self.chapters = self._chapters(root, length)
        self.parts.chapters = self.chapters

    def _chapters(self, root: Node, length: int) -> list[Node]:
        """Return the chapters of the main document, appendices set aside."""
        segments: list[tuple[Span, list[Node]]] = [((0, length), [])]
        for node in root.children:
            if node.style == "appendix":
                segments[-1] = ((segments[-1][0][0], node.start), segments[-1][1])
                segments.append(((node.start, node.end), list(node.children)))
            else:
                segments[-1][1].append(node)

        def weight(segment: tuple[Span, list[Node]]) -> tuple[int, int]:
            top = [node for node in segment[1] if node.rank <= 2.0]
            known = sum(bool(kind_of(node.title)) for node in top)
            return (known * 3 + len(top) + self._count(*segment[0]), -segment[0][0])

        main = max(segments, key=weight)
        self.parts.appendices = [
            span for span, nodes in segments if span[0] > main[0][0] and (span, nodes) != main
        ]
        return _top(main[1])

    def _count(self, start: int, end: int) -> int:
        return bisect_left(self.starts, end) - bisect_left(self.starts, start)

    def sort(self) -> Parts:
        """Return the sections."""
        unknown: list[Node] = []
        kinds = [(chapter, kind_of(chapter.title)) for chapter in self.chapters]
        self.parts.explicit = any(kind == "tasks" for _, kind in kinds)
        only_goals = not self.parts.explicit
        for place, (chapter, kind) in enumerate(kinds):
            if kind == "goals" and _MIXED.search(chapter.title) and self._holds_tasks(chapter):
                kind = "tasks"
            if kind == "safeguards" and self._is_task_chapter(kinds, place):
                kind = ""
            if kind in {"overall", "goals", "principles", "preface"}:
                self._sort_overall(chapter, kind)
            elif kind == "tasks":
                self._sort_tasks(chapter, explicit=True)
            elif kind == "safeguards":
                self.parts.safeguards.extend(self._items(chapter))
            elif kind == "":
                held = self._count(chapter.start, chapter.end)
                if not held and _is_no_chapter(chapter):
                    continue
                among = bool(self.parts.groups) and bool(chapter.children)
                if (only_goals or held or among) and not self._principles(chapter):
                    unknown.append(chapter)
                    self._sort_tasks(chapter, explicit=False)
        if unknown and not self.parts.explicit:
            self._flatten()
        return self.parts

    def _is_task_chapter(self, kinds: list[tuple[Node, str]], place: int) -> bool:
        """Return whether a chapter that speaks of safeguards is one of many task chapters."""
        chapter = kinds[place][0]
        if re.search(r"措施$|组织实施|组织领导|要求$|组织保障|机制$|保障$", chapter.title):
            return False
        later = [kind for _, kind in kinds[place + 1 :]]
        if not self.parts.explicit and "" in later and chapter.children:
            return True
        return "safeguards" in later and self._count(chapter.start, chapter.end) > 1

    def _sort_overall(self, chapter: Node, kind: str) -> None:
        if kind == "goals":
            self.parts.goals.append(chapter)
            return
        if kind == "principles":
            self.parts.principles.append(chapter)
            return
        for child in chapter.children:
            inner = kind_of(child.title)
            if inner == "goals":
                self.parts.goals.append(child)
            elif inner == "principles":
                self.parts.principles.append(child)
            elif inner == "tasks":
                self._sort_tasks(child, explicit=True)
            elif inner == "safeguards":
                self.parts.safeguards.extend(self._items(child))
        if kind == "overall" and not any(
            kind_of(child.title) == "goals" for child in chapter.children
        ):
            self.parts.goals.append(chapter)

    def _items(self, chapter: Node) -> list[Node]:
        return _level(chapter.children) or (
            [chapter] if _has_body(chapter) or chapter.rank > 2 else []
        )

    def _holds_tasks(self, chapter: Node) -> bool:
        return any(kind_of(child.title) == "tasks" for child in chapter.children) or (
            len(chapter.children) > 1 and self._count(chapter.start, chapter.end) > 1
        )

    def _principles(self, chapter: Node) -> bool:
        """Return whether the chapter's items are principles: most begin with 坚持 and the like."""
        if self._count(chapter.start, chapter.end):
            return False
        items = chapter.children or [chapter]
        held = sum(bool(_PRINCIPLE_ITEM.match(item.title)) for item in items)
        return held * 10 >= len(items) * 6

    def _sort_tasks(self, chapter: Node, *, explicit: bool) -> None:
        """Add the tasks of a chapter: its items, or the items of its items."""
        children = _level(chapter.children)
        if not children:
            if not explicit or self._count(chapter.start, chapter.end):
                self.parts.groups.append((None, [chapter]))
            return
        inner = [child for child in children if kind_of(child.title) in {"goals", "principles"}]
        if not explicit:
            inner = [child for child in inner if not self._count(child.start, child.end)]
            self.parts.goals.extend(c for c in inner if kind_of(c.title) == "goals")
            left_out = {id(child) for child in inner}
            children = [child for child in children if id(child) not in left_out]
        if len(children) == 1 and kind_of(children[0].title) == "tasks" and children[0].children:
            self._sort_tasks(children[0], explicit=True)
            return
        if not self._grandchildren_are_tasks(children):
            self.parts.groups.append((chapter, children))
            return
        for child in children:
            below = _level(child.children)
            if below:
                self.parts.groups.append((child, below))
            elif self._count(child.start, child.end) or _has_body(child):
                self.parts.groups.append((child, [child]))
            else:
                self.parts.empty_groups.append(child)

    def _grandchildren_are_tasks(self, children: list[Node]) -> bool:
        """Return whether the items below these items are the tasks.

        Where clauses are written they decide: one under each item of the lower level, or one at
        the end of each upper item. Where none are, bare headings above are groups.
        """
        lower = [item for child in children for item in _level(child.children)]
        if sum(bool(_FIELD.match(item.title)) for item in lower) * 10 >= len(lower) * 6 > 0:
            return False  # 1.目标 2.内容 3.责任单位: the fields of one task
        own = inner_last = inner_early = lower_items = 0
        for child in children:
            below = _level(child.children)
            lower_items += len(below)
            own += self._count(child.start, child.body_end)
            for place, item in enumerate(below):
                held = bool(self._count(item.start, item.end))
                inner_last += held and place == len(below) - 1
                inner_early += held and place < len(below) - 1
        parents = sum(1 for child in children if child.children)
        if not lower_items:
            return False
        early_items = lower_items - parents
        with_clause = own + inner_last + inner_early
        if with_clause:
            if inner_early and inner_early + inner_last <= own:
                return False
            if inner_early:
                return inner_early * 2 >= early_items or inner_early > own + inner_last
            return own == 0 and early_items == 0 and parents * 2 > len(children)
        bare = sum(1 for child in children if child.children and not _has_own_body(child))
        return bare * 2 > parents and parents * 2 > len(children)

    def _flatten(self) -> None:
        """Drop the group of tasks that are chapters themselves."""
        flat = all(group is None for group, _ in self.parts.groups)
        if flat and self.parts.groups:
            tasks = self.parts.tasks
            self.parts.groups = [(None, tasks)]


def _is_no_chapter(node: Node) -> bool:
    """Return whether a top item is an article of a rule (第一条) or a mere name in a list."""
    short = node.rank >= 4.0 and not node.children and node.end - node.start < 25
    return node.style == "article" or short


def _top(nodes: list[Node]) -> list[Node]:
    """Return the chapters: the top headings, below a title that wraps the whole document."""
    ranked = _level(nodes)
    if len(ranked) == 1 and not kind_of(ranked[0].title) and len(ranked[0].children) > 1:
        below = _level(ranked[0].children)
        if sum(bool(kind_of(child.title)) for child in below) > 1:
            return below
    opened: list[Node] = []
    for node in ranked:
        below = _level(node.children)
        told = [child for child in below if kind_of(child.title) in {"tasks", "safeguards"}]
        opened.extend(below if not kind_of(node.title) and len(told) > 1 else [node])
    return opened


def _level(nodes: list[Node]) -> list[Node]:
    """Return the nodes of the level most of them share; strays of a deeper level are left out."""
    if not nodes:
        return []
    counts: dict[float, int] = {}
    for node in nodes:
        counts[node.rank] = counts.get(node.rank, 0) + 1
    top = min(counts)
    if counts[top] == 1 and len(nodes) > 2 and top > 2.0:
        rest = {rank: held for rank, held in counts.items() if rank != top}
        best = max(rest, key=lambda rank: rest[rank])
        if rest[best] >= 2:
            return [node for node in nodes if node.rank in {top, best}]
    return [node for node in nodes if node.rank == top]


def _has_body(node: Node) -> bool:
    """Return whether the node holds more than its title."""
    return node.end - node.start > len(node.label) + len(node.title) + 6


def _has_own_body(node: Node) -> bool:
    """Return whether text stands between the node's title and its first child."""
    return node.body_end - node.title_span[1] > 14


def sort_parts(root: Node, clauses: list[Span], length: int) -> Parts:
    """Return the sections of an outline, given where its responsibility clauses stand."""
    return _Sorter(root, clauses, length).sort()
