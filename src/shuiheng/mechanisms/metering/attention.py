"""Which meters need attention, why, since when, and how much water is at risk."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django.db.models import Count, Max, OuterRef, Q, Subquery

from shuiheng.basics import SHANGHAI
from shuiheng.core.vee.sentences import SENTENCES
from shuiheng.mechanisms.common.models import ImportRun
from shuiheng.mechanisms.metering.models import Meter, MeterBinding, Role
from shuiheng.rules import Law, NotInForce, UnknownRule
from shuiheng.store import Lake

SILENT, WEAK = "silent", "weak"
DAY_S = 86_400
# The window in which the share of good days is looked at; a way of showing, no rule.
DAYS = 30
FLOWING = (Role.NETWORK_INPUT, Role.ZONE_INPUT, Role.EXPORT)
GRAVEST = ("blocks", "warns", "informs")


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a meter needs attention: a finding's code, or that it is silent or weak."""

    code: str
    level: str
    volume_l: int
    since: date | None
    count: int = 1

    @property
    def informs(self) -> bool:
        """Whether it only informs: no water is lost or in doubt by it."""
        return self.level == "informs"


@dataclass(frozen=True, slots=True)
class AttentionRow:
    """A meter that needs attention, the weightiest reason first."""

    meter: str
    reasons: tuple[Reason, ...]
    silent_days: int | None
    last: date | None
    good_share: Decimal | None
    town: str = ""
    user_number: str = ""
    user_name: str = ""
    user_name_en: str = ""
    installed_on: date | None = None
    verified_on: date | None = None

    @property
    def risk_l(self) -> int:
        """The volume at risk: the largest of the reasons, for they may speak of the same water.

        Only reasons by which water is lost or in doubt count.
        """
        return max((one.volume_l for one in self.reasons if not one.informs), default=0)

    @property
    def noted_l(self) -> int:
        """The largest volume that a reason which only informs speaks of."""
        return max((one.volume_l for one in self.reasons if one.informs), default=0)

    @property
    def since(self) -> date | None:
        """The first day of the earliest reason."""
        return min((reason.since for reason in self.reasons if reason.since), default=None)

    @property
    def level(self) -> str:
        """The gravest level of the reasons."""
        return min((reason.level for reason in self.reasons), key=GRAVEST.index, default="informs")


@dataclass(frozen=True, slots=True)
class Limits:
    """From when on a meter is silent (intervals), and its good days are too few (share)."""

    silent_steps: int
    good_share: Decimal


def limits(law: Law, on: date, place: str) -> Limits:
    """Return the limits in force; where a rule is not there yet, its first value.

    :raises UnknownRule: if no place of the chain has the rules
    """

    def value(name: str) -> Decimal:
        try:
            cited = law.as_of(name, on=on, place=place)
        except NotInForce:
            cited = law.history(name, place=place)[0]
        if not isinstance(cited.value, Decimal):
            raise UnknownRule(name, place, ())
        return cited.value

    return Limits(int(value("metering/silent_steps")), value("metering/data_completeness_low"))


def list_attention(
    *, asked_by: object | None, lake: Lake, on: date, bounds: Limits
) -> list[AttentionRow]:
    """Return the meters that need attention on a day, the most water at risk first."""
    runs = ImportRun.objects.aggregate(last=Max("id"))["last"]
    meters = Meter.objects.aggregate(n=Count("id"), last=Max("id"))
    bound = MeterBinding.objects.aggregate(n=Count("id"), last=Max("id"))
    state = (lake.snapshot(), runs, *meters.values(), *bound.values())
    return list(_attention(lake, on, bounds, state))


@lru_cache(maxsize=4)
def _attention(
    lake: Lake, on: date, bounds: Limits, state: tuple[object, ...]
) -> tuple[AttentionRow, ...]:
    reasons: dict[str, list[Reason]] = defaultdict(list)
    flowing = always_flowing()
    for row in lake.tallies().to_pylist():
        reason = _of_finding(row, on)
        if row["pattern"] and row["meter"] in flowing:
            reason = replace(reason, level="informs")
        reasons[row["meter"]].append(reason)
    kept: dict[str, dict[str, Any]] = {}
    for row in lake.standing(on, DAYS).to_pylist():
        found = _silent(row, on, bounds) + _weak(row, on, bounds)
        if found:
            reasons[row["meter"]] += found
        if row["meter"] in reasons:
            kept[row["meter"]] = row
    registered = _registered(set(reasons))
    rows = [_row(name, reasons[name], kept.get(name), registered.get(name), on) for name in reasons]
    return tuple(sorted(rows, key=_rank))


def _rank(row: AttentionRow) -> tuple[int, int, int, str]:
    """Return where a row stands: water at risk first, what only informs below."""
    return row.level == "informs", -row.risk_l, -row.noted_l, row.meter


