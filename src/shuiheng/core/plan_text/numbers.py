"""Numbers with their units: digits, percentages, ranges, fractions and counts in words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from shuiheng.basics import Quantity, UnknownUnit
from shuiheng.basics.quantity import base_unit, unit_parts
from shuiheng.core.plan_text.outline import number_of

_BASE = (
    "吨标准煤|千克标准煤|克标准煤|标准煤|立方米|平方公里|平方千米|平方米|千瓦时|千瓦|兆瓦|吉瓦|公里|千米|海里|分贝|微克|毫克|千克|公斤"
    "|m3|m³|㎡|m²|m2|km²|km2|km|kWh|MWh|GWh|kWp|MWp|MW|GW|kW|PFLOPS|EFLOPS|TFLOPS|Gbps|Mbps|TB|PB|GB|NTU|MPa|dB|mg|μg|米|亩|公顷|吨|升|元|克|斤|瓦|℃|度"
)
_COUNTED = (
    "个百分点|百分点|个工作日|工作日|个月|人次|人天|户次|车次|批次|学时|课时|岁|家次|例次|标箱|床位|学位|工位|泊位|充电桩|标准箱"
    "|个|家|座|处|项|条|户|人|台|套|所|次|件|名|倍|辆|支|场|期|种|类|张|株|头|只|间|床|份|篇|部|例|班|门|对|块|片|艘|架"
    "|宗|起|级|分|页|册|幅|栋|幢|口|眼|根|组|队|批|轮|届|天|小时|分钟|秒|年|个月|周|季度|季|个工作日|工作日"
    "|镇|村|社区|县|市|公斤/亩|羽|尾|粒|包|盏|杆|站|桩"
)
UNIT = (
    rf"(?:%|‰|成|(?:{_BASE}|{_COUNTED})(?:(?:/|每)\(?(?:人|日|天|年|月|亩|公顷|吨|万元|亿元|元|立方米|平方米|平方公里|千米|公里|户|小时|秒|s|h|d|a"
    r"|m3|升|次|个|千人|万人|百人|千瓦时|单位GDP|公斤|台|辆|头)(?:[·.](?:日|天|d|年|月)\)?)?)?)"
)
_SCALE = r"(?:万亿|千亿|百亿|十亿|亿|千万|百万|十万|万|千|百)"
_NUM = r"\d+(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
_DIGITS = re.compile(
    rf"(?<![\dA-Za-z.+/第“#\-号〔\[])(?P<num>{_NUM})"
    rf"(?:(?P<first>{_SCALE}?{UNIT})?[—~\-至](?P<upto>{_NUM})(?!\d*年))?"
    rf"[ ]?(?:(?P<few>余|多)?(?P<scale>{_SCALE})(?P<few2>余|多|来)?)?[ ]?(?P<unit>{UNIT})?"
)
_WORDS = re.compile(
    r"(?P<percent>百分之(?P<p>[一二两三四五六七八九十百零点〇]+))"
    r"|(?P<fraction>(?P<below>[二三四五六七八九十]+)分之(?P<above>[一二两三四五六七八九十]+))"
    r"|(?P<tenths>(?<![一二三四五六七八九十完建达生合组形构养促变改分促作集落收现])(?P<t>[一二两三四五六七八九])成(?P<half_more>半)?(?=以上|以下|左右|的|[，。；、)]|$))"
    r"|(?P<half>(?:一半|半数)(?=以上|以下|左右)|过半数?(?=[的，。；]))"
    r"|(?P<scaled>(?<![\d一二两三四五六七八九十百千万亿数几多余.每一])(?P<s>万亿|亿|千万|百万|万|千|百)(?P<su>亩|元|吨|立方米|人|户|平方米|公顷|平方公里|千瓦)(?=及?以上|以下))"
    r"|(?P<count>(?<![第每十百千万一二两三四五六七八九数几近\d])(?P<c>[两二三四五六七八九十][十百]?[一二三四五六七八九]?[十百千]?[一二三四五六七八九]?)"
    r"(?P<cu>万亩|万人|万户|亩|个|家|座|处|项|条|户|所|场|次|台|套|支|名)(?=[^月人方]))"
)
_NOT_AFTER = re.compile(
    r"年|月|日|号(?!井)|届|章|款|楼|时(?!长)|[A-Za-z+]|[-—]\d|\.\d|/\d|;\d{2}|:\d\d|后\b|\)[、.]?"
)


@dataclass(frozen=True, slots=True)
class Number:
    """A number as it stands in the text, with its unit as written and its value."""

    value: Decimal
    unit: str
    start: int
    end: int
    upto: Decimal | None = None
    words: str | None = None
    about: bool = False


def numbers_in(text: str, start: int, end: int) -> list[Number]:
    """Return the numbers of ``text[start:end]``; years, dates and document numbers are none.

    >>> [(str(n.value), n.unit) for n in numbers_in("8.71亿立方米，百分之九十，85%—90%", 0, 22)]
    [('8.71', '亿立方米'), ('90', '%'), ('85', '%')]
    """
    found = sorted([*_digits(text, start, end), *_words(text, start, end)], key=lambda n: n.start)
    kept: list[Number] = []
    for number in found:
        if not kept or number.start >= kept[-1].end:
            kept.append(number)
    return kept


def _digits(text: str, start: int, end: int) -> Iterator[Number]:
    for match in _DIGITS.finditer(text, start, end):
        unit = (match["scale"] or "") + (match["unit"] or "")
        first, upto = match["num"], match["upto"]
        after = _NOT_AFTER.match(text, match.end(), end)
        if not match["unit"] and after:
            continue
        if len(first) == 4 and not unit and "." not in first and first[:2] in {"19", "20"}:
            continue
        if len(first) > 15 or (upto and len(upto) > 15):
            continue
        if match["first"] and not unit:
            unit = match["first"]
        if match["unit"] in {"年", "月"} and len(first) == 4:
            continue
        low = Decimal(first.replace(",", ""))
        high = Decimal(upto.replace(",", "")) if upto else None
        about = bool(match["few"] or match["few2"])
        yield Number(low, unit, match.start(), match.end(), high, about=about)


def _words(text: str, start: int, end: int) -> Iterator[Number]:
    for match in _WORDS.finditer(text, start, end):
        said = match.group()
        if match["percent"]:
            whole, _, part = match["p"].partition("点")
            if not whole or not (number_of(whole) or whole in {"零", "〇"}):
                continue
            digits = "".join(str(number_of(sign)) for sign in part)
            value = Decimal(f"{number_of(whole)}.{digits}" if digits else number_of(whole))
            yield Number(value, "%", match.start(), match.end(), words=said)
        elif match["fraction"]:
            below, above = number_of(match["below"]), number_of(match["above"])
            if below > above > 0:
                share = (Decimal(above) / Decimal(below)).quantize(Decimal("0.000001"))
                yield Number(share.normalize(), "1", match.start(), match.end(), words=said)
        elif match["tenths"]:
            value = Decimal(number_of(match["t"])) + (Decimal("0.5") if match["half_more"] else 0)
            yield Number(value, "成", match.start(), match.end(), words=said)
        elif match["half"]:
            yield Number(Decimal("0.5"), "1", match.start(), match.end(), words=said)
        elif match["scaled"]:
            unit = match["s"] + match["su"]
            yield Number(Decimal(1), unit, match.start(), match.end(), words=said)
        elif match["c"] != "二" and number_of(match["c"]):
            value = Decimal(number_of(match["c"]))
            yield Number(value, match["cu"], match.start(), match.end(), words=said)


_SCALES = {
    "万亿": 10**12, "千亿": 10**11, "百亿": 10**10, "十亿": 10**9, "亿": 10**8,
    "千万": 10**7, "百万": 10**6, "十万": 10**5, "万": 10**4, "千": 1000, "百": 100,
}  # fmt: skip


@lru_cache(maxsize=4096)
def in_base(value: Decimal, unit: str) -> tuple[Decimal, str]:
    """Return a value in base units; a unit the table lacks keeps its word, without its scale.

    >>> in_base(Decimal("8.71"), "亿立方米"), in_base(Decimal(20), "万株")
    ((Decimal('871000000'), 'm3'), (Decimal('200000'), '株'))
    """
    spelled = unit.replace("每", "/").replace("m³", "m3").replace("㎡", "m2")
    try:
        quantity = Quantity.of(value, spelled)
        if spelled not in _SCALES:
            base = quantity.base()
            return base.value, base.unit
    except UnknownUnit:
        pass
    for word, factor in _SCALES.items():
        if spelled.startswith(word):
            inner = spelled.removeprefix(word)
            try:
                scaled = (Quantity.of(value, inner) * factor).base()
            except UnknownUnit:
                return value * factor, inner
            return scaled.value, scaled.unit
    return value, spelled or "1"


@lru_cache(maxsize=1024)
def dimension_of(unit: str) -> str:
    """Return the name of what a unit measures: share, volume, area, … or the unit's own word.

    >>> dimension_of("%"), dimension_of("亿立方米"), dimension_of("亩")
    ('share', 'volume', 'area')
    """
    try:
        dims, _ = unit_parts(unit)
    except UnknownUnit:
        return in_base(Decimal(1), unit)[1]
    if not dims:
        return "share"
    return next(iter(dims)) if len(dims) == 1 else base_unit(unit)
