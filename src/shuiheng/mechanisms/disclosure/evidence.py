"""Figures of disclosure: which targets of the plan the public sees with figure and origin."""

from __future__ import annotations

from shuiheng.basics import Figure
from shuiheng.core.coverage import counted
from shuiheng.mechanisms.common.evidence import View, entries, evidence
from shuiheng.mechanisms.common.telling import booked, plan_clause, share


@evidence("disclosure/published_share", mechanism="disclosure", tasks=(30,))
def published(view: View) -> Figure:
    """Targets whose figure stands on the public board with its origin, over all targets."""
    known = entries()
    targets = [
        target
        for target in view.law.targets()
        if target.place == view.place.code and target.sense != "reaches" and target.due
    ]
    shown = [
        target
        for target in targets
        if target.measured_by in known and known[target.measured_by].compute(view).value is not None
    ]
    return share(
        view, "disclosure/published_share",
        title=("公开数值和来源的量化目标比例", "Share of targets published with their origin"),
        part=counted(
            name="disclosure/published", title=("已公开数值和来源的目标", "Targets published"),
            number=len(shown), unit="项", period=booked(view),
        ),
        whole=counted(
            name="disclosure/targets", title=("方案的量化目标", "Targets of the plan"),
            number=len(targets), unit="项", period=booked(view),
        ),
        clause=plan_clause("三（九）30"),
    )  # fmt: skip
