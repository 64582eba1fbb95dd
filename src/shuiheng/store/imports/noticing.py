"""What the rows of a file show as they pass: their order, each meter's span, steps that differ."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa

from shuiheng.store.imports.cells import Floats, Ints
from shuiheng.store.sorting import Codes, compiled

DAY_US = 86_400_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NONE = np.iinfo(np.int64).min


@dataclass(frozen=True, slots=True)
class Back:
    """A row that stands behind a later one of its meter."""

    meter: str
    hours: float


@dataclass(frozen=True, slots=True)
class Step:
    """A step as the source says it and as the register shows it."""

    meter: str
    at: datetime
    said_l: int
    register_l: int


@dataclass(slots=True)
class Noticed:
    """What was noticed about the rows of one file; rows are told in the order of the file."""

    out_of_order: int = 0
    worst_back: Back | None = None
    steps_differ: int = 0
    worst_step: Step | None = None
    names: list[str] = field(default_factory=list)
    _places: dict[str, int] = field(default_factory=dict)
    # For each meter: latest instant so far, first, last, how many; latest register.
    _spans: Ints = field(default_factory=lambda: np.empty((0, 4), np.int64))
    _steps: Ints = field(default_factory=lambda: np.empty((0, 2), np.int64))

    def rows(self, meters: pa.DictionaryArray, at: Ints) -> None:
        """Take note of the next rows of the file."""
        lookup = self._lookup(meters)
        codes = np.asarray(meters.indices.to_numpy(zero_copy_only=False), dtype=np.int32)
        count, back, place = _note(lookup, codes, at, self._spans)
        self.out_of_order += count
        hours = back / 3_600_000_000
        if count and (self.worst_back is None or hours > self.worst_back.hours):
            self.worst_back = Back(self.names[lookup[codes[place]]], hours)

    def steps(self, meters: pa.DictionaryArray, at: Ints, value: Ints, said: Floats) -> None:
        """Compare the source's own steps, in litres, with those of the register.

        The rows of a meter are put in the order of time; a row without a step is not compared.
        """
        lookup = self._lookup(meters)
        codes = np.asarray(meters.indices.to_numpy(zero_copy_only=False), dtype=np.int32)
        place = lookup[codes]
        order = np.lexsort((at, place))
        place, at, value, said = place[order], at[order], value[order], said[order]
        first = np.append(True, np.diff(place) != 0)
        before = np.append(0, value[:-1])
        before[first] = self._steps[place[first], 1]
        known = ~first | (self._steps[place, 0] != _NONE)
        last = np.append(first[1:], True)
        self._steps[place[last]] = np.stack([at[last], value[last]], axis=1)
        step = value - before
        said_l = np.rint(np.where(np.isfinite(said), said, 0)).astype(np.int64)
        size = np.where(known & np.isfinite(said), np.abs(step - said_l), 0)
        self.steps_differ += int(np.count_nonzero(size))
        worst = int(size.argmax())
        least = abs(self.worst_step.register_l - self.worst_step.said_l) if self.worst_step else 0
        if size[worst] > least:
            self.worst_step = Step(
                self.names[place[worst]], _instant(at[worst]), int(said_l[worst]), int(step[worst])
            )

    def late(self) -> list[tuple[str, datetime]]:
        """Return the meters that begin later than the file, the latest first."""
        first = self._spans[:, 1]
        starts = first - (first.min() if len(first) else 0)
        return self._outside(starts, first)

    def early(self) -> list[tuple[str, datetime]]:
        """Return the meters that end earlier than the file, the earliest first."""
        last = self._spans[:, 2]
        return self._outside((last.max() if len(last) else 0) - last, last)

    def _outside(self, by: Ints, at: Ints) -> list[tuple[str, datetime]]:
        """Return meters whose span is shorter by more than a day and two of their own steps."""
        steps = np.maximum(self._spans[:, 3] - 1, 1)
        usual = (self._spans[:, 2] - self._spans[:, 1]) // steps
        found = np.flatnonzero(by > np.maximum(DAY_US, 2 * usual))
        ordered = sorted(found, key=lambda place: (-by[place], self.names[place]))
        return [(self.names[place], _instant(at[place])) for place in ordered]

    def _lookup(self, meters: pa.DictionaryArray) -> Codes:
        """Return each code's place among the meters of the file; new ones are added."""
        counted = np.bincount(
            np.asarray(meters.indices.to_numpy(zero_copy_only=False)),
            minlength=len(meters.dictionary),
        )
        lookup = np.zeros(len(meters.dictionary), np.int32)
        for code, name in enumerate(meters.dictionary.to_pylist()):
            if counted[code]:
                place = self._places.setdefault(name, len(self.names))
                if place == len(self.names):
                    self.names.append(name)
                lookup[code] = place
        more = len(self.names) - len(self._spans)
        empty = np.array([[_NONE, np.iinfo(np.int64).max, _NONE, 0]])
        self._spans = np.concatenate([self._spans, np.repeat(empty, more, axis=0)])
        self._steps = np.concatenate([self._steps, np.full((more, 2), _NONE)])
        return lookup


def _instant(micro: int) -> datetime:
    return _EPOCH + timedelta(microseconds=int(micro))


@compiled
def _note(lookup: Codes, codes: Codes, at: Ints, spans: Ints) -> tuple[int, int, int]:
    count, worst, where = 0, 0, 0
    for place in range(len(codes)):
        meter = lookup[codes[place]]
        now = at[place]
        back = spans[meter, 0] - now if spans[meter, 3] else 0
        if back > 0:
            count += 1
            if back > worst:
                worst, where = back, place
        spans[meter, 0] = max(spans[meter, 0], now)
        spans[meter, 1] = min(spans[meter, 1], now)
        spans[meter, 2] = max(spans[meter, 2], now)
        spans[meter, 3] += 1
    return count, worst, where
