"""How evidence asks for declared values and series, and names what is missing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date

from shuiheng.basics import Cited, Clause, Declared, Figure, Missing, Period, Quantity
from shuiheng.core.board import Point
from shuiheng.core.coverage import quotient, told
from shuiheng.mechanisms.common.evidence import Compute, View, evidence
from shuiheng.mechanisms.common.names import NAMES
from shuiheng.mechanisms.common.showing import unit_words
from shuiheng.rules import NotInForce, UnknownRule

PLAN = "常开委办〔2020〕67号"
Titles = tuple[str, str]
Side = str | Figure | Declared | Missing


def plan_clause(article: str) -> Clause:
    """Return a clause of the seed plan."""
    return Clause(PLAN, article)


def law_of(view: View, name: str) -> Cited | None:
    """Return the rule in force, or None where no place speaks on that day."""
    try:
        return view.rule(name)
    except (UnknownRule, NotInForce):
        return None


def yardstick(view: View, name: str) -> Cited:
    """Return the rule in force, or its first value on a day before it began.

    An earlier year can so be measured by the later rule; the value says from when it holds.

    :raises UnknownRule: if no place of the chain has the rule
    """
    try:
        return view.rule(name)
    except NotInForce:
        return view.law.history(name, place=view.place)[0]


def booked(view: View) -> Period:
    """Return the complete months of the year by the day; in January that month, as far as it is.

    Accounts are booked by month: what is compared with them must end where a month ends.
    """
    end = view.to_date.end
    if end.day == 1:
        return view.to_date
    first = end.replace(day=1)
    january = Period.month(view.on.year, 1)
    return Period(view.year.start, first) if first > view.year.start else january


def fact(view: View, name: str, *, year: int | None = None) -> Declared | Missing:
    """Return what an office had declared by the day, or exactly what is missing and who holds it.

    :raises KeyError: if the name is not in the table of names
    """
    row, when = NAMES[name], year or view.on.year
    found = view.data.declared(name, year=when, on=view.on)
    if found is not None:
        return found
    in_zh, in_en = (unit_words(row.unit, language) for language in ("zh", "en"))
    return Missing(
        f"{name}/{when}", f"{row.title}（{when}年{'，' if in_zh else ''}{in_zh}）",
        f"{row.title_en} ({when}{', ' if in_en else ''}{in_en})", held_by=row.held_by,
        how=f"shuiheng registry import FILE --what declared（名称 {name}）",
        how_en=f"shuiheng registry import FILE --what declared (name {name})",
    )  # fmt: skip


def as_told(
    view: View,
    name: str,
    *,
    said: str = "",
    title: Titles | None = None,
    clause: Clause | None = None,
    note: Titles = ("", ""),
) -> Figure:
    """Return the declared value ``said`` (the figure's own name unless given) as a figure."""
    row = NAMES[said or name]
    figure = told(
        name=name, title=title or (row.title, row.title_en), fact=fact(view, said or name),
        unit=row.unit, period=view.year, clause=clause,
    )  # fmt: skip
    return finished(view, replace(figure, note=note[0], note_en=note[1]))


def share(
    view: View,
    name: str,
    *,
    title: Titles,
    part: Side,
    whole: Side,
    clause: Clause | None = None,
    note: Titles = ("", ""),
) -> Figure:
    """Return part ÷ whole; a side that is text is the name of a declared value."""
    figure = quotient(
        name=name, title=title, part=_side(view, part), whole=_side(view, whole),
        period=view.year, clause=clause, note=note,
    )  # fmt: skip
    return finished(view, figure)


def finished(view: View, figure: Figure) -> Figure:
    """Return the figure with its place, marked as provisional while the year is not complete."""
    provisional = figure.value is not None and not view.whole_year
    return replace(figure, place=view.place.code, provisional=figure.provisional or provisional)


def yearly(name: str, *, method: str = "") -> Callable[[View], Sequence[Point]]:
    """Return a trend: the published values of a series before the year of the question."""

    def points(view: View) -> list[Point]:
        rows = view.data.series(name, method=method, on=view.on)
        return [
            Point(date(year, 12, 31), Quantity(said.value, said.unit).base().value, declared=True)
            for year, said in sorted(rows.items())
            if year < view.on.year
        ]

    return points


def tell(
    name: str,
    *,
    mechanism: str,
    tasks: tuple[int, ...],
    said: str = "",
    title: Titles | None = None,
    clause: str = "",
    threshold: str = "",
) -> Compute:
    """Register a figure that is what an office declared, until a register measures it."""

    def declared_value(view: View) -> Figure:
        return as_told(
            view, name, said=said, title=title, clause=plan_clause(clause) if clause else None
        )

    declared_value.__qualname__ = f"told:{name}"
    return evidence(name, mechanism=mechanism, tasks=tasks, threshold=threshold)(declared_value)


def tell_share(
    name: str,
    *,
    mechanism: str,
    tasks: tuple[int, ...],
    title: Titles,
    part: str,
    whole: str,
    clause: str = "",
    threshold: str = "",
) -> Compute:
    """Register a figure that is one declared value over another."""

    def declared_share(view: View) -> Figure:
        return share(
            view, name, title=title, part=part, whole=whole,
            clause=plan_clause(clause) if clause else None,
        )  # fmt: skip

    declared_share.__qualname__ = f"told:{name}"
    return evidence(name, mechanism=mechanism, tasks=tasks, threshold=threshold)(declared_share)


def _side(view: View, side: Side) -> Figure | Declared | Missing:
    return fact(view, side) if isinstance(side, str) else side
