"""Numbers of the plan to targets, thresholds and levels."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import pairwise

from shuiheng.core.plan_text import comparing
from shuiheng.core.plan_text.folding import CJK, Folded, Span
from shuiheng.core.plan_text.measured import (
    Run,
    Source,
    adjacent,
    is_generic,
    is_no_target,
    metrics,
    noun_after,
    noun_before,
    sources,
)
from shuiheng.core.plan_text.model import Target
from shuiheng.core.plan_text.numbers import Number, dimension_of, in_base, numbers_in
from shuiheng.core.plan_text.vocabulary import Vocabulary
from shuiheng.core.plan_text.years import Year, is_lead, years_in

_SENTENCE = re.compile(r"[^。；;！？\n\t|]+")
_BREAK = re.compile(r"[，:(]")
_JOIN = re.compile(r"[ ]?(?:及?以上|以下|以内|左右)?[ ]?(?:、|和|及|与|，)[ ]?$")
_ALL = re.compile(r"(?P<all>全部|均(?=实行|纳入|完成|实现|达到?(?:标准|要求)|安装|建有|建成|配备))")
_ALL_HINT = re.compile(r"全部|均|全覆盖")
_ALL_NOT = re.compile(
    r"全部(?:用于|或|责任|成本|门|内容|费用|数据|由|收入|资金|或者|的|信息|过程|在|流程)"
)
_FULL = re.compile(
    r"(?:实现|达到|做到)(?P<what>[^，。；、]{0,16}?)全覆盖|(?<!基本)全覆盖(?=[，。；]|$)"
)
LONGEST = 1500  # a longer stretch without a full stop is read in pieces
NEAR = 90  # how far before a number its words may begin
_PER = (
    (re.compile(r"年均|每年|年度?递增"), "year"),
    (re.compile(r"每季度?"), "quarter"),
    (re.compile(r"每月"), "month"),
    (re.compile(r"每周"), "week"),
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


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence with the years it names and the year it inherits from above."""

    start: int
    end: int
    region: Region
    years: tuple[Year, ...]
    inherited: int | None


