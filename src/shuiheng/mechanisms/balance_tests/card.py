"""The card of water balance tests."""

from __future__ import annotations

from shuiheng.mechanisms.common.cards import Card

CARD = Card(
    name="balance_tests",
    title="水平衡测试",
    title_en="Water balance tests",
    tasks=(19,),
    lead="农业农村局",
    purpose="重点用水单位定期开展水平衡测试，发现问题及时整改。",
    purpose_en="Key users test their water balance regularly and put right what it shows.",
    clauses=("常开委办〔2020〕67号 三（六）19",),
    rules=(
        "balance_tests/cycle_key_user",
        "balance_tests/cycle_other_user",
        "balance_tests/over_plan_trigger",
        "balance_tests/equations",
        "balance_tests/indices",
        "audits/plan_duty",
    ),
    engines=("coverage", "accounts"),
)
