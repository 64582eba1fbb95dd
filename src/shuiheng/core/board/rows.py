"""The rows of a board, ready for page, terminal and JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from shuiheng.basics import Cited, Figure, Missing
from shuiheng.core.board.judging import Judgement, Point, Verdict, limit_of


@dataclass(frozen=True, slots=True)
class TargetRow:
    """One target of the plan with its figure and verdict.

    ``alternatives`` are the same figure by other methods, where the plan does not say which.
    """

    name: str
    title: str
    title_en: str
    sense: str
    wanted: Cited
    due: date | None
    figure: Figure
    judgement: Judgement
    trend: tuple[Point, ...] = ()
    task: int | None = None
    leads: tuple[str, ...] = ()
    alternatives: tuple[Figure, ...] = ()
    kind: str = "target"

    @property
    def verdict(self) -> Verdict:
        """The verdict of the judgement."""
        return self.judgement.verdict

    @property
    def limit(self) -> Decimal | None:
        """The target's number in the figure's unit; None for a target without a number."""
        if not isinstance(self.wanted.value, Decimal):
            return None
        return limit_of(self.figure, self.wanted)

    def to_json(self) -> dict[str, Any]:
        """Return the row as plain values."""
        return {
            "name": self.name,
            "title": self.title,
            "title_en": self.title_en,
            "kind": self.kind,
            "task": self.task,
            "leads": list(self.leads),
            "sense": self.sense,
            "comparator": {"at_most": "<=", "at_least": ">=", "equals": "="}.get(self.sense, ""),
            "target": _plain(self.wanted.value),
            "unit": self.wanted.unit,
            "limit": float(self.limit) if self.limit is not None else None,
            "due": self.due.isoformat() if self.due else None,
            "clause": str(self.wanted.clause),
            "quote": self.wanted.clause.quote,
            **_figure(self.figure),
            **_judgement(self.judgement),
            "trend": [
                {"on": p.on.isoformat(), "value": float(p.value), "declared": p.declared}
                for p in self.trend
            ],
            "alternatives": [_figure(figure) for figure in self.alternatives],
        }


@dataclass(frozen=True, slots=True)
class Evidence:
    """A figure that shows how a task stands, judged where a law or target gives a number."""

    figure: Figure
    judgement: Judgement
    mechanism: str
    law: Cited | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the evidence as plain values."""
        return {
            "mechanism": self.mechanism,
            **_figure(self.figure),
            **_judgement(self.judgement),
            "clause": str(self.law.clause) if self.law else None,
        }


@dataclass(frozen=True, slots=True)
class TaskRow:
    """One task of the plan with its targets, its evidence and the worst verdict of them."""

    no: int
    title: str
    title_en: str
    group: int
    leads: tuple[str, ...]
    participants: tuple[str, ...]
    targets: tuple[TargetRow, ...]
    evidence: tuple[Evidence, ...]
    mechanisms: tuple[str, ...]
    clause: str
    quote: str = ""
    key: str = ""

    @property
    def verdict(self) -> Verdict:
        """The worst verdict of targets and evidence; a task without any is not measurable."""
        verdicts = [row.verdict for row in self.targets] + [
            item.judgement.verdict for item in self.evidence
        ]
        judged = [verdict for verdict in verdicts if verdict is not Verdict.TRACKED]
        if self.targets or judged:
            return min(judged, key=lambda verdict: verdict.order)
        return Verdict.TRACKED if verdicts else Verdict.NOT_MEASURABLE

    @property
    def missing(self) -> tuple[Missing, ...]:
        """Every missing input of the task, each once."""
        found = {
            item.name: item
            for figure in (
                *(row.figure for row in self.targets),
                *(evidence.figure for evidence in self.evidence),
            )
            for item in figure.lacking()
        }
        return tuple(found.values())

    def to_json(self) -> dict[str, Any]:
        """Return the row as plain values."""
        return {
            "no": self.no,
            "title": self.title,
            "title_en": self.title_en,
            "group": self.group,
            "leads": list(self.leads),
            "participants": list(self.participants),
            "verdict": self.verdict.value,
            "verdict_title": self.verdict.word,
            "targets": [row.name for row in self.targets],
            "evidence": [item.to_json() for item in self.evidence],
            "missing": [
                {"name": m.name, "title": m.title, "title_en": m.title_en, "held_by": m.held_by}
                for m in self.missing
            ],
            "mechanisms": list(self.mechanisms),
            "clause": self.clause,
            "quote": self.quote,
        }


