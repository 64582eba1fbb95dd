"""Every text for people that can be translated, found in templates, code and fixed lists.

``python -m tests.web.messages`` prints those that the English translation lacks.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "shuiheng"
ENGLISH = PACKAGE / "web/locale/en/LC_MESSAGES/django.po"
CALLS = {"_", "gettext", "gettext_lazy", "ngettext"}


def in_code() -> Iterator[tuple[str, str]]:
    """Yield each text that code asks the translation of, with its file."""
    for file in sorted([*PACKAGE.glob("web/**/*.py"), *PACKAGE.glob("mechanisms/**/*.py")]):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id in CALLS
            ):
                first = node.args[0] if node.args else None
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    yield first.value, str(file.relative_to(ROOT))


def in_templates() -> Iterator[tuple[str, str]]:
    """Yield each text that templates ask the translation of, with its file."""
    from django.template.loader import get_template
    from django.templatetags.i18n import BlockTranslateNode, TranslateNode

    for file in sorted(PACKAGE.glob("**/templates/**/*.html")):
        name = str(file.relative_to(next(p for p in file.parents if p.name == "templates")))
        for node in walk(get_template(name).template.nodelist):
            if isinstance(node, TranslateNode):
                yield str(node.filter_expression.var.literal), str(file.relative_to(ROOT))
            elif isinstance(node, BlockTranslateNode):
                yield node.render_token_list(node.singular)[0], str(file.relative_to(ROOT))


def walk(nodes: Any) -> Iterator[Any]:
    """Yield every node of a template, those of its blocks and branches included."""
    for node in nodes:
        yield node
        for name in getattr(node, "child_nodelists", ()):
            inner = getattr(node, name, None)
            if inner is not None:
                yield from walk(inner)
        if hasattr(node, "conditions_nodelists"):
            for _condition, inner in node.conditions_nodelists:
                yield from walk(inner)


def in_lists() -> Iterator[tuple[str, str]]:
    """Yield the words of fixed lists: verdicts, levels, kinds of data, choices of tables."""
    from django.apps import apps

    from shuiheng.mechanisms.common import charts, pages, qualities
    from shuiheng.mechanisms.metering import pages_edit, pages_tree
    from shuiheng.rules import Law
    from shuiheng.web.templatetags import shuiheng as parts

    lists = (
        parts.VERDICTS, parts.LEVELS, parts.METHODS, pages.LEVELS, charts.QUALITY_WORDS,
        qualities.LETTERS, qualities.LETTERS_ABOUT, qualities.METHODS, qualities.ACTIONS,
        qualities.SHORT, pages_edit.HINTS, pages_tree.VERDICTS, pages_tree.LEVELS, pages_tree.KINDS,
    )  # fmt: skip
    for words in lists:
        for word in words.values():
            yield word, "a list of words"
    for name in Law.shipped().places().values():
        yield name, "names of places"
    for model in apps.get_models():
        for field in model._meta.get_fields():
            for _value, label in getattr(field, "choices", None) or ():
                if label and not label.startswith("-"):
                    yield str(label), f"choices of {model.__name__}"


def every() -> dict[str, str]:
    """Return every text with one place where it stands."""
    found: dict[str, str] = {}
    for text, place in (*in_code(), *in_templates(), *in_lists()):
        if any(letter >= "\u2e80" for letter in text):
            found.setdefault(text, place)
    return found


def translated() -> dict[str, str]:
    """Return what the English translation holds."""
    from babel.messages.pofile import read_po

    with ENGLISH.open("rb") as file:
        catalogue = read_po(file, locale="en", abort_invalid=True)
    texts = {}
    for message in catalogue:
        if message.id:
            single = message.id if isinstance(message.id, str) else message.id[0]
            texts[single] = message.string if isinstance(message.string, str) else message.string[0]
    return texts


if __name__ == "__main__":
    import sys

    from shuiheng.web import start

    start()
    known = translated() if ENGLISH.is_file() else {}
    for text, place in every().items():
        if not known.get(text):
            sys.stdout.write(f"{text!r}  # {place}\n")
