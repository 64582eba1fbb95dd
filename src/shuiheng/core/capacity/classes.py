"""Ratio of use to ceiling, and its class."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from shuiheng.basics import Cited, Clause, Figure, Input, Quality, Quantity

# Handbook 1 §4.2 (national outline); the numbers themselves are rules.
CLASSES = {
    "not_overloaded": ("不超载", "not overloaded"),
    "critical": ("临界超载", "critical"),
    "overloaded": ("超载", "overloaded"),
    "severe": ("严重超载", "severely overloaded"),
}


@dataclass(frozen=True, slots=True)
class Threshold:
    """From which ratio a class begins; ``comparison`` is at_least or more_than."""

    name: str
    law: Cited
    comparison: str = "at_least"

    def reached(self, ratio: Decimal) -> bool:
        """Return whether a ratio is in the class or a worse one.

        :raises ValueError: if the comparison is neither at_least nor more_than
        """
        match self.comparison:
            case "at_least":
                return ratio >= self.law.number
            case "more_than":
                return ratio > self.law.number
        raise ValueError(f"{self.law.name}: {self.comparison!r} cannot open a class of overload.")


def classify(ratio: Decimal, thresholds: Sequence[Threshold]) -> str:
    """Return the worst class whose verified threshold the ratio reaches.

    A threshold that decides nothing (confidence below B) is passed over.
    """
    order = list(CLASSES)
    reached = [
        threshold.name
        for threshold in thresholds
        if threshold.law.decides and threshold.reached(ratio)
    ]
    return max(reached, key=order.index, default="not_overloaded")


def use_ratio(
    *,
    name: str,
    title: tuple[str, str],
    use: Figure,
    ceiling: Cited,
    thresholds: Sequence[Threshold],
    clause: Clause | None = None,
) -> Figure:
    """Return W ÷ W0 with its class in the note, and the distance to the ceiling."""
    inputs: tuple[Input, ...] = (use, ceiling, *(threshold.law for threshold in thresholds))
    formula, formula_en = "用水总量 ÷ 总量控制指标", "use ÷ ceiling"
    if use.value is None:
        return Figure(
            name, *title, None, "1", formula, inputs, Quality(missing=Decimal(1)),
            method=use.method, period=use.period, clause=clause, formula_en=formula_en,
        )  # fmt: skip
    limit = Quantity(ceiling.number, ceiling.unit).to(use.unit).value
    ratio = use.value / limit
    zh, en = CLASSES[classify(ratio, thresholds)]
    left = limit - use.value
    note = f"评价结果：{zh}；距指标{'尚余' if left >= 0 else '已超'} {abs(left):,.0f} m³。"
    note_en = f"Class: {en}; {abs(left):,.0f} m³ {'below' if left >= 0 else 'above'} the ceiling."
    unproved = [threshold for threshold in thresholds if not threshold.law.decides]
    if unproved:
        note += (
            "未核实的等级界限不参与判定：" + "、".join(CLASSES[t.name][0] for t in unproved) + "。"
        )
        note_en += (
            " Not decided for want of a verified threshold: "
            + ", ".join(CLASSES[t.name][1] for t in unproved)
            + "."
        )
    return Figure(
        name, *title, ratio, "1", formula, inputs, use.quality, method=use.method,
        period=use.period, clause=clause, note=note, note_en=note_en,
        provisional=use.provisional, formula_en=formula_en,
    )  # fmt: skip
