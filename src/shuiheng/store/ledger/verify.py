"""Everything that was sealed, compared with what lies in the lake now."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np

from shuiheng.basics import Finding
from shuiheng.store.catalog import Catalog
from shuiheng.store.ledger.chain import START, Day, day_root, link, shanghai_day
from shuiheng.store.ledger.examine import Examination, Meters
from shuiheng.store.ledger.findings import finding
from shuiheng.store.ledger.seal import EDITS, FRAMES, Seal, Sealing, seal_entries
from shuiheng.store.ledger.source import RawRows, Source, afresh
from shuiheng.store.ledger.writing import closed_days, day_seals, edit_entries, frame_entries

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Verified:
    """What was compared, and what was found altered."""

    readings: int
    seals: int
    days: tuple[Day, ...]
    open_days: tuple[date, ...]
    seconds: float
    findings: tuple[Finding, ...]

    @property
    def altered(self) -> bool:
        """Whether anything is not as it was sealed."""
        return bool(self.findings)

    def to_json(self) -> dict[str, Any]:
        """Return the result as plain values for JSON."""
        last = self.days[-1] if self.days else None
        return {
            "altered": self.altered,
            "readings": self.readings,
            "seals": self.seals,
            "closed_days": len(self.days),
            "open_days": [day.isoformat() for day in self.open_days],
            "last_day": last.day.isoformat() if last else None,
            "chain": last.chain.hex() if last else None,
            "seconds": round(self.seconds, 3),
            "findings": [found.to_json() for found in self.findings],
        }


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of a batch, with the Shanghai day it was received on."""

    day: date
    batch: str
    readings: int


@dataclass(slots=True)
class _Walk:
    """The state of a verification."""

    catalog: Catalog
    source: Source
    meters: Meters
    parts: dict[int, _Part]
    only: date | None
    progress: Progress | None
    readings: int = 0
    seals: int = 0
    total: int = 0
    altered_days: set[date] = field(default_factory=set)
    findings: list[Finding] = field(default_factory=list)

    @property
    def chosen(self) -> set[int] | None:
        """The parts to look at; None for all."""
        if self.only is None:
            return None
        return {part for part, facts in self.parts.items() if facts.day == self.only}

    def facts_of(self, part: int) -> dict[str, Any]:
        """Return day, part and batch for a finding."""
        known = self.parts.get(part)
        return {"day": known.day if known else None, "part": part,
                "batch": known.batch if known else None}  # fmt: skip

    def tell(self, rows: int) -> None:
        """Count rows and tell the progress."""
        self.readings += rows
        if self.progress:
            self.progress(min(self.readings, self.total), self.total)


def verify(catalog: Catalog, day: date | None = None, progress: Progress | None = None) -> Verified:
    """Compare what lies in the lake with what was sealed; name every alteration.

    ``day`` limits the rows to those received on that Shanghai day; the chain of days is always
    compared whole. ``progress`` is told how many readings of how many are compared.

    :raises LakeFailed: if not even the readable files can be read
    """
    began = time.monotonic()
    with afresh(catalog):
        walk, days, sealed = _walked(catalog, day, progress)
    closed = {known.day for known in days}
    return Verified(
        walk.readings, walk.seals, tuple(days), tuple(sorted(sealed - closed)),
        time.monotonic() - began, (*walk.source.findings, *walk.findings),
    )  # fmt: skip


def _walked(
    catalog: Catalog, day: date | None, progress: Progress | None
) -> tuple[_Walk, list[Day], set[date]]:
    meters = Meters.of(catalog.read("SELECT key, meter FROM lake.meters").fetchall())
    parts = {
        part: _Part(shanghai_day(received), batch, readings)
        for part, batch, readings, received in catalog.read(
            "SELECT part, batch, readings, received_at FROM lake.parts"
        ).fetchall()
    }
    walk = _Walk(catalog, Source(catalog), meters, parts, day, progress)
    days = closed_days(catalog.cursor())
    walk.findings += _chain(days)
    sealed = _days(walk, days)
    _readings(walk)
    _edits(walk)
    _frames(walk)
    return walk, days, sealed


