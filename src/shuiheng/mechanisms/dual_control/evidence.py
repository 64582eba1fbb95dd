"""Figures of dual control: total use by method, intensity and its fall, industrial reuse."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from shuiheng.basics import Cited, Clause, Declared, Figure, Missing, Period
from shuiheng.core.accounts import (
    METHOD_TITLES,
    METHODS,
    comparable_value,
    intensity,
    intensity_drop,
    part_of,
    reuse_rate,
    total_use,
)
from shuiheng.core.board import Point
from shuiheng.core.coverage import quotient, told
from shuiheng.mechanisms.common.evidence import Compute, View, evidence
from shuiheng.mechanisms.common.names import NAMES
from shuiheng.mechanisms.common.telling import (
    booked,
    finished,
    law_of,
    plan_clause,
    yardstick,
    yearly,
)

CLAUSE = plan_clause("三（一）1")
MEASURED_METHODS = ("excl_power", "gross_intake", "consumption")
TOTAL = ("用水总量", "Total water use")


def use_by(
    view: View,
    method: str,
    *,
    unconventional: bool,
    use: str | None = None,
    year: int | None = None,
) -> Figure:
    """Return total (or one class of) use by a method, of the year to date or a whole year."""
    period = booked(view) if year in (None, view.on.year) else Period.year(year or 0)
    return total_use(
        view.data.accounts(period.start.year),
        period=period,
        method=method,
        assessed_as=law_of(view, "dual_control/assessed_method"),
        once_through_ratio=law_of(view, "dual_control/once_through_consumption_ratio"),
        unconventional=unconventional,
        use=use,
    )


def _months(view: View) -> Sequence[Point]:
    """Yearly totals of earlier years, then this year's cumulative months."""
    points = list(yearly("total_use", method="gross_intake")(view))
    accounts, running = view.data.accounts(view.on.year), Decimal(0)
    monthly = {
        month: sum(
            line.volume_l
            for side in ("use", "loss")
            for line in accounts.chosen(
                side=side,
                period=Period.month(month.year, month.month),
                where=lambda line: line.source != "S3",
            )
        )
        for month in accounts.months()
    }
    for month, litres in monthly.items():
        running += Decimal(litres) / 1000
        last = Period.month(month.year, month.month).last_day
        if month in view.year and last < view.on:
            points.append(Point(last, running, provisional=True))
    return points


@evidence(
    "dual_control/total_use",
    mechanism="dual_control",
    tasks=(1,),
    accumulates=True,
    trend=_months,
    alternatives=tuple(f"dual_control/total_use/{method}" for method in METHODS),
)
def total(view: View) -> Figure:
    """Total use as the ceiling counts it: by the method of the superior's letter where loaded.

    Without that letter it is the gross intake, the largest of the methods, without
    unconventional water.
    """
    assessed = law_of(view, "dual_control/assessed_method")
    method = "assessed" if assessed is not None else "gross_intake"
    figure = use_by(view, method, unconventional=False)
    note, note_en = "不含非常规水。", "Without unconventional water."
    if assessed is None:
        note += "方案未载明直流冷却的计量口径：此为各口径中最大的，按取水量计。"
        note_en += " The plan does not say how once-through cooling counts; this is the largest."
    return finished(
        view,
        replace(
            figure, name="dual_control/total_use", title=TOTAL[0], title_en=TOTAL[1], clause=CLAUSE,
            note=note, note_en=note_en,
        ),
    )  # fmt: skip


def _by_method(method: str) -> Compute:
    def by_method(view: View) -> Figure:
        zh, en = METHOD_TITLES[method]
        figure = use_by(view, method, unconventional=False)
        return finished(
            view,
            replace(
                figure, name=f"dual_control/total_use/{method}", title=f"{TOTAL[0]}（{zh}）",
                title_en=f"{TOTAL[1]} ({en})", clause=CLAUSE, note="不含非常规水。",
                note_en="Without unconventional water.",
            ),
        )  # fmt: skip

    by_method.__qualname__ = f"total_use:{method}"
    return by_method


for _method in METHODS:
    evidence(f"dual_control/total_use/{_method}", mechanism="dual_control", accumulates=True)(
        _by_method(_method)
    )


@evidence("dual_control/total_use_bulletin", mechanism="dual_control", tasks=(1,))
def bulletin(view: View) -> Figure:
    """Total use as a bulletin counts it: with unconventional water, cooling by intake."""
    figure = use_by(view, "gross_intake", unconventional=True)
    return finished(
        view,
        replace(
            figure, name="dual_control/total_use_bulletin", title="用水总量（公报口径）",
            title_en="Total water use (bulletin)", clause=Clause("GB/T 23598-2009"),
            note="含非常规水，直流冷却按取水量计。",
            note_en="With unconventional water; once-through cooling by intake.",
        ),
    )  # fmt: skip


