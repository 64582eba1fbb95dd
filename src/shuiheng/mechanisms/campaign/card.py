"""The card of publicity and education."""

from __future__ import annotations

from shuiheng.mechanisms.common.cards import Card

CARD = Card(
    name="campaign",
    title="节水宣传教育",
    title_en="Publicity and education",
    tasks=(28,),
    lead="农业农村局",
    purpose="开展世界水日、节水宣传周等活动，普及节水知识。",
    purpose_en="Days and weeks of publicity teach people about water and saving it.",
    clauses=("常开委办〔2020〕67号 三（九）28",),
    rules=(),
    engines=("coverage",),
)
