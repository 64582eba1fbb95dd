"""How the terminal writes amounts, verdicts and quality; the same words as the pages."""

from __future__ import annotations

from decimal import Decimal

from shuiheng.basics import Quality
from shuiheng.core.board import Verdict
from shuiheng.mechanisms.common.showing import show

SHAPES = {
    Verdict.MET: ("●", "green"),
    Verdict.ON_COURSE: ("◐", "cyan"),
    Verdict.BEHIND: ("◑", "yellow"),
    Verdict.NOT_MET: ("✗", "red"),
    Verdict.NOT_MEASURABLE: ("▨", "magenta"),
    Verdict.TRACKED: ("○", "dim"),
}


def verdict_words(verdict: Verdict) -> str:
    """Return shape and word of a verdict, coloured."""
    shape, colour = SHAPES[verdict]
    return f"[{colour}]{shape} {verdict.word}[/]"


def amount(value: Decimal | str | float | None, unit: str) -> str:
    """Return a value as boards write it, unit beside it; the same words as on the pages.

    >>> amount(Decimal("843210987"), "m3"), amount(Decimal("0.0961"), "1"), amount(None, "m3")
    ('8.43 亿立方米', '9.61%', '—')
    """
    if value is None:
        return "—"
    if isinstance(value, str):
        return value
    return str(show(value if isinstance(value, Decimal) else Decimal(str(value)), unit))


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
