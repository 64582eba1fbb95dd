"""The card of unconventional water."""

from __future__ import annotations

from shuiheng.mechanisms.common.cards import Card

CARD = Card(
    name="reuse",
    title="非常规水源利用",
    title_en="Unconventional water",
    tasks=(9, 16, 17),
    lead="住房和城乡建设局",
    purpose="再生水、雨水等非常规水纳入统一配置，逐年提高利用比例。",
    purpose_en="Reclaimed and rain water are part of allocation, and their share grows every year.",
    clauses=(
        "常开委办〔2020〕67号 三（五）17",
        "常开委办〔2020〕67号 三（五）16",
        "常开委办〔2020〕67号 三（三）9",
    ),
    rules=(
        "reuse/cluster_rate",
        "reuse/cluster_duty",
        "reuse/plant_capacity",
        "reuse/rain_site_area",
        "reuse/permit_refusal",
        "reuse/priority_order",
        "reuse/formulas",
        "reuse/accounting_rules",
    ),
    engines=("accounts", "coverage"),
)
