"""Word documents to text: paragraphs, tables, and the numbers that Word counts itself."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from typing import Any

from shuiheng.core.plan_text.unreadable import UnreadableDocument

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_DIGITS = "零一二三四五六七八九"


def word_text(data: bytes, name: str) -> str:
    """Return the text of a .docx, with automatic numbers (一、（一）1.) where Word shows them.

    :raises UnreadableDocument: if the document's parts cannot be read
    """
    from docx import Document
    from docx.opc.exceptions import OpcError
    from lxml.etree import XMLSyntaxError

    try:
        document = Document(io.BytesIO(data))
    except (
        OpcError, XMLSyntaxError, KeyError, ValueError, RuntimeError, zipfile.BadZipFile,
    ) as wrong:  # fmt: skip
        raise UnreadableDocument(
            name, "Word 文件已损坏", "请重新保存为 .docx。(The Word document is damaged.)"
        ) from wrong
    numbers = _Numbers(document)
    return "\n".join(_lines(document.element.body, numbers))


def _lines(body: Any, numbers: _Numbers) -> Iterator[str]:
    """Yield one line for each paragraph and for each row of a table."""
    for element in body:
        if element.tag == f"{_W}p":
            yield numbers.label(element) + _said(element)
        elif element.tag == f"{_W}tbl":
            for row in element.iter(f"{_W}tr"):
                cells = [
                    "".join(numbers.label(p) + _said(p) for p in cell.iter(f"{_W}p")).strip()
                    for cell in row.findall(f"{_W}tc")
                ]
                yield "\t".join(cells)
        elif element.tag == f"{_W}sdt":
            content = element.find(f"{_W}sdtContent")
            if content is not None:
                yield from _lines(content, numbers)


def _said(paragraph: Any) -> str:
    """Return a paragraph's text as it is shown: without deleted text, breaks as blanks."""
    pieces: list[str] = []
    for element in paragraph.iter():
        if element.tag == f"{_W}t":
            pieces.append(element.text or "")
        elif element.tag in {f"{_W}tab", f"{_W}cr"} and element.getparent().tag == f"{_W}r":
            pieces.append(" ")
        elif element.tag == f"{_W}br":
            pieces.append("\n" if element.get(f"{_W}type") in {None, "textWrapping"} else "")
    return "".join(pieces)


class _Numbers:
    """Counts Word's automatic numbering, list by list and level by level."""

    def __init__(self, document: Any) -> None:
        self.levels: dict[tuple[str, int], tuple[str, str, int]] = {}
        self.abstract: dict[str, str] = {}
        self.styles: dict[str, tuple[str, int]] = {}
        self.counts: dict[str, list[int]] = {}
        self._read_numbering(document)
        self._read_styles(document)

    def _read_numbering(self, document: Any) -> None:
        try:
            root = document.part.numbering_part.element
        except (KeyError, NotImplementedError):
            return
        for one in root.findall(f"{_W}abstractNum"):
            own = one.get(f"{_W}abstractNumId")
            for level in one.findall(f"{_W}lvl"):
                self.levels[own, int(level.get(f"{_W}ilvl") or 0)] = (
                    _value(level, "numFmt", "decimal"),
                    _value(level, "lvlText", ""),
                    int(_value(level, "start", "1")),
                )
        for number in root.findall(f"{_W}num"):
            self.abstract[number.get(f"{_W}numId")] = _value(number, "abstractNumId", "")

    def _read_styles(self, document: Any) -> None:
        for style in document.styles.element.findall(f"{_W}style"):
            found = style.find(f"{_W}pPr/{_W}numPr")
            if found is not None:
                level = int(_value(found, "ilvl", "0"))
                self.styles[style.get(f"{_W}styleId")] = (_value(found, "numId", "0"), level)

    def label(self, paragraph: Any) -> str:
        """Return the number that Word shows before the paragraph, or an empty text."""
        own = paragraph.find(f"{_W}pPr/{_W}numPr")
        if own is not None:
            number, level = _value(own, "numId", "0"), int(_value(own, "ilvl", "0"))
        else:
            style = paragraph.find(f"{_W}pPr/{_W}pStyle")
            known = self.styles.get(style.get(f"{_W}val")) if style is not None else None
            if known is None:
                return ""
            number, level = known
        key = self.abstract.get(number, "")
        if number == "0" or (key, level) not in self.levels:
            return ""
        counts = self.counts.setdefault(key, [])
        while len(counts) <= level:
            start = self.levels.get((key, len(counts)), ("", "", 1))[2]
            counts.append(start - 1)
        counts[level] += 1
        del counts[level + 1 :]
        form, shown, _ = self.levels[key, level]
        if form in {"bullet", "none"}:
            return ""

        def written(match: re.Match[str]) -> str:
            place = int(match[1]) - 1
            if place >= len(counts):
                return ""
            own_form = self.levels.get((key, place), (form, "", 1))[0]
            return _written(counts[place], own_form)

        return re.sub(r"%(\d)", written, shown)


def _value(element: Any, name: str, otherwise: str) -> str:
    found = element.find(f"{_W}{name}")
    return otherwise if found is None else str(found.get(f"{_W}val") or otherwise)


def _written(number: int, form: str) -> str:
    """Return a number as the numbering format writes it.

    >>> [_written(12, form) for form in ("chineseCounting", "decimal", "decimalEnclosedCircle")]
    ['十二', '12', '⑫']
    """
    lowered = form.lower()
    if "circle" in lowered and 1 <= number <= 20:
        return chr(ord("①") + number - 1)
    if any(word in lowered for word in ("chinese", "ideograph", "japanese", "taiwanese")):
        tens, ones = divmod(number, 10)
        if number < 100:
            head = "" if tens == 0 else "十" if tens == 1 else _DIGITS[tens] + "十"
            return head + (_DIGITS[ones] if ones or not tens else "")
        return "".join(_DIGITS[int(sign)] for sign in str(number))
    return f"{number:02d}" if form == "decimalZero" else str(number)
