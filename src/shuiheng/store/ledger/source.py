"""Raw readings as they lie in the lake now, piece by piece; files that cannot be read are named."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from shuiheng.basics import Finding, Period
from shuiheng.store.catalog import Catalog, LakeFailed
from shuiheng.store.ledger.findings import file_finding
from shuiheng.store.ledger.seal import Whole

PIECE = 1 << 21  # rows held at a time
_COLUMNS = "part, key, epoch_us(read_at) AS at, value_l, month"


@dataclass(frozen=True, slots=True)
class RawRows:
    """Raw readings in canonical order: part, key, instant, value."""

    part: Whole
    key: Whole
    at: Whole
    value: Whole
    file: npt.NDArray[Any] | None = None
    file_row: Whole | None = None

    def __len__(self) -> int:
        return len(self.at)

    def parts(self) -> Iterator[tuple[int, slice]]:
        """Yield each part with the place of its rows."""
        if not len(self):
            return
        edges = np.flatnonzero(np.diff(self.part)) + 1
        starts = [0, *edges.tolist(), len(self)]
        for start, end in pairwise(starts):
            yield int(self.part[start]), slice(start, end)


def canonical_order(part: Whole, key: Whole, at: Whole, value: Whole) -> Whole | None:
    """Return the order of rows by part, key, instant and value; None if they stand so already.

    >>> one, two = np.array([1, 1]), np.array([5, 4])
    >>> canonical_order(one, one, two, one).tolist()
    [1, 0]
    """
    if len(at) < 2:
        return None
    lows = [int(column.min()) for column in (part, key, at)]
    spans = [int(column.max()) - low for column, low in zip((part, key, at), lows, strict=True)]
    mixed = at - lows[2]
    seconds = mixed // 1_000_000
    if (seconds * 1_000_000 == mixed).all():
        mixed, spans[2] = seconds, spans[2] // 1_000_000
    bits = [span.bit_length() for span in spans]
    if sum(bits) > 63:
        return np.lexsort((value, at, key, part))
    mixed += (key.astype(np.int64) - lows[1]) << bits[2]
    if spans[0]:
        mixed += (part.astype(np.int64) - lows[0]) << (bits[1] + bits[2])
    order = None
    if (mixed[1:] < mixed[:-1]).any():
        order = np.argsort(mixed, kind="stable")
        mixed = mixed[order]
    alike = np.flatnonzero(mixed[1:] == mixed[:-1])
    if len(alike):
        value = value if order is None else value[order]
        if (value[alike + 1] < value[alike]).any():
            again = np.lexsort((value, mixed))
            order = again if order is None else order[again]
    return order


@contextmanager
def afresh(catalog: Catalog) -> Iterator[None]:
    """Read files from the disk, not from what DuckDB keeps of them in memory.

    It keeps blocks of files and goes by their time of change, which can be set back.
    """
    catalog.cursor().execute("SET GLOBAL enable_external_file_cache = false")
    try:
        yield
    finally:
        catalog.cursor().execute("RESET GLOBAL enable_external_file_cache")


class Source:
    """The raw readings behind the catalog, or what can still be read of their files.

    Once a file turns out damaged, all further reads go to the readable files directly, past the
    catalog's notes about them, so that whatever is left is compared row by row.
    """

    def __init__(self, catalog: Catalog) -> None:
        self._catalog, self._relation = catalog, "lake.readings"
        self.findings: list[Finding] = []
        self._listed: list[tuple[str, int]] | None = None
        self._missing: set[str] = set()
        self._compare_sizes()

    @property
    def damaged(self) -> bool:
        """Whether files are missing, unreadable or not those that were written."""
        return self._relation != "lake.readings"

    def files(self) -> list[tuple[str, int]]:
        """Return the files of readings with the sizes they were written with."""
        if self._listed is None:
            self._listed = self._catalog.read(
                """SELECT data_file, data_file_size_bytes
                FROM ducklake_list_files('lake', 'readings')"""
            ).fetchall()
        return self._listed

    def _compare_sizes(self) -> None:
        """Look at every file's presence and size, which costs next to nothing."""
        place = self._catalog.place
        listed = self.files()
        infos = place.filesystem().get_file_info([place.inside(name) for name, _ in listed])
        for (name, size), info in zip(listed, infos, strict=True):
            if not info.is_file:
                self._missing.add(name)
                self.findings.append(file_finding("missing", self.short(name), size=size))
            elif info.size != size:
                self.findings.append(
                    file_finding("altered", self.short(name), size=size, now=info.size)
                )
        if self.findings:
            self._take_readable()

    def short(self, name: str) -> str:
        """Return a file's path within the place of the lake's files."""
        return name.removeprefix(self._catalog.place.root).lstrip("/")

    def _take_readable(self) -> None:
        """Test every listed file and read, from now on, those that can be read."""
        good = []
        for name, _ in self.files():
            if name in self._missing:
                continue
            try:
                self._catalog.cursor().execute(
                    f"""SELECT bit_xor(hash(block, month, part, key, read_at, value_l))
                    FROM {_parquet([name])}"""
                ).fetchall()
            except duckdb.Error as wrong:
                reason = (str(wrong).splitlines() or ["?"])[0].replace(name, self.short(name))
                self.findings.append(file_finding("unreadable", self.short(name), reason=reason))
            else:
                good.append(name)
        self._relation = _parquet(good) if good else "(SELECT * FROM lake.readings LIMIT 0)"

    def table(self, select: str, where: str = "", values: Sequence[Any] = ()) -> pa.Table:
        """Return a query's rows; a damaged file is named and left out.

        :raises LakeFailed: if even the readable files cannot be read
        """
        try:
            return self._query(select, where, values)
        except (duckdb.Error, LakeFailed):
            if self.damaged:
                raise
            self._take_readable()
            return self._query(select, where, values)

    def _query(self, select: str, where: str, values: Sequence[Any]) -> pa.Table:
        sql = f"SELECT {select} FROM {self._relation} {where}"
        return self._catalog.read(sql, list(values)).to_arrow_table()

    def counts(self, parts: set[int] | None) -> dict[int, int]:
        """Return how many rows each block has, of all parts or of those named."""
        where, values = _of_parts(parts)
        found = self.table("block, count(*) AS n", f"WHERE {where} GROUP BY block", values)
        return dict(zip(found["block"].to_pylist(), found["n"].to_pylist(), strict=True))

    def pieces(
        self, block: int, rows: int, parts: set[int] | None
    ) -> Iterator[tuple[RawRows, int]]:
        """Yield a block's rows by ranges of keys, with how many stand in a wrong month.

        Within each part the pieces follow each other in canonical order.
        """
        ranges = [(-(2**31), 2**31 - 1)]
        if rows > PIECE:
            ranges = self._ranges(block, parts)
        where, values = _of_parts(parts)

        def fetch(span: tuple[int, int]) -> pa.Table:
            return self.table(
                _COLUMNS,
                f"WHERE block = ? AND key >= ? AND key < ? AND {where}",
                [block, *span, *values],
            )

        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(fetch, ranges[0])
            for place in range(len(ranges)):
                table = waiting.result()
                if place + 1 < len(ranges):
                    waiting = pool.submit(fetch, ranges[place + 1])
                yield _rows(table), _wrong_months(table)

    def _ranges(self, block: int, parts: set[int] | None) -> list[tuple[int, int]]:
        where, values = _of_parts(parts)
        found = self.table(
            "key, count(*) AS n",
            f"WHERE block = ? AND {where} GROUP BY key ORDER BY key",
            [block, *values],
        )
        ranges, start, held = [], -(2**31), 0
        for key, count in zip(found["key"].to_pylist(), found["n"].to_pylist(), strict=True):
            if held and held + count > PIECE:
                ranges.append((start, key))
                start, held = key, 0
            held += count
        return [*ranges, (start, 2**31 - 1)]

    def of_part(self, part: int, block: int) -> RawRows:
        """Return all rows of a part in a block, with the files they lie in."""
        table = self.table(
            f"{_COLUMNS}, filename, file_row_number", "WHERE part = ? AND block = ?", [part, block]
        )
        return _rows(table)


