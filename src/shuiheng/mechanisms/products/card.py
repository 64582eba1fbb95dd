"""The card of products and efficiency labels."""

from __future__ import annotations

from shuiheng.mechanisms.common.cards import Card

CARD = Card(
    name="products",
    title="节水产品和水效标识",
    title_en="Products and efficiency labels",
    tasks=(10, 29, 33),
    lead="市场监督管理局",
    purpose="监督水效标识，推广节水产品和认证。",
    purpose_en="Supervise efficiency labels and spread certified products.",
    clauses=("常开委办〔2020〕67号 三（九）29", "常开委办〔2020〕67号 三（十）33"),
    rules=(
        "products/catalogue",
        "products/label_duty",
        "products/grades",
        "products/inspection",
        "products/max_fine",
    ),
    engines=("coverage",),
)