def always_flowing() -> set[str]:
    """Return the meters that water passes day and night, and more of it in summer.

    They are the inlets of networks and zones, what is passed on to a neighbour, and the intakes of
    whoever supplies others. Night flow is their duty: patterns of it are no sign of a leak there.
    """
    suppliers = MeterBinding.objects.filter(role=Role.NETWORK_INPUT).values("user")
    named = MeterBinding.objects.exclude(supplier=None).values("supplier")
    flowing = Q(role__in=FLOWING) | Q(role=Role.INTAKE) & (
        Q(user__in=suppliers) | Q(user__in=named)
    )
    return set(MeterBinding.objects.filter(flowing).values_list("meter__number", flat=True))


def _of_finding(row: dict[str, Any], on: date) -> Reason:
    known = SENTENCES.get(row["code"])
    since = datetime.fromtimestamp(row["first_s"], SHANGHAI).date() if row["first_s"] else None
    if since is not None and since > on:  # a reading of the future says nothing about since when
        since = None
    return Reason(row["code"], str(known[0]) if known else "warns", int(row["volume_l"]), since,
                  int(row["count"]))  # fmt: skip


def silent_days(row: dict[str, Any], on: date, bounds: Limits) -> int | None:
    """Return for how many days a meter has been silent; None if it is not, 0 if it never spoke."""
    if row["last"] is None:
        return 0
    quiet = (on - row["last"]).days
    allowed = max(1, -(-bounds.silent_steps * int(row["step_s"] or DAY_S) // DAY_S))
    return quiet if quiet >= allowed else None


def _silent(row: dict[str, Any], on: date, bounds: Limits) -> list[Reason]:
    quiet = silent_days(row, on, bounds)
    if quiet is None:
        return []
    return [Reason(SILENT, "warns", quiet * int(row["usual_l"]), row["last"])]


def _weak(row: dict[str, Any], on: date, bounds: Limits) -> list[Reason]:
    share = _good_share(row)
    if share is None or share >= bounds.good_share:
        return []
    return [Reason(WEAK, "warns", int(row["estimated_l"]), None)]


def _good_share(row: dict[str, Any] | None) -> Decimal | None:
    if row is None or not row["all_days"]:
        return None
    return (Decimal(row["good_days"]) / row["all_days"]).quantize(Decimal("0.0001"))


def _row(
    name: str,
    reasons: list[Reason],
    row: dict[str, Any] | None,
    meter: dict[str, Any] | None,
    on: date,
) -> AttentionRow:
    known = meter or {}
    ordered = tuple(sorted(reasons, key=lambda one: (GRAVEST.index(one.level), -one.volume_l)))
    last = row["last"] if row else None
    silent = any(one.code == SILENT for one in reasons)
    return AttentionRow(
        meter=name, reasons=ordered, last=last, good_share=_good_share(row),
        silent_days=(on - last).days if silent and last else None,
        town=known.get("town") or "", user_number=known.get("user_number") or "",
        user_name=known.get("user_name") or "", user_name_en=known.get("user_name_en") or "",
        installed_on=known.get("installed_on"), verified_on=known.get("verified_on"),
    )  # fmt: skip


def _registered(names: set[str]) -> dict[str, dict[str, Any]]:
    """Return town, user and days of the meters named; one query, however many there are."""
    latest = MeterBinding.objects.filter(meter=OuterRef("pk")).order_by("-since")
    rows = Meter.objects.annotate(
        user_number=Subquery(latest.values("user__number")[:1]),
        user_name=Subquery(latest.values("user__name")[:1]),
        user_name_en=Subquery(latest.values("user__name_en")[:1]),
    )
    if len(names) < 500:
        rows = rows.filter(number__in=names)
    columns = ("number", "town", "installed_on", "verified_on", "user_number", "user_name",
               "user_name_en")  # fmt: skip
    return {row["number"]: row for row in rows.values(*columns) if row["number"] in names}


def only(
    rows: list[AttentionRow], *, code: str, town: str, level: str, words: str
) -> list[AttentionRow]:
    """Return the rows that fit the filters, each with the reasons that fit.

    Without a level, what only informs is left out; ``all`` keeps it.
    """
    found = []
    for row in rows:
        if town and row.town != town:
            continue
        if words and words.casefold() not in (
            f"{row.meter} {row.user_number} {row.user_name} {row.user_name_en}".casefold()
        ):
            continue
        reasons = tuple(
            one
            for one in row.reasons
            if (not code or one.code == code)
            and (level == "all" or one.level == level or (not level and (
                one.level != "informs" or bool(code))))
        )  # fmt: skip
        if reasons:
            found.append(replace(row, reasons=reasons))
    return sorted(found, key=_rank)
