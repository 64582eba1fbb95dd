"""The sentences of the kernel's findings, Chinese and English, made from a tally row."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from shuiheng.basics import SHANGHAI, Finding, Level

# code -> (level, Chinese, English). The words in braces are made by ``_words``.
SENTENCES: dict[str, tuple[Level, str, str]] = {
    "vee.duplicate_conflict": (
        Level.WARNS,
        "水表 {meter} 有 {count} 个时刻收到不同的读数（首次 {first}，"
        "末次 {last}）；取与前后相符的一个。",
        "Meter {meter} has {count} instants with different readings (first {first}, last {last}); "
        "the one that fits its neighbours is used.",
    ),
    "vee.gap": (
        Level.INFORMS,
        "水表 {meter} 有 {count} 处缺读，共 {hours} 小时（最长 {longest} 小时，自 {worst}）；"
        "跨越水量 {volume} m³：累计读数的总量由前后读数确定，只有各小时为估算；"
        "时段量、流量为补值，无法补值的按缺测处理。",
        "Meter {meter} has {count} gaps, {hours} hours in all (longest {longest} h, from {worst}) "
        "with {volume} m³ across them: of a register the total is known and only its hours are "
        "estimated; of volumes and flows it is estimated, or the hours stay missing.",
    ),
    "vee.rollover": (
        Level.INFORMS,
        "水表 {meter} 计数器过零 {count} 次（{worst}，"
        "{before} → {after} 升），已按表的位数接续。",
        "The register of meter {meter} rolled over {times} ({worst}, {before} → {after} L); "
        "the volume was continued across its capacity.",
    ),
    "vee.reset_suspected": (
        Level.WARNS,
        "水表 {meter} 的读数 {count} 次落回近零（{worst}，{before} → {after} 升）而无换表记录；"
        "该段按平时流量估算。请补录换表或复位记录。",
        "The register of meter {meter} fell to about zero {times} ({worst}, {before} → "
        "{after} L) with no exchange on record; the step is estimated from its usual flow. Enter "
        "the exchange or the reset.",
    ),
    "vee.register_fell": (
        Level.WARNS,
        "水表 {meter} 的读数 {count} 次大幅下降且未回升（{worst}，"
        "{before} → {after} 升）；该段为估算，请现场核对。",
        "The register of meter {meter} fell far and stayed there {times} ({worst}, {before} "
        "→ {after} L); the step is estimated. Check it on site.",
    ),
    "vee.reverse_flow": (
        Level.WARNS,
        "水表 {meter} 有 {count} 次倒流，"
        "共 {litres} 升（最大 {size} 升，{worst}）；单列，不冲减用水量。",
        "Meter {meter} ran backwards {times}, {litres} L in all (most {size} L, {worst}); "
        "kept apart, never netted.",
    ),
    "vee.misread": (
        Level.WARNS,
        "水表 {meter} 有 {count} 个读数跳开后又跳回（最大一次 {worst}，"
        "{before} → {after} 升）；这些读数未采用。",
        "Meter {meter} has {count} readings that jumped away and back (largest {worst}, {before} "
        "→ {after} L); they are not used.",
    ),
    "vee.spike": (
        Level.WARNS,
        "水表 {meter} 有 {count} 次增量超过可能的最大流量 {limit} L/h（最大 {size} 升，"
        "{worst}）；"
        "未计入 {volume} m³，该段按平时流量估算。请现场核对，或更正该表的最大流量 Q4。",
        "Meter {meter} has {count} steps above the greatest possible flow of {limit} L/h (largest "
        "{size} L, {worst}); {volume} m³ are left out and the step is estimated. Check on site, or "
        "correct the meter's greatest flow Q4.",
    ),
    "vee.step_factor": (
        Level.WARNS,
        "水表 {meter} 有 {count} 次增量约为平时的 {size} 倍（{worst}，平时 {before} 升，"
        "本次 {after} 升）；请核对单位和脉冲当量。",
        "Meter {meter} has {count} steps of about {size} times the usual ({worst}, usually "
        "{before} L, now {after} L); check its unit and pulse weight.",
    ),
    "vee.stuck": (
        Level.WARNS,
        "水表 {meter} 有 {count} 段长时间不走字，"
        "最长 {longest_days} 天（自 {worst}）；按平时流量约涉及 {volume} m³。",
        "Meter {meter} stood still {times}, at most {longest_days} days (from {worst}); at "
        "its usual flow about {volume} m³ are at stake.",
    ),
    "vee.idle": (
        Level.WARNS,
        "水表 {meter} 所在处应有人用水，却有 {count} 段不走字，最长 {longest} 小时（自 {worst}）；"
        "按平时流量约涉及 {volume} m³。",
        "Meter {meter} stands at a place in use, yet counted nothing {times}, at most {longest} h "
        "(from {worst}); at its usual flow about {volume} m³ are at stake.",
    ),
    "vee.frozen_step": (
        Level.WARNS,
        "水表 {meter} 有 {count} 段增量始终为同一非零值（最多连续 {size} 次，每次 {before} 升，"
        "自 {worst}），而平时增量多变；请检查采集设备。",
        "Meter {meter} repeated the same step with water {times} (most {size} times in a row, "
        "{before} L each, from {worst}), though its steps usually differ; check the device.",
    ),
    "vee.future_reading": (
        Level.WARNS,
        "水表 {meter} 有 {count} 个读数的时刻在未来（最远 {last}）；未采用，请校准时钟。",
        "Meter {meter} has {count} readings from the future (up to {last}); they are not used. "
        "Set its clock.",
    ),
    "vee.clock_fault": (
        Level.WARNS,
        "水表 {meter} 有 {count} 个读数的时刻早于可信时间（最早 {first}）；未采用，请校准时钟。",
        "Meter {meter} has {count} readings from before any credible time (from {first}); they are "
        "not used. Set its clock.",
    ),
    "vee.clock_drift": (
        Level.INFORMS,
        "水表 {meter} 的读数时刻 {count} 次偏离固定时刻（最多 {minutes} 分钟，{worst}）；"
        "请校准时钟。",
        "The instants of meter {meter} moved off their grid {times} (most {minutes} min, {worst}); "
        "set its clock.",
    ),
    "vee.negative_register": (
        Level.WARNS,
        "水表 {meter} 有 {count} 个负读数（{worst}，{after} 升）；未采用。",
        "Meter {meter} has {count} negative registers ({worst}, {after} L); they are not used.",
    ),
    "vee.exchange": (
        Level.INFORMS,
        "水表 {meter} 换表 {count} 次（{worst}，"
        "旧表止码 {before}，新表起码 {after} 升），水量已衔接。",
        "Meter {meter} was exchanged {times} ({worst}, old register ended at {before}, new "
        "one began at {after} L); the volumes are joined.",
    ),
    "vee.exchange_unmatched": (
        Level.WARNS,
        "水表 {meter} 的换表记录（{worst}，{before} → {after} 升）"
        "与读数不符，未采用；请核对日期和止、起码。",
        "The exchange entered for meter {meter} ({worst}, {before} → {after} L) does not fit its "
        "readings and is not used; check its day and registers.",
    ),
    "vee.peak": (
        Level.INFORMS,
        "水表 {meter} 有 {count} 日的最大小时量远高于当日其他小时和平时（最大 {after} 升，"
        "当日第三大 {before} 升，{worst}）；请核对。",
        "Meter {meter} has {count} days whose highest hour stands far above the others and the "
        "usual (most {after} L, third highest {before} L, {worst}); review them.",
    ),
    "vee.continuous_flow": (
        Level.INFORMS,
        "水表 {meter} 整日不停水：{days} 个可判日中有 {count} 日没有一个小时为零"
        "（{first} 至 {last}，最小时流量最多 {size} L）；若非连续生产，"
        "可能有漏损，约 {volume} m³。",
        "Meter {meter} runs all day long: {count} of {days} measured days have no hour of zero "
        "({first} to {last}, the least hour up to {size} L); unless there is continuous work it "
        "may be a leak of about {volume} m³.",
    ),
    "vee.night_flow": (
        Level.INFORMS,
        "水表 {meter} 夜间不停水：{days} 个可判日中有 {count} 日 2 至 5 时没有一个小时为零"
        "（{first} 至 {last}，最多 {size} L），白天则有停水；若夜间不生产，可能有漏损。",
        "Meter {meter} runs all night: on {count} of {days} measured days no hour from 02:00 to "
        "05:00 is zero ({first} to {last}, up to {size} L), though the day has such hours; unless "
        "there is work at night it may be a leak.",
    ),
    "vee.night_rise": (
        Level.WARNS,
        "水表 {meter} 的夜间最小流量有 {count} 夜连续高于以往（{first} 至 {last}，"
        "平时 {before} L/h，最高 {after} L/h）；可能有新漏点，约 {volume} m³。",
        "The night minimum of meter {meter} stood above its base for {count} nights ({first} to "
        "{last}, usually {before} L/h, at most {after} L/h): a new leak of about {volume} m³ is "
        "possible.",
    ),
    "vee.unusual_day": (
        Level.INFORMS,
        "水表 {meter} 有 {count} 日用水量远离同类日平均（差最多的 {worst}，"
        "平均 {before} 升，当日 {after} 升）；请核对。",
        "Meter {meter} has {count} days far from the mean of like days (furthest {worst}, mean "
        "{before} L, that day {after} L); review them.",
    ),
    "vee.scale_change": (
        Level.WARNS,
        "水表 {meter} 自 {worst} 当周起计量尺度可能改变：前后四周水量之比 {percent}%，"
        "最小步长由 {before} 变为 {after} 升（0 为不明）；请核对脉冲当量、单位或是否换表。",
        "From the week of {worst} meter {meter} may count in another scale: the four weeks after "
        "have {percent} % of the volume before, the smallest step went from {before} to {after} L "
        "(0: unknown). Check pulse weight, unit, or an exchange.",
    ),
}  # fmt: skip


def finding_of(meter: str, row: Mapping[str, Any]) -> Finding:
    """Return the finding that a tally row says about ``meter``.

    >>> row = dict(code="vee.rollover", count=1, first_s=0, last_s=0, volume_l=36000, amount=0,
    ...     worst_s=0, worst_before=999987000, worst_after=23000, worst_size=36000,
    ...     limit_l_h=3125, usual_step_s=3600)
    >>> finding_of("A1", row).text_en[:46]
    'The register of meter A1 rolled over once (197'
    """
    level, text, text_en = SENTENCES[row["code"]]
    words = _words(meter, row)
    facts = {
        "meter": meter,
        "count": row["count"],
        "first": _instant(row["first_s"]).isoformat(),
        "last": _instant(row["last_s"]).isoformat(),
        "volume_l": row["volume_l"],
        "worst": _instant(row["worst_s"]).isoformat(),
        "before_l": row["worst_before"],
        "after_l": row["worst_after"],
        "size": row["worst_size"],
        "amount": row["amount"],
        "limit_l_h": row["limit_l_h"],
        "usual_step_s": row["usual_step_s"],
    }
    return Finding(row["code"], level, text.format(**words), text_en.format(**words), facts)


def _words(meter: str, row: Mapping[str, Any]) -> dict[str, Any]:
    size = abs(row["worst_size"])
    return {
        "meter": meter,
        "count": row["count"],
        "first": _shown(row["first_s"]),
        "last": _shown(row["last_s"]),
        "worst": _shown(row["worst_s"]),
        "volume": f"{row['volume_l'] / 1000:,.1f}",
        "litres": f"{row['volume_l']:,}",
        "before": f"{row['worst_before']:,}",
        "after": f"{row['worst_after']:,}",
        "size": f"{size:,}",
        "hours": f"{row['amount'] / 3600:,.0f}",
        "longest": f"{size / 3600:,.0f}",
        "minutes": f"{size / 60:,.0f}",
        "longest_days": f"{size / 86400:,.0f}",
        "days": row["amount"],
        "times": {1: "once", 2: "twice"}.get(row["count"], f"{row['count']:,} times"),
        "percent": row["amount"],
        "limit": f"{row['limit_l_h']:,}",
    }


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _shown(seconds: int) -> str:
    return f"{_instant(seconds).astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
