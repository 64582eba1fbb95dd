"""A list of units to single names: separators, 和 inside names, collectives, carried prefixes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from shuiheng.core.plan_text.folding import CJK

# What a department's name may end with. Used to decide whether 和 stands inside a name or between
# two, and whether an unlabelled parenthesis names units at all.
_ENDING = (
    r"(?:局|委|厅|署|部|办|办公室|委员会|管委会|分局|总局|支队|总队|大队|中队|中心|政府|街道|公司|集团"
    r"|联合会|工会|妇联|残联|工商联|文联|科协|侨联|团委|团省委|团市委|团区委|团县委|党委|党工委|政协|人大"
    r"|法院|检察院|研究院|设计院|科学院|学院|医院|大学|学校|银行|支行|分行|海关|电视台|报社|供销社|合作社|联社"
    r"|协会|学会|商会|促进会|总会|理事会|专班|指挥部|领导小组|工作组|办事处|管理处|管理所|管理站|服务站|工作站"
    r"|监测站|处|科|股|所|站|军区|警备区|武装部|武警|兵团|编办|政务办|督查室|督导室|教研室|调查队|政研室|研究室|档案馆|博物馆|图书馆"
    r"|园区|开发区|高新区|经开区|示范区|度假区|保税区|新区|工会联合会|电厂|水厂|自来水厂|红十字会|残疾人联合会"
    r"|[机审]关|总社|邮政|电信|移动|联通|铁塔|电网|供电|水务|中队|校区|托管区|保护区|管理区|产业园|工业园)"
)
_NOT_UNIT = re.compile(
    r"(?:干部|全部|内部|外部|局部|大部|部分|处处|到处|各处|之处|措施|方案|行动|任务|工程|项目|工作|措施所|时机关|制度机关)$"
)
_STRICT = re.compile(rf"[{CJK}A-Za-z0-9·—()、]{{0,28}}{_ENDING}(?:\([^()]{{1,30}}\))?$")
_NAMED_PLACE = re.compile(rf"[{CJK}]{{1,8}}(?:镇|乡|街道|街|县|区|市|省|州|旗|盟|村|社区|场)$")
_SPLIT_LEFT = re.compile(
    rf"[{CJK}]{{1,18}}(?:局|委|厅|署|部|办|办公室|委员会|分局|中心|政府|公司|集团|联合会|工会|妇联|残联|科协|支队|大队"
    r"|工商联|团委|法院|检察院|街道|镇|银行|管委会|协会|水务|供电|编办|指挥部|专班|领导小组|总社|各?[区县市])$"
)

_T = (
    r"(?:设区的?市|地级市|市州|市\(州\)|州\(市\)|地州市|地市|市地|区县|县区|县市区|县市|市县区?|旗县区?|盟市|辖市区"
    r"|辖市、?区|县\(市、?区\)|县\(区、?市\)|县\(区\)|县\(市\)|市\(县、?区\)|市\(区\)|市\(县\)|区\(市\)|区\(县\)|区\(县、?市\)"
    r"|区\(市、?县\)|市、?县\(区\)|市、?县\(市、?区\)|旗县\(市、?区\)|省\(区、?市\)|省\(自治区、?直辖市\)|省区市"
    r"|镇街道?|镇\((?:乡、)?(?:街道|街)(?:办)?\)|镇\(乡\)|乡\(镇\)|乡镇\(街道?(?:、[^()]{1,9})?\)|乡镇街道?|乡镇|乡\(镇、?街道\)"
    r"|镇、?乡\(街道\)|镇\(区\)|镇\(街道、[^()]{1,12}\)|街道\((?:镇|乡镇)\)|街镇|街道|镇区?|乡|园区|开发区|经开区|功能区|板块"
    r"|地区|地方|地|市|县|区|州|盟|旗|村\(社区\)|村居|村|社区|垦区|农场|林场|新区|管理区|片区|管委会|功能区域"
    r"|省级?|市级?|县级?|区级?)"
)
_GOV = (
    r"(?:人民政府(?:\(管委会\))?|行政公署|行署|政府|党委和?政府|街道办事处|街道办|办事处|党工委|党委|管委会|管理委员会"
    r"|人民政府\(街道办事处\)|\(办事处\))"
)
_EACH = (
    r"(?:(?:全)?[省市区县州旗](?:内|辖|属)?(?:各|所有)(?:有关|相关)?|各级各?|各有关|各相关|各个?|地方各级|地方|有关|相关"
    r"|所有|沿[江河海湖]各?|属地(?:各)?|所在地|当地|涉及(?:的)?|[省市区县]级以上)"
)
_OFFICES = (
    r"(?:[^、，;。()和及与]{0,4}?)(?:部门|单位|部委|委办局|处室|科室|企业|机构|行业协会|学校|高校|社会组织|成员单位|职能部门"
    r"|平台公司|国有企业|责任主体|责任单位|园区|供水企业|运营单位|方面|院校)"
)
_SOME = (
    r"(?:其[他它余]|(?:(?:全)?[省市区县州]|国务院|中央|国家|[省市区县]直|[省市区县]级|全[省市区县]|本级)?"
    r"(?:各级|各有关|各相关|各责任|各职能|各牵头|各成员|各|有关|相关|其他有关|其他相关|其他|所有))"
)
_COLLECTIVE = re.compile(
    rf"(?:{_EACH}{_T}(?:(?:、|和|及|与|/){_EACH}?{_T})*(?:{_GOV}(?:(?:、|和|及|与)?{_GOV})*(?:、(?:街道|乡镇|镇|乡){_GOV})*)?"
    rf"(?:\((?:街道|开发区|园区|管委会|办事处|街道办事处|[区县市])\))?"
    r"|(?:乡镇|镇|乡)(?:人民政府|政府)?(?:[、和及/]|\()?(?:街道|街)(?:办事处|办)?\)?(?:办事处)?"
    r"|街道(?:办事处)?[、和及](?:乡镇|镇)(?:人民政府|政府)?"
    r"|(?:地方各级|各级地方|各级|地方|各地方|当地|属地|各省级|省级|市级|县级|[省市区县]级以上|有关|相关)(?:地方)?(?:党委和|党委、)?(?:人民)?政府"
    rf"|[{CJK}]{{1,14}}?(?:委员会|领导小组|指挥部|安委会|联席会议|工作专班|河长办)各?成员单位"
    r"|(?:[省市区县]委)?[省市区县](?:政府|直)各?(?:有关)?(?:部门|单位)"
    rf"|{_SOME}(?:区|市|县|省)?{_OFFICES}(?:(?:和|及|、|与)(?!各){_OFFICES}){{0,2}})"
    r"(?=$|[、，;。:/ \t)\]】]|和|及|与|按|共同|分别|负责|配合|参与|牵头|等"
    r"|落实|组织|根据|具体|协同|协助|实施|支持|推进|依)"
)
_TOWNS = re.compile(
    r"(?:全?[区市县])?各?(?:镇、街道|镇街道|镇街|镇\(街道?\)|镇和街道|镇及街道|镇人民政府、街道办事处|镇政府、街道办事处"
    r"|镇人民政府\(街道办事处\)|镇\(街道办?\)|镇、街道办事处|镇政府\(街道办事处\)|镇、各街道|街道、镇|街道、各镇|镇、街道办"
    r"|镇人民政府和街道办事处|镇政府和街道办事处|镇人民政府、各街道办事处)$"
)
TOWNS_NAME = "各镇、街道"
_GENERIC = re.compile(
    r"(?:部门|单位|部委|委办局|处室|科室|企业|机构|协会|方面|组织|主体|学校|高校|院校|公司)$"
)

_TAIL = re.compile(
    r"(?:[、，]?等(?:(?:\d+|[一二三四五六七八九十]+)个?)?(?:[省市区县]级?)?(?:其他)?(?:各)?(?:有关|相关|责任|成员|职能)?"
    r"(?:部门和单位|部门、单位|部门及单位|部门|单位|机构|企业|部委|地区|科室|地|方面|[^、，]{2,6}机构)?)+$"
)
_HEAD = re.compile(r"^(?:(?:由|以及|及其|其中|还有|包括|联合(?!会|国)|会同)(?=[^局委部办]{2}))+")
_SEPARATOR = " \t\n、，;/|·,．"
_CONJUNCTION = re.compile(r"以及|和|及|与|暨")

# 市, 区, 省市 … before an office. What may not follow makes it part of a word: 市场, 区域, 乡村.
_LEVEL = re.compile(
    r"(?P<prefix>省市|市县|市区(?!划|域|块|间)|区县(?!域)|县区(?!划|域)|旗县|省"
    r"|市(?!场|容|民[中服]|域|政园|政工|政管|政设|政处|政所|[中北南]区)"
    r"|区(?!域|划|块|间)|县(?!域)|州|盟|旗|镇(?!区|.[市县区])|乡(?!村|镇|土|贤))(?P<rest>.{2,})$"
)
_PLACE = re.compile(
    rf"(?P<prefix>[{CJK}]{{2,7}}?(?:省|自治区|自治州|自治县|市|区|县|州|盟|旗))(?P<rest>.{{2,}})$"
)
_BAD_PLACE = re.compile(
    r"(?:城|都|上|超|门|集|全|本|设区的?|各|股|夜|菜|楼)市$|(?:园|小|社|街|景|校|灌|地|山|库|辖|高新|开发|经开|城|农|林|牧|片|新|"
    r"示范|度假|保税|保护|自贸|功能|管理|托管|试验|各|军|矿|厂|战|全|本|市辖)区$|(?:各|全|本)[县省州]$|^(?:国家|中国|中央|国网|全国)"
)
_OFFICE_END = re.compile(
    r"(?:局|厅|委|办|委员会|办公室|署|法院|检察院|总队|支队|大队|中心|管委会|妇联|残联|工商联|科协|总工会|文联|供销社"
    r"|供销合作总社|供销合作社|政府|红十字会|融媒体中心|机关事务管理局|政协|人大|公司)(?:\([^()]*\))?$"
)
_NO_CARRY = re.compile(
    r"^(?:国家|中国|中央|国务院|国网|人民银行|人行|团[省市区县]|共青团|省|解放军|武警|军|最高|全国|[^局]{2,8}(?:海关|海事局|铁路))"
    r"|^(?:领导小组|指挥部|专班|联席会议)|(?:湖|江|河(?![道湖长])|山|岛|库|灌区|流域|景区|保护区)[^局]{0,2}(?:管理|保护)(?:局|处|中心|委员会)"
    r"|[省市区县州]委(?!员)|(?:银行|公司|集团|大学|学院|部|支行|分行|海关)$"
)
_PARTY = re.compile(r"^(?:中共)?[^、]{0,8}?[省市区县州旗盟]委(?:[^员]|$)|^(?:中共|党)")
_BRANCH = re.compile(r"(?:分局|派出所)$")


@dataclass(frozen=True, slots=True)
class Named:
    """A unit's name with where it was written."""

    name: str
    start: int
    end: int
    collective: bool = False
    generic: bool = False
    sure: bool = True


