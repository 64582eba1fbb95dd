"""A proof that one reading was sealed on a day, which anybody can check without the lake."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from shuiheng.store.catalog import Catalog
from shuiheng.store.ledger.chain import (
    Day,
    day_after,
    day_leaves,
    link,
    seal_leaf,
    shanghai_day,
)
from shuiheng.store.ledger.digest import ALGORITHMS, SIZE, digest_of
from shuiheng.store.ledger.examine import Meters
from shuiheng.store.ledger.findings import instant
from shuiheng.store.ledger.seal import (
    LEAF_ROWS,
    READINGS,
    ROW_BYTES,
    Seal,
    Sealing,
    fingerprint,
    row_bytes,
)
from shuiheng.store.ledger.source import Source, afresh
from shuiheng.store.ledger.tree import LEAF, climb, path_of
from shuiheng.store.ledger.writing import closed_days, day_seals

FORMAT = "shuiheng-proof-1"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class NoProof(LookupError):
    """Raised when a reading cannot be proven: it is not there, not closed yet, or was altered."""


class ProofFails(ValueError):
    """Raised when a proof does not lead to the published value."""


def prove(catalog: Catalog, meter: str, at: datetime) -> dict[str, Any]:
    """Return the proof that a meter's reading of an instant was sealed on a closed day.

    ``at`` without a zone is UTC. Where the instant has several readings, the first of a closed
    day is proven.

    :raises NoProof: if there is no such reading, its day is not closed, or it was altered
    """
    at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    at_us = (at - _EPOCH) // timedelta(microseconds=1)
    part, block, day = _sealed_on(catalog, meter, at)
    with afresh(catalog):
        rows = Source(catalog).of_part(part, block)
    meters = Meters.of(catalog.read("SELECT key, meter FROM lake.meters").fetchall())
    prints = meters.print_column(rows.key)
    seals = [seal for _, seal in day_seals(catalog.cursor(), day.day, day.day)]
    mine = next((s for s in seals if (s.part, s.block, s.kind) == (part, block, READINGS)), None)
    if mine is None:
        raise _altered(meter, f"part {part} has no seal")
    sealing = Sealing(mine.algorithm)
    sealing.add(prints, rows.at, rows.value)
    if sealing.root != mine.root or sealing.rows != mine.rows:
        raise _altered(meter, f"the rows of part {part} are not those that were sealed")
    place = int(np.flatnonzero((prints == np.uint64(fingerprint(meter))) & (rows.at == at_us))[0])
    first = place // LEAF_ROWS * LEAF_ROWS
    leaf = b"".join(
        row_bytes(int(prints[row]), int(rows.at[row]), int(rows.value[row]))
        for row in range(first, min(first + LEAF_ROWS, len(rows)))
    )
    proof = {
        "format": FORMAT,
        "meter": meter,
        "at": at.isoformat(),
        "value_l": int(rows.value[place]),
        "leaf": leaf.hex(),
        "path": _plain(path_of(sealing.leaves, place // LEAF_ROWS, mine.algorithm)),
        "part": part,
        "block": block,
        "rows": mine.rows,
        "algorithm": mine.algorithm,
        "day_path": _plain(
            path_of(day_leaves(seals, day.algorithm), seals.index(mine), day.algorithm)
        ),
        "day": day.day.isoformat(),
        "day_algorithm": day.algorithm,
        "root": day.root.hex(),
        "previous": day.previous.hex(),
        "chain": day.chain.hex(),
    }
    try:
        check_proof(as_text(proof), day.chain.hex())
    except ProofFails as wrong:
        raise _altered(meter, f"day {day.day} does not follow from its seals") from wrong
    return proof


def _sealed_on(catalog: Catalog, meter: str, at: datetime) -> tuple[int, int, Day]:
    """Return part, block and closed day of a reading."""
    naive = at.replace(tzinfo=None)
    key = catalog.read("SELECT key, block FROM lake.meters WHERE meter = ?", [meter]).fetchone()
    if key is None:
        raise NoProof(f"No meter {meter} has readings here; look at its number.")
    found = catalog.read(
        """SELECT DISTINCT r.part, r.block, p.received_at FROM lake.readings r
        JOIN lake.parts p USING (part) WHERE r.block = ? AND r.key = ? AND r.read_at = ?
        ORDER BY p.received_at, r.part""",
        [key[1], key[0], naive],
    ).fetchall()
    if not found:
        near = catalog.read(
            """SELECT epoch_us(read_at) FROM lake.readings WHERE block = ? AND key = ?
            ORDER BY abs(epoch_us(read_at) - epoch_us(?::TIMESTAMP)) LIMIT 3""",
            [key[1], key[0], naive],
        ).fetchall()
        shown = ", ".join(instant(row[0]) for row in near) or "none"
        asked = instant((at - _EPOCH) // timedelta(microseconds=1))
        raise NoProof(f"Meter {meter} has no reading at {asked}; the nearest are at {shown}.")
    closed = {day.day: day for day in closed_days(catalog.cursor())}
    for part, block, received in found:
        day = closed.get(shanghai_day(received))
        if day is not None:
            return int(part), int(block), day
    open_ = shanghai_day(found[0][2])
    raise NoProof(
        f"The reading was received on {open_}, and that day is not closed yet. A day can be closed "
        f"from {day_after(open_)} 00:00 (Shanghai) on: at the first write after it, or by "
        "`shuiheng readings ledger --close`. Then ask again."
    )


def _altered(meter: str, why: str) -> NoProof:
    return NoProof(
        f"The reading of meter {meter} cannot be proven: {why}. Something was altered; "
        "`shuiheng readings verify` names it."
    )


def _plain(path: list[tuple[str, bytes]]) -> list[list[str]]:
    return [[side, other.hex()] for side, other in path]


def as_text(proof: Mapping[str, Any]) -> str:
    """Return the one text of a proof; a checker compares it byte by byte.

    >>> as_text({"format": "x"})
    '{\\n "format": "x"\\n}\\n'
    """
    return json.dumps(proof, ensure_ascii=False, indent=1) + "\n"


def check_proof(text: str, published: str) -> dict[str, Any]:
    """Return the proof in ``text`` if it leads to the published day's root or chain value.

    :raises ProofFails: if it does not, or is no proof
    """
    try:
        proof = json.loads(text)
        if as_text(proof) != text or proof["format"] != FORMAT:
            raise ProofFails("The file is not a proof as Shuiheng writes it, byte by byte.")
        root = _root_of_day(proof)
        chain = link(_unhex(proof["previous"]), _day(proof), root, _algorithm(proof, "day_"))
        if (root.hex(), chain.hex()) != (proof["root"], proof["chain"]):
            raise ProofFails("The reading does not lead to the day's root that the proof names.")
    except (KeyError, TypeError, ValueError, OverflowError, struct.error) as wrong:
        if isinstance(wrong, ProofFails):
            raise
        raise ProofFails(f"The file is no proof: {type(wrong).__name__} {wrong}.") from wrong
    if published.strip().lower() not in (proof["root"], proof["chain"]):
        raise ProofFails(
            f"The proof leads to root {proof['root']} and chain {proof['chain']} of "
            f"{proof['day']}; neither is the published value {published}."
        )
    return dict(proof)


def _root_of_day(proof: Mapping[str, Any]) -> bytes:
    leaf, at = _unhex(proof["leaf"]), datetime.fromisoformat(proof["at"])
    if at.isoformat() != proof["at"]:
        raise ProofFails("The instant is not written as Shuiheng writes it.")
    at_us = (at - _EPOCH) // timedelta(microseconds=1)
    row = row_bytes(fingerprint(proof["meter"]), at_us, proof["value_l"])
    rows = {leaf[place : place + ROW_BYTES] for place in range(0, len(leaf), ROW_BYTES)}
    if row not in rows:
        raise ProofFails("The reading is not among the rows of its leaf.")
    algorithm = _algorithm(proof, "")
    top = climb(digest_of(algorithm)(LEAF + leaf).digest(), _path(proof["path"]), algorithm)
    seal = Seal(proof["part"], proof["block"], READINGS, proof["rows"], algorithm, top, b"")
    algorithm = _algorithm(proof, "day_")
    bottom = digest_of(algorithm)(LEAF + seal_leaf(seal)).digest()
    return climb(bottom, _path(proof["day_path"]), algorithm)


def _path(path: list[list[str]]) -> list[tuple[str, bytes]]:
    steps = []
    for side, other in path:
        if side not in ("left", "right") or len(other) != 2 * SIZE:
            raise ProofFails("A step of a path has no side or no digest.")
        steps.append((side, _unhex(other)))
    return steps


def _unhex(text: str) -> bytes:
    data = bytes.fromhex(text)
    if data.hex() != text:
        raise ProofFails("Digests must be written in small letters.")
    return data


def _algorithm(proof: Mapping[str, Any], of: str) -> str:
    name = str(proof[f"{of}algorithm"])
    if name not in ALGORITHMS:
        raise ProofFails(f"{name!r} is no digest of the ledger.")
    return name


def _day(proof: Mapping[str, Any]) -> Any:
    day = datetime.strptime(proof["day"], "%Y-%m-%d").replace(tzinfo=UTC).date()
    if day.isoformat() != proof["day"]:
        raise ProofFails("The day is not written as Shuiheng writes it.")
    return day
