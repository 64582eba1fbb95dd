"""Figures of irrigation and farms: coefficient, areas, livestock and fish ponds."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from shuiheng.basics import Declared, Figure, Finding
from shuiheng.core.accounts import part_of
from shuiheng.core.accounts.model import Line
from shuiheng.core.irrigation import (
    Limits,
    Part,
    check_coefficient,
    figure_of,
    region_coefficient,
)
from shuiheng.mechanisms.common.evidence import View, evidence
from shuiheng.mechanisms.common.telling import (
    as_told,
    booked,
    fact,
    finished,
    plan_clause,
    share,
    tell,
    tell_share,
    yardstick,
    yearly,
)

SCALES = ("large", "medium", "small", "well")
TITLES = {
    "large": ("大型灌区", "large districts"),
    "medium": ("中型灌区", "medium districts"),
    "small": ("小型灌区", "small districts"),
    "well": ("纯井灌区", "well districts"),
}
TITLE = ("农田灌溉水有效利用系数", "Effective coefficient of irrigation water")


@evidence(
    "irrigation/effective_coefficient", mechanism="irrigation", tasks=(13, 14),
    trend=yearly("irrigation_coefficient"),
)  # fmt: skip
def effective_coefficient(view: View) -> Figure:
    """The mean of the scales of districts, weighted by gross irrigation use (not by area).

    Without samples by scale, the coefficient that the office declared as a whole.
    """
    aggregation = yardstick(view, "irrigation/aggregation")
    told: dict[str, tuple[Declared, Declared]] = {}
    for scale in SCALES:
        value = fact(view, f"irrigation/coefficient_{scale}")
        weight = fact(view, f"irrigation/gross_use_{scale}")
        if isinstance(value, Declared) and isinstance(weight, Declared):
            told[scale] = (value, weight)
    if not told:
        return as_told(
            view, "irrigation/effective_coefficient", title=TITLE, clause=aggregation.clause
        )
    parts = [
        Part(scale, value.value, weight.value, *TITLES[scale])
        for scale, (value, weight) in told.items()
    ]
    figure = figure_of(
        parts, aggregation=aggregation, period=view.year, place=view.place.code,
        findings=_plausible(view, region_coefficient(parts)),
    )  # fmt: skip
    inputs = tuple(
        item.with_inputs(*told[item.name.removeprefix("irrigation/coefficient_")])
        if isinstance(item, Figure)
        else item
        for item in figure.inputs
    )
    whole = fact(view, "irrigation/effective_coefficient")
    note, note_en = (
        "按毛灌溉用水量加权，不按面积。",
        "Weighted by gross irrigation use, not by area.",
    )
    if isinstance(whole, Declared):
        note += f"测算成果汇总表填报 {whole.value}。"
        note_en += f" The office's own summary says {whole.value}."
    return finished(
        view, replace(figure, title=TITLE[0], title_en=TITLE[1], inputs=inputs, note=note,
                      note_en=note_en),
    )  # fmt: skip


def _plausible(view: View, value: Decimal) -> tuple[Finding, ...]:
    limits = Limits(
        *(
            yardstick(view, f"irrigation/{name}").number
            for name in ("check_min", "check_max", "check_above_design", "check_year_change")
        )
    )
    before = view.data.series("irrigation_coefficient", on=view.on).get(view.on.year - 1)
    return check_coefficient(value, limits=limits, previous=before.value if before else None)


tell(
    "irrigation/high_standard_farmland_area", mechanism="irrigation", tasks=(13,),
    clause="三（四）13",
)  # fmt: skip
tell(
    "irrigation/efficient_irrigation_area", mechanism="irrigation", tasks=(14,),
    clause="三（四）14",
)  # fmt: skip
tell(
    "irrigation/ecological_farmland_area", mechanism="irrigation", tasks=(15,),
    clause="三（四）15",
)  # fmt: skip
tell_share(
    "irrigation/livestock_farms_share", mechanism="irrigation", tasks=(15,),
    title=("规模化养殖场标准化改造率", "Share of large farms rebuilt to standard"),
    part="irrigation/livestock_farms_rebuilt", whole="irrigation/livestock_farms_total",
    clause="三（四）15",
)  # fmt: skip


def _of_farm(view: View, line: Line) -> bool:
    user = view.data.accounts(view.on.year).users.get(line.user)
    return user is not None and user.kind == "farm"


@evidence("irrigation/irrigation_use", mechanism="irrigation", tasks=(13,))
def irrigation_use(view: View) -> Figure:
    """Water taken by irrigation districts, measured and estimated."""
    accounts = view.data.accounts(view.on.year)

    def of_district(line: Line) -> bool:
        user = accounts.users.get(line.user)
        return user is not None and user.kind == "irrigation_district"

    figure = part_of(
        accounts, name="irrigation/irrigation_use", title=("灌溉用水量", "Irrigation use"),
        period=booked(view), where=of_district,
    )  # fmt: skip
    return finished(view, figure)


@evidence("irrigation/farm_use", mechanism="irrigation", tasks=(15,))
def farm_use(view: View) -> Figure:
    """Water taken by livestock farms and fish ponds."""
    figure = part_of(
        view.data.accounts(view.on.year), name="irrigation/farm_use",
        title=("畜禽养殖和渔业用水量", "Use of livestock farms and fisheries"),
        period=booked(view), where=lambda line: _of_farm(view, line),
    )  # fmt: skip
    return finished(view, figure)


@evidence("irrigation/farm_metered_share", mechanism="irrigation", tasks=(15,))
def farm_metered(view: View) -> Figure:
    """What meters count of the use of livestock farms and fish ponds."""
    accounts = view.data.accounts(view.on.year)
    part = part_of(
        accounts, name="irrigation/farm_metered",
        title=("养殖计量用水量", "Metered use of farms"), period=booked(view),
        where=lambda line: bool(line.meter) and _of_farm(view, line),
    )  # fmt: skip
    return share(
        view, "irrigation/farm_metered_share",
        title=("养殖用水计量率", "Metering rate of livestock and fisheries"), part=part,
        whole=farm_use(view), clause=plan_clause("三（四）15"),
    )  # fmt: skip
