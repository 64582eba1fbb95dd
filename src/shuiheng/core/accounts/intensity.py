"""Use per unit of output, and its fall against a base year at comparable prices."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from shuiheng.basics import Clause, Declared, Figure, Input, Missing, Period, Quality, Quantity
from shuiheng.basics.figure import DECLARED

# Handbook 1 §1.5; GB/T 23598 asks for constant prices of the base year.
SOURCE = Clause("GB/T 23598-2009")


def comparable_value(
    *,
    name: str,
    title: tuple[str, str],
    base: Declared,
    base_year: int,
    year: int,
    indices: Mapping[int, Declared],
) -> Figure:
    """Return output of ``year`` in prices of ``base_year``: base value times chained indices.

    ``indices`` are yearly, previous year = 100, comparable prices. A missing year is named.

    >>> def told(year, value):
    ...     return Declared(f"index/{year}", "", "", Decimal(value), "", by="统计局")
    >>> base = Declared("gdp/2015", "", "", Decimal(100), "亿元", by="统计局")
    >>> rows = {2016: told(2016, 108), 2017: told(2017, 105)}
    >>> comparable_value(
    ...     name="g", title=("", ""), base=base, base_year=2015, year=2017, indices=rows
    ... ).value.normalize()
    Decimal('113.4')
    """
    wanted = range(base_year + 1, year + 1)
    absent = [when for when in wanted if when not in indices]
    formula = f"基年值 × {base_year + 1}–{year} 各年指数（上年=100）连乘"
    formula_en = f"base value × product of the indices {base_year + 1}–{year} (previous year = 100)"
    if absent:
        lacking = [
            Missing(
                f"{name}_index/{when}", f"{title[0]}{when}年可比价指数",
                f"{title[1]}: index {when} at comparable prices", held_by="统计局",
                how="shuiheng registry import FILE --what series",
                how_en="shuiheng registry import FILE --what series",
            )
            for when in absent
        ]  # fmt: skip
        return Figure.absent(
            name, *title, base.unit, *lacking, formula=formula, period=Period.year(year),
            formula_en=formula_en,
        )  # fmt: skip
    value = base.value
    for when in wanted:
        value *= indices[when].value / 100
    return Figure(
        name, *title, value, base.unit, formula, (base, *(indices[when] for when in wanted)),
        DECLARED, period=Period.year(year), clause=SOURCE, formula_en=formula_en,
        note=f"{base_year}年可比价", note_en=f"comparable prices of {base_year}",
    )  # fmt: skip


def intensity(
    *, name: str, title: tuple[str, str], use: Figure, output: Figure | Declared
) -> Figure:
    """Return use per ten thousand yuan of output (m3/万元).

    ``output`` is in yuan, 万元 or 亿元.
    """
    formula, formula_en = "用水量 ÷ 产值（万元）", "use ÷ output in ten thousand yuan"
    value = output.value
    if use.value is None or value is None or not value:
        return Figure(
            name, *title, None, "m3/万元", formula, (use, output), Quality(missing=Decimal(1)),
            method=use.method, period=use.period, formula_en=formula_en,
        )  # fmt: skip
    in_ten_thousand = Quantity(value, output.unit).to("万元").value
    return Figure(
        name, *title, use.value / in_ten_thousand, "m3/万元", formula, (use, output), use.quality,
        method=use.method, period=use.period, clause=SOURCE, provisional=use.provisional,
        formula_en=formula_en,
    )  # fmt: skip


def intensity_drop(
    *, name: str, title: tuple[str, str], now: Figure, base: Figure, base_year: int
) -> Figure:
    """Return the fall of intensity against the base year, as a share of one.

    The numerators must be counted by one method: otherwise the figure is missing and says so.

    >>> def at(value, method="excl_power"):
    ...     return Figure("i", "", "", Decimal(value), "m3/万元", "", method=method)
    >>> drop = intensity_drop(name="d", title=("", ""), now=at("64.9"), base=at(86), base_year=2015)
    >>> round(drop.value, 3)
    Decimal('0.245')
    >>> intensity_drop(
    ...     name="d", title=("", ""), now=at(64), base=at(86, "gross_intake"), base_year=2015
    ... ).lacking()[0].name
    'd/base_method'
    """
    formula, formula_en = (
        f"1 − 当年强度 ÷ {base_year}年强度",
        f"1 − intensity ÷ intensity of {base_year}",
    )
    inputs: tuple[Input, ...] = (now, base)
    if now.method != base.method:
        inputs = (
            *inputs,
            Missing(
                f"{name}/base_method",
                f"{base_year}年按「{now.method}」口径的用水量（现有口径「{base.method}」不可比）",
                f"Use of {base_year} by the method {now.method} (that by {base.method} differs)",
                held_by="统计局",
            ),
        )
    if now.value is None or not base.value or now.method != base.method:
        return Figure(
            name, *title, None, "1", formula, inputs, Quality(missing=Decimal(1)),
            method=now.method, period=now.period, formula_en=formula_en,
        )  # fmt: skip
    return Figure(
        name, *title, 1 - now.value / base.value, "1", formula, inputs,
        Quality.mean([(now.quality, Decimal(1)), (base.quality, Decimal(1))]),
        method=now.method, period=now.period, clause=SOURCE, provisional=now.provisional,
        formula_en=formula_en,
    )  # fmt: skip
