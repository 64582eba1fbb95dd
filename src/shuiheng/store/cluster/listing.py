"""Whether the readings are what their files hold, so that a cluster may read the files alone.

The folder itself is never listed: files that were merged away, or that a killed writer left, lie
there too and would be counted twice. The list comes from the catalog.
"""

from __future__ import annotations

from shuiheng.store.catalog import Catalog


class NotInFiles(RuntimeError):
    """Raised when the readings are not what their files hold, so that no cluster may read them."""

    def __init__(self, why: str) -> None:
        super().__init__(
            f"The readings cannot be read from their files: {why} Readings are only ever added, as "
            "files, so something else has written into the lake. `shuiheng readings verify` says "
            "what was altered; without --spark the volumes can still be computed."
        )


def check_files(catalog: Catalog) -> int:
    """Return how many files hold the readings, when they hold all of them and nothing else.

    :raises NotInFiles: if rows were deleted from a file, or lie in the catalog itself
    """
    listed = catalog.read(
        "SELECT data_file, delete_file FROM ducklake_list_files('lake', 'readings')"
    ).fetchall()
    if deleted := sum(bool(delete) for _, delete in listed):
        raise NotInFiles(f"rows were deleted from {deleted} of the {len(listed)} files.")
    row = catalog.read(
        """SELECT count(*), coalesce(sum(f.record_count), 0)::BIGINT,
        (SELECT count(*) FROM lake.readings)
        FROM __ducklake_metadata_lake.ducklake_data_file f
        JOIN __ducklake_metadata_lake.ducklake_table t USING (table_id)
        WHERE t.table_name = 'readings' AND t.end_snapshot IS NULL AND f.end_snapshot IS NULL"""
    ).fetchone()
    files, written, counted = (int(one) for one in row or (0, 0, 0))
    if files != len(listed) or written != counted:
        raise NotInFiles(f"{files} files hold {written} rows, and the catalog counts {counted}.")
    return files
