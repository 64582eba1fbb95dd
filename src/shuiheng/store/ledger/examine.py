"""One part in one block whose rows no longer match their seal: what was altered, row by row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any

import numpy as np

from shuiheng.basics import Finding
from shuiheng.store.ledger.compare import Region, differences
from shuiheng.store.ledger.findings import finding, instant
from shuiheng.store.ledger.recover import Rows, changed_row, removed_row
from shuiheng.store.ledger.seal import Seal, check_bytes, fingerprint
from shuiheng.store.ledger.source import RawRows, Source

MOST = 1_000  # findings of one part in one block that are told one by one
_RECOVER = 4_000_000  # rows of a part in a block up to which a former value is looked for


@dataclass(frozen=True, slots=True)
class Meters:
    """The meters' numbers by key, with their fingerprints."""

    names: Mapping[int, str]
    prints: Mapping[int, int]

    @classmethod
    def of(cls, rows: list[tuple[int, str]]) -> Meters:
        """Return the meters of rows of key and number."""
        return cls(dict(rows), {key: fingerprint(name) for key, name in rows})

    def name(self, key: int) -> str:
        """Return a meter's number, or its key where the number is gone."""
        return self.names.get(key) or f"? (key {key})"

    def print_column(self, keys: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """Return the fingerprint of each row's meter; 0 for a meter that is not there."""
        if not len(keys):
            return np.empty(0, np.uint64)
        edges = np.concatenate([[0], np.flatnonzero(np.diff(keys)) + 1])
        prints = np.array([self.prints.get(int(keys[at]), 0) for at in edges], np.uint64)
        return np.repeat(prints, np.diff(np.append(edges, len(keys))))


class Examination:
    """The rows of a part in a block beside their seal, and what is found between them."""

    def __init__(
        self, seal: Seal, source: Source, meters: Meters, day: date | None, batch: str
    ) -> None:
        self._seal, self._source, self._meters = seal, source, meters
        self._facts = {"day": day, "part": seal.part, "batch": batch, "block": seal.block}
        self._raw: RawRows = source.of_part(seal.part, seal.block)
        self._prints = meters.print_column(self._raw.key)
        checks = check_bytes(self._prints, self._raw.at, self._raw.value)
        self._regions = differences(seal.checks, checks)

    @property
    def rows_agree(self) -> bool:
        """Whether every check byte agrees, so that no row can be told from what was sealed."""
        return not self._regions

    def findings(self) -> list[Finding]:
        """Return what was altered, at most ``MOST`` findings and one for the rest."""
        seal, raw = self._seal, self._raw
        if not len(raw):
            return [finding("part_missing", **self._facts, rows=seal.rows)]
        if not self._regions:
            return [self._among(0, seal.rows, 0, len(raw))]
        found: list[Finding] = []
        for one in self._each():
            if len(found) == MOST:
                rest = self._regions[-1]
                found.append(self._among(0, rest.before_end, 0, rest.now_end))
                break
            found.append(one)
        return found

    def _each(self) -> Iterator[Finding]:
        whole = self._whole_meters()
        for key, rows in whole.items():
            at = int(np.flatnonzero(self._raw.key == key)[0])
            yield finding("meter_changed", **self._facts, **self._place(at, False), rows=rows)
        for region in self._regions:
            if region.kind == "changed":
                yield from self._changed(region, set(whole))
            elif region.kind == "removed":
                yield self._removed(self._settled(region))
            elif region.kind == "inserted":
                yield from self._inserted(region)
            else:
                yield self._among(region.before, region.before_end, region.now, region.now_end)

    def _whole_meters(self) -> dict[int, int]:
        """Return the meters (more than three rows) nearly all of whose rows differ."""
        differ = np.zeros(len(self._raw), bool)
        for region in self._regions:
            if region.kind == "changed":
                differ[region.now : region.now_end] = True
        keys, counts = np.unique(self._raw.key, return_counts=True)
        changed = dict(zip(*(part.tolist() for part in np.unique(self._raw.key[differ],
                                                                 return_counts=True)),
                           strict=True))  # fmt: skip
        return {
            key: count
            for key, count in zip(keys.tolist(), counts.tolist(), strict=True)
            if count > 3 and changed.get(key, 0) > 0.9 * count
        }

    def _place(self, row: int, with_row: bool = True) -> dict[str, Any]:
        """Return meter, instant, row and file of a row that is there now."""
        raw = self._raw
        facts: dict[str, Any] = {"meter": self._meters.name(int(raw.key[row]))}
        if with_row:
            facts["at"] = instant(int(raw.at[row]))
            facts["row"] = row + 1
        if raw.file is not None and raw.file_row is not None:
            facts["file"] = self._source.short(str(raw.file[row]))
            if with_row:
                facts["file_row"] = int(raw.file_row[row]) + 1
        return facts

    def _changed(self, region: Region, whole: set[int]) -> Iterator[Finding]:
        raw = self._raw
        keys = raw.key[region.now : region.now_end]
        edges = [0, *(np.flatnonzero(np.diff(keys)) + 1).tolist(), len(keys)]
        for start, end in pairwise(edges):
            row = region.now + start
            if int(raw.key[row]) in whole:
                continue
            facts = {**self._facts, **self._place(row)}
            facts |= {"now_at": facts["at"], "now_l": int(raw.value[row])}
            if end - start > 1:
                last = instant(int(raw.at[region.now + end - 1]))
                yield finding("rows_changed", **facts, rows=end - start, last_at=last)
            else:
                yield self._one_changed(row, facts)

    def _one_changed(self, row: int, facts: dict[str, Any]) -> Finding:
        was = changed_row(self._seal, self._rows(), row) if self._alone() else None
        if was is None:
            return finding("row_changed", **facts)
        at, value = was
        if value != facts["now_l"]:
            return finding("value_changed", **facts, was_l=value)
        return finding("instant_changed", **facts, was_at=instant(at))

    def _alone(self) -> bool:
        """Whether one region is all there is, so that the root can prove what stood there."""
        return len(self._regions) == 1 and self._seal.rows <= _RECOVER

    def _rows(self) -> Rows:
        return Rows(self._prints, self._raw.at, self._raw.value)

    def _settled(self, region: Region) -> Region:
        """Return the region slid to where the longest time is missing, if it may be slid."""
        best, longest = region, -1
        for step in range(region.slack + 1):
            now = region.now - step
            if 0 < now < len(self._raw) and self._raw.key[now] == self._raw.key[now - 1]:
                gap = int(self._raw.at[now] - self._raw.at[now - 1])
                if gap > longest:
                    longest = gap
                    moved = (region.before - step, region.before_end - step)
                    best = Region(*moved, now, now)
        return best

    def _removed(self, region: Region) -> Finding:
        raw, now = self._raw, region.now
        facts = {**self._facts, "row": region.before + 1}
        rows = region.before_end - region.before
        if rows == 1 and self._alone():
            was = removed_row(self._seal, self._rows(), now)
            if was is not None:
                names = {number: key for key, number in self._meters.prints.items()}
                meter = self._meters.name(names[was[0]])
                at = instant(was[1])
                return finding("row_removed", **facts, meter=meter, at=at, was_at=at, was_l=was[2])
        before, before_en = self._beside(now, "末尾", "the end")
        after, after_en = self._beside(now - 1, "开头", "the start")
        if 0 < now < len(raw) and raw.key[now - 1] == raw.key[now]:
            facts["meter"] = self._meters.name(int(raw.key[now]))
        return finding(
            "rows_removed", **facts, rows=rows, after=after, after_en=after_en,
            before=before, before_en=before_en,
        )  # fmt: skip

    def _beside(self, row: int, edge: str, edge_en: str) -> tuple[str, str]:
        if not 0 <= row < len(self._raw):
            return edge, edge_en
        meter = self._meters.name(int(self._raw.key[row]))
        at = instant(int(self._raw.at[row]))
        return f"水表 {meter} 的 {at} ", f"{at} of meter {meter}"

    def _inserted(self, region: Region) -> Iterator[Finding]:
        raw = self._raw
        keys = raw.key[region.now : region.now_end]
        edges = [0, *(np.flatnonzero(np.diff(keys)) + 1).tolist(), len(keys)]
        for start, end in pairwise(edges):
            row = region.now + start
            last = instant(int(raw.at[region.now + end - 1]))
            yield finding(
                "rows_inserted", **self._facts, **self._place(row), rows=end - start,
                now_l=int(raw.value[row]), last_at=last,
            )  # fmt: skip

    def _among(self, before: int, before_end: int, now: int, now_end: int) -> Finding:
        facts: dict[str, Any] = dict(self._facts)
        if now_end > now:
            place = self._place(now)
            facts |= {"meter": place["meter"]} if self._one_meter(now, now_end) else {}
            facts |= {"first_at": place["at"], "file": place.get("file")}
            facts["last_at"] = instant(int(self._raw.at[now_end - 1]))
        facts["row"] = before + 1
        return finding("among_rows", **facts, sealed=before_end - before, rows=now_end - now)

    def _one_meter(self, now: int, now_end: int) -> bool:
        return bool((self._raw.key[now:now_end] == self._raw.key[now]).all())
