"""The card of metering."""

from __future__ import annotations

from shuiheng.mechanisms.common.cards import Card

CARD = Card(
    name="metering",
    title="用水计量",
    title_en="Metering",
    tasks=(7, 12, 18, 20),
    lead="农业农村局",
    purpose="提高农业、工业和城镇用水计量率，水表按期检定，读数及时完整。",
    purpose_en=(
        "Raise metering rates of farms, industry and towns; verify meters in time; "
        "receive readings whole."
    ),
    clauses=(
        "常开委办〔2020〕67号 三（六）18",
        "常开委办〔2020〕67号 三（二）7",
        "常开委办〔2020〕67号 三（三）12",
    ),
    rules=(
        "metering/levels",
        "metering/rate_formulas",
        "metering/metering_rate_level_1",
        "metering/metering_rate_level_2",
        "metering/metering_rate_level_3",
        "metering/verification_classes",
        "metering/accuracy_classes",
        "metering/in_service_error_factor",
        "metering/coverage_factor",
        "metering/parent_child_low",
        "metering/parent_child_high",
        "metering/tree_missing_hours",
        "metering/data_completeness_low",
        "metering/silent_steps",
        "metering/plan_duties",
    ),
    engines=("metering", "accounts", "coverage", "vee"),
)
