"""The planted stories: what goes wrong with meters and readings, and what should be seen of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal

import numpy as np
import numpy.typing as npt

from shuiheng.basics import SHANGHAI
from shuiheng.cli.demo.flows import LEAK_ZONE, Registers, next_q3
from shuiheng.cli.demo.meters import zone_meter
from shuiheng.cli.demo.rows import (
    YEAR,
    BindingRow,
    ExchangeRow,
    MeterRow,
    Story,
    UserRow,
)

Ints = npt.NDArray[np.int64]
FIRST, LAST = date(YEAR, 1, 1), date(YEAR + 1, 1, 1)
OVER_PLAN_SHARE = 0.34
SOURCE = "演示数据"


def utc_s(*when: int) -> int:
    """Return the UTC second of a Shanghai time given as year, month, day and perhaps hour."""
    return int(datetime(*when, tzinfo=SHANGHAI).timestamp())  # type: ignore[arg-type]


@dataclass
class Telling:
    """The district's registers while stories are told on them.

    ``missing`` marks readings that never came, ``late`` those of the late batch, ``extra`` holds
    readings beside the regular ones (place of the meter, second, litres).
    """

    users: dict[str, UserRow]
    meters: list[MeterRow]
    groups: list[Registers]
    stories: list[Story] = field(default_factory=list)
    exchanges: list[ExchangeRow] = field(default_factory=list)
    moved: dict[str, list[BindingRow]] = field(default_factory=dict)
    missing: dict[int, Ints] = field(default_factory=dict)
    late: dict[int, Ints] = field(default_factory=dict)
    read: dict[int, tuple[Ints, Ints]] = field(default_factory=dict)
    extra: list[tuple[int, int, int]] = field(default_factory=list)
    reversed_order: set[int] = field(default_factory=set)
    taken: set[str] = field(default_factory=set)

    def row(self, place: int) -> tuple[Ints, Ints]:
        """Return the instants and (writable) litres of one meter."""
        for group in self.groups:
            found = np.flatnonzero(group.rows == place)
            if len(found):
                return group.at_s, group.litres[int(found[0])]
        raise KeyError(place)

    def pick(self, wanted: Callable[[MeterRow, UserRow], bool], near_m3: float) -> int:
        """Return the place of the untold meter that fits and whose yearly volume is nearest."""
        fitting = [
            (abs(meter.annual_m3 - near_m3), place)
            for place, meter in enumerate(self.meters)
            if meter.number not in self.taken
            and meter.user not in self.taken
            and meter.flow == "leaf"
            and meter.level == 1
            and wanted(meter, self.users[meter.user])
        ]
        if not fitting:
            raise LookupError(f"No meter is left for the story that wants one of {near_m3} m3.")
        place = min(fitting)[1]
        self.taken.update({self.meters[place].number, self.meters[place].user})
        return place

    def tell(
        self,
        code: str,
        place: int,
        title: tuple[str, str],
        days: tuple[date, date],
        see: tuple[str, str],
        findings: tuple[str, ...] = (),
        *,
        changes: bool = False,
        **facts: object,
    ) -> None:
        """Write the story down; titles and what to see are pairs, Chinese and English."""
        meter = self.meters[place]
        self.stories.append(
            Story(code, *title, meter.number, meter.user, *days, *see, findings, changes, facts)
        )


def tell_stories(users: list[UserRow], meters: list[MeterRow], groups: list[Registers]) -> Telling:
    """Plant every story in ``groups`` (changed in place) and return what was told."""
    telling = Telling({user.number: user for user in users}, meters, groups)
    for story in (
        _leak, _over_plan, _stuck, _exchange, _rollover, _pulse, _reverse, _night, _gap,
        _misread,
        _duplicates, _future, _moved, _late,
    ):  # fmt: skip
        story(telling)
    return telling


def _is_daily_firm(meter: MeterRow, user: UserRow) -> bool:
    return meter.role == "delivery" and user.number[0] == "P" and meter.step_s == 86_400


def _leak(t: Telling) -> None:
    number = zone_meter(LEAK_ZONE)
    place = next(place for place, meter in enumerate(t.meters) if meter.number == number)
    t.tell(
        "dma_leak",
        place,
        (f"{LEAK_ZONE} 分区暗漏逐月扩大", f"A growing leak in DMA {LEAK_ZONE}"),
        (date(YEAR, 7, 1), LAST),
        (
            "看总表的夜间最小流量:7 月起逐月抬升，而分表水量没有变化。",
            "Look at the inlet's night minimum: it rises from July while the customers' volumes do "
            "not.",
        ),
        zone=LEAK_ZONE,
    )


def _over_plan(t: Telling) -> None:
    place = t.pick(
        lambda meter, user: meter.role == "intake" and user.kind == "enterprise", 900_000.0
    )  # fmt: skip
    t.tell(
        "over_plan",
        place,
        ("用水超计划 34%", "A user 34 % over its plan"),
        (FIRST, LAST),
        ("对照用水计划与实际取水量。", "Compare the plan with the measured intake."),
        over_share=str(OVER_PLAN_SHARE),
    )


def _stuck(t: Telling) -> None:
    place = t.pick(_is_daily_firm, 42_000.0)
    at, litres = t.row(place)
    since = int(np.searchsorted(at, utc_s(YEAR, 10, 8)))
    litres[since:] = litres[since]
    t.tell(
        "stuck",
        place,
        ("水表停走", "A meter that stopped counting"),
        (date(YEAR, 10, 8), LAST),
        (
            "10 月 8 日起读数不变，企业仍在生产。",
            "The register stands still from 8 October while the factory works on.",
        ),
        ("vee.stuck",),
        changes=True,
    )


def _exchange(t: Telling) -> None:
    place = t.pick(_is_daily_firm, 33_000.0)
    meter = t.meters[place]
    at, litres = t.row(place)
    when = utc_s(YEAR, 5, 14, 10)
    after = int(np.searchsorted(at, when))
    part = (when - int(at[after - 1])) / 86_400
    between = int(litres[after]) - int(litres[after - 1])
    final = (int(litres[after - 1]) + round(between * part)) // meter.unit_l * meter.unit_l
    litres[after:] -= final
    t.exchanges.append(
        ExchangeRow(meter.number, datetime.fromtimestamp(when, UTC), final % meter.capacity_l, 0,
                    "到期轮换")
    )  # fmt: skip
    t.tell(
        "exchange",
        place,
        ("到期换表", "A meter replaced on schedule"),
        (date(YEAR, 5, 14), date(YEAR, 5, 15)),
        (
            "5 月 14 日 10 时换表，旧表止度与新表起度已登记，水量连续。",
            "Replaced on 14 May at 10:00; both registers are on file and the volume is continuous.",
        ),
        ("vee.exchange",),
        final_l=final % meter.capacity_l,
    )


def _rollover(t: Telling) -> None:
    place = t.pick(_is_daily_firm, 24_000.0)
    meter = t.meters[place]
    at, litres = t.row(place)
    turn = int(np.searchsorted(at, utc_s(YEAR, 6, 20)))
    litres += (meter.capacity_l - int(litres[turn])) // meter.unit_l * meter.unit_l
    t.tell(
        "rollover",
        place,
        ("计数器翻转", "A register that turned over"),
        (date(YEAR, 6, 20), date(YEAR, 6, 22)),
        (
            "读数由满位回到零，水量照常。",
            "The register went from full to zero; the volume goes on.",
        ),
        ("vee.rollover",),
        digits=meter.digits,
    )


def _pulse(t: Telling) -> None:
    place = t.pick(
        lambda meter, user: meter.role == "delivery" and user.kind == "service"
        and meter.step_s == 86_400, 45_000.0,
    )  # fmt: skip
    # The meter is far too large for its place, so that even tenfold flow seems possible.
    t.meters[place].q3_m3_h = Decimal(str(next_q3(float(t.meters[place].q3_m3_h) * 12)))
    at, litres = t.row(place)
    since = int(np.searchsorted(at, utc_s(YEAR, 8, 1)))
    litres[since:] = litres[since] + (litres[since:] - litres[since]) * 10
    t.tell(
        "pulse_weight",
        place,
        ("脉冲当量错设 10 倍", "A pulse weight set ten times too large"),
        (date(YEAR, 8, 1), LAST),
        (
            "8 月 1 日起日水量约为此前的 10 倍。",
            "From 1 August the daily volume is about ten times what it was.",
        ),
        ("vee.scale_change",),
        changes=True,
        factor=10,
    )


def _reverse(t: Telling) -> None:
    place = t.pick(
        lambda meter, user: meter.role == "delivery" and meter.step_s == 3_600
        and user.kind in {"school", "office", "enterprise", "service"}, 20_000.0,
    )  # fmt: skip
    unit = t.meters[place].unit_l
    at, litres = t.row(place)
    back = max(300 // unit, 1) * unit
    for day in (3, 4, 9, 17, 22):
        hour = int(np.searchsorted(at, utc_s(YEAR, 11, day, 3)))
        fall = int(litres[hour]) - int(litres[hour - 1]) + back
        litres[hour:] -= fall
    t.tell(
        "reverse_flow",
        place,
        ("夜间倒流", "Reverse flow at night"),
        (date(YEAR, 11, 3), date(YEAR, 11, 23)),
        (
            "11 月有五夜读数回落约 300 升，疑止回阀失灵。",
            "On five nights in November the register "
            "falls by about 300 litres: the check valve may have failed.",
        ),
        ("vee.reverse_flow",),
        changes=True,
        litres=back,
    )


def _night(t: Telling) -> None:
    place = t.pick(lambda meter, user: user.kind == "school" and meter.step_s == 3_600, 60_000.0)
    unit = t.meters[place].unit_l
    at, litres = t.row(place)
    since = int(np.searchsorted(at, utc_s(YEAR, 9, 1)))
    # A cistern that does not close: 0.4 m3 in every hour of the day, with or without pupils.
    litres[since:] += np.arange(len(at) - since, dtype=np.int64) * (max(400 // unit, 1) * unit)
    t.tell(
        "night_flow",
        place,
        ("学校夜间长流水", "A school where water runs all night"),
        (date(YEAR, 9, 1), LAST),
        (
            "9 月起夜间每小时仍有约 0.4 m³,疑冲水箱关不严。",
            "From September about 0.4 m3 runs in every hour of the night: a cistern may not close.",
        ),
        ("vee.continuous_flow",),
        changes=True,
        litres_per_hour=400,
    )


def _gap(t: Telling) -> None:
    place = t.pick(
        lambda meter, user: meter.role == "intake" and meter.step_s == 3_600
        and user.kind == "enterprise", 400_000.0,
    )  # fmt: skip
    at, _ = t.row(place)
    t.missing[place] = (at > utc_s(YEAR, 9, 5)) & (at < utc_s(YEAR, 9, 19))  # type: ignore[assignment]
    t.tell(
        "gap",
        place,
        ("断传两周，读数接续", "Two weeks without readings, bridged by the register"),
        (date(YEAR, 9, 5), date(YEAR, 9, 19)),
        (
            "缺 14 天小时读数；前后读数之差仍给出实测总量。",
            "Fourteen days of hourly readings are "
            "missing; the registers on both sides still give the total.",
        ),
        ("vee.gap",),
    )


def _misread(t: Telling) -> None:
    place = t.pick(
        lambda meter, user: meter.role == "intake" and meter.step_s == 3_600
        and user.kind == "enterprise", 250_000.0,
    )  # fmt: skip
    at, litres = t.row(place)
    one = int(np.searchsorted(at, utc_s(YEAR, 4, 21, 14)))
    meter = t.meters[place]
    # One wrong digit in transmission: the third place from the left.
    wrong = int(litres[one]) + meter.capacity_l // 1000 * 3
    values = litres.copy()
    values[one] = wrong
    t.read[place] = (at, values)
    t.tell(
        "misread",
        place,
        ("一次误读", "One reading gone wrong"),
        (date(YEAR, 4, 21), date(YEAR, 4, 22)),
        (
            "4 月 21 日 14 时一个读数跳高后恢复，不计入水量。",
            "On 21 April at 14:00 one reading jumps and returns; it is left out.",
        ),
        ("vee.misread",),
        value_l=wrong,
    )


def _duplicates(t: Telling) -> None:
    place = t.pick(
        lambda meter, user: user.kind == "community" and meter.step_s == 3_600, 400_000.0
    )
    at, litres = t.row(place)
    inside = np.flatnonzero((at >= utc_s(YEAR, 3, 1)) & (at < utc_s(YEAR, 4, 1)))
    t.extra.extend((place, int(at[i]), int(litres[i])) for i in inside)
    t.reversed_order.add(place)
    t.tell(
        "duplicates",
        place,
        ("重复上报、次序颠倒", "Readings sent twice and out of order"),
        (date(YEAR, 3, 1), date(YEAR, 4, 1)),
        (
            "3 月读数重复一遍，文件内倒序；水量不受影响。",
            "March was sent twice and the file runs backwards; the volume is not touched.",
        ),
        readings=len(inside),
    )


def _future(t: Telling) -> None:
    place = t.pick(_is_daily_firm, 18_000.0)
    _, litres = t.row(place)
    t.extra.append((place, utc_s(2099, 1, 1), int(litres[200])))
    t.tell(
        "future_stamp",
        place,
        ("时钟错误：来自 2099 年的读数", "A reading stamped in 2099"),
        (date(YEAR, 7, 19), date(YEAR, 7, 20)),
        ("时间在未来的读数不参加计算。", "A reading from the future takes no part."),
        ("vee.future_reading",),
    )


def _moved(t: Telling) -> None:
    place = t.pick(_is_daily_firm, 27_000.0)
    meter = t.meters[place]
    others = [
        user.number
        for user in t.users.values()
        if user.number[0] == "P" and user.town == meter.town and user.number not in t.taken
    ]
    other = others[0] if others else next(n for n in t.users if n[0] == "P" and n != meter.user)
    when = date(YEAR, 7, 1)
    t.moved[meter.number] = [
        binding_of(meter, until=when),
        BindingRow(meter.number, other, meter.role, when, None, meter.source, "",
                   meter.supplier, meter.zone, meter.parent),
    ]  # fmt: skip
    t.tell(
        "moved",
        place,
        ("厂房转租，水表换户", "Premises let to another firm: the meter changes its user"),
        (when, LAST),
        (
            "同一水表上半年记原户,7 月 1 日起记新户。",
            "One meter counts for the old user until June and for the new one from 1 July.",
        ),
        to=other,
    )


def _late(t: Telling) -> None:
    town = "320411.02"
    places = [
        place
        for place, meter in enumerate(t.meters)
        if t.users[meter.user].kind == "village" and meter.step_s == 86_400
        and (meter.town == town or len(t.meters) < 1000)
    ]  # fmt: skip
    for place in places:
        at, _ = t.row(place)
        t.late[place] = (at > utc_s(YEAR, 10, 1)) & (at <= utc_s(YEAR, 11, 1))  # type: ignore[assignment]
    t.tell(
        "late_batch",
        places[0],
        ("整批迟到的读数", "A batch that came after the month was closed"),
        (date(YEAR, 10, 1), date(YEAR, 11, 1)),
        ("孟河各村 10 月读数在月结之后才到；只重算受影响的水表。",
         "October's readings of the villages came after the month was closed; only the meters "
         "touched are computed again."),
        meters=[t.meters[place].number for place in places],
    )  # fmt: skip


def binding_of(meter: MeterRow, until: date | None = None) -> BindingRow:
    """Return the binding of a meter to its user, from the day it was installed."""
    return BindingRow(
        meter.number, meter.user, meter.role, meter.installed_on, until, meter.source, meter.use,
        meter.supplier, meter.zone, meter.parent, meter.place, meter.counts,
    )  # fmt: skip