def _chain(days: Sequence[Day]) -> list[Finding]:
    found, previous = [], START
    for day in days:
        if day.previous != previous:
            found.append(finding(
                "chain_broken", day=day.day, why="它前面的一天被改或被删",
                why_en="the day before it was altered or removed"))  # fmt: skip
        elif day.chain != link(day.previous, day.day, day.root, day.algorithm):
            found.append(finding(
                "chain_broken", day=day.day, why="链值不是由这一天的根算出的",
                why_en="its link does not follow from its root"))  # fmt: skip
        previous = day.chain
    return found


def _days(walk: _Walk, days: Sequence[Day]) -> set[date]:
    """Compare the roots of closed days with their seals; return the days that have seals."""
    seals: dict[date, list[Seal]] = {}
    for day, seal in day_seals(walk.catalog.cursor(), date(1970, 1, 1), date(2200, 1, 1)):
        seals.setdefault(day, []).append(seal)
    for closed in days:
        mine = seals.get(closed.day, [])
        if not mine or day_root(mine, closed.algorithm) != closed.root:
            walk.altered_days.add(closed.day)
            walk.findings.append(
                finding("day_altered", day=closed.day, sealed=closed.seals, rows=len(mine))
            )
    return set(seals)


def _readings(walk: _Walk) -> None:
    chosen = walk.chosen
    counts = walk.source.counts(chosen)
    sealed = _sealed_blocks(walk, chosen)
    walk.total = sum(counts.values())
    for block in sorted({*counts, *sealed}):
        _block(walk, block, counts.get(block, 0), chosen)
    known = {part for parts in sealed.values() for part in parts}
    for part in sorted(known - set(walk.parts)):
        walk.findings.append(finding("part_unknown", part=part))


def _sealed_blocks(walk: _Walk, chosen: set[int] | None) -> dict[int, list[int]]:
    blocks: dict[int, list[int]] = {}
    for part, block in walk.catalog.read(
        "SELECT part, block FROM lake.seals WHERE kind = 'readings'"
    ).fetchall():
        if chosen is None or part in chosen:
            blocks.setdefault(block, []).append(part)
    return blocks


def _block(walk: _Walk, block: int, rows: int, chosen: set[int] | None) -> None:
    """Compare one block: rows by ranges of keys, each part's seal made as its rows pass by."""
    seals = _seals_of(walk, block, chosen)
    making: dict[int, Sealing] = {}
    wrong_months = 0
    for raw, misplaced in walk.source.pieces(block, rows, chosen) if rows else ():
        wrong_months += misplaced
        _pass(walk, raw, seals, making)
        walk.tell(len(raw))
    if wrong_months:
        walk.findings.append(finding("month_wrong", block=block, rows=wrong_months))
    walk.seals += len(seals)
    for part in sorted({*seals, *making}):
        walk.findings += _compared(walk, block, part, seals.get(part), making.get(part))


def _seals_of(walk: _Walk, block: int, chosen: set[int] | None) -> dict[int, Seal]:
    seals: dict[int, Seal] = {}
    for row in walk.catalog.read(
        """SELECT part, block, kind, rows, algorithm, root, checks FROM lake.seals
        WHERE kind = 'readings' AND block = ? ORDER BY part""",
        [block],
    ).fetchall():
        if chosen is None or row[0] in chosen:
            seals[row[0]] = Seal(*row)
    return seals


def _pass(walk: _Walk, raw: RawRows, seals: dict[int, Seal], making: dict[int, Sealing]) -> None:
    for part, span in raw.parts():
        if part not in making:
            seal = seals.get(part)
            making[part] = Sealing(seal.algorithm if seal else "sha256")
        prints = walk.meters.print_column(raw.key[span])
        making[part].add(prints, raw.at[span], raw.value[span])


