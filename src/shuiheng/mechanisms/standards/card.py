"""The card of standards of water saving."""

from __future__ import annotations

from shuiheng.mechanisms.common.cards import Card

CARD = Card(
    name="standards",
    title="节水标准体系",
    title_en="Standards of water saving",
    tasks=(27,),
    lead="农业农村局",
    purpose="收录、标注和引用节水法规标准，使每个数值都有依据。",
    purpose_en="Keep, date and cite the law and standards, so that every number has its source.",
    clauses=("常开委办〔2020〕67号 三（八）27",),
    rules=("quotas/national_announcements", "audits/referenced_standards", "reuse/use_standards"),
    engines=("coverage",),
)
