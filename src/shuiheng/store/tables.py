"""The tables of the lake; whoever changes them changes what an older lake lacks."""

from __future__ import annotations

# A meter's block is its key divided by BLOCK: files are cut along blocks and months.
BLOCK = 1024
_VOLUMES = """volume_l BIGINT, measured_l BIGINT, estimated_l BIGINT, accepted_l BIGINT,
    reverse_l BIGINT, missing_h DOUBLE, gap_h DOUBLE, quality VARCHAR, method VARCHAR"""
_HOURS = ("good_h", "accepted_h", "estimated_h", "suspect_h", "rejected_h", "absent_h")
# ``month`` is the month of Asia/Shanghai as year * 12 + (month - 1).
TABLES = {
    "meters": """key INTEGER, meter VARCHAR, block INTEGER, kind VARCHAR, unit_l BIGINT,
        capacity_l BIGINT, max_flow_l_h BIGINT, step_s BIGINT, idle_s BIGINT, declared BOOLEAN""",
    "exchanges": "key INTEGER, read_at TIMESTAMP, final_l BIGINT, initial_l BIGINT",
    "readings": """block INTEGER, month INTEGER, key INTEGER, read_at TIMESTAMP, value_l BIGINT,
        part INTEGER""",
    "parts": """part INTEGER, batch VARCHAR, source VARCHAR, readings BIGINT,
        received_at TIMESTAMP""",
    # What recompute has still to deal with. Without first_at the whole meter is to be remade.
    "touched": """part INTEGER, key INTEGER, readings BIGINT, first_at TIMESTAMP,
        last_at TIMESTAMP""",
    "edits": """edit BIGINT, key INTEGER, read_at TIMESTAMP, action VARCHAR, old_l BIGINT,
        new_l BIGINT, numerator BIGINT, denominator BIGINT, withdraws BIGINT, author VARCHAR,
        reason VARCHAR, made_at TIMESTAMP""",
    "frames": "part INTEGER, station VARCHAR, received_at TIMESTAMP, payload BLOB",
    "seals": """part INTEGER, block INTEGER, kind VARCHAR, rows BIGINT, algorithm VARCHAR,
        root BLOB, checks BLOB""",
    "days": """day DATE, seals BIGINT, root BLOB, previous BLOB, chain BLOB, algorithm VARCHAR,
        closed_at TIMESTAMP""",
    "daily": f"""block INTEGER, key INTEGER, month INTEGER, start DATE, {_VOLUMES},
        {", ".join(f"{name} TINYINT" for name in _HOURS)}, night_min_l BIGINT,
        least_hour_l BIGINT, count_l BIGINT""",
    "monthly": f"""block INTEGER, key INTEGER, start DATE, {_VOLUMES},
        {", ".join(f"{name} INTEGER" for name in _HOURS)}, year_measured_l BIGINT""",
    "findings": """block INTEGER, key INTEGER, month INTEGER, code VARCHAR, count BIGINT,
        first_s BIGINT, last_s BIGINT, volume_l BIGINT, amount BIGINT, worst_s BIGINT,
        worst_before BIGINT, worst_after BIGINT, worst_size BIGINT, limit_l_h BIGINT,
        usual_step_s BIGINT""",
    "checkpoints": "block INTEGER, key INTEGER, month INTEGER, readings BIGINT, state BLOB",
    "computed": "block INTEGER, basis VARCHAR, computed_at TIMESTAMP",
    "changes": """key INTEGER, "by" VARCHAR, start DATE, old_l BIGINT, new_l BIGINT,
        old_quality VARCHAR, new_quality VARCHAR, cause VARCHAR, changed_at TIMESTAMP""",
}
# Tables that only a lake of an earlier layout has.
FORMER = ("batches", "yearly")


def columns_of(table: str) -> list[str]:
    """Return the names of a table's columns, in order.

    >>> columns_of("exchanges")
    ['key', 'read_at', 'final_l', 'initial_l']
    """
    return [part.split()[0].strip('"') for part in TABLES[table].split(",")]
