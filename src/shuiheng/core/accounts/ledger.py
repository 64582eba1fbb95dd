"""The account itself: lines, sums, identities."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import NamedTuple

from shuiheng.basics import Declared, Figure, Finding, Input, Period, Quality, Readings
from shuiheng.core.accounts.model import LOSS, LOSS_TITLES, USES, Line, User


def cubic_metres(litres: int) -> Decimal:
    """Return litres as exact cubic metres.

    >>> cubic_metres(1500)
    Decimal('1.5')
    """
    return (Decimal(litres) / 1000).normalize() if litres % 1000 else Decimal(litres // 1000)


@dataclass(frozen=True)
class Accounts:
    """Lines of the account with the users they speak of."""

    lines: tuple[Line, ...]
    users: Mapping[str, User]
    findings: tuple[Finding, ...] = ()
    snapshot: str = ""

    @cached_property
    def _sides(self) -> Mapping[str, list[Line]]:
        """The lines by side, so that a question reads only what it can use."""
        sides: dict[str, list[Line]] = defaultdict(list)
        for line in self.lines:
            sides[line.side].append(line)
        return sides

    @cached_property
    def _within(self) -> dict[tuple[str, Period], list[Line]]:
        """Lines by side and period, filled as they are asked for."""
        return {}

    def chosen(
        self, *, side: str, period: Period, where: Callable[[Line], bool] | None = None
    ) -> list[Line]:
        """Return the lines of one side whose month starts in the period."""
        key = (side, period)
        if key not in self._within:
            self._within[key] = [x for x in self._sides.get(side, ()) if x.month in period]
        lines = self._within[key]
        return list(lines) if where is None else [line for line in lines if where(line)]

    def sums(self, by: str, *, side: str, period: Period) -> dict[str, int]:
        """Return litres by one attribute of the lines (source, use, town, user, month)."""
        totals: dict[str, int] = defaultdict(int)
        for line in self.chosen(side=side, period=period):
            totals[str(getattr(line, by))] += line.volume_l
        return dict(totals)

    def monthly(
        self, *, side: str = "supply", where: Callable[[Line], bool] | None = None
    ) -> dict[date, int]:
        """Return litres by month, in order of months."""
        totals: dict[date, int] = defaultdict(int)
        for line in self._sides.get(side, ()):
            if where is None or where(line):
                totals[line.month] += line.volume_l
        return dict(sorted(totals.items()))

    def supply_l(self, period: Period) -> int:
        """Return the litres supplied in the period."""
        return sum(line.volume_l for line in self.chosen(side="supply", period=period))

    def use_l(self, period: Period) -> int:
        """Return the litres used in the period, without loss."""
        return sum(line.volume_l for line in self.chosen(side="use", period=period))

    def loss_l(self, period: Period) -> int:
        """Return the litres lost from public supply in the period."""
        return sum(line.volume_l for line in self.chosen(side="loss", period=period))

    def residual_l(self, period: Period) -> int:
        """Return supply minus use minus loss: zero, or an engine is wrong."""
        return self.supply_l(period) - self.use_l(period) - self.loss_l(period)

    def months(self) -> list[date]:
        """Return the months that have lines, in order."""
        return sorted({line.month for line in self.lines})

    def figure(
        self,
        name: str,
        title: tuple[str, str],
        lines: Iterable[Line],
        *,
        period: Period,
        method: str = "",
    ) -> Figure:
        """Return the sum of lines as a figure in m3, by use class, then town, then readings."""
        lines = list(lines)
        groups: dict[str, list[Line]] = defaultdict(list)
        for line in lines:
            groups[line.use if line.side != "loss" else LOSS].append(line)
        titles = {**USES, LOSS: LOSS_TITLES, "": ("公共供水取水", "Intake for public supply")}
        parts = [
            self._group(f"{name}/{use or 'public'}", titles[use], groups[use], period)
            for use in sorted(groups)
        ]
        inputs = tuple(figure for figure, _ in parts)
        return _sum(name, title, Tally.of_all(t for _, t in parts), inputs, period, method=method)

    def _group(
        self, name: str, title: tuple[str, str], lines: list[Line], period: Period
    ) -> tuple[Figure, Tally]:
        towns: dict[str, list[Line]] = defaultdict(list)
        for line in lines:
            towns[line.town].append(line)
        tallies = {town: Tally.of(towns[town]) for town in sorted(towns)}
        inputs = tuple(
            _sum(f"{name}/{town}", (town, town), tally, self.leaves(towns[town], period), period)
            for town, tally in tallies.items()
        )
        whole = Tally.of_all(tallies.values())
        return _sum(name, title, whole, inputs, period), whole

    def leaves(self, lines: Iterable[Line], period: Period) -> tuple[Input, ...]:
        """Return what lines rest on: a readings query, declarations, and networks' balances."""
        metered: list[Line] = []
        told: dict[tuple[str, str], int] = defaultdict(int)
        networks: dict[str, int] = defaultdict(int)
        for line in lines:
            if line.meter:
                metered.append(line)
            elif line.side == "loss":
                networks[line.supplier] += line.volume_l
            else:
                told[line.user, line.basis] += line.volume_l
        leaves: list[Input] = [self._readings(metered, period)] if metered else []
        leaves += [self._network(number, litres, period) for number, litres in networks.items()]
        for (number, basis), litres in sorted(told.items()):
            name = self._name(number)
            zh, en = _BASES[basis]
            leaves.append(
                Declared(
                    f"declared/{number}", f"{name}:{zh}", f"{name}: {en}", cubic_metres(litres),
                    "m3", by=name, period=str(period), estimated=basis != "declared",
                )
            )  # fmt: skip
        return tuple(leaves)

    def _name(self, number: str) -> str:
        return self.users[number].name if number in self.users else number

    def _readings(
        self,
        lines: list[Line],
        period: Period,
        title: tuple[str, str] = ("水表读数", "Meter readings"),
    ) -> Readings:
        meters = tuple(sorted({line.meter for line in lines}))
        tally = Tally.of(lines)
        return Readings(
            *title, meters, period, tally.volume_l, tally.quality,
            snapshot=self.snapshot,
            href=f"/meters/{meters[0]}/" if len(meters) == 1 else "",
        )  # fmt: skip

    def _network(self, number: str, litres: int, period: Period) -> Figure:
        own = [line for line in self.lines if line.supplier == number and line.month in period]
        inputs: list[Input] = []
        for side, title in (
            ("supply", ("入网水量读数", "Readings of what entered the network")),
            ("use", ("售水量读数", "Readings of what was delivered")),
        ):
            metered = [line for line in own if line.side == side and line.meter]
            if metered:
                inputs.append(self._readings(metered, period, title))
        name = self._name(number)
        return Figure(
            f"accounts/network_loss/{number}", f"{name}供水损失", f"Loss of the network of {name}",
            cubic_metres(litres), "m3", "入网水量 − 售水量", tuple(inputs),
            quality_of([line for line in own if line.side == "loss"]), period=period,
            formula_en="entered the network − delivered",
        )  # fmt: skip


