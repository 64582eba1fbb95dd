"""The card of research and industry."""

from __future__ import annotations

from shuiheng.mechanisms.common.cards import Card

CARD = Card(
    name="innovation",
    title="节水科技和产业",
    title_en="Research and industry",
    tasks=(25, 26),
    lead="科学技术局",
    purpose="推动节水科技攻关和节水产业发展。",
    purpose_en="Push research on saving and the industry that makes it possible.",
    clauses=("常开委办〔2020〕67号 三（八）25", "常开委办〔2020〕67号 三（八）26"),
    rules=(),
    engines=("coverage",),
)