def _of_parts(parts: set[int] | None) -> tuple[str, list[Any]]:
    return (
        ("true", [])
        if parts is None
        else (
            "part IN (SELECT unnest(?::INTEGER[]))",
            [sorted(parts)],
        )
    )


def _parquet(names: Sequence[str]) -> str:
    listed = ", ".join("'" + name.replace("'", "''") + "'" for name in names)
    return f"read_parquet([{listed}], union_by_name = true)"


def _rows(table: pa.Table) -> RawRows:
    part, key, at, value = (table[name].to_numpy() for name in ("part", "key", "at", "value_l"))
    named = "filename" in table.column_names
    file = np.asarray(table["filename"].to_pylist(), dtype=object) if named else None
    file_row = table["file_row_number"].to_numpy() if named else None
    order = canonical_order(part, key, at, value)
    if order is not None:
        part, key, at, value = part[order], key[order], at[order], value[order]
        if file is not None and file_row is not None:
            file, file_row = file[order], file_row[order]
    return RawRows(part, key, at, value, file, file_row)


def _month(month: int) -> tuple[int, int]:
    """Return the first instant of a Shanghai month and of the next, in microseconds UTC."""
    if not 12 < month < 119_987:
        return 0, 0
    period = Period.month(month // 12, month % 12 + 1)
    start, end = (int(at.timestamp()) * 1_000_000 for at in period.instants())
    return start, end


def _wrong_months(table: pa.Table) -> int:
    """Return how many rows stand in another month than their instant's (Shanghai)."""
    month, at = table["month"].to_numpy(), table["at"].to_numpy()
    if not len(at):
        return 0
    starts = np.concatenate([[0], np.flatnonzero(np.diff(month)) + 1])
    first, last = np.minimum.reduceat(at, starts), np.maximum.reduceat(at, starts)
    wrong = 0
    ends = [*starts[1:].tolist(), len(at)]
    for start, end, low, high in zip(starts.tolist(), ends, first, last, strict=True):
        begin, after = _month(int(month[start]))
        if low < begin or high >= after:
            some = at[start:end]
            wrong += int(((some < begin) | (some >= after)).sum())
    return wrong
