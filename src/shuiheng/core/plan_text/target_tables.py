"""Tables of targets: one indicator a row, one year a column."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal

from shuiheng.core.plan_text.folding import CJK, Folded, Span
from shuiheng.core.plan_text.model import Target
from shuiheng.core.plan_text.numbers import UNIT, dimension_of, in_base
from shuiheng.core.plan_text.tables import cells_of, is_rule
from shuiheng.core.plan_text.vocabulary import Vocabulary

_LINE = re.compile(r"[^\n]+")
_METRIC_HEAD = re.compile(r"^(?:[^\d，。]{0,6}指标(?:名称|内容|项目)?|目标名称|指标(?:\(单位\)))$")
_UNIT_HEAD = re.compile(r"^(?:计量|指标)?单位$")
_BINDING_HEAD = re.compile(r"属性|性质|指标类型|约束性")
_BASE_HEAD = re.compile(r"现状|基期|基准|实际|实绩|完成(?:值|情况)|达到值|已达")
_YEAR_HEAD = re.compile(r"(?P<year>20\d\d)年?")
_VALUE_HEAD = re.compile(r"^(?:目标|目标值|规划目标|规划值|预期值|年度目标|指标值|考核值|控制值)$")
_UNIT = re.compile(rf"(?:(?:万亿|千亿|百亿|十亿|亿|千万|百万|十万|万|千|百)?{UNIT}|年|岁)")
_IN_METRIC = re.compile(r"[ ]?\((?P<unit>[^()]{1,14})\)$")
_AFTER_COMMA = re.compile(r"[，/](?P<unit>[^，/]{1,10})$")
_CELL = re.compile(
    rf"(?:(?P<le>≤|<=|<|不超过|不高于|控制在|降至|降到|小于|低于)|(?P<ge>≥|>=|>|不低于|不少于|达到|提高到|大于|高于|超过)"
    rf"|(?P<drop>下降|降低|减少|累计下降|累计降低)|(?P<rise>增长|提高|增加|年均增长)|=)?(?:年均)?"
    rf"[ ]?(?P<open>[\[(【])?(?P<num>\d+(?:,\d{{3}})*(?:\.\d+)?)"
    rf"(?:[—~\-至](?P<upto>\d+(?:\.\d+)?))?"
    rf"[ ]?(?P<unit>{UNIT}|[万亿千百]+{UNIT}|[万亿])?[ ]?(?P<shut>[\])】])?"
    rf"(?:(?P<above>及?以上)|(?P<below>及?以下|以内|以里)|(?P<about>左右))?(?:\((?P<note>[^()]{{1,12}})\))?"
)
_DROP = re.compile(r"(?:下降|降低|减少|降幅)(?:率|幅度|比例)?")
_RISE = re.compile(r"(?:增长|提高|增加|增幅)(?:率|幅度|比例)?$")
_BASE_YEAR = re.compile(r"(?:较|比|与)(?P<year>20\d\d)年")


@dataclass(slots=True)
class _Head:
    """What the columns of a table of targets hold; ``years`` by column, base columns apart."""

    metric: int
    unit: int | None = None
    binding: int | None = None
    years: dict[int, int | None] = field(default_factory=dict)
    bases: dict[int, int | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row of a table of targets: its place in the folded text, and the targets it sets."""

    at: Span
    targets: tuple[Target, ...]

    def aimed(self, issued: int | None) -> tuple[Target, ...]:
        """Return the targets; a year before the document's own says what was so, not what is due.

        Its value becomes the others' ``from_value``.
        """
        past = [
            one for one in self.targets if one.deadline_year and one.deadline_year < (issued or 0)
        ]
        aims = tuple(one for one in self.targets if one not in past)
        if not past or not aims:
            return self.targets if not past else ()
        last = past[-1]
        return tuple(
            replace(
                one,
                from_value=one.from_value if one.from_value is not None else last.value,
                baseline_year=one.baseline_year or last.deadline_year,
            )
            for one in aims
        )


def target_rows(folded: Folded, vocabulary: Vocabulary) -> list[TableRow]:
    """Return the rows of every table whose header names indicators and years."""
    rows: list[TableRow] = []
    head: _Head | None = None
    waiting: _Head | None = None
    for line in _LINE.finditer(folded.text):
        cells = cells_of(folded.text, *line.span())
        if len(cells) < 2:
            head = waiting = None
            continue
        if is_rule(line.group()):
            continue
        said = [folded.text[slice(*cell)].strip() for cell in cells]
        found = _header(said, waiting)
        if found is not None:
            dated = any(year is not None for year in found.years.values())
            head, waiting = (found if found.years else None), (None if dated else found)
            _read_title(folded.text, line.start(), found)
            rows.append(TableRow(line.span(), ()))
            continue
        waiting = None
        if head is not None and len(cells) > head.metric:
            rows.append(TableRow(line.span(), tuple(_row(folded, cells, said, head, vocabulary))))
    return _kept(rows)


def _read_title(text: str, start: int, head: _Head) -> None:
    """Give a bare column 目标值 the year that the line above the table names."""
    above = text[max(0, start - 80) : start].rstrip("\n").rpartition("\n")[2] if start else ""
    years = _YEAR_HEAD.findall(above) if len(above) <= 40 else []
    for place, year in head.years.items():
        if year is None and len(set(years)) == 1:
            head.years[place] = int(years[0])


def _kept(rows: list[TableRow]) -> list[TableRow]:
    """Return the rows of tables that set targets: headers and empty rows above a row with some."""
    kept: list[TableRow] = []
    below = -1
    for row in reversed(rows):
        if row.targets:
            below = row.at[0]
        if row.targets or (below >= 0 and below - row.at[1] < 3000):
            kept.append(row)
    return kept[::-1]


