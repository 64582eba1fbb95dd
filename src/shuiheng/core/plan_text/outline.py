"""Lines to a tree: chapters, groups, items, with their titles and bodies."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from shuiheng.core.plan_text.folding import CJK, Span

CN = "一二三四五六七八九十百零〇"
_UNIT_AHEAD = "万亿千百年月日号时天个倍米吨元亩平公立%家户人处座项次级"

_MARK = re.compile(
    rf"""[ \t]*(?P<md>\#{{1,6}}[ \t]*|>[ \t]*|[-*+][ \t]+)?(?:\*\*|__)?[ \t]*(?:
      第[ ]?(?P<chapter>[{CN}\d]{{1,5}})[ ]?(?P<kind>部分|[章篇编节条])(?=[ \t、:，.]|[{CJK}]|$)
    | (?P<named>(?:专项|重点)?(?:任务|行动|工程|举措))(?P<named_no>[{CN}]{{1,3}}|\d{{1,2}})[:、. ]
    | (?P<one>[{CN}]{{1,4}})[、.][ \t]*
    | \((?P<paren_one>[{CN}]{{1,4}})\)[、.]?
    | (?P<decimal>\d{{1,2}}(?:\.\d{{1,2}}){{1,3}})(?=[ \t、.]|[{CJK}](?<![{_UNIT_AHEAD}]))
    | (?P<digit>\d{{1,3}})(?:、|\.(?!\d)|\.(?=20\d\d年)|[ ]{{1,4}}(?=[{CJK}](?<![{_UNIT_AHEAD}])))
    | \((?P<paren_digit>\d{{1,3}})\)[、.]?
    | (?P<half>\d{{1,2}})\)
    | (?P<circle>[①-⑳])
    | (?P<dash>——?[ ]?|[•●◆■▪][ ]?)(?=[“{CJK}])
    )""",
    re.X,
)
_MARKDOWN = re.compile(r"[ \t]*(#{1,6})[ \t]+(?=\S)")
_APPENDIX = re.compile(
    r"[ \t]*(?:附[ ]?[件表录]|名词解释)[ ]?[\d一二三四五六七八九十]*[ \t]*(?:[:：、.]|$)"
)
_PLAIN_TITLES = re.compile(
    r"[ \t]*(?P<title>指导思想|基本原则|工作原则|总体要求|总体思路|主要目标"
    r"|工作目标|总体目标|行动目标|发展目标"
    r"|目标任务|重点任务|主要任务|工作任务|重点工作|重点行动|主要措施|工作措施|重点举措|保障措施|组织实施|组织保障"
    r"|工作要求|工作保障|保障机制|实施步骤|进度安排|工作步骤)[ \t]*[:：]?[ \t]*$"
)
_INLINE_TITLES = re.compile(
    r"[ \t]*(?P<title>工作目标|主要目标|总体目标|行动目标|发展目标|主要指标"
    r"|总体要求|基本原则)[ \t]*[:：](?=[ \t]*\S)"
)
_STYLE_RANK = {"one": 2.0, "paren_one": 3.0, "digit": 4.0, "paren_digit": 5.0, "half": 5.5}
_IN_LINE = ("paren_one", "digit", "paren_digit")
_CHAPTERS = {"one", "chapter", "markdown", "plain"}
_CHAPTER_RANK = {"章": 0.0, "篇": 0.0, "编": 0.0, "部分": 0.0, "节": 1.0, "条": 3.5}
_LINE = re.compile(r"[^\n]+")
_NUMBER_SAID = re.compile(r"\d|“?十[一二三四五]五")
_SENTENCE_END = re.compile(r"[。!！?？]")
_CLAUSE_HINT = re.compile(
    r"[(【\[](?=[^()【】\[\]]{0,400}(?:牵头|责任|负责|配合|参与|分工|局|委|部|厅|办|政府|街道))"
)


@dataclass(slots=True, eq=False)
class Node:
    """One heading or item with the text that belongs to it; spans are of the folded text."""

    rank: float
    style: str
    label: str
    number: int
    start: int
    head_end: int
    end: int = 0
    title: str = ""
    title_span: Span = (0, 0)
    children: list[Node] = field(default_factory=list)

    @property
    def body_end(self) -> int:
        """Where the node's own text ends and its first child begins."""
        return self.children[0].start if self.children else self.end

    def walk(self) -> Iterator[Node]:
        """Yield the node and all below it, in the order of the text."""
        stack = [self]
        while stack:
            node = stack.pop()
            yield node
            stack.extend(reversed(node.children))


