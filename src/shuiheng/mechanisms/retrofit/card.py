"""The card of technical retrofits."""

from __future__ import annotations

from shuiheng.mechanisms.common.cards import Card

CARD = Card(
    name="retrofit",
    title="节水技术改造",
    title_en="Technical retrofits",
    tasks=(6,),
    lead="经济发展局",
    purpose="推广节水工艺和技术，对超定额企业限期改造，核证节水量。",
    purpose_en="Spread saving processes, rebuild firms above quota in time, verify what was saved.",
    clauses=("常开委办〔2020〕67号 三（二）6",),
    rules=(
        "quotas/stepwise_rebuilding",
        "quotas/over_quota_rectification",
        "quotas/rectification_states",
        "permits/high_use_industries",
    ),
    engines=("coverage",),
)
