"""Readings of a task, taken straight from the lake's Parquet files, in the order of meters."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from shuiheng.store.catalog import Catalog
from shuiheng.store.computing.work import WHOLE, Ints, Keys, start_of
from shuiheng.store.places import DataPlace

COLUMNS = ["key", "read_at", "value_l"]
_FILES = """SELECT f.path, c.column_name, s.min_value, s.max_value
    FROM __ducklake_metadata_lake.ducklake_data_file f
    JOIN __ducklake_metadata_lake.ducklake_table t ON t.table_id = f.table_id
        AND t.table_name = 'readings' AND t.end_snapshot IS NULL
    JOIN __ducklake_metadata_lake.ducklake_column c ON c.table_id = f.table_id
        AND c.column_name IN ('key', 'month') AND c.end_snapshot IS NULL
    LEFT JOIN __ducklake_metadata_lake.ducklake_file_column_stats s
        ON s.data_file_id = f.data_file_id AND s.column_id = c.column_id
    WHERE f.end_snapshot IS NULL"""


@dataclass(frozen=True, slots=True)
class DataFile:
    """A file of readings, with the least and greatest key and month in it."""

    path: str
    first_key: int
    last_key: int
    first_month: int
    last_month: int


def data_files(catalog: Catalog) -> list[DataFile]:
    """Return the files that hold the readings now, earliest month first."""
    listed = catalog.read("SELECT data_file FROM ducklake_list_files('lake', 'readings')")
    paths = {Path(row[0]).name: str(row[0]) for row in listed.fetchall()}
    spans: dict[str, dict[str, tuple[int, int]]] = {name: {} for name in paths}
    for path, column, least, most in catalog.read(_FILES).fetchall():
        name = Path(path).name
        if name in spans and least is not None and most is not None:
            spans[name][column] = (int(least), int(most))
    everything = (0, np.iinfo(np.int32).max)
    files = [
        DataFile(paths[name], *span.get("key", everything), *span.get("month", everything))
        for name, span in spans.items()
    ]
    return sorted(files, key=lambda file: (file.first_month, file.first_key, file.path))


def read_rows(
    catalog: Catalog, files: list[DataFile], keys: Keys, first_month: int, last_month: int | None
) -> pa.Table:
    """Return ``key``, ``at`` and ``value_l`` of some meters from files with these months.

    Rows are in the order of keys, and of files within a key; a file may bring months after the
    last one too. ``keys`` are in order.
    """
    some = [
        file
        for file in files
        if file.last_month >= first_month
        and (last_month is None or file.first_month <= last_month)
        and file.first_key <= keys[-1]
        and file.last_key >= keys[0]
    ]
    runs = [_since(_read(catalog.place, file, keys), file, first_month) for file in some]
    return _merged([run for run in runs if len(run[0])])


def _since(
    rows: tuple[Keys, Ints, Ints], file: DataFile, first_month: int
) -> tuple[Keys, Ints, Ints]:
    """Leave out what lies before the first month, in a file that has earlier ones too."""
    if first_month == WHOLE or file.first_month >= first_month:
        return rows
    kept = rows[1] >= round(start_of(first_month).timestamp() * 1_000_000)
    return rows[0][kept], rows[1][kept], rows[2][kept]


def _read(place: DataPlace, file: DataFile, keys: Keys) -> tuple[Keys, Ints, Ints]:
    """Return the rows of some meters in one file, in the order of keys."""
    with place.parquet(file.path) as opened:
        metadata = opened.metadata
        column = metadata.schema.names.index("key")
        groups = []
        for group in range(metadata.num_row_groups):
            held = metadata.row_group(group).column(column).statistics
            if held is None or not held.has_min_max or _meets(keys, held.min, held.max):
                groups.append(group)
        table = opened.read_row_groups(groups, columns=COLUMNS, use_threads=False)
    key = np.asarray(table["key"].to_numpy(), np.int32)
    at = np.asarray(table["read_at"].cast(pa.int64()).to_numpy())
    value = np.asarray(table["value_l"].to_numpy())
    if len(key) > 1 and not bool(np.all(key[1:] >= key[:-1])):
        order = np.argsort(key, kind="stable")
        key, at, value = key[order], at[order], value[order]
    low, high = np.searchsorted(key, [keys[0], keys[-1] + 1])
    key, at, value = key[low:high], at[low:high], value[low:high]
    if len(keys) < int(keys[-1]) - int(keys[0]) + 1:
        wanted = np.zeros(int(keys[-1]) - int(keys[0]) + 1, np.bool_)
        wanted[keys - keys[0]] = True
        kept = wanted[key - keys[0]]
        key, at, value = key[kept], at[kept], value[kept]
    return key, at, value


def _meets(keys: Keys, least: int, most: int) -> bool:
    place = int(np.searchsorted(keys, least))
    return place < len(keys) and int(keys[place]) <= most


def _merged(runs: list[tuple[Keys, Ints, Ints]]) -> pa.Table:
    """Return runs that are each in the order of keys as one; whole stretches are copied."""
    if len(runs) > 1:
        starts, ends, of_key, of_run = [], [], [], []
        for place, (key, _, _) in enumerate(runs):
            edges = np.flatnonzero(np.diff(key)) + 1
            start = np.concatenate(([0], edges))
            starts.append(start)
            ends.append(np.concatenate((edges, [len(key)])))
            of_key.append(key[start])
            of_run.append(np.full(len(start), place))
        run = np.concatenate(of_run)
        order = np.lexsort((run, np.concatenate(of_key)))
        stretches = list(
            zip(
                run[order].tolist(),
                np.concatenate(starts)[order].tolist(),
                np.concatenate(ends)[order].tolist(),
                strict=True,
            )
        )
        columns = [
            np.concatenate([runs[place][column][start:end] for place, start, end in stretches])
            for column in range(3)
        ]
    elif runs:
        columns = list(runs[0])
    else:
        columns = [np.empty(0, np.int32), np.empty(0, np.int64), np.empty(0, np.int64)]
    return table_of(*columns)


def table_of(key: Keys, at_us: Ints, value: Ints) -> pa.Table:
    """Return the columns as the kernel and the edits want them."""
    return pa.table(
        {
            "key": pa.array(key, pa.int32()),
            "at": pa.array(at_us).view(pa.timestamp("us")),
            "value_l": pa.array(value, pa.int64()),
        }
    )