@lru_cache(maxsize=8192)
def looks_like_unit(name: str) -> bool:
    """Return whether a name ends like a department, a body or a named place.

    >>> [looks_like_unit(name) for name in ("水利局", "党政办(机关事务管理局)", "改", "含税")]
    [True, True, False, False]
    """
    if len(name) == 1 and "A" <= name <= "Z":
        return True  # the letters with which such styles are described
    name = name.replace("（", "(").replace("）", ")")
    if len(name) < 2 or len(name) > 40 or "的" in name or _NOT_UNIT.search(name):
        return False
    return bool(_STRICT.fullmatch(name) or _NAMED_PLACE.fullmatch(name))


def canonical(name: str, spellings: Mapping[str, str]) -> str:
    """Return the one spelling of a name: known variants of its words replaced."""
    plain = name.replace(" ", "").replace("\n", "").replace("\t", "")
    for written, one in spellings.items():
        if written in plain:
            plain = plain.replace(written, one)
    return plain.replace("(", "（").replace(")", "）")


def names_in(
    text: str, start: int, end: int, spellings: Mapping[str, str]
) -> tuple[list[Named], list[tuple[int, int]]]:
    """Return the units in ``text[start:end]`` and the spans of what was not understood.

    >>> found, left = names_in("省工业和信息化厅、科技厅和各镇、街道", 0, 18, {})
    >>> [unit.name for unit in carried(found)]
    ['省工业和信息化厅', '省科技厅', '各镇、街道']
    """
    pieces: list[Named] = []
    unread: list[tuple[int, int]] = []
    for first, last, collective in _pieces(text, start, end):
        first, last = _trimmed(text, first, last, collective)
        if last <= first:
            continue
        raw = text[first:last]
        if collective:
            pieces.append(_collective(raw, first, last))
        elif looks_like_unit(raw) or _abbreviation(raw):
            sure = looks_like_unit(raw)
            pieces.append(Named(canonical(raw, spellings), first, last, sure=sure))
        else:
            unread.append((first, last))
    return pieces, unread


