"""The measurements as the tables of docs/benchmarks.md."""

from __future__ import annotations

from typing import Any

Result = dict[str, Any]
ENGINES = (
    ("shuiheng", "shuiheng, rules as shipped (with findings and checkpoints, committed)"),
    ("shuiheng_same_rules", "shuiheng, the rivals' rules"),
    ("duckdb", "DuckDB SQL"),
    ("polars", "Polars"),
    ("pandas", "pandas"),
    ("duckdb_in_order", "DuckDB SQL, files in the order of meters"),
    ("polars_in_order", "Polars, files in the order of meters (no sort needed)"),
    ("pandas_in_order", "pandas, files in the order of meters (no sort needed)"),
    ("scan", "reading the same Parquet once (DuckDB)"),
    ("arrow_scan", "reading the same Parquet once (Arrow)"),
)


def report(result: Result) -> str:
    """Return the Markdown tables of a run; ratios are against the first row."""
    sizes = list(result["sizes"].values())
    parts = [
        f"{result['on']}, {result['machine']}, Python {result['python']}, "
        f"load {result['load_at_start']} at the start."
    ]
    largest = sizes[-1]
    if "duckdb" in largest:
        parts += [_volumes(largest), _rest(largest)]
    if len(sizes) > 1 or "duckdb" not in largest:
        parts.append(_growth(sizes))
    return "\n\n".join(parts) + "\n"


def _row(*cells: object) -> str:
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


def _volumes(size: Result) -> str:
    base = size["shuiheng_same_rules"]
    lines = [
        f"{size['readings']:,} readings of {size['meters']:,} meters into daily and monthly "
        f"volumes with hours of each quality and night minimum; results equal, "
        f"{int(size['duckdb']['equal_rows']):,} rows compared.",
        "",
        _row("engine", "wall s", "× wall", "processor s", "× processor", "peak MB"),
        "|---|---|---|---|---|---|",
    ]
    for name, title in ENGINES:
        if name in size:
            one = size[name]
            lines.append(
                _row(
                    title,
                    f"{one['wall_s']:.2f}",
                    f"{one['wall_s'] / base['wall_s']:.2f}",
                    f"{one['cpu_s']:.2f}",
                    f"{one['cpu_s'] / base['cpu_s']:.2f}",
                    f"{one['peak_mb']:.0f}",
                )
            )
    return "\n".join(lines)


def _speed(one: Result) -> str:
    return f"{one['rows'] / one['wall_s'] / 1e6:.2f} million rows/s"


def _rest(size: Result) -> str:
    week, day = size["week"], size["day"]
    lines = [
        _row("what", "figure"),
        "|---|---|",
        _row(
            "import of Parquet (DuckDB's COPY)",
            f"{_speed(size['import_parquet'])} ({_speed(size['copy_parquet'])}); "
            f"peak {size['import_parquet']['peak_mb']:.0f} MB",
        ),
        _row(
            "import of CSV (DuckDB's COPY)",
            f"{_speed(size['import_csv'])} ({_speed(size['copy_csv'])})",
        ),
        _row("kernel alone, one thread, readings in memory", _speed(size["kernel"])),
        _row(
            "one meter, one week: raw / hourly volumes / daily volumes",
            f"{week['raw_ms']} / {week['hours_ms']} / {week['days_ms']} ms "
            f"(worst of twenty {week['raw_worst_ms']} / {week['hours_worst_ms']} / "
            f"{week['days_worst_ms']})",
        ),
        _row(
            f"one day more, {int(day['rows']):,} readings of {size['meters']:,} meters: add / "
            "volumes current",
            f"{day['append_wall_s']:.2f} s / {day['wall_s']:.2f} s; peak {day['peak_mb']:.0f} MB",
        ),
        _row(
            "every reading against its seal",
            f"{size['readings'] / size['verify']['wall_s'] / 1e6:.2f} million rows/s",
        ),
        _row(
            "size in the lake: readings with seals / with volumes, findings, checkpoints",
            f"{size['import_parquet']['bytes'] / size['readings']:.2f} / "
            f"{size['complete']['bytes'] / size['readings']:.2f} bytes a reading",
        ),
    ]
    return "\n".join(lines)


def _growth(sizes: list[Result]) -> str:
    lines = [
        _row("readings", "import s", "VEE wall s", "VEE processor s per million", "VEE peak MB",
             "one day more s", "one week raw / hours ms"),
        "|---|---|---|---|---|---|---|",
    ]  # fmt: skip
    for size in sizes:
        one, millions = size["shuiheng"], size["readings"] / 1e6
        lines.append(
            _row(
                f"{size['readings']:,}",
                f"{size['import_parquet']['wall_s']:.1f}",
                f"{one['wall_s']:.2f}",
                f"{one['cpu_s'] / millions:.3f}",
                f"{one['peak_mb']:.0f}",
                f"{size['day']['wall_s']:.2f}",
                f"{size['week']['raw_ms']} / {size['week']['hours_ms']}",
            )
        )
    return "\n".join(lines)
