"""The card of irrigation and farm saving."""

from __future__ import annotations

from shuiheng.mechanisms.common.cards import Card

CARD = Card(
    name="irrigation",
    title="农业节水增效",
    title_en="Irrigation and farm saving",
    tasks=(13, 14, 15),
    lead="农业农村局",
    purpose="提高灌溉水有效利用系数，建设高标准农田和高效节水灌溉，推广节水养殖。",
    purpose_en=(
        "Raise the irrigation coefficient, build high-standard farmland and efficient "
        "irrigation, spread saving on farms."
    ),
    clauses=(
        "常开委办〔2020〕67号 三（四）13",
        "常开委办〔2020〕67号 三（四）14",
        "常开委办〔2020〕67号 三（四）15",
    ),
    rules=(
        "irrigation/coefficient_definition",
        "irrigation/aggregation",
        "irrigation/scales",
        "irrigation/efficient_kinds",
        "irrigation/check_min",
        "irrigation/check_max",
        "irrigation/plot_record",
    ),
    engines=("irrigation", "accounts", "coverage"),
)
