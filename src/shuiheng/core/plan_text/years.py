"""Years in a sentence: deadlines and base years, plan periods, years in Chinese digits."""

from __future__ import annotations

import re
from dataclasses import dataclass

from shuiheng.core.plan_text.outline import number_of

_YEAR = re.compile(
    r"(?P<before>较|比|与|以|在|同|相比于|相较于?)?(?:(?P<from>(?:19|20)\d\d)年?(?:底|末)?[—~\-至到])?"
    r"(?<!\d)(?P<year>(?:19|20)\d\d|二[〇零]{1,2}[一二三四五六七八九〇零]{1,2}|二[〇零][一二三四五六七八九〇零]{2})年"
    r"(?P<after>(?:\d{1,2}月(?:\d{1,2}日)?)?(?:底|末)?(?:前后|前|之前|以前|以后|以来|起|后|相比|为基[数准期年]?|基础上|水平|同期)?)"
)
_FIVE = re.compile(
    r"“?(?P<plan>十[一二三四五六七八九])五”?(?:规划)?(?P<after>末期?|期末|期间|时期|以来|中后期|规划期)?"
)
_ENDS = {"十一": 2010, "十二": 2015, "十三": 2020, "十四": 2025, "十五": 2030, "十六": 2035}
_PAST = re.compile(r"以来|起|以后|后$")


@dataclass(frozen=True, slots=True)
class Year:
    """A year named in the text: a deadline, a base year to compare with, or neither."""

    year: int
    start: int
    end: int
    kind: str


def years_in(text: str, start: int, end: int) -> list[Year]:
    """Return the years that ``text[start:end]`` names, in order.

    >>> [(year.year, year.kind) for year in years_in("到2025年底，较2020年下降16%", 0, 20)]
    [(2025, 'deadline'), (2020, 'baseline')]
    """
    if text.find("年", start, end) < 0 and text.find("五", start, end) < 0:
        return []
    found = []
    for match in _YEAR.finditer(text, start, end):
        digits = match["year"]
        year = int(digits) if digits.isascii() else number_of(digits)
        if not 1950 <= year <= 2100:
            continue
        found.append(Year(year, match.start(), match.end(), _kind(match)))
    for match in _FIVE.finditer(text, start, end):
        if match["plan"] not in _ENDS or not (match["after"] or "“" in match.group()):
            continue
        past = (match["after"] or "") == "以来"
        kind = "past" if past else "deadline" if match["after"] else "mention"
        found.append(Year(_ENDS[match["plan"]], match.start(), match.end(), kind))
    return sorted(found, key=lambda year: year.start)


def _kind(match: re.Match[str]) -> str:
    before, after = match["before"] or "", match["after"]
    if before in {"较", "比", "相比于", "相较", "相较于"} or re.search(
        r"相比|为基|基础上|水平|同期", after
    ):
        return "baseline"
    if before in {"与", "同"}:
        tail = match.string[match.end() : match.end() + 3]
        return "baseline" if re.match(r"(?:相|比)", tail) else "deadline"
    if before == "以":
        return "baseline" if "为" in match.string[match.end() : match.end() + 2] else "deadline"
    if _PAST.search(after) or match.string.startswith("开始", match.end()):
        return "past"
    if match.string[match.start() - 1 : match.start()] in {"由", "从"}:
        return "baseline" if re.match(r"的|\d", match.string[match.end() :][:1]) else "deadline"
    return "deadline"


def is_lead(text: str, year: Year, start: int) -> bool:
    """Return whether the year opens its sentence, as in 到2025年，…"""
    return bool(
        re.fullmatch(
            r"[ \t—·\-（(“]*(?:力争|确保|争取|预计|计划)?(?:到|至|在|截至|于)?",
            text[start : year.start],
        )
    )
