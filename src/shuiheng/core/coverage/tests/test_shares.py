"""Shares keep the origin of both sides and name what is missing."""

from __future__ import annotations

from decimal import Decimal

from shuiheng.basics import Declared, Figure, Missing
from shuiheng.core.coverage import counted, quotient, told


def _said(value: int) -> Declared:
    return Declared("x/y", "甲", "A", Decimal(value), "家", by="经济发展局")


def test_a_share_of_a_declared_part_in_a_counted_whole_is_half_declared() -> None:
    whole = counted(name="n", title=("乙", "B"), number=4, unit="家")
    share = quotient(name="s", title=("", ""), part=_said(3), whole=whole)
    assert share.value == Decimal("0.75")
    assert share.quality.declared == Decimal("0.5") and share.formula == "甲 ÷ 乙"


def test_what_is_missing_below_is_named_with_its_holder() -> None:
    missing = Missing("x/z", "丙", "C", held_by="教育局")
    share = quotient(name="s", title=("", ""), part=_said(3), whole=missing)
    assert share.value is None
    assert [(item.name, item.held_by) for item in share.lacking()] == [("x/z", "教育局")]


def test_a_share_above_one_is_not_cut_off() -> None:
    whole = counted(name="n", title=("乙", "B"), number=2, unit="家")
    assert quotient(name="s", title=("", ""), part=_said(3), whole=whole).value == Decimal("1.5")


def test_a_missing_fact_gives_a_figure_in_the_base_unit() -> None:
    missing = Missing("x/area", "面积", "Area", held_by="农业农村局")
    figure: Figure = told(name="f", title=("", ""), fact=missing, unit="亩")
    assert (figure.value, figure.unit) == (None, "m2")
