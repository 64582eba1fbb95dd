"""Figures of standards: what the law library holds, and what a district still has to load."""

from __future__ import annotations

from shuiheng.basics import Figure
from shuiheng.core.coverage import counted
from shuiheng.mechanisms.common.evidence import View, evidence
from shuiheng.mechanisms.common.telling import finished, plan_clause, share

CLAUSE = plan_clause("三（八）27")


def _registered(view: View) -> Figure:
    here = {place.code for place in view.place.chain()}
    standards = [
        document
        for document in view.law.documents()
        if document.kind == "standard" and document.place in here
    ]
    return counted(
        name="standards/registered",
        title=("法规库登记的节水标准", "Standards in the law library"), number=len(standards),
        unit="件", period=view.year, clause=CLAUSE,
        formula=("本地适用的标准文件数", "standards that reach this place"),
    )  # fmt: skip


@evidence("standards/registered", mechanism="standards", tasks=(27,))
def registered(view: View) -> Figure:
    """How many standards the law library holds."""
    return finished(view, _registered(view))


@evidence("standards/dated_share", mechanism="standards", tasks=(27,))
def dated(view: View) -> Figure:
    """Standards whose day of force is known, over all standards in the library."""
    here = {place.code for place in view.place.chain()}
    dated_ones = [
        document
        for document in view.law.documents()
        if document.kind == "standard" and document.place in here and document.in_force_from
    ]
    return share(
        view, "standards/dated_share",
        title=("施行日期已查明的标准比例", "Share of standards whose day of force is known"),
        part=counted(
            name="standards/dated", title=("施行日期已查明的标准", "Standards with a day of force"),
            number=len(dated_ones), unit="件", period=view.year,
        ),
        whole=_registered(view), clause=CLAUSE,
    )  # fmt: skip


@evidence("standards/verified_share", mechanism="standards", tasks=(27,))
def verified(view: View) -> Figure:
    """Facts of law that were verified and may decide, over all that reach this place."""
    rules = view.law.rules(place=view.place)
    sure = [rule for rule in rules if rule.entries[-1].confidence.decides]
    return share(
        view, "standards/verified_share",
        title=("法规条目核实率", "Share of facts of law that are verified"),
        part=counted(
            name="standards/verified", title=("已核实的法规条目", "Verified facts of law"),
            number=len(sure), unit="项", period=view.year,
        ),
        whole=counted(
            name="standards/facts",
            title=("本地适用的法规条目", "Facts of law that reach this place"),
            number=len(rules), unit="项",
            period=view.year,
        ),
        clause=CLAUSE,
    )  # fmt: skip
