"""The head of the document: title, number, issuer, date, and what it is based on."""

from __future__ import annotations

import re
from datetime import date

from shuiheng.core.plan_text.folding import CJK, Folded
from shuiheng.core.plan_text.model import Heading
from shuiheng.core.plan_text.outline import number_of

_KIND = (
    r"(?:行动方案|实施方案|工作方案|行动计划|实施计划|工作计划|实施意见|指导意见|工作要点|攻坚方案|整治方案|建设方案|治理方案|推进方案|试点方案"
    r"|规划|方案|计划|意见|办法|细则|规定|措施|纲要|要点|条例|清单|通知|通告|公告)"
)
_TITLE_END = re.compile(rf"{_KIND}(?:\((?:[^()]{{0,24}})\))?$")
_NUMBER = re.compile(
    rf"[{CJK}A-Za-z]{{1,20}}[ ]?[〔\[(【［][ ]?(?:19|20)\d\d[ ]?"
    r"[〕\])】］][ ]?(?:第)?[ ]?\d{1,5}[ ]?号"
)
_DATE = re.compile(
    r"(?P<y>(?:19|20)\d\d|二[〇零][〇零一二三四五六七八九]{2})年(?P<m>\d{1,2}|[一二三四五六七八九十]{1,3})月(?P<d>\d{1,2}|[一二三四五六七八九十]{1,3})日"
)
_DATE_LINE = re.compile(rf"[ \t(]*{_DATE.pattern}[ \t)]*(?:印发)?[ \t]*$")
_PRINTED = re.compile(rf"([{CJK}()]{{4,30}}?)[ \t]+{_DATE.pattern}印发")
_ISSUED = re.compile(
    r"印发(?:[^，。；\n]{0,12}?)《(?P<title>[^《》\n]{3,60})》的?通知|关于印发(?P<bare>[^《》\n，。]{4,60}?)的通知"
)
_ORGAN = re.compile(
    r"(?:政府|办公室|委员会|局|厅|部|委|办公厅|管委会|领导小组|指挥部|党政办|政府办|院|署|中心|街道办事处|公司|学校|大学)(?:\([^()]*\))?$"
)
_BOOKS = re.compile(r"《([^《》\n]{2,80})》")
_BASIS = re.compile(r"根据|依据|按照|贯彻|落实|遵照|参照|结合|对照")
_PURPOSE = re.compile(
    r"制定(?:本|如下|此|以下)|特?制定|编制(?:本|了)|现就|提出(?:如下|以下)|现将|制订|经研究"
)
_LINE = re.compile(r"[^\n]+")


def read_heading(folded: Folded, body_start: int) -> Heading:
    """Return the head of a document whose first chapter begins at ``body_start``."""
    text = folded.text
    lines = [
        (match.start() + len(match.group()) - len(match.group().lstrip(" \t#*")), match.end())
        for match in _LINE.finditer(text, 0, max(body_start, min(len(text), 60)))
        if match.group().strip(" \t#*")
    ]
    lines = [line for line in lines if line[0] < line[1]][:80]
    numbers = _NUMBER.finditer(text, 0, min(len(text), max(body_start, 400)))
    number = next(
        (one for one in numbers if text[max(0, one.start() - 2) : one.start()] != "》("), None
    )
    return Heading(
        title=_title(folded, lines),
        number=folded.written(*_number_span(text, number)) if number else "",
        issuer=_issuer(folded, lines, number.start() if number else -1),
        date=_date(text, lines),
        based_on=_based_on(folded, body_start),
    )


def issued_in(heading: Heading) -> int | None:
    """Return the year a document was issued in: of its date, else of its number.

    >>> issued_in(Heading(number="水政发〔2021〕8号"))
    2021
    """
    if heading.date is not None:
        return heading.date.year
    found = re.search(r"[〔\[(【［（][ ]?((?:19|20)\d\d)", heading.number)
    return int(found[1]) if found else None


def _number_span(text: str, number: re.Match[str]) -> tuple[int, int]:
    start = number.start()
    lead = re.match(r"(?:文件|字号|文号|编号|发文字号)[: ]*", number.group())
    return (start + (lead.end() if lead else 0), number.end())


def _stripped(text: str, line: tuple[int, int]) -> tuple[int, int]:
    first, last = line
    while last > first and text[last - 1] in " \t*#":
        last -= 1
    while first < last and text[first] in " \t*#":
        first += 1
    return first, last


