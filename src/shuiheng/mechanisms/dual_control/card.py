"""The card of dual control of total use and intensity."""

from __future__ import annotations

from shuiheng.mechanisms.common.cards import Card

CARD = Card(
    name="dual_control",
    title="用水总量和强度双控",
    title_en="Dual control of total use and intensity",
    tasks=(1, 6, 7),
    lead="农业农村局",
    purpose="把全年用水总量控制在指标以内，使单位产出用水逐年下降。",
    purpose_en="Keep the year's use below the ceiling and make use per unit of output fall.",
    clauses=("常开委办〔2020〕67号 三（一）1", "常开委办〔2020〕67号 二（三）"),
    rules=(
        "dual_control/total_use_control",
        "dual_control/total_use_views",
        "dual_control/cooling_methods",
        "dual_control/once_through_consumption_ratio",
        "dual_control/intensity_base_year",
        "dual_control/intensity_formula",
        "balance_tests/indices",
    ),
    engines=("accounts",),
)
