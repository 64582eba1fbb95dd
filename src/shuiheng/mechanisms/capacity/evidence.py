"""Figures of carrying capacity: use over ceiling, by method, with its class."""

from __future__ import annotations

from dataclasses import replace

from shuiheng.basics import Cited, Figure, Missing
from shuiheng.core.accounts import METHOD_TITLES, METHODS, part_of, total_use
from shuiheng.core.capacity import Threshold, use_ratio
from shuiheng.mechanisms.common.evidence import Compute, View, evidence
from shuiheng.mechanisms.common.names import AGRICULTURE
from shuiheng.mechanisms.common.telling import booked, finished, law_of, plan_clause
from shuiheng.rules import NotInForce, UnknownRule

TITLE = ("用水总量与总量控制指标之比", "Use over the ceiling")
MEASURED_BY = "dual_control/total_use"


def ceiling(view: View) -> Cited | None:
    """Return the ceiling of the plan that holds here: the target that total use measures."""
    found = [
        target.due_by(view.on)[1]
        for target in view.law.targets()
        if target.measured_by == MEASURED_BY and target.place == view.place.code and target.due
    ]
    return found[0] if found else None


def _thresholds(view: View) -> list[Threshold]:
    made = []
    for name in ("critical", "overloaded", "severe"):
        law = law_of(view, f"capacity/{name}_ratio")
        if law is not None:
            rule = view.law.rule(law.name, place=law.place)
            made.append(Threshold(name, law, rule.comparison or "at_least"))
    return made


def _ratio(view: View, name: str, method: str, title: tuple[str, str]) -> Figure:
    limit = ceiling(view)
    if limit is None:
        return Figure.absent(
            name, *title, "1",
            Missing(
                "capacity/ceiling", "用水总量控制指标 W0", "The ceiling on total use, W0",
                held_by=AGRICULTURE, how="在规则目录的方案指标中载入",
                how_en="load it among the plan's targets in the rules folder",
            ),
            period=booked(view),
        )  # fmt: skip
    use = total_use(
        view.data.accounts(view.on.year), period=booked(view), method=method,
        assessed_as=law_of(view, "dual_control/assessed_method"),
        once_through_ratio=law_of(view, "dual_control/once_through_consumption_ratio"),
        unconventional=False,
    )  # fmt: skip
    figure = use_ratio(
        name=name, title=title, use=use, ceiling=limit, thresholds=_thresholds(view),
        clause=plan_clause("三（一）2"),
    )  # fmt: skip
    if not view.whole_year and figure.value is not None:
        figure = replace(
            figure, note="本年累计，未满一年。" + figure.note,
            note_en="Year to date, not a whole year. " + figure.note_en,
        )  # fmt: skip
    return finished(view, figure)


@evidence(
    "capacity/use_ratio", mechanism="capacity", tasks=(2,), accumulates=True,
    alternatives=tuple(f"capacity/use_ratio/{method}" for method in METHODS),
)  # fmt: skip
def ratio(view: View) -> Figure:
    """W ÷ W0 and its class, by the superior's method where loaded, else by gross intake."""
    assessed = law_of(view, "dual_control/assessed_method") is not None
    return _ratio(view, "capacity/use_ratio", "assessed" if assessed else "gross_intake", TITLE)


def _by_method(method: str) -> Compute:
    def by_method(view: View) -> Figure:
        zh, en = METHOD_TITLES[method]
        title = (f"{TITLE[0]}（{zh}）", f"{TITLE[1]} ({en})")
        return _ratio(view, f"capacity/use_ratio/{method}", method, title)

    by_method.__qualname__ = f"use_ratio:{method}"
    return by_method


for _method in METHODS:
    evidence(f"capacity/use_ratio/{_method}", mechanism="capacity", accumulates=True)(
        _by_method(_method)
    )


@evidence("capacity/groundwater_use", mechanism="capacity", tasks=(2,))
def groundwater(view: View) -> Figure:
    """Groundwater taken; its ceiling G0 must be loaded before a class can be told."""
    figure = part_of(
        view.data.accounts(view.on.year), name="capacity/groundwater_use",
        title=("地下水用水量", "Use of groundwater"), period=booked(view), sides=("supply",),
        where=lambda line: line.source == "S2",
    )  # fmt: skip
    try:
        limit = view.rule("capacity/groundwater_ceiling")
    except (NotInForce, UnknownRule):
        return finished(
            view,
            replace(
                figure, note="地下水控制指标 G0 未载入，不评等级。",
                note_en="The ceiling on groundwater, G0, is not loaded: no class.",
            ),
        )  # fmt: skip
    return finished(view, figure.with_inputs(limit))
