"""The card of water-efficiency leaders."""

from __future__ import annotations

from shuiheng.mechanisms.common.cards import Card

CARD = Card(
    name="leaders",
    title="水效领跑者",
    title_en="Water-efficiency leaders",
    tasks=(33,),
    lead="农业农村局",
    purpose="评选水效领跑者，推动高耗水行业对标达标。",
    purpose_en=(
        "Name efficiency leaders and let high-use industries measure themselves against them."
    ),
    clauses=("常开委办〔2020〕67号 三（十）33",),
    rules=(
        "leaders/kinds",
        "leaders/states",
        "leaders/enterprise_eligibility",
        "leaders/enterprise_min_intake",
        "leaders/enterprise_validity",
        "leaders/benchmarking",
        "permits/high_use_industries",
    ),
    engines=("coverage",),
)
