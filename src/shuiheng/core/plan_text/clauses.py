"""Responsibility clauses: finding them, and reading who leads, takes part, answers, guides."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from shuiheng.core.plan_text.folding import CJK, Folded, Span
from shuiheng.core.plan_text.model import RoleClause, UnitRole
from shuiheng.core.plan_text.names import Named, carried, looks_like_unit, names_in

_BODY = r"(?:单位|部门|科室|处室|机构|股室|地区|委办局|主体|方|[省市区县]级?(?:单位|部门))"
_GRADE = r"(?:第一|主要|市级|县级|区级|省级|国家|镇级|具体|共同|相关|其他|各|项目|工作|任务)?"
_LABEL = re.compile(
    rf"(?P<lead>{_GRADE}(?:总?牵头|主牵头|主责|主办|主抓|总负责)(?:责任|负责|实施)?(?:和责任|及责任)?{_BODY}?)"
    rf"|(?P<participant>{_GRADE}(?:参与配合|配合参与|协同配合|配合|参与|参加|协作|协同|协办|协助|支持|会办|联办)"
    rf"(?:责任|实施)?{_BODY}?)"
    rf"|(?P<guide>{_GRADE}(?:业务指导|指导监督|指导|监督|督导|督办|监管|督查|督促){_BODY})"
    rf"|(?P<responsible>{_GRADE}(?:责任落实|责任|负责|主管|承办|组织实施|实施责任|实施|落实|完成|组织|执行|承担|建设|推进"
    rf"|承接){_BODY}|责任)"
)
_COLON = re.compile(r"[ \t]*(?::|为:|是:)")
_OTHER_LABEL = re.compile(rf"[{CJK}]{{2,12}}:")
_PERSON = re.compile(
    r"(?:责任|负责|联系|牵头|分管|包保|挂钩)(?:区|市|县)?(?:人员?|领导|同志)|领导$|^联系"
)
_DEADLINE = re.compile(r"(?:时限|时间|期限|节点|年限)")
_YEAR = re.compile(r"(20\d\d)年")

_OBJECT_VERB = (
    r"(?:落实|组织实施|组织|实施|推进|推动|协调|抓总|指导|监督|完成|开展|会同|具体|工作)*"
)
_DUTY = (
    r"(?:按照?|依照?|依据|根据|结合)(?:各自|部门|有关|自身|本单位)?(?:的)?(?:职责"
    r"|分工|职能|权限)(?:职责|分工|范围|权限|任务|要求)*"
)
_VERB = re.compile(
    rf"(?P<duty_part>{_DUTY}(?:[，]?(?:共同|分别|协同|各自|依法|做好|抓好|积极|密切))*(?:配合|参与|协助|支持)(?:做好|落实|推进|工作)*)"
    rf"|(?P<duty>{_DUTY}(?:[，]?(?:分别|共同|协同|各自|抓好|做好|组织|依法|分头|具体|负责))*"
    r"(?:负责|落实|推进|实施|推动|开展|承担|牵头)?(?:落实|实施|推进|组织|相关工作|工作)*)"
    rf"|(?P<lead>(?:共同|联合|分别|负责)?(?:牵头|主办|主抓|负总责){_OBJECT_VERB}(?:负责)?"
    rf"|(?:为|作为)(?:第一)?(?:牵头|主办|主责){_BODY})"
    rf"|(?P<participant>(?:参与配合|配合参与|协同配合|积极配合|密切配合|共同配合|分别配合|配合|参与|参加|协助|协办|协同|协作|支持)"
    rf"(?:做好|落实|实施|推进|负责|参与|配合|支持|工作)*|(?:为|作为)(?:配合|参与|协办|协同){_BODY})"
    rf"|(?P<responsible>(?:具体|共同|分别|分工|各自|联合|依法|组织|统一|全面|协同|分头|分级|属地)*(?:负责|承担|承办){_OBJECT_VERB}"
    rf"|(?:具体|共同|分别|各自|组织|抓好|负责|协同)*(?:组织实施|落实|实施|推进|推动){_OBJECT_VERB}"
    rf"|(?:为|作为)(?:责任|实施|落实|主管|负责){_BODY})"
    r"|(?P<guide>(?:业务)?(?:指导|督导|监督|督促|监管)(?:监督|指导|落实|检查|推进)*)"
    r"|(?P<together>会同|(?<=[局委厅部办会])商(?![务会业贸标洛丘城]))"
)
_BOUNDARY = re.compile(r"[ \t]*(?:$|[，,。;:、)\]】\n]|和|及|与|并|会同|由)")
_NAME_BEFORE = re.compile(
    r"(?:局|委|厅|署|部|办|室|会|政府|街道|公司|集团|中心|院|站|处|镇|区|县|市|府|队|联|[A-Z]|单位|部门|企业|机构|等|\))$"
)
_FIRST_LEADS = re.compile(
    r"(?:列|排|位列|名列)(?:名|序)?(?:在)?(?:第一|首)(?:位|个|名)?(?:者|的)?[^。;)]{0,12}牵头|(?:第一个|首位|第一位|首个)[^。;)]{0,10}牵头"
)
_NOTE = re.compile(r"下同|以下均|不再列出|排名第一|列第一|首位|第一位|排第一|以下简称")
_TRIGGER = re.compile(
    r"牵头|负责|责任|配合|参与|参加|分工|会同|指导|主办|承办|协办|协同|协助|落实|实施|督导|主管|支持|推进|单位:|部门:"
)
_BRACKET = re.compile(r"[()【】\[\]]")
_PAIRS = {")": "(", "】": "【", "]": "["}
_LINE_LABEL = re.compile(
    r"(?:(?<=\n)|(?<=^)|(?<=[。;；!)）】*]))[ \t]*(?:[-*+][ \t]+)?"
    r"(?:\d{1,2}[.、)]|\([一二三四五六七八九\d]\)|[①-⑳])?[ \t]*(?:\*\*)?"
    r"(?=[^:\n]{2,12}(?:\*\*)?:)(?:(?:第一|主要|市级|县级|区级|省级|具体)?(?:牵头|责任|配合|参与|主办|协办|承办|协同|实施|主管|主责|负责|落实|参加)"
    rf"(?:责任|负责|实施|配合)?{_BODY})(?:\*\*)?[ \t]*:"
)
_PROSE = re.compile(
    rf"(?<![理自缘])由[{CJK}()、]{{2,80}}?(?:牵头负责|负责牵头|共同牵头|牵头|分工负责|具体负责|共同负责|负责)(?=[，。;\n]|$)"
)
_PROSE_MORE = re.compile(
    rf"，[{CJK}()、]{{2,80}}?(?:配合|参与|协助|协同|按职责分工负责|分工负责|负责|负责落实)(?=[，。;\n]|$)"
)
_NUMBERED = re.compile(
    r"[ \t#*]*(?:[一二三四五六七八九十]{1,3}、|\([一二三四五六七八九十\d]{1,3}\)|\d{1,2}[.、])"
)
_TIME_LABEL = re.compile(r"[;，。][ ]?(?:完成|办理|整改|时间)?(?:时限|时间|期限|节点)[ ]?:")
_LINE_LEAD = re.compile(r"[ \t\-*+]*(?:\d{1,2}[.、)]|\([一二三四五六七八九\d]\)|[①-⑳])?[ \t*]*")
LONGEST = 1500
_WHEN = re.compile(
    r"[ ，、]*(?:(?:于|在|到)?(?P<year>20\d\d)年)?(?:\d{1,2}月)?(?:\d{1,2}日)?(?:年?底"
    r"|末|份)?(?:之?前)?"
    r"(?:完成|实施|落实到位)?[ ，、]*"
)
_MANNER = re.compile(
    r"[ ，、]*(?:持续|长期|积极|统筹|常态化|坚持|推进|实施|稳步|加快|全面|共同|协同|具体|分级|属地"
    r"|严格|及时|认真|深入|并|抓好|做好)+[ ，、]*"
)


@dataclass(slots=True)
class Reading:
    """What carries from clause to clause while a document is read from top to bottom."""

    spellings: Mapping[str, str] = field(default_factory=dict)
    first_leads: bool = False
    joint_too: bool = False  # the clause that says so is itself one of 按职责分工负责


@dataclass(slots=True)
class _Parts:
    """The units of one clause while it is being read."""

    units: list[tuple[Named, str]] = field(default_factory=list)
    unread: list[Span] = field(default_factory=list)
    styles: list[str] = field(default_factory=list)
    labelled: bool = False
    people_only: bool = False
    first_leads: bool = False
    deadline: int | None = None


def find_clauses(folded: Folded, reading: Reading) -> list[RoleClause]:
    """Return every responsibility clause of the text, in order, bracketed or on its own line."""
    text = folded.text
    found: list[tuple[int, int, RoleClause]] = []
    covered = -1
    for start, end in _brackets(text):
        if start < covered or end - start > LONGEST:
            continue
        if text[start + 1] in "([【" and text[end - 2] in ")]】":
            continue  # brackets around brackets: the inner ones are read
        clause = read_clause(folded, start, end, reading, bracketed=True)
        if clause is not None:
            found.append((start, end, clause))
            covered = end
    taken = [(start, end) for start, end, _ in found]
    for start, end in _label_lines(text, taken):
        clause = read_clause(folded, start, end, reading, bracketed=False)
        if clause is not None:
            found.append((start, end, clause))
    return [clause for _, _, clause in sorted(found, key=lambda item: item[0])]


def _brackets(text: str) -> list[Span]:
    """Return the spans of matching brackets, outer ones before the inner ones they hold."""
    spans: list[Span] = []
    open_at: list[tuple[str, int]] = []
    for sign in _BRACKET.finditer(text):
        mark = sign.group()
        if mark not in _PAIRS:
            open_at.append((mark, sign.start()))
            continue
        while open_at:
            opened, start = open_at.pop()
            if opened == _PAIRS[mark]:
                spans.append((start, sign.end()))
                break
    return sorted(spans)


def _label_lines(text: str, taken: list[Span]) -> Iterator[Span]:
    """Yield the stretches that begin with a label such as 责任单位: outside any bracket."""
    after = -1
    place = 0
    for found in _LINE_LABEL.finditer(text):
        while place < len(taken) and taken[place][1] <= found.start():
            place += 1
        inside = place < len(taken) and taken[place][0] <= found.start()
        if inside or found.start() < after:
            continue
        end = text.find("\n", found.end())
        end = len(text) if end < 0 else end
        stop = text.find("。", found.end(), end)
        end = end if stop < 0 else stop
        start = found.start()
        start += len(_LINE_LEAD.match(text, start).group())  # type: ignore[union-attr]
        if found.end() < end <= found.end() + LONGEST:
            after = end
            yield start, end


def read_clause(
    folded: Folded, start: int, end: int, reading: Reading, *, bracketed: bool
) -> RoleClause | None:
    """Return the clause in ``folded.text[start:end]``, or None when it is no such clause."""
    text = folded.text
    first, last = (start + 1, end - 1) if bracketed else (start, end)
    content = text[first:last]
    if not _TRIGGER.search(content):
        return _bare_list(folded, start, end, reading) if bracketed else None
    parts = _Parts()
    last_role = ""
    for begin, stop in _sentences(text, first, last):
        last_role = _read_sentence(text, begin, stop, reading, parts, last_role)
    if parts.first_leads:
        reading.first_leads = True
        reading.joint_too = any(role == "joint" for _, role in parts.units)
    sure = [named for named, _ in parts.units if named.collective or named.sure]
    if not parts.units and not parts.unread:
        return None
    said = len(parts.units) + len(parts.unread)
    if not parts.labelled and (not sure or len(sure) * 10 < said * 6):
        return None
    if not parts.units and not parts.labelled:
        return None
    return RoleClause(
        at=(start, end),
        span=folded.span(start, end),
        text=folded.written(start, end),
        units=_with_roles(folded, _first_leads(parts.units, reading)),
        style="+".join(dict.fromkeys(parts.styles)) or "label",
        bracketed=bracketed,
        unread=tuple(folded.written(*span) for span in parts.unread),
        deadline_year=parts.deadline,
    )


def _with_roles(folded: Folded, units: list[tuple[Named, str]]) -> tuple[UnitRole, ...]:
    """Return the units of a clause with prefixes carried, in the order of the text."""
    ordered = sorted(units, key=lambda unit: unit[0].start)
    names = carried(named for named, _ in ordered)
    return tuple(
        UnitRole(
            name=named.name,
            as_written=folded.written(named.start, named.end),
            role=role,
            collective=named.collective,
            span=folded.span(named.start, named.end),
            generic=named.generic,
        )
        for named, (_, role) in zip(names, ordered, strict=True)
    )


def _first_leads(units: list[tuple[Named, str]], reading: Reading) -> list[tuple[Named, str]]:
    """Return the units with the first of a list as lead, where the document says that it leads.

    ``joint`` is the role of those who answer 按职责分工: nobody leads, whatever was said above.
    """
    joint = {"responsible", "joint"} if reading.joint_too else {"responsible"}
    listed = [place for place, (_, role) in enumerate(units) if role in joint]
    turned: dict[int, str] = {}
    if reading.first_leads and listed and not any(role == "lead" for _, role in units):
        turned = dict.fromkeys(listed, "participant") | {listed[0]: "lead"}
    said = {"joint": "responsible"}
    return [
        (named, turned.get(place, said.get(role, role)))
        for place, (named, role) in enumerate(units)
    ]


def prose_clause(folded: Folded, start: int, end: int, reading: Reading) -> RoleClause | None:
    """Return the clause that stands in a paragraph's own words: 由A牵头，B、C配合，9月底前完成.

    Only names that are surely units count, and only after 由, up to the last verb of the run.
    """
    for opened in _PROSE.finditer(folded.text, start, end):
        last = opened.end()
        while more := _PROSE_MORE.match(folded.text, last, end):
            last = more.end()
        clause = read_clause(folded, opened.start(), last, reading, bracketed=False)
        if clause is None or clause.unread:
            continue
        if all(unit.collective or looks_like_unit(unit.as_written) for unit in clause.units):
            return replace(clause, style="prose")
    return None


def _bare_list(folded: Folded, start: int, end: int, reading: Reading) -> RoleClause | None:
    """Return a clause for a parenthesis that closes a paragraph and holds only units."""
    text = folded.text
    before = text[max(0, start - 1) : start]
    after = text[end : end + 2].lstrip(" \t")[:1]
    line = text.rfind("\n", 0, start) + 1
    heading = after in {"", "\n"} and bool(_NUMBERED.match(text, line, start))
    closes = before in {"。", ";", "\n"} or heading
    if not closes or after not in {"", "\n", "。"} or end - start < 5:
        return None
    when = _TIME_LABEL.search(text, start + 1, end - 1)
    last = when.start() if when else end - 1
    year = _YEAR.search(text, last, end)
    found, unread = names_in(text, start + 1, last, reading.spellings)
    if unread or not found or not all(named.sure for named in found):
        return None
    offices = re.compile(r"(?:局|委|厅|部|办|政府|街道|中心|公司|集团)$")
    if not any(offices.search(named.name) for named in found):
        return None
    units: list[tuple[Named, str]] = [(named, "responsible") for named in found]
    units = _first_leads(units, reading)
    return RoleClause(
        at=(start, end),
        span=folded.span(start, end),
        text=folded.written(start, end),
        units=_with_roles(folded, units),
        style="bare",
        deadline_year=int(year[1]) if year else None,
    )


def _sentences(text: str, start: int, end: int) -> Iterator[Span]:
    """Yield the sentences of a clause, split at 。 ; and line ends outside inner brackets."""
    depth, begin = 0, start
    for place in range(start, end):
        sign = text[place]
        depth += (sign in "([【") - (sign in ")]】")
        if sign in "。;\n" and depth <= 0:
            if place > begin:
                yield begin, place
            begin = place + 1
    if end > begin:
        yield begin, end


def _read_sentence(
    text: str, start: int, end: int, reading: Reading, parts: _Parts, last_role: str
) -> str:
    """Read one sentence into ``parts`` and return the role that a following list continues."""
    sentence = text[start:end]
    if _FIRST_LEADS.search(sentence):
        parts.first_leads = True
        cut = _NOTE.search(sentence)
        comma = sentence.rfind("，", 0, cut.start() if cut else 0)
        if comma < 0:
            return last_role
        end = start + comma
    elif _NOTE.search(sentence) and not re.search(r"负责|牵头|单位:", sentence):
        return last_role
    labels = list(_labels(text, start, end))
    if not labels:
        return _read_verbs(text, start, end, reading, parts, last_role)
    if labels[0][0] > start:
        _read_verbs(text, start, labels[0][0], reading, parts, last_role)
    for place, (_, body, role) in enumerate(labels):
        stop = labels[place + 1][0] if place + 1 < len(labels) else end
        if role == "other":
            last_role = ""
            year = _YEAR.search(text, body, stop)
            if year and parts.deadline is None:
                parts.deadline = int(year[1])
            continue
        parts.labelled = True
        parts.styles.append("label")
        last_role = _read_verbs(text, body, stop, reading, parts, role)
        last_role = last_role or role
    return last_role


def _labels(text: str, start: int, end: int) -> Iterator[tuple[int, int, str]]:
    """Yield (start, end of the colon, role) of each label of a sentence; other labels as such."""
    place = start
    while (colon := text.find(":", place, end)) >= 0:
        begin = colon
        while begin > place and text[begin - 1] not in "，。;、 \t\n)(】":
            begin -= 1
        word = text[begin:colon].strip(" \t*【】[]")
        known = _LABEL.fullmatch(word.removesuffix("为").removesuffix("是"))
        if _PERSON.search(word) or not known:
            if re.fullmatch(rf"[{CJK}]{{2,12}}", word):
                yield begin, colon + 1, "other"
        else:
            yield begin, colon + 1, str(known.lastgroup)
        place = colon + 1


def _read_verbs(
    text: str, start: int, end: int, reading: Reading, parts: _Parts, default: str
) -> str:
    """Read a run such as "A、B牵头，C配合" and return the role of its last list.

    Names wait for the verb that follows them; names without one take the default role.
    """
    if text[start:end].lstrip().startswith("在") and (
        guided := re.search(r"指导下", text[start:end])
    ):
        inner = text.index("在", start) + 1
        _take(text, inner, start + guided.start(), "guide", reading, parts)
        start += guided.end()
    begin, waiting, last_role = start, False, default
    place = start
    while place < end:
        verb = _VERB.search(text, place, end)
        if verb is None:
            break
        kind = str(verb.lastgroup)
        ends_run = bool(_BOUNDARY.match(text, verb.end(), end)) or kind.startswith("duty")
        after_name = bool(_NAME_BEFORE.search(text[max(start, verb.start() - 3) : verb.start()]))
        at_start = not text[begin : verb.start()].strip(" \t，、")
        if verb.end() >= end:
            ends_run = True
        joins = at_start and last_role == "lead"  # A牵头，会同B、C实施
        if kind == "together" and not after_name and not joins:
            place = verb.end()
            continue
        if not (ends_run or after_name or (at_start and (default or joins))):
            place = verb.end()
            continue
        role = {"duty": "joint", "duty_part": "participant"}.get(kind, kind)
        if kind == "duty" and default in {"participant", "lead", "guide"}:
            role = default
        if kind == "responsible" and parts.labelled and default:
            role = default
        if role == "responsible" and "分工" in verb.group():
            role = "joint"
        if kind == "together":
            _take(text, begin, verb.start(), "lead", reading, parts)
            stop = _next_verb(text, verb.end(), end)
            _take(text, verb.end(), stop, "participant", reading, parts)
            parts.styles.append("together")
            tail = _VERB.match(text, stop, end)
            begin = place = tail.end() if tail else stop
            last_role = "participant"
            continue
        if kind == "lead" and not ends_run:
            stop = text.find("，", verb.end(), end)
        else:
            stop = verb.end() if ends_run else text.find("，", verb.end(), end)
        _take(text, begin, verb.start(), role, reading, parts)
        parts.styles.append(kind)
        if "会同" in verb.group():
            comma = text.find("，", verb.end(), end)
            comma = end if comma < 0 else comma
            rest = _next_verb(text, verb.end(), comma)
            _take(text, verb.end(), rest, "participant", reading, parts)
            stop = comma
        begin = place = end if stop < 0 else max(stop, verb.end())
        last_role, waiting = role, True
    if text[begin:end].strip(" \t，、。;:"):
        role = default or (last_role if waiting else "")
        if role:
            _take(text, begin, end, role, reading, parts)
        elif begin == start:
            found, unread = names_in(text, begin, end, reading.spellings)
            if found and not unread and all(named.sure for named in found):
                parts.units.extend((named, "responsible") for named in found)
    return last_role


def _next_verb(text: str, start: int, end: int) -> int:
    """Return where the next verb that closes a run begins, or ``end``."""
    for verb in _VERB.finditer(text, start, end):
        if _BOUNDARY.match(text, verb.end(), end) or verb.end() >= end:
            return verb.start()
        if _NAME_BEFORE.search(text[max(start, verb.start() - 3) : verb.start()]):
            return verb.start()
    return end


def _take(text: str, start: int, end: int, role: str, reading: Reading, parts: _Parts) -> None:
    """Add the names of a run with their role; what is no name is kept as unread."""
    if _MANNER.fullmatch(text[start:end]):
        return
    when = _WHEN.fullmatch(text[start:end])
    if when and re.search(r"\d", when.group()):
        parts.deadline = parts.deadline or (int(when["year"]) if when["year"] else None)
        return
    found, unread = names_in(text, start, end, reading.spellings)
    parts.units.extend((named, role) for named in found)
    parts.unread.extend(span for span in unread if re.search(rf"[{CJK}]", text[slice(*span)]))


def units_of(text: str, spellings: Mapping[str, str]) -> RoleClause | None:
    """Return the clause in one string, with or without its brackets; None when there is none."""
    from shuiheng.core.plan_text.folding import fold

    folded = fold(text)
    inner = folded.text
    start, end = 0, len(inner)
    while start < end and inner[start] in " \t\n":
        start += 1
    while end > start and inner[end - 1] in " \t\n。":
        end -= 1
    reading = Reading(spellings=spellings)
    if inner[start:end][:1] in {"(", "【", "["} and (start, end) in _brackets(inner):
        return read_clause(folded, start, end, reading, bracketed=True) or _only_names(
            folded, start + 1, end - 1, reading
        )
    clauses = find_clauses(folded, reading)
    if clauses and len(clauses) == 1 and clauses[0].bracketed:
        return clauses[0]
    whole = read_clause(folded, start, end, reading, bracketed=False)
    return whole or _only_names(folded, start, end, reading)


def _only_names(folded: Folded, start: int, end: int, reading: Reading) -> RoleClause | None:
    """Return a clause for a bare list of units, whose role nobody said: jointly responsible."""
    if end <= start or _TRIGGER.search(folded.text[start:end]):
        return None
    found, unread = names_in(folded.text, start, end, reading.spellings)
    certain = [named for named in found if named.collective or looks_like_unit(named.name)]
    if unread or not found or len(certain) < len(found):
        return None
    return RoleClause(
        at=(start, end),
        span=folded.span(start, end),
        text=folded.written(start, end),
        units=_with_roles(folded, [(named, "responsible") for named in found]),
        style="bare",
        bracketed=False,
    )