def number_of(text: str) -> int:
    """Return the value of digits or of a Chinese number; 0 when it is neither.

    >>> number_of("二十三"), number_of("百零五"), number_of("7"), number_of("二〇二五")
    (23, 105, 7, 2025)
    """
    if text.isascii() and text.isdigit():
        return int(text)
    values = {sign: place for place, sign in enumerate("零一二三四五六七八九")}
    values.update({"〇": 0, "两": 2})
    if not text or any(sign not in values and sign not in "十百千万" for sign in text):
        return 0
    if all(sign in values for sign in text):
        return int("".join(str(values[sign]) for sign in text[:9]))
    total = section = digit = 0
    for sign in text:
        if sign in values:
            digit = values[sign]
        elif sign == "万":
            total, section, digit = (total + section + digit) * 10_000, 0, 0
        else:
            section += (digit or 1) * {"十": 10, "百": 100, "千": 1000}[sign]
            digit = 0
    return total + section + digit


def outline(text: str) -> Node:
    """Return the tree of headings and items of a folded text, below a root without a label."""
    root = Node(-9.0, "root", "", 0, 0, 0, end=len(text))
    stack = [root]
    numbered = _plain_titles_below(text)
    for start, end in _starts(text):
        node = _node_at(text, start, end, numbered)
        if node is None:
            continue
        if node.style == "inline" and all(one.style not in _CHAPTERS for one in stack):
            node.rank = 2.0
        while stack[-1].rank >= node.rank:
            stack.pop().end = node.start
        stack[-1].children.append(node)
        stack.append(node)
    for node in stack:
        node.end = len(text)
    for node in root.walk():
        if node is not root and node.style != "appendix":
            _read_title(text, node)
    return root


def _starts(text: str) -> Iterator[Span]:
    """Yield where lines begin, and where items begin that share a line: 1.甲。2.乙。3.丙。"""
    for line in _LINE.finditer(text):
        yield line.span()
        found = _MARK.match(text, *line.span())
        style = next((name for name in _IN_LINE if found and found[name]), "")
        if not found or not style:
            continue
        number, place = number_of(found[style]), found.end()
        while after := re.compile(r"[。；;][ ]?(?=[(\d一二三四五六七八九十])").search(
            text, place, line.end()
        ):
            place = after.end()
            item = _MARK.match(text, place, line.end())
            if item and item[style] and number_of(item[style]) == number + 1:
                number += 1
                yield place, line.end()


def _plain_titles_below(text: str) -> bool:
    """Return whether titles without a number stand below 一、 and not above it."""
    if not re.search(rf"(?m)^[ \t#*]*[{CN}]{{1,3}}、", text):
        return False
    above = False
    for line in _LINE.finditer(text):
        if _PLAIN_TITLES.match(line.group()):
            above = True
        elif above and (found := _MARK.match(line.group())):
            if found["one"] == "一":
                return False
            above = False
    return True


