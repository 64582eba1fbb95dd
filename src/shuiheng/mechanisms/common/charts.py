"""Charts drawn on the server as SVG: they need no script, print, and follow light and dark.

A chart is drawn twice, for a wide and for a narrow page; the style sheet shows the one that fits.
Each x position carries a title with the value in words, and the table behind the chart has all of
them; the quality of a bar is told by its pattern, never by colour alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from math import floor, log10

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from shuiheng.mechanisms.common.showing import DASH, Shown, digits, unit_words

PATTERNS = {
    "measured": "currentColor",
    "estimated": "url(#p-estimated)",
    "declared": "url(#p-declared)",
    "missing": "url(#p-missing)",
}
QUALITY_WORDS = {"measured": "实测", "estimated": "估算", "declared": "申报", "missing": "缺失"}


@dataclass(frozen=True, slots=True)
class Point:
    """One value of a series; ``quality`` is the kind of data it rests on.

    ``parts`` splits the value of a bar by kind of data, where it rests on several.
    """

    label: str
    value: Decimal | None
    quality: str = "measured"
    parts: tuple[tuple[str, Decimal], ...] = ()

    @classmethod
    def split(cls, label: str, **parts: Decimal | int) -> Point:
        """Return the point whose value is the sum of its parts (``measured=…, estimated=…``)."""
        known = tuple((name, Decimal(parts[name])) for name in PATTERNS if parts.get(name))
        weakest = known[-1][0] if known else "measured"
        return cls(label, sum((part for _name, part in known), Decimal(0)), weakest, known)

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of data that the value rests on."""
        return tuple(name for name, _part in self.parts) or ((self.quality,) if self.value else ())


@dataclass(frozen=True, slots=True)
class Series:
    """A named row of points; ``bars`` or a line."""

    title: str
    points: Sequence[Point]
    bars: bool = False


@dataclass(frozen=True, slots=True)
class TargetLine:
    """A level that is wanted, drawn across the chart with its words."""

    value: Decimal
    words: str


