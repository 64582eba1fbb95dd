"""Fold a text to one spelling of its signs, and keep where each character came from."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

Span = tuple[int, int]

CJK = r"\u3400-\u9fff\uf900-\ufaff"


def _table() -> dict[int, str]:
    """Return the one-to-one folding of signs: no character becomes two or none."""
    table: dict[int, str] = {}
    for code in (*range(0xFF01, 0xFF5F), *range(0x2F00, 0x2FD6), *range(0xF900, 0xFB00)):
        folded = unicodedata.normalize("NFKC", chr(code))
        if len(folded) == 1:
            table[code] = folded
    table.update(dict.fromkeys(map(ord, "\u3000\xa0\u2002\u2003\u2009\u202f"), " "))
    table.update(dict.fromkeys(map(ord, "\x0b\x0c\x85\u2028\u2029"), "\n"))
    table.update(dict.fromkeys(map(ord, "–―─━‒⸺"), "—"))
    table.update(dict.fromkeys(map(ord, "〜∼˜～"), "~"))
    table.update({ord(k): v for k, v in {"∶": ":", "﹕": ":", "﹔": ";", "､": "、"}.items()})
    table.update({ord(k): v for k, v in {"﹑": "、", "｡": "。", "﹪": "%", "﹙": "("}.items()})
    table.update({ord(k): v for k, v in {"﹚": ")", "﹐": "，", ",": "，", "〇": "〇"}.items()})
    table.update({ord(k): v for k, v in {"○": "〇", "◯": "〇", "！": "！", "？": "？"}.items()})
    table[ord("，")] = "，"
    table.update({ord(k): v for k, v in {"「": "“", "」": "”", "『": "“", "』": "”"}.items()})
    table[ord('"')] = "”"
    return table


_TABLE = _table()
_TOWN_BRACKETS = re.compile(rf"〔([{CJK}、]{{1,8}})〕")
_THOUSANDS = re.compile(r"(?<=\d)，(?=\d{3}(?!\d))")
_INVISIBLE = re.compile("[\u200b-\u200f\ufeff\u2060\xad]+")
_DIGIT_GAP = re.compile(rf"(?<=[0-9%]) (?=[{CJK}])|(?<=[{CJK}“]) (?=[0-9])")
_SPACED_LINE = re.compile(rf"(?m)^[ \t]*(?:[{CJK}] +){{1,11}}[{CJK}][ \t]*$")
_GAPS = re.compile(rf"(?<=[{CJK}]) +(?=[{CJK}])")
_LINE = re.compile(r"[^\n]+")
_ENDS = "。;:！？!?)】]”…"
_NEW_PARAGRAPH = re.compile(
    r"[ \t]{2}|[ \t]*(?:第[一二三四五六七八九十百\d]{1,4}[章节条篇编部]"
    r"|[一二三四五六七八九十]{1,3}[、.]"
    r"|\([一二三四五六七八九十\d]{1,3}\)|\d{1,3}[、.)](?!\d)|[①-⑳]|—|#|[-*+|] |\||【"
    r"|附[件表录]|\(?(?:牵头|责任|配合|参与|主办|协办)(?:单位|部门))"
)
_CLAUSE_OPENS = re.compile(r"[(【][^()【】\n]{0,6}(?:牵头|责任|配合|负责|[省市区县])")


@dataclass(frozen=True, slots=True)
class Folded:
    """A folded text; ``at[i]`` is the place in the original of the character ``text[i]``."""

    original: str
    text: str
    at: Sequence[int]

    def span(self, start: int, end: int) -> Span:
        """Return the span of the original that ``text[start:end]`` was read from."""
        if end <= start:
            place = self.at[start] if start < len(self.at) else len(self.original)
            return (place, place)
        return (self.at[start], self.at[end - 1] + 1)

    def written(self, start: int, end: int) -> str:
        """Return the original behind ``text[start:end]``."""
        first, last = self.span(start, end)
        return self.original[first:last]


def fold(text: str) -> Folded:
    """Return ``text`` with full-width digits and signs folded and broken lines joined.

    >>> folded = fold("到２０２５ 年，漏损率控制在９％以内")
    >>> folded.text
    '到2025年，漏损率控制在9%以内'
    >>> folded.written(1, 6)
    '２０２５ 年'
    """
    folded = text.replace("\r\n", " \n").replace("\r", "\n").translate(_TABLE)
    folded = _TOWN_BRACKETS.sub(r"(\1)", folded)
    folded = _THOUSANDS.sub(",", folded)
    gone = [match.span() for match in _INVISIBLE.finditer(folded)]
    gone.extend(_digit_gaps(folded))
    for line in _SPACED_LINE.finditer(folded):
        gone.extend(gap.span() for gap in _GAPS.finditer(folded, *line.span()))
    gone.extend(_wrapped_breaks(folded))
    if not gone:
        return Folded(text, folded, range(len(folded)))
    pieces: list[str] = []
    at: list[int] = []
    place = 0
    for start, end in sorted(gone):
        if start > place:
            pieces.append(folded[place:start])
            at.extend(range(place, start))
        place = max(place, end)
    pieces.append(folded[place:])
    at.extend(range(place, len(folded)))
    return Folded(text, "".join(pieces), at)


def _digit_gaps(text: str) -> Iterable[Span]:
    """Yield the blanks between digits and characters, but not the one after an item's number."""
    for gap in _DIGIT_GAP.finditer(text):
        line_start = text.rfind("\n", max(0, gap.start() - 12), gap.start()) + 1
        before = text[line_start : gap.start()].strip(" \t#*") if line_start else None
        if gap.start() < 12 and line_start == 0:
            before = text[: gap.start()].strip(" \t#*")
        number_alone = before is not None and before.replace(".", "").isdigit()
        if number_alone and text[gap.end()] not in "年月日%":
            continue
        yield gap.span()


def _wrapped_breaks(text: str) -> Iterable[Span]:
    """Yield the line breaks that only wrap a paragraph: all full lines are equally wide."""
    lines = list(_LINE.finditer(text))
    if len(lines) < 2:
        return
    broken = [
        len(line.group().rstrip())
        for line, after in pairwise(lines)
        if after.start() == line.end() + 1 and line.group().rstrip()[-1:] not in _ENDS
    ]
    long_lines = sorted(width for width in broken if width >= 18)
    width = long_lines[len(long_lines) * 3 // 4] if long_lines else 0
    near = sum(1 for one in long_lines if abs(one - width) <= 3)
    wrapped = near >= 4 and near * 10 >= len(long_lines) * 6
    for line, after in pairwise(lines):
        content = line.group().rstrip()
        if not content or after.start() != line.end() + 1 or not after.group().strip():
            continue
        opened = _open_clause(content)
        full = wrapped and len(content) >= width - 3 and content[-1] not in "。;!?！？"
        listed = content[-1] == "、" and len(after.group()) < 60
        if (full or opened or listed) and not _NEW_PARAGRAPH.match(after.group()):
            start = line.start() + len(content)
            lead = len(after.group()) - len(after.group().lstrip())
            yield (start, after.start() + lead)


def _open_clause(line: str) -> bool:
    """Return whether the line breaks inside a parenthesis that names who is responsible."""
    last = max(line.rfind("("), line.rfind("【"))
    if last < 0 or len(line) - last > 400:
        return False
    closing = ")" if line[last] == "(" else "】"
    return closing not in line[last:] and bool(_CLAUSE_OPENS.match(line, last))
