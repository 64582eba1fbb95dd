"""Whether two engines made the same volumes, to the last litre and hour."""

from __future__ import annotations

from pathlib import Path

import duckdb

DAILY = (
    "key", "start", "volume_l", "measured_l", "estimated_l", "reverse_l", "good_h", "estimated_h",
    "suspect_h", "rejected_h", "absent_h", "night_min_l",
)  # fmt: skip
MONTHLY = DAILY[:-2]


class Unequal(AssertionError):
    """Raised when two engines disagree; it shows the first rows of each that the other has not."""


def assert_equal(ours: Path, theirs: Path, who: str) -> int:
    """Compare the days and months in two folders; return how many rows were equal.

    :raises Unequal: if there is a row in one that is not in the other
    """
    duck = duckdb.connect()
    rows = 0
    for name, columns in (("daily", DAILY), ("monthly", MONTHLY)):
        asked = ", ".join(f"{column}::BIGINT AS {column}" if column != "start" else column
                          for column in columns)  # fmt: skip
        one, two = (
            f"SELECT {asked} FROM read_parquet('{folder}/{name}-*.parquet')"
            for folder in (ours, theirs)
        )
        only = duck.execute(
            f"""SELECT 'shuiheng' AS who, * FROM ({one} EXCEPT ALL {two})
            UNION ALL SELECT '{who}', * FROM ({two} EXCEPT ALL {one}) ORDER BY key, start, who"""
        ).fetchall()
        if only:
            shown = "\n".join(str(row) for row in only[:12])
            raise Unequal(f"{len(only)} rows of {name} differ ({columns}):\n{shown}")
        found = duck.execute(f"SELECT count(*) FROM ({one})").fetchall()
        rows += int(found[0][0])
    return rows