_BASES = {
    "declared": ("申报水量", "declared volume"),
    "area_quota": ("面积×定额估算", "estimated from area and quota"),
    "electricity": ("以电折水估算", "estimated from electricity"),
    "quota": ("人口或产量×定额估算", "estimated from persons or output and quota"),
}


class Tally(NamedTuple):
    """Litres of lines, and how much of them, without sign, is measured, estimated, declared."""

    volume_l: int = 0
    measured_l: int = 0
    estimated_l: int = 0
    declared_l: int = 0

    @classmethod
    def of(cls, lines: Iterable[Line]) -> Tally:
        """Return the tally of lines."""
        volume = measured = estimated = declared = 0
        for line in lines:
            volume += line.volume_l
            measured += abs(line.measured_l)
            estimated += abs(line.estimated_l)
            declared += abs(line.declared_l)
        return cls(volume, measured, estimated, declared)

    @classmethod
    def of_all(cls, parts: Iterable[Tally]) -> Tally:
        """Return the sum of tallies."""
        columns = list(zip(*parts, strict=True))
        return cls(*(sum(column) for column in columns)) if columns else cls()

    @property
    def quality(self) -> Quality:
        """The shares of what is measured, estimated and declared."""
        return Quality.of(
            measured=self.measured_l, estimated=self.estimated_l, declared=self.declared_l
        )


def quality_of(lines: Iterable[Line]) -> Quality:
    """Return which shares of the lines' volume are measured, estimated and declared."""
    return Tally.of(lines).quality


def _sum(
    name: str,
    title: tuple[str, str],
    tally: Tally,
    inputs: tuple[Input, ...],
    period: Period,
    *,
    method: str = "",
) -> Figure:
    return Figure(
        name=name,
        title=title[0],
        title_en=title[1],
        value=cubic_metres(tally.volume_l),
        unit="m3",
        formula="各部分之和",
        formula_en="sum of the parts",
        inputs=inputs,
        quality=tally.quality,
        method=method,
        period=period,
    )
