"""The card of credit of water users."""

from __future__ import annotations

from shuiheng.mechanisms.common.cards import Card

CARD = Card(
    name="credit",
    title="用水信用",
    title_en="Credit of water users",
    tasks=(30,),
    lead="农业农村局",
    purpose="将违规用水记录纳入信用信息平台，实行联合惩戒。",
    purpose_en="Violations go to the credit platform, and offices act on them together.",
    clauses=("常开委办〔2020〕67号 三（九）30",),
    rules=(
        "credit/grades",
        "credit/evaluators",
        "credit/district_duty",
        "credit/evaluation_due",
        "credit/plan_duties",
    ),
    engines=("coverage",),
)
