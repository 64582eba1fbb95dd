"""The card of enforcement."""

from __future__ import annotations

from shuiheng.mechanisms.common.cards import Card

CARD = Card(
    name="enforcement",
    title="节水执法",
    title_en="Enforcement",
    tasks=(5, 30),
    lead="农业农村局",
    purpose="依法查处违法取用水和浪费水资源行为。",
    purpose_en="Unlawful taking and waste of water are inspected and punished by law.",
    clauses=("常开委办〔2020〕67号 四（五）", "常开委办〔2020〕67号 三（二）5"),
    rules=(
        "enforcement/penalties",
        "enforcement/states",
        "enforcement/decision_due",
        "enforcement/monitoring_evidence",
        "enforcement/no_penalty",
        "enforcement/plan_duties",
    ),
    engines=("coverage",),
)