def _node_at(text: str, start: int, end: int, numbered: bool) -> Node | None:
    """Return the heading or item that begins at ``start``, or None when the line is plain."""
    if _APPENDIX.match(text, start, end):
        return Node(-1.0, "appendix", text[start:end].strip()[:20], 0, start, end)
    found = _MARK.match(text, start, end)
    if found is None:
        plain = _PLAIN_TITLES.match(text, start, end)
        if plain:
            rank = 2.9 if numbered else 1.9
            return Node(rank, "plain", "", 0, start, plain.start("title"))
        inline = _INLINE_TITLES.match(text, start, end)
        if inline:
            return Node(2.9, "inline", "", 0, start, inline.start("title"))
        heading = _MARKDOWN.match(text, start, end)
        if heading and len(heading[1]) > 1:
            return Node(1.0 + len(heading[1]) / 20, "markdown", "", 0, start, heading.end())
        return None
    style = found.lastgroup or ""
    label = text[found.end("md") if found["md"] else start : found.end()].strip(" \t*_")
    if found["chapter"]:
        rank, number = _CHAPTER_RANK[found["kind"]], number_of(found["chapter"])
        style = "chapter" if found["kind"] != "条" else "article"
    elif found["named"]:
        rank, number, style = 2.5, number_of(found["named_no"]), "named"
    elif found["decimal"]:
        parts = found["decimal"].split(".")
        rank, number, style = 4.0 + 0.2 * (len(parts) - 1), int(parts[-1]), "decimal"
    elif found["dash"]:
        rank, number, style = 6.5, 0, "dash"
    elif found["circle"]:
        rank, number, style = 6.0, ord(found["circle"]) - ord("①") + 1, "circle"
    else:
        style = next(name for name in _STYLE_RANK if found[name])
        rank, number = _STYLE_RANK[style], number_of(found[style])
    return Node(rank, style, label, number, start, found.end())


def _read_title(text: str, node: Node) -> None:
    """Set the node's title: the heading line, or the first short sentence before a body."""
    line_end = text.find("\n", node.head_end, node.end)
    line_end = node.end if line_end < 0 else line_end
    start = node.head_end
    while start < line_end and text[start] in " \t、:.*_【":
        start += 1
    clause = _CLAUSE_HINT.search(text, start, line_end)
    stop = clause.start() if clause and text[start - 1 : start] != "【" else line_end
    line = text[start:stop]
    has_body = bool(text[line_end : node.end].strip(" \t\n"))
    node.title_span = (start, start + len(_title_of(line, has_body or bool(node.children), node)))
    node.title = text[slice(*node.title_span)].strip(" \t*_】:：、。—-")
    lead = len(text[slice(*node.title_span)]) - len(
        text[slice(*node.title_span)].lstrip(" \t*_】:：、。—-")
    )
    first = node.title_span[0] + lead
    node.title_span = (first, first + len(node.title))


def _title_of(line: str, has_body: bool, node: Node) -> str:
    """Return the part of an item's first line that is its title; empty when it has none."""
    stripped = line.strip(" \t*_")
    sentence = _SENTENCE_END.search(line)
    first = line[: sentence.start()] if sentence else line
    after = line[sentence.end() :].strip(" \t*_") if sentence else ""
    colon = first.find(":")
    bold = first.find("**")
    if 2 <= bold <= 30 and "，" not in first[:bold]:
        return first[:bold]
    if 2 <= colon <= 26 and "，" not in first[:colon] and len(first) > colon + 3:
        return first[:colon]
    dash = first.find("——")
    if 2 <= dash <= 26:
        return first[:dash]
    blank = re.search(r"[ \t]{1,4}(?=\S)", first.rstrip())
    if blank and 3 <= blank.start() <= 30 and (after or len(first) > blank.start() + 8):
        head = first[: blank.start()]
        if not re.search(r"[，;、]$", head) and len(head) >= 4:
            return head
    if not sentence and len(stripped) <= 46 and stripped[-1:] not in ";；，":
        bold_or_heading = has_body or node.rank <= 3.0
        short = len(stripped) <= 20 and not _NUMBER_SAID.search(stripped)
        return line if bold_or_heading or short else ""
    if len(first) > 42 or (_NUMBER_SAID.search(first) and len(first) > 16):
        return ""
    if after or has_body:
        return first
    return first if len(first) <= 20 and not re.search(r"[，;\d]", first) else ""
