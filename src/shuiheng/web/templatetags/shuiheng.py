"""The parts that pages are made of: values, verdicts, quality, clauses, addresses.

Each part stands with an example on the page /style/.
"""

from __future__ import annotations

import hashlib
import re
from datetime import datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from django import template
from django.contrib.staticfiles import finders
from django.http import HttpRequest
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from shuiheng.basics import Clause, Quality, Quantity
from shuiheng.core.accounts.totals import METHOD_TITLES
from shuiheng.mechanisms.common import charts, district
from shuiheng.mechanisms.common.evidence import cards
from shuiheng.mechanisms.common.showing import DASH, digits, show, unit_words

register = template.Library()

CHINESE = re.compile(r"[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]")
VERDICTS = {
    "met": "达标",
    "on_course": "可达",
    "behind": "滞后",
    "not_met": "未达标",
    "not_measurable": "缺数据",
    "tracked": "跟踪",
}
# What the methods of figures are called that the accounts do not name themselves.
METHODS = {"corrected": "修正后", "gross": "修正前", "head_tail": "首尾测算法"}
LEVELS = {"blocks": "阻断", "warns": "提醒", "informs": "告知"}


def english() -> bool:
    """Return whether the reader reads English."""
    return (get_language() or "zh").startswith("en")


def _marked(text: object) -> SafeString:
    """Return the text, marked as Chinese where an English page shows it as it stands."""
    if english() and CHINESE.search(str(text)):
        return format_html('<span lang="zh">{}</span>', text)
    return format_html("{}", text)


@register.filter
def zh(text: object) -> SafeString:
    """Show words that exist in Chinese only (names, quotes of law), marked as such in English."""
    return _marked("" if text is None else text)


@register.filter
def said(text: object) -> SafeString:
    """Show a word of a fixed list (a use class, a role) in the reader's language."""
    return _marked(_(str(text)) if text else "")


def _field(thing: Any, name: str) -> Any:
    return thing.get(name, "") if isinstance(thing, dict) else getattr(thing, name, "")


@register.filter
def titled(thing: Any) -> SafeString:
    """Show the title of a rule, figure, task or document in the reader's language."""
    if english() and _field(thing, "title_en"):
        return _marked(_field(thing, "title_en"))
    return _marked(_field(thing, "title") or _field(thing, "name"))


@register.filter
def named(thing: Any) -> SafeString:
    """Show the name of a user or place in the reader's language."""
    if english() and _field(thing, "name_en"):
        return _marked(_field(thing, "name_en"))
    return _marked(_field(thing, "name"))


@register.filter
def sentence(finding: Any) -> SafeString:
    """Show a finding's sentence in the reader's language."""
    if english() and _field(finding, "text_en"):
        return _marked(_field(finding, "text_en"))
    return _marked(_field(finding, "text"))


@register.filter
def formula(node: Any) -> SafeString:
    """Show a node's formula in the reader's language."""
    return _marked((english() and _field(node, "formula_en")) or _field(node, "formula"))


@register.filter
def noted(thing: Any) -> SafeString:
    """Show a note in the reader's language."""
    if english() and _field(thing, "note_en"):
        return _marked(_field(thing, "note_en"))
    return _marked(_field(thing, "note"))


@register.simple_tag
def value(amount: Any, unit: str = "", full: bool = False) -> SafeString:
    """Show a value with its unit: three significant digits, or every digit when ``full``."""
    if amount is None:
        return format_html('<span class="value"><b>{}</b></span>', DASH)
    if isinstance(amount, Decimal | int):
        shown = show(amount, unit or "", language="en" if english() else "zh", full=full)
        tight = " tight" if shown.unit in {"%", "‰"} else ""
        return format_html(
            '<span class="value"{}><b>{}</b><span class="unit{}">{}</span></span>',
            hectares(amount, unit),
            shown.number,
            tight,
            _marked(shown.unit),
        )
    return format_html('<span class="value"><b>{}</b></span>', _marked(amount))


def hectares(amount: Decimal | int, unit: str) -> SafeString:
    """Return the attribute that tells an area in hectares to whoever points at it."""
    if unit not in {"mu", "亩", "万亩", "m2"}:
        return mark_safe("")
    area = Quantity(Decimal(amount), unit).to("ha").value
    return format_html(' title="{} {}"', digits(area), unit_words("ha", get_language() or "zh"))


