"""A meter's readings with what became of each: used, doubted, left out, edited, or not yet seen."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from shuiheng.basics import Period
from shuiheng.core.vee import VeeRules
from shuiheng.store import arrivals, edits
from shuiheng.store.catalog import Catalog
from shuiheng.store.computing import spot
from shuiheng.store.computing.held import held
from shuiheng.store.rows import UTC_US

UNCHECKED = "U"
# The reasons that are not the kernel's: what a person said.
EDITED = {"reject": "readings.rejected", "correct": "readings.corrected"}


def readings(
    catalog: Catalog, rules: VeeRules, meter: str, period: Period | None = None
) -> pa.Table:
    """Return a meter's readings in order of time, each with its quality and the reason for it.

    Columns: ``at`` (UTC), ``value_l``, ``source``, ``quality``, ``reason``. Every raw reading is
    there as it came; one that was corrected or rejected has quality X, and readings entered by
    hand follow with their edit as source. Quality: G used, A accepted or entered by hand, S used
    but the step to it is doubtful, X not used, U not in the volumes yet.
    """
    raw = arrivals.readings(catalog, meter, period)
    judged = spot.verdicts(catalog, rules, meter, period)
    if judged is None:
        empty = pa.array([], pa.string())
        return raw.append_column("quality", empty).append_column("reason", empty)
    key = catalog.read("SELECT key FROM lake.meters WHERE meter = ?", [meter]).fetchone()
    return with_quality(catalog, int(key[0]) if key else -1, raw, judged, period)


def with_quality(
    catalog: Catalog, key: int, raw: pa.Table, judged: pa.Table, period: Period | None
) -> pa.Table:
    """Return raw readings, in order, with quality and reason, and those entered by hand.

    ``raw`` has ``at``, ``value_l`` and ``source``; ``judged`` are the kernel's verdicts.
    """
    judged = judged.sort_by([("at", "ascending"), ("value_l", "ascending")])
    by_hand = pc.equal(judged["mark"], edits.BY_HAND)
    quality, reason = _looked_up(raw, judged.filter(pc.invert(by_hand)))
    entered, said = _entered(catalog, key, period)
    for place, why in _edited(raw, said):
        quality[place], reason[place] = "X", why
    table = raw.append_column("quality", pa.array(quality, pa.string()))
    table = table.append_column("reason", pa.array(reason, pa.string()))
    if not len(entered):
        return table
    quality, reason = _looked_up(entered, judged.filter(by_hand))
    entered = entered.append_column("quality", pa.array(quality, pa.string()))
    entered = entered.append_column("reason", pa.array(reason, pa.string()))
    return pa.concat_tables([table, entered.cast(table.schema)]).sort_by("at")


def _looked_up(
    rows: pa.Table, judged: pa.Table
) -> tuple[npt.NDArray[np.object_], npt.NDArray[np.object_]]:
    """Return quality and reason of rows by their instant and value."""
    at, value = _column(rows, "at"), _column(rows, "value_l")
    judged_at, judged_value = _column(judged, "at"), _column(judged, "value_l")
    quality = np.full(len(at), UNCHECKED, object)
    reason = np.full(len(at), "", object)
    if not len(judged_at):
        return quality, reason
    place = np.minimum(np.searchsorted(judged_at, at), len(judged_at) - 1)
    while True:
        following = np.minimum(place + 1, len(judged_at) - 1)
        onwards = (judged_value[place] != value) & (judged_at[following] == at)
        onwards &= following > place
        if not bool(onwards.any()):
            break
        place[onwards] += 1
    found = (judged_at[place] == at) & (judged_value[place] == value)
    for target, name in ((quality, "quality"), (reason, "reason")):
        words = np.asarray(judged[name].cast(pa.string()).to_numpy(), object)
        target[found] = words[place[found]]
    return quality, reason


def _column(table: pa.Table, name: str) -> npt.NDArray[np.int64]:
    return np.asarray(table[name].cast(pa.int64()).to_numpy())


def _entered(catalog: Catalog, key: int, period: Period | None) -> tuple[pa.Table, pa.Table]:
    """Return the readings that persons entered, and the edits of readings, that hold now."""
    edited = held(catalog).edited
    said = edited.filter(pc.equal(edited["key"], key))
    said = said.set_column(1, "read_at", said["read_at"].cast(UTC_US))
    if period is not None:
        start, end = (pa.scalar(instant, UTC_US) for instant in period.instants())
        at = said["read_at"]
        said = said.filter(pc.and_(pc.greater_equal(at, start), pc.less(at, end)))
    entered = said.filter(pc.is_valid(said["new_l"]))
    source = [
        f"edit {number} ({author})"
        for number, author in zip(
            entered["edit"].to_pylist(), entered["author"].to_pylist(), strict=True
        )
    ]
    columns = {
        "at": entered["read_at"],
        "value_l": entered["new_l"],
        "source": pa.array(source, pa.string()),
    }
    return pa.table(columns), said


def _edited(raw: pa.Table, said: pa.Table) -> list[tuple[int, str]]:
    """Return the places of raw readings that an edit replaces or leaves out, and why."""
    found = []
    at, value = _column(raw, "at"), _column(raw, "value_l")
    for row in said.filter(pc.is_in(said["action"], pa.array(list(EDITED)))).to_pylist():
        micro = round(row["read_at"].timestamp() * 1_000_000)
        places = np.flatnonzero((at == micro) & (value == row["old_l"]))
        found += [(int(place), EDITED[row["action"]]) for place in places]
    return found
