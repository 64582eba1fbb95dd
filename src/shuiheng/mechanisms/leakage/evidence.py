"""Figures of leakage: gross and corrected rate, zones metered, night flow, old facilities."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from shuiheng.basics import Cited, Declared, Figure, Input, Missing, Quality, Readings
from shuiheng.core.accounts import part_of
from shuiheng.core.coverage import as_figure, counted
from shuiheng.core.leakage import LossStandard, NetworkYear, assess, figures_of, rising_zones
from shuiheng.mechanisms.common.evidence import View, evidence
from shuiheng.mechanisms.common.names import HOUSING
from shuiheng.mechanisms.common.telling import (
    booked,
    fact,
    finished,
    plan_clause,
    share,
    tell_share,
    yardstick,
    yearly,
)
from shuiheng.mechanisms.metering.queries import (
    BoundVolume,
    list_bound_meters,
    list_night_minima,
    list_role_volumes,
)
from shuiheng.rules import Unverified

CLAUSE = plan_clause("三（三）8")
SUPPLY = ("供水总量 Qs", "System input Qs")
REGISTERED = ("注册用户用水量 Qa", "Registered use Qa")
GROSS = ("综合漏损率（修正前）", "Gross loss rate (uncorrected)")
CORRECTED = ("公共供水管网漏损率（修正后）", "Loss rate of public supply (corrected)")


def _readings(title: str, title_en: str, rows: Sequence[BoundVolume], view: View) -> Readings:
    measured = sum(row.measured_l for row in rows)
    estimated = sum(row.estimated_l for row in rows)
    return Readings(
        title, title_en, tuple(sorted(row.meter.number for row in rows)), booked(view),
        sum(row.volume_l for row in rows), Quality.of(measured=measured, estimated=estimated),
        snapshot=view.data.lake.snapshot(),
    )  # fmt: skip


def system_input(view: View) -> Figure:
    """Return what entered the networks: out of the works and bought.

    An export meter that hangs behind an outlet meter is taken off; one on a line of its own was
    never in. Where no meter stands at the works' outlet, their intake stands in.
    """
    rows = list_role_volumes(
        asked_by=view.asked_by, lake=view.data.lake, period=booked(view),
        roles=("network_input", "import", "export"),
    )  # fmt: skip
    into = [row for row in rows if row.meter.role != "export"]
    out = [row for row in rows if row.meter.role == "export" and row.meter.parent]
    if not any(row.meter.role == "network_input" for row in rows):
        return _intake_instead(view)
    readings = [_readings("出厂和外购水量读数", "Readings at the works' outlets", into, view)]
    if out:
        readings.append(_readings("外供水量读数", "Readings of what was sold outside", out, view))
    litres = sum(row.volume_l for row in into) - sum(row.volume_l for row in out)
    return Figure(
        "leakage/system_input", *SUPPLY, Decimal(litres) / 1000, "m3",
        "出厂水量 + 外购水量 − 外供水量", tuple(readings),
        Quality.of(
            measured=sum(row.measured_l for row in into),
            estimated=sum(row.estimated_l for row in into),
        ),
        period=booked(view), formula_en="out of the works + bought − sold outside",
    )  # fmt: skip


def _intake_instead(view: View) -> Figure:
    accounts = view.data.accounts(view.on.year)
    figure = part_of(
        accounts, name="leakage/system_input", title=SUPPLY, period=booked(view), sides=("supply",),
        where=lambda line: _by_works(view, line.supplier),
    )  # fmt: skip
    if not figure.value:
        return Figure.absent(
            "leakage/system_input", *SUPPLY, "m3",
            Missing(
                "leakage/network_input_readings", "水厂出厂总表的读数",
                "Readings of the master meters at the works' outlets", held_by=HOUSING,
                how="shuiheng readings import FILE（用途 network_input）",
                how_en="shuiheng readings import FILE (role network_input)",
            ),
            period=booked(view),
        )  # fmt: skip
    return replace(
        figure, note="无出厂总表：以水厂取水量代替，含制水损失。",
        note_en="No outlet meter: the works' intake stands in, treatment loss included.",
    )  # fmt: skip


def _by_works(view: View, supplier: str) -> bool:
    user = view.data.accounts(view.on.year).users.get(supplier)
    return user is not None and user.kind == "waterworks"


def registered_use(view: View) -> Figure:
    """Return what registered users took: meters of the networks, and declared unmetered use."""
    metered = part_of(
        view.data.accounts(view.on.year), name="leakage/metered_use",
        title=("计量的注册用户用水量", "Metered registered use"), period=booked(view),
        where=lambda line: _by_works(view, line.supplier),
    )  # fmt: skip
    unmetered = fact(view, "leakage/unmetered_registered_use")
    inputs: tuple[Input, ...] = (metered,)
    value, note = metered.value, "未申报未计量的注册用户用水量：按零计。"
    note_en = "No unmetered registered use was declared: counted as zero."
    quality = metered.quality
    if isinstance(unmetered, Declared):
        more = as_figure(unmetered)
        inputs, note, note_en = (metered, unmetered), "", ""
        if value is not None and more.value is not None:
            quality = Quality.mean([(quality, value), (more.quality, more.value)])
            value += more.value
    return Figure(
        "leakage/registered_use", *REGISTERED, value, "m3", "计量用水量 + 未计量的注册用水量",
        inputs, quality, period=booked(view), note=note, note_en=note_en,
        formula_en="metered use + unmetered registered use",
    )  # fmt: skip


def _rates(view: View) -> tuple[Figure, Figure]:
    """Return gross and corrected rate; what the corrections lack is named on the latter."""
    supplied, registered = system_input(view), registered_use(view)
    facts = {
        "household_read": fact(view, "leakage/household_metered_volume"),
        "pipe_km": fact(view, "leakage/pipe_length"),
        "pressure_mpa": fact(view, "leakage/outlet_pressure"),
        "frost_m": fact(view, "leakage/frost_depth"),
    }
    gross_name, name = "leakage/gross_rate", "leakage/comprehensive_rate"
    if not supplied.value or registered.value is None:
        return tuple(  # type: ignore[return-value]
            Figure(
                one, *title, None, "1", "(Qs − Qa) ÷ Qs", (supplied, registered),
                Quality(missing=Decimal(1)), period=booked(view), clause=CLAUSE,
            )
            for one, title in ((gross_name, GROSS), (name, CORRECTED))
        )  # fmt: skip
    # A year's pipes and household reading stand against a year's supply: both go by the days.
    part = Decimal(booked(view).days) / view.year.days
    known = {
        key: as_figure(said).value or Decimal(0)
        for key, said in facts.items()
        if isinstance(said, Declared)
    }
    network = NetworkYear(
        supplied=supplied.value,
        registered=registered.value,
        household_read=known.get("household_read", Decimal(0)) * part,
        pipe_km=known.get("pipe_km", Decimal(0)) / 1000 * part,
        pressure_mpa=known.get("pressure_mpa", Decimal(0)) / 1_000_000,
        frost_m=known.get("frost_m", Decimal(0)),
    )
    standard = LossStandard.of(lambda rule: _deciding(view, rule))
    made = figures_of(
        assess(network, standard),
        inputs={"supplied": supplied, "registered": registered, **facts},
        period=booked(view),
        place=view.place.code,
        quality=Quality.mean(
            [(supplied.quality, supplied.value), (registered.quality, registered.value)]
        ),
        provisional=not view.whole_year,
    )
    gross = replace(
        made["leakage/comprehensive_rate"], name=gross_name, title=GROSS[0], title_en=GROSS[1]
    )
    return gross, _corrected(view, name, made["leakage/assessed_rate"], gross, facts.values())


def _corrected(
    view: View, name: str, figure: Figure, gross: Figure, facts: Iterable[Declared | Missing]
) -> Figure:
    lacking = [said for said in facts if isinstance(said, Missing)]
    if lacking:
        return Figure(
            name, *CORRECTED, None, "1", figure.formula, (gross, *lacking),
            Quality(missing=Decimal(1)), method="corrected", period=booked(view),
            clause=figure.clause, formula_en="gross rate − (R1 + R2 + R3 + R4)",
        )  # fmt: skip
    inputs = tuple(
        gross if isinstance(item, Figure) and item.name == "leakage/comprehensive_rate" else item
        for item in figure.inputs
    )
    return replace(
        figure, name=name, title=CORRECTED[0], title_en=CORRECTED[1], inputs=inputs,
        note=f"{figure.note}方案未说明是否修正：修正前为 {_percent(gross)}。",
        note_en=f"{figure.note_en} The plan does not say which rate it means; uncorrected it is "
        f"{_percent(gross)}.",
    )  # fmt: skip


def _deciding(view: View, name: str) -> Cited:
    law = yardstick(view, name)
    if not law.decides:
        raise Unverified(law)
    return law


def _percent(figure: Figure) -> str:
    return f"{(figure.value or Decimal(0)) * 100:.2f} %"


@evidence(
    "leakage/comprehensive_rate",
    mechanism="leakage",
    tasks=(8,),
    trend=yearly("leakage_rate"),
    alternatives=("leakage/gross_rate",),
)
def corrected_rate(view: View) -> Figure:
    """The assessed loss rate: gross rate less the corrections of CJJ 92."""
    return finished(view, _rates(view)[1])


@evidence("leakage/gross_rate", mechanism="leakage")
def uncorrected_rate(view: View) -> Figure:
    """The gross loss rate, without corrections."""
    return finished(view, _rates(view)[0])


@evidence("leakage/zone_coverage", mechanism="leakage", tasks=(8,))
def zone_coverage(view: View) -> Figure:
    """What enters metered zones over what enters the networks."""
    rows = list_role_volumes(
        asked_by=view.asked_by, lake=view.data.lake, period=booked(view), roles=("zone_input",)
    )
    zones = sorted({row.meter.zone for row in rows if row.meter.zone})
    part = Figure(
        "leakage/zone_input", "分区进水量", "Flow into metered zones",
        Decimal(sum(row.volume_l for row in rows)) / 1000, "m3", "各分区进水表之和",
        (_readings("分区进水表读数", "Readings of the zones' inlet meters", rows, view),)
        if rows else (),
        Quality.of(
            measured=sum(row.measured_l for row in rows) or (0 if rows else 1),
            estimated=sum(row.estimated_l for row in rows),
        ),
        period=booked(view), formula_en="sum of the zones' inlet meters",
    )  # fmt: skip
    return share(
        view, "leakage/zone_coverage",
        title=("分区计量覆盖率（按水量）", "Zone-metering coverage (by volume)"), part=part,
        whole=system_input(view), clause=CLAUSE,
        note=(f"{len(zones)} 个分区。", f"{len(zones)} zones."),
    )  # fmt: skip


@evidence("leakage/rising_zones", mechanism="leakage", tasks=(8,))
def rising_night_flow(view: View) -> Figure:
    """Zones whose night flow grew against the other zones: places to look for slow leaks."""
    window, sigma = yardstick(view, "leakage/burst_nights"), yardstick(view, "leakage/burst_sigma")
    title = ("夜间流量相对上升的分区", "Zones with rising night flow")
    zones = _night_minima(view)
    if len(zones) < 2:
        return Figure.absent(
            "leakage/rising_zones", *title, "个",
            Missing(
                "leakage/zone_readings", "两个以上分区进水表的逐时读数",
                "Hourly readings of the inlet meters of two zones or more", held_by=HOUSING,
                how="shuiheng readings import FILE（用途 zone_input）",
                how_en="shuiheng readings import FILE (role zone_input)",
            ),
            period=booked(view),
        )  # fmt: skip
    found = rising_zones(zones, window=int(window.number), sigma=sigma.number)
    names = "、".join(f"{rise.zone}（+{rise.share * 100:.0f} %）" for rise in found)
    names_en = ", ".join(f"{rise.zone} (+{rise.share * 100:.0f} %)" for rise in found)
    figure = counted(
        name="leakage/rising_zones", title=title, number=len(found), unit="个",
        inputs=(window, sigma), period=booked(view), clause=CLAUSE,
        formula=(
            "期末夜间流量占其他分区之比 > 期初均值 + 倍数 × 标准差 的分区数",
            "zones whose night flow over that of the others rose beyond the limit",
        ),
    )  # fmt: skip
    return finished(view, replace(figure, note=names, note_en=names_en))


def _night_minima(view: View) -> dict[str, list[int]]:
    """Return the night minima of each zone over the nights that all zones have."""
    bound = list_bound_meters(asked_by=view.asked_by, period=booked(view), roles=("zone_input",))
    zone_of = {meter.number: meter.zone or meter.number for meter in bound}
    minima = list_night_minima(
        asked_by=view.asked_by, lake=view.data.lake, period=booked(view), roles=("zone_input",)
    )
    by_night: dict[str, dict[date, int]] = {}
    for meter, nights in minima.items():
        own = by_night.setdefault(zone_of[meter], {})
        for day, least in nights:
            own[day] = own.get(day, 0) + least
    common = set.intersection(*(set(own) for own in by_night.values())) if by_night else set()
    return {zone: [own[day] for day in sorted(common)] for zone, own in by_night.items()}


tell_share(
    "leakage/secondary_supply_renewed", mechanism="leakage", tasks=(8,),
    title=("老旧二次供水设施改造完成率", "Old secondary supply facilities renewed"),
    part="leakage/secondary_facilities_done", whole="leakage/secondary_facilities_due",
    clause="二（三）",
)  # fmt: skip