def _title(folded: Folded, lines: list[tuple[int, int]]) -> str:
    """Return the plan's own title: its own line, else what the notice says it issues."""
    text = folded.text
    best: tuple[int, str] = (-1, "")
    for place, raw in enumerate(lines):
        first, last = _stripped(text, raw)
        line = text[first:last]
        plain = line.strip("《》")
        if not 3 <= len(plain) <= 70 or re.search(r"[。；;!！]|,|，$|:", plain):
            continue
        if not _TITLE_END.search(plain) or _NUMBER.search(plain):
            continue
        notice = bool(re.search(r"(?:通知|通告|公告)(?:\([^()]*\))?$", plain))
        score = (1 if notice else 3) + (1 if not notice and len(plain) >= 8 else 0)
        if score < best[0] or (score == best[0] and best[0] >= 3):
            continue
        begin = first
        if len(plain) <= 8 and place and not notice:
            before = _stripped(text, lines[place - 1])
            joined = text[slice(*before)]
            if len(joined) <= 40 and not re.search(r"[。；:，]|\d日|号$", joined):
                begin = before[0]
        best = (score, folded.written(begin, last).replace("\n", "").strip("《》 \t"))
    issued = _ISSUED.search(text[: lines[-1][1]].replace("\n", "") if lines else "")
    if best[0] < 3 and issued:
        return (issued["title"] or issued["bare"]).strip()
    if best[0] >= 0:
        return best[1]
    for raw in lines[:3]:
        first, last = _stripped(text, raw)
        if 4 <= last - first <= 50 and "。" not in text[first:last]:
            return folded.written(first, last).strip()
    return ""


def _issuer(folded: Folded, lines: list[tuple[int, int]], number_at: int) -> str:
    """Return who signed: the line before the date line, else the line above 关于印发."""
    text = folded.text
    plain = [_stripped(text, line) for line in lines]
    for place, line in enumerate(plain):
        if _DATE_LINE.match(text[slice(*line)]) and place:
            before = plain[place - 1]
            if _ORGAN.search(text[slice(*before)]) and before[1] - before[0] <= 40:
                return folded.written(*before)
    signed = re.compile(r"(?m)^([^\n。：:]{4,40})\n+" + _DATE_LINE.pattern)
    found = signed.search(text, max(0, len(text) - 1500))
    if found and _ORGAN.search(found[1].strip()):
        first, last = _stripped(text, found.span(1))
        return folded.written(first, last)
    for place, line in enumerate(plain):
        said = text[slice(*line)]
        if said.startswith("关于") and place:
            before = plain[place - 1]
            if _ORGAN.search(text[slice(*before)]):
                return folded.written(*before)
        inside = re.match(rf"(?P<who>[{CJK}()]{{4,36}}?)关于(?:印发|发布|下发|公布|转发)", said)
        if inside and _ORGAN.search(inside["who"]):
            return folded.written(line[0], line[0] + inside.end("who"))
    for line in plain[:6]:
        said = text[slice(*line)].removesuffix("文件")
        if said != text[slice(*line)] and _ORGAN.search(said):
            return folded.written(line[0], line[0] + len(said))
    del number_at
    return ""


def _date(text: str, lines: list[tuple[int, int]]) -> date | None:
    """Return the day the document was issued: a date line in the head, else at the end."""
    for line in lines:
        found = _DATE_LINE.match(text[slice(*line)])
        if found and (day := _day(found)):
            return day
    tail = max(0, len(text) - 1500)
    for match in _LINE.finditer(text, tail):
        found = _DATE_LINE.match(match.group())
        if found and (day := _day(found)):
            return day
    printed = _PRINTED.search(text, tail)
    if printed and (day := _day(printed)):
        return day
    for line in lines[:12]:
        said = text[slice(*line)]
        found = _DATE.search(said)
        if found and len(said) <= 40 and (day := _day(found)):
            return day
    return None


def _day(found: re.Match[str]) -> date | None:
    try:
        return date(*(number_of(found[name]) for name in "ymd"))
    except ValueError:
        return None


def _based_on(folded: Folded, body_start: int) -> tuple[str, ...]:
    """Return the documents that the sentence saying why the plan is made rests on."""
    text = folded.text
    titles: list[str] = []
    opening = re.search(r"第[一1]条[^\n]*", text[body_start : body_start + 400])
    until = body_start + opening.end() if opening else max(body_start, 1)
    for sentence in re.finditer(r"[^。\n]+", text[:until]):
        said = sentence.group()
        purpose = _PURPOSE.search(said)
        if not purpose or not _BASIS.search(said) or "现印发" in said:
            continue
        for book in _BOOKS.finditer(said, 0, purpose.start()):
            first, last = book.span(1)
            titles.append(folded.written(sentence.start() + first, sentence.start() + last))
    return tuple(dict.fromkeys(titles))
