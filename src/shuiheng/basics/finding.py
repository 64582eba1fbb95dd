"""What was noticed about data, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Level(StrEnum):
    """What a finding does to the data it speaks of."""

    BLOCKS = "blocks"
    WARNS = "warns"
    INFORMS = "informs"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was noticed: a stable code, a level, a sentence, and the facts that show it.

    ``text`` is Chinese first; ``text_en`` the same sentence in English. Facts are plain values
    (text, numbers, ISO dates), so that a finding can be stored and counted.

    >>> finding = Finding("vee.register_fell", "warns", "读数下降。", "The register fell.")
    >>> finding.level.value, finding.blocks
    ('warns', False)
    """

    code: str
    level: Level
    text: str
    text_en: str = ""
    shown_by: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "level", Level(self.level))

    @property
    def blocks(self) -> bool:
        """Whether the data may not be used until somebody has answered."""
        return self.level is Level.BLOCKS

    def to_json(self) -> dict[str, Any]:
        """Return the finding as plain values for JSON."""
        return {
            "code": self.code,
            "level": self.level.value,
            "text": self.text,
            "text_en": self.text_en,
            "facts": dict(self.shown_by),
        }
