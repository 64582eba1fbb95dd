"""The card of complaints."""

from __future__ import annotations

from shuiheng.mechanisms.common.cards import Card

CARD = Card(
    name="complaints",
    title="举报投诉",
    title_en="Complaints",
    tasks=(30,),
    lead="农业农村局",
    purpose="畅通节水监督电话和网络平台，举报依法及时处理。",
    purpose_en="Phone and web take reports of waste, which are answered by law and in time.",
    clauses=("常开委办〔2020〕67号 三（九）30",),
    rules=(
        "complaints/duty",
        "complaints/hotline",
        "complaints/acceptance",
        "complaints/principles",
        "complaints/record_fields",
        "complaints/plan_duties",
    ),
    engines=("coverage",),
)
