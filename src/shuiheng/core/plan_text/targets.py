"""Numbers of the plan to targets, thresholds and levels."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from shuiheng.core.plan_text import comparing
from shuiheng.core.plan_text.folding import CJK, Folded, Span
from shuiheng.core.plan_text.model import Target
from shuiheng.core.plan_text.numbers import Number, dimension_of, in_base, numbers_in
from shuiheng.core.plan_text.vocabulary import Vocabulary
from shuiheng.core.plan_text.years import Year, is_lead, years_in

_SENTENCE = re.compile(r"[^。；;！？\n]+")
_BREAK = re.compile(r"[，:(]")
_TIME = re.compile(r"^(?:小时|分钟|秒|天|年|个月|月|周|季度|季|个工作日|工作日|日)$")
_TIME_METRIC = re.compile(r"天数|时间|时长|时限|周期|寿命|年限|学时|天气|期限")
_NO_TARGET_UNIT = re.compile(r"^(?:级|届|页|轮|季|类|种|门|期|年|度|头?版)$")
_DIMENSIONLESS = re.compile(r"系数|指数|比值|得分|强度|之比|值$|比$|率$|pH")
_JOIN = re.compile(r"[ ]?(?:及?以上|以下|以内|左右)?[ ]?(?:、|和|及|与|，)[ ]?$")
_ALL = re.compile(r"(?P<all>全部|均(?=实行|纳入|完成|实现|达到?(?:标准|要求)|安装|建有|建成|配备))")
_ALL_HINT = re.compile(r"全部|均|全覆盖")
_ALL_NOT = re.compile(r"全部(?:用于|或|责任|成本|门|内容|费用|数据|由|收入|资金|或者|的|信息|过程|在|流程)")
_FULL = re.compile(r"(?:实现|达到|做到)(?P<what>[^，。；、]{0,16}?)全覆盖|(?<!基本)全覆盖(?=[，。；]|$)")
LONGEST = 1500  # a longer stretch without a full stop is read in pieces
NEAR = 90  # how far before a number its words may begin
_PER = (
    (re.compile(r"年均|每年|年度?递增"), "year"),
    (re.compile(r"每季度?"), "quarter"),
    (re.compile(r"每月"), "month"),
    (re.compile(r"每[日天]"), "day"),
    (re.compile(r"年(?:用水|取水|耗水|综合能源|能耗|处理|产)"), "year"),
    (re.compile(r"日(?:处理|供水|用水|取水|产)|每[日天]"), "day"),
)


@dataclass(frozen=True, slots=True)
class Region:
    """A stretch of the text in which numbers are targets: goals, a task or a safeguard."""

    start: int
    end: int
    place: str
    task: int | None = None
    year: int | None = None


class TargetReader:
    """Reads the numbers of regions; the text is masked where numbers mean something else."""

    def __init__(self, folded: Folded, masked: str, vocabulary: Vocabulary) -> None:
        self.folded = folded
        self.text = folded.text
        self.masked = masked
        self.vocabulary = vocabulary
        self.metric: Span | None = None  # of the number before, for "…；2023年达到40%"

    def read(self, region: Region) -> list[Target]:
        """Return the numeric entries of one region, in order."""
        found: list[Target] = []
        self.metric: Span | None = None
        for start, end, year in self.sentences(region):
            if self.text[start - 1 : start] == "\n":
                self.metric = None
            entries = [*self._numbers(start, end, year, region)]
            entries.extend(self._wholes(start, end, year, region, entries))
            entries.extend(self._levels(start, end, region))
            found.extend(sorted(entries, key=lambda target: target.span))
        return found

    def sentences(self, region: Region) -> Iterator[tuple[int, int, int | None]]:
        """Yield (start, end, inherited year) of each sentence.

        In the goals a year that opens a sentence holds until the next one does.
        """
        year = region.year
        for match in _SENTENCE.finditer(self.masked, region.start, region.end):
            start, end = match.span()
            years = years_in(self.text, start, end)
            if region.place == "goals":
                lead = [
                    one for one in years if one.kind == "deadline" and is_lead(self.text, one, start)
                ]
                if lead:
                    year = lead[-1].year
            for first in range(start, end, LONGEST):
                yield first, min(end, first + LONGEST), year

    def _numbers(
        self, start: int, end: int, year: int | None, region: Region
    ) -> Iterator[Target]:
        years = years_in(self.text, start, end)
        numbers = [
            number
            for number in numbers_in(self.masked, start, end)
            if not any(one.start < number.end and number.start < one.end for one in years)
        ]
        before, building = start, False
        for group in _groups(self.masked, numbers):
            entries = list(self._group(group, before, start, end, years, year, region, building))
            building = False
            for entry, metric in entries:
                self.metric = metric or self.metric
                building = entry.comparator == ">=" and metric is not None and entry.direction is None
                building = building and comparing.is_count(entry.unit)
                yield entry
            if entries and entries[-1][0].kind != "threshold":
                before = group[-1].end

    def _group(
        self,
        group: list[Number],
        before: int,
        start: int,
        end: int,
        years: list[Year],
        inherited: int | None,
        region: Region,
        building: bool,
    ) -> Iterator[tuple[Target, Span | None]]:
        """Yield the entries of numbers that share their words: 分别下降23%、18%.

        ``building`` says that the number before was something to build: 新建水厂2座、泵站3座.
        """
        text = self.masked
        left = self._left(before, group[0].start)
        how = comparing.compared(text, left, group[0].start, group[0].end, end)
        last = comparing.compared(text, left, group[-1].start, group[-1].end, end)
        unit = group[0].unit or group[-1].unit
        if how is None and last is not None and len(group) > 1:
            how = replace(last, verb_start=group[0].start)
        if how is not None and len(group) > 1 and last is not None and last.suffix:
            how = replace(how, comparator=last.comparator, suffix=last.suffix)
        built = comparing.built_before(text, left, group[0].start)
        if how is None:
            phrase = text[left : group[0].start].rstrip()
            if built and text[max(left, group[0].start - 1)] not in "每第近前后约的":
                how = comparing.Compared(">=", None, group[0].start, group[-1].end, True)
            elif building and re.match(rf"[ ]?(?:、|和|及|以及|，)[{CJK}]{{2,14}}$", phrase):
                how = comparing.Compared(">=", None, group[0].start, group[-1].end, True)
            elif building and left > before and re.fullmatch(rf"[{CJK}]{{2,8}}", phrase):
                how = comparing.Compared(">=", None, group[0].start, group[-1].end, True)
            elif comparing.is_measure(phrase):
                how = comparing.Compared("=", None, group[0].start, group[-1].end)
            else:
                return
        if self._is_no_target(group, unit, left, start, how):
            return
        tail = last.end if last is not None and last.suffix else group[-1].end
        at_tail = replace(how, end=tail)
        threshold = comparing.is_threshold(text, left, group[0].start, at_tail, end, unit)
        if how.verb and (not how.built or _adjacent(text, how.verb_start, group[0].start, how.verb)):
            built = None
        spans = self._metrics(group, left, start, end, how, built, tail, threshold)
        if spans is None:
            return
        deadlines = self._deadlines(group, years, inherited, start, threshold)
        for place, number in enumerate(group):
            metric = spans[place] if len(spans) == len(group) else spans[0]
            stop = tail if place == len(group) - 1 else number.end
            yield self._entry(
                number, number.unit or unit, metric, how, stop, threshold, region,
                self._baseline(how, years, start, number.start), deadlines[place],
            ), metric  # fmt: skip

    def _left(self, start: int, stop: int) -> int:
        """Return where the words that belong to ``stop`` begin: after the last break before it."""
        first = max(start, stop - NEAR)
        breaks = [self.masked.rfind(mark, first, stop) + 1 for mark in "，:"]
        opened = self.masked.rfind("(", first, stop) + 1
        if opened > self.masked.rfind(")", first, stop):
            breaks.append(opened)
        return max(first, *breaks)

    def _is_no_target(
        self, group: list[Number], unit: str, left: int, start: int, how: comparing.Compared
    ) -> bool:
        text, first = self.masked, group[0]
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

    def _metrics(
        self,
        group: list[Number],
        left: int,
        start: int,
        end: int,
        how: comparing.Compared,
        built: re.Match[str] | None,
        tail: int,
        threshold: bool,
    ) -> list[Span] | None:
        """Return the spans of what the numbers measure: one for each, or one for all."""
        text = self.masked
        first, last = left, how.verb_start
        if built is not None and not comparing.is_measure(text[left : built.start()].rstrip()):
            first = built.end()
        shift = comparing.stripped(text[first:last])
        first, last = first + shift[0], min(last, first + shift[1])
        after = _noun_after(text, tail, end)
        near = how.verb and _adjacent(text, how.verb_start, group[0].start, how.verb)
        if how.built and near and after and not comparing.is_measure(text[first:last]):
            return [after]
        if comparing.is_count(group[0].unit or group[-1].unit) or not how.verb:
            first = _without_build(text, (first, last))[0]
        paired = "分别" in text[left : group[0].start] and len(group) > 1
        if last - first >= 2 and not (threshold and text[group[0].start - 1] == "、"):
            parts = _split_list(text, first, last) if paired else [(first, last)]
            if threshold:
                parts = [_split_list(text, first, last)[-1]]
                inner = comparing.stripped(text[slice(*parts[0])])
                parts = [(parts[0][0] + inner[0], parts[0][0] + inner[1])]
                parts = [_without_build(text, parts[0])]
                if parts[0][1] - parts[0][0] < 2:
                    parts = []
            if len(parts) == len(group):
                whole = (first, last)
                return [one if comparing.is_measure(text[slice(*one)]) or len(parts) == 1
                        else whole for one in parts]
            if parts:
                return [(first, last)] if not threshold else parts
        if how.built or threshold or group[0].unit in {"%", "1", "成"}:
            if after is not None:
                return [after]
        if self.metric is not None and not how.built:
            return [self.metric]
        previous = text[max(start, left - 42) : left].rstrip("，: ")
        cut = previous.rfind("，") + 1
        begin = max(start, left - 42) + cut
        shift = comparing.stripped(previous[cut:])
        span = (begin + shift[0], begin + min(shift[1], len(previous) - cut))
        if span[1] - span[0] >= 2:
            return [span]
        return [after] if after is not None else None

    def _deadlines(
        self, group: list[Number], years: list[Year], inherited: int | None, start: int, limit: bool
    ) -> list[int | None]:
        """Return the deadline of each number: the nearest year before it, else after, else above."""
        due = [year for year in years if year.kind == "deadline"]
        before = [year for year in due if year.start < group[0].start]
        if len(group) > 1 and len(before) >= len(group):
            run = before[-len(group) :]
            gaps = [
                self.text[one.end : two.start] for one, two in zip(run, run[1:], strict=False)
            ]
            if all(re.fullmatch(r"[、和及，与到至]{1,2}", gap) for gap in gaps):
                return [year.year for year in run]
        if limit:
            return [None] * len(group)
        if before:
            return [before[-1].year] * len(group)
        after = [
            year
            for year in due
            if year.start >= group[-1].end and re.search(r"前|底|末", self.text[year.start : year.end + 1])
        ]
        if after:
            return [after[0].year] * len(group)
        del start
        return [inherited] * len(group)

    def _baseline(
        self, how: comparing.Compared, years: list[Year], start: int, stop: int
    ) -> int | None:
        if how.direction is None and not re.search(r"[比较]", self.text[start:stop]):
            return None
        base = [year for year in years if year.kind == "baseline" and year.start < stop]
        if not base:
            return None
        between = self.text[base[-1].end : stop]
        opens = how.direction is not None and between.startswith("，")
        return base[-1].year if opens or "，" not in between else None

    def _entry(
        self,
        number: Number,
        unit: str,
        metric: Span,
        how: comparing.Compared,
        stop: int,
        threshold: bool,
        region: Region,
        baseline: int | None,
        deadline: int | None,
    ) -> Target:
        value, upto = number.value, number.upto
        if upto is not None and how.comparator == "<=":
            value, upto = upto, value
        value_si, unit_si = in_base(value, unit)
        begin, end = min(metric[0], number.start), max(metric[1], stop)
        same_line = "\n" not in self.text[begin:end] and "。" not in self.text[begin:end]
        if not same_line or metric[1] < number.start - 60 or metric[0] > number.end + 40:
            begin, end = number.start, stop
        words = self.folded.written(*metric)
        around = self.text[max(region.start, begin - 8) : end]
        whole = number.words in {"全部", "均", "全覆盖"}
        rates = _PER if threshold else _PER[:4]
        per = next((word for found, word in rates if found.search(around) and not whole), None)
        target = Target(
            metric=words,
            text=self.folded.written(begin, end),
            value=value,
            unit=unit or "1",
            value_si=value_si,
            unit_si=unit_si,
            comparator=how.comparator,
            kind="threshold" if threshold else "target",
            span=self.folded.span(begin, end),
            baseline_year=baseline,
            deadline_year=deadline,
            task=region.task,
            place=region.place,
            direction=how.direction,
            per=per,
            approximate=how.about or number.about,
            upto=upto,
            in_words=number.words,
        )
        return target if threshold else self._with_indicator(target, begin)

    def _with_indicator(self, target: Target, at: int) -> Target:
        """Return the target with the indicator of the dictionary that it sets, if one fits."""
        dimension = dimension_of(target.unit)
        near = max(0, at - 3 * NEAR)
        first = max(near, *(self.text.rfind(mark, near, at) + 1 for mark in "。\n"))
        found = self.vocabulary.indicator(
            target.metric,
            sentence=self.text[first:at] + target.text,
            dimension=dimension,
            direction=target.direction,
        )
        if found is None:
            return target
        return replace(target, indicator=found.code, measured_by=found.figure)

    def _wholes(
        self, start: int, end: int, year: int | None, region: Region, entries: list[Target]
    ) -> Iterator[Target]:
        """Yield 100 % where the text says 全部, 均 or 全覆盖 of something."""
        if not _ALL_HINT.search(self.masked, start, end):
            return
        years = [one for one in years_in(self.text, start, end) if one.kind == "deadline"]
        own = years[0].year if years else None
        found: Iterable[re.Match[str]] = (
            *_ALL.finditer(self.masked, start, end),
            *_FULL.finditer(self.masked, start, end),
        )
        read: set[int] = set()
        for match in found:
            whole = match.group().startswith(("全部", "均"))
            word = "全部" if match.group() == "全部" else "均" if whole else "全覆盖"
            if word != "全部" and own is None and region.place != "goals":
                continue
            if word == "全部" and _ALL_NOT.match(self.masked, match.start(), end):
                continue
            stop_at = _BREAK.search(self.masked, match.end(), end)
            stop = min(stop_at.start() if stop_at else end, match.end() + NEAR)
            if whole and re.search(r"\d", self.masked[match.end() : stop]):
                continue
            left = self._left(start, match.start())
            if left in read:
                continue
            read.add(left)
            shift = comparing.stripped(self.masked[left : match.start()])
            metric = (left + shift[0], left + shift[1])
            if not whole and match["what"]:
                metric = match.span("what")
            said = self.masked[slice(*metric)]
            if len(said) < 3 or "全部" in said or comparing.is_past(self.masked[left:stop]):
                continue
            if not re.search(rf"[{CJK}]", self.masked[match.end() : stop]) and whole:
                continue
            before = [one for one in years if one.start < match.end()]
            due = before[-1].year if before else own or year
            number = Number(Decimal(100), "%", match.start(), match.end(), words=word)
            how = comparing.Compared("=", None, match.start(), stop)
            yield self._entry(number, "%", metric, how, stop, False, region, None, due)
        del entries

    def _levels(self, start: int, end: int, region: Region) -> Iterator[Target]:
        """Yield the levels of the vocabulary (三级计量, 一户一表) that the sentence names."""
        last = start
        for words, value, unit in self.vocabulary.levels:
            place = self.text.find(words, last, end)
            if place < 0 or comparing.is_past(self.text[max(start, place - 8) : place]):
                continue
            last = place + len(words)
            si, unit_si = in_base(Decimal(value), unit)
            yield Target(
                metric=self.folded.written(place, last),
                text=self.folded.written(place, last),
                value=Decimal(value),
                unit=unit,
                value_si=si,
                unit_si=unit_si,
                comparator="=",
                kind="level",
                span=self.folded.span(place, last),
                task=region.task,
                place=region.place,
                in_words=words,
            )


def _groups(text: str, numbers: list[Number]) -> Iterator[list[Number]]:
    """Yield runs of numbers that only separators part."""
    run: list[Number] = []
    for number in numbers:
        if run and _JOIN.fullmatch(text[run[-1].end : number.start]):
            same = not run[-1].unit or not number.unit or run[-1].unit == number.unit
            if same:
                run.append(number)
                continue
        if run:
            yield run
        run = [number]
    if run:
        yield run


def _adjacent(text: str, verb_start: int, number: int, verb: str) -> bool:
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
    stop = re.search(r"(?:要|应|须|将|均|全部|完成|达到|实现|建立|纳入|实行|建成|进行|并|以上)", found.group())
    last = found.start() + stop.start() if stop and stop.start() >= 2 else found.end()
    return (found.start(), last)
