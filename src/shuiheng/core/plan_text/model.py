"""What a plan is made of: plain frozen values, each with the span it was read from."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from shuiheng.basics import Finding
from shuiheng.core.plan_text.folding import Span

ROLES = ("lead", "participant", "responsible", "guide", "assist")


@dataclass(frozen=True, slots=True)
class UnitRole:
    """One unit named in a responsibility clause, with the role the clause gives it."""

    name: str
    as_written: str
    role: str
    collective: bool
    span: Span
    generic: bool = False
    inherited: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return the unit as plain values."""
        plain = {
            "name": self.name,
            "as_written": self.as_written,
            "role": self.role,
            "collective": self.collective,
            "span": list(self.span),
        }
        return {**plain, "inherited": True} if self.inherited else plain


@dataclass(frozen=True, slots=True)
class RoleClause:
    """A responsibility clause: where it stands, what it names, and whether it could be read.

    ``at`` is its place in the folded text, ``span`` in the original.
    """

    at: Span
    span: Span
    text: str
    units: tuple[UnitRole, ...]
    style: str
    bracketed: bool = True
    unread: tuple[str, ...] = ()
    deadline_year: int | None = None


def named(units: tuple[UnitRole, ...], *roles: str) -> list[str]:
    """Return the names that have one of ``roles``, each once, in the order of the text."""
    return list(dict.fromkeys(unit.name for unit in units if unit.role in roles))


def roles_json(units: tuple[UnitRole, ...]) -> dict[str, Any]:
    """Return the lists of names by role that every task, safeguard and clause carries."""
    return {
        "leads": named(units, "lead"),
        "participants": named(units, "participant"),
        "responsible": named(units, "responsible"),
        "guides": named(units, "guide"),
        "collectives": list(dict.fromkeys(unit.name for unit in units if unit.collective)),
    }


@dataclass(frozen=True, slots=True)
class Assist:
    """A unit of a level above that the text says is to be assisted."""

    name: str
    span: Span


@dataclass(frozen=True, slots=True)
class Task:
    """A numbered task or safeguard of the plan."""

    no: int
    label: str
    title: str
    group: int | None
    text_span: Span
    clauses: tuple[RoleClause, ...] = ()
    inherited: tuple[UnitRole, ...] = ()
    assists: tuple[Assist, ...] = ()

    @property
    def units(self) -> tuple[UnitRole, ...]:
        """Every unit of the task's clauses; of its group's clause where it has none itself."""
        return tuple(unit for clause in self.clauses for unit in clause.units) or self.inherited

    def to_json(self) -> dict[str, Any]:
        """Return the task as plain values."""
        return {
            "no": self.no,
            "label": self.label,
            "title": self.title,
            "group": self.group,
            "text_span": list(self.text_span),
            "span": [list(clause.span) for clause in self.clauses],
            "units": [unit.to_json() for unit in self.units],
            **roles_json(self.units),
            "assists_upper_level": list(dict.fromkeys(assist.name for assist in self.assists)),
        }


@dataclass(frozen=True, slots=True)
class Group:
    """A group of tasks."""

    no: int
    label: str
    title: str
    tasks: tuple[int, ...]
    span: Span

    def to_json(self) -> dict[str, Any]:
        """Return the group as plain values."""
        return {
            "no": self.no,
            "label": self.label,
            "title": self.title,
            "tasks": list(self.tasks),
            "span": list(self.span),
        }


@dataclass(frozen=True, slots=True)
class Target:
    """A number the plan sets: a target, the threshold of a duty, or a level to be reached."""

    metric: str
    text: str
    value: Decimal
    unit: str
    value_si: Decimal
    unit_si: str
    comparator: str
    kind: str
    span: Span
    baseline_year: int | None = None
    deadline_year: int | None = None
    task: int | None = None
    place: str = "task"
    direction: str | None = None
    per: str | None = None
    approximate: bool = False
    upto: Decimal | None = None
    in_words: str | None = None
    indicator: str | None = None
    measured_by: str | None = None
    metric_span: Span | None = None
    from_value: Decimal | None = None
    binding: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the entry as plain values."""
        plain: dict[str, Any] = {
            "metric": self.metric,
            "text": self.text,
            "value": self.value,
            "unit": self.unit,
            "value_si": self.value_si,
            "unit_si": self.unit_si,
            "comparator": self.comparator,
            "kind": self.kind,
            "baseline_year": self.baseline_year,
            "deadline_year": self.deadline_year,
            "task": self.task,
            "span": list(self.span),
            "place": self.place,
            "direction": self.direction,
            "per": self.per,
            "approximate": self.approximate,
            "indicator": self.indicator,
            "measured_by": self.measured_by,
            "metric_span": list(self.metric_span or self.span),
        }
        if self.upto is not None:
            plain["range"] = [min(self.value, self.upto), max(self.value, self.upto)]
        if self.in_words is not None:
            plain["in_words"] = self.in_words
        if self.from_value is not None:
            plain["from_value"] = self.from_value
        if self.binding is not None:
            plain["binding"] = self.binding
        return plain


@dataclass(frozen=True, slots=True)
class SoftTarget:
    """What shall be reached by a year, said without a number."""

    text: str
    deadline_year: int
    direction: str
    span: Span
    task: int | None = None
    benchmark: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the soft target as plain values."""
        return {
            "text": self.text,
            "deadline_year": self.deadline_year,
            "direction": self.direction,
            "task": self.task,
            "benchmark": self.benchmark,
            "span": list(self.span),
        }


