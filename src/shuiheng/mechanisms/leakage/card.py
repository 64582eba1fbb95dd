"""The card of leakage control."""

from __future__ import annotations

from shuiheng.mechanisms.common.cards import Card

CARD = Card(
    name="leakage",
    title="管网漏损控制",
    title_en="Leakage control",
    tasks=(8,),
    lead="住房和城乡建设局",
    purpose="把公共供水管网漏损率控制在指标以内，改造老旧设施，分区计量。",
    purpose_en=(
        "Keep the loss rate of public supply within its target, renew what is old, meter by zones."
    ),
    clauses=("常开委办〔2020〕67号 三（三）8", "常开委办〔2020〕67号 二（三）"),
    rules=(
        "leakage/plan_basis",
        "leakage/assessed_rate",
        "leakage/gross_rate_name",
        "leakage/grade_1_rate",
        "leakage/r1_household_factor",
        "leakage/r2_length_factor",
        "leakage/r3_pressure_bands",
        "leakage/r4_frost_bands",
        "leakage/night_window",
        "leakage/zone_kinds",
    ),
    engines=("leakage", "accounts", "coverage"),
)
