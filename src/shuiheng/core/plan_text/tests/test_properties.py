"""Promises that hold for any text at all."""

from __future__ import annotations

import re
import time
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from shuiheng.core.plan_text import Vocabulary, parse_plan, units_of

WORDS = Vocabulary.shipped()
_WORDS = """
一、 （一） 1． 1. （1） ① 。 ； ， 、 （ ） ( ) 【 】 ： : 《 》 “ ” 重点任务
保障措施 主要目标 基本原则 牵头单位： 责任单位： 参与单位 牵头 负责 配合
按职责分工负责 会同 指导 等部门 市水利局 省工业和信息化厅 科技厅
住房和城乡建设局 住房与城乡建设局 各镇、街道 各县（市、区）人民政府 和 及
到2025年 较2015年 下降 分别 23% 18% 8.71亿立方米 ０．６８ ２０％ 85%—90% 以上
以内 全部 三分之二 一半以上 八成 百分之九十 两个 万亩以上 20万立方米 用水总量
管网漏损率 控制在 达到 提高到 不低于 完成 新建 附件 | 列第一位者为牵头单位，下同
一户一表 三级计量 十四五末 二〇二五年 的 污水处理厂 99999999999999999999 0.0 1-1
年 由 从 由92%提高到98% 其中 —— 每月 的 指标 2025年 约束性 ≤9 150个灌区和100个园区
"""
_BLANKS = ["第一章 ", "\n", "\n\n", "\t", " ", "　", "\r\n", "\u200b", "# ", "- "]
PIECES = st.sampled_from(_WORDS.split() + _BLANKS)
TEXTS = st.one_of(
    st.lists(PIECES, max_size=60).map("".join),
    st.text(max_size=200),
    st.lists(st.one_of(PIECES, st.text(max_size=5)), max_size=40).map("".join),
)
_FOLDED = re.compile(r"[\s\u200b-\u200f\ufeff\u2060\xad]+")


@settings(max_examples=150, deadline=None)
@given(TEXTS)
def test_any_text_is_read_without_an_exception_and_every_span_is_valid(text: str) -> None:
    plan = parse_plan(text, WORDS)
    plain = plan.to_json()
    for task in (*plain["tasks"], *plain["safeguards"]):
        start, end = task["text_span"]
        assert 0 <= start <= end <= len(text)
        for unit in task["units"]:
            assert text[slice(*unit["span"])] == unit["as_written"] != ""
    for target in plain["targets"]:
        assert text[slice(*target["span"])] == target["text"] != ""
        assert target["comparator"] in {"<=", ">=", "="}
        assert target["kind"] in {"target", "threshold", "level"}
    for soft in plain["soft_targets"]:
        assert text[slice(*soft["span"])] == soft["text"]
    for tie in plain["mechanisms"]:
        assert text[slice(*tie["span"])] == tie["keyword"]
    for finding in plain["findings"]:
        assert finding["text"] and finding["text_en"]
        if finding["span"]:
            assert 0 <= finding["span"][0] <= finding["span"][1] <= len(text)


@settings(max_examples=100, deadline=None)
@given(TEXTS)
def test_no_number_is_reported_that_is_not_written(text: str) -> None:
    for target in parse_plan(text, WORDS).targets:
        if target.in_words is not None:
            assert target.in_words[:1] in target.text
            continue
        digits = "".join(sign for sign in target.text if sign.isdecimal())
        plain = digits.translate(str.maketrans("０１２３４５６７８９", "0123456789"))
        assert str(target.value).replace(".", "").replace("E+", "") in plain or target.value == 0
        assert isinstance(target.value_si, Decimal)


@settings(max_examples=150, deadline=None)
@given(TEXTS)
def test_a_string_of_units_names_only_what_it_holds(text: str) -> None:
    clause = units_of(text, WORDS.spellings)
    for unit in clause.units if clause else ():
        assert text[slice(*unit.span)] == unit.as_written
        written = _FOLDED.sub("", unit.as_written)
        if not unit.collective:
            last = written[-1:].translate(str.maketrans("()", "（）"))
            assert unit.name.endswith(last)


def test_deep_brackets_are_read() -> None:
    text = "（" * 30_000 + "牵头单位：市水利局" + "）" * 30_000
    plan = parse_plan("一、重点任务\n（一）供水。改造管网。" + text, WORDS)
    assert len(plan.tasks) == 1
    assert [unit.name for unit in plan.tasks[0].units] == ["市水利局"]


def test_time_grows_with_length_and_not_faster() -> None:
    paragraph = (
        "1．改造供水管网。到2025年，漏损率较2020年分别下降2%、3%，新建水厂2座、泵站3座，用水户全部装表。"
        "（牵头单位：市水利局；参与单位：市住房和城乡建设局、各镇、街道）\n"
    )

    def seconds(copies: int) -> float:
        text = "一、重点任务\n（一）供水\n" + paragraph * copies
        best = 9.0
        for _ in range(3):
            begin = time.perf_counter()
            parse_plan(text, WORDS)
            best = min(best, time.perf_counter() - begin)
        return best

    seconds(20)
    assert seconds(400) < 16 * seconds(50) + 0.1


def test_one_endless_line_does_not_hang() -> None:
    for piece in (
        "市水利局、",
        "（",
        "到2025年",
        "1",
        "和",
        "全部",
        "牵头",
        "一、",
        "不超过",
        "一",
        "“",
        "区",
        "由市水利局牵头，",
        "由",
        "1.甲。2.乙。",
        "指标\t2025年\t",
        "由1%提高到",
        "其中",
        "——甲",
        "3座和",
        "达到总量的",
    ):
        begin = time.perf_counter()
        parse_plan("一、重点任务\n（一）甲。" + piece * 8000, WORDS)
        assert time.perf_counter() - begin < 5, piece
