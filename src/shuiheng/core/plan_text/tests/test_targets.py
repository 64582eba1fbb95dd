"""What single sentences set as targets: lists, pairs, years, ranges, and where they were read."""

from __future__ import annotations

import io
from typing import Any

import pytest
from docx import Document

from shuiheng.core.plan_text import parse_plan, text_of

Row = tuple[str, str, str, int | None]


def _targets(sentence: str) -> tuple[str, list[dict[str, Any]]]:
    text = f"水城行动方案\n一、重点任务\n（一）推进节水。{sentence}\n"
    return text, parse_plan(text).to_json()["targets"]


READ: list[tuple[str, list[Row]]] = [
    (
        "到2022年，创建150个节水型灌区和100个节水农业示范区。",
        [("节水型灌区", "150", "个", 2022), ("节水农业示范区", "100", "个", 2022)],
    ),
    (
        "创建50家节水标杆企业和50家节水标杆园区。",
        [("节水标杆企业", "50", "家", None), ("节水标杆园区", "50", "家", None)],
    ),
    (
        "建设水站3个、泵房5个和水塔7个。",
        [("水站", "3", "个", None), ("泵房", "5", "个", None), ("水塔", "7", "个", None)],
    ),
    (
        "推广旱作农业50万亩、水肥一体化30万亩。",
        [("旱作农业", "50", "万亩", None), ("水肥一体化", "30", "万亩", None)],
    ),
    (
        "到2022年，中央国家机关、省直机关及50%以上的省属事业单位建成节水型单位。",
        [("省属事业单位", "50", "%", 2022)],
    ),
    (
        "2022年新建和改造户厕3000户，2023年4000户。",
        [("户厕", "3000", "户", 2022), ("户厕", "4000", "户", 2023)],
    ),
    (
        "新增高效节水灌溉面积150万亩，其中喷灌、微灌50万亩。",
        [("高效节水灌溉面积", "150", "万亩", None), ("喷灌、微灌", "50", "万亩", None)],
    ),
    (
        "再生水利用率2022年达到33%，2023年40%。",
        [("再生水利用率", "33", "%", 2022), ("再生水利用率", "40", "%", 2023)],
    ),
    ("到2020年，在100个城市开展分区计量管理。", [("城市", "100", "个", 2020)]),
    (
        "继续推动节水型学校建设工作，到2020年建设成功率达到70%。",
        [("节水型学校建设成功率", "70", "%", 2020)],
    ),
    ("推广节水器具，普及率达到98%。", [("节水器具普及率", "98", "%", None)]),
]


@pytest.mark.parametrize(("sentence", "wanted"), READ)
def test_a_sentence_sets_its_targets(sentence: str, wanted: list[Row]) -> None:
    text, targets = _targets(sentence)
    keys = ("metric", "value", "unit", "deadline_year")
    assert [(t["metric"], str(t["value"]), *(t[k] for k in keys[2:])) for t in targets] == wanted
    for target in targets:
        assert text[slice(*target["span"])] == target["text"]
        read = text[slice(*target["metric_span"])]
        assert read.startswith(target["metric"][:2]) and read.endswith(target["metric"][-2:])


@pytest.mark.parametrize(
    ("sentence", "metric", "before", "value"),
    [
        ("农村自来水普及率由92%提高到98%。", "农村自来水普及率", "92", "98"),
        ("管网漏损率从12%降至9%。", "管网漏损率", "12", "9"),
        ("万元GDP用水量由50立方米下降到40立方米。", "万元GDP用水量", "50", "40"),
        ("普通水厂水质达标率由2020年的88%提高到2025年的95%。", "普通水厂水质达标率", "88", "95"),
    ],
)
def test_from_where_a_value_rises_is_kept(
    sentence: str, metric: str, before: str, value: str
) -> None:
    _, targets = _targets(sentence)
    assert len(targets) == 1
    target = targets[0]
    assert (target["metric"], str(target["from_value"]), str(target["value"])) == (
        metric, before, value,
    )  # fmt: skip
    if "2020年" in sentence:
        assert (target["baseline_year"], target["deadline_year"]) == (2020, 2025)


def test_a_range_keeps_both_ends() -> None:
    _, targets = _targets("供水管网漏损率控制在8.5%—9%。")
    assert [str(end) for end in targets[0]["range"]] == ["8.5", "9"]
    assert (str(targets[0]["value"]), targets[0]["comparator"]) == ("9", "<=")


