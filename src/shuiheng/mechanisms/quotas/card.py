"""The card of water-use quotas."""

from __future__ import annotations

from shuiheng.mechanisms.common.cards import Card

CARD = Card(
    name="quotas",
    title="用水定额",
    title_en="Water-use quotas",
    tasks=(1, 6),
    lead="农业农村局",
    purpose="严格执行用水定额，超定额的限期改造。",
    purpose_en="Quotas are enforced; who exceeds them is rebuilt within a time limit.",
    clauses=("常开委办〔2020〕67号 三（一）1", "常开委办〔2020〕67号 三（二）6"),
    rules=(
        "quotas/hierarchy",
        "quotas/levels",
        "quotas/over_quota_ratio",
        "quotas/compliance_states",
        "quotas/sets_to_load",
        "quotas/stepwise_rebuilding",
    ),
    engines=("coverage",),
)
