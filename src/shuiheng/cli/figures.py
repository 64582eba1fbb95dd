"""How the terminal writes amounts, verdicts and quality; the same words as the pages."""

from __future__ import annotations

from decimal import Decimal

from shuiheng.basics import Quality, Quantity
from shuiheng.core.board import Verdict

SHAPES = {
    Verdict.MET: ("●", "green"),
    Verdict.ON_COURSE: ("◐", "cyan"),
    Verdict.BEHIND: ("◑", "yellow"),
    Verdict.NOT_MET: ("✗", "red"),
    Verdict.NOT_MEASURABLE: ("▨", "magenta"),
    Verdict.TRACKED: ("○", "dim"),
}


_UNITS = {"item": "项", "person": "人", "level": "级", "yuan": "元", "point": "分", "ratio": ""}


def verdict_words(verdict: Verdict) -> str:
    """Return shape and word of a verdict, coloured."""
    shape, colour = SHAPES[verdict]
    return f"[{colour}]{shape} {verdict.word}[/]"


def amount(value: Decimal | str | float | None, unit: str, *, figures: int = 3) -> str:
    """Return a value as boards write it: three significant figures, large units, unit beside it.

    >>> amount(Decimal("843210987"), "m3"), amount(Decimal("0.0961"), "1")
    ('8.43 亿立方米', '9.61 %')
    >>> amount(Decimal(9250), "m3"), amount(Decimal("1433333.33"), "m2")
    ('9,250 m³', '2,150 亩')
    """
    if value is None:
        return "—"
    if isinstance(value, str):
        return value
    exact = value if isinstance(value, Decimal) else Decimal(str(value))
    if unit == "m3":
        for name, shown in (("亿m3", "亿立方米"), ("万m3", "万立方米")):
            large = Quantity(exact, "m3").to(name).value
            if abs(large) >= 1:
                return f"{_significant(large, figures)} {shown}"
        return f"{_significant(exact, 4)} m³"
    if unit == "1":
        return f"{_significant(exact * 100, figures)} %"
    if unit == "m2":
        return f"{_significant(Quantity(exact, 'm2').to('mu').value, 4)} 亩"
    if exact == exact.to_integral_value():
        return f"{exact:,.0f} {_UNITS.get(unit, unit)}"
    return f"{_significant(exact, figures)} {_UNITS.get(unit, unit)}".rstrip()


def _significant(value: Decimal, figures: int) -> str:
    if not value:
        return "0"
    places = max(0, figures - 1 - value.adjusted())
    text = f"{value:,.{places}f}"
    return text.rstrip("0").rstrip(".") if "." in text and places > 2 else text


def quality_words(quality: Quality) -> str:
    """Return the shares that are not measured, or that all is measured."""
    parts = [
        f"{word} {share * 100:.0f} %"
        for word, share in (
            ("估算", quality.estimated),
            ("申报", quality.declared),
            ("缺", quality.missing),
        )
        if share > 0
    ]
    return f"[dim]({', '.join(parts) if parts else '实测'})[/]"
