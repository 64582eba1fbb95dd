"""Both sides of each threshold of overload."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from shuiheng.basics import Cited, Clause, Confidence, Figure
from shuiheng.core.capacity import Threshold, classify, use_ratio


def _law(value: str, confidence: Confidence = Confidence.READ) -> Cited:
    return Cited("t", Decimal(value), "1", date(2015, 1, 1), Clause("大纲"), "cn", confidence)


THRESHOLDS = (
    Threshold("critical", _law("0.9")),
    Threshold("overloaded", _law("1.0")),
    Threshold("severe", _law("1.2", Confidence.REMEMBERED)),
)


@pytest.mark.parametrize(
    ("ratio", "wanted"),
    [
        ("0.8999", "not_overloaded"), ("0.9", "critical"), ("0.9999", "critical"),
        ("1", "overloaded"), ("1.5", "overloaded"),
    ],
)  # fmt: skip
def test_the_class_changes_exactly_at_the_threshold(ratio: str, wanted: str) -> None:
    assert classify(Decimal(ratio), THRESHOLDS) == wanted


def test_more_than_leaves_equality_in_the_better_class() -> None:
    strict = (Threshold("overloaded", _law("1.0"), "more_than"),)
    assert classify(Decimal(1), strict) == "not_overloaded"
    assert classify(Decimal("1.0001"), strict) == "overloaded"


def test_the_note_names_class_distance_and_the_unverified_threshold() -> None:
    use = Figure("u", "用水", "use", Decimal(800), "m3", "")
    ceiling = Cited(
        "c", Decimal(871), "m3", date(2020, 12, 31), Clause("方案"), "320411", Confidence.READ
    )
    figure = use_ratio(
        name="capacity/use_ratio", title=("", ""), use=use, ceiling=ceiling, thresholds=THRESHOLDS
    )
    assert figure.value == Decimal(800) / 871
    assert "临界超载" in figure.note and "71 m³" in figure.note and "严重超载" in figure.note
