"""Statements of the ledger inside a write's transaction: seals as rows come, days as they end."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import duckdb
import pyarrow as pa

from shuiheng.store.ledger.chain import (
    START,
    Day,
    day_after,
    day_root,
    in_order,
    link,
    shanghai_day,
    starts_at,
)
from shuiheng.store.ledger.seal import (
    EDITS,
    FRAMES,
    Print,
    Seal,
    Whole,
    fingerprint,
    seal_entries,
    seal_rows,
)

Cursor = duckdb.DuckDBPyConnection

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SEALS = pa.schema(
    [
        ("part", pa.int32()),
        ("block", pa.int32()),
        ("kind", pa.string()),
        ("rows", pa.int64()),
        ("algorithm", pa.string()),
        ("root", pa.binary()),
        ("checks", pa.binary()),
    ]
)
_DAYS = pa.schema(
    [
        ("day", pa.date32()),
        ("seals", pa.int64()),
        ("root", pa.binary()),
        ("previous", pa.binary()),
        ("chain", pa.binary()),
        ("algorithm", pa.string()),
        ("closed_at", pa.timestamp("us")),
    ]
)
_EDIT = """e.edit, m.meter, e.read_at, e.action, e.old_l, e.new_l, e.numerator, e.denominator,
    e.withdraws, e.author, e.reason, e.made_at"""


def put_seals(cursor: Cursor, seals: Sequence[Seal]) -> None:
    """Record seals; one call for all blocks of a part makes one small file."""
    if not seals:
        return
    names = _SEALS.names
    columns = [[getattr(seal, name) for seal in seals] for name in names]
    arrays = [pa.array(column, field.type) for column, field in zip(columns, _SEALS, strict=True)]
    cursor.register("put_seals", pa.table(arrays, schema=_SEALS))
    cursor.execute(f"INSERT INTO lake.seals SELECT {', '.join(names)} FROM put_seals")
    cursor.unregister("put_seals")


def seal_readings(
    cursor: Cursor,
    part: int,
    block: int,
    fingerprints: Print,
    at_us: Whole,
    value: Whole,
    algorithm: str = "sha256",
) -> Seal:
    """Seal the readings of a part in a block, given in canonical order (key, instant, value).

    A writer of many blocks makes the seals with ``seal_rows`` and records them with one
    ``put_seals``.

    :raises NoAlgorithm: if the machine lacks the algorithm
    """
    seal = seal_rows(part, block, fingerprints, at_us, value, algorithm)
    put_seals(cursor, [seal])
    return seal


def seal_edits(cursor: Cursor, edits: Sequence[int], algorithm: str = "sha256") -> None:
    """Seal edits that were just written, each by its own number.

    :raises NoAlgorithm: if the machine lacks the algorithm
    """
    put_seals(
        cursor,
        [
            seal_entries(number, EDITS, [entry], algorithm)
            for number, _, entry in edit_entries(cursor, edits)
        ],
    )


def seal_frames(cursor: Cursor, part: int, algorithm: str = "sha256") -> None:
    """Seal the frames of a part that were just written; a part without frames has no such seal.

    :raises NoAlgorithm: if the machine lacks the algorithm
    """
    entries = [entry for _, entry in frame_entries(cursor, part)]
    if entries:
        put_seals(cursor, [seal_entries(part, FRAMES, entries, algorithm)])


def edit_entries(
    cursor: Cursor, edits: Sequence[int] | None = None
) -> list[tuple[int, datetime, bytes]]:
    """Return number, instant and sealed bytes of edits (all of them, or those named)."""
    where, values = "", []
    if edits is not None:
        where, values = "WHERE e.edit IN (SELECT unnest(?::BIGINT[]))", [list(edits)]
    rows = cursor.execute(
        f"SELECT {_EDIT} FROM lake.edits e LEFT JOIN lake.meters m USING (key) {where} ORDER BY 1",
        values,
    ).fetchall()
    entries = []
    for number, meter, *rest in rows:
        plain = [number, fingerprint(meter or ""), *map(_plain, rest)]
        text = json.dumps(plain, ensure_ascii=False, separators=(",", ":"))
        entries.append((int(number), rest[-1], text.encode()))
    return entries


def frame_entries(cursor: Cursor, part: int) -> list[tuple[str, bytes]]:
    """Return station and sealed bytes of a part's frames in the order of their seal."""
    rows = cursor.execute(
        """SELECT station, received_at, payload FROM lake.frames WHERE part = ?
        ORDER BY received_at, station, payload""",
        [part],
    ).fetchall()
    entries = []
    for station, received_at, payload in rows:
        head = json.dumps([part, station, _plain(received_at)], ensure_ascii=False)
        entries.append((str(station), head.encode() + b"\n" + bytes(payload or b"")))
    return entries


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return (value.replace(tzinfo=UTC) - _EPOCH) // timedelta(microseconds=1)
    return value