def _pieces(text: str, start: int, end: int) -> Iterable[tuple[int, int, bool]]:
    """Yield (start, end, whether collective) of each item of a list, in order."""
    place = start
    while place < end:
        if text[place] in _SEPARATOR:
            place += 1
            continue
        joined = _CONJUNCTION.match(text, place, end)
        if joined and _COLLECTIVE.match(text, joined.end(), end):
            place = joined.end()
        found = _COLLECTIVE.match(text, place, end)
        if found and (stretch := found.end()) > place:
            yield place, stretch, True
            place = stretch
            tail = _TAIL.match(text, place, end)
            place = tail.end() if tail else place
            continue
        stop = _next_separator(text, place, end)
        group = _group_after(text, place, stop, end)
        if group:
            yield from _split_conjunctions(text, place, group[0])
            place = group[1]
            continue
        yield from _split_conjunctions(text, place, stop)
        place = stop


def _group_after(text: str, start: int, stop: int, end: int) -> tuple[int, int] | None:
    """Return the span of a conjunction that joins a name to a collective: 科技厅和各镇、街道."""
    for joined in _CONJUNCTION.finditer(text, start + 1, stop):
        if _SPLIT_LEFT.fullmatch(text[start : joined.start()].rpartition("和")[2]) and (
            _COLLECTIVE.match(text, joined.end(), end)
        ):
            return joined.span()
    return None


