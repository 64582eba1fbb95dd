from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shuiheng.basics import Cited, Clause, Confidence, Figure, IncompatibleUnits, Missing, Period
from shuiheng.core.board import Point, Verdict, judge, judge_threshold
from shuiheng.core.board.judging import reached

DUE = date(2020, 12, 31)
CLAUSE = Clause("常开委办〔2020〕67号", "二（三）")


def wanted(value: str, confidence: Confidence = Confidence.READ) -> Cited:
    return Cited("plan/leakage", Decimal(value), "1", DUE, CLAUSE, "320411", confidence)


def figure(value: str | None) -> Figure:
    if value is None:
        lacking = Missing("network/length", "管网长度", "length of the network", "住房和城乡建设局")
        return Figure.absent("leakage/rate", "漏损率", "Leakage", "1", lacking)
    return Figure("leakage/rate", "", "", Decimal(value), "1", "", period=Period.year(2020))


@pytest.mark.parametrize(
    ("value", "sense", "verdict"),
    [
        ("0.0999", "at_most", Verdict.MET),
        ("0.10", "at_most", Verdict.MET),
        ("0.1001", "at_most", Verdict.NOT_MET),
        ("0.0999", "at_least", Verdict.NOT_MET),
        ("0.10", "at_least", Verdict.MET),
        ("0.10", "equals", Verdict.MET),
        ("0.11", "equals", Verdict.NOT_MET),
    ],
)
def test_on_the_due_day_the_value_decides(value: str, sense: str, verdict: Verdict) -> None:
    judged = judge(figure(value), wanted=wanted("0.10"), due=DUE, sense=sense, on=DUE)
    assert judged.verdict is verdict


def test_a_missing_input_is_named_and_nothing_is_judged() -> None:
    judged = judge(figure(None), wanted=wanted("0.10"), due=DUE, sense="at_most", on=DUE)
    assert judged.verdict is Verdict.NOT_MEASURABLE
    assert "管网长度" in judged.reason
    assert judged.missing[0].held_by == "住房和城乡建设局"


def test_before_the_due_day_the_line_through_the_trend_is_followed() -> None:
    trend = [Point(date(2018, 12, 31), Decimal("0.14")), Point(date(2019, 12, 31), Decimal("0.12"))]
    on = date(2020, 6, 30)
    falling = judge(
        figure("0.11"), wanted=wanted("0.10"), due=DUE, sense="at_most", on=on, trend=trend
    )
    assert falling.verdict is Verdict.ON_COURSE
    stuck = judge(figure("0.12"), wanted=wanted("0.10"), due=DUE, sense="at_most", on=on)
    assert stuck.verdict is Verdict.BEHIND
    assert stuck.projected == Decimal("0.12")


def test_a_volume_is_carried_on_at_its_pace_and_can_be_lost_early() -> None:
    half = date(2020, 6, 30)

    def total(value: str) -> Verdict:
        return judge(
            figure(value), wanted=wanted("100"), due=DUE, sense="at_most", on=half, accumulates=True
        ).verdict

    assert total("49") is Verdict.ON_COURSE
    assert total("51") is Verdict.BEHIND
    assert total("101") is Verdict.NOT_MET


def test_a_figure_of_the_year_to_date_is_carried_on_to_the_whole_year() -> None:
    half = date(2020, 6, 30)
    so_far = Figure("u", "", "", Decimal(182), "1", "", period=Period.year(2020).until(half))
    judged = judge(
        so_far, wanted=wanted("400"), due=DUE, sense="at_most", on=half, accumulates=True
    )
    assert judged.projected == Decimal(366)


def test_a_figure_of_last_year_stands_at_that_years_end() -> None:
    trend = [Point(date(2018, 12, 31), Decimal("0.14"))]
    last = Figure("u", "", "", Decimal("0.12"), "1", "", period=Period.year(2019))
    judged = judge(
        last, wanted=wanted("0.10"), due=DUE, sense="at_most", on=date(2020, 6, 30), trend=trend
    )
    assert judged.projected is not None and abs(judged.projected - Decimal("0.10")) < Decimal(
        "1e-3"
    )


def test_an_unverified_law_decides_nothing() -> None:
    law = wanted("0.10", Confidence.REMEMBERED)
    assert judge_threshold(figure("0.5"), holds=False, law=law).verdict is Verdict.TRACKED
    assert (
        judge_threshold(figure("0.5"), holds=False, law=wanted("0.10")).verdict is Verdict.NOT_MET
    )
    assert judge_threshold(figure("0.5"), holds=True, law=wanted("0.10")).verdict is Verdict.MET


@given(st.decimals(-100, 100, places=4), st.decimals(-100, 100, places=4))
def test_at_most_and_at_least_cover_every_value(value: Decimal, limit: Decimal) -> None:
    assert reached(value, limit, "at_most") or reached(value, limit, "at_least")
    both = reached(value, limit, "at_most") and reached(value, limit, "at_least")
    assert both == reached(value, limit, "equals")


def test_a_target_is_compared_in_the_unit_of_the_figure() -> None:
    area = Figure("irrigation/area", "", "", Decimal(64_000), "m2", "")
    asked = Cited("t", Decimal(120), "mu", DUE, CLAUSE, "320411", Confidence.READ)
    judged = judge(area, wanted=asked, due=DUE, sense="at_least", on=DUE)
    assert judged.verdict is Verdict.NOT_MET
    enough = Figure("irrigation/area", "", "", Decimal(80_000), "m2", "")
    assert judge(enough, wanted=asked, due=DUE, sense="at_least", on=DUE).verdict is Verdict.MET
    with pytest.raises(IncompatibleUnits):
        judge(figure("0.1"), wanted=asked, due=DUE, sense="at_least", on=DUE)


def test_a_requirement_without_a_day_is_judged_at_any_time() -> None:
    early = date(2020, 1, 1)
    met = judge(figure("0.10"), wanted=wanted("0.10"), due=None, sense="at_least", on=early)
    not_met = judge(figure("0.09"), wanted=wanted("0.10"), due=None, sense="at_least", on=early)
    assert (met.verdict, not_met.verdict) == (Verdict.MET, Verdict.NOT_MET)
