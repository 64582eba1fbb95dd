"""Reads of the board: every target and task with figure and verdict, and any figure's tree."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime
from difflib import get_close_matches
from typing import Any

from django.conf import settings
from django.db.models import QuerySet

from shuiheng.basics import SHANGHAI, Cited, Clause, Confidence, Figure, Missing, Place
from shuiheng.core.board import (
    Board,
    Evidence,
    Group,
    Judgement,
    Point,
    TargetRow,
    TaskRow,
    Verdict,
    judge,
    judge_threshold,
)
from shuiheng.mechanisms.assessment.data import StoredDistrict
from shuiheng.mechanisms.assessment.holders import held_here, lead_office
from shuiheng.mechanisms.assessment.models import FigureChange
from shuiheng.mechanisms.common import district
from shuiheng.mechanisms.common.cards import SEED_PLAN
from shuiheng.mechanisms.common.evidence import EvidenceEntry, View, entries
from shuiheng.mechanisms.statistics.queries import fingerprint
from shuiheng.rules import NotInForce, Target, UnknownRule
from shuiheng.store.home import Home, NoHome

# Boards already built, by everything they depend on; a change of data makes another key.
Computed = dict[tuple[str, date], Figure]
_BOARDS: dict[tuple[object, ...], Board] = {}
_FIGURES: dict[tuple[object, ...], Computed] = {}
_KEPT = 16


class UnknownFigure(LookupError):
    """Raised when no mechanism computes a figure of that name."""

    def __init__(self, name: str, near: Iterable[str]) -> None:
        self.name = name
        hint = ", ".join(near)
        super().__init__(
            f"No figure is called {name}."
            + (f" Did you mean {hint}?" if hint else "")
            + " The board lists the figures it uses."
        )


def get_view(*, asked_by: object | None, on: date | None = None) -> View:
    """Return the district as it stands on a day, for the person who asks.

    :raises NoHome: if the folder holds no district
    """
    here = _home()
    day = on or here.asked_on or _last_day(here)
    return View(
        place=Place.at(here.place),
        law=district.law(),
        on=day,
        data=StoredDistrict(here.folder, here.place, asked_by),
        asked_by=asked_by,
        demo=here.demo,
    )


def get_board(*, asked_by: object | None, on: date | None = None, plan: str | None = None) -> Board:
    """Return the board of a plan on a day: the home's own plan unless another is named.

    :raises NoHome: if the folder holds no district
    :raises UnknownRule: if no pack holds that plan
    """
    view = get_view(asked_by=asked_by, on=on)
    name = plan or _home().plan
    key = (*_state(view), view.on, name)
    if key not in _BOARDS:
        if len(_BOARDS) >= _KEPT:
            _BOARDS.clear()
        _BOARDS[key] = _build(view, name, _computed(view))
    return _BOARDS[key]


def _state(view: View) -> tuple[object, ...]:
    """Return everything that a figure could depend on, besides the day."""
    return (view.place, view.asked_by, id(view.law), fingerprint(view.data.lake))


def _computed(view: View) -> Computed:
    """Return the figures already computed from the present data, by name and day."""
    state = _state(view)
    if state not in _FIGURES:
        _FIGURES.clear()
    return _FIGURES.setdefault(state, {})


def get_figure(name: str, *, asked_by: object | None, on: date | None = None) -> Figure:
    """Return a figure by its name, or by the name of a target it measures, or as part of another.

    :raises UnknownFigure: if nothing computes it
    """
    view = get_view(asked_by=asked_by, on=on)
    known = entries()
    targets = {target.name: target.measured_by for target in view.law.targets()}
    asked = targets.get(name) or name
    if asked in known:
        return _figure(view, asked, _computed(view))
    root = asked.split("/")[0]
    for entry in known.values():
        if entry.name.split("/")[0] == root or root == "accounts":
            found = _below(_figure(view, entry.name, _computed(view)), asked)
            if found is not None:
                return found
    raise UnknownFigure(name, get_close_matches(asked, [*known, *targets], n=3))


def list_figure_changes(*, asked_by: object | None, name: str = "") -> QuerySet[FigureChange]:
    """Return the figures that came out differently than recorded, the newest change first."""
    changes = FigureChange.objects.order_by("-changed_at", "name", "id")
    return changes.filter(name=name) if name else changes


def list_figures() -> list[EvidenceEntry]:
    """Return every figure that mechanisms compute, by name."""
    return [entry for _, entry in sorted(entries().items())]


def _build(view: View, name: str, computed: Computed) -> Board:
    plan = view.law.plan(name)
    english = plan.get("english") or {}
    targets = [
        _target_row(view, target, plan, computed)
        for target in view.law.targets(name)
        if target.sense != "reaches" and (target.due or target.standing)
    ]
    soft = [
        _soft_row(view, target, plan)
        for target in view.law.targets(name)
        if target.sense == "reaches"
    ]
    soft += _soft_of_plan(plan, view.place.code)
    groups = tuple(
        Group(
            int(group["no"]),
            str(group["title"]),
            str((english.get("groups") or {}).get(group["no"], "")),
            tuple(
                _task_row(view, task, plan, targets, computed)
                for task in plan["tasks"]
                if task["group"] == group["no"]
            ),
        )
        for group in plan["groups"]
    )
    document = plan.get("document") or {}
    return Board(
        plan=name,
        title=str(document.get("title", name)),
        title_en=str(english.get("title", "")),
        document=str(document.get("number", "")),
        place=view.place.code,
        place_name=view.law.place_name(view.place.code),
        on=view.on,
        targets=tuple(targets),
        soft_targets=tuple(soft),
        groups=groups,
        demo=view.demo,
        snapshot=view.data.lake.snapshot(),
    )


def _figure(view: View, name: str, computed: Computed) -> Figure:
    key = (name, view.on)
    if key not in computed:
        try:
            figure = entries()[name].compute(view)
        except (UnknownRule, NotInForce) as unknown:
            figure = _without_rule(name, unknown, view)
        computed[key] = held_here(figure, view.law.plan(_home().plan))
    return computed[key]


def _without_rule(name: str, unknown: UnknownRule | NotInForce, view: View) -> Figure:
    """Return a figure that waits for a rule which this place does not have on this day."""
    here = view.law.place_name(view.place.code)
    rule = Missing(
        f"rule/{unknown.name}",
        f"{here} {view.on} 适用的规则取值 {unknown.name}",
        f"the value of {unknown.name} in force in {here} on {view.on}",
        held_by=lead_office(view.law.plan(_home().plan)),
        how=f"在规则目录载入 {view.place.pack}/{unknown.name}.yaml",
        how_en=f"load {view.place.pack}/{unknown.name}.yaml in the office's own rules folder",
    )
    return Figure.absent(name, name, name, "", rule, period=view.year)


def _trend(view: View, entry: EvidenceEntry) -> tuple[Point, ...]:
    """Return the trend of a figure; none where a rule it needs is not there."""
    try:
        return tuple(entry.trend(view)) if entry.trend else ()
    except (UnknownRule, NotInForce):
        return ()


def _target_row(
    view: View, target: Target, plan: Mapping[str, Any], computed: Computed
) -> TargetRow:
    due, wanted = target.due_by(view.on)
    if due is not None and due < view.on:
        view = view.at(due)  # a day that has passed is judged as it stood on that day
    entry = entries().get(target.measured_by)
    if entry is None:
        figure = _unmeasured(target, plan)
        return _row(target, plan, wanted, due, figure, judge_of(figure, wanted, due, target, view))
    figure = _figure(view, entry.name, computed)
    trend = _trend(view, entry)
    judgement = judge_of(figure, wanted, due, target, view, trend=trend, entry=entry)
    alternatives = tuple(_figure(view, other, computed) for other in entry.alternatives)
    if any(item.name.endswith("assessed_method") for f in alternatives for item in f.lacking()):
        judgement = _whichever(judgement, alternatives, wanted, due, target, view, entry)
    row = _row(target, plan, wanted, due, figure, judgement)
    return replace(row, trend=trend, alternatives=alternatives)


def judge_of(
    figure: Figure,
    wanted: Cited,
    due: date | None,
    target: Target,
    view: View,
    *,
    trend: tuple[Point, ...] = (),
    entry: EvidenceEntry | None = None,
) -> Judgement:
    """Return the verdict on a figure, in the unit of the target."""
    return judge(
        figure,
        wanted=wanted,
        due=due,
        sense=target.sense,
        on=view.on,
        trend=trend,
        accumulates=entry.accumulates if entry else False,
    )


def _whichever(
    own: Judgement,
    alternatives: tuple[Figure, ...],
    wanted: Cited,
    due: date | None,
    target: Target,
    view: View,
    entry: EvidenceEntry,
) -> Judgement:
    """Return the verdict that holds by every method, or say that the method must be known."""
    verdicts = {
        judge_of(figure, wanted, due, target, view, entry=entry).verdict
        for figure in alternatives
        if figure.value is not None
    }
    if len(verdicts) == 1 and own.verdict in verdicts:
        return replace(
            own,
            reason=own.reason + "方案未载明直流冷却的计量口径；按各口径计算结论一致。",
            reason_en=own.reason_en
            + " The plan does not say how once-through cooling counts; every method agrees.",
        )
    lacking = tuple(item for figure in alternatives for item in figure.lacking())
    return Judgement(
        Verdict.NOT_MEASURABLE,
        "方案未载明直流冷却的计量口径，且各口径结论不同：须先载入考核口径。",
        "The plan does not say how once-through cooling counts, and the methods disagree: "
        "load the method first.",
        missing=lacking[:1],
    )


def _row(
    target: Target,
    plan: Mapping[str, Any],
    wanted: Cited,
    due: date | None,
    figure: Figure,
    judgement: Judgement,
) -> TargetRow:
    task = target.tasks[0] if target.tasks else None
    leads = tuple(target.lead.split("、")) if target.lead else _leads(plan, task)
    return TargetRow(
        target.name, target.title, target.title_en, target.sense, wanted, due, figure, judgement,
        task=task, leads=leads,
    )  # fmt: skip


def _leads(plan: Mapping[str, Any], task: int | None) -> tuple[str, ...]:
    row = next((row for row in plan["tasks"] if row["no"] == task), None)
    return tuple(row.get("leads") or ()) if row else ()


def _unmeasured(target: Target, plan: Mapping[str, Any]) -> Figure:
    return Figure.absent(
        target.measured_by or f"unmeasured/{target.name}",
        target.title, target.title_en, target.unit,
        Missing(
            f"measured_by/{target.name}", f"「{target.title}」的计量办法（由哪个算式计量）",
            f"how {target.title_en or target.title} is measured", held_by=lead_office(plan),
            how="在规则目录的指标文件中填写 measured_by",
            how_en="fill in measured_by in the target's file in the rules folder",
        ),
    )  # fmt: skip


def _soft_row(view: View, target: Target, plan: Mapping[str, Any]) -> TargetRow:
    due, wanted = target.due_by(view.on)
    return _row(
        target, plan, wanted, due, *_numberless(target.title, target.title_en, target.name, plan)
    )


def _numberless(
    title: str, title_en: str, name: str, plan: Mapping[str, Any]
) -> tuple[Figure, Judgement]:
    """Return figure and verdict of a goal without a number: what would have to be loaded."""
    if "先进" not in title:
        way = Missing(
            f"way/{name}", f"「{title}」怎样算完成（由主管部门选定计量办法或填报）",
            "what counts as reached (the lead office chooses a figure or declares it)",
            held_by=lead_office(plan),
        )  # fmt: skip
        return Figure.absent(f"soft/{name}", title, title_en, "", way), Judgement(
            Verdict.NOT_MEASURABLE, "方案未给出数值，也未写怎样算完成。",
            "The plan gives no number and does not say what counts as reached.", missing=(way,),
        )  # fmt: skip
    peers = Missing(
        f"peers/{name}", "同类地区对比表和「先进」的判定规则", "a table of peers and a rule for "
        "what counts as advanced", held_by=lead_office(plan),
    )  # fmt: skip
    figure = Figure.absent(f"soft/{name}", title, title_en, "", peers)
    return figure, Judgement(
        Verdict.NOT_MEASURABLE, "方案未给出数值，须有对比表才能判定。",
        "The plan gives no number; a table of peers is needed.", missing=(peers,),
    )  # fmt: skip


def _soft_of_plan(plan: Mapping[str, Any], place: str) -> list[TargetRow]:
    rows = []
    english = (plan.get("english") or {}).get("soft_targets") or {}
    number = str((plan.get("document") or {}).get("number", ""))
    for place_in_list, soft in enumerate(plan.get("soft_targets") or [], start=1):
        text, year = str(soft.get("text") or soft["quote"]), soft.get("deadline_year")
        title_en = str(english.get(place_in_list, ""))
        if year is None:
            continue
        due = date(int(year), 12, 31)
        cited = Cited(
            f"soft/{place_in_list}", text, "", due, Clause(number, str(soft.get("article", ""))),
            place, Confidence.READ,
        )  # fmt: skip
        figure, judgement = _numberless(text, title_en, str(place_in_list), plan)
        rows.append(
            TargetRow(
                cited.name, text, title_en, "reaches", cited, due, figure,
                judgement, task=soft.get("task"), kind="soft",
            )
        )  # fmt: skip
    return rows


def _task_row(
    view: View,
    task: Mapping[str, Any],
    plan: Mapping[str, Any],
    targets: list[TargetRow],
    computed: Computed,
) -> TaskRow:
    number = int(task["no"])
    own = [row for row in targets if row.task == number or _serves(row, number, plan)]
    mechanisms = tuple(str(name) for name in task.get("mechanisms") or ())
    tied = _tied(plan, number, mechanisms)
    shown = {row.figure.name for row in own}
    evidence = [
        _evidence(view, entry, computed)
        for entry in tied
        if entry.name not in shown and not any(entry.name in e.alternatives for e in tied)
    ]
    english = (plan.get("english") or {}).get("tasks") or {}
    document = str((plan.get("document") or {}).get("number", ""))
    return TaskRow(
        no=number,
        title=str(task["title"]),
        title_en=str(english.get(number, "")),
        group=int(task["group"]),
        leads=tuple(task.get("leads") or ()),
        participants=tuple(task.get("participants") or ()),
        targets=tuple(own),
        evidence=tuple(evidence),
        mechanisms=mechanisms or tuple(sorted({entry.mechanism for entry in tied})),
        clause=f"{document} {number}",
        quote=str(task.get("quote", "")),
        key=str(task.get("key", number)),
    )


def _serves(row: TargetRow, number: int, plan: Mapping[str, Any]) -> bool:
    """Return whether a goal of the whole plan is what a task works for, by its figure's entry."""
    entry = entries().get(row.figure.name)
    return row.task is None and _is_seed(plan) and entry is not None and number in entry.tasks[:1]


