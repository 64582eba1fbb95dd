"""The card of planned use."""

from __future__ import annotations

from shuiheng.mechanisms.common.cards import Card

CARD = Card(
    name="plans",
    title="计划用水",
    title_en="Planned use",
    tasks=(1, 5, 7),
    lead="农业农村局",
    purpose="工业和城镇生活用水全部实行计划用水管理，超计划的累进加价。",
    purpose_en=(
        "All industrial and urban use is under plan; use beyond it costs progressively more."
    ),
    clauses=("常开委办〔2020〕67号 三（二）7",),
    rules=(
        "plans/coverage_all",
        "plans/public_supply_threshold",
        "plans/direct_abstraction_coverage",
        "plans/unit_plan",
        "plans/territorial_plan",
        "plans/over_plan_states",
        "plans/warning_year_test",
        "plans/states",
    ),
    engines=("accounts", "coverage"),
)
