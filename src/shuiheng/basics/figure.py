"""Computed values that can explain themselves, down to readings and clauses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, TypeAlias

from shuiheng.basics.citation import Cited, Clause
from shuiheng.basics.finding import Finding
from shuiheng.basics.period import Period

ZERO, ONE = Decimal(0), Decimal(1)


@dataclass(frozen=True, slots=True)
class Quality:
    """Which shares of a figure rest on what; the four shares add up to one.

    >>> Quality(measured=Decimal("0.9"), estimated=Decimal("0.1")).worst
    'estimated'
    """

    measured: Decimal = ZERO
    estimated: Decimal = ZERO
    declared: Decimal = ZERO
    missing: Decimal = ZERO

    @classmethod
    def of(
        cls,
        *,
        measured: Decimal | int = 0,
        estimated: Decimal | int = 0,
        declared: Decimal | int = 0,
        missing: Decimal | int = 0,
    ) -> Quality:
        """Return the shares of four amounts (volumes, hours, counts); all zero means missing."""
        parts = [abs(Decimal(part)) for part in (measured, estimated, declared, missing)]
        total = sum(parts, ZERO)
        if not total:
            return cls(missing=ONE)
        shares = [(part / total).quantize(Decimal("0.000001")) for part in parts]
        largest = max(range(4), key=lambda place: shares[place])
        shares[largest] += ONE - sum(shares, ZERO)
        return cls(*shares)

    @classmethod
    def mean(cls, parts: Iterable[tuple[Quality, Decimal]]) -> Quality:
        """Return the mean of qualities, weighted by non-negative amounts."""
        weighted = [(quality, abs(weight)) for quality, weight in parts]
        if not sum((weight for _, weight in weighted), ZERO):
            weighted = [(quality, ONE) for quality, _ in weighted]
        return cls.of(
            measured=sum((q.measured * w for q, w in weighted), ZERO),
            estimated=sum((q.estimated * w for q, w in weighted), ZERO),
            declared=sum((q.declared * w for q, w in weighted), ZERO),
            missing=sum((q.missing * w for q, w in weighted), ZERO),
        )

    @property
    def worst(self) -> str:
        """The name of the weakest kind of data that has a share."""
        for name in ("missing", "declared", "estimated"):
            if getattr(self, name) > 0:
                return name
        return "measured"

    def to_json(self) -> dict[str, float]:
        """Return the four shares as plain numbers."""
        return {
            "measured": float(self.measured),
            "estimated": float(self.estimated),
            "declared": float(self.declared),
            "missing": float(self.missing),
        }


MEASURED = Quality(measured=ONE)
DECLARED = Quality(declared=ONE)
ESTIMATED = Quality(estimated=ONE)


@dataclass(frozen=True, slots=True)
class Readings:
    """A query of readings that a figure rests on; the last step before the meter.

    ``meters`` are meter numbers; ``volume_l`` is what the query gave, in litres. ``href`` is the
    path of the page that shows the readings, where there is one.
    """

    title: str
    title_en: str
    meters: tuple[str, ...]
    period: Period
    volume_l: int
    quality: Quality
    count: int = 0
    snapshot: str = ""
    href: str = ""


@dataclass(frozen=True, slots=True)
class Declared:
    """A value somebody reported; it is never shown as measured."""

    name: str
    title: str
    title_en: str
    value: Decimal
    unit: str
    by: str
    document: str = ""
    on: str = ""
    period: str = ""
    estimated: bool = False


@dataclass(frozen=True, slots=True)
class Missing:
    """An input that is not there: what exactly, who holds it, and how to load it."""

    name: str
    title: str
    title_en: str
    held_by: str
    how: str = ""
    how_en: str = ""


@dataclass(frozen=True, slots=True)
class Node:
    """One node of an explanation, in plain values: page, terminal and JSON render the same."""

    kind: str
    name: str
    title: str
    title_en: str
    value: Decimal | str | None
    unit: str
    quality: Quality | None = None
    formula: str = ""
    method: str = ""
    period: str = ""
    clause: Clause | None = None
    note: str = ""
    note_en: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    children: tuple[Node, ...] = ()
    formula_en: str = ""

    def walk(self) -> Iterator[Node]:
        """Yield the node and everything below it, depth first."""
        yield self
        for child in self.children:
            yield from child.walk()

    def to_json(self) -> dict[str, Any]:
        """Return the tree as plain values; exact decimals travel as text in ``exact``."""
        number = isinstance(self.value, Decimal)
        return {
            "kind": self.kind,
            "name": self.name,
            "title": self.title,
            "title_en": self.title_en,
            "value": float(self.value) if isinstance(self.value, Decimal) else self.value,
            "exact": f"{self.value:f}" if number else None,
            "unit": self.unit,
            "quality": self.quality.to_json() if self.quality else None,
            "formula": self.formula,
            "formula_en": self.formula_en or self.formula,
            "method": self.method,
            "period": self.period,
            "clause": (
                {
                    "document": self.clause.document,
                    "article": self.clause.article,
                    "quote": self.clause.quote,
                }
                if self.clause
                else None
            ),
            "note": self.note,
            "note_en": self.note_en,
            "facts": dict(self.facts),
            "children": [child.to_json() for child in self.children],
        }


@dataclass(frozen=True, slots=True)
class Figure:
    """A computed value with everything needed to redo it by hand.

    ``value`` is None when an input is missing; then ``lacking()`` names what and who holds it.
    ``formula`` is written with the titles of the inputs; ``clause`` is the formula's source.
    """

    name: str
    title: str
    title_en: str
    value: Decimal | None
    unit: str
    formula: str
    inputs: tuple[Input, ...] = ()
    quality: Quality = field(default_factory=lambda: MEASURED)
    method: str = ""
    period: Period | None = None
    place: str = ""
    clause: Clause | None = None
    note: str = ""
    note_en: str = ""
    findings: tuple[Finding, ...] = ()
    provisional: bool = False
    formula_en: str = ""

    @classmethod
    def absent(
        cls,
        name: str,
        title: str,
        title_en: str,
        unit: str,
        *lacking: Missing,
        formula: str = "",
        period: Period | None = None,
        **more: Any,
    ) -> Figure:
        """Return a figure that cannot be computed, with the inputs it waits for."""
        return cls(
            name, title, title_en, None, unit, formula, lacking,
            Quality(missing=ONE), period=period, **more,
        )  # fmt: skip

    def lacking(self) -> list[Missing]:
        """Return every missing input below this figure, each once, in order."""
        found: dict[str, Missing] = {}
        for item in self.inputs:
            if isinstance(item, Missing):
                found.setdefault(item.name, item)
            elif isinstance(item, Figure):
                for below in item.lacking():
                    found.setdefault(below.name, below)
        return list(found.values())

    def with_inputs(self, *more: Input) -> Figure:
        """Return the figure with further inputs."""
        return replace(self, inputs=(*self.inputs, *more))

    def explain(self) -> Node:
        """Return the tree below the figure: inputs, formulas, readings, clauses."""
        return Node(
            kind="figure",
            name=self.name,
            title=self.title,
            title_en=self.title_en,
            value=self.value,
            unit=self.unit,
            quality=self.quality,
            formula=self.formula,
            method=self.method,
            period=str(self.period) if self.period else "",
            clause=self.clause,
            note=self.note,
            note_en=self.note_en,
            facts={"place": self.place, "provisional": self.provisional},
            children=tuple(_leaf(item) for item in self.inputs),
            formula_en=self.formula_en or self.formula,
        )


Input: TypeAlias = Figure | Cited | Readings | Declared | Missing


def quality_of(inputs: Iterable[Input]) -> Quality:
    """Return the plain mean of the inputs' qualities; cited law has none and does not count.

    >>> told = Declared("p", "", "", ONE, "MPa", by="")
    >>> quality_of([told]).worst
    'declared'
    """
    qualities: list[Quality] = []
    for item in inputs:
        match item:
            case Figure() | Readings():
                qualities.append(item.quality)
            case Declared():
                qualities.append(ESTIMATED if item.estimated else DECLARED)
            case Missing():
                qualities.append(Quality(missing=ONE))
    return Quality.mean([(quality, ONE) for quality in qualities]) if qualities else MEASURED


def _leaf(item: Input) -> Node:
    match item:
        case Figure():
            return item.explain()
        case Cited():
            value = item.value if isinstance(item.value, Decimal | str) else None
            return Node(
                "cited", item.name, item.title or item.name, item.title_en or item.name,
                value, item.unit, clause=item.clause,
                facts={
                    "since": item.since.isoformat(),
                    "place": item.place,
                    "confidence": item.confidence.value,
                    "structure": item.value if value is None else None,
                },
            )  # fmt: skip
        case Readings():
            return Node(
                "readings", item.href or "readings", item.title, item.title_en,
                Decimal(item.volume_l) / 1000, "m3", quality=item.quality, period=str(item.period),
                facts={
                    "meters": list(item.meters[:200]),
                    "meter_count": len(item.meters),
                    "readings": item.count,
                    "snapshot": item.snapshot,
                    "href": item.href,
                },
            )  # fmt: skip
        case Declared():
            return Node(
                "declared", item.name, item.title, item.title_en, item.value, item.unit,
                quality=ESTIMATED if item.estimated else DECLARED, period=item.period,
                clause=Clause(item.document) if item.document else None,
                facts={"by": item.by, "on": item.on, "estimated": item.estimated},
            )  # fmt: skip
        case Missing():
            return Node(
                "missing", item.name, item.title, item.title_en, None, "",
                quality=Quality(missing=ONE), note=item.how, note_en=item.how_en,
                facts={"held_by": item.held_by},
            )  # fmt: skip
