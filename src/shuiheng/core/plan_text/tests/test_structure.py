"""Which chapters hold tasks, and where items begin and end."""

from __future__ import annotations

from shuiheng.core.plan_text import Plan, parse_plan


def _read(text: str) -> Plan:
    return parse_plan("水城节水方案\n" + text)


def test_a_chapter_after_the_tasks_holds_tasks_too_even_without_units() -> None:
    plan = _read(
        "一、重大意义\n水是资源。\n二、总体要求\n（一）指导思想。坚持节水。\n"
        "三、重点行动\n（一）农业节水增效\n1.推进节水灌溉。改造渠道。\n2.推广旱作农业。\n"
        "（二）城镇节水降损\n3.改造管网。\n"
        "四、深化体制机制改革\n（一）政策制度推动\n4.深化水价改革。\n5.加强用水计量。\n"
        "五、保障措施\n（一）加强领导。\n（二）推动法治。\n"
    )
    assert [(group.title, group.tasks) for group in plan.groups] == [
        ("农业节水增效", (1, 2)), ("城镇节水降损", (3,)), ("政策制度推动", (4, 5)),
    ]  # fmt: skip
    assert [task.title for task in plan.safeguards] == ["加强领导", "推动法治"]


def test_a_chapter_of_principles_after_the_tasks_holds_none() -> None:
    plan = _read(
        "一、重点任务\n（一）改造管网。\n二、把握原则\n（一）坚持节水优先。\n（二）坚持统筹。\n"
        "三、保障措施\n（一）加强领导。\n"
    )
    assert [task.title for task in plan.tasks] == ["改造管网"]


def test_items_that_share_a_line_are_items() -> None:
    plan = _read(
        "一、重点任务\n1.改造管网。逐年更新。2.装表到户。3.完善水价。\n"
        "二、保障措施\n（一）加强领导。（二）加大投入。新增0.5亿元。（三）严格考核。\n"
    )
    assert [task.title for task in plan.tasks] == ["改造管网", "装表到户", "完善水价"]
    assert [task.title for task in plan.safeguards] == ["加强领导", "加大投入", "严格考核"]


def test_dashes_are_items_where_nothing_is_numbered() -> None:
    plan = _read("一、重点任务\n——改造管网。（市水利局负责）\n——装表到户。（市住建局负责）\n")
    assert [task.title for task in plan.tasks] == ["改造管网", "装表到户"]


def test_a_clause_in_an_items_own_words_is_read_only_after_you() -> None:
    plan = _read(
        "一、重点任务\n1.改造管网。由市水利局牵头，市住建局、市财政局配合，9月底前完成。\n"
        "2.协调推进。水利部牵头建立机制，由企业负责实施。\n"
    )
    first, second = (task.to_json() for task in plan.tasks)
    assert first["leads"] == ["市水利局"]
    assert first["participants"] == ["市住建局", "市财政局"]
    assert second["units"] == []


def test_a_cited_document_does_not_lend_its_number() -> None:
    plan = _read("根据《节水意见》（国办发〔2016〕2号）制定本方案。\n一、重点任务\n1.改造管网。\n")
    assert plan.document.number == ""
