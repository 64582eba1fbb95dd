"""How values are shown to people: units, rounding, both languages. Pages and terminal use it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from shuiheng.basics.quantity import Quantity, known_unit, unit_parts

DASH = "—"
SIGNIFICANT = 3
# From ten mu on an area is land and is shown in mu, as offices do.
FARMLAND = 6667

# Words of units where the way of writing differs from the way of computing.
CHINESE = {
    "m3": "m³", "m2": "m²", "km2": "km²", "hm2": "公顷", "ha": "公顷", "mu": "亩", "L": "升",
    "yuan": "元", "year": "年", "a": "年", "month": "月", "d": "日", "day": "日", "h": "小时",
    "min": "分钟", "s": "秒", "working day": "个工作日", "person": "人", "bed": "床",
    "student": "学生", "place": "处", "project": "个项目", "item": "项", "level": "级",
    "point": "分", "times": "次", "meter": "只", "unit": "个", "product": "件", "car": "辆",
    "sample": "个样本", "interval": "个时段", "reading": "条读数", "step": "步", "visit": "人次",
    "pp": "个百分点", "kWh": "千瓦时", "t": "吨", "kg": "公斤", "band": "档", "立方米": "m³",
    "万m3": "万立方米", "亿m3": "亿立方米", "千m3": "千立方米", "ratio": "",
}  # fmt: skip
ENGLISH = {
    "m3": "m³", "立方米": "m³", "方": "m³", "m2": "m²", "km2": "km²", "hm2": "ha", "公顷": "ha",
    "亩": "mu", "万亩": "10,000 mu", "L": "L", "升": "L", "yuan": "yuan", "元": "yuan",
    "万元": "10,000 yuan", "亿元": "100 million yuan", "万亿元": "trillion yuan", "年": "year",
    "a": "year", "月": "month", "日": "day", "天": "day", "d": "day", "小时": "h", "分钟": "min",
    "人": "person", "万人": "10,000 people", "处": "places", "项": "items", "家": "organisations",
    "所": "places", "个": "", "户": "households", "块": "plots", "座": "sites", "人次": "visits",
    "床": "bed", "学生": "student", "级": "level", "只": "meters", "台": "sets", "套": "sets",
    "条": "items", "次": "times", "分": "points", "件": "items", "批": "lots", "种": "kinds",
    "类": "classes", "名": "people", "辆": "cars", "车": "cars", "档": "band", "吨": "t",
    "万吨": "10,000 t", "亿吨": "100 million t", "公斤": "kg", "千瓦时": "kWh", "倍": "times",
    "个百分点": "percentage points", "百分点": "percentage points", "pp": "percentage points",
    "成": "tenths", "万m3": "10,000 m³", "亿m3": "100 million m³", "万立方米": "10,000 m³",
    "亿立方米": "100 million m³", "公里": "km", "千米": "km", "米": "m", "平方公里": "km²",
    "平方米": "m²", "工作日": "working days", "working day": "working days", "point": "points",
    "level": "levels", "万户": "10,000 households", "万公里": "10,000 km", "place": "places",
    "project": "projects", "item": "items", "sample": "samples", "interval": "intervals",
    "reading": "readings", "ratio": "", "秒": "s", "厘米": "cm", "毫米": "mm",
}  # fmt: skip
# Numerators that are rescaled to the reader's size of volume.
_VOLUMES = {"m3", "立方米", "立方", "方", "千m3", "千立方米", "万m3", "万立方米", "万方",
            "亿m3", "亿立方米", "亿方"}  # fmt: skip
_SIZES = {
    "zh": ((Decimal(10) ** 8, "亿立方米"), (Decimal(10) ** 4, "万立方米"), (Decimal(1), "m³")),
    "en": (
        (Decimal(10) ** 6, "million m³"),
        (Decimal(10) ** 4, "thousand m³"),
        (Decimal(1), "m³"),
    ),
}
_DIVISOR = {"million m³": 10**6, "thousand m³": 10**3, "亿立方米": 10**8, "万立方米": 10**4}
_MONEY = {
    "zh": ((Decimal(10) ** 8, "亿元"), (Decimal(10) ** 4, "万元"), (Decimal(1), "元")),
    "en": (
        (Decimal(10) ** 9, "billion yuan"),
        (Decimal(10) ** 6, "million yuan"),
        (Decimal(1), "yuan"),
    ),
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A number as people read it, with its unit; never a bare number."""

    number: str
    unit: str

    def __str__(self) -> str:
        if self.unit in {"%", "‰"}:
            return f"{self.number}{self.unit}"
        return f"{self.number} {self.unit}".strip()