@register.filter
def mechanism(name: str) -> SafeString:
    """Show what a mechanism is called; its folder's name where it has no card yet."""
    card = next((card for card in cards() if card.name == name), None)
    return titled(card) if card else _marked(name)


@register.filter
def unit(name: str) -> SafeString:
    """Show a unit in the reader's language."""
    return _marked(unit_words(name or "", "en" if english() else "zh"))


@register.filter
def litres(amount: int | None) -> SafeString:
    """Show a volume kept in litres, in full m³."""
    return value(None if amount is None else Decimal(amount) / 1000, "m3", full=True)


@register.filter
def moment(at: datetime | None) -> str:
    """Show an instant as Shanghai time."""
    if at is None:
        return "—"
    return timezone.localtime(at).strftime("%Y-%m-%d %H:%M") if timezone.is_aware(at) else str(at)


@register.filter
def share(amount: Any) -> str:
    """Show a share of one in percent."""
    return str(show(Decimal(str(amount)), "1")) if amount is not None else "—"


def verdict_word(verdict: object) -> str:
    """Return the plain key of a verdict, however it is spelt."""
    word = str(getattr(verdict, "value", verdict) or "not_measurable")
    return word.strip().lower().replace(" ", "_").replace("-", "_")


@register.simple_tag
def verdict(word: object, provisional: bool = False, count: int | None = None) -> SafeString:
    """Show a verdict as shape, word and colour; ``count`` stands after it where given."""
    key = verdict_word(word)
    return format_html(
        '<span class="verdict v-{key}{dashed}"><svg aria-hidden="true"><use href="#v-{key}"/></svg>'
        "{words}{count}</span>",
        key=key,
        dashed=mark_safe(" provisional") if provisional else "",
        words=_marked(_(VERDICTS.get(key, key))),
        count="" if count is None else f" {count}",
    )


@register.filter
def tone(word: object) -> str:
    """Return the class that gives an element the colour of a verdict."""
    return f"v-{verdict_word(word)}"


@register.simple_tag
def level(word: object) -> SafeString:
    """Show the level of a finding."""
    key = str(getattr(word, "value", word))
    return format_html('<span class="tag {}">{}</span>', key, _marked(_(LEVELS.get(key, key))))


@register.simple_tag
def quality(of: Quality | None, width: int = 96, words: bool = True) -> SafeString:
    """Show which shares of a figure are measured, estimated, declared, missing."""
    if of is None:
        return mark_safe("")
    x, boxes, told = 0.0, [], []
    for name, word in charts.QUALITY_WORDS.items():
        part = float(getattr(of, name))
        if part <= 0:
            continue
        boxes.append((name, f"{x:.2f}", f"{part * width:.2f}", charts.PATTERNS[name]))
        told.append(f"{_(word)} {_percent(part)}")
        x += part * width
    text = " · ".join(told)
    bar = format_html_join(
        "",
        '<rect class="q-{}" x="{}" y="0" width="{}" height="9" fill="{}"/>',
        boxes,
    )
    drawn = format_html(
        '<svg width="{0}" height="9" viewBox="0 0 {0} 9" role="img" aria-label="{1}">{2}</svg>',
        width,
        text,
        bar,
    )
    return format_html(
        '<span class="quality">{}{}</span>',
        drawn,
        format_html("<span>{}</span>", _marked(text)) if words else "",
    )


def _percent(part: float) -> str:
    if part >= 0.9995:
        return "100%"
    return "<0.1%" if part < 0.001 else f"{part * 100:.1f}".rstrip("0").rstrip(".") + "%"


@register.simple_tag
def clause(of: Clause | None, rule: str = "", quoted: bool = False) -> SafeString:
    """Show a passage of law: document and article; with its quote when ``quoted``."""
    if of is None:
        return mark_safe("")
    text = _marked(str(of))
    href = f"/law/{quote(rule)}/" if rule else "/law/?" + urlencode({"document": of.document})
    shown = format_html('<span class="clause"><a href="{}">{}</a></span>', href, text)
    if quoted and of.quote:
        shown += format_html('<blockquote lang="zh">{}</blockquote>', of.quote)
    return shown


@register.simple_tag
def sparkline(values: Any, target: Any = None) -> SafeString:
    """Draw a small trend; ``target`` is a dotted line."""
    return charts.sparkline(list(values or ()), target)


