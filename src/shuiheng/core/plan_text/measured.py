"""What numbers measure, and which numbers are no targets at all."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from shuiheng.core.plan_text import comparing
from shuiheng.core.plan_text.folding import CJK, Span
from shuiheng.core.plan_text.numbers import Number

_TIME = re.compile(r"^(?:小时|分钟|秒|天|年|个月|月|周|季度|季|个工作日|工作日|日)$")
_TIME_METRIC = re.compile(r"天数|时间|时长|时限|周期|寿命|年限|学时|天气|期限")
_NO_TARGET_UNIT = re.compile(r"^(?:级|届|页|轮|季|类|种|门|期|年|度|头?版)$")
_FROM = re.compile(
    r"(?<![自理缘])(?:由|从)(?:[^，。；、\d]{0,10}"
    r"|[^，。；、\d]{0,4}(?:19|20)\d\d年(?:底|末)?(?:的|不足|约)*)$"
)
_TO = re.compile(
    r"(?:左右|以上|以下)?[，]?[^，。；\d]{0,6}?(?:提高|提升|增加|增长|上升|扩大|拓展|恢复|延长|下降|降低|减少|压减|压降"
    r"|缩减|缩短|缩小|调整|增|升|降|减|变)(?:到|至|为|成)[^，。；\d]{0,6}(?:20\d\d年(?:底|末)?的?)?$"
)
_GENERIC = re.compile(
    r"(?:建设|创建|改造|平均|总)?(?:成功|覆盖|达标|普及|完成|合格|建成|创建|安装|参与|改造|执行|落实)[率面]"
    r"|(?:所占|总体)?(?:比例|占比|比重)|(?:建设|改造|种植|推广|总)?(?:面积|规模|数量|总数)"
)
_DEED_BEFORE = re.compile(
    r"(?:继续|联合|划定|推动|推进|推广|加强|加大|加快|强化|深化|深入|开展|实施|组织|落实|完善|做好|抓好|普及|提高|提升|扩大"
    r"|建设|创建|改造|安装|配备|使用|建立|健全|鼓励|支持|引导|全面|大力|积极|稳步|持续|广泛|进一步|有序|扎实)+(?=.{2})"
)
_WORK_AFTER = re.compile(
    r"(?:(?:创建|建设|改造|普及|推广|使用|应用|管理|整治|治理|配备|安装)*(?:工作|活动|行动|力度|工程)?)$"
)
_SIZE = re.compile(
    r"\d[\d.]*[万亿千百]*(?:千瓦|兆瓦|吨|米|公里|立方米|平方米|亩|毫米|升|m³?|kW|MW)(?:/[日时天h])?的?"
)
_DIMENSIONLESS = re.compile(r"系数|指数|比值|得分|强度|之比|值$|比$|率$|pH")


@dataclass(frozen=True, slots=True)
class Source:
    """The numbers from which others rise or fall (由92%提高到98%); ``at`` is where 由 stands."""

    numbers: tuple[Number, ...]
    at: int


def sources(text: str, groups: list[list[Number]]) -> dict[int, Source]:
    """Return, by the place of a group, the numbers before it from which it rises or falls."""
    found: dict[int, Source] = {}
    for place, (one, two) in enumerate(pairwise(groups)):
        first = one[0].start
        opened = _FROM.search(text, max(0, first - 24), first)
        if opened and _TO.fullmatch(text[one[-1].end : two[0].start]):
            found[place + 1] = Source(tuple(one), opened.start())
    return found


@dataclass(frozen=True, slots=True)
class Run:
    """Numbers that share their words, as in 分别下降23%、18%, with how they are compared.

    ``left`` is where their words begin, ``tail`` where they end; ``built`` is the verb of building
    before them, where there is one.
    """

    numbers: tuple[Number, ...]
    unit: str
    left: int
    tail: int
    how: comparing.Compared
    threshold: bool = False
    built: re.Match[str] | None = None
    source: Source | None = None


def is_no_target(text: str, run: Run, start: int) -> bool:
    """Return whether the numbers mean something else: a size, a time, a payment, the past."""
    group, unit, left, how = run.numbers, run.unit, run.left, run.how
    first = group[0]
    previous = text[first.start - 1 : first.start]
    phrase = text[left : first.start]
    if previous in set("每第近前后") or phrase.endswith(("每隔", "排名前", "不到", "逾")):
        return True
    if unit == "岁" and not re.search(r"寿命|年龄", phrase):
        return True
    if _TIME.match(unit) and not (
        _TIME_METRIC.search(phrase) and (how.verb or how.suffix) and len(phrase) > 3
    ):
        return True
    if _NO_TARGET_UNIT.match(unit) or (unit.endswith("分") and not how.verb and not how.suffix):
        return True
    if not unit and not ("." in text[first.start : first.end] or _DIMENSIONLESS.search(phrase)):
        return True
    if not unit and not how.verb and not how.suffix and not _DIMENSIONLESS.search(phrase):
        return True
    counted = unit[-1:] in set("个项条类种家次") or unit == ""
    if counted and comparing.counts_abstract(text, group[-1].end):
        return True
    wide = text[max(start, left - 14) : first.start]
    if comparing.is_past(wide):
        return True
    if unit.endswith(("元", "分")) and comparing.is_grant(
        text[max(start, first.start - 30) : group[-1].end + 12]
    ):
        return True
    after = text[group[-1].end : group[-1].end + 12]
    if re.match(r"[^，。；]{0,6}(?:给予|予以)[^，。；]{0,4}(?:奖|补|贴|减免|优惠)", after):
        return True
    if first.words and unit not in {"%", "1", "成"} and not how.suffix:
        return not how.built
    return how.verb in {"为", "是", "占", ":"} and not comparing.is_measure(
        text[left : how.verb_start].rstrip()
    )


def metrics(text: str, run: Run, start: int, end: int, before: Span | None) -> list[Span] | None:
    """Return the spans of what the numbers measure: one for each, or one for all.

    ``before`` is the metric of the number before, for "…达到33%；2023年达到40%".
    """
    group, left, how, built, threshold = (
        run.numbers, run.left, run.how, run.built, run.threshold
    )  # fmt: skip
    first, last = left, how.verb_start
    rate = group[0].unit.endswith("%") and text[left : how.verb_start].rstrip().endswith("率")
    if (
        built is not None
        and not rate
        and not comparing.is_measure(text[left : built.start()].rstrip())
    ):
        first = built.end()
    if run.source is not None:
        last = max(first, min(last, run.source.at))
    shift = comparing.stripped(text[first:last])
    first, last = first + shift[0], min(last, first + shift[1])
    after = noun_after(text, run.tail, end)
    near = how.verb and adjacent(text, how.verb_start, group[0].start, how.verb)
    if how.built and near and after and not comparing.is_measure(text[first:last]):
        return [after]
    if how.built and near and comparing.is_deed(how.verb):
        last = how.verb_start + len(how.verb)
        bare = not text[first : how.verb_start].strip(" ，0123456789年底前再")
        if before is not None and bare and comparing.is_work(how.verb):
            return [before]  # 新建污水管网12公里，改造3公里
    if comparing.is_count(group[0].unit or group[-1].unit) or not how.verb:
        first = _without_build(text, (first, last))[0]
    if (
        after
        and not how.verb
        and text[run.tail : run.tail + 1] == "的"
        and (
            group[0].unit.endswith(("%", "成", "1"))
            and text[left : group[0].start].rstrip().endswith(("及", "和", "与", "、"))
        )
    ):
        return [after]  # 省直机关及50%以上的省属事业单位
    if (
        threshold
        and after
        and text[run.tail : run.tail + 1] == "的"
        and (
            re.search(r"[一每]|^(?:各|全)?[^、]{0,4}$", text[first:last])
            and not comparing.is_measure(text[first:last])
        )
    ):
        return [after]  # 组建一支不少于30人的扑火队
    paired = "分别" in text[left : group[0].start] and len(group) > 1
    if last - first >= 2 and not (threshold and text[group[0].start - 1] == "、"):
        parts = _split_list(text, first, last) if paired else [(first, last)]
        if threshold:
            only = _last_of_list(text, first, last)
            parts = [only] if only[1] - only[0] >= 2 else []
        if len(parts) == len(group):
            whole = (first, last)
            rated = [comparing.is_measure(text[slice(*one)]) for one in parts]
            if not any(rated):
                return parts  # NOx、VOCs分别减排1200吨、850吨
            return [
                one if own or len(parts) == 1 else whole
                for one, own in zip(parts, rated, strict=True)
            ]
        if parts:
            return [(first, last)] if not threshold else parts
    if after is not None and (how.built or threshold or group[0].unit in {"%", "1", "成"}):
        return [after]
    told = re.search(r"\d", text[max(start, left - 30) : left])
    if before is not None and (not how.built or told):
        return [before]
    earlier = _clause_before(text, start, left)
    if earlier is not None:
        return [earlier]
    return [after] if after is not None else None


def _clause_before(text: str, start: int, left: int) -> Span | None:
    """Return the span of the clause before, for "供水管网漏损率，到2025年控制在9%以内"."""
    previous = text[max(start, left - 42) : left].rstrip("，: ")
    cut = previous.rfind("，") + 1
    begin = max(start, left - 42) + cut
    shift = comparing.stripped(previous[cut:])
    span = (begin + shift[0], begin + min(shift[1], len(previous) - cut))
    return span if span[1] - span[0] >= 2 else None


def _last_of_list(text: str, start: int, end: int) -> Span:
    """Return the span of the last name of a list, without the words that lead in."""
    first, last = _split_list(text, start, end)[-1]
    inner = comparing.stripped(text[first:last])
    return _without_build(text, (first + inner[0], first + inner[1]))


def adjacent(text: str, verb_start: int, number: int, verb: str) -> bool:
    """Return whether the verb stands right before the number."""
    return number - verb_start - len(verb) <= 4 and not re.search(
        r"[的]", text[verb_start + len(verb) : number]
    )


def _without_build(text: str, span: Span) -> Span:
    """Return the span without 新建, 改建, 扩建 before it."""
    first = span[0] + comparing.lead_in_verbs(text[slice(*span)])
    return (first, span[1])


def _split_list(text: str, start: int, end: int) -> list[Span]:
    """Return the spans between 、 and, where both sides are measures, 和 / 及 / 与."""
    spans: list[Span] = []
    first = start
    for mark in re.finditer(r"、|和|及|与|以及", text[start:end]):
        place = start + mark.start()
        sure = mark.group() == "、" or comparing.is_measure(text[first:place])
        if sure and place > first:
            spans.append((first, place))
            first = start + mark.end()
    if first < end:
        spans.append((first, end))
    return spans or [(start, end)]


def noun_after(text: str, start: int, end: int) -> Span | None:
    """Return the span of the noun phrase after a number, up to the next break."""
    while start < end and text[start] in "的 个":
        start += 1
    if size := _SIZE.match(text, start, end):
        start = size.end()  # 2台60万千瓦机组
    found = re.compile(rf"[{CJK}A-Za-z“”·]{{2,26}}").match(text, start, end)
    if found is None:
        return None
    stop = re.search(
        r"(?:(?<![主重需必])要(?![求素点闻])|应|须|将|均|全部|完成|达到|实现|建立|纳入|实行|建成|进行|并|以上|开展|实施|推行|启动|率先|建有)",
        found.group(),
    )
    last = found.start() + stop.start() if stop and stop.start() >= 2 else found.end()
    if last == found.end() and text[last : last + 1].isdigit():
        joined = re.search(r"(?:以及|和|及|与|或|并)$", found.group())
        last = found.start() + joined.start() if joined else last
    return (found.start(), last) if last - found.start() >= 2 else None


def is_generic(metric: str) -> bool:
    """Return whether a metric does not say of what: 覆盖率, 占比, 建设成功率."""
    return bool(_GENERIC.fullmatch(metric))


def noun_before(text: str, start: int, metric: Span) -> Span | None:
    """Return what a bare 建设成功率 or 覆盖率 is of: the noun of the clause before it, or None."""
    if not _GENERIC.fullmatch(text, *metric):
        return None
    begin = max(start, metric[0] - 60)
    clauses = list(re.finditer(r"[^，:()]+", text[begin : metric[0]]))
    for clause in reversed(clauses):
        said = clause.group()
        first, last = comparing.stripped(said)
        modal = re.search(r".*(?:应当|必须|应|须|要(?!求|素|点))", said[first:last])
        first = first + modal.end() if modal else first
        deed = _DEED_BEFORE.match(said, first, last)
        first = deed.end() if deed else first
        work = _WORK_AFTER.search(said, first, last)
        last = work.start() if work else last
        if last - first < 2:
            continue
        plain = re.fullmatch(rf"[{CJK}A-Za-z、]{{2,18}}", said[first:last])
        return (begin + clause.start() + first, begin + clause.start() + last) if plain else None
    return None
