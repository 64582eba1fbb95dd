"""What numbers measure, and which numbers are no targets at all."""

from __future__ import annotations

import re
from dataclasses import dataclass

from shuiheng.core.plan_text import comparing
from shuiheng.core.plan_text.folding import CJK, Span
from shuiheng.core.plan_text.numbers import Number

_TIME = re.compile(r"^(?:小时|分钟|秒|天|年|个月|月|周|季度|季|个工作日|工作日|日)$")
_TIME_METRIC = re.compile(r"天数|时间|时长|时限|周期|寿命|年限|学时|天气|期限")
_NO_TARGET_UNIT = re.compile(r"^(?:级|届|页|轮|季|类|种|门|期|年|度|头?版)$")
_DIMENSIONLESS = re.compile(r"系数|指数|比值|得分|强度|之比|值$|比$|率$|pH")


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


def is_no_target(text: str, run: Run, start: int) -> bool:
    """Return whether the numbers mean something else: a size, a time, a payment, the past."""
    group, unit, left, how = run.numbers, run.unit, run.left, run.how
    first = group[0]
    previous = text[first.start - 1 : first.start]
    phrase = text[left : first.start]
    if previous in set("每第近前后") or phrase.endswith(("每隔", "排名前", "不到", "逾")):
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
    if built is not None and not comparing.is_measure(text[left : built.start()].rstrip()):
        first = built.end()
    shift = comparing.stripped(text[first:last])
    first, last = first + shift[0], min(last, first + shift[1])
    after = _noun_after(text, run.tail, end)
    near = how.verb and adjacent(text, how.verb_start, group[0].start, how.verb)
    if how.built and near and after and not comparing.is_measure(text[first:last]):
        return [after]
    if how.built and near and comparing.is_deed(how.verb):
        last = how.verb_start + len(how.verb)
    if comparing.is_count(group[0].unit or group[-1].unit) or not how.verb:
        first = _without_build(text, (first, last))[0]
    paired = "分别" in text[left : group[0].start] and len(group) > 1
    if last - first >= 2 and not (threshold and text[group[0].start - 1] == "、"):
        parts = _split_list(text, first, last) if paired else [(first, last)]
        if threshold:
            only = _last_of_list(text, first, last)
            parts = [only] if only[1] - only[0] >= 2 else []
        if len(parts) == len(group):
            whole = (first, last)
            return [
                one if comparing.is_measure(text[slice(*one)]) or len(parts) == 1 else whole
                for one in parts
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


def _noun_after(text: str, start: int, end: int) -> Span | None:
    """Return the span of the noun phrase after a number, up to the next break."""
    while start < end and text[start] in "的 个":
        start += 1
    found = re.compile(rf"[{CJK}A-Za-z“”·]{{2,26}}").match(text, start, end)
    if found is None:
        return None
    stop = re.search(
        r"(?:要|应|须|将|均|全部|完成|达到|实现|建立|纳入|实行|建成|进行|并|以上)", found.group()
    )
    last = found.start() + stop.start() if stop and stop.start() >= 2 else found.end()
    return (found.start(), last)
