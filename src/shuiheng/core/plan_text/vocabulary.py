"""The knowledge the grammar needs from the rules: keywords, indicators, spellings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from shuiheng.rules import Law


@dataclass(frozen=True, slots=True)
class Indicator:
    """An indicator plans set targets for, and the name of the figure that measures it."""

    code: str
    figure: str
    title: str
    title_en: str
    words: tuple[tuple[str, ...], ...]
    unit: str
    direction: str = ""
    without: tuple[str, ...] = ()
    context: bool = False

    def fits(self, metric: str, *, dimension: str, direction: str | None) -> bool:
        """Return whether a metric of that dimension and direction is this indicator."""
        if self.unit != dimension or (self.direction and self.direction != direction):
            return False
        if any(word in metric for word in self.without):
            return False
        return any(all(word in metric for word in group) for group in self.words)

    def touches(self, metric: str) -> bool:
        """Return whether a metric holds one of the indicator's words at all."""
        return any(word in metric for group in self.words for word in group)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Words that are knowledge and not grammar; each list is a table of the rules."""

    keywords: tuple[tuple[str, str], ...] = ()
    indicators: tuple[Indicator, ...] = ()
    spellings: Mapping[str, str] = field(default_factory=dict)
    offices: Mapping[str, str] = field(default_factory=dict)
    levels: tuple[tuple[str, int, str], ...] = ()

    @classmethod
    def of(cls, law: Law, *, place: str = "cn") -> Vocabulary:
        """Return the vocabulary that the law's tables hold for ``place``.

        :raises UnknownRule: if a table is missing
        """

        def rows(name: str) -> Iterable[Mapping[str, Any]]:
            value: Iterable[Mapping[str, Any]] = (
                law.rule(f"plan_text/{name}", place=place).entries[-1].value
            )
            return value

        keywords = tuple(
            (str(word), str(row["mechanism"]))
            for row in rows("mechanism_keywords")
            for word in row["keywords"]
        )
        indicators = tuple(_indicator(row) for row in rows("indicators"))
        spellings: dict[str, str] = {}
        offices: dict[str, str] = {}
        for row in rows("unit_names"):
            office = str(row["office"])
            spellings |= {str(word): office for word in row.get("spellings", ())}
            offices |= {str(word): office for word in (office, *row.get("short", ()))}
        levels = tuple(
            (str(row["words"]), int(row["value"]), str(row["unit"])) for row in rows("levels")
        )
        return cls(keywords, indicators, spellings, offices, levels)

    @classmethod
    def shipped(cls) -> Vocabulary:
        """Return the vocabulary of the shipped rules; read once per process."""
        return _shipped()

    def indicator(
        self, metric: str, *, sentence: str, dimension: str, direction: str | None
    ) -> Indicator | None:
        """Return the first indicator of the dictionary that fits, or None.

        An indicator marked ``context`` is looked for in the sentence, others in the metric.
        """
        for indicator in self.indicators:
            said = sentence if indicator.context else metric
            if indicator.context and metric.endswith("率") and not indicator.touches(metric):
                continue  # the sentence speaks of it, but the number is another's
            if indicator.fits(said, dimension=dimension, direction=direction):
                return indicator
        return None

    def office_of(self, name: str) -> str | None:
        """Return the office that a unit's name speaks of, or None when it is not listed.

        The longest listed word that the name contains decides.
        """
        found = [word for word in self.offices if word in name]
        return self.offices[max(found, key=len)] if found else None


def _indicator(row: Mapping[str, Any]) -> Indicator:
    return Indicator(
        code=str(row["code"]),
        figure=str(row["figure"]),
        title=str(row["title"]),
        title_en=str(row["title_en"]),
        words=tuple(tuple(str(word).split()) for word in row["words"]),
        unit=str(row["unit"]),
        direction=str(row.get("direction", "")),
        without=tuple(str(word) for word in row.get("without", ())),
        context=bool(row.get("context", False)),
    )


@cache
def _shipped() -> Vocabulary:
    return Vocabulary.of(Law.shipped())