def _compared(
    walk: _Walk, block: int, part: int, seal: Seal | None, now: Sealing | None
) -> list[Finding]:
    facts = {**walk.facts_of(part), "block": block}
    if seal is None:
        return [finding("unsealed", **facts, rows=now.rows if now else 0)]
    root = now.root if now and now.rows else b""
    if root == seal.root and now and now.checks == seal.checks and now.rows == seal.rows:
        return []
    if root == seal.root:
        return [finding("seal_altered", **facts, why="行数或校验字节与根不符",
                        why_en="its rows or check bytes do not fit its root")]  # fmt: skip
    if len(seal.checks) != seal.rows or len(seal.root) != 32:
        return [finding("seal_altered", **facts, why="长度不对",
                        why_en="its lengths cannot be")]  # fmt: skip
    known = walk.parts.get(part)
    looked = Examination(
        seal, walk.source, walk.meters, known.day if known else None, known.batch if known else ""
    )
    if looked.rows_agree and known and known.day in walk.altered_days:
        return [finding("seal_altered", **facts, why="根与读数、校验字节和日根都不符",
                        why_en="its root fits neither the rows and their check bytes nor the "
                        "day's root")]  # fmt: skip
    return looked.findings()


def _edits(walk: _Walk) -> None:
    cursor = walk.catalog.cursor()
    seals = _entry_seals(walk, EDITS)
    for number, made_at, entry in edit_entries(cursor):
        day = shanghai_day(made_at)
        seal = seals.pop(number, None)
        if walk.only not in (None, day):
            continue
        if seal is None:
            walk.findings.append(finding("edit_unsealed", day=day, edit=number))
        elif seal_entries(number, EDITS, [entry], seal.algorithm).root != seal.root:
            walk.findings.append(finding("edit_altered", day=day, edit=number))
        walk.seals += 1
    if walk.only is None:
        walk.findings += [finding("edit_missing", edit=number) for number in sorted(seals)]


def _frames(walk: _Walk) -> None:
    cursor = walk.catalog.cursor()
    seals = _entry_seals(walk, FRAMES)
    with_frames = {row[0] for row in cursor.execute("SELECT DISTINCT part FROM lake.frames")
                   .fetchall()}  # fmt: skip
    chosen = walk.chosen
    for part in sorted({*seals, *with_frames}):
        if chosen is not None and part not in chosen:
            continue
        walk.seals += 1
        entries = frame_entries(cursor, part)
        seal = seals.get(part)
        now = seal_entries(part, FRAMES, [entry for _, entry in entries],
                           seal.algorithm if seal else "sha256") if entries else None  # fmt: skip
        if seal and now and now.root == seal.root:
            continue
        which, which_en = _stations(seal, now, [station for station, _ in entries])
        walk.findings.append(finding(
            "frames_altered", **walk.facts_of(part), sealed=seal.rows if seal else 0,
            rows=len(entries), which=which, which_en=which_en))  # fmt: skip


def _stations(seal: Seal | None, now: Seal | None, stations: list[str]) -> tuple[str, str]:
    if seal and now and seal.rows == now.rows:
        one, two = (np.frombuffer(checks, np.uint8) for checks in (seal.checks, now.checks))
        rows = np.flatnonzero(one != two).tolist()
        if rows:
            named = ", ".join(f"{stations[row]} ({row + 1})" for row in rows[:10])
            return f"测站 {named}", f"stations {named}"
    return "整个部分", "the whole part"


def _entry_seals(walk: _Walk, kind: str) -> dict[int, Seal]:
    rows = walk.catalog.read(
        """SELECT part, block, kind, rows, algorithm, root, checks FROM lake.seals
        WHERE kind = ?""",
        [kind],
    ).fetchall()
    return {row[0]: Seal(*row) for row in rows}


def published_findings(
    published: Sequence[Mapping[str, str]], days: Sequence[Day]
) -> list[Finding]:
    """Return where the chain differs from one that was published (``day``, ``root``, ``chain``).

    Whoever can rewrite the whole lake can rewrite its chain too; what was published cannot be.

    >>> published_findings([{"day": "2024-01-31", "root": "", "chain": ""}], [])[0].code
    'ledger.published_differs'
    """
    here = {day.day.isoformat(): day for day in days}
    found = []
    for said in published:
        day = here.get(said["day"])
        if day is None:
            found.append(finding("published_differs", day=said["day"], why="这一天不见了",
                                 why_en="the day is gone"))  # fmt: skip
        elif (day.root.hex(), day.chain.hex()) != (said["root"], said["chain"]):
            found.append(finding("published_differs", day=said["day"], why="根或链值不同",
                                 why_en="its root or chain is another"))  # fmt: skip
    return found
