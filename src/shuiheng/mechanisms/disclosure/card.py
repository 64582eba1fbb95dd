"""The card of disclosure."""

from __future__ import annotations

from shuiheng.mechanisms.common.cards import Card

CARD = Card(
    name="disclosure",
    title="信息公开",
    title_en="Disclosure",
    tasks=(30,),
    lead="农业农村局",
    purpose="及时公开节水规划、用水状况和节水指标，每个数都能追到来源。",
    purpose_en="Plans, use and indicators are public in time, and each figure leads to its origin.",
    clauses=("常开委办〔2020〕67号 三（九）30",),
    rules=(
        "disclosure/plan_duties",
        "disclosure/proactive_items",
        "disclosure/publication_due",
        "disclosure/withheld",
        "disclosure/withheld_points",
    ),
    engines=("coverage", "board"),
)
