"""The card of assessment of targets."""

from __future__ import annotations

from shuiheng.mechanisms.common.cards import Card

CARD = Card(
    name="assessment",
    title="目标责任考核",
    title_en="Assessment of targets",
    tasks=(),
    lead="农业农村局",
    purpose="对照方案逐项给出实测值和结论，作为考核依据。",
    purpose_en=(
        "Show the measured figure and verdict of every target and task, as the ground of "
        "assessment."
    ),
    clauses=(
        "常开委办〔2020〕67号 四（四）",
        "常开委办〔2020〕67号 四（一）",
        "常开委办〔2020〕67号 四（二）",
    ),
    rules=(
        "assessment/grade_bands",
        "assessment/indicators",
        "assessment/scoring_rule",
        "dual_control/responsibility",
        "dual_control/yearly_summary",
    ),
    engines=("board",),
)
