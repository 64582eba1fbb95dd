"""The card of savings evaluation and the three simultaneities."""

from __future__ import annotations

from shuiheng.mechanisms.common.cards import Card

CARD = Card(
    name="evaluation",
    title="节水评价和“三同时”",
    title_en="Savings evaluation and the three simultaneities",
    tasks=(3,),
    lead="农业农村局",
    purpose="规划和建设项目先做节水评价，节水设施与主体工程同时设计、施工、投用。",
    purpose_en=(
        "Plans and projects pass a savings evaluation, and saving facilities are "
        "designed, built and used with the works."
    ),
    clauses=("常开委办〔2020〕67号 三（一）3",),
    rules=(
        "evaluation/basis",
        "evaluation/scope",
        "evaluation/outcomes",
        "evaluation/gates",
        "evaluation/three_simultaneities",
    ),
    engines=("coverage",),
)
