"""The pages of the law browser."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import quote

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import path
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from shuiheng.basics import Cited
from shuiheng.mechanisms.common import district
from shuiheng.mechanisms.common.asking import day_asked, words_asked
from shuiheng.mechanisms.common.evidence import cards
from shuiheng.mechanisms.common.listing import Column, Filter, Listing
from shuiheng.rules import Law, NotInForce, Rule

CONFIDENCE = {
    "A": gettext_lazy("已核对原文"),
    "A*": gettext_lazy("已核对摘录"),
    "B": gettext_lazy("已知且与所读一致"),
    "C": gettext_lazy("未核实，不作决定依据"),
    "D": gettext_lazy("建议，不作决定依据"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """A rule with the value it has on the day asked about."""

    rule: Rule
    cited: Cited | None
    document: str
    place_name: str

    @property
    def confidence(self) -> str:
        """How sure we are of the value of the day."""
        return (self.cited.confidence if self.cited else self.rule.confidence).value

    @property
    def decides(self) -> bool:
        """Whether the value may be used for a decision."""
        return self.cited is not None and self.cited.decides

    @property
    def href(self) -> str:
        """The address of the rule's page."""
        return f"/law/{quote(self.rule.name)}/?place={quote(self.rule.place)}"


def lines(law: Law, on: date) -> list[Line]:
    """Return every rule with its value on the day; one not in force has none."""
    found = []
    for rule in law.rules():
        try:
            cited = rule.cited(rule.entry(on))
        except NotInForce:
            cited = None
        newest = max(rule.entries, key=lambda entry: entry.since)
        document = (cited.clause if cited else newest.clause).document
        found.append(Line(rule, cited, document, place_name(law, rule.place)))
    return found


def mechanism_title(name: str) -> str:
    """Return what a mechanism is called in the reader's language, or its folder's name."""
    card = next((card for card in cards() if card.name == name), None)
    if card is None:
        return name
    return card.title_en if (get_language() or "").startswith("en") else card.title


def place_name(law: Law, code: str) -> str:
    """Return what a pack's place is called; the examples are in force nowhere."""
    return _("示例，不在本地施行") if code == "example" else _(law.place_name(code))


def browse(request: HttpRequest) -> HttpResponse:
    """Show the facts of law, filtered by words, document, task, mechanism, place, confidence."""
    law, on, q = district.law(), day_asked(request), words_asked(request)
    by = request.GET.get("by", "")
    every = lines(law, on)
    if by in {"document", "task", "mechanism"}:
        return render(
            request,
            "standards/index.html",
            {"by": by, "entries": index(law, every, by), "on": on, "total": len(every)},
        )
    chosen = chosen_lines(request, law, every, q)
    listing = Listing(
        request, chosen, columns(), name=_("法规数值"), title=_("法规数值"), sort="name",
        source=_("随附法规包与本单位核实的数值"),
    )  # fmt: skip
    if (file := listing.export()) is not None:
        return file
    context = {
        "listing": listing,
        "filters": filters(request, law, every),
        "filtered": any(request.GET.get(k) for k in ("q", *FILTERS)),
        "q": q,
        "find_hint": _("名称、条文、引文"),
        "on": on,
        "total": len(every),
        "unverified": sum(not line.decides for line in every if line.cited),
        "document": law.document(request.GET.get("document", "")),
        "nothing": _("没有法规数值。"),
    }
    return render(request, "standards/law.html", context)


FILTERS = ("document", "task", "mechanism", "place", "confidence")


def chosen_lines(request: HttpRequest, law: Law, every: list[Line], q: str) -> list[Line]:
    """Return the lines that the address asks for."""
    asked = {key: request.GET.get(key, "").strip() for key in FILTERS}
    document = law.document(asked["document"]) if asked["document"] else None
    hits = {(rule.place, rule.name) for rule in law.search(q)} if q else None

    def wanted(line: Line) -> bool:
        rule = line.rule
        cited_by = {entry.clause.document for entry in rule.entries}
        return (
            (hits is None or (rule.place, rule.name) in hits)
            and (
                not asked["document"]
                or asked["document"] in cited_by
                or (document is not None and any(document.called(name) for name in cited_by))
            )
            and (not asked["task"] or asked["task"] in map(str, rule.tasks))
            and asked["mechanism"] in ("", rule.mechanism)
            and asked["place"] in ("", rule.place)
            and asked["confidence"] in ("", line.confidence)
        )

    return [line for line in every if wanted(line)]


def filters(request: HttpRequest, law: Law, every: list[Line]) -> list[Filter]:
    """Return the choices of the filter bar; each only where it has more than one value."""

    def choice(key: str, title: str, pairs: Sequence[tuple[str, str]]) -> Filter:
        return Filter(key, title, pairs, request.GET.get(key, ""))

    documents = sorted({line.document for line in every if line.document})
    tasks = sorted({task for line in every for task in line.rule.tasks})
    places = sorted({line.rule.place for line in every})
    return [
        choice("document", _("文件"), [(name, name[:40]) for name in documents]),
        choice("task", _("任务"), [(str(no), str(no)) for no in tasks]),
        choice(
            "mechanism",
            _("机制"),
            [(m, mechanism_title(m)) for m in sorted({x.rule.mechanism for x in every} - {""})],
        ),
        choice("place", _("地方"), [(code, place_name(law, code)) for code in places]),
        choice(
            "confidence",
            _("可信程度"),
            [(key, f"{key} {word}") for key, word in CONFIDENCE.items()],
        ),
    ]