def _sector(use: str, name: str, title: tuple[str, str]) -> None:
    def sector_share(view: View) -> Figure:
        accounts = view.data.accounts(view.on.year)
        part = part_of(
            accounts, name=f"{name}/part", title=title, period=booked(view),
            where=lambda line: line.use == use,
        )  # fmt: skip
        whole = part_of(
            accounts, name=f"{name}/whole", title=TOTAL, period=booked(view),
            sides=("use", "loss"), method="gross_intake",
        )  # fmt: skip
        figure = quotient(
            name=name, title=(f"{title[0]}占比", f"Share of {title[1].lower()}"), part=part,
            whole=whole, period=booked(view), method="gross_intake", clause=CLAUSE,
        )  # fmt: skip
        return finished(view, figure)

    sector_share.__qualname__ = f"sector:{use}"
    evidence(name, mechanism="dual_control", tasks=(1,))(sector_share)


for _use, _name, _title in (
    ("U1", "agriculture", ("农业用水", "Agriculture")),
    ("U2", "industry", ("工业用水", "Industry")),
    ("U3", "domestic", ("生活用水", "Domestic use")),
    ("U4", "ecology", ("生态环境补水", "Ecological replenishment")),
):
    _sector(_use, f"dual_control/sector_share/{_name}", _title)


class _Intensity:
    """One intensity with its fall: which series and which use it is made of."""

    def __init__(
        self,
        name: str,
        title: tuple[str, str],
        output: str,
        index: str,
        series: str,
        use: str | None,
    ) -> None:
        self.name, self.title = name, title
        self.output, self.index, self.series, self.use = output, index, series, use

    def base_year(self, view: View) -> int:
        """The base year of the plan's target here; without one, the year that the rule names."""
        named = [
            target.baseline_year
            for target in view.law.targets()
            if target.measured_by == self.name and target.place == view.place.code
        ]
        if named and named[0] is not None:
            return named[0]
        return int(yardstick(view, "dual_control/intensity_base_year").value)

    def methods(self, view: View) -> list[str]:
        """The methods in order: the letter's first, then those with a value of the base year."""
        base = self.base_year(view)
        assessed = law_of(view, "dual_control/assessed_method")
        order = [str(assessed.value)] if assessed is not None else []
        order += [method for method in MEASURED_METHODS if method not in order]
        known = [method for method in order if base in self.published(view, method)]
        return known or order[:1]

    def published(self, view: View, method: str) -> Mapping[int, Declared]:
        """The published use by year and method."""
        return view.data.series(self.series, method=method, on=view.on)

    def use_in(self, view: View, year: int, method: str) -> Figure:
        """Use of a year: measured for the year of the question, published for earlier ones."""
        said = self.published(view, method).get(year)
        row = NAMES[self.series]
        title = (f"{year}年{row.title}", f"{row.title_en}, {year}")
        name = f"{self.name}/use_{year}"
        if said is not None and (year != view.on.year or not view.whole_year):
            figure = told(name=name, title=title, fact=said, unit="m3", period=Period.year(year))
            return replace(figure, method=method)
        accounts = view.data.accounts(year)
        if len(accounts.months()) < 12:
            return Figure.absent(
                name, *title, "m3",
                Missing(
                    f"{self.series}/{year}",
                    f"{year}年{row.title}（口径「{METHOD_TITLES[method][0]}」）",
                    f"{row.title_en} of {year} ({METHOD_TITLES[method][1]})", held_by=row.held_by,
                    how=f"shuiheng registry import FILE --what series（名称 {self.series}）",
                    how_en=f"shuiheng registry import FILE --what series (name {self.series})",
                ),
                period=Period.year(year), method=method,
            )  # fmt: skip
        figure = use_by(view, method, unconventional=True, use=self.use, year=year)
        return replace(figure, name=name, title=title[0], title_en=title[1])

    def drop_in(self, view: View, year: int, method: str, name: str) -> Figure:
        """Return the fall of intensity from the base year to ``year``, at comparable prices."""
        base_year = self.base_year(view)
        outputs = view.data.series(self.output, on=view.on)
        row = NAMES[self.output]
        if base_year not in outputs:
            return Figure.absent(
                name, *self.title, "1",
                Missing(
                    f"{self.output}/{base_year}", f"{base_year}年{row.title}",
                    f"{row.title_en} of {base_year}", held_by=row.held_by,
                    how=f"shuiheng registry import FILE --what series（名称 {self.output}）",
                    how_en=f"shuiheng registry import FILE --what series (name {self.output})",
                ),
                period=Period.year(year), method=method,
            )  # fmt: skip
        base_output = outputs[base_year]
        output = comparable_value(
            name=f"{self.name}/{self.output}", title=(row.title, row.title_en), base=base_output,
            base_year=base_year, year=year, indices=view.data.series(self.index, on=view.on),
        )  # fmt: skip
        now = intensity(
            name=f"{self.name}/intensity_{year}",
            title=(f"{year}年万元用水量", f"Use per 10,000 yuan, {year}"),
            use=self.use_in(view, year, method),
            output=output,
        )
        base = intensity(
            name=f"{self.name}/intensity_{base_year}",
            title=(f"{base_year}年万元用水量", f"Use per 10,000 yuan, {base_year}"),
            use=self.use_in(view, base_year, method),
            output=base_output,
        )
        figure = intensity_drop(
            name=name, title=self.title, now=now, base=base, base_year=base_year
        )
        zh, en = METHOD_TITLES[method]
        return replace(
            figure,
            note=f"口径：{zh}；分子含非常规水，与公报一致。按{base_year}年可比价。",
            note_en=f"Method: {en}; with unconventional water, as bulletins count. "
            f"Comparable prices of {base_year}.",
        )

    def figure(self, view: View, name: str, method: str | None = None) -> Figure:
        """Return the fall of the last complete year: this year's on its last day.

        While last year's figures are not published, the year before it stands.
        """
        year = view.on.year if view.whole_year else view.on.year - 1
        chosen = method or self.methods(view)[0]
        found = self.drop_in(view, year, chosen, name)
        if found.value is None and not view.whole_year:
            before = self.drop_in(view, year - 1, chosen, name)
            found = before if before.value is not None else found
        return finished(view, found)

    def trend(self, view: View) -> Sequence[Point]:
        """Return the falls of all years before, from published series alone."""
        method = self.methods(view)[0]
        first, points = self.base_year(view) + 1, []
        for year in range(first, view.on.year):
            drop = self.drop_in(view, year, method, self.name)
            if drop.value is not None:
                points.append(Point(date(year, 12, 31), drop.value, declared=True))
        return points


