"""The card of water rights."""

from __future__ import annotations

from shuiheng.mechanisms.common.cards import Card

CARD = Card(
    name="rights",
    title="水权",
    title_en="Water rights",
    tasks=(22,),
    lead="农业农村局",
    purpose="明确取用水权益，核定许可水量，推进水权交易。",
    purpose_en="Make rights to water clear, check permitted volumes, let rights be traded.",
    clauses=("常开委办〔2020〕67号 三（七）22",),
    rules=(
        "rights/kinds",
        "rights/confirmation",
        "rights/market",
        "rights/rules",
        "rights/states",
        "rights/plan_duties",
    ),
    engines=("coverage",),
)
