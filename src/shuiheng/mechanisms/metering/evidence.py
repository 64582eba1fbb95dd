"""Figures of metering: rates by sector and level, verification, reception, rural meters."""

from __future__ import annotations

from collections.abc import Callable

from shuiheng.basics import Figure, Missing, Quality
from shuiheng.core.accounts import filled_part, metered_part, part_of
from shuiheng.core.accounts.model import Line
from shuiheng.core.coverage import counted, quotient
from shuiheng.core.metering import LevelVolume, MeterFacts, chain_rate, due_on, verification_class
from shuiheng.mechanisms.common.evidence import View, evidence
from shuiheng.mechanisms.common.names import AGRICULTURE, ECONOMY
from shuiheng.mechanisms.common.telling import (
    booked,
    finished,
    plan_clause,
    share,
    tell_share,
    yardstick,
)
from shuiheng.mechanisms.metering.queries import (
    get_reception,
    list_bound_meters,
    list_role_volumes,
)

CLAUSE = plan_clause("三（六）18")
_FIRST_LEVEL = ("intake", "import", "delivery", "reclaimed")


def _sector(name: str, title: tuple[str, str], kinds: Callable[[View, Line], bool]) -> None:
    def rate(view: View) -> Figure:
        accounts = view.data.accounts(view.on.year)
        part = metered_part(
            accounts, name=f"{name}/metered", title=(f"{title[0]}计量水量", f"{title[1]}, metered"),
            period=booked(view), where=lambda line: kinds(view, line),
        )  # fmt: skip
        whole = part_of(
            accounts, name=f"{name}/total", title=(f"{title[0]}总水量", f"{title[1]}, total"),
            period=booked(view), where=lambda line: kinds(view, line),
        )  # fmt: skip
        figure = quotient(
            name=name, title=(f"{title[0]}计量率", f"Metering rate of {title[1].lower()}"),
            part=part, whole=whole, period=booked(view), clause=CLAUSE,
            note=(
                "水表所计（含缺测补值）算计量；按面积、电量、定额估算和申报的不算。",
                "What a meter counts (gaps filled) is metered; what is estimated from area, "
                "electricity or quota, or declared, is not.",
            ),
        )  # fmt: skip
        return finished(view, figure)

    rate.__qualname__ = f"sector:{name}"
    evidence(name, mechanism="metering", tasks=(18,))(rate)


def _kind(view: View, line: Line) -> str:
    user = view.data.accounts(view.on.year).users.get(line.user)
    return user.kind if user is not None else ""


_sector(
    "metering/sector_rate/irrigation", ("农业灌溉", "Irrigation"),
    lambda view, line: _kind(view, line) == "irrigation_district",
)  # fmt: skip
_sector(
    "metering/sector_rate/agriculture", ("农业", "Agriculture"), lambda view, line: line.use == "U1"
)
_sector("metering/sector_rate/industry", ("工业", "Industry"), lambda view, line: line.use == "U2")
_sector(
    "metering/sector_rate/urban", ("城镇", "Urban use"),
    lambda view, line: line.use == "U3" and _kind(view, line) != "village",
)  # fmt: skip
_sector("metering/sector_rate/all", ("取用水", "All use"), lambda view, line: True)


def _levels(view: View, name: str, title: tuple[str, str], level: int) -> Figure:
    accounts = view.data.accounts(view.on.year)
    industry = {user.number for user in accounts.users.values() if user.use == "U2"}
    rows = list_role_volumes(
        asked_by=view.asked_by, lake=view.data.lake, period=booked(view),
        roles=(*_FIRST_LEVEL, "internal"),
    )  # fmt: skip
    volumes = [
        LevelVolume(
            row.meter.number, row.meter.user,
            row.meter.level if row.meter.role == "internal" else 1, row.volume_l,
            row.measured_l, row.estimated_l,
        )
        for row in rows
        if row.meter.user in industry
    ]  # fmt: skip
    gap = Missing(
        f"{name}/meters", f"企业{level}级水表的登记和读数",
        f"Register and readings of enterprises' meters of level {level}", held_by=ECONOMY,
        how="shuiheng registry import FILE --what meters，用途 internal、级别填写",
        how_en="shuiheng registry import FILE --what meters, with role internal and the level",
    )  # fmt: skip
    figure = chain_rate(
        name=name, title=title, volumes=volumes, level=level, period=booked(view), missing=gap,
        clause=yardstick(view, "metering/rate_formulas").clause,
    )  # fmt: skip
    return finished(view, figure)


@evidence(
    "metering/level_2_rate", mechanism="metering", tasks=(7, 18),
    threshold="metering/metering_rate_level_2",
)  # fmt: skip
def level_2_rate(view: View) -> Figure:
    """Workshops' meters over main meters, in enterprises that have both."""
    return _levels(view, "metering/level_2_rate", ("企业二级水计量率", "Metering rate, level 2"), 2)


@evidence(
    "metering/level_3_rate", mechanism="metering", tasks=(7,),
    threshold="metering/metering_rate_level_3",
)  # fmt: skip
def level_3_rate(view: View) -> Figure:
    """Equipment meters over workshops' meters, in enterprises that have both."""
    return _levels(view, "metering/level_3_rate", ("企业三级水计量率", "Metering rate, level 3"), 3)