GDP = _Intensity(
    "dual_control/gdp_intensity_drop",
    ("万元国内生产总值用水量较基年下降", "Fall of water use per 10,000 yuan of GDP"),
    "gdp", "gdp_index", "total_use", None,
)  # fmt: skip
INDUSTRY = _Intensity(
    "dual_control/industrial_intensity_drop",
    ("万元工业增加值用水量较基年下降", "Fall of use per 10,000 yuan of industrial value added"),
    "industrial_value_added", "industrial_index", "industrial_use", "U2",
)  # fmt: skip


def _register(what: _Intensity) -> None:
    def fall(view: View) -> Figure:
        return what.figure(view, what.name)

    fall.__qualname__ = f"fall:{what.name}"
    evidence(
        what.name, mechanism="dual_control", tasks=(1,), trend=what.trend,
        alternatives=tuple(f"{what.name}/{method}" for method in MEASURED_METHODS),
    )(fall)  # fmt: skip
    for method in MEASURED_METHODS:
        _register_method(what, method)


def _register_method(what: _Intensity, method: str) -> None:
    def fall_by_method(view: View) -> Figure:
        zh, en = METHOD_TITLES[method]
        figure = what.figure(view, f"{what.name}/{method}", method)
        return replace(
            figure, title=f"{figure.title}（{zh}）", title_en=f"{figure.title_en} ({en})"
        )

    fall_by_method.__qualname__ = f"fall:{what.name}:{method}"
    evidence(f"{what.name}/{method}", mechanism="dual_control")(fall_by_method)


for _what in (GDP, INDUSTRY):
    _register(_what)

REUSE_TITLE = ("规模以上工业用水重复利用率", "Reuse rate of above-scale industry")


def _reuse(view: View, *, name: str, title: tuple[str, str], power: bool, method: str) -> Figure:
    figure = reuse_rate(
        view.data.accounts(view.on.year), name=name, title=title, period=booked(view),
        whose=lambda user: user.above_scale and user.use == "U2" and (power or not user.is_power),
        clause=_formula_source(law_of(view, "balance_tests/indices")),
    )  # fmt: skip
    return finished(view, replace(figure, method=method))


@evidence(
    "dual_control/industrial_reuse_rate",
    mechanism="dual_control",
    tasks=(6, 7),
    trend=yearly("industrial_reuse_rate"),
    alternatives=("dual_control/industrial_reuse_rate/with_power",),
)
def industrial_reuse(view: View) -> Figure:
    """Reused over reused and fresh water of above-scale industry, without thermal power."""
    return _reuse(
        view, name="dual_control/industrial_reuse_rate", title=REUSE_TITLE, power=False,
        method="excl_power",
    )  # fmt: skip


@evidence("dual_control/industrial_reuse_rate/with_power", mechanism="dual_control")
def industrial_reuse_with_power(view: View) -> Figure:
    """The same with thermal power: once-through cooling water counts as fresh water."""
    return _reuse(
        view, name="dual_control/industrial_reuse_rate/with_power",
        title=(f"{REUSE_TITLE[0]}（含火电）", f"{REUSE_TITLE[1]} (with thermal power)"),
        power=True, method="gross_intake",
    )  # fmt: skip


def _formula_source(indices: Cited | None) -> Clause:
    """The balance-test standard has the formula; before its present edition the older one had."""
    return indices.clause if indices is not None else Clause("GB/T 12452-2008")
