"""The card of abstraction permits and high-use industries."""

from __future__ import annotations

from shuiheng.mechanisms.common.cards import Card

CARD = Card(
    name="permits",
    title="取水许可和高耗水行业",
    title_en="Abstraction permits and high-use industries",
    tasks=(3, 4, 5),
    lead="农业农村局",
    purpose="取水须有许可，严格控制高耗水行业，淘汰落后产能并核减指标。",
    purpose_en=(
        "Taking water needs a permit; high-use industries are held down and obsolete "
        "capacity is closed with its indicators."
    ),
    clauses=(
        "常开委办〔2020〕67号 三（一）3",
        "常开委办〔2020〕67号 三（二）4",
        "常开委办〔2020〕67号 三（二）5",
    ),
    rules=(
        "permits/scope",
        "permits/states",
        "permits/decision_due",
        "permits/refusal_grounds",
        "permits/refusal_grounds_plan",
        "permits/high_use_industries",
        "plans/capacity_cut",
    ),
    engines=("accounts", "coverage"),
)
