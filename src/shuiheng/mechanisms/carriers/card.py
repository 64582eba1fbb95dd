"""The card of water-saving carriers."""

from __future__ import annotations

from shuiheng.mechanisms.common.cards import Card

CARD = Card(
    name="carriers",
    title="节水型载体",
    title_en="Water-saving carriers",
    tasks=(9, 10, 31, 32),
    lead="农业农村局",
    purpose="创建节水型企业、单位、学校、社区、灌区等载体，提高覆盖率。",
    purpose_en=(
        "Enterprises, institutions, schools, communities and districts earn the title of "
        "water-saving carrier."
    ),
    clauses=(
        "常开委办〔2020〕67号 三（十）32",
        "常开委办〔2020〕67号 三（三）10",
        "常开委办〔2020〕67号 三（十）31",
    ),
    rules=(
        "carriers/school_rate_basis",
        "carriers/lead_offices",
        "carriers/states",
        "carriers/review_cycle",
        "carriers/county_society_classes",
        "carriers/county_society_pass",
    ),
    engines=("coverage",),
)
