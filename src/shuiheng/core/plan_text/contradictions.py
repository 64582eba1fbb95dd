"""What a plan contradicts, leaves open or says twice: findings with the place they speak of."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from shuiheng.basics import Finding, Level
from shuiheng.core.plan_text.folding import CJK, Folded, Span
from shuiheng.core.plan_text.model import Assist, Noticed, Plan, Task, UnitRole
from shuiheng.core.plan_text.outline import Node
from shuiheng.core.plan_text.structure import Parts
from shuiheng.core.plan_text.vocabulary import Vocabulary

_ASSIST = re.compile(
    rf"(?:配合|协助)(?P<who>(?:(?:国家|[省市]|[{CJK}]{{2,3}}[省市])(?:级)?[{CJK}]{{1,10}}?(?:局|委|部|厅|办公室|办|中心))|[{CJK}]{{2,3}}(?:市|省)(?=开展|做好|推进|完成|实施|落实|建设|编制))"
)
_NOT_UPPER = re.compile(r"^(?:[省市]级相关|各|城市|全市|全省)")
_BODY_LEAD = re.compile(
    rf"(?P<list>[{CJK}]{{1,12}}(?:、[{CJK}]{{1,14}}){{0,11}}(?:等)?(?:部门|单位)?)(?P<verb>分别牵头|共同牵头|牵头负责|牵头|会同)(?!单位|部门|的)"
)
_PLACE_PREFIX = re.compile(r"^(?:由|按照|对|各)?(?:全)?[省市区县](?!场|政[^府]|域)")


def assists(folded: Folded, start: int, end: int) -> tuple[Assist, ...]:
    """Return the units above that the text between ``start`` and ``end`` says are assisted."""
    found = []
    for match in _ASSIST.finditer(folded.text, start, end):
        who = match["who"]
        if not _NOT_UPPER.match(who):
            span = folded.span(*match.span("who"))
            found.append(Assist(folded.written(*match.span("who")), span))
    return tuple(found)


def _noticed(
    code: str, level: Level, text: str, text_en: str, span: Span | None = None, **facts: Any
) -> Noticed:
    return Noticed(Finding(f"plan.{code}", level, text, text_en, facts), span)


def notice(
    plan: Plan, folded: Folded, parts: Parts, root: Node, vocabulary: Vocabulary
) -> Iterator[Noticed]:
    """Yield the findings about a plan, in the order of the checks."""
    yield from _emptiness(plan, parts, folded)
    yield from _spellings(plan, vocabulary)
    for task in plan.tasks:
        yield from _clauses_of(task, ("任务", "task"))
    for task in plan.safeguards:
        yield from _clauses_of(task, ("保障措施", "safeguard"))
    yield from _numbering(plan, parts, folded)
    nodes = {task.no: node for task, node in zip(plan.tasks, parts.tasks, strict=False)}
    named = {unit.office for unit in plan.units}
    for task in plan.tasks:
        if task.no in nodes:
            yield from _body_roles(task, nodes[task.no], folded, vocabulary, named)
    yield from _assist_roles(plan)
    yield from _targets(plan)
    yield from _dates(plan)
    del root


def _emptiness(plan: Plan, parts: Parts, folded: Folded) -> Iterator[Noticed]:
    if not folded.original.strip():
        yield _noticed("empty", Level.BLOCKS, "文件没有文字。", "The document holds no text.")
        return
    if not plan.tasks:
        yield _noticed(
            "no_tasks", Level.WARNS,
            "未读到任务：没有任务章节，也没有带编号的措施。",
            "No task was found: there is no chapter of tasks and no numbered measures.",
        )  # fmt: skip
    elif not any(task.units for task in plan.tasks):
        yield _noticed(
            "no_units", Level.INFORMS,
            "全文未写责任单位；未推断任何单位。",
            "The text names no responsible unit; none was inferred.",
            tasks=len(plan.tasks),
        )  # fmt: skip
    if not plan.document.title:
        yield _noticed("no_title", Level.INFORMS, "未读到文件标题。", "No title was found.")
    for node in parts.empty_groups:
        yield _noticed(
            "group_without_tasks", Level.WARNS,
            f"“{node.label}{node.title}”下没有任务。",
            f"The group “{node.label} {node.title}” holds no task.",
            folded.span(node.start, max(node.head_end, node.title_span[1])), title=node.title,
        )  # fmt: skip
    for span in parts.appendices:
        yield _noticed(
            "appendix_left_out", Level.INFORMS,
            "附件未作为任务读取。", "An appendix was not read as tasks.", folded.span(*span),
        )  # fmt: skip
    held = {id(clause) for one in (*plan.tasks, *plan.safeguards) for clause in one.clauses}
    held |= {id(clause) for clause in plan.goals}
    heads = [(head.start, head.body_end) for head, _ in parts.groups if head is not None]
    for clause in plan.clauses:
        if id(clause) in held or any(start <= clause.at[0] < end for start, end in heads):
            continue
        yield _noticed(
            "clause_outside_tasks", Level.INFORMS,
            f"责任条款“{clause.text[:40]}”不在任何任务之内。",
            "A responsibility clause stands outside every task.", clause.span,
        )  # fmt: skip


def _spellings(plan: Plan, vocabulary: Vocabulary) -> Iterator[Noticed]:
    """Yield one finding for each department that the text spells in two ways."""
    everything = [
        *(unit for clause in plan.goals for unit in clause.units),
        *(unit for task in (*plan.tasks, *plan.safeguards) for unit in task.units),
    ]
    written: dict[str, dict[str, list[Span]]] = {}
    for unit in everything:
        if unit.collective:
            continue
        plain = re.sub(r"\s", "", unit.as_written).replace("(", "（").replace(")", "）")
        key = unit.name
        if key.endswith(plain) and key != plain:
            plain = key  # the prefix was carried: no other spelling
        written.setdefault(key, {}).setdefault(plain, []).append(unit.span)
    for name, forms in written.items():
        if len(forms) > 1:
            ordered = sorted(forms, key=lambda form: -len(forms[form]))
            yield _noticed(
                "two_spellings", Level.WARNS,
                f"同一部门有两种写法：{'、'.join(ordered)}；按“{name}”归并。",
                f"One department is spelled in two ways: {', '.join(ordered)}; read as {name}.",
                forms[ordered[-1]][0], name=name,
                forms={form: len(forms[form]) for form in ordered},
            )  # fmt: skip
    offices: dict[tuple[str, str], list[str]] = {}
    for one in plan.units:
        if one.office and not one.collective:
            offices.setdefault((one.office, one.name[:1]), []).append(one.name)
    for (office, _), names in offices.items():
        if len(names) > 1:
            yield _noticed(
                "perhaps_one_department", Level.INFORMS,
                f"{'、'.join(names)}可能是同一部门的全称与简称；未归并。",
                f"{', '.join(names)} may be one department's full and short names; kept apart.",
                None, office=office, names=names,
            )  # fmt: skip


def _clauses_of(task: Task, kind: tuple[str, str]) -> Iterator[Noticed]:
    who, who_en = f"{kind[0]}{task.no}", f"{kind[1]} {task.no}"
    facts = {kind[1]: task.no}
    if not task.units and not task.clauses:
        yield _noticed(
            "task_without_units", Level.INFORMS,
            f"{who}没有写责任单位。", f"{who_en.capitalize()} names no responsible unit.",
            task.text_span, **facts,
        )  # fmt: skip
    for clause in task.clauses:
        if clause.unread or not clause.units:
            yield _noticed(
                "clause_unread", Level.WARNS,
                f"{who}的责任条款有读不懂的部分：{'、'.join(clause.unread) or clause.text[:40]}。",
                f"Part of the responsibility clause of {who_en} could not be read.",
                clause.span, **facts, unread=list(clause.unread),
            )  # fmt: skip
        seen: dict[str, UnitRole] = {}
        for unit in clause.units:
            if unit.name in seen:
                yield _noticed(
                    "unit_twice_in_clause", Level.WARNS,
                    f"{who}的责任条款里“{unit.name}”出现两次。",
                    f"{unit.name} stands twice in the responsibility clause of {who_en}.",
                    unit.span, **facts, unit=unit.name, roles=[seen[unit.name].role, unit.role],
                )  # fmt: skip
            seen.setdefault(unit.name, unit)
    for unit in task.units:
        if unit.collective and unit.role == "lead":
            yield _noticed(
                "collective_leads", Level.WARNS,
                f"{who}由集合单位“{unit.name}”牵头，须落实到具体单位。",
                f"{who_en.capitalize()} is led by the collective {unit.name}: nobody by name.",
                unit.span, **facts, unit=unit.name,
            )  # fmt: skip


def _numbering(plan: Plan, parts: Parts, folded: Folded) -> Iterator[Noticed]:
    """Yield gaps and repetitions in the numbering of groups, tasks and safeguards."""
    del plan
    runs = [[head for head, _ in parts.groups if head is not None], parts.safeguards]
    numbers = [node.number for node in parts.tasks]
    continuous = sum(b == a + 1 for a, b in pairwise(numbers))
    restarts = sum(number == 1 for number in numbers)
    if restarts <= 1 and continuous * 2 >= len(numbers):
        runs.append(parts.tasks)
    else:
        runs.extend(members for _, members in parts.groups)
    for run in runs:
        for one, two in pairwise(run):
            same = one.style == two.style and one.number and two.number
            if same and two.number not in {one.number + 1, 1}:
                yield _noticed(
                    "number_gap", Level.WARNS,
                    f"编号不连续：{one.label}之后是{two.label}。",
                    f"The numbering is not continuous: {one.label} is followed by {two.label}.",
                    folded.span(two.start, two.head_end), after=one.number, found=two.number,
                )  # fmt: skip


def _body_roles(
    task: Task, node: Node, folded: Folded, vocabulary: Vocabulary, named: set[str | None]
) -> Iterator[Noticed]:
    """Yield roles that a task's body gives and its responsibility clause does not."""
    clause_at = task.clauses[0].at[0] if task.clauses else node.end
    end = clause_at if task.clauses else node.end
    said = folded.text[node.start : end]
    if "牵头" not in said and "会同" not in said:
        return
    roles: dict[str | None, list[str]] = {}
    for unit in task.units:
        roles.setdefault(vocabulary.office_of(unit.name), []).append(unit.role)
    for match in _BODY_LEAD.finditer(folded.text, node.start, end):
        first = match.start("list")
        for part in re.finditer(r"[^、]+", match["list"]):
            said = re.sub(r"等?(?:部门|单位)?$", "", _PLACE_PREFIX.sub("", part.group()))
            office = vocabulary.office_of(said)
            span = folded.span(first + part.start(), first + part.end())
            if office is None:
                if match["verb"] == "会同" and re.search(r"主管部门|机构$|部门$", part.group()):
                    yield _noticed(
                        "body_role_by_function", Level.INFORMS,
                        f"任务{task.no}正文按职能写“{part.group()}{match['verb']}”，未写单位名称。",
                        f"The body of task {task.no} gives {part.group()} a role by function.",
                        span, task=task.no, said=part.group(),
                    )  # fmt: skip
                continue
            own = roles.get(office)
            if own is None and office not in named:
                yield _noticed(
                    "department_not_in_clauses", Level.WARNS,
                    f"任务{task.no}正文提到“{said}”（{office}）牵头，但全文责任条款没有该部门。",
                    f"The body of task {task.no} lets {office} lead; no clause names it.",
                    span, task=task.no, said=said, office=office,
                )  # fmt: skip
            elif own is None or "lead" not in own:
                has = "只把它列为参与单位" if own else "没有它"
                yield _noticed(
                    "body_role_not_in_clause", Level.WARNS,
                    f"任务{task.no}正文写“{said}”牵头（{office}），责任条款{has}。",
                    f"The body of task {task.no} lets {office} lead; its clause does not.",
                    span, task=task.no, said=said, office=office, clause_roles=own or [],
                )  # fmt: skip


