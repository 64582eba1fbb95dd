"""One verdict from one target, one figure and one day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from shuiheng.basics import Cited, Figure, Missing, Period, Quantity


class Verdict(StrEnum):
    """What a figure says about its target; worst first."""

    NOT_MET = "not_met"
    BEHIND = "behind"
    NOT_MEASURABLE = "not_measurable"
    ON_COURSE = "on_course"
    TRACKED = "tracked"
    MET = "met"

    @property
    def word(self) -> str:
        """The word in Chinese."""
        return _TITLES[self][0]

    @property
    def word_en(self) -> str:
        """The word in English."""
        return _TITLES[self][1]

    @property
    def order(self) -> int:
        """The place in the order worst first."""
        return list(Verdict).index(self)


_TITLES = {
    Verdict.MET: ("达标", "met"),
    Verdict.ON_COURSE: ("可达", "on course"),
    Verdict.BEHIND: ("滞后", "behind"),
    Verdict.NOT_MET: ("未达标", "not met"),
    Verdict.NOT_MEASURABLE: ("缺数据", "not measurable"),
    Verdict.TRACKED: ("跟踪", "tracked"),
}


@dataclass(frozen=True, slots=True)
class Point:
    """One point of a trend: a day, a value in the figure's unit, and whether it was declared."""

    on: date
    value: Decimal
    declared: bool = False
    provisional: bool = False


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict with its reason in both languages, and the value projected to the due day."""

    verdict: Verdict
    reason: str
    reason_en: str
    projected: Decimal | None = None
    missing: tuple[Missing, ...] = ()


def reached(value: Decimal, wanted: Decimal, sense: str) -> bool:
    """Return whether a value meets a target; equality always does.

    >>> reached(Decimal("0.10"), Decimal("0.10"), "at_most")
    True
    >>> reached(Decimal("0.1001"), Decimal("0.10"), "at_most")
    False
    """
    match sense:
        case "at_most":
            return value <= wanted
        case "at_least":
            return value >= wanted
        case "equals":
            return value == wanted
    raise ValueError(f"{sense!r} cannot be compared with a number.")


def limit_of(figure: Figure, wanted: Cited) -> Decimal:
    """Return the target's number in the figure's unit.

    :raises IncompatibleUnits: if figure and target measure different things
    """
    return Quantity(wanted.number, wanted.unit).to(figure.unit).value


def judge(
    figure: Figure,
    *,
    wanted: Cited,
    due: date | None,
    sense: str,
    on: date,
    trend: Sequence[Point] = (),
    accumulates: bool = False,
) -> Judgement:
    """Return what the figure says about a target on a day.

    From the due day on, and always where there is none, the figure decides. Before it, a figure
    that accumulates over the year (a volume) is carried on at its pace so far; any other follows
    the line through its trend. The target is compared in the figure's unit.

    :raises ValueError: if ``sense`` is not at_most, at_least or equals
    :raises IncompatibleUnits: if figure and target measure different things
    """
    limit = limit_of(figure, wanted)
    lacking = tuple(figure.lacking())
    if figure.value is None:
        names = ";".join(missing.title for missing in lacking)
        names_en = "; ".join(missing.title_en for missing in lacking)
        return Judgement(
            Verdict.NOT_MEASURABLE, f"缺少：{names}。", f"Missing: {names_en}.", missing=lacking
        )
    now = reached(figure.value, limit, sense)
    if due is None:
        if now:
            return Judgement(Verdict.MET, "现值符合要求。", "The present value meets it.")
        return Judgement(Verdict.NOT_MET, "现值不符合要求。", "The present value does not meet it.")
    if on >= due:
        if now:
            return Judgement(
                Verdict.MET, "到期实测值达到目标。", "The value on the due day meets it."
            )
        return Judgement(
            Verdict.NOT_MET, "到期未达到目标。", "The due day passed without meeting it."
        )
    projected = _projected(figure, due, on, trend, accumulates=accumulates)
    if accumulates and sense == "at_most" and not now:
        return Judgement(
            Verdict.NOT_MET, "已超过全年目标，无法再达到。",
            "The value already exceeds the target of the year.", projected,
        )  # fmt: skip
    if accumulates and sense == "at_least" and now:
        return Judgement(
            Verdict.MET, "已提前达到目标。", "The target is reached ahead of time.", projected
        )
    if reached(projected, limit, sense):
        return Judgement(
            Verdict.ON_COURSE, "按目前进度推算可按期达到。",
            "At the present pace it will be reached in time.", projected,
        )  # fmt: skip
    return Judgement(
        Verdict.BEHIND, "按目前进度推算不能按期达到。",
        "At the present pace it will be missed.", projected,
    )  # fmt: skip


def judge_threshold(figure: Figure, *, holds: bool, law: Cited) -> Judgement:
    """Return the verdict on a figure for which the law, not the plan, sets a number.

    ``holds`` is what the rule's comparison says of the value. A law that nobody has verified
    decides nothing: the figure is then only tracked.
    """
    if figure.value is None:
        return judge(figure, wanted=law, due=law.since, sense="at_least", on=law.since)
    if not law.decides:
        return Judgement(
            Verdict.TRACKED, f"{law.clause} 的数值未核实，不作判定。",
            f"The number of {law.clause} is not verified and decides nothing.",
        )  # fmt: skip
    if holds:
        return Judgement(Verdict.MET, f"符合 {law.clause}。", f"It meets {law.clause}.")
    return Judgement(Verdict.NOT_MET, f"不符合 {law.clause}。", f"It does not meet {law.clause}.")


def _projected(
    figure: Figure, due: date, on: date, trend: Sequence[Point], *, accumulates: bool
) -> Decimal:
    """Return the value carried on to the due day.

    Accumulating: value x days of the year / days that the figure covers. Otherwise: least squares
    through the trend; with fewer than two points the value stays.
    """
    value = figure.value
    assert value is not None, "only a figure with a value is projected"
    if accumulates:
        if figure.period is None:
            return value
        passed = figure.period.until(on).days
        whole = Period.year(figure.period.start.year).until(due).days
        return value * whole / passed if passed else value
    # A figure of a year that has ended stands at that year's end, not at the day of the question.
    at = min(on, figure.period.last_day) if figure.period else on
    points = [(point.on.toordinal(), point.value) for point in trend if point.on <= on]
    if not points or points[-1][0] < at.toordinal():
        points.append((at.toordinal(), value))
    if len(points) < 2:
        return value
    count = len(points)
    mean_x = Decimal(sum(x for x, _ in points)) / count
    mean_y = sum((y for _, y in points), Decimal(0)) / count
    spread = sum(((x - mean_x) ** 2 for x, _ in points), Decimal(0))
    if not spread:
        return value
    slope = sum(((x - mean_x) * (y - mean_y) for x, y in points), Decimal(0)) / spread
    return value + slope * (due.toordinal() - at.toordinal())
