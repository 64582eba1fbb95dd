"""The lake: meters and readings in, volumes and findings out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Unpack

import pyarrow as pa

from shuiheng.basics import SHANGHAI, Period
from shuiheng.core.vee import VeeRules, rules_in_force
from shuiheng.rules import Law
from shuiheng.store import arrivals, compaction, judged
from shuiheng.store import attention as looking
from shuiheng.store import changes as changing
from shuiheng.store import edits as editing
from shuiheng.store import ledger as sealed
from shuiheng.store import meters as meter_facts
from shuiheng.store import recompute as recomputing
from shuiheng.store import volumes as querying
from shuiheng.store.catalog import Catalog
from shuiheng.store.compaction import Compacted
from shuiheng.store.edits import EditValues
from shuiheng.store.home import Home, LakeSettings
from shuiheng.store.rows import READING_TYPES, Rows, typed
from shuiheng.store.volumes import By

if TYPE_CHECKING:
    from shuiheng.store.one_meter import Judged, OneMeter


class Lake:
    """A district's readings in columns, with the volumes and findings made from them.

    Readings are only ever added; what a person says about them is an edit of its own. Volumes and
    findings are remade by ``recompute`` for the meters whose readings, edits or facts have
    changed. One process writes at a time, many may read.
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
        catalog: str | None = None,
        read_only: bool = False,
        rules: VeeRules | None = None,
        patience_s: float = 60.0,
    ) -> Lake:
        """Open the lake in ``home/lake``; it is made when absent, unless ``read_only``.

        ``rules`` (default: the law in force here today) are the kernel's thresholds.
        ``catalog`` is ``"sqlite"`` or ``"postgres:"`` with a connection string (default: what the
        section [lake] of home.toml says, else sqlite). ``patience_s`` is how long a write waits
        for another process.

        :raises NoLake: if it is to be read and is not there
        :raises LakeBusy: if another process writes and does not finish in time
        :raises LakeBroken: if the catalog cannot be read
        :raises WrongPlace: if home.toml says something about the lake that cannot be
        """
        said = LakeSettings.of(Path(home))
        opened = Catalog(
            Path(home) / "lake", catalog or said.catalog, read_only=read_only,
            patience_s=patience_s, place=said.place(Path(home)), digest=said.digest,
        )  # fmt: skip
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
        """Return a meter's readings in order of time, each with its quality and the reason for it.

        Columns: ``at`` (UTC), ``value_l``, ``source``, ``quality``, ``reason``. Every raw reading
        is there as it came; one that was corrected or rejected has quality X, and readings entered
        by hand follow with their edit as source. Quality: G used, A accepted or entered by hand,
        S used but the step to it is doubtful, X not used, U not in the volumes yet.
        """
        return judged.readings(self._catalog, self._rules, meter, period)

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

    def preview(
        self, meter: str, at: datetime, action: str, **values: Unpack[EditValues]
    ) -> pa.Table:
        """Return the days and months that an edit would change, old and new; record nothing.

        :raises WrongEdit: if the edit cannot be made
        """
        # Loaded here: only the form of an edit asks for it.
        from shuiheng.store import preview as previewing

        return previewing.preview(self._catalog, self._rules, meter, at, action, values)

    # Volumes ----------------------------------------------------------------------------------

    def recompute(
        self,
        meters: Sequence[str] | None = None,
        progress: Callable[[int, int], None] | None = None,
        *,
        now: datetime | None = None,
        computed: recomputing.Compute | None = None,
    ) -> recomputing.Recomputed:
        """Remake volumes and findings of the meters whose readings, facts or rules changed.

        Only these meters are computed, from the nearest checkpoint before the first instant that
        changed, and only what differs is written; days and months that had been final and differ
        are recorded as ``changes``. ``meters`` limits the work to them (to their blocks where the
        rules have changed). ``progress`` is told how many readings of how
        many are done. ``now`` (default: the clock) says from when a reading is in the future.
        ``computed`` runs the tasks (default: threads; ``store.cluster`` has one that uses Spark).
        """
        return recomputing.recompute(
            self._catalog, self._rules, meters, progress, now or datetime.now(UTC), computed
        )

    def stale(self) -> list[str]:
        """Return the meters whose volumes do not yet rest on all their readings."""
        return recomputing.stale(self._catalog, self._rules)

    def volumes(
        self,
        by: By = "day",
        meters: Sequence[str] | None = None,
        period: Period | None = None,
        *,
        estimate_to: date | None = None,
    ) -> pa.Table:
        """Return volumes per meter and hour, day, month or year that starts in ``period``.

        Columns: ``meter``, ``start`` (date, or instant in UTC for hours), ``volume_l`` =
        ``measured_l`` + ``estimated_l``, ``accepted_l`` (the part of it that rests on readings a
        person accepted or entered), ``reverse_l``, ``missing_h``, ``gap_h``, ``quality`` (G, A, E,
        S, M or X), ``method`` of the largest estimated part, for days, months and years the hours
        of each quality, and for days ``night_min_l``. Hours are computed on demand.

        ``estimate_to`` adds days after a register meter's last reading up to that day, as the
        average of like days (quality E, method ``average_day``); they are stored nowhere.
        """
        return querying.volumes(self._catalog, self._rules, by, meters, period, estimate_to)

    def changes(
        self, meters: Sequence[str] | None = None, period: Period | None = None
    ) -> pa.Table:
        """Return days and months that had been final and have other volumes now, latest first.

        Columns: ``meter``, ``by`` (day or month), ``start``, ``old_l``, ``new_l``,
        ``old_quality``, ``new_quality``, ``cause``, ``changed_at``.
        """
        return changing.changes(self._catalog, meters, period)

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

    def one_meter(self, meter: str) -> OneMeter | None:
        """Return facts, months and findings of a meter at once; None if it is unknown."""
        # Loaded here and below: only the page of a meter asks for it.
        from shuiheng.store import one_meter

        return one_meter.one_meter(self._catalog, meter)

    def days_of(self, one: OneMeter, period: Period) -> pa.Table:
        """Return the days of a meter that start in a period, as ``volumes`` without ``meter``."""
        from shuiheng.store import one_meter

        return one_meter.days(self._catalog, one, period)

    def judge(self, one: OneMeter, period: Period) -> Judged:
        """Return hours and judged readings of a meter in a period, from one run of the kernel."""
        from shuiheng.store import one_meter

        return one_meter.judge(self._catalog, self._rules, one, period)

    def sources_of(self, one: OneMeter, period: Period) -> pa.Table:
        """Return ``at``, ``value_l`` and ``source`` of a meter's readings in a short period."""
        from shuiheng.store import one_meter

        return one_meter.sources(self._catalog, one, period)

    def standing(self, on: date, days: int = 30) -> pa.Table:
        """Return how each meter stood on a day: last day, usual day, hours by quality lately."""
        return looking.standing(self._catalog, on, days)

    def tallies(self) -> pa.Table:
        """Return the findings summed for each meter and code, without sentences."""
        return looking.tallies(self._catalog)

    # Ledger -----------------------------------------------------------------------------------

    def verify(
        self, day: date | None = None, progress: Callable[[int, int], None] | None = None
    ) -> sealed.Verified:
        """Compare what lies in the lake with what was sealed; name every alteration.

        ``day`` limits the readings to those received on that Shanghai day.
        """
        return sealed.verify(self._catalog, day, progress)

    def ledger(self) -> list[sealed.Day]:
        """Return the closed days with root and chain, for publishing."""
        return sealed.closed_days(self._catalog.cursor())

    def close_days(self, now: datetime | None = None) -> list[sealed.Day]:
        """Close the past days that are not closed yet and return them."""
        at = now or datetime.now(UTC)
        return self._catalog.commit(lambda cursor: sealed.close_days(cursor, at))

    def prove(self, meter: str, at: datetime) -> dict[str, Any]:
        """Return the proof that a reading was sealed on a closed day.

        :raises NoProof: if there is no such reading, its day is open, or it was altered
        """
        return sealed.prove(self._catalog, meter, at)

    def compact(self, progress: Callable[[int, int], None] | None = None) -> Compacted:
        """Merge small files and remove those without use; no row is changed.

        Old states of the lake are kept for a day. ``progress`` is told how much of how much is
        done. It may be stopped at any moment and goes on where it was.

        :raises LakeFailed: if rows would not be the same after it
        """
        return compaction.compact(self._catalog, progress)

    def last_day(self) -> date | None:
        """Return the last day that has a volume, or None before the first."""
        return querying.last_day(self._catalog)

    def snapshot(self) -> str:
        """Return the id of the lake's current snapshot; any change of the lake changes it."""
        row = self._catalog.read("SELECT id FROM ducklake_current_snapshot('lake')").fetchone()
        return str(row[0]) if row else ""
