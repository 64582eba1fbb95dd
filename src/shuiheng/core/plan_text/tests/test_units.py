"""Responsibility strings in every style, and parentheses that are none."""

from __future__ import annotations

import pytest

from shuiheng.core.plan_text import Vocabulary, parse_plan, roles_json, units_of

SPELLINGS = Vocabulary.shipped().spellings
Roles = dict[str, list[str]]

READ: list[tuple[str, Roles]] = [
    ("（责任单位：市水利局、市发改委）", {"responsible": ["市水利局", "市发改委"]}),
    ("（A牵头，B、C配合）", {"leads": ["A"], "participants": ["B", "C"]}),
    ("（A、B负责。列第一位者为牵头单位，下同）", {"leads": ["A"], "participants": ["B"]}),
    ("（A、B按职责分工负责）", {"responsible": ["A", "B"]}),
    ("（A指导，B参与）", {"guides": ["A"], "participants": ["B"]}),
    (
        "（水利部会同有关部门负责）",
        {"leads": ["水利部"], "participants": ["有关部门"], "collectives": ["有关部门"]},
    ),
    ("（负责部门：市水务局；适用范围：全市）", {"responsible": ["市水务局"]}),
    ("（责任单位：市水利局、住建局；完成时限：2025年）", {"responsible": ["市水利局", "市住建局"]}),
    ("【责任单位：市教育局和财政局】", {"responsible": ["市教育局", "市财政局"]}),
    (
        "牵头单位：县水利局；配合单位：县发展和改革局、各镇（街道）",
        {
            "leads": ["县水利局"],
            "participants": ["县发展和改革局", "各镇、街道"],
            "collectives": ["各镇、街道"],
        },
    ),
    (
        "（省工业和信息化厅、科技厅，省委宣传部、教育厅负责）",
        {"responsible": ["省工业和信息化厅", "省科技厅", "省委宣传部", "省教育厅"]},
    ),
    ("（市委宣传部、教育局负责）", {"responsible": ["市委宣传部", "教育局"]}),
    (
        "（由市水利局牵头，发改委、财政局等部门参与，各县（市、区）人民政府负责落实）",
        {
            "leads": ["市水利局"],
            "participants": ["市发改委", "市财政局"],
            "responsible": ["各县（市、区）人民政府"],
            "collectives": ["各县（市、区）人民政府"],
        },
    ),
    (
        "（牵头单位：农业农村局；参与单位：区各相关部门，镇、街道按职责分工共同推进）",
        {
            "leads": ["农业农村局"],
            "participants": ["区各相关部门", "各镇、街道"],
            "collectives": ["区各相关部门", "各镇、街道"],
        },
    ),
    (
        "（市发展和改革委员会、住房与城乡建设局、国有资产监督管理委员会与文化和旅游局负责）",
        {
            "responsible": [
                "市发展和改革委员会",
                "市住房和城乡建设局",
                "市国有资产监督管理委员会",
                "市文化和旅游局",
            ]
        },
    ),
    (
        "（责任单位：党政办（机关事务管理局）、高新区管委会（综合执法局））",
        {"responsible": ["党政办（机关事务管理局）", "高新区管委会（综合执法局）"]},
    ),
    ("（责任领导：张三；责任单位：水利局）", {"responsible": ["水利局"]}),
    (
        "（市场监督管理局牵头，城市管理局配合）",
        {"leads": ["市场监督管理局"], "participants": ["城市管理局"]},
    ),
    (
        "（各设区市人民政府，省发展改革委、工业和信息化厅、国网江苏电力公司按职责分工负责）",
        {
            "responsible": [
                "各设区市人民政府",
                "省发展改革委",
                "省工业和信息化厅",
                "国网江苏电力公司",
            ],
            "collectives": ["各设区市人民政府"],
        },
    ),
    ("（在省水利厅指导下，由市水利局负责）", {"guides": ["省水利厅"], "responsible": ["市水利局"]}),
    ("责任单位：县农业农村局 县水利局", {"responsible": ["县农业农村局", "县水利局"]}),
    (
        "（市水利局负责水资源管理，市住建局负责供水管网）",
        {"responsible": ["市水利局", "市住建局"]},
    ),
    (
        "（各镇人民政府、街道办事处负责）",
        {"responsible": ["各镇、街道"], "collectives": ["各镇、街道"]},
    ),
    ("（水利部牵头落实，持续推进）", {"leads": ["水利部"]}),
    (
        "区水务局（区节水办）、区城市管理和综合执法局牵头",
        {"leads": ["区水务局（区节水办）", "区城市管理和综合执法局"]},
    ),
    (
        "（县水利局、县城市管理局、财政局负责）",
        {"responsible": ["县水利局", "县城市管理局", "县财政局"]},
    ),
    ("（市北区水务局、财政局负责）", {"responsible": ["市北区水务局", "市北区财政局"]}),
    (
        "（市区水务局、市区城市管理局、财政局牵头）",
        {"leads": ["市区水务局", "市区城市管理局", "市区财政局"]},
    ),
    ("（镇党政办、农业农村办负责）", {"responsible": ["镇党政办", "镇农业农村办"]}),
    (
        "（自治区水利厅、财政厅、自治区城市管理局负责）",
        {"responsible": ["自治区水利厅", "自治区财政厅", "自治区城市管理局"]},
    ),
]  # fmt: skip