@cache
def _digest(path: str) -> str:
    found = finders.find(path)
    return hashlib.sha256(Path(found).read_bytes()).hexdigest()[:10] if found else "0"


@register.simple_tag
def asset(path: str) -> str:
    """Return the address of a file of the pages, with its digest so that it may be kept long."""
    return f"{static(path)}?v={_digest(path)}"


@register.simple_tag(takes_context=True)
def address(context: template.Context, **changes: Any) -> str:
    """Return the present address with some of its parameters changed; empty ones are dropped."""
    request: HttpRequest = context["request"]
    query = request.GET.copy()
    for name, new in changes.items():
        if new in (None, ""):
            query.pop(name, None)
        else:
            query[name] = str(new)
    return f"{request.path}?{query.urlencode()}" if query else request.path


@register.simple_tag
def explain(name: str, on: Any = None) -> SafeString:
    """Return the attributes of a link to the explanation of a figure, opening beside the page."""
    href = f"/explain/{quote(name)}/" + (f"?on={on}" if on else "")
    return format_html(
        'href="{0}" hx-get="{0}" hx-target="#beside-content" hx-select="#explanation" '
        'hx-swap="innerHTML"',
        href,
    )


@register.inclusion_tag("common/chart.html")
def chart(of: charts.Chart) -> dict[str, Any]:
    """Show a chart with the table behind it."""
    return {"chart": of}


@register.filter
def purpose(thing: Any) -> SafeString:
    """Show what a mechanism is for in the reader's language."""
    card = _field(thing, "card") or thing
    return _marked((english() and card.purpose_en) or card.purpose)


@register.filter
def reason(judgement: Any) -> SafeString:
    """Show why a verdict was given in the reader's language."""
    return _marked((english() and judgement.reason_en) or judgement.reason)


@register.filter
def howto(missing: Any) -> SafeString:
    """Show how a missing input is loaded, in the reader's language."""
    return _marked((english() and _field(missing, "how_en")) or _field(missing, "how"))


@register.filter
def sign(sense: str) -> str:
    """Show the comparison of a target as a sign."""
    return {"at_most": "≤ ", "at_least": "≥ ", "equals": "= "}.get(sense, "")


@register.filter
def method(name: str) -> SafeString:
    """Show how a figure was computed where there are several ways."""
    if name in METHOD_TITLES:
        return _marked(METHOD_TITLES[name][english()])
    return said(METHODS.get(name, name))


@register.filter
def withvalue(evidence: Any) -> list[Any]:
    """Return the evidence whose figure has a value."""
    return [item for item in evidence if item.figure.value is not None]


@register.filter
def cubic(amount: int) -> str:
    """Show litres as cubic metres with three decimals, as a register reads."""
    return f"{Decimal(amount) / 1000:,.3f}"


@register.filter
def office(name: str) -> SafeString:
    """Show the name of a department or town; in English as the plan's English has it."""
    here = district.home()
    if english() and here is not None:
        plan = district.law().plan(here.plan) if here.plan in district.law().plans() else {}
        told = ((plan.get("english") or {}).get("units") or {}).get(name)
        return _marked(told or _(name))
    return _marked(name)


@register.filter
def units(names: Any) -> SafeString:
    """Show the names of units one after the other; a dash where there are none."""
    shown = [(office(name),) for name in names or ()]
    return format_html_join(_("、"), "{}", shown) if shown else mark_safe("—")


@register.filter
def thousands(count: int) -> str:
    """Show a count with its thousands separated."""
    return f"{count:,}"


@register.filter
def count(number: Any) -> int:
    """Return a number that may still be lazy as the plain number that a plural needs."""
    return int(str(number))


@register.filter
def cause(text: str) -> SafeString:
    """Show why a volume or figure changed: a batch of readings, an edit, rules, facts."""
    kind, _space, rest = str(text).partition(" ")
    number, _colon, name = rest.partition(": ")
    words = {
        "part": _("读数批次 %(number)s"), "edit": _("更正 %(number)s"),
        "rules": _("规则或算法改变"), "facts": _("水表参数改变"), "import": _("导入 %(number)s"),
        "declared": _("申报或台账数据改变"),
    }  # fmt: skip
    if kind not in words:
        return _marked(text)
    told = words[kind] % {"number": number} if "%(" in words[kind] else words[kind]
    return format_html("{} {}", _marked(told), _marked(name)) if name else _marked(told)
