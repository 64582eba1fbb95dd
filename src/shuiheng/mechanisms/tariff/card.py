"""The card of prices of water."""

from __future__ import annotations

from shuiheng.mechanisms.common.cards import Card

CARD = Card(
    name="tariff",
    title="水价改革",
    title_en="Prices of water",
    tasks=(11, 21),
    lead="经济发展局",
    purpose="落实分类、阶梯、超计划累进和农业水价，促进节水。",
    purpose_en="Class prices, tiers, progressive surcharges and farm prices make saving pay.",
    clauses=("常开委办〔2020〕67号 三（七）21",),
    rules=(
        "tariff/residential_tiers",
        "tariff/tier_count",
        "tariff/over_plan_bands",
        "tariff/sewage_differentiated",
        "tariff/agricultural_mechanisms",
        "tariff/user_classes",
        "plans/progressive_price",
    ),
    engines=("coverage",),
)