@dataclass(frozen=True, slots=True)
class Chart:
    """What a chart shows. Values are in ``unit`` as computed; the axis takes the reader's unit.

    ``axis_words`` fixes the axis at the plain unit, with every digit (a meter's register).
    """

    title: str
    unit: str
    series: Sequence[Series]
    targets: Sequence[TargetLine] = ()
    subtitle: str = ""
    csv: str = ""
    name: str = "chart"
    language: str = "zh"
    from_zero: bool = True
    notes: Sequence[str] = field(default_factory=tuple)
    axis_words: str = ""

    @property
    def labels(self) -> list[str]:
        """The x positions, in order: those of the longest series."""
        longest = max(self.series, key=lambda one: len(one.points), default=None)
        return [point.label for point in longest.points] if longest else []

    @property
    def empty(self) -> bool:
        """Whether there is no value at all to draw."""
        return not any(p.value is not None for one in self.series for p in one.points)

    @property
    def qualities(self) -> list[str]:
        """The kinds of data that bars show, in a fixed order, for the legend."""
        seen = {kind for one in self.series if one.bars for p in one.points for kind in p.kinds}
        return [name for name in PATTERNS if name in seen] if seen != {"measured"} else []

    @property
    def scale(self) -> tuple[Decimal, str]:
        """What one unit of the axis is worth, and the axis's unit in words."""
        if self.axis_words:
            return Decimal(1), self.axis_words
        top = max(
            (abs(p.value) for one in self.series for p in one.points if p.value is not None),
            default=Decimal(0),
        )
        top = max([top, *(abs(line.value) for line in self.targets)])
        return axis_scale(top, self.unit, self.language)

    def words(self, value: Decimal | None) -> str:
        """Return a value in the axis's unit."""
        worth, unit = self.scale
        full = bool(self.axis_words)
        return str(Shown(DASH if value is None else digits(value / worth, full=full), unit))

    def rows(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """Return the table behind the chart: label, then number and quality for each series."""
        worth, _unit = self.scale
        table = []
        for place, label in enumerate(self.labels):
            cells = []
            for one in self.series:
                point = one.points[place] if place < len(one.points) else Point(label, None)
                number = (
                    DASH
                    if point.value is None
                    else digits(point.value / worth, full=bool(self.axis_words))
                )
                weak = point.value is not None and point.quality != "measured"
                cells.append((number, _(QUALITY_WORDS[point.quality]) if weak else ""))
            table.append((label, cells))
        return table

    def wide(self) -> SafeString:
        """Draw the chart for a wide page."""
        return _draw(self, width=900, height=280, kind="wide", every=72)

    def narrow(self) -> SafeString:
        """Draw the chart for a phone."""
        return _draw(self, width=360, height=250, kind="narrow", every=62)


def axis_scale(top: Decimal, unit: str, language: str) -> tuple[Decimal, str]:
    """Return what one axis unit is worth, and its words.

    >>> axis_scale(Decimal(250000), "m3", "zh"), axis_scale(Decimal("0.12"), "1", "en")
    ((Decimal('10000'), '万立方米'), (Decimal('0.01'), '%'))
    """
    english = language.startswith("en")
    if unit in {"1", ""}:
        return Decimal("0.01"), "%"
    if unit == "m3":
        sizes = (
            ((10**6, 10**6, "million m³"), (10**4, 10**3, "thousand m³"))
            if english
            else ((10**8, 10**8, "亿立方米"), (10**4, 10**4, "万立方米"))
        )
        for least, worth, words in sizes:
            if top >= least:
                return Decimal(worth), words
    return Decimal(1), unit_words(unit, language)


def ticks(low: float, high: float, wanted: int = 5) -> list[float]:
    """Return round values that cover ``low`` to ``high``.

    >>> ticks(0, 9.3)
    [0.0, 2.0, 4.0, 6.0, 8.0, 10.0]
    """
    largest = max(abs(low), abs(high))
    span = high - low
    if span <= max(largest, 1e-12) * 1e-9:  # one value only, as far as a drawing can tell
        span = largest if largest > 1e-12 else 1.0
    raw = span / wanted
    size = 10 ** floor(log10(raw))
    step = next(size * factor for factor in (1, 2, 2.5, 5, 10) if size * factor >= raw * 0.999)
    first = floor(low / step + 1e-9)
    count = 0
    while (first + count) * step < high - step * 1e-9:
        count += 1
    return [round(float((first + place) * step), 10) for place in range(count + 1)]


@dataclass(frozen=True, slots=True)
class _Frame:
    left: float
    right: float
    top: float
    bottom: float
    low: float
    high: float
    count: int

    def x(self, place: float) -> float:
        return self.left + (place + 0.5) * self.pitch

    @property
    def pitch(self) -> float:
        return (self.right - self.left) / max(self.count, 1)

    def y(self, value: float) -> float:
        share = (value - self.low) / ((self.high - self.low) or 1)
        return self.bottom - share * (self.bottom - self.top)


def _draw(chart: Chart, *, width: int, height: int, kind: str, every: int) -> SafeString:
    worth, unit = chart.scale
    series = [
        [None if p.value is None else float(p.value / worth) for p in one.points]
        for one in chart.series
    ]
    levels = [float(line.value / worth) for line in chart.targets]
    values = [v for one in series for v in one if v is not None] + levels
    low, high = min(values, default=0.0), max(values, default=1.0)
    if chart.from_zero or any(one.bars for one in chart.series):
        low, high = min(0.0, low), max(0.0, high)
    marks = ticks(low, high)
    words = [digits(Decimal(str(mark)), full=bool(chart.axis_words)) for mark in marks]
    left = 14 + 7.2 * max(len(word) for word in words)
    frame = _Frame(
        left, width - 8, 24 + 16 * _name_rows(chart), height - 26, marks[0], marks[-1],
        len(chart.labels),
    )  # fmt: skip
    parts = [_axes(frame, marks, words, unit), _x_words(frame, chart.labels, every)]
    bars = [place for place, one in enumerate(chart.series) if one.bars]
    for place, one in enumerate(chart.series):
        if one.bars:
            parts.append(_bars(frame, one, series[place], place, bars))
        else:
            parts.append(_line(frame, one, series[place], place))
    parts.append(_names(frame, chart))
    parts += [
        _target(frame, level, line) for level, line in zip(levels, chart.targets, strict=True)
    ]
    # Last, so that the pointer meets them before anything drawn.
    parts.append(_hits(frame, chart))
    label = escape(f"{chart.title} ({unit})")
    return mark_safe(
        f'<svg class="plot {kind}" viewBox="0 0 {width} {height}" role="img" tabindex="0" '
        f'aria-label="{label}">{"".join(parts)}</svg>'
    )


def _name_rows(chart: Chart) -> int:
    return 1 if len(chart.series) > 1 else 0


def _axes(frame: _Frame, marks: list[float], words: list[str], unit: str) -> str:
    lines = []
    for mark, word in zip(marks, words, strict=True):
        y = frame.y(mark)
        kind = "base" if mark == 0 or mark == marks[0] else "axis"
        lines.append(
            f'<line class="{kind}" x1="{frame.left:.1f}" x2="{frame.right:.1f}" '
            f'y1="{y:.1f}" y2="{y:.1f}"/>'
            f'<text x="{frame.left - 6:.1f}" y="{y + 4:.1f}" text-anchor="end">{word}</text>'
        )
    return "".join(lines) + f'<text x="2" y="12">{escape(unit)}</text>'


def _x_words(frame: _Frame, labels: list[str], every: int) -> str:
    if not labels:
        return ""
    longest = max(len(label) for label in labels)
    step = max(1, round(max(every, longest * 7) / frame.pitch + 0.49))
    shown = list(range(0, len(labels), step))
    return "".join(
        f'<text x="{frame.x(place):.1f}" y="{frame.bottom + 18:.1f}" '
        f'text-anchor="{_anchor(frame, frame.x(place), longest)}">{escape(labels[place])}</text>'
        for place in shown
    )


def _anchor(frame: _Frame, x: float, longest: int) -> str:
    half = longest * 3.6
    if x + half > frame.right + 8:
        return "end"
    return "start" if x - half < 0 else "middle"


def _bars(
    frame: _Frame, one: Series, values: list[float | None], place: int, bars: list[int]
) -> str:
    width = min(frame.pitch * 0.74, 42) / len(bars)
    shift = (bars.index(place) - len(bars) / 2) * width
    drawn = []
    for spot, value in enumerate(values):
        if value is None:
            continue
        point = one.points[spot]
        whole = float(point.value or 0)
        done = 0.0
        for quality, part in point.parts or ((point.quality, Decimal(1)),):
            share = float(part) / whole if point.parts and whole else 1.0
            start, end = frame.y(done), frame.y(done + value * share)
            done += value * share
            drawn.append(
                f'<rect x="{frame.x(spot) + shift:.1f}" y="{min(start, end):.1f}" '
                f'width="{width:.1f}" height="{max(abs(start - end), 0.6):.1f}" '
                f'class="q-{quality}" fill="{PATTERNS[quality]}" stroke="currentColor" '
                f'stroke-width="{0.7 if width > 4 else 0.3}"/>'
            )
    return "".join(drawn)


def _line(frame: _Frame, one: Series, values: list[float | None], place: int) -> str:
    path, pen = [], "M"
    dots = []
    few = len(values) <= 40
    for spot, value in enumerate(values):
        if value is None:
            pen = "M"
            continue
        alone = pen == "M" and (spot + 1 == len(values) or values[spot + 1] is None)
        path.append(f"{pen}{frame.x(spot):.1f} {frame.y(value):.1f}")
        if few or alone:
            hollow = " hollow" if one.points[spot].quality != "measured" else ""
            dots.append(
                f'<circle class="dot{hollow}" cx="{frame.x(spot):.1f}" '
                f'cy="{frame.y(value):.1f}" r="2.8"/>'
            )
        pen = "L"
    tone = f"s{place % 4}"
    drawn = f'<path class="line {tone}" d="{"".join(path)}"/>{"".join(dots)}'
    return f'<g class="{tone}">{drawn}</g>'


def _names(frame: _Frame, chart: Chart) -> str:
    if len(chart.series) < 2:
        return ""
    x, words = frame.left, []
    for place, one in enumerate(chart.series):
        tone = "q-measured" if one.bars else f"s{place % 4}"
        words.append(
            f'<g class="{tone}">'
            f'<line class="line {tone}" x1="{x:.0f}" x2="{x + 18:.0f}" y1="26" y2="26"/>'
            f'<text class="name" x="{x + 23:.0f}" y="30">{escape(one.title)}</text></g>'
        )
        x += 40 + sum(12.5 if ord(letter) > 255 else 7 for letter in one.title)
    return "".join(words)


def _target(frame: _Frame, level: float, line: TargetLine) -> str:
    y = frame.y(level)
    above = y - 5 if y - 18 > frame.top - 14 else y + 14
    return (
        f'<line class="target" x1="{frame.left:.1f}" x2="{frame.right:.1f}" '
        f'y1="{y:.1f}" y2="{y:.1f}"/>'
        f'<text class="target-word" x="{frame.right - 2:.1f}" y="{above:.1f}" '
        f'text-anchor="end">{escape(line.words)}</text>'
    )


def _hits(frame: _Frame, chart: Chart) -> str:
    # So many places can be told apart with a pointer; of more, every so many-th answers.
    step = -(-len(chart.labels) // 120) or 1
    spots = []
    for place, label in list(enumerate(chart.labels))[::step]:
        told = []
        for one in chart.series:
            if place >= len(one.points):
                continue
            point = one.points[place]
            name = f"{one.title} " if len(chart.series) > 1 else ""
            kind = "" if point.quality == "measured" else f"({_(QUALITY_WORDS[point.quality])})"
            told.append(
                f"{name}{chart.words(point.value)}{kind if point.value is not None else ''}"
            )
        spots.append(
            f'<g class="hit"><rect x="{frame.x(place) - frame.pitch / 2:.1f}" '
            f'y="{frame.top - 6:.1f}" width="{frame.pitch * step:.2f}" '
            f'height="{frame.bottom - frame.top + 6:.1f}"/>'
            f"<title>{escape(label)}: {escape('; '.join(told))}</title></g>"
        )
    return "".join(spots)


def sparkline(
    values: Sequence[Decimal | float | None], target: Decimal | None = None
) -> SafeString:
    """Draw a small trend, with the target as a dotted line; nothing for fewer than two values."""
    known = [(place, float(v)) for place, v in enumerate(values) if v is not None]
    if len(known) < 2:
        return mark_safe("")
    levels = [v for _place, v in known] + ([float(target)] if target is not None else [])
    low, high = min(levels), max(levels)
    span = (high - low) or 1.0

    def spot(place: int, value: float) -> tuple[float, float]:
        return 2 + 88 * place / (len(values) - 1), 23 - 20 * (value - low) / span

    path = "".join(
        f"{'L' if turn else 'M'}{x:.1f} {y:.1f}"
        for turn, (x, y) in enumerate(spot(*pair) for pair in known)
    )
    end_x, end_y = spot(*known[-1])
    dotted = ""
    if target is not None:
        y = spot(0, float(target))[1]
        dotted = (
            f'<line x1="0" x2="92" y1="{y:.1f}" y2="{y:.1f}" stroke="currentColor" '
            'stroke-dasharray="1 3" opacity=".8"/>'
        )
    return mark_safe(
        f'<svg class="spark" viewBox="0 0 92 26" aria-hidden="true">{dotted}'
        f'<path d="{path}" fill="none" stroke="currentColor" stroke-width="1.6" '
        f'stroke-linejoin="round"/><circle cx="{end_x:.1f}" cy="{end_y:.1f}" r="2.2" '
        'fill="currentColor"/></svg>'
    )
