"""The card of statistics of water use."""

from __future__ import annotations

from shuiheng.mechanisms.common.cards import Card

CARD = Card(
    name="statistics",
    title="用水统计",
    title_en="Statistics of water use",
    tasks=(18, 20),
    lead="农业农村局",
    purpose="建立完整的原始记录和统计台账，保证数据客观真实。",
    purpose_en="Keep whole original records and ledgers, so that data are objective and true.",
    clauses=("常开委办〔2020〕67号 三（六）20", "常开委办〔2020〕67号 三（六）18"),
    rules=(
        "statistics/file_keepers",
        "statistics/irrigation_district_area",
        "statistics/use_categories",
        "statistics/checks",
        "statistics/indicator_formulas",
        "dual_control/ledger_states",
    ),
    engines=("accounts", "coverage"),
)
