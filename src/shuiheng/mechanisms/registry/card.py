"""The card of register of water users."""

from __future__ import annotations

from shuiheng.mechanisms.common.cards import Card

CARD = Card(
    name="registry",
    title="用水户登记",
    title_en="Register of water users",
    tasks=(18,),
    lead="农业农村局",
    purpose="掌握每个用水单位是谁、在哪里、怎样用水。",
    purpose_en="Know every water user: who it is, where, and how it uses water.",
    clauses=("常开委办〔2020〕67号 三（六）18",),
    rules=("statistics/directory_fields", "statistics/use_categories"),
    engines=("accounts", "coverage"),
)
