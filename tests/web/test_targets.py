"""The way of a target so far: years apart from the year that runs, and the target line."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from shuiheng.basics import Cited, Clause, Confidence, Figure, Period
from shuiheng.core.board import Judgement, Point, TargetRow, Verdict
from shuiheng.mechanisms.assessment.pages import point_labels, split_trend, wanted_in


def row(*days: tuple[int, int, int], period: Period | None, value: str | None = "837") -> TargetRow:
    wanted = Cited(
        "total_use", Decimal("8.71"), "亿立方米", date(2020, 5, 19), Clause("方案"), "320411",
        Confidence.READ,
    )  # fmt: skip
    figure = Figure(
        "use", "用水总量", "Total use", None if value is None else Decimal(value), "m3", "",
        period=period,
    )  # fmt: skip
    trend = tuple(Point(date(*day), Decimal(place)) for place, day in enumerate(days))
    judgement = Judgement(Verdict.MET, "达标。", "Met.")
    return TargetRow(
        "plan/total_use", "用水总量", "Total use", "at_most", wanted, date(2020, 12, 31), figure,
        judgement, trend,
    )  # fmt: skip


def test_years_and_months_are_apart_and_both_end_in_the_figure() -> None:
    asked = row(
        (2018, 12, 31), (2019, 12, 31), (2020, 1, 31), (2020, 2, 29), period=Period.year(2020)
    )
    years, within = split_trend(asked)
    assert [p.on.year for p in years] == [2018, 2019, 2020]
    assert [p.on.isoformat() for p in within] == ["2020-01-31", "2020-02-29", "2020-12-31"]
    assert years[-1].value == within[-1].value == Decimal(837)


def test_a_year_that_runs_is_no_whole_year() -> None:
    running = Period.year(2020).until(date(2020, 6, 30))
    years, within = split_trend(row((2019, 12, 31), (2020, 3, 31), period=running))
    assert [p.on.year for p in years] == [2019]
    assert [p.on.isoformat() for p in within] == ["2020-03-31", "2020-06-30"]


def test_years_alone_make_no_second_chart() -> None:
    years, within = split_trend(row((2018, 12, 31), (2019, 12, 31), period=Period.year(2020)))
    assert len(years) == 3 and within == []


def test_nothing_known_is_nothing_drawn() -> None:
    assert split_trend(row(period=Period.year(2020))) == ([], [])
    assert split_trend(row((2019, 12, 31), period=None, value=None))[0][0].on == date(2019, 12, 31)


def test_the_line_stands_in_the_unit_of_the_figure() -> None:
    asked = row(period=None)
    assert wanted_in(asked) == Decimal(871_000_000)
    assert wanted_in(replace(asked, figure=replace(asked.figure, unit="yuan"))) is None


def test_labels_tell_points_apart() -> None:
    assert point_labels([date(2020, 1, 31), date(2020, 2, 29)]) == ["2020-01", "2020-02"]
    assert point_labels([date(2020, 1, 1), date(2020, 1, 2)]) == ["2020-01-01", "2020-01-02"]