NOT_READ = [
    "（改、扩）",
    "（2021—2025年）",
    "（以下简称《方案》）",
    "（含再生水）",
    "（由企业负责）",
    "（联系电话：0519-85127001）",
    "（完成时限：2025年12月）",
    "（责任人：局长张某）",
    "（占全市的30%）",
    "（详见附件1，由市水利局负责解释）",
    "",
    "（）",
    "（企业自筹，由财政补助）",
    "（市、区）",
    "（一）",
    "（排在第一位的为牵头单位，下同）",
]


@pytest.mark.parametrize(("text", "wanted"), READ)
def test_a_responsibility_string_is_read(text: str, wanted: Roles) -> None:
    clause = units_of(text, SPELLINGS)
    assert clause is not None
    assert {role: names for role, names in roles_json(clause.units).items() if names} == wanted


@pytest.mark.parametrize("text", NOT_READ)
def test_an_ordinary_parenthesis_names_nobody(text: str) -> None:
    clause = units_of(text, SPELLINGS)
    assert clause is None or clause.units == ()


def test_a_prefix_is_never_put_before_a_name_that_has_it() -> None:
    for level in ("省", "市", "区", "县", "州", "旗", "盟", "自治区", "自治州", "市区", "区县"):
        clause = units_of(
            f"{level}水务局、{level}城市管理和综合执法局、{level}财政局负责", SPELLINGS
        )
        assert clause is not None
        wanted = [f"{level}{name}" for name in ("水务局", "城市管理和综合执法局", "财政局")]
        assert [unit.name for unit in clause.units] == wanted


@pytest.mark.parametrize("words", ["按职责分工负责", "分工负责"])
def test_after_the_note_joint_duties_still_have_no_leader(words: str) -> None:
    text = (
        "一、重点任务\n1.供水。改造管网。（市水利局、市财政局负责。列第一位者为牵头单位，下同）\n"
        f"2.排水。改造管网。（市住建局、市财政局{words}）\n"
        "3.灌溉。改造渠道。（市农业局、市财政局负责）\n"
        "4.节水。改造厂房。\n责任单位：市工信局、市财政局\n"
    )
    tasks = [task.to_json() for task in parse_plan(text).tasks]
    assert [task["leads"] for task in tasks] == [["市水利局"], [], ["市农业局"], ["市工信局"]]
    assert tasks[1]["responsible"] == ["市住建局", "市财政局"]
