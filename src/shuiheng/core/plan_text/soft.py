"""What a plan wants by a year without saying a number."""

from __future__ import annotations

import re
from collections.abc import Iterator

from shuiheng.core.plan_text.folding import Folded, Span
from shuiheng.core.plan_text.model import SoftTarget, Target
from shuiheng.core.plan_text.targets import Region, Sentence, TargetReader
from shuiheng.core.plan_text.years import Year, is_lead

_OUTCOME = re.compile(
    r"完成|建成|实现|形成|建立|达到|基本|显著|明显|初步|健全|提升|提高|改善|覆盖|推广|评选|创建|启动|出台|制定|编制|杜绝|消除|淘汰|退出|取缔"
    r"|关停|成为|走在|增强|控制|打造|加大|扩大|优化|下降|降低|减少|遏制|巩固|保持|进入|确保|普及|完善|构建|满足|取得|落实|不发生|清零|归零"
)
_CLAUSE_VERB = re.compile(
    r"(?:[^，]{0,6})(?:完成|建成|实现|形成|基本建成|基本形成|基本消除|基本完成|全面建成|全面完成|建立|消除|初步形成|达到|不发生|不出现|全面清零|清零)"
)
_BENCHMARK = re.compile(
    r"(?:全[省市国区]|国内|国际|世界|同类|行业|国家|省内|市内)(?:先进|领先|前列|一流|平均)(?:水平|行列|地位|方阵)?|(?:走在|位居|进入|保持)[^，。；]{0,8}?(?:前列|先进行列|第一方阵)"
)
_DIRECTIONS = (
    ("achieve", re.compile(r"达到[^，。；]{0,16}水平|走在|前列")),
    ("complete", re.compile(r"完成|全部|清零")),
    ("build", re.compile(r"建成|形成|建立|创建|打造|构建|评选|健全|完善|出台|制定|编制")),
    ("decrease", re.compile(r"下降|降低|减少|遏制|压减|消除|淘汰|杜绝|退出|取缔|关停")),
    ("increase", re.compile(r"提高|提升|增强|扩大|增加|加大|改善|增长|优化")),
    ("maintain", re.compile(r"保持|稳定|巩固|维持")),
)
_LABEL = re.compile(r"[^，:]{2,8}(?:时限|时间|期限|节点|单位|部门|领导|人)[ ]?:")
_OWN_YEAR = re.compile(r"(?:力争|确保)?(?:到|至)?(20\d\d)年(?:\d{1,2}月)?(?:底|末)?(?:之?前)?")
_LIST_INTRO = re.compile(r"(?:如下|以下|为|是|包括|:)[ \t:]*$")


def soft_targets(
    folded: Folded, reader: TargetReader, region: Region, targets: list[Target], clauses: list[Span]
) -> Iterator[SoftTarget]:
    """Yield the sentences with a deadline and no number, and such parts of sentences with one."""
    text = folded.text
    read = sorted(target.span for target in targets)
    for sentence in reader.sentences(region):
        start, end = sentence.start, sentence.end
        while start < end and text[start] in " \t—-·•*“:":
            start += 1
        if end - start < 8 or any(first <= start < last for first, last in clauses):
            continue
        end = next((first for first, _ in clauses if start < first < end), end)
        year = _year(text, start, end, sentence)
        if year is None or not _OUTCOME.search(text, start, end):
            continue
        if (
            "\t" in text[start:end]
            or "□□□□" in reader.masked[start : start + 4]
            or _LABEL.match(text, start, end)
            or _LIST_INTRO.search(text[start:end])
        ):
            continue
        span = folded.span(start, end)
        inside = [one for one in read if one[0] < span[1] and one[1] > span[0]]
        if not inside:
            if (
                not any(char.isdigit() for char in reader.masked[start:end].replace(str(year), ""))
                or region.place == "goals"
                or _OUTCOME.search(text, start, end)
            ):
                yield _soft(folded, start, end, year, region)
            continue
        yield from _left_over(folded, start, end, year, region, inside)


def _year(text: str, start: int, end: int, sentence: Sentence) -> int | None:
    """Return the deadline that holds for a sentence: its own, or in the goals the running one."""
    due = [one for one in sentence.years if one.kind == "deadline" and start <= one.start < end]
    own = [one for one in due if _is_deadline(text, one, start)]
    if own:
        return own[0].year
    return sentence.inherited if sentence.region.place == "goals" and not due else None


def _is_deadline(text: str, year: Year, start: int) -> bool:
    said = text[year.start : year.end + 2]
    before = text[max(start, year.start - 2) : year.start]
    comma = max(text.rfind("，", start, year.start) + 1, start)
    if re.search(r"年度", said) and not re.search(r"[到前底末]", said + before):
        return False
    return bool(
        re.search(r"年(?:\d{1,2}月)?(?:底|末)?(?:之?前|底|末)|期末|五”?末", said)
        or re.search(r"[到至于]$|力争$", before)
        or is_lead(text, year, start)
        or is_lead(text, year, comma)
    )


def _left_over(
    folded: Folded, start: int, end: int, year: int, region: Region, inside: list[Span]
) -> Iterator[SoftTarget]:
    """Yield the parts of a sentence beside its numbers that name an outcome of their own."""
    text, place = folded.text, start
    for part in re.finditer(r"[^，]+", text[start:end]):
        first, last = place + part.start(), place + part.end()
        span = folded.span(first, last)
        touched = any(one[0] < span[1] and one[1] > span[0] for one in inside)
        own = _OWN_YEAR.match(text, first, last)
        body = own.end() if own else first
        if touched or last - body < 4 or not _CLAUSE_VERB.match(text, body, last):
            continue
        if last - first < 6 or any(char.isdigit() for char in text[body:last]):
            continue
        yield _soft(folded, first, last, int(own[1]) if own else year, region)


def _soft(folded: Folded, start: int, end: int, year: int, region: Region) -> SoftTarget:
    while end > start and folded.text[end - 1] in " \t，、:(【":
        end -= 1
    said = folded.text[start:end]
    benchmark = _BENCHMARK.search(said)
    direction = next((name for name, words in _DIRECTIONS if words.search(said)), "achieve")
    return SoftTarget(
        text=folded.written(start, end),
        deadline_year=year,
        direction=direction,
        span=folded.span(start, end),
        task=region.task,
        benchmark=folded.written(start + benchmark.start(), start + benchmark.end())
        if benchmark
        else None,
    )