def _is_seed(plan: Mapping[str, Any]) -> bool:
    return (plan.get("document") or {}).get("number") == SEED_PLAN


def _tied(plan: Mapping[str, Any], number: int, mechanisms: tuple[str, ...]) -> list[EvidenceEntry]:
    """Return the evidence tied to a task: by number for the seed plan, by mechanism otherwise."""
    known = list(entries().values())
    if _is_seed(plan):
        return [entry for entry in known if number in entry.tasks]
    return [entry for entry in known if entry.mechanism in mechanisms and entry.tasks]


def _evidence(view: View, entry: EvidenceEntry, computed: Computed) -> Evidence:
    figure = _figure(view, entry.name, computed)
    if figure.value is None:
        lacking = tuple(figure.lacking())
        names = ";".join(item.title for item in lacking)
        names_en = "; ".join(item.title_en for item in lacking)
        judgement = Judgement(
            Verdict.NOT_MEASURABLE, f"缺少：{names}。", f"Missing: {names_en}.", missing=lacking
        )
        return Evidence(figure, judgement, entry.mechanism)
    if entry.threshold:
        try:
            law = view.rule(entry.threshold)
            rule = view.law.rule(entry.threshold, place=law.place)
        except (UnknownRule, NotInForce):
            return Evidence(figure, _tracked(), entry.mechanism)
        return Evidence(
            figure, judge_threshold(figure, holds=rule.holds(law, figure.value), law=law),
            entry.mechanism, law,
        )  # fmt: skip
    return Evidence(figure, _tracked(), entry.mechanism)


def _tracked() -> Judgement:
    return Judgement(
        Verdict.TRACKED, "方案和法规未定数值，只跟踪。",
        "Neither plan nor law gives a number; it is tracked.",
    )  # fmt: skip


def _below(figure: Figure, name: str) -> Figure | None:
    if figure.name == name:
        return figure
    for item in figure.inputs:
        if isinstance(item, Figure) and (found := _below(item, name)) is not None:
            return found
    return None


def _home() -> Home:
    here = district.home()
    if here is None:
        raise NoHome(settings.HOME)
    return here


def _last_day(here: Home) -> date:
    """Return the last day that has volumes; without readings, today or the plan's last due day."""
    last = StoredDistrict(here.folder, here.place).lake.last_day()
    if last is not None:
        return last
    today = datetime.now(SHANGHAI).date()
    due = [day for target in district.law().targets(here.plan) for day, _ in target.due]
    return min(today, max(due, default=today))