@dataclass(frozen=True, slots=True)
class Mechanism:
    """A task's tie to a mechanism, by a keyword in the task's text."""

    task: int
    name: str
    keyword: str
    span: Span

    def to_json(self) -> dict[str, Any]:
        """Return the tie as plain values."""
        return {
            "task": self.task,
            "name": self.name,
            "keyword": self.keyword,
            "span": list(self.span),
        }


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of the plan: every spelling of it, and the tasks it leads or takes part in."""

    name: str
    aliases: tuple[str, ...]
    collective: bool
    lead_in: tuple[int, ...]
    participates_in: tuple[int, ...]
    responsible_in: tuple[int, ...]
    guides_in: tuple[int, ...]
    office: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the unit as plain values."""
        return {
            "name": self.name,
            "aliases": list(self.aliases),
            "collective": self.collective,
            "lead_in": list(self.lead_in),
            "participates_in": list(self.participates_in),
            "responsible_in": list(self.responsible_in),
            "guides_in": list(self.guides_in),
            "office": self.office,
        }


@dataclass(frozen=True, slots=True)
class Heading:
    """The head of the document: what it is, who issued it, when, and on what it rests."""

    title: str = ""
    number: str = ""
    issuer: str = ""
    date: date | None = None
    based_on: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the head as plain values."""
        return {
            "title": self.title,
            "number": self.number or None,
            "issuer": self.issuer or None,
            "date": self.date.isoformat() if self.date else None,
            "based_on": list(self.based_on),
        }


@dataclass(frozen=True, slots=True)
class Noticed:
    """A finding about the text, with the span it speaks of where there is one."""

    finding: Finding
    span: Span | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the finding as plain values."""
        return {**self.finding.to_json(), "span": list(self.span) if self.span else None}


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that was read from the text of a plan."""

    document: Heading
    groups: tuple[Group, ...] = ()
    tasks: tuple[Task, ...] = ()
    safeguards: tuple[Task, ...] = ()
    goals: tuple[RoleClause, ...] = ()
    clauses: tuple[RoleClause, ...] = ()
    targets: tuple[Target, ...] = ()
    soft_targets: tuple[SoftTarget, ...] = ()
    units: tuple[Unit, ...] = ()
    mechanisms: tuple[Mechanism, ...] = ()
    findings: tuple[Noticed, ...] = ()
    characters: int = 0
    vocabulary: str = field(default="cn")

    @property
    def blocks(self) -> bool:
        """Whether a finding forbids using what was read."""
        return any(noticed.finding.blocks for noticed in self.findings)

    def to_json(self) -> dict[str, Any]:
        """Return the plan as plain values, in the order of the public contract."""
        goals = tuple(unit for clause in self.goals for unit in clause.units)
        return {
            "schema": "shuiheng.plan/1",
            "document": {
                **self.document.to_json(),
                "characters": self.characters,
            },
            "goals_responsibility": {
                "span": [list(clause.span) for clause in self.goals],
                "units": [unit.to_json() for unit in goals],
                **roles_json(goals),
            }
            if self.goals
            else None,
            "groups": [group.to_json() for group in self.groups],
            "tasks": [task.to_json() for task in self.tasks],
            "safeguards": [task.to_json() for task in self.safeguards],
            "targets": [target.to_json() for target in self.targets],
            "soft_targets": [soft.to_json() for soft in self.soft_targets],
            "units": [unit.to_json() for unit in self.units],
            "mechanisms": [mechanism.to_json() for mechanism in self.mechanisms],
            "responsibility_clauses": {
                "count": len(self.clauses),
                "bracketed": sum(clause.bracketed for clause in self.clauses),
                "spans": [list(clause.span) for clause in self.clauses],
            },
            "findings": [noticed.to_json() for noticed in self.findings],
        }