def _assist_roles(plan: Plan) -> Iterator[Noticed]:
    for task in (*plan.tasks, *plan.safeguards):
        for assist in {one.name: one for one in task.assists}.values():
            if assist.name in {unit.name for unit in task.units}:
                continue
            yield _noticed(
                "assists_upper_level", Level.INFORMS,
                f"任务{task.no}正文写明配合“{assist.name}”，责任条款未写。",
                f"The body of task {task.no} says to assist {assist.name}; its clause does not.",
                assist.span, task=task.no, unit=assist.name,
            )  # fmt: skip


def _targets(plan: Plan) -> Iterator[Noticed]:
    for target in plan.targets:
        if target.kind != "target":
            continue
        facts = {"task": target.task, "metric": target.metric}
        if target.deadline_year is None and target.per is None:
            yield _noticed(
                "target_without_deadline", Level.WARNS,
                f"“{target.text}”没有写完成时限。", f"“{target.metric}” has no deadline.",
                target.span, **facts,
            )  # fmt: skip
        if (
            target.direction
            and target.baseline_year is None
            and not re.search(r"至|到|年均|每年|同比|新增|上年", target.text)
        ):
            yield _noticed(
                "change_without_baseline", Level.WARNS,
                f"“{target.text}”没有写基准年。", f"“{target.metric}” names no base year.",
                target.span, **facts,
            )  # fmt: skip
        if (
            target.baseline_year
            and target.deadline_year
            and target.baseline_year >= target.deadline_year
        ):
            yield _noticed(
                "years_out_of_order", Level.WARNS,
                f"“{target.text}”的基准年{target.baseline_year}不早于完成年{target.deadline_year}。",
                f"The base year of “{target.metric}” is not before its deadline.",
                target.span, **facts,
            )  # fmt: skip
    one: dict[tuple[str, int | None, int | None], Any] = {}
    for target in plan.targets:
        if target.kind != "target" or target.indicator is None or target.per:
            continue
        key = (target.indicator, target.deadline_year, target.baseline_year)
        before = one.setdefault(key, target)
        if before.value_si != target.value_si and target.deadline_year is not None:
            yield _noticed(
                "two_values", Level.WARNS,
                f"同一指标有两个目标值：“{before.text}”与“{target.text}”。",
                f"Two values are set for {target.metric} by {target.deadline_year}.",
                target.span, indicator=target.indicator, values=[before.value, target.value],
            )  # fmt: skip


def _dates(plan: Plan) -> Iterator[Noticed]:
    """Yield deadlines that had passed when the document was issued."""
    issued = plan.document.date
    if issued is None:
        return
    said = [(one.deadline_year, one.text, one.span) for one in plan.targets]
    said += [(one.deadline_year, one.text, one.span) for one in plan.soft_targets]
    for year, text, span in said:
        if year is not None and year < issued.year:
            yield _noticed(
                "deadline_passed_at_issue", Level.WARNS,
                f"“{text[:40]}”的完成年{year}早于印发日期{issued.isoformat()}。",
                f"A deadline of {year} lies before the day of issue, {issued}.",
                span, deadline_year=year,
            )  # fmt: skip
