"""Reading packs from files, with errors that name file and key."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import yaml

from shuiheng.basics import Cited, Clause, Confidence, Place
from shuiheng.basics.quantity import known_unit
from shuiheng.rules.rule import COMPARISONS, KINDS, Document, Entry, Rule, Target

_OWN_KEYS = {
    "name", "title", "title_en", "type", "unit", "mechanism", "tasks", "applies_to", "comparison",
    "values", "last_checked", "confidence", "note",
}  # fmt: skip


class BadRule(ValueError):
    """Raised when a rule file cannot be read; names the file and the key."""

    def __init__(self, file: str, key: str, why: str) -> None:
        self.file, self.key = file, key
        super().__init__(f"{file}, {key}: {why}")


class _Loader(yaml.CSafeLoader):
    """The safe loader, refusing a key that stands twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key!r} stands twice", key_node.start_mark
                )
            seen.add(key)
        return super().construct_mapping(node, deep=deep)


def parse(text: str, file: str) -> Any:
    """Return the YAML document in ``text``.

    :raises BadRule: if it is not valid YAML, or a key stands twice
    """
    try:
        return yaml.load(text, Loader=_Loader)
    except yaml.YAMLError as wrong:
        mark = getattr(wrong, "problem_mark", None)
        where = f"line {mark.line + 1}" if mark else "the file"
        raise BadRule(
            file, where, f"is not valid YAML ({getattr(wrong, 'problem', wrong)})."
        ) from wrong
    except ValueError as wrong:
        raise BadRule(file, "the file", f"holds something that is not a day ({wrong}).") from wrong


def read_rule(data: Mapping[str, Any], *, place: str, file: str) -> Rule:
    """Return the rule in the mapping of one YAML file.

    :raises BadRule: if a key is missing or has the wrong form
    """
    kind = str(data.get("type", "number"))
    if kind not in KINDS:
        raise BadRule(file, "type", f"is {kind!r}; use one of {', '.join(KINDS)}.")
    unit = str(data.get("unit", "")).strip()
    if kind == "number" and not known_unit(unit):
        raise BadRule(file, "unit", f"{unit!r} is not in basics.quantity.")
    comparison = str(data.get("comparison", ""))
    if comparison and comparison not in COMPARISONS:
        raise BadRule(file, "comparison", f"is {comparison!r}; use {', '.join(COMPARISONS)}.")
    values = data.get("values")
    if not isinstance(values, Mapping) or not values:
        raise BadRule(file, "values", "must hold at least one dated value.")
    confidence = _confidence(_need(data, "confidence", file), file)
    entries = tuple(
        sorted(
            (_entry(since, value, kind, confidence, file) for since, value in values.items()),
            key=lambda entry: entry.since,
        )
    )
    return Rule(
        name=str(_need(data, "name", file)),
        title=str(_need(data, "title", file)),
        title_en=str(data.get("title_en", "")),
        kind=kind,
        unit=unit,
        place=place,
        entries=entries,
        confidence=confidence,
        mechanism=str(data.get("mechanism", "")),
        tasks=tuple(int(task) for task in data.get("tasks", ())),
        applies_to=tuple(str(word) for word in data.get("applies_to", ())),
        comparison=comparison,
        last_checked=_day(data["last_checked"], "last_checked", file)
        if data.get("last_checked")
        else None,
        note=str(data.get("note", "")).strip(),
        origin=file,
        more={key: value for key, value in data.items() if key not in _OWN_KEYS},
    )


def read_table(text: str, *, place: str, file: str) -> Rule:
    """Return the rule in a CSV file with a YAML head.

    :raises BadRule: if the head is missing, or a row has more cells than the header
    """
    if not text.startswith("---"):
        raise BadRule(file, "line 1", "must be --- : a table starts with its YAML head.")
    _, head, body = text.split("---\n", 2) if text.count("---\n") >= 2 else ("", "", "")
    if not head:
        raise BadRule(file, "head", "has no closing line --- .")
    data = parse(head, file)
    rows = list(csv.DictReader(io.StringIO(body.lstrip("\n")), restkey="_more"))
    for number, row in enumerate(rows, start=1):
        if "_more" in row or None in row.values():
            raise BadRule(file, f"row {number}", "does not have as many cells as the header.")
    entry = {
        "value": rows,
        **{key: data[key] for key in ("clause", "quote", "until") if key in data},
    }
    since = _need(data, "since", file)
    plain = {k: v for k, v in data.items() if k not in {"since", "clause", "quote", "until"}}
    return read_rule({**plain, "type": "table", "values": {since: entry}}, place=place, file=file)


