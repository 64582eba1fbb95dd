"""Reading a page as a checker does: texts with the language they are marked as, forbidden parts."""

from __future__ import annotations

import re
from html.parser import HTMLParser

CHINESE = re.compile(r"[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]")
VOID = {"meta", "link", "input", "br", "img", "hr", "use", "rect", "path", "circle", "line"}


class Page(HTMLParser):
    """What a page holds: its texts by language, its addresses, and what is not allowed in it."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.texts: list[tuple[str, str]] = []
        self.links: list[str] = []
        self.ids: list[str] = []
        self.headings = 0
        self.forbidden: list[str] = []
        self.language = ""
        self._open: list[tuple[str, str]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element: its language, its addresses, its labels."""
        given = {name: value or "" for name, value in attrs}
        lang = given.get("lang") or (self._open[-1][1] if self._open else "")
        if tag == "html":
            self.language = lang
        self.headings += tag == "h1"
        for name, value in given.items():
            if name in {"aria-label", "title", "placeholder", "alt", "data-head"}:
                self.texts.append((lang, value))
            if name.startswith("on") or name == "style":
                self.forbidden.append(f"{tag} {name}={value!r}")
            if name in {"href", "src", "action", "hx-get"}:
                self.links.append(value)
            if name == "id":
                self.ids.append(value)
        if tag == "style" or (tag == "script" and "src" not in given):
            self.forbidden.append(tag)
        if tag not in VOID:
            self._open.append((tag, lang))

    def handle_endtag(self, tag: str) -> None:
        """Close the element."""
        for place in range(len(self._open) - 1, -1, -1):
            if self._open[place][0] == tag:
                del self._open[place:]
                return

    def handle_data(self, data: str) -> None:
        """Note a text."""
        if data.strip():
            self.texts.append((self._open[-1][1] if self._open else "", data.strip()))

    def unmarked_chinese(self) -> list[str]:
        """Return the Chinese texts that are not marked as Chinese."""
        return [
            text for lang, text in self.texts if CHINESE.search(text) and not lang.startswith("zh")
        ]