def _next_separator(text: str, start: int, end: int) -> int:
    """Return the next separator that is not inside brackets."""
    depth = 0
    for place in range(start, end):
        sign = text[place]
        if sign == "(":
            depth += 1
        elif sign == ")":
            depth = max(0, depth - 1)
        elif depth == 0 and sign in _SEPARATOR:
            if sign in " \t\n" and not looks_like_unit(text[start:place]):
                continue
            return place
    return end


def _split_conjunctions(text: str, start: int, end: int) -> Iterable[tuple[int, int, bool]]:
    """Yield the names of "A和B": split only where both sides are whole names."""
    first = start
    for joined in _CONJUNCTION.finditer(text, start, end):
        if joined.start() <= first:
            continue
        right = text[joined.end() : end]
        left = text[first : joined.start()]
        if not (_SPLIT_LEFT.fullmatch(left) and not _NOT_UNIT.search(left)):
            continue
        if looks_like_unit(_TAIL.sub("", right)) or _SPLIT_LEFT.match(right):
            yield first, joined.start(), False
            first = joined.end()
    if first < end:
        yield first, end, False


def _trimmed(text: str, first: int, last: int, collective: bool) -> tuple[int, int]:
    """Return the span without what leads in (由, 及) and what trails (等部门)."""
    if not collective:
        tail = _TAIL.search(text[first:last])
        if tail:
            last = first + tail.start()
        head = _HEAD.match(text[first:last])
        if head:
            first += head.end()
    while first < last and text[first] in " \t\n*★☆▲△":
        first += 1
    while last > first and text[last - 1] in " \t\n*★☆▲△.。":
        last -= 1
    return first, last


def _collective(raw: str, first: int, last: int) -> Named:
    plain = raw.replace(" ", "").replace("\n", "")
    generic = bool(_GENERIC.search(plain))
    if _TOWNS.fullmatch(plain):
        plain = TOWNS_NAME
    name = plain.replace("(", "（").replace(")", "）")
    return Named(name, first, last, collective=True, generic=generic)


def _abbreviation(raw: str) -> bool:
    """Return whether a name without a department's ending may still be one in a labelled list."""
    if not re.fullmatch(rf"[{CJK}A-Za-z0-9·()—]{{2,16}}", raw):
        return False
    return not re.search(
        r"[的了要应将须]|\d{2}|年|月底|负责|落实|按照|职责|进行|开展|推进|长期|持续|每|及其|不", raw
    )


def carried(units: Iterable[Named]) -> list[Named]:
    """Return the units of a clause, each without a prefix under the one written before it.

    The party's bodies (省委 …) neither give nor take one; a unit of the nation stays as it is.
    """
    prefix, done = "", []
    for unit in units:
        if not unit.collective and not _PARTY.match(unit.name):
            own = prefix_of(unit.name)
            takes = prefix and not own and not _NO_CARRY.search(unit.name)
            if takes and _OFFICE_END.search(unit.name) and _takes(prefix, unit.name):
                unit = replace(unit, name=prefix + unit.name)
            prefix = own or prefix
        done.append(unit)
    return done


def _takes(prefix: str, name: str) -> bool:
    """Return whether an office of that name can stand under the prefix."""
    if _LEVEL.match(name):
        return False
    if prefix[-1] in "镇乡":
        return name.endswith(("办", "办公室", "中心"))
    if _BRANCH.search(name):
        return prefix[-1] in "区县"
    if name.endswith(("公司", "管委会")):
        return False
    return not (name.endswith("厅") and prefix[-1] not in "省区")


@lru_cache(maxsize=8192)
def prefix_of(name: str) -> str:
    """Return the territorial prefix of a department's name, or an empty text.

    >>> [prefix_of(name) for name in ("省水利厅", "市场监督管理局", "常州市水利局", "区城市管理局")]
    ['省', '', '常州市', '区']
    """
    if _PARTY.match(name) or (_NAMED_PLACE.fullmatch(name) and not _STRICT.fullmatch(name)):
        return ""
    level = _LEVEL.match(name)
    if level and looks_like_unit(level["rest"]):
        return level["prefix"]
    place = _PLACE.match(name)
    if not place or not looks_like_unit(place["rest"]):
        return ""
    prefix = place["prefix"]
    if _BAD_PLACE.search(prefix) or re.search(r"[局委部办厅和与及、]", prefix):
        return ""
    return prefix