@dataclass(frozen=True, slots=True)
class Group:
    """A group of tasks, as the plan numbers them."""

    no: int
    title: str
    title_en: str
    tasks: tuple[TaskRow, ...]


@dataclass(frozen=True, slots=True)
class Board:
    """How a district stands against its plan on a day."""

    plan: str
    title: str
    document: str
    place: str
    place_name: str
    on: date
    targets: tuple[TargetRow, ...]
    soft_targets: tuple[TargetRow, ...]
    groups: tuple[Group, ...]
    demo: bool = False
    snapshot: str = ""
    title_en: str = ""

    @property
    def tasks(self) -> tuple[TaskRow, ...]:
        """Every task, in the order of the plan."""
        return tuple(task for group in self.groups for task in group.tasks)

    def counts(self) -> Counter[Verdict]:
        """Return how many targets have each verdict."""
        return Counter(row.verdict for row in self.targets)

    def task_counts(self) -> Counter[Verdict]:
        """Return how many tasks have each verdict."""
        return Counter(task.verdict for task in self.tasks)

    def to_json(self) -> dict[str, Any]:
        """Return the board as plain values."""
        zh, en = sentence(self)
        return {
            "plan": self.plan,
            "title": self.title,
            "title_en": self.title_en,
            "document": self.document,
            "place": self.place,
            "place_name": self.place_name,
            "on": self.on.isoformat(),
            "demo": self.demo,
            "snapshot": self.snapshot,
            "sentence": zh,
            "sentence_en": en,
            "counts": {verdict.value: self.counts()[verdict] for verdict in Verdict},
            "targets": [row.to_json() for row in self.targets],
            "soft_targets": [row.to_json() for row in self.soft_targets],
            "groups": [
                {
                    "no": group.no,
                    "title": group.title,
                    "title_en": group.title_en,
                    "tasks": [task.to_json() for task in group.tasks],
                }
                for group in self.groups
            ],
        }


def sentence(board: Board) -> tuple[str, str]:
    """Return the board in one sentence, Chinese and English."""
    counts = board.counts()
    total = len(board.targets)
    zh = [f"{total} 项量化目标中 {counts[Verdict.MET]} 项达标"]
    en = [f"{counts[Verdict.MET]} of {total} targets met"]
    for verdict, words, words_en in (
        (Verdict.NOT_MET, "项未达标", "not met"),
        (Verdict.BEHIND, "项滞后", "behind"),
        (Verdict.ON_COURSE, "项可达", "on course"),
        (Verdict.NOT_MEASURABLE, "项缺数据", "need data"),
    ):
        if counts[verdict]:
            zh.append(f"{counts[verdict]} {words}")
            en.append(f"{counts[verdict]} {words_en}")
    needing = sum(
        task.verdict is Verdict.NOT_MEASURABLE or bool(task.missing) for task in board.tasks
    )
    en.append(f"{len(board.tasks) - needing} of {len(board.tasks)} tasks have all their data")
    tasks = f"{len(board.tasks)} 项任务中 {len(board.tasks) - needing} 项数据齐全"
    return f"{'，'.join(zh)}；{tasks}。", "; ".join(en) + "."


def worst_first(rows: Iterable[TargetRow]) -> list[TargetRow]:
    """Return target rows with the worst verdict first."""
    return sorted(rows, key=lambda row: row.verdict.order)


def _figure(figure: Figure) -> dict[str, Any]:
    return {
        "figure": figure.name,
        "figure_title": figure.title,
        "figure_title_en": figure.title_en,
        "value": float(figure.value) if figure.value is not None else None,
        "value_unit": figure.unit,
        "method": figure.method,
        "period": str(figure.period) if figure.period else "",
        "quality": figure.quality.to_json(),
        "provisional": figure.provisional,
    }


def _judgement(judgement: Judgement) -> dict[str, Any]:
    return {
        "verdict": judgement.verdict.value,
        "verdict_title": judgement.verdict.word,
        "reason": judgement.reason,
        "reason_en": judgement.reason_en,
        "projected": float(judgement.projected) if judgement.projected is not None else None,
        "missing_inputs": [
            {"name": m.name, "title": m.title, "title_en": m.title_en, "held_by": m.held_by}
            for m in judgement.missing
        ],
    }


def _plain(value: Any) -> Any:
    return float(value) if isinstance(value, Decimal) else value
