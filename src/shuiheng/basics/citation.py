"""Clauses, and values of law that carry theirs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any


class Confidence(StrEnum):
    """How sure we are of a fact of law: handbook marks A to D."""

    READ = "A"
    EXCERPT = "A*"
    KNOWN = "B"
    REMEMBERED = "C"
    ADVICE = "D"

    @property
    def decides(self) -> bool:
        """Whether a value may bill, refuse or punish: only what was read or is well known."""
        return self in {Confidence.READ, Confidence.EXCERPT, Confidence.KNOWN}


@dataclass(frozen=True, slots=True)
class Clause:
    """A passage of a document: number or title, article, and a short quote."""

    document: str
    article: str = ""
    quote: str = ""

    def __str__(self) -> str:
        return f"{self.document} {self.article}".strip()


@dataclass(frozen=True, slots=True)
class Cited:
    """A value of law with the day it holds from, its clause, who set it, and how sure we are.

    ``value`` is an exact decimal, text, or a plain structure (bands, tables, states).
    """

    name: str
    value: Any
    unit: str
    since: date
    clause: Clause
    place: str
    confidence: Confidence
    title: str = ""
    title_en: str = ""
    until: date | None = None
    last_checked: date | None = None

    @property
    def number(self) -> Decimal:
        """The value as an exact decimal.

        :raises TypeError: if the value is not a number
        """
        if not isinstance(self.value, Decimal):
            raise TypeError(f"{self.name} is not a number but {type(self.value).__name__}.")
        return self.value

    @property
    def decides(self) -> bool:
        """Whether the value may be used for a decision."""
        return self.confidence.decides