def _header(said: list[str], waiting: _Head | None) -> _Head | None:
    """Return what a header's columns hold; the second line of a header completes the first."""
    if any(len(cell) > 24 for cell in said):
        return None
    metrics = [place for place, cell in enumerate(said) if _METRIC_HEAD.match(cell)]
    if not metrics and waiting is None:
        return None
    if waiting is not None and not metrics:
        heads = (_YEAR_HEAD, _VALUE_HEAD, _UNIT_HEAD, _BINDING_HEAD, _BASE_HEAD)
        if not any(_YEAR_HEAD.match(cell) for cell in said) or not all(
            not cell or any(one.search(cell) for one in heads) for cell in said
        ):
            return None
        head = waiting
    else:
        head = _Head(metrics[-1])
    for place, cell in enumerate(said):
        year = _YEAR_HEAD.search(cell)
        if place == head.metric:
            continue
        if _UNIT_HEAD.match(cell):
            head.unit = place
        elif _BINDING_HEAD.search(cell) and not year:
            head.binding = place
        elif _BASE_HEAD.search(cell):
            head.bases[place] = int(year["year"]) if year else None
        elif year:
            head.years[place] = int(year["year"])
        elif _VALUE_HEAD.match(cell):
            head.years[place] = None
    return head


def _row(
    folded: Folded, cells: list[Span], said: list[str], head: _Head, vocabulary: Vocabulary
) -> Iterator[Target]:
    """Yield one target for each year's cell of a row that holds a number."""
    span = _stripped(folded.text, cells[head.metric])
    name = folded.text[slice(*span)]
    unit, cut = _unit_in(name)
    if not re.search(rf"[{CJK}A-Za-z]", name[:cut]):
        return
    metric = (span[0], span[0] + cut)
    if head.unit is not None and head.unit < len(said):
        unit = unit or (said[head.unit] if _UNIT.fullmatch(said[head.unit]) else "")
    binding = None
    if head.binding is not None and head.binding < len(said):
        binding = re.sub(r"\s", "", said[head.binding]) or None
    before, base_year = _before(said, head)
    named = _BASE_YEAR.search(name)
    for place, year in head.years.items():
        if place >= len(cells):
            continue
        target = _cell(folded, metric, _stripped(folded.text, cells[place]), unit)
        if target is None:
            continue
        target = replace(
            target,
            deadline_year=year,
            binding=binding,
            from_value=before,
            baseline_year=int(named["year"]) if named else base_year,
        )
        yield _with_indicator(target, vocabulary)


def _before(said: list[str], head: _Head) -> tuple[Decimal | None, int | None]:
    """Return the value and the year of the column that says what is so already."""
    for place, year in head.bases.items():
        found = _CELL.fullmatch(said[place]) if place < len(said) else None
        if found:
            return Decimal(found["num"].replace(",", "")), year
    return None, None


def _cell(folded: Folded, metric: Span, cell: Span, unit: str) -> Target | None:
    """Return the target that a cell sets for a metric, or None when the cell holds no number."""
    found = _CELL.fullmatch(folded.text, *cell)
    if found is None:
        return None
    words = folded.text[slice(*metric)]
    whole = found["unit"] or ""
    own = whole if not whole or whole not in {"万", "亿"} else whole + unit
    unit = own or unit
    drop = bool(found["drop"] or _DROP.search(words))
    rise = bool(found["rise"] or _RISE.search(words))
    comparator = "="
    if found["ge"] or found["above"] or drop or rise:
        comparator = ">="
    if found["le"] or found["below"]:
        comparator = "<="
    value = Decimal(found["num"].replace(",", ""))
    upto = Decimal(found["upto"]) if found["upto"] else None
    if upto is not None and comparator == "<=":
        value, upto = upto, value
    value_si, unit_si = in_base(value, unit)
    return Target(
        metric=folded.written(*metric),
        text=folded.written(*cell),
        value=value,
        unit=unit or "1",
        value_si=value_si,
        unit_si=unit_si,
        comparator=comparator,
        kind="target",
        span=folded.span(*cell),
        place="goals",
        direction="decrease" if drop else "increase" if rise else None,
        per="year" if "年均" in words or "年均" in found.group() else None,
        approximate=bool(found["about"]),
        upto=upto,
        metric_span=folded.span(*metric),
    )


def _unit_in(name: str) -> tuple[str, int]:
    """Return the unit in a metric's parentheses, and where the metric itself ends.

    >>> _unit_in("用水总量(亿立方米)"), _unit_in("供水量(含再生水)")
    (('亿立方米', 4), ('', 9))
    """
    for found in (_IN_METRIC.search(name), _AFTER_COMMA.search(name)):
        if found and _UNIT.fullmatch(found["unit"].strip(" []【】")):
            return found["unit"].strip(" []【】"), found.start()
    return "", len(name)


def _stripped(text: str, span: Span) -> Span:
    first, last = span
    while first < last and text[first] in " \t*":
        first += 1
    while last > first and text[last - 1] in " \t*":
        last -= 1
    return first, last


def _with_indicator(target: Target, vocabulary: Vocabulary) -> Target:
    """Return the target with the indicator of the dictionary that it sets, if one fits."""
    found = vocabulary.indicator(
        target.metric,
        sentence=target.metric,
        dimension=dimension_of(target.unit),
        direction=target.direction,
    )
    if found is None:
        return target
    return replace(target, indicator=found.code, measured_by=found.figure)
