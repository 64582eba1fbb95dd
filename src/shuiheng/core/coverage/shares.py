"""Declared values, counts and shares as figures that explain themselves."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from shuiheng.basics import Clause, Declared, Figure, Input, Missing, Period, Quality, Quantity
from shuiheng.basics.figure import DECLARED, ESTIMATED, MEASURED

Titles = tuple[str, str]
# The seed plan: the agriculture office keeps register and accounts (tasks 18 to 20).
REGISTER_KEPT_BY = "农业农村局"


def told(
    *,
    name: str,
    title: Titles,
    fact: Declared | Missing,
    unit: str,
    period: Period | None = None,
    clause: Clause | None = None,
) -> Figure:
    """Return what an office declared as a figure in base units, or the figure that waits for it.

    ``unit`` is the figure's unit when the fact is missing.

    >>> area = Declared("a", "面积", "Area", Decimal(2100), "亩", by="农业农村局")
    >>> figure = told(name="f", title=("", ""), fact=area, unit="m2")
    >>> figure.value, figure.unit, figure.quality.worst
    (Decimal('1400000'), 'm2', 'declared')
    """
    base = Quantity(Decimal(1), unit).base().unit
    if isinstance(fact, Missing):
        return Figure.absent(
            name, *title, base, fact, formula="申报值", formula_en="as declared", period=period,
            clause=clause,
        )  # fmt: skip
    quantity = Quantity(fact.value, fact.unit).base()
    return Figure(
        name, *title, quantity.value, quantity.unit, "申报值", (fact,),
        ESTIMATED if fact.estimated else DECLARED, period=period, clause=clause,
        formula_en="as declared",
    )  # fmt: skip


def counted(
    *,
    name: str,
    title: Titles,
    number: int,
    unit: str,
    inputs: Iterable[Input] = (),
    formula: Titles = ("登记册中符合条件的数目", "number in the register that meet the condition"),
    period: Period | None = None,
    clause: Clause | None = None,
) -> Figure:
    """Return a number counted in a register as a figure."""
    return Figure(
        name, *title, Decimal(number), unit, formula[0], tuple(inputs), MEASURED, period=period,
        clause=clause, formula_en=formula[1],
    )  # fmt: skip


def as_figure(value: Figure | Declared | Missing) -> Figure:
    """Return any of the three as a figure, so that a part and a whole can be compared."""
    match value:
        case Figure():
            return value
        case Declared():
            return told(
                name=value.name, title=(value.title, value.title_en), fact=value, unit=value.unit
            )
        case Missing():
            return Figure.absent(value.name, value.title, value.title_en, "", value)


def quotient(
    *,
    name: str,
    title: Titles,
    part: Figure | Declared | Missing,
    whole: Figure | Declared | Missing,
    period: Period | None = None,
    clause: Clause | None = None,
    method: str = "",
    note: Titles = ("", ""),
) -> Figure:
    """Return part ÷ whole as a share of one; what is missing on either side is named.

    A share may exceed one: that is a finding about the data, and nothing is cut off. Where the
    whole is zero, the office that keeps the register is asked for it.

    >>> def schools(count):
    ...     return Declared("s", "学校", "Schools", Decimal(count), "所", by="教育局")
    >>> quotient(name="f", title=("", ""), part=schools(42), whole=schools(60)).value
    Decimal('0.7')
    >>> quotient(name="f", title=("", ""), part=schools(0), whole=schools(0)).lacking()[0].name
    'f/whole'
    """
    above, below = as_figure(part), as_figure(whole)
    formula = f"{above.title} ÷ {below.title}"
    formula_en = f"{above.title_en} ÷ {below.title_en}"
    inputs: tuple[Input, ...] = (part, whole)
    if below.value is not None and not below.value:
        inputs = (
            *inputs,
            Missing(
                f"{name}/whole", f"{below.title}（现为零，不能计算比例）",
                f"{below.title_en} (it is zero now, so that there is no share)",
                held_by=REGISTER_KEPT_BY,
            ),
        )  # fmt: skip
    if above.value is None or not below.value:
        return Figure(
            name, *title, None, "1", formula, inputs, Quality(missing=Decimal(1)), method=method,
            period=period, clause=clause, note=note[0], note_en=note[1], formula_en=formula_en,
        )  # fmt: skip
    return Figure(
        name, *title, above.value / below.value, "1", formula, inputs,
        Quality.mean([(above.quality, Decimal(1)), (below.quality, Decimal(1))]), method=method,
        period=period, clause=clause, note=note[0], note_en=note[1],
        provisional=above.provisional or below.provisional, formula_en=formula_en,
    )  # fmt: skip