def show(
    value: Decimal | int | None, unit: str, *, language: str = "zh", full: bool = False
) -> Shown:
    """Return ``value`` as a reader of ``language`` expects it.

    Three significant digits, volumes and money in the size that fits; ``full`` keeps every digit
    and the plain unit.

    >>> str(show(Decimal("871000000"), "m3")), str(show(Decimal("871000000"), "m3", language="en"))
    ('8.71 亿立方米', '871 million m³')
    >>> str(show(Decimal("0.0964"), "1")), str(show(Decimal("200000"), "m3/year"))
    ('9.64%', '20 万立方米/年')
    >>> str(show(Decimal("1234567.89"), "m3", full=True))
    '1,234,567.89 m³'
    >>> str(show(None, "m3")), str(show(Decimal("0.682"), "ratio"))
    ('— m³', '0.682')
    """
    language = "en" if language.startswith("en") else "zh"
    over, _, under = unit.partition("/")
    below = _below(under, language)
    if unit in {"1", "", "%", "‰"} or (under == "" and _is_share(unit) and unit not in _KEPT):
        share = None if value is None else Decimal(value) * (Decimal("0.01") if unit == "%" else 1)
        return Shown(digits(None if share is None else share * 100, full=full), "%")
    if value is None:
        return Shown(DASH, unit_words(unit, language))
    value = Decimal(value)
    if over in _VOLUMES:
        base = Quantity(value, over).to("m3").value
        if full:
            return Shown(digits(base, full=True), f"m³{below}")
        return _scaled(base, _SIZES[language], below)
    if unit == "m2" and abs(value) >= FARMLAND:
        return Shown(
            digits(Quantity(value, "m2").to("亩").value, full=full), unit_words("亩", language)
        )
    if over in {"yuan", "元", "万元", "亿元"}:
        base = Quantity(value, over).to("yuan").value
        if under or full:
            return Shown(digits(base, full=full), unit_words(f"yuan/{under}".strip("/"), language))
        return _scaled(base, _MONEY[language], "")
    return Shown(digits(value, full=full), unit_words(unit, language))


_KEPT = {"pp", "个百分点", "百分点", "倍", "成", "ratio"}


def _is_share(unit: str) -> bool:
    return known_unit(unit) and not unit_parts(unit)[0]


def _scaled(base: Decimal, sizes: tuple[tuple[Decimal, str], ...], below: str) -> Shown:
    for least, word in sizes:
        if abs(base) >= least or least == 1:
            divisor = Decimal(_DIVISOR.get(word, int(least)))
            return Shown(digits(base / divisor), f"{word}{below}")
    raise AssertionError("the last size always fits")


def _below(under: str, language: str) -> str:
    if not under:
        return ""
    words = unit_words(under, language)
    return f" per {words}" if language == "en" else f"/{words}"


def digits(value: Decimal | None, *, full: bool = False) -> str:
    """Return the number with thousands separated, at three significant digits unless ``full``.

    >>> digits(Decimal("1234")), digits(Decimal("0.061234")), digits(Decimal("12.0"))
    ('1,234', '0.0612', '12')
    >>> digits(Decimal("45.6789"), full=True)
    '45.6789'
    """
    if value is None:
        return DASH
    if not value:
        return "0"
    if not full:
        places = max(0, SIGNIFICANT - 1 - value.adjusted())
        value = value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
    elif -value.as_tuple().exponent > 9:  # type: ignore[operator]
        value = value.quantize(Decimal("1e-9"), rounding=ROUND_HALF_UP)
    text = f"{value:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def unit_words(unit: str, language: str = "zh") -> str:
    """Return the unit as it is written for people.

    >>> unit_words("m3/万元"), unit_words("m3/万元", "en"), unit_words("L/(person.d)", "en")
    ('m³/万元', 'm³ per 10,000 yuan', 'L per person and day')
    """
    english = language.startswith("en")
    table = ENGLISH if english else CHINESE
    over, slash, under = unit.partition("/")
    if over in {"1", ""}:
        top = "" if not slash else "1"
    else:
        top = " ".join(table.get(part, part) for part in over.split("."))
    if not slash:
        return top
    parts = [table.get(part, part) for part in re.split(r"[./*]", re.sub(r"[()]", "", under))]
    if english:
        return f"{top} per {' and '.join(parts)}"
    return f"{top}/{'·'.join(parts)}" if len(parts) == 1 else f"{top}/({'·'.join(parts)})"
