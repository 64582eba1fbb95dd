"""The lake: meters and readings in, volumes and findings out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any, Unpack

import pyarrow as pa

from shuiheng.basics import SHANGHAI, Period
from shuiheng.core.vee import VeeRules, rules_in_force
from shuiheng.rules import Law
from shuiheng.store import arrivals
from shuiheng.store import attention as looking
from shuiheng.store import edits as editing
from shuiheng.store import meters as meter_facts
from shuiheng.store import recompute as recomputing
from shuiheng.store import volumes as querying
from shuiheng.store.catalog import Catalog
from shuiheng.store.edits import EditValues
from shuiheng.store.home import Home
from shuiheng.store.rows import READING_TYPES, Rows, typed
from shuiheng.store.volumes import By


class Lake:
    """A district's readings in columns, with the volumes and findings made from them.

    Readings are only ever added. Volumes and findings are remade by ``recompute`` for the blocks
    of meters whose readings or facts have changed. One process writes at a time, many may read.
    """

    def __init__(self, catalog: Catalog, home: Path, rules: VeeRules | None) -> None:
        self._catalog, self._home, self._given = catalog, home, rules

    @property
    def home(self) -> Path:
        """The district's folder that holds the lake."""
        return self._home

    @cached_property
    def _rules(self) -> VeeRules:
        """The thresholds: those given, else those of the law in force for this home today."""
        if self._given is not None:
            return self._given
        own, place = self._home / "rules", "cn"
        if (self._home / "home.toml").is_file():
            place = Home.open(self._home).place
        law = Law.load(own) if own.is_dir() else Law.shipped()
        return rules_in_force(law, on=datetime.now(SHANGHAI).date(), place=place)

    @classmethod
    def open(
        cls,
        home: Path,
        *,
        catalog: str = "sqlite",
        read_only: bool = False,
        rules: VeeRules | None = None,
        patience_s: float = 60.0,
    ) -> Lake:
        """Open the lake in ``home/lake``; it is made when absent, unless ``read_only``.

        ``rules`` (default: the law in force here today) are the kernel's thresholds.
        ``catalog`` is ``"sqlite"`` or ``"postgres:"`` with a connection string. ``patience_s`` is
        how long a write waits for another process.

        :raises NoLake: if it is to be read and is not there
        :raises LakeBusy: if another process writes and does not finish in time
        :raises LakeBroken: if the catalog cannot be read
        """
        opened = Catalog(Path(home) / "lake", catalog, read_only=read_only, patience_s=patience_s)
        return cls(opened, Path(home), rules)

    def close(self) -> None:
        """Close the lake."""
        self._catalog.close()

    def __enter__(self) -> Lake:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    # Meters -----------------------------------------------------------------------------------

    def define_meters(self, rows: Rows) -> int:
        """Define meters or change their facts; return how many rows were new or different.

        Columns: ``meter`` (number), ``kind`` (register, interval or flow), ``unit_l`` (litres a
        count), ``capacity_l`` or ``digits`` (of the register; capacity = unit × 10^digits),
        ``max_flow_l_h`` (Q4), ``step_s`` (expected interval). What is left out or 0 is unknown.

        :raises WrongRows: if a number is missing or doubled, or a fact cannot be
        """
        return meter_facts.define_meters(self._catalog, rows)

    def define_exchanges(self, rows: Rows) -> int:
        """Record meters replaced under the same number; return how many rows were new.

        Columns: ``meter``, ``at`` (instant), ``final_l`` (last register of the old meter),
        ``initial_l`` (first register of the new one). A row for a meter and instant that is
        already there replaces it.

        :raises UnknownMeters: if a meter is not defined
        """
        return meter_facts.define_exchanges(self._catalog, rows)

    def meters(self) -> pa.Table:
        """Return the meters with their facts, key and block, in the order of their keys."""
        return meter_facts.meters(self._catalog)

    # Readings ---------------------------------------------------------------------------------

    def append(
        self,
        readings: Rows,
        *,
        source: str,
        batch: str,
        strict: bool = False,
        defaults: Mapping[str, Any] | None = None,
    ) -> int:
        """Add readings and return how many; a batch that is already there changes nothing.

        Columns: ``meter`` (text), ``at`` (timestamp; without a zone it is UTC), ``value_l``
        (int64 litres; litres per hour for a flow). Meters that are not defined are defined with
        ``defaults``, unless ``strict``.

        :raises UnknownMeters: if ``strict`` and a meter is not defined
        :raises WrongRows: if a column is missing or has empty cells
        """
        table = typed(readings, READING_TYPES)
        return self.append_stream(
            lambda: [table], source=source, batch=batch, strict=strict, defaults=defaults
        )

    def append_stream(
        self,
        tables: Callable[[], Iterable[pa.Table]],
        *,
        source: str,
        batch: str,
        strict: bool = False,
        defaults: Mapping[str, Any] | None = None,
        repeated: Callable[[int], None] | None = None,
    ) -> int:
        """Add many tables of readings as one batch in one commit: all of them or none.

        ``tables`` is called once for each attempt, so that a conflict can be retried; it runs in
        a thread of its own, one table ahead. ``repeated`` is told how many rows of the batch say
        again word for word what another row of it says.
        """
        return arrivals.append_stream(
            self._catalog, tables, source=source, batch=batch, strict=strict, defaults=defaults,
            repeated=repeated,
        )  # fmt: skip

    def batches(self) -> pa.Table:
        """Return the batches of readings: ``batch``, ``source``, ``readings``, ``received_at``."""
        return arrivals.batches(self._catalog)

    def has_batch(self, batch: str) -> bool:
        """Return whether a batch of readings is in the lake."""
        return arrivals.has_batch(self._catalog, batch)

    def touched_by(self, batch: str) -> list[str]:
        """Return the meters that a batch brought readings of."""
        return arrivals.touched_by(self._catalog, batch)

    def readings(self, meter: str, period: Period | None = None) -> pa.Table:
        """Return the raw readings of a meter as ``at`` (UTC), ``value_l`` and ``source``."""
        return arrivals.readings(self._catalog, meter, period)

    # Edits ------------------------------------------------------------------------------------

    def edit(
        self,
        meter: str,
        at: datetime,
        action: str,
        *,
        author: str,
        reason: str,
        **values: Unpack[EditValues],
    ) -> int:
        """Record what a person says about readings and return the number of the edit.

        ``correct`` (``old_l`` is ``new_l``), ``add`` (``new_l``), ``reject`` and ``accept``
        (``old_l``), ``scale`` (from ``at`` on a litre of the register is ``numerator`` /
        ``denominator`` litres), ``withdraw`` (the edit ``withdraws``). ``old_l`` may be left out
        where the instant has one reading. Readings stay as they came; volumes follow with the
        next ``recompute``.

        :raises WrongEdit: if it names no meter, reading or edit that is there, or a value cannot be
        """
        return editing.edit(
            self._catalog, meter, at, action, author=author, reason=reason, **values
        )

    def edits(self, meters: Sequence[str] | None = None) -> pa.Table:
        """Return the edits in the order they were made; ``in_force`` says which hold now.

        Columns: ``edit``, ``meter``, ``at``, ``action``, ``old_l``, ``new_l``, ``numerator``,
        ``denominator``, ``withdraws``, ``author``, ``reason``, ``made_at``, ``in_force``.
        """
        return editing.edits(self._catalog, meters)

    # Volumes ----------------------------------------------------------------------------------

    def recompute(
        self,
        meters: Sequence[str] | None = None,
        progress: Callable[[int, int], None] | None = None,
        *,
        now: datetime | None = None,
    ) -> recomputing.Recomputed:
        """Remake volumes and findings of the blocks whose readings, facts or rules changed.

        ``meters`` limits the work to their blocks. ``progress`` is told how many readings of how
        many are done. ``now`` (default: the clock) says from when a reading is in the future.
        """
        return recomputing.recompute(
            self._catalog, self._rules, meters, progress, now or datetime.now(UTC)
        )

    def stale(self) -> list[str]:
        """Return the meters whose volumes do not yet rest on all their readings."""
        return recomputing.stale(self._catalog, self._rules)

    def volumes(
        self, by: By = "day", meters: Sequence[str] | None = None, period: Period | None = None
    ) -> pa.Table:
        """Return volumes per meter and hour, day, month or year that starts in ``period``.

        Columns: ``meter``, ``start`` (date, or instant in UTC for hours), ``volume_l`` =
        ``measured_l`` + ``estimated_l``, ``reverse_l``, ``missing_h``, ``gap_h``, ``quality``
        (G, E, S or M), for days also ``night_min_l``. Hours are computed on demand.
        """
        return querying.volumes(self._catalog, self._rules, by, meters, period)

    def night_flow(
        self, meters: Sequence[str] | None = None, period: Period | None = None
    ) -> pa.Table:
        """Return the least hourly volume between 02:00 and 05:00 per meter and measured day."""
        return querying.night_flow(self._catalog, meters, period)

    def findings(self, meters: Sequence[str] | None = None) -> list[dict[str, Any]]:
        """Return what was noticed about the meters, weightiest volume first.

        Each is a dict with ``meter``, ``at``, ``code``, ``level``, ``text``, ``text_en``,
        ``facts``; one for each meter and code.
        """
        return querying.findings(self._catalog, meters)

    def standing(self, on: date, days: int = 30) -> pa.Table:
        """Return how each meter stood on a day: last day, usual day, hours by quality lately."""
        return looking.standing(self._catalog, on, days)

    def tallies(self) -> pa.Table:
        """Return the findings summed for each meter and code, without sentences."""
        return looking.tallies(self._catalog)

    def last_day(self) -> date | None:
        """Return the last day that has a volume, or None before the first."""
        return querying.last_day(self._catalog)

    def snapshot(self) -> str:
        """Return the id of the lake's current snapshot; any change of the lake changes it."""
        row = self._catalog.read("SELECT id FROM ducklake_current_snapshot('lake')").fetchone()
        return str(row[0]) if row else ""
