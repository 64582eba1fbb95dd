"""One fact of law as it stands in a pack: dated entries, each with its clause."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from shuiheng.basics import Cited, Clause, Confidence, Place

KINDS = ("number", "text", "condition", "deadline", "bands", "states", "table")
COMPARISONS = ("at_least", "more_than", "at_most", "less_than", "equals")


class NotInForce(LookupError):
    """Raised when a rule exists but had no value on the day asked about."""

    def __init__(self, name: str, on: date, first: date, last: date | None = None) -> None:
        self.name, self.on = name, on
        why = (
            f"its last value ended on {last}. If a later document set one"
            if last is not None and on > last
            else f"its first value starts on {first}. If an older document set one"
        )
        super().__init__(
            f"{name} had no value on {on}: {why}, add it to the rule file with its clause."
        )


class Unverified(LookupError):
    """Raised when a value that nobody has verified is asked to decide something."""

    def __init__(self, cited: Cited) -> None:
        self.cited = cited
        super().__init__(
            f"{cited.name} has confidence {cited.confidence.value} and may be shown but may not "
            f"bill, refuse or punish. Check it against {cited.clause} and load the checked value "
            f"in your own rules folder ({Place.at(cited.place).pack}/{cited.name}.yaml)."
        )


@dataclass(frozen=True, slots=True)
class Entry:
    """A dated value of a rule with its clause."""

    since: date
    value: Any
    clause: Clause
    confidence: Confidence
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """A fact of law of one place, with every value it has had."""

    name: str
    title: str
    title_en: str
    kind: str
    unit: str
    place: str
    entries: tuple[Entry, ...]
    confidence: Confidence
    mechanism: str = ""
    tasks: tuple[int, ...] = ()
    applies_to: tuple[str, ...] = ()
    comparison: str = ""
    last_checked: date | None = None
    note: str = ""
    origin: str = ""
    more: Mapping[str, Any] = field(default_factory=dict)

    def entry(self, on: date) -> Entry:
        """Return the entry in force on ``on``.

        :raises NotInForce: if no entry holds on that day
        """
        started = [entry for entry in self.entries if entry.since <= on]
        if not started:
            raise NotInForce(self.name, on, self.entries[0].since)
        latest = max(started, key=lambda entry: entry.since)
        if latest.until is not None and on > latest.until:
            raise NotInForce(self.name, on, self.entries[0].since, latest.until)
        return latest

    def cited(self, entry: Entry) -> Cited:
        """Return the entry as a cited value."""
        later = [other.since for other in self.entries if other.since > entry.since]
        until = entry.until or (min(later) - timedelta(days=1) if later else None)
        return Cited(
            name=self.name,
            value=entry.value,
            unit=self.unit,
            since=entry.since,
            clause=entry.clause,
            place=self.place,
            confidence=entry.confidence,
            title=self.title,
            title_en=self.title_en,
            until=until,
            last_checked=self.last_checked,
        )

    def history(self) -> list[Cited]:
        """Return every value the rule has had, oldest first."""
        return [self.cited(entry) for entry in self.entries]

    def holds(self, cited: Cited, value: Decimal) -> bool:
        """Return whether ``value`` satisfies the threshold, by the comparison the law writes.

        :raises ValueError: if the rule is no threshold
        """
        limit = cited.number
        match self.comparison:
            case "at_least":
                return value >= limit
            case "more_than":
                return value > limit
            case "at_most":
                return value <= limit
            case "less_than":
                return value < limit
            case "equals":
                return value == limit
        raise ValueError(f"{self.name} is no threshold: its file names no comparison.")


@dataclass(frozen=True, slots=True)
class Target:
    """What a plan wants reached by a day, or (``standing``) always, where it names no day."""

    name: str
    title: str
    title_en: str
    unit: str
    sense: str
    place: str
    plan: str
    due: tuple[tuple[date, Cited], ...]
    standing: Cited | None = None
    measured_by: str = ""
    lead: str = ""
    tasks: tuple[int, ...] = ()
    benchmark: str = ""
    baseline_year: int | None = None
    note: str = ""

    def due_by(self, day: date) -> tuple[date | None, Cited]:
        """Return the next deadline on or after ``day`` with its value, or the last one passed.

        A target without a deadline holds always: then the day is None.

        >>> Target("a", "", "", "1", "at_most", "cn", "p", ()).due_by(date(2020, 1, 1))
        Traceback (most recent call last):
        ...
        LookupError: The target a has no deadline.
        """
        if not self.due and self.standing is not None:
            return None, self.standing
        if not self.due:
            raise LookupError(f"The target {self.name} has no deadline.")
        ahead = [pair for pair in self.due if pair[0] >= day]
        return min(ahead, key=lambda pair: pair[0]) if ahead else self.due[-1]


@dataclass(frozen=True, slots=True)
class Document:
    """A law, standard, plan or notice that clauses cite."""

    slug: str
    number: str
    title: str
    title_en: str
    kind: str
    place: str
    confidence: Confidence
    issuer: str = ""
    issued_on: date | None = None
    in_force_from: date | None = None
    in_force_to: date | None = None
    aliases: tuple[str, ...] = ()
    replaces: tuple[str, ...] = ()
    note: str = ""

    def called(self, name: str) -> bool:
        """Return whether ``name`` is this document's number, title or alias."""
        wanted = _bare(name)
        return any(_bare(own) == wanted for own in (self.number, self.title, *self.aliases) if own)


def _bare(name: str) -> str:
    return name.translate(str.maketrans("", "", " 《》〈〉·-—")).casefold()


def band(bands: list[Mapping[str, Any]], value: Decimal, *, edge: str = "upper") -> int:
    """Return the index of the band in which ``value`` lies.

    ``edge`` names the end that belongs to a band: ``upper`` (from < x <= to, as 以内, 含) or
    ``lower`` (from <= x < to). The start of the first band always belongs to it.

    :raises LookupError: if the value lies in none

    >>> steps = [{"from": "0", "to": "0.1"}, {"from": "0.1", "to": "0.3"}, {"from": "0.3"}]
    >>> [band(steps, Decimal(x)) for x in ("0.1", "0.11", "9")]
    [0, 1, 2]
    >>> band(steps, Decimal("0.1"), edge="lower")
    1
    """
    for place, step in enumerate(bands):
        low = Decimal(str(step["from"])) if step.get("from") is not None else Decimal("-Infinity")
        high = Decimal(str(step["to"])) if step.get("to") is not None else Decimal("Infinity")
        first = place == 0 and value == low
        if edge == "upper" and (low < value <= high or first):
            return place
        if edge == "lower" and low <= value < high:
            return place
    raise LookupError(f"{value} lies in none of the {len(bands)} bands.")
