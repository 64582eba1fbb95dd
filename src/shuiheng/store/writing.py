"""What is written when readings or facts arrive; each runs inside a transaction of the caller."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from shuiheng.store import files, ledger, sorting
from shuiheng.store.ledger import Seal
from shuiheng.store.rows import READING_TYPES, meter_rows, typed
from shuiheng.store.sorting import Codes, Ints, Sorted
from shuiheng.store.tables import BLOCK

Cursor = duckdb.DuckDBPyConnection
# A block's month is a file of its own from this many rows; what is smaller shares files.
OWN_FILE = 50_000
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 (the lake keeps instants in UTC without a zone)


class UnknownMeters(LookupError):
    """Raised when rows name meters that are not defined and none may be made up."""

    def __init__(self, meters: Sequence[str]) -> None:
        self.meters = tuple(meters)
        shown = ", ".join(meters[:5]) + (" …" if len(meters) > 5 else "")
        super().__init__(
            f"{len(meters)} meters are not defined: {shown}. Define them first (registry import), "
            "or let the import define them with defaults."
        )


@dataclass(slots=True)
class Arrival:
    """A batch that is being written: its name, its rules for unknown meters, and what came.

    ``spans`` holds for each part the keys with their first and last instant and the rows that
    another row of the part repeats word for word.
    """

    batch: str
    source: str
    strict: bool
    defaults: Mapping[str, Any]
    digest: str = "sha256"
    first_part: int = 0
    received: datetime = _EPOCH
    counts: list[int] = field(default_factory=list)
    spans: list[pa.Table] = field(default_factory=list)

    @property
    def parts(self) -> list[int]:
        """The numbers of its parts."""
        return [self.first_part + place for place in range(len(self.counts))]


def start(cursor: Cursor, arrival: Arrival) -> None:
    """Give an arrival its first part's number and its instant; days that are over are closed.

    :raises NoAlgorithm: if the machine lacks the algorithm of the ledger
    """
    now = datetime.now(UTC)
    ledger.close_days(cursor, now, arrival.digest)
    arrival.received = ledger.received_at(cursor, now)
    row = cursor.execute("SELECT coalesce(max(part), 0) + 1 FROM lake.parts").fetchone()
    arrival.first_part = int(row[0]) if row else 1


def finish(cursor: Cursor, arrival: Arrival) -> None:
    """Record the parts of an arrival and the meters they touched."""
    counts = arrival.counts or [0]
    parts = {
        "part": [arrival.first_part + place for place in range(len(counts))],
        "batch": [arrival.batch] * len(counts),
        "source": [arrival.source] * len(counts),
        "readings": counts,
        "received_at": [arrival.received] * len(counts),
    }
    files.add_rows(cursor, "parts", pa.table(parts))
    if arrival.spans:
        spans = pa.concat_tables(arrival.spans)
        files.add_rows(cursor, "touched", spans.drop_columns(["repeated"]))


def note_facts(cursor: Cursor, batch: str, keys: Sequence[int], digest: str) -> None:
    """Record that facts of meters changed: a part without readings, meters to be remade whole."""
    arrival = Arrival(batch, "meters", True, {}, digest)
    start(cursor, arrival)
    finish(cursor, arrival)
    cursor.execute(
        "INSERT INTO lake.touched SELECT ?, unnest(?::INTEGER[]), 0, NULL, NULL",
        [arrival.first_part, list(keys)],
    )


def has_batch(cursor: Cursor, name: str) -> bool:
    """Return whether a batch of that name is recorded."""
    found = cursor.execute("SELECT count(*) FROM lake.parts WHERE batch = ?", [name]).fetchone()
    return bool(found and found[0])


def put_meters(cursor: Cursor, rows: pa.Table, *, declared: bool) -> list[int]:
    """Write meters and return their keys: known numbers keep theirs, new ones get the next."""
    cursor.register("put_meters", rows)
    cursor.execute(
        """CREATE OR REPLACE TEMP TABLE numbered AS
        SELECT coalesce(m.key, (SELECT coalesce(max(key), -1) FROM lake.meters)
            + row_number() OVER (PARTITION BY m.key IS NULL ORDER BY p.meter))::INTEGER AS key,
            p.meter, p.kind, p.unit_l, p.capacity_l, p.max_flow_l_h, p.step_s, p.idle_s
        FROM put_meters p LEFT JOIN lake.meters m USING (meter)"""
    )
    cursor.unregister("put_meters")
    cursor.execute("DELETE FROM lake.meters WHERE key IN (SELECT key FROM numbered)")
    cursor.execute(
        f"""INSERT INTO lake.meters SELECT key, meter, key // {BLOCK}, kind, unit_l, capacity_l,
        max_flow_l_h, step_s, idle_s, ? FROM numbered ORDER BY key""",
        [declared],
    )
    return [row[0] for row in cursor.execute("SELECT key FROM numbered ORDER BY key").fetchall()]


def put_readings(cursor: Cursor, table: pa.Table, arrival: Arrival) -> None:
    """Write a table of readings as one part of its batch; unknown meters get the defaults.

    The arrival has been started; its parts count when it is finished.

    :raises UnknownMeters: if the arrival is ``strict`` and a meter is not defined
    """
    given = typed(table, READING_TYPES)
    if not len(given):
        return
    keys, rank = _ranked(cursor, given["meter"], arrival)
    at, value = (_numbers(given[name].cast(pa.int64())) for name in ("at", "value_l"))
    rows = sorting.canonical(rank, at, value, len(keys))
    part = arrival.first_part + len(arrival.counts)
    _put_files(cursor, rows, keys, part, arrival.digest)
    arrival.counts.append(len(rows.rank))
    repeated_here = pa.array(rows.repeated)
    arrival.spans.append(_spans(rows, keys, part).append_column("repeated", repeated_here))


def repeated(cursor: Cursor, arrival: Arrival) -> int:
    """Return how many rows of a batch say again word for word what another row of it says."""
    if not arrival.spans:
        return 0
    cursor.register("spans", pa.concat_tables(arrival.spans))
    # Only where two parts of a batch overlap can a row of one be in the other, too.
    overlapping = cursor.execute(
        """SELECT DISTINCT key FROM (
            SELECT key, first_at <= max(last_at) OVER (
                PARTITION BY key ORDER BY first_at, part
                ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS shared FROM spans
        ) WHERE shared"""
    ).to_arrow_table()
    cursor.register("overlapping", overlapping)
    inside = cursor.execute("SELECT sum(repeated) FROM spans ANTI JOIN overlapping USING (key)")
    (count,) = inside.fetchone() or (0,)
    if len(overlapping):
        (among,) = cursor.execute(
            """SELECT count(*) - count(DISTINCT (key, read_at, value_l)) FROM lake.readings
            SEMI JOIN overlapping USING (key) WHERE part IN (SELECT unnest(?::INTEGER[]))""",
            [arrival.parts],
        ).fetchone() or (0,)
        count = (count or 0) + among
    cursor.unregister("overlapping")
    cursor.unregister("spans")
    return int(count or 0)


def _ranked(cursor: Cursor, meters: pa.ChunkedArray, arrival: Arrival) -> tuple[Codes, Codes]:
    """Return the keys in order, and for each row the place of its meter among them."""
    coded = meters if pa.types.is_dictionary(meters.type) else pc.dictionary_encode(meters)
    coded = coded.unify_dictionaries().combine_chunks()
    codes = np.asarray(coded.indices.to_numpy(zero_copy_only=False), dtype=np.int32)
    used = np.flatnonzero(np.bincount(codes, minlength=len(coded.dictionary)))
    names = coded.dictionary.take(pa.array(used))
    key = _keys(cursor, names)
    unknown = names.filter(pa.array(key < 0)).to_pylist()
    if unknown and arrival.strict:
        raise UnknownMeters(sorted(unknown))
    if unknown:
        made = meter_rows([{**arrival.defaults, "meter": name} for name in unknown])
        put_meters(cursor, made, declared=False)
        key = _keys(cursor, names)
    _count_finer(cursor, names, arrival)
    keys, place = np.unique(key, return_inverse=True)
    rank = np.zeros(len(coded.dictionary), np.int32)
    rank[used] = place
    in_order = bool((rank == np.arange(len(rank))).all())
    return keys, codes if in_order else rank[codes]


def _count_finer(cursor: Cursor, names: pa.Array, arrival: Arrival) -> None:
    """Let meters that nobody declared have the finest count that any of their files shows."""
    unit = int(arrival.defaults.get("unit_l") or 1)
    cursor.register("finer", pa.table({"meter": names}))
    coarse = cursor.execute(
        """SELECT key, meter, kind, capacity_l, max_flow_l_h, step_s, idle_s FROM lake.meters
        SEMI JOIN finer USING (meter) WHERE NOT declared AND unit_l > ?""",
        [unit],
    ).to_arrow_table()
    cursor.unregister("finer")
    if len(coarse):
        rows = coarse.append_column("unit_l", pa.array([unit] * len(coarse), pa.int64()))
        keys = put_meters(cursor, rows, declared=False)
        cursor.execute(
            "INSERT INTO lake.touched SELECT ?, unnest(?::INTEGER[]), 0, NULL, NULL",
            [arrival.first_part, keys],
        )


def _keys(cursor: Cursor, names: pa.Array) -> Codes:
    cursor.register("named", pa.table({"place": np.arange(len(names)), "meter": names}))
    found = cursor.execute(
        """SELECT coalesce(m.key, -1)::INTEGER AS key FROM named n LEFT JOIN lake.meters m
        USING (meter) ORDER BY n.place"""
    ).to_arrow_table()
    cursor.unregister("named")
    return np.asarray(found["key"].to_numpy(), dtype=np.int32)


def _put_files(cursor: Cursor, rows: Sorted, keys: Codes, part: int, digest: str) -> None:
    """Write sorted readings into files and seal them, two blocks at once; register both."""
    prints = _fingerprints(cursor, keys)
    files.schema_of(cursor, "readings")  # asked once, before the threads need it
    months = sorting.month_starts(int(rows.at.min()), int(rows.at.max()))
    blocks = keys // BLOCK
    last_meters = np.flatnonzero(np.append(np.diff(blocks) != 0, True))
    ends = rows.ends[last_meters]

    def one(place: int) -> tuple[list[str], Seal, list[pa.Table]]:
        span = slice(int(ends[place - 1]) if place else 0, int(ends[place]))
        tables = list(_months(rows, keys, span, part, months))
        large = [table for table in tables if len(table) >= OWN_FILE]
        written = [files.write(cursor, "readings", table) for table in large]
        seal = ledger.seal_rows(
            part, int(blocks[last_meters[place]]), prints[rows.rank[span]], rows.at[span],
            rows.value[span], digest,
        )  # fmt: skip
        return written, seal, [table for table in tables if len(table) < OWN_FILE]

    small: list[pa.Table] = []
    seals: list[Seal] = []
    with ThreadPoolExecutor(2) as pool:
        for written, seal, left in pool.map(one, range(len(ends))):
            files.register(cursor, "readings", written)
            seals.append(seal)
            small += left
    ledger.put_seals(cursor, seals)
    for table in _shared(small):
        files.add_rows(cursor, "readings", table)


def _fingerprints(cursor: Cursor, keys: Codes) -> npt.NDArray[np.uint64]:
    cursor.register("printed", pa.table({"key": keys}))
    names = cursor.execute(
        "SELECT m.meter FROM printed p JOIN lake.meters m USING (key) ORDER BY key"
    ).fetchall()
    cursor.unregister("printed")
    return ledger.fingerprints(name for (name,) in names)


def _months(
    rows: Sorted, keys: Codes, span: slice, part: int, months: tuple[int, Ints]
) -> Iterator[pa.Table]:
    """Yield the rows of one block, a table for each month."""
    first, starts = months
    key, at, value, ends = sorting.by_month(
        rows.rank[span], rows.at[span], rows.value[span], keys, starts
    )
    start = 0
    for month, end in enumerate(ends):
        count, cut = int(end) - start, slice(start, int(end))
        start = int(end)
        if count:
            yield pa.table(
                {
                    "block": pa.array(np.full(count, key[0] // BLOCK, np.int32)),
                    "month": pa.array(np.full(count, first + month, np.int32)),
                    "key": pa.array(key[cut]),
                    "read_at": pa.array(at[cut]).cast(pa.timestamp("us")),
                    "value_l": pa.array(value[cut]),
                    "part": pa.array(np.full(count, part, np.int32)),
                }
            )


def _shared(small: list[pa.Table]) -> Iterator[pa.Table]:
    """Yield small tables joined: a file for each month, small months together."""
    months: dict[int, list[pa.Table]] = {}
    for table in small:
        months.setdefault(table["month"][0].as_py(), []).append(table)
    group: list[pa.Table] = []
    for month in sorted(months):
        group += months[month]
        if sum(map(len, group)) >= OWN_FILE:
            yield _joined(group)
            group = []
    if group:
        yield _joined(group)


def _joined(group: list[pa.Table]) -> pa.Table:
    """Return tables of a few months as one, in the order of key, instant and value."""
    joined = pa.concat_tables(group)
    if len({table["month"][0].as_py() for table in group}) == 1:
        return joined
    return joined.sort_by([(name, "ascending") for name in ("key", "read_at", "value_l")])


def _spans(rows: Sorted, keys: Codes, part: int) -> pa.Table:
    starts = np.append(0, rows.ends[:-1])
    return pa.table(
        {
            "part": pa.array(np.full(len(keys), part, np.int32)),
            "key": pa.array(keys),
            "readings": pa.array(rows.ends - starts),
            "first_at": pa.array(rows.at[starts]).cast(pa.timestamp("us")),
            "last_at": pa.array(rows.at[rows.ends - 1]).cast(pa.timestamp("us")),
        }
    )


def _numbers(column: pa.ChunkedArray) -> Ints:
    return np.asarray(column.to_numpy(), dtype=np.int64)