@evidence("metering/verified_share", mechanism="metering", tasks=(18,))
def verified_share(view: View) -> Figure:
    """Meters of level 1 within their verification period, over those whose day is known."""
    classes = yardstick(view, "metering/verification_classes")
    years = {str(row["class"]): int(row["years"]) for row in classes.value}
    meters = list_bound_meters(asked_by=view.asked_by, period=booked(view), roles=_FIRST_LEVEL)
    known = {m.number: m for m in meters if m.verified_on is not None and m.dn_mm}
    valid = 0
    for meter in known.values():
        facts = MeterFacts(meter.number, meter.dn_mm, meter.q3_m3_h, meter.verified_on)
        due = due_on(meter.verified_on or view.on, years[verification_class(facts, classes.value)])
        valid += due > view.on
    part = counted(
        name="metering/verified", title=("在检定（轮换）期内的水表", "Meters within their period"),
        number=valid, unit="只", inputs=(classes,), period=booked(view), clause=classes.clause,
    )  # fmt: skip
    whole = counted(
        name="metering/verification_known",
        title=("登记了检定日期的一级水表", "Main meters with a verification day"),
        number=len(known), unit="只", period=booked(view),
    )  # fmt: skip
    unknown = len({meter.number for meter in meters}) - len(known)
    return share(
        view, "metering/verified_share",
        title=("水表检定（轮换）在期率", "Share of meters within their verification period"),
        part=part, whole=whole, clause=classes.clause,
        note=(
            f"超期 {len(known) - valid} 只；另有 {unknown} 只未登记检定日期或口径。",
            f"{len(known) - valid} are overdue; {unknown} more have no verification day or "
            "diameter in the register.",
        ),
    )  # fmt: skip


@evidence(
    "metering/completeness", mechanism="metering", tasks=(20,),
    threshold="metering/data_completeness_low",
)  # fmt: skip
def completeness(view: View) -> Figure:
    """Hours that readings cover over all hours of all meters."""
    got = get_reception(asked_by=view.asked_by, lake=view.data.lake, period=booked(view))
    title = ("数据完整率", "Completeness of readings")
    if not got.meters:
        return Figure.absent(
            "metering/completeness", *title, "1",
            Missing(
                "readings", f"{booked(view)} 的水表读数", f"Meter readings of {booked(view)}",
                held_by=AGRICULTURE, how="shuiheng readings import FILE",
                how_en="shuiheng readings import FILE",
            ),
            period=booked(view),
        )  # fmt: skip
    covered, hours = got.covered_h, got.covered_h + got.gap_h + got.missing_h
    quality = Quality.of(measured=covered, missing=got.gap_h + got.missing_h)
    part = Figure(
        "metering/covered_hours", "有读数的时数", "Hours covered by readings", covered, "h",
        "应到时数 − 缺测时数", (), quality, period=booked(view),
        formula_en="expected hours − hours in gaps",
    )  # fmt: skip
    whole = Figure(
        "metering/expected_hours", "应到时数", "Expected hours", hours, "h",
        f"{got.meters} 只水表各月时数之和", (), period=booked(view),
        formula_en=f"hours of the months of {got.meters} meters",
    )  # fmt: skip
    return share(view, "metering/completeness", title=title, part=part, whole=whole)


@evidence("metering/estimated_share", mechanism="metering", tasks=(20,))
def estimated_share(view: View) -> Figure:
    """What was filled in for gaps, as a share of all that meters count."""
    accounts, period = view.data.accounts(view.on.year), booked(view)
    part = filled_part(
        accounts, name="metering/estimated",
        title=("水表缺测补值水量", "Volume filled in for gaps"), period=period,
    )  # fmt: skip
    whole = metered_part(
        accounts, name="metering/metered_use", title=("计量用水量", "Metered use"), period=period
    )
    return share(
        view, "metering/estimated_share",
        title=("水表缺测补值占比", "Share of metered use that was filled in"), part=part,
        whole=whole, clause=plan_clause("三（六）20"),
    )  # fmt: skip


@evidence("metering/rural_villages_metered", mechanism="metering", tasks=(12,))
def rural_villages(view: View) -> Figure:
    """Villages whose supply a meter counts, over all villages in the register."""
    accounts = view.data.accounts(view.on.year)
    villages = {user.number for user in accounts.users.values() if user.kind == "village"}
    metered = {
        line.user
        for line in accounts.chosen(side="use", period=booked(view))
        if line.meter and line.user in villages
    }
    return share(
        view, "metering/rural_villages_metered",
        title=("农村集中供水计量村占比", "Share of villages with metered supply"),
        part=counted(
            name="metering/villages_metered", title=("有水表计量的村", "Villages with a meter"),
            number=len(metered), unit="个", period=booked(view),
        ),
        whole=counted(
            name="metering/villages", title=("登记的村", "Villages in the register"),
            number=len(villages), unit="个", period=booked(view),
        ),
        clause=plan_clause("三（三）12"),
    )  # fmt: skip


@evidence("metering/rural_use", mechanism="metering", tasks=(12,))
def rural_use(view: View) -> Figure:
    """Domestic use of villages."""
    accounts = view.data.accounts(view.on.year)
    figure = part_of(
        accounts, name="metering/rural_use", title=("农村生活用水量", "Rural domestic use"),
        period=booked(view), where=lambda line: _kind(view, line) == "village",
    )  # fmt: skip
    return finished(view, figure)


tell_share(
    "metering/rural_households_share", mechanism="metering", tasks=(12,),
    title=("农村计量收费到户率", "Share of rural households metered and billed"),
    part="metering/rural_households_metered", whole="metering/rural_households_total",
    clause="三（三）12",
)  # fmt: skip
tell_share(
    "metering/household_meter_share", mechanism="metering", tasks=(18,),
    title=("城镇“一户一表”率", "Share of urban households with a meter of their own"),
    part="metering/households_metered", whole="metering/households_total", clause="三（六）18",
)  # fmt: skip
