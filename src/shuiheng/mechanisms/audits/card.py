"""The card of water audits."""

from __future__ import annotations

from shuiheng.mechanisms.common.cards import Card

CARD = Card(
    name="audits",
    title="用水审计",
    title_en="Water audits",
    tasks=(18, 19),
    lead="农业农村局",
    purpose="对重点用水单位和特殊行业定期开展用水审计。",
    purpose_en="Audit key users and special trades regularly.",
    clauses=("常开委办〔2020〕67号 三（六）18", "常开委办〔2020〕67号 三（六）19"),
    rules=(
        "audits/definition",
        "audits/plan_duty",
        "audits/scope",
        "audits/report_contents",
        "audits/states",
    ),
    engines=("coverage", "accounts"),
)
