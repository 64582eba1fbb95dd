"""Exact quantities with units; the one module where units are converted."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal, localcontext
from fractions import Fraction

_FOLD = str.maketrans("³²％／·（）×", "32%/.().")

# One mu is a fifteenth of a hectare: 2000/3 m2 exactly.
_MU = Fraction(2000, 3)

# unit -> (dimension, factor to the dimension's base unit). The base is the SI-like unit
# that engines use inside: m3, m2, m, s, yuan, and "1" for shares.
_ATOMS: dict[str, tuple[str, Fraction]] = {
    # volume
    "L": ("volume", Fraction(1, 1000)),
    "升": ("volume", Fraction(1, 1000)),
    "mL": ("volume", Fraction(1, 1_000_000)),
    "kL": ("volume", Fraction(1)),
    "m3": ("volume", Fraction(1)),
    "立方米": ("volume", Fraction(1)),
    "立方": ("volume", Fraction(1)),
    "方": ("volume", Fraction(1)),
    "千m3": ("volume", Fraction(1000)),
    "千立方米": ("volume", Fraction(1000)),
    "万m3": ("volume", Fraction(10_000)),
    "万立方米": ("volume", Fraction(10_000)),
    "万方": ("volume", Fraction(10_000)),
    "亿m3": ("volume", Fraction(100_000_000)),
    "亿立方米": ("volume", Fraction(100_000_000)),
    "亿方": ("volume", Fraction(100_000_000)),
    # area
    "m2": ("area", Fraction(1)),
    "平方米": ("area", Fraction(1)),
    "万m2": ("area", Fraction(10_000)),
    "万平方米": ("area", Fraction(10_000)),
    "mu": ("area", _MU),
    "亩": ("area", _MU),
    "万亩": ("area", _MU * 10_000),
    "亿亩": ("area", _MU * 100_000_000),
    "ha": ("area", Fraction(10_000)),
    "hm2": ("area", Fraction(10_000)),
    "公顷": ("area", Fraction(10_000)),
    "万公顷": ("area", Fraction(100_000_000)),
    "km2": ("area", Fraction(1_000_000)),
    "平方公里": ("area", Fraction(1_000_000)),
    "平方千米": ("area", Fraction(1_000_000)),
    # length
    "mm": ("length", Fraction(1, 1000)),
    "毫米": ("length", Fraction(1, 1000)),
    "cm": ("length", Fraction(1, 100)),
    "厘米": ("length", Fraction(1, 100)),
    "m": ("length", Fraction(1)),
    "米": ("length", Fraction(1)),
    "100m": ("length", Fraction(100)),
    "百米": ("length", Fraction(100)),
    "km": ("length", Fraction(1000)),
    "公里": ("length", Fraction(1000)),
    "千米": ("length", Fraction(1000)),
    "万公里": ("length", Fraction(10_000_000)),
    # time
    "s": ("time", Fraction(1)),
    "秒": ("time", Fraction(1)),
    "min": ("time", Fraction(60)),
    "h": ("time", Fraction(3600)),
    "小时": ("time", Fraction(3600)),
    "d": ("time", Fraction(86_400)),
    "day": ("time", Fraction(86_400)),
    "日": ("time", Fraction(86_400)),
    "天": ("time", Fraction(86_400)),
    # A calendar month and year have no fixed length: they are dimensions of their own.
    "month": ("month", Fraction(1)),
    "月": ("month", Fraction(1)),
    "a": ("year", Fraction(1)),
    "year": ("year", Fraction(1)),
    "年": ("year", Fraction(1)),
    "working day": ("working day", Fraction(1)),
    "工作日": ("working day", Fraction(1)),
    # money
    "yuan": ("money", Fraction(1)),
    "元": ("money", Fraction(1)),
    "万元": ("money", Fraction(10_000)),
    "亿元": ("money", Fraction(100_000_000)),
    "万亿元": ("money", Fraction(10**12)),
    # shares
    "1": ("share", Fraction(1)),
    "": ("share", Fraction(1)),
    "%": ("share", Fraction(1, 100)),
    "‰": ("share", Fraction(1, 1000)),
    "pp": ("share", Fraction(1, 100)),
    "个百分点": ("share", Fraction(1, 100)),
    "百分点": ("share", Fraction(1, 100)),
    "倍": ("share", Fraction(1)),
    "ratio": ("share", Fraction(1)),  # a coefficient, never written as per cent
    "成": ("share", Fraction(1, 10)),
    # mass, energy, pressure
    "kg": ("mass", Fraction(1)),
    "公斤": ("mass", Fraction(1)),
    "t": ("mass", Fraction(1000)),
    "吨": ("mass", Fraction(1000)),
    "万吨": ("mass", Fraction(10_000_000)),
    "亿吨": ("mass", Fraction(10**11)),
    "mg": ("mass", Fraction(1, 1_000_000)),
    "kWh": ("energy", Fraction(1)),
    "千瓦时": ("energy", Fraction(1)),
    "MWh": ("energy", Fraction(1000)),
    "MW": ("power", Fraction(1_000_000)),
    "Pa": ("pressure", Fraction(1)),
    "kPa": ("pressure", Fraction(1000)),
    "MPa": ("pressure", Fraction(1_000_000)),
    # counted things: each word counts only itself, so it is a dimension of its own
    "°C": ("temperature", Fraction(1)),
}
_COUNTED = (
    "person", "人", "place", "处", "project", "项", "家", "所", "个", "户", "块", "座", "人次",
    "bed", "床", "student", "学生", "level", "级", "meter", "只", "台", "套", "条", "次", "times",
    "point",
    "分", "product", "件", "unit", "批", "种", "类", "名", "辆", "车", "band", "档", "sample",
    "interval", "班", "reading", "step", "item", "visit", "car",
)  # fmt: skip
_SYNONYM = {
    "人": "person", "床": "bed", "分": "point", "级": "level", "次": "times", "学生": "student",
    "项": "item", "只": "meter",
}  # fmt: skip
for _word in _COUNTED:
    _ATOMS.setdefault(_word, (_SYNONYM.get(_word, _word), Fraction(1)))
_ATOMS["万人"] = ("person", Fraction(10_000))
_ATOMS["万户"] = ("户", Fraction(10_000))

_CANONICAL = {
    "volume": "m3", "area": "m2", "length": "m", "time": "s", "money": "yuan", "share": "1",
    "mass": "kg", "energy": "kWh", "power": "W", "pressure": "Pa",
}  # fmt: skip


class UnknownUnit(ValueError):
    """Raised when a unit is not in the table of units."""

    def __init__(self, unit: str) -> None:
        self.unit = unit
        super().__init__(
            f"The unit {unit!r} is not known. Write it as in the table of units in "
            "docs/reference/units.md, or add it to basics/quantity.py with its exact factor."
        )


class IncompatibleUnits(ValueError):
    """Raised when two units measure different things."""

    def __init__(self, one: str, other: str) -> None:
        self.one, self.other = one, other
        super().__init__(
            f"{one!r} and {other!r} measure different things and cannot be converted or compared."
        )


def unit_parts(unit: str) -> tuple[dict[str, int], Fraction]:
    """Return the dimensions of ``unit`` with their exponents, and its exact factor to base units.

    :raises UnknownUnit: if a part of the unit is not in the table

    >>> unit_parts("万m3/year")
    ({'volume': 1, 'year': -1}, Fraction(10000, 1))
    """
    folded = unit.translate(_FOLD).strip()
    if folded in _ATOMS:
        dimension, factor = _ATOMS[folded]
        return ({} if dimension == "share" else {dimension: 1}), factor
    dims: dict[str, int] = {}
    total = Fraction(1)
    sign = 1
    text = re.sub(r"[()]", "", folded.replace("/(", "/("))
    below = False
    for token in re.split(r"([/.*])", text):
        if token == "/":
            below = True
            continue
        if token in {".", "*", ""}:
            continue
        sign = -1 if below else 1
        if token not in _ATOMS:
            raise UnknownUnit(unit)
        dimension, factor = _ATOMS[token]
        total = total * factor if sign > 0 else total / factor
        if dimension != "share":
            dims[dimension] = dims.get(dimension, 0) + sign
    return {name: power for name, power in dims.items() if power}, total


def base_unit(unit: str) -> str:
    """Return the base unit that quantities in ``unit`` convert to.

    >>> base_unit("亿立方米"), base_unit("亩"), base_unit("%"), base_unit("万m3/d")
    ('m3', 'm2', '1', 'm3/s')
    """
    dims, _ = unit_parts(unit)
    over = [_CANONICAL.get(name, name) for name, power in dims.items() for _ in range(power)]
    under = [_CANONICAL.get(name, name) for name, power in dims.items() for _ in range(-power)]
    if not over and not under:
        return "1"
    return ".".join(over or ["1"]) + "".join(f"/{name}" for name in under)


def known_unit(unit: str) -> bool:
    """Return whether ``unit`` can be converted.

    >>> known_unit("m3/mu"), known_unit("furlong")
    (True, False)
    """
    try:
        unit_parts(unit)
    except UnknownUnit:
        return False
    return True


@dataclass(frozen=True, slots=True)
class Quantity:
    """An exact value with its unit.

    >>> Quantity.of("8.71", "亿立方米").to("m3")
    Quantity(value=Decimal('871000000'), unit='m3')
    >>> str(Quantity.of("2000", "亩").to("ha").rounded(2))
    '133.33 ha'
    """

    value: Decimal
    unit: str

    @classmethod
    def of(cls, value: str | int | Decimal, unit: str) -> Quantity:
        """Return a quantity from exact text, an integer or a decimal; floats are refused.

        :raises UnknownUnit: if the unit is not in the table
        """
        if isinstance(value, float):
            raise TypeError("A quantity is exact: give text, an integer or a Decimal, not a float.")
        unit_parts(unit)
        return cls(Decimal(value), unit)

    def to(self, unit: str) -> Quantity:
        """Return the same quantity in ``unit``.

        :raises IncompatibleUnits: if the units measure different things
        """
        if unit == self.unit:
            return self
        mine, my_factor = unit_parts(self.unit)
        theirs, their_factor = unit_parts(unit)
        if mine != theirs:
            raise IncompatibleUnits(self.unit, unit)
        exact = Fraction(self.value) * my_factor / their_factor
        with localcontext() as context:
            context.prec = 34
            value = Decimal(exact.numerator) / Decimal(exact.denominator)
        if exact.denominator == 1:
            value = Decimal(exact.numerator)
        return Quantity(value, unit)

    def base(self) -> Quantity:
        """Return the quantity in base units (m3, m2, m, s, yuan, shares of one)."""
        return self.to(base_unit(self.unit))

    def rounded(self, places: int) -> Quantity:
        """Return the quantity rounded half up to ``places`` decimals, for showing."""
        step = Decimal(1).scaleb(-places)
        return Quantity(self.value.quantize(step, rounding="ROUND_HALF_UP"), self.unit)

    def __add__(self, other: Quantity) -> Quantity:
        return Quantity(self.value + other.to(self.unit).value, self.unit)

    def __sub__(self, other: Quantity) -> Quantity:
        return Quantity(self.value - other.to(self.unit).value, self.unit)

    def __mul__(self, factor: Decimal | int) -> Quantity:
        return Quantity(self.value * factor, self.unit)

    def __neg__(self) -> Quantity:
        return Quantity(-self.value, self.unit)

    def __lt__(self, other: Quantity) -> bool:
        return self._exact() < other.to(self.unit)._exact()

    def __le__(self, other: Quantity) -> bool:
        return self._exact() <= other.to(self.unit)._exact()

    def _exact(self) -> Fraction:
        return Fraction(self.value)

    def __str__(self) -> str:
        return f"{self.value:f} {self.unit}".strip()