def read_target(data: Mapping[str, Any], *, place: str, plan: str, file: str) -> Target:
    """Return the target in the mapping of one YAML file.

    :raises BadRule: if a key is missing or has the wrong form
    """
    sense = str(_need(data, "sense", file))
    if sense not in {"at_most", "at_least", "equals", "reaches"}:
        raise BadRule(file, "sense", f"is {sense!r}; use at_most, at_least, equals or reaches.")
    confidence = _confidence(data.get("confidence", "A"), file)
    name, title = str(_need(data, "name", file)), str(_need(data, "title", file))
    unit = str(data.get("unit", "1"))
    kind = "text" if sense == "reaches" else "number"
    due = []
    for day, value in (data.get("due") or {}).items():
        body = value if isinstance(value, Mapping) else {"value": value}
        if sense == "reaches":
            body = {"value": data.get("benchmark", ""), **body}
        on = _day(day, "due", file)
        entry = _entry(on, body, kind, confidence, file)
        cited = Cited(
            name, entry.value, unit, on, entry.clause, place, entry.confidence,
            title, str(data.get("title_en", "")),
        )  # fmt: skip
        due.append((on, cited))
    undated = data.get("undated")
    standing = None
    if isinstance(undated, Mapping):
        since = _day(undated.get("since") or data.get("last_checked"), "undated", file)
        entry = _entry(since, undated, kind, confidence, file)
        standing = Cited(
            name, entry.value, unit, since, entry.clause, place, entry.confidence,
            title, str(data.get("title_en", "")),
        )  # fmt: skip
    baseline = data.get("baseline_year")
    return Target(
        name=name,
        title=title,
        title_en=str(data.get("title_en", "")),
        unit=unit,
        sense=sense,
        place=place,
        plan=plan,
        due=tuple(sorted(due, key=lambda pair: pair[0])),
        standing=standing,
        measured_by=str(data.get("measured_by") or ""),
        lead=str(data.get("lead") or ""),
        tasks=tuple(int(task) for task in data.get("tasks") or ()),
        benchmark=str(data.get("benchmark") or ""),
        baseline_year=int(baseline) if baseline else None,
        note=str(data.get("note") or ""),
    )


def read_document(data: Mapping[str, Any], *, place: str, slug: str, file: str) -> Document:
    """Return the document in the mapping of one YAML file.

    :raises BadRule: if the title is missing or a day is no day
    """

    def day(key: str) -> date | None:
        return _day(data[key], key, file) if data.get(key) else None

    return Document(
        slug=slug,
        number=str(data.get("number") or ""),
        title=str(_need(data, "title", file)),
        title_en=str(data.get("title_en") or ""),
        kind=str(data.get("kind") or ""),
        place=place,
        confidence=_confidence(data.get("confidence", "C"), file),
        issuer=str(data.get("issuer") or ""),
        issued_on=day("issued_on"),
        in_force_from=day("in_force_from"),
        in_force_to=day("in_force_to"),
        aliases=tuple(str(alias) for alias in data.get("aliases") or ()),
        replaces=tuple(str(old) for old in _list(data.get("replaces"))),
        note=str(data.get("note") or "").strip(),
    )


def files_of(folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield every file of a folder of packs as (place pack, path), in a fixed order."""
    for pack in sorted(path for path in folder.iterdir() if path.is_dir()):
        for path in sorted(pack.rglob("*")):
            if path.suffix in {".yaml", ".yml", ".csv"}:
                yield pack.name, path


def place_of(pack: str) -> str:
    """Return the place code of a pack's folder; packs that are no place keep their name."""
    if pack == "cn":
        return "cn"
    if pack.startswith("cn_"):
        return Place.at(pack).code
    return pack


def merged(under: Rule, over: Rule) -> Rule:
    """Return ``under`` with the dated values of ``over`` laid over it, day by day."""
    days = {entry.since: entry for entry in under.entries} | {e.since: e for e in over.entries}
    return replace(over, entries=tuple(days[day] for day in sorted(days)))


def _entry(since: Any, body: Any, kind: str, confidence: Confidence, file: str) -> Entry:
    if not isinstance(body, Mapping):
        raise BadRule(file, f"values {since}", "must be a mapping with value and clause.")
    if "value" not in body:
        raise BadRule(file, f"values {since}", "has no value.")
    document, _, article = str(body.get("clause") or "").strip().partition(" ")
    if not document:
        raise BadRule(file, f"values {since}", "has no clause.")
    value = body["value"]
    if kind == "number":
        if not isinstance(value, str):
            raise BadRule(file, f"values {since}", "the number must be quoted, to stay exact.")
        try:
            value = Decimal(value)
        except InvalidOperation:
            raise BadRule(file, f"values {since}", f"{value!r} is not a number.") from None
    if (bad := _inexact(value)) is not None:
        raise BadRule(file, f"values {since}", f"{bad!r} must be quoted, to stay exact.")
    return Entry(
        since=_day(since, "values", file),
        value=value,
        clause=Clause(document, article.strip(), str(body.get("quote") or "")),
        confidence=_confidence(body["confidence"], file) if body.get("confidence") else confidence,
        until=_day(body["until"], "until", file) if body.get("until") else None,
    )


def _inexact(value: Any) -> float | None:
    """Return the first unquoted fraction inside a structure, or None."""
    if isinstance(value, float):
        return value
    parts = value.values() if isinstance(value, Mapping) else value
    if isinstance(parts, str) or not isinstance(parts, Iterable):
        return None
    return next((bad for part in parts if (bad := _inexact(part)) is not None), None)


def _need(data: Mapping[str, Any], key: str, file: str) -> Any:
    if not isinstance(data, Mapping) or data.get(key) in (None, ""):
        raise BadRule(file, key, "is missing.")
    return data[key]


def _day(value: Any, key: str, file: str) -> date:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise BadRule(file, key, f"{value!r} is not a day (write 2020-05-19).") from None


def _confidence(value: Any, file: str) -> Confidence:
    try:
        return Confidence(str(value))
    except ValueError:
        raise BadRule(file, "confidence", f"is {value!r}; use A, A*, B, C or D.") from None


def _list(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]
