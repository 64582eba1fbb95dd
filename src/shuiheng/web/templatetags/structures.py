"""Values of law that are more than a number: deadlines, bands, conditions, tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from shuiheng.mechanisms.common.showing import unit_words
from shuiheng.web.law_words import WORDS
from shuiheng.web.templatetags.shuiheng import _marked, english, register


@register.filter
def deadline(value: Any) -> SafeString:
    """Show a deadline of law: so many days from an event, or a day of the year."""
    if not isinstance(value, Mapping):
        return _marked(value)
    if "count" in value:
        unit = unit_words(str(value.get("unit", "")), "en" if english() else "zh")
        start = _marked(value.get("from", ""))
        if english():
            return format_html("{} {} · {}", value["count"], unit, start)
        return format_html("{}起 {} {}", start, value["count"], unit)
    if "month" in value and "day" in value:
        day = f"{int(value['month']):02d}-{int(value['day']):02d}"
        return format_html("{} {}", _("每年"), day)
    return structure(value)


@register.filter
def structure(value: Any) -> SafeString:
    """Show a plain structure: a mapping as facts, a list of mappings as a table."""
    if isinstance(value, Mapping):
        names = _of_language([str(name) for name in value])
        plain = {str(name): inner for name, inner in value.items()}
        rows = ((_key(name), structure(plain[name])) for name in names)
        body = format_html_join("", '<tr><th scope="row">{}</th><td>{}</td></tr>', rows)
        return format_html('<table class="facts">{}</table>', body)
    if isinstance(value, Sequence) and not isinstance(value, str):
        if value and all(isinstance(row, Mapping) for row in value):
            return _table(value)
        return format_html_join(_("、"), "{}", ((structure(one),) for one in value))
    if isinstance(value, bool):
        return _marked(_("是") if value else _("否"))
    return _marked("" if value is None else value)


def _table(rows: Sequence[Mapping[str, Any]]) -> SafeString:
    names = _of_language(list(dict.fromkeys(str(name) for row in rows for name in row)))
    head = format_html_join("", '<th scope="col">{}</th>', ((_key(name),) for name in names))
    body = format_html_join(
        "",
        "<tr>{}</tr>",
        (
            (format_html_join("", "<td>{}</td>", ((structure(row.get(n)),) for n in names)),)
            for row in rows
        ),
    )
    return format_html(
        '<div class="scroll"><table><thead><tr>{}</tr></thead><tbody>{}</tbody></table></div>',
        head,
        body,
    )


def _of_language(names: Sequence[str]) -> list[str]:
    """Return the columns for the reader: of a pair such as title and title_en, one."""
    if not english():
        return [name for name in names if not name.endswith("_en")]
    paired = {name.removesuffix("_en") for name in names if name.endswith("_en")}
    return [name for name in names if name not in paired]


def _key(name: object) -> SafeString:
    text = str(name)
    if english():
        return _marked(text.removesuffix("_en").replace("_", " "))
    return _marked(WORDS.get(text, text.replace("_", " ")))