def last_closed(cursor: Cursor) -> Day | None:
    """Return the last closed day, or None before the first."""
    days = closed_days(cursor, "ORDER BY day DESC LIMIT 1")
    return days[0] if days else None


def closed_days(cursor: Cursor, order: str = "ORDER BY day") -> list[Day]:
    """Return the closed days in their order."""
    rows = cursor.execute(
        f"""SELECT day, seals, root, previous, chain, algorithm, closed_at
        FROM lake.days {order}"""
    ).fetchall()
    return [Day(*row) for row in rows]


def day_seals(cursor: Cursor, first: date, last: date) -> list[tuple[date, Seal]]:
    """Return the seals received on the days from ``first`` to ``last``, in order, with their day.

    Their check bytes are left empty.
    """
    start, end = starts_at(first), starts_at(day_after(last))
    rows = cursor.execute(
        """SELECT p.received_at, s.part, s.block, s.kind, s.rows, s.algorithm, s.root, ''::BLOB
        FROM lake.seals s JOIN lake.parts p USING (part)
        WHERE s.kind <> 'edits' AND p.received_at >= ? AND p.received_at < ?
        UNION ALL
        SELECT e.made_at, s.part, s.block, s.kind, s.rows, s.algorithm, s.root, ''::BLOB
        FROM lake.seals s JOIN lake.edits e ON e.edit = s.part
        WHERE s.kind = 'edits' AND e.made_at >= ? AND e.made_at < ?""",
        [start, end, start, end],
    ).fetchall()
    days: dict[date, list[Seal]] = {}
    for received, *seal in rows:
        days.setdefault(shanghai_day(received), []).append(Seal(*seal))
    return [(day, seal) for day in sorted(days) for seal in in_order(days[day])]


def close_days(cursor: Cursor, now: datetime, algorithm: str | None = None) -> list[Day]:
    """Close every past Shanghai day that has seals and is not closed; return those closed now.

    ``now`` is in UTC. ``algorithm`` (default: that of the day's last seal) makes the root. A day
    without seals has no row; the chain goes from one closed day to the next. Cheap when there is
    nothing to close, so that every write may call it.

    :raises NoAlgorithm: if the machine lacks the algorithm
    """
    before = last_closed(cursor)
    first = day_after(before.day) if before else date(1970, 1, 1)
    today = shanghai_day(now)
    found: dict[date, list[Seal]] = {}
    if first < today:
        for day, seal in day_seals(cursor, first, today - timedelta(days=1)):
            found.setdefault(day, []).append(seal)
    previous, closed = before.chain if before else START, []
    for day, seals in found.items():
        named = algorithm or seals[-1].algorithm
        root = day_root(seals, named)
        chain = link(previous, day, root, named)
        closed.append(Day(day, len(seals), root, previous, chain, named, _utc(now)))
        previous = chain
    if closed:
        names = _DAYS.names
        columns = [
            pa.array([getattr(day, name) for day in closed], _DAYS.field(name).type)
            for name in names
        ]
        cursor.register("put_days", pa.table(columns, schema=_DAYS))
        cursor.execute(f"INSERT INTO lake.days SELECT {', '.join(names)} FROM put_days")
        cursor.unregister("put_days")
    return closed


def received_at(cursor: Cursor, now: datetime) -> datetime:
    """Return the instant to write on a new part: now, but never within a day that is closed.

    A writer whose clock lags behind would otherwise add to a closed day.
    """
    before = last_closed(cursor)
    at = _utc(now)
    return max(at, starts_at(day_after(before.day))) if before else at


def _utc(at: datetime) -> datetime:
    """Return an instant in UTC without a zone, as the lake keeps it."""
    return at.astimezone(UTC).replace(tzinfo=None) if at.tzinfo else at