class TargetReader:
    """Reads the numbers of regions; the text is masked where numbers mean something else."""

    def __init__(self, folded: Folded, masked: str, vocabulary: Vocabulary) -> None:
        self.folded = folded
        self.text = folded.text
        self.masked = masked
        self.vocabulary = vocabulary
        self._sentences: dict[Region, list[Sentence]] = {}
        self.metric: Span | None = None  # of the number before, for "…；2023年达到40%"
        self.last: tuple[comparing.Compared, Target] | None = None  # the number before
        self.named: dict[Span, str] = {}  # the metrics of the region so far
        self.of_unit: dict[str, Span] = {}  # the last metric with that unit, in one list

    def read(self, region: Region) -> list[Target]:
        """Return the numeric entries of one region, in order."""
        found: list[Target] = []
        self.metric = self.last = None
        self.named, self.of_unit = {}, {}
        for sentence in self.sentences(region):
            above = self.text[max(0, sentence.start - 2) : sentence.start]
            if above.endswith("\n") and above != ";\n":  # a list of years goes on after ;
                self.metric, self.last, self.of_unit = None, None, {}
            entries = [*self._numbers(sentence), *self._wholes(sentence), *self._levels(sentence)]
            found.extend(sorted(entries, key=lambda target: target.span))
        return found

    def sentences(self, region: Region) -> list[Sentence]:
        """Return the sentences of a region; read once.

        In the goals a year that opens a sentence holds until the next one does.
        """
        if region not in self._sentences:
            self._sentences[region] = list(self._split(region))
        return self._sentences[region]

    def _split(self, region: Region) -> Iterator[Sentence]:
        year = region.year
        for match in _SENTENCE.finditer(self.masked, region.start, region.end):
            start, end = match.span()
            years = years_in(self.text, start, end)
            if region.place == "goals":
                lead = [
                    one
                    for one in years
                    if one.kind == "deadline" and is_lead(self.text, one, start)
                ]
                if lead:
                    year = lead[-1].year
            for first in range(start, end, LONGEST):
                last = min(end, first + LONGEST)
                own = [one for one in years if first <= one.start < last]
                yield Sentence(first, last, region, tuple(own), year)

    def _numbers(self, sentence: Sentence) -> Iterator[Target]:
        numbers = [
            number
            for number in numbers_in(self.masked, sentence.start, sentence.end)
            if not any(one.start < number.end and number.start < one.end for one in sentence.years)
        ]
        groups = list(_groups(self.masked, numbers))
        origins = sources(self.masked, groups)
        before, building = sentence.start, False
        for place, group in enumerate(groups):
            sized = place and group[0].start == groups[place - 1][-1].end
            if place + 1 in origins or sized:
                continue
            run = self._run(group, before, sentence, building, origins.get(place))
            building = False
            if run is None:
                continue
            for entry in self._entries(run, sentence):
                building = entry.comparator == ">=" and comparing.is_count(entry.unit)
                building = building and (entry.direction is None or run.how.verb == "新增")
                yield entry
            if not run.threshold:
                before = group[-1].end
                if building and self.metric and before <= self.metric[0] < sentence.end:
                    before = self.metric[1]

    def _run(
        self,
        group: list[Number],
        before: int,
        sentence: Sentence,
        building: bool,
        source: Source | None,
    ) -> Run | None:
        """Return how numbers are compared that share their words, or None when they are no targets.

        ``building`` says that the number before was something to build: 新建水厂2座、泵站3座.
        """
        text, end = self.masked, sentence.end
        first, final = group[0], group[-1]
        left = self._left(before, first.start)
        how = comparing.compared(text, left, first.start, first.end, end)
        last = comparing.compared(text, left, final.start, final.end, end)
        if how is None and last is not None and len(group) > 1:
            how = replace(last, verb_start=first.start)
        if how is not None and len(group) > 1 and last is not None and last.suffix:
            how = replace(how, comparator=last.comparator, suffix=last.suffix)
        built = comparing.built_before(text, left, first.start)
        if how is None:
            how = self._planned(group, left, before, building, built is not None)
            how = how or self._continued(group, left, sentence.end, building)
        if how is None:
            return None
        unit = first.unit or final.unit
        tail = last.end if last is not None and last.suffix else final.end
        run = Run(tuple(group), unit, left, tail, how, source=source)
        if is_no_target(text, run, sentence.start):
            return None
        at_tail = replace(how, end=tail)
        threshold = comparing.is_threshold(text, left, first.start, at_tail, end, unit)
        aside = text[left - 1 : left] == "(" and text[tail : tail + 1] == ")"
        threshold = threshold or (aside and bool(how.suffix or how.verb in {"不超过", "超过"}))
        near = adjacent(text, how.verb_start, first.start, how.verb)
        own_verb = how.verb and (not how.built or near)
        return replace(run, threshold=threshold, built=None if own_verb else built)

    def _planned(
        self, group: list[Number], left: int, before: int, building: bool, built: bool
    ) -> comparing.Compared | None:
        """Return how a bare number is meant: something to build (120亩), or a measure's value."""
        start, end = group[0].start, group[-1].end
        phrase = self.masked[left:start].rstrip()
        share = group[0].unit.endswith(("%", "成"))
        noun = re.match(
            rf"的[{CJK}]{{2,14}}(?:建成|达到|完成|实现|建有|纳入|配备|安装|通过|覆盖)",
            self.masked[end : end + 18],
        )
        if share and noun:  # 60%的事业单位建成节水型单位
            return comparing.Compared("=" if group[0].value == 100 else ">=", None, start, end)
        if share and phrase.endswith("率"):
            return comparing.Compared("=", None, start, end)
        listed = phrase.startswith("的") or re.match(
            rf"(?:[ ]?(?:、|和|及|以及|，)[{CJK}]{{2,14}}|其中[:]?[{CJK}A-Za-z0-9、]{{2,24}})$",
            phrase,
        )
        short = left > before and re.fullmatch(rf"[{CJK}]{{2,8}}", phrase)
        if built and self.masked[max(left, start - 1)] not in "每第近前后约的":
            return comparing.Compared(">=", None, start, end, True)
        if building and (listed or short) and comparing.stripped(phrase)[0] < len(phrase):
            return comparing.Compared(">=", None, start, end, True, continued=True)
        dated = re.match(
            r"[ ]*(?:到|至|在|截至)?20\d\d年(?:\d{1,2}月)?(?:底|末)?(?:之?前)?[^，\d]{2,14}$",
            phrase,
        )
        closes = re.match(r"[，。；;、）)\n\t]|$", self.masked[end : end + 1])
        if dated and closes and comparing.is_count(group[0].unit):
            return comparing.Compared(">=", None, start, end, True)
        every = group[0].value == 100 and group[0].unit == "%" and len(phrase) >= 3
        if every or comparing.is_measure(phrase):
            return comparing.Compared("=", None, start, end)
        return None

    def _continued(
        self, group: list[Number], left: int, stop: int, building: bool
    ) -> comparing.Compared | None:
        """Return how a number is meant that says only a year, or only a noun after it.

        2022年3000户，2023年4000户; 150个灌区和100个示范区; 在100个城市开展….
        """
        start, end = group[0].start, group[-1].end
        phrase = self.masked[left:start].rstrip()
        unit = group[0].unit or group[-1].unit
        first, last = comparing.stripped(phrase)
        noun = re.match(rf"[{CJK}]{{2}}", self.masked[end : min(end + 2, stop)])
        placed = phrase.endswith(("在", "选择", "选取", "确定"))
        if placed and noun and comparing.is_count(unit):
            return comparing.Compared(">=", None, start, end, True)
        if self.last is None or last > first:
            return None
        how, target = self.last
        dated = re.search(r"\d年|[明后]年", phrase)
        if dated and unit == target.unit and target.kind == "target":
            return replace(how, verb_start=start, end=end, verb="", suffix="", continued=True)
        if building and noun:
            return comparing.Compared(">=", None, start, end, True, continued=True)
        return None

    def _entries(self, run: Run, sentence: Sentence) -> Iterator[Target]:
        """Yield one entry for each number of a run."""
        known = self.of_unit.get(run.unit, self.metric)
        spans = metrics(self.masked, run, sentence.start, sentence.end, known)
        if spans is None:
            return
        deadlines = self._deadlines(run, sentence)
        for place, number in enumerate(run.numbers):
            metric = spans[place] if len(spans) == len(run.numbers) else spans[0]
            last = place == len(run.numbers) - 1
            origin = run.source
            if origin is not None and len(origin.numbers) == len(run.numbers):
                origin = replace(origin, numbers=(origin.numbers[place],))
            own = replace(
                run, numbers=(number,), unit=number.unit or run.unit,
                tail=run.tail if last else number.end, source=origin,
            )  # fmt: skip
            base = self._baseline(run.how, sentence, number.start)
            if base is None and self.last and metric == known and metric[1] <= run.left:
                alike = run.how.direction == self.last[0].direction is not None
                base = self.last[1].baseline_year if alike else None
            entry = self._entry(own, metric, sentence, base, deadlines[place])
            self.metric, self.last = metric, (run.how, entry)
            self.of_unit[own.unit] = metric
            yield entry

    def _left(self, start: int, stop: int) -> int:
        """Return where the words that belong to ``stop`` begin: after the last break before it."""
        first = max(start, stop - NEAR)
        breaks = [self.masked.rfind(mark, first, stop) + 1 for mark in "，:"]
        opened = self.masked.rfind("(", first, stop) + 1
        if opened > self.masked.rfind(")", first, stop):
            breaks.append(opened)
        return max(first, *breaks)

    def _deadlines(self, run: Run, sentence: Sentence) -> list[int | None]:
        """Return the deadline of each number: before it, else after, else inherited."""
        group = run.numbers
        due = [year for year in sentence.years if year.kind == "deadline"]
        before = [year for year in due if year.start < group[0].start]
        if len(group) > 1 and len(before) >= len(group):
            listed = before[-len(group) :]
            gaps = [self.text[one.end : two.start] for one, two in pairwise(listed)]
            if all(re.fullmatch(r"[、和及，与到至]{1,2}", gap) for gap in gaps):
                return [year.year for year in listed]
        if run.threshold:
            return [None] * len(group)
        if before:
            return [before[-1].year] * len(group)
        after = [
            year
            for year in due
            if year.start >= group[-1].end
            and re.search(r"前|底|末", self.text[year.start : year.end + 1])
            and not self._opens(year)
        ]
        return [after[0].year if after else sentence.inherited] * len(group)

    def _opens(self, year: Year) -> bool:
        """Return whether a year opens a clause of its own: …达到90%，到2025年底，…"""
        comma = self.text.rfind("，", max(0, year.start - 6), year.start) + 1
        return bool(
            comma and is_lead(self.text, year, comma) and self.text[year.end : year.end + 1] == "，"
        )

    def _baseline(self, how: comparing.Compared, sentence: Sentence, stop: int) -> int | None:
        """Return the year to compare with, where the words before the number name one."""
        if how.direction is None and not re.search(r"[比较]", self.text[sentence.start : stop]):
            return None
        base = [year for year in sentence.years if year.kind == "baseline" and year.start < stop]
        if not base:
            return None
        between = self.text[base[-1].end : stop]
        opens = how.direction is not None and between.startswith("，")
        return base[-1].year if opens or "，" not in between else None

    def _entry(
        self, run: Run, metric: Span, sentence: Sentence, baseline: int | None, deadline: int | None
    ) -> Target:
        region, number, unit = sentence.region, run.numbers[0], run.unit
        how, stop = run.how, run.tail
        threshold = run.threshold
        value, upto = number.value, number.upto
        if upto is not None and how.comparator == "<=":
            value, upto = upto, value
        value_si, unit_si = in_base(value, unit)
        begin, end = min(metric[0], number.start), max(metric[1], stop)
        same_line = "\n" not in self.text[begin:end] and "。" not in self.text[begin:end]
        if not same_line or metric[1] < number.start - 60 or metric[0] > number.end + 40:
            begin, end = number.start, stop
        if metric[1] <= run.left and metric in {self.metric, self.of_unit.get(unit)}:
            begin, end = run.left, stop  # the metric stands with the number before
            while self.text[begin] in " ，":
                begin += 1
        words, read = self.folded.written(*metric), metric
        if (noun := noun_before(self.masked, sentence.start, metric)) is not None:
            words, read = self.folded.written(*noun) + words, (noun[0], metric[1])
        elif is_generic(words):
            for span, full in reversed(self.named.items()):
                if full.endswith(words) and full != words:
                    words, read = full, span  # 覆盖率 after 垃圾分类覆盖率
                    break
        self.named[read] = words
        near = max(region.start, begin - 8)
        near = max(near, *(self.text.rfind(mark, near, begin) + 1 for mark in "，。；"))
        around = self.text[near:end]
        whole = number.words in {"全部", "均", "全覆盖"}
        rates = _PER if threshold else _PER[:5]
        per = next((word for found, word in rates if found.search(around) and not whole), None)
        if per is None and how.continued and self.last is not None:
            per = self.last[1].per
        origin = run.source.numbers[0] if run.source is not None else None
        same = origin is not None and origin.unit in {"", unit}
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
            metric_span=self.folded.span(*read),
            from_value=origin.value if origin is not None and same else None,
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

    def _wholes(self, sentence: Sentence) -> Iterator[Target]:
        """Yield 100 % where the text says 全部, 均 or 全覆盖 of something, once a clause."""
        text, start, end = self.masked, sentence.start, sentence.end
        if not _ALL_HINT.search(text, start, end):
            return
        read: set[int] = set()
        for match in (*_ALL.finditer(text, start, end), *_FULL.finditer(text, start, end)):
            left = self._left(start, match.start())
            metric = None if left in read else self._whole(match, left, sentence)
            if metric is None:
                continue
            read.add(left)
            stop_at = _BREAK.search(text, match.end(), end)
            stop = min(stop_at.start() if stop_at else end, match.end() + NEAR)
            years = [one for one in sentence.years if one.kind == "deadline"]
            before = [one for one in years if one.start < match.end()]
            due = before[-1].year if before else years[0].year if years else sentence.inherited
            word = match.group() if match.group() in {"全部", "均"} else "全覆盖"
            number = Number(Decimal(100), "%", match.start(), match.end(), words=word)
            how = comparing.Compared("=", None, match.start(), stop)
            run = Run((number,), "%", left, stop, how)
            yield self._entry(run, metric, sentence, None, due)

    def _whole(self, match: re.Match[str], left: int, sentence: Sentence) -> Span | None:
        """Return the span of that of which all is meant, or None when no target is meant."""
        text, whole = self.masked, match.group() in {"全部", "均"}
        dated = any(one.kind == "deadline" for one in sentence.years)
        if match.group() != "全部" and not dated and sentence.region.place != "goals":
            return None
        stop_at = _BREAK.search(text, match.end(), sentence.end)
        after = text[match.end() : stop_at.start() if stop_at else sentence.end][:NEAR]
        if _ALL_NOT.match(text, match.start()) or (whole and re.search(r"\d", after)):
            return None
        shift = comparing.stripped(text[left : match.start()])
        metric = (left + shift[0], left + shift[1])
        if not whole and match["what"]:
            metric = match.span("what")
        said = text[slice(*metric)]
        if whole and re.search(r"(?:覆盖|完成|改造)$", said):
            metric = noun_after(text, match.end(), sentence.end) or metric
            said = text[slice(*metric)]
        if len(said) < 3 or "全部" in said or comparing.is_past(text[left : match.end()] + after):
            return None
        return None if whole and not re.search(rf"[{CJK}]", after) else metric

    def _levels(self, sentence: Sentence) -> Iterator[Target]:
        """Yield the levels of the vocabulary (三级计量, 一户一表) that the sentence names."""
        start, end, region = sentence.start, sentence.end, sentence.region
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
                metric_span=self.folded.span(place, last),
                task=region.task,
                place=region.place,
                in_words=words,
            )


def _groups(text: str, numbers: list[Number]) -> Iterator[list[Number]]:
    """Yield runs of numbers that only separators part."""
    run: list[Number] = []
    for number in numbers:
        if run and _JOIN.fullmatch(text[run[-1].end : number.start]):
            named = not number.unit and re.match(rf"[{CJK}]", text[number.end : number.end + 1])
            apart = text[number.end : number.end + 1] == "的" and text[run[-1].end] == "，"
            same = not run[-1].unit or not number.unit or run[-1].unit == number.unit
            if same and not apart and not named:
                run.append(number)
                continue
        if run:
            yield run
        run = [number]
    if run:
        yield run
