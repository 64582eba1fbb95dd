"""The law of a day and a place: looking up, deciding, searching, checking."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from shuiheng.basics import Cited, Place
from shuiheng.rules.reading import (
    BadRule,
    files_of,
    merged,
    parse,
    place_of,
    read_document,
    read_rule,
    read_table,
    read_target,
)
from shuiheng.rules.rule import Document, NotInForce, Rule, Target, Unverified


class UnknownRule(LookupError):
    """Raised when no pack has a rule of that name that reaches the place."""

    def __init__(self, name: str, place: str, known: Iterable[str] = ()) -> None:
        self.name, self.place, self._known = name, place, known
        super().__init__(name, place)

    def __str__(self) -> str:
        # Names that are alike are looked for only when somebody reads the message.
        near = ", ".join(get_close_matches(self.name, sorted(set(self._known)), n=3))
        return (
            f"No rule is called {self.name} for {self.place}."
            + (f" Did you mean {near}?" if near else "")
            + " `shuiheng rules list` shows all; a new one is a file in a rules folder."
        )


class Law:
    """All dated law that was loaded: the shipped packs with the user's folders laid over them.

    >>> law = Law.shipped()
    >>> law.place_name("320411")
    '新北区'
    """

    def __init__(self) -> None:
        self._rules: dict[tuple[str, str], Rule] = {}
        self._targets: dict[str, Target] = {}
        self._documents: dict[tuple[str, str], Document] = {}
        self._plans: dict[str, Mapping[str, Any]] = {}
        self._places: dict[str, str] = {}
        self._tiles: dict[str, tuple[int, int]] = {}
        self.problems: list[BadRule] = []

    @classmethod
    def shipped(cls) -> Law:
        """Return the law of the shipped packs; read once per process."""
        return _shipped()

    @classmethod
    def load(cls, *folders: Path) -> Law:
        """Return the shipped law with the user's folders over it, the last one on top.

        A file that cannot be read is kept in ``problems`` and reported by ``check_law``.

        :raises FileNotFoundError: if a folder does not exist
        """
        law = cls()
        for folder in (Path(str(files("shuiheng.rules") / "packs")), *folders):
            if not folder.is_dir():
                raise FileNotFoundError(
                    f"{folder} is no folder. A rules folder holds one folder per place "
                    "(cn, cn_32, cn_3204, cn_320411 …), each with rule files."
                )
            law._lay(folder)
        return law

    def _lay(self, folder: Path) -> None:
        for pack, path in files_of(folder):
            place = place_of(pack)
            inside = path.relative_to(folder / pack).with_suffix("")
            try:
                self._read(path, place, inside, f"{pack}/{path.relative_to(folder / pack)}")
            except BadRule as wrong:
                self.problems.append(wrong)

    def _read(self, path: Path, place: str, inside: Path, file: str) -> None:
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".csv":
            self._add(read_table(text, place=place, file=file))
            return
        data = parse(text, file)
        if not isinstance(data, dict):
            raise BadRule(file, "the file", "holds no mapping.")
        if inside.parts[0] == "documents":
            document = read_document(data, place=place, slug=inside.name, file=file)
            self._documents[place, inside.name] = document
        elif inside.name in {"plan", "english"}:
            known = self._plans.get(inside.parent.name, {})
            said = {"place": place, **data} if inside.name == "plan" else {"english": data}
            self._plans[inside.parent.name] = {**known, **said}
        elif inside.name == "places":
            self._places |= {str(code): str(name) for code, name in data["names"].items()}
            tiles = data.get("tiles") or {}
            self._tiles |= {str(code): (int(at[0]), int(at[1])) for code, at in tiles.items()}
        elif "due" in data or "sense" in data:
            target = read_target(data, place=place, plan=inside.parent.name, file=file)
            self._targets[target.name] = target
        else:
            self._add(read_rule(data, place=place, file=file))

    def _add(self, rule: Rule) -> None:
        key = (rule.place, rule.name)
        self._rules[key] = merged(self._rules[key], rule) if key in self._rules else rule

    def rules(self, *, place: str | Place | None = None) -> list[Rule]:
        """Return every rule, or those that reach ``place`` (the nearest of each name)."""
        if place is None:
            return sorted(self._rules.values(), key=lambda rule: (rule.name, rule.place))
        names = sorted({name for _, name in self._rules})
        found = (self._nearest(name, place) for name in names)
        return [rule for rule in found if rule is not None]

    def rule(self, name: str, *, place: str | Place) -> Rule:
        """Return the rule of that name from the nearest place that speaks.

        :raises UnknownRule: if no place of the chain has it
        """
        found = self._nearest(name, place)
        if found is None:
            raise UnknownRule(name, _code(place), self._names())
        return found

    def as_of(self, name: str, *, on: date, place: str | Place) -> Cited:
        """Return the value in force on ``on``: the nearest place that has one on that day.

        :raises UnknownRule: if no place of the chain has the rule
        :raises NotInForce: if none of them had a value on that day
        """
        refusal: NotInForce | None = None
        for above in _chain(place):
            rule = self._rules.get((above, name))
            if rule is None:
                continue
            try:
                return rule.cited(rule.entry(on))
            except NotInForce as not_yet:
                refusal = refusal or not_yet
        if refusal is not None:
            raise refusal
        raise UnknownRule(name, _code(place), self._names())

    def decide(self, name: str, *, on: date, place: str | Place) -> Cited:
        """Return the value in force, for a decision.

        :raises Unverified: if nobody has verified it (confidence below B)
        """
        cited = self.as_of(name, on=on, place=place)
        if not cited.decides:
            raise Unverified(cited)
        return cited

    def history(self, name: str, *, place: str | Place) -> list[Cited]:
        """Return every value the rule has had at the nearest place that speaks."""
        return self.rule(name, place=place).history()

    def targets(self, plan: str | None = None) -> list[Target]:
        """Return the targets, of one plan or of all."""
        return [t for t in self._targets.values() if plan is None or t.plan == plan]

    def target(self, name: str) -> Target:
        """Return the target of that name.

        :raises UnknownRule: if there is none
        """
        if name not in self._targets:
            raise UnknownRule(name, "any plan", self._targets)
        return self._targets[name]

    def plan(self, name: str) -> Mapping[str, Any]:
        """Return the structure of a plan: document, groups, tasks, units.

        :raises UnknownRule: if no pack holds that plan
        """
        if name not in self.plans():
            raise UnknownRule(f"{name}/plan", "any place", self.plans())
        return self._plans[name]

    def plans(self) -> list[str]:
        """Return the names of the plans that were loaded."""
        return sorted(name for name, plan in self._plans.items() if "tasks" in plan)

    def documents(self) -> list[Document]:
        """Return every document, the most general place first."""
        return sorted(self._documents.values(), key=lambda d: (d.place, d.kind, d.title))

    def document(self, name: str) -> Document | None:
        """Return the document that is called so by number, title or alias, or None."""
        return next((d for d in self._documents.values() if d.called(name)), None)

    def place_name(self, code: str) -> str:
        """Return the name of a place, or its code where no pack names it."""
        return self._places.get(code, code)

    def places(self) -> dict[str, str]:
        """Return the names of all places that packs name, by code."""
        return dict(self._places)

    def tiles(self) -> dict[str, tuple[int, int]]:
        """Return column and row of each town on the schematic map, by place code."""
        return dict(self._tiles)

    def search(self, words: str) -> list[Rule]:
        """Return the rules in whose name, titles, clause, quote or note every word occurs."""
        wanted = words.casefold().split()

        def text(rule: Rule) -> str:
            cited = " ".join(f"{entry.clause} {entry.clause.quote}" for entry in rule.entries)
            return f"{rule.name} {rule.title} {rule.title_en} {cited} {rule.note}".casefold()

        return [rule for rule in self.rules() if all(word in text(rule) for word in wanted)]

    def _nearest(self, name: str, place: str | Place) -> Rule | None:
        found = (self._rules.get((code, name)) for code in _chain(place))
        return next((rule for rule in found if rule is not None), None)

    def _names(self) -> Iterable[str]:
        return (own for _, own in self._rules)


@cache
def _shipped() -> Law:
    return Law.load()


def _code(place: str | Place) -> str:
    return place if isinstance(place, str) else place.code


def _chain(place: str | Place) -> list[str]:
    if isinstance(place, str) and not place.lower().startswith("cn") and not place[:1].isdigit():
        return [place]
    here = Place.at(place) if isinstance(place, str) else place
    return [above.code for above in here.chain()]