def test_a_later_year_is_read_where_it_stands() -> None:
    text, targets = _targets("2020年新增高标准农田3万亩，2021年新增4万亩。")
    assert [target["text"] for target in targets] == ["高标准农田3万亩", "2021年新增4万亩"]
    for target in targets:
        assert text[slice(*target["metric_span"])] == target["metric"] == "高标准农田"


TABLE = """水城节水规划
一、主要目标
序号{t}指标{t}单位{t}2020年{t}2025年{t}属性
1{t}用水总量{t}亿立方米{t}8.9{t}≤8.5{t}约束性
2{t}供水管网漏损率（%）{t}{t}10{t}9以内{t}预期性
3{t}绿色发展{t}{t}—{t}持续改善{t}预期性
二、重点任务
（一）改造管网。
"""


@pytest.mark.parametrize("mark", ["\t", " | "])
def test_each_cell_of_a_table_is_a_target(mark: str) -> None:
    text = TABLE.format(t=mark)
    targets = parse_plan(text).to_json()["targets"]
    keys = ("metric", "comparator", "unit", "deadline_year", "binding")
    assert [(str(one["value"]), *(one[key] for key in keys)) for one in targets] == [
        ("8.9", "用水总量", "=", "亿立方米", 2020, "约束性"),
        ("8.5", "用水总量", "<=", "亿立方米", 2025, "约束性"),
        ("10", "供水管网漏损率", "=", "%", 2020, "预期性"),
        ("9", "供水管网漏损率", "<=", "%", 2025, "预期性"),
    ]
    for target in targets:
        assert text[slice(*target["metric_span"])] == target["metric"]
        assert text[slice(*target["span"])] == target["text"]


def test_a_year_before_the_document_says_what_was_so() -> None:
    text = "水政发〔2021〕8号\n" + TABLE.format(t="\t")
    targets = parse_plan(text).to_json()["targets"]
    assert [(str(one["value"]), str(one["from_value"])) for one in targets] == [
        ("8.5", "8.9"), ("9", "10"),
    ]  # fmt: skip
    assert {one["baseline_year"] for one in targets} == {2020}


def test_a_page_with_merged_cells_keeps_its_columns() -> None:
    page = (
        "<html><body><p>水城节水规划</p><p>一、主要目标</p><table>"
        "<tr><td rowspan=2>类别</td><td rowspan=2>指标</td><td colspan=2>目标值</td></tr>"
        "<tr><td>2022年</td><td><p>2025年</p></td></tr>"
        "<tr><td rowspan=2>农业</td><td><p>灌溉水利用系数</p></td><td>0.60</td><td>0.62</td></tr>"
        "<tr><td>高效节水灌溉面积（万亩）</td><td>5</td><td>8</td></tr></table></body></html>"
    )
    read = text_of(page.encode(), "plan.html").text
    targets = parse_plan(read).targets
    assert [(one.metric, str(one.value), one.unit, one.deadline_year) for one in targets] == [
        ("灌溉水利用系数", "0.60", "1", 2022),
        ("灌溉水利用系数", "0.62", "1", 2025),
        ("高效节水灌溉面积", "5", "万亩", 2022),
        ("高效节水灌溉面积", "8", "万亩", 2025),
    ]


def test_a_word_table_is_read() -> None:
    document = Document()
    document.add_paragraph("水城节水规划")
    document.add_paragraph("一、主要目标")
    table = document.add_table(rows=2, cols=3)
    for row, said in zip(
        table.rows,
        (("指标", "2022年", "2025年"), ("节水器具普及率（%）", "90", "≥95")),
        strict=True,
    ):
        for cell, words in zip(row.cells, said, strict=True):
            cell.text = words
    held = io.BytesIO()
    document.save(held)
    targets = parse_plan(text_of(held.getvalue(), "plan.docx").text).targets
    assert [(one.metric, str(one.value), one.comparator) for one in targets] == [
        ("节水器具普及率", "90", "="), ("节水器具普及率", "95", ">="),
    ]  # fmt: skip


def test_units_in_an_appended_table_reach_the_tasks_of_the_body() -> None:
    text = """水城节水方案
一、重点任务
（一）改造管网。更新旧管。
（二）装表到户。逐户装表。
附件：任务分工表
序号\t重点任务\t责任单位\t完成时限
1\t改造管网\t市水利局、财政局\t2025年底
2\t装表到户\t市住建局\t2024年底
"""
    tasks = [task.to_json() for task in parse_plan(text).tasks]
    assert [task["responsible"] for task in tasks] == [["市水利局", "市财政局"], ["市住建局"]]
