"""The English is complete, keeps the places for values, and says nothing that is not asked."""

from __future__ import annotations

import re
from pathlib import Path

from tests.web import messages

PLACE = re.compile(r"%\((\w+)\)s")


def test_every_text_has_its_english(django_ready: Path) -> None:
    english = messages.translated()
    assert {text for text in messages.every() if not english.get(text)} == set()


def test_places_for_values_are_kept() -> None:
    for text, english in messages.translated().items():
        assert sorted(PLACE.findall(text)) == sorted(PLACE.findall(english)), text


def test_english_has_no_chinese() -> None:
    wrong = [e for e in messages.translated().values() if re.search(r"[\u3000-\u9fff]", e)]
    assert wrong == []


def test_nothing_is_translated_in_vain(django_ready: Path) -> None:
    assert set(messages.translated()) - set(messages.every()) == set()