def index(law: Law, every: list[Line], by: str) -> list[dict[str, Any]]:
    """Return the documents, tasks or mechanisms with how many facts of law each has."""
    if by == "task":
        counts = Counter(task for line in every for task in line.rule.tasks)
        return [
            {"key": no, "title": _("任务 %(no)s") % {"no": no}, "count": counts[no]}
            for no in sorted(counts)
        ]
    if by == "mechanism":
        named = Counter(line.rule.mechanism for line in every if line.rule.mechanism)
        return [{"key": key, "title": key, "count": named[key]} for key in sorted(named)]
    cited = Counter(
        name
        for line in every
        for name in {entry.clause.document for entry in line.rule.entries if entry.clause.document}
    )
    rows = []
    for document in law.documents():
        names = [name for name in cited if document.called(name)]
        key = names[0] if names else (document.number or document.title)
        rows.append(
            {
                "key": key,
                "document": document,
                "count": sum(cited.pop(name) for name in names),
                "place_name": place_name(law, document.place),
            }
        )
    rows += [{"key": name, "title": name, "count": count} for name, count in cited.items()]
    return rows


def columns() -> list[Column]:
    """Return the columns of the list of facts of law."""
    return [
        Column(
            "title", _("名称"), lambda line: line.rule.title, _show_title, ("title",),
            about=_("法规数值的名称"),
        ),
        Column("value", _("数值"), lambda line: _exported(line.cited), _show_value),
        Column("unit", _("单位"), lambda line: line.rule.unit, hidden=True),
        Column(
            "clause", _("条文"), lambda line: str(line.cited.clause) if line.cited else "",
            _show_clause, ("clause",), about=_("文件与条款"), wide=True,
        ),
        Column(
            "since", _("施行日"), lambda line: line.cited.since if line.cited else None,
            None, ("since",), about=_("该数值自何日起有效"), nowrap=True,
        ),
        Column("place", _("地方"), lambda line: line.place_name, _show_place, ("place",)),
        Column(
            "confidence", _("可信程度"), lambda line: line.confidence, _show_confidence,
            ("confidence",), about="A A* B C D",
        ),
        Column("name", _("代号"), lambda line: line.rule.name, None, ("name",), hidden=True),
    ]  # fmt: skip


def _exported(cited: Cited | None) -> Any:
    if cited is None:
        return None
    return cited.value if not isinstance(cited.value, dict | list | tuple) else str(cited.value)


def _part(name: str, **context: Any) -> SafeString:
    return render_to_string(f"standards/{name}.html", context)


def _show_title(line: Line) -> SafeString:
    return _part("cell_title", line=line)


def _show_value(line: Line) -> SafeString:
    return _part("cell_value", cited=line.cited, rule=line.rule)


def _show_clause(line: Line) -> SafeString:
    return _part("cell_clause", cited=line.cited)


def _show_place(line: Line) -> SafeString:
    return _part("cell_text", text=line.place_name)


def _show_confidence(line: Line) -> SafeString:
    if line.confidence in {"C", "D"}:
        return format_html(
            '<span class="tag unverified">{} {}</span>', line.confidence, _("未核实")
        )
    return format_html("{}", line.confidence)


def one_rule(request: HttpRequest, name: str) -> HttpResponse:
    """Show one fact of law: its value on the day, every value it has had, and what it serves."""
    law, on = district.law(), day_asked(request)
    same = [rule for rule in law.rules() if rule.name == name]
    if not same:
        near = [rule.name for rule in law.search(name.rsplit("/", 1)[-1])[:3]]
        hint = _("没有名为 %(name)s 的法规数值。") % {"name": name}
        if near:
            hint += _("是否要找：%(near)s？") % {"near": "、".join(near)}
        raise Http404(hint)
    place = request.GET.get("place", "")
    rule = next((one for one in same if one.place == place), None) or _nearest(law, name, same)
    try:
        now = rule.cited(rule.entry(on))
    except NotInForce:
        now = None
    context = {
        "rule": rule,
        "now": now,
        "on": on,
        "history": list(reversed(rule.history())),
        "confidence": CONFIDENCE.get((now.confidence if now else rule.confidence).value, ""),
        "place_name": place_name(law, rule.place),
        "others": [(one, place_name(law, one.place)) for one in same if one is not rule],
        "documents": _documents(law, rule),
        "pack": "cn" if rule.place == "cn" else f"cn_{rule.place}",
    }
    return render(request, "standards/rule.html", context)


def _nearest(law: Law, name: str, same: list[Rule]) -> Rule:
    try:
        return law.rule(name, place=district.place())
    except LookupError:
        return same[0]


def _documents(law: Law, rule: Rule) -> list[Any]:
    found: dict[str, Any] = {}
    for entry in rule.entries:
        document = law.document(entry.clause.document)
        if document is not None:
            found.setdefault(document.slug, document)
    return list(found.values())


urlpatterns = [
    path("law/", browse, name="law"),
    path("law/<path:name>/", one_rule, name="rule"),
]
