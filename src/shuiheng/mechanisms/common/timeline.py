"""A meter's chart: register, volumes, quality and remarks over one axis of time, drawn as SVG.

Like every chart of the house it is drawn on the server, twice (wide and narrow), takes its colours
from the style sheet, and tells quality by pattern and letter, never by colour alone. Every bar is
a link to what lies inside it, so that the chart is used without scripts, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from math import floor, log10

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from shuiheng.mechanisms.common.charts import axis_scale, ticks
from shuiheng.mechanisms.common.qualities import LETTERS, letter_words

FILLS = {"G": "currentColor", **{letter: f"url(#p-q{letter})" for letter in "AESXMU"}}
# So wide must a bar be for its letter to stand under it.
LETTER_ROOM = 9.0


@dataclass(frozen=True, slots=True)
class Bar:
    """The volume of a period: its litres by quality, and its hours by quality."""

    start: datetime
    end: datetime
    label: str
    words: str
    parts: tuple[tuple[str, int], ...] = ()
    hours: tuple[tuple[str, float], ...] = ()
    letter: str = "M"
    href: str = ""

    @property
    def litres(self) -> int:
        """The volume of the period."""
        return sum(amount for _letter, amount in self.parts)


@dataclass(frozen=True, slots=True)
class Dot:
    """A reading; ``mark`` is ``X`` (not used), ``A`` (by hand), ``S``, ``U`` or nothing."""

    at: datetime
    litres: int
    mark: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class Remark:
    """Something noticed or done at an instant: a finding, an edit, an exchange of the meter."""

    at: datetime
    kind: str
    short: str
    words: str
    number: int
    level: str = ""


@dataclass(frozen=True, slots=True)
class Timeline:
    """What is drawn, between two instants."""

    start: datetime
    end: datetime
    bars: Sequence[Bar]
    dots: Sequence[Dot]
    remarks: Sequence[Remark]
    language: str
    title: str
    register_words: str
    volume_words: str
    # Instants at which the line of the register is broken: another meter hangs there.
    breaks: Sequence[datetime] = ()

    @property
    def letters(self) -> list[str]:
        """The letters of quality that occur, the best first, for the legend."""
        seen = {letter for bar in self.bars for letter, _h in (*bar.parts, *bar.hours)}
        seen |= {dot.mark for dot in self.dots if dot.mark} | {bar.letter for bar in self.bars}
        return [letter for letter in LETTERS if letter in seen]

    def wide(self) -> SafeString:
        """Draw the chart for a wide page."""
        return mark_safe(_Drawing(self, 1000, "wide").svg())

    def narrow(self) -> SafeString:
        """Draw the chart for a phone."""
        return mark_safe(_Drawing(self, 360, "narrow").svg())


@dataclass(frozen=True, slots=True)
class _Scale:
    """The vertical axis of one panel: round marks, their words, and where a value lies."""

    top: float
    bottom: float
    marks: tuple[float, ...]
    words: tuple[str, ...]
    unit: str
    worth: Decimal

    @classmethod
    def of(cls, low: int, high: int, top: float, bottom: float, language: str) -> _Scale:
        """Return the scale of litres from ``low`` to ``high`` between two heights."""
        worth, unit = axis_scale(Decimal(max(abs(low), abs(high))) / 1000, "m3", language)
        per = 1000 * int(worth)
        marks = ticks(low / per, high / per, 4 if bottom - top > 120 else 3)
        step = marks[1] - marks[0] if len(marks) > 1 else 1.0
        places = max(0, -floor(log10(step) + 1e-9)) if step else 0
        if round(step, places) != round(step, 9):
            places += 1
        words = tuple(f"{mark:,.{places}f}" for mark in marks)
        return cls(top, bottom, tuple(marks), words, unit, Decimal(per))

    def y(self, litres: float) -> float:
        """Return the height of a value in litres."""
        span = (self.marks[-1] - self.marks[0]) or 1.0
        share = (litres / int(self.worth) - self.marks[0]) / span
        return self.bottom - share * (self.bottom - self.top)


class _Drawing:
    """One drawing of a timeline at one width."""

    def __init__(self, line: Timeline, width: int, kind: str) -> None:
        self.line, self.width, self.kind = line, width, kind
        wide = kind == "wide"
        high_register, high_volume = (116, 176) if wide else (92, 140)
        top = 28.0
        self.register: _Scale | None = None
        if len(line.dots) > 1:
            litres = [dot.litres for dot in line.dots if dot.mark != "X"]
            litres = litres or [dot.litres for dot in line.dots]
            self.register = _Scale.of(
                min(litres), max(litres), top, top + high_register, line.language
            )
            top += high_register + 38
        volumes = [bar.litres for bar in line.bars]
        self.volume = _Scale.of(
            min(0, *volumes, 0), max(1, *volumes, 1), top, top + high_volume, line.language
        )
        self.band_y = self.volume.bottom + 6
        scales = [one for one in (self.register, self.volume) if one]
        self.left = 12 + 7.2 * max(len(word) for one in scales for word in one.words)
        self.right = width - 10.0
        self.lanes = self._lanes()
        self.lane_y = self.band_y + 40
        self.height = self.lane_y + 20 * len(self.lanes) + (4 if self.lanes else -8)

    def x(self, at: datetime) -> float:
        """Return where an instant lies."""
        span = (self.line.end - self.line.start).total_seconds() or 1.0
        share = (at - self.line.start).total_seconds() / span
        return self.left + min(max(share, 0.0), 1.0) * (self.right - self.left)

    def svg(self) -> str:
        """Return the whole drawing."""
        parts = []
        if self.register:
            parts += [self._axis(self.register, self.line.register_words), self._register()]
        parts += [
            self._axis(self.volume, self.line.volume_words), self._volumes(), self._band(),
            self._labels(), self._remarks(), self._hits(),
        ]  # fmt: skip
        return (
            f'<svg class="plot timeline {self.kind}" viewBox="0 0 {self.width} {self.height:.0f}" '
            f'role="img" tabindex="0" aria-label="{escape(self.line.title)}">{"".join(parts)}</svg>'
        )

    def _axis(self, scale: _Scale, words: str) -> str:
        drawn = [
            f'<text class="panel" x="2" y="{scale.top - 14:.1f}">{escape(words)} '
            f"({escape(scale.unit)})</text>"
        ]
        for mark, word in zip(scale.marks, scale.words, strict=True):
            y = scale.y(mark * int(scale.worth))
            kind = "base" if mark == 0 or mark == scale.marks[0] else "axis"
            drawn.append(
                f'<line class="{kind}" x1="{self.left:.1f}" x2="{self.right:.1f}" y1="{y:.1f}" '
                f'y2="{y:.1f}"/><text x="{self.left - 6:.1f}" y="{y + 4:.1f}" '
                f'text-anchor="end">{word}</text>'
            )
        return "".join(drawn)

    def _register(self) -> str:
        scale = self.register
        if scale is None:
            return ""
        path, marks = [], []
        broken = sorted(self.line.breaks)
        pen = "M"
        for dot in self.line.dots:
            while broken and dot.at >= broken[0]:
                broken.pop(0)
                pen = "M"
            x, y = self.x(dot.at), min(max(scale.y(dot.litres), scale.top), scale.bottom)
            if dot.mark != "X":
                path.append(f"{pen}{x:.1f} {y:.1f}")
                pen = "L"
            if dot.mark:
                marks.append(_dot(x, y, dot))
        dots = ""
        if len(self.line.dots) <= 60:
            dots = "".join(
                f'<circle class="dot" cx="{self.x(dot.at):.1f}" cy="{scale.y(dot.litres):.1f}" '
                f'r="2"/>'
                for dot in self.line.dots
                if not dot.mark
            )
        return (
            f'<g class="s0"><path class="line s0" d="{"".join(path)}"/>{dots}</g>{"".join(marks)}'
        )

    def _box(self, bar: Bar) -> tuple[float, float]:
        """Return where a bar begins and how wide it is, with a gap to its neighbours."""
        start, end = self.x(bar.start), self.x(bar.end)
        pitch = end - start
        gap = 0.0 if pitch < 3 else min(pitch * 0.22, 12)
        return start + gap / 2, max(pitch - gap, 0.8)

    def _volumes(self) -> str:
        drawn = []
        for bar in self.line.bars:
            x, width = self._box(bar)
            done = 0
            for letter, litres in bar.parts:
                if not litres:
                    continue
                start, end = self.volume.y(done), self.volume.y(done + litres)
                done += litres
                drawn.append(
                    f'<rect class="q{letter}" x="{x:.1f}" y="{min(start, end):.1f}" '
                    f'width="{width:.1f}" height="{max(abs(start - end), 0.6):.1f}" '
                    f'fill="{FILLS[letter]}" stroke="currentColor" '
                    f'stroke-width="{0.7 if width > 4 else 0.3}"/>'
                )
        return "".join(drawn)

    def _band(self) -> str:
        """Draw the hours of each period by quality as a strip, with its letter where it fits."""
        drawn = []
        for bar in self.line.bars:
            x, width = self._box(bar)
            whole = sum(hours for _letter, hours in bar.hours) or 1.0
            spot = x
            for letter, hours in bar.hours or ((bar.letter, 1.0),):
                part = width * hours / whole
                drawn.append(
                    f'<rect class="q{letter}" x="{spot:.1f}" y="{self.band_y:.1f}" '
                    f'width="{max(part, 0.4):.2f}" height="6" fill="{FILLS.get(letter, "none")}"/>'
                )
                spot += part
            if width >= LETTER_ROOM and bar.letter != "G":
                drawn.append(
                    f'<text class="letter q{bar.letter}" x="{x + width / 2:.1f}" '
                    f'y="{self.volume.y(max(bar.litres, 0)) - 4:.1f}" text-anchor="middle">'
                    f"{bar.letter}</text>"
                )
        return "".join(drawn)

    def _labels(self) -> str:
        bars = self.line.bars
        if not bars:
            return ""
        longest = max(len(bar.label) for bar in bars) * 7.0 + 10
        pitch = (self.right - self.left) / len(bars)
        step = max(1, round(longest / pitch + 0.49))
        drawn = []
        for bar in bars[::step]:
            x = (self.x(bar.start) + self.x(bar.end)) / 2
            anchor = "end" if x + longest / 2 > self.width else "middle"
            drawn.append(
                f'<text x="{x:.1f}" y="{self.band_y + 22:.1f}" text-anchor="{anchor}">'
                f"{escape(bar.label)}</text>"
            )
        return "".join(drawn)

    def _lanes(self) -> list[list[tuple[float, Remark, str]]]:
        """Put remarks on as few lines as keep their words apart; at most three, then bare."""
        lanes: list[list[tuple[float, Remark, str]]] = []
        ends: list[float] = []
        for remark in sorted(self.line.remarks, key=lambda one: one.at):
            x = self.x(remark.at)
            words = f"{remark.number} {remark.short}"
            length = 16 + sum(12.5 if ord(letter) > 255 else 7.0 for letter in words)
            if x + length > self.right:  # no room to the right: the words stand left of the sign
                x_start, x_end = x - length, x + 8
            else:
                x_start, x_end = x - 6, x + length
            for lane, end in enumerate(ends):
                if end < x_start:
                    lanes[lane].append((x, remark, words))
                    ends[lane] = x_end
                    break
            else:
                if len(lanes) < 3:
                    lanes.append([(x, remark, words)])
                    ends.append(x_end)
                else:
                    lanes[-1].append((x, remark, ""))
        return lanes

    def _remarks(self) -> str:
        drawn = []
        for lane, row in enumerate(self.lanes):
            y = self.lane_y + 20 * lane
            for x, remark, words in row:
                left = x + 16 + sum(12.5 if ord(letter) > 255 else 7.0 for letter in words)
                flip = left > self.right
                where = f'x="{x - 8:.1f}" text-anchor="end"' if flip else f'x="{x + 8:.1f}"'
                drawn.append(
                    f'<g class="remark {remark.kind} {remark.level}">'
                    f'<line class="at" x1="{x:.1f}" x2="{x:.1f}" y1="{self.volume.top:.1f}" '
                    f'y2="{y - 6:.1f}"/>{_sign(x, y, remark.kind)}'
                    f'<text {where} y="{y + 4:.1f}">{escape(words)}</text>'
                    f"<title>{escape(remark.words)}</title></g>"
                )
        return "".join(drawn)

    def _hits(self) -> str:
        top = self.register.top if self.register else self.volume.top
        drawn = []
        for bar in self.line.bars:
            start, end = self.x(bar.start), self.x(bar.end)
            drawn.append(
                f'<g class="hit"><a href="{escape(bar.href)}" tabindex="-1"><rect '
                f'x="{start:.1f}" y="{top:.1f}" width="{end - start:.2f}" '
                f'height="{self.band_y + 8 - top:.1f}"/><title>{escape(bar.words)}</title>'
                "</a></g>"
            )
        return "".join(drawn)


def _dot(x: float, y: float, dot: Dot) -> str:
    shape = {
        "X": f"M{x - 4:.1f} {y - 4:.1f}l8 8m0-8l-8 8",
        "A": f"M{x:.1f} {y - 4.5:.1f}l4.500 4.5-4.5 4.5-4.5-4.5z",
        "S": f"M{x:.1f} {y - 4.5:.1f}l4.5 8h-9z",
    }.get(dot.mark, f"M{x - 3:.1f} {y:.1f}a3 3 0 1 0 6 0a3 3 0 1 0 -6 0")
    title = f"{letter_words(dot.mark)} {dot.words}"
    return f'<g class="reading q{dot.mark}"><path d="{shape}"/><title>{escape(title)}</title></g>'


def _sign(x: float, y: float, kind: str) -> str:
    """Return the shape of a remark: a triangle, a diamond, two arrows."""
    shape = {
        "finding": f"M{x:.1f} {y - 5:.1f}l5.500 10h-11z",
        "edit": f"M{x:.1f} {y - 5.5:.1f}l5.500 5.5-5.500 5.5-5.500-5.500z",
    }.get(kind, f"M{x - 5:.1f} {y - 2:.1f}h9m-3-3l3 3M{x + 5:.1f} {y + 2:.1f}h-9m3 3l-3-3")
    return f'<path class="sign" d="{shape}"/>'


def legend(letters: Sequence[str]) -> list[dict[str, str]]:
    """Return the legend of the letters: letter, word, what it is filled with."""
    return [
        {"letter": letter, "word": letter_words(letter), "fill": FILLS[letter]}
        for letter in letters
    ]


def span_words(start: datetime, end: datetime) -> str:
    """Return a span of time in words: a day, an hour, or from one to the other."""
    if start.date() == end.date() or (end - start).total_seconds() <= 3600:
        return f"{start:%Y-%m-%d %H:%M}–{end:%H:%M}"
    return _("%(start)s 至 %(end)s") % {
        "start": f"{start:%Y-%m-%d %H:%M}", "end": f"{end:%Y-%m-%d %H:%M}"
    }  # fmt: skip
