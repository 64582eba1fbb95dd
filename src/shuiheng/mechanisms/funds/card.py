"""The card of money for saving."""

from __future__ import annotations

from shuiheng.mechanisms.common.cards import Card

CARD = Card(
    name="funds",
    title="节水财税和融资",
    title_en="Money for saving",
    tasks=(23, 24),
    lead="财政局",
    purpose="落实节水税收优惠、保障资金和绿色信贷。",
    purpose_en="Tax relief, a saving fund and green credit reach those who save.",
    clauses=(
        "常开委办〔2020〕67号 三（七）23",
        "常开委办〔2020〕67号 三（七）24",
        "常开委办〔2020〕67号 四（三）",
    ),
    rules=(
        "funds/plan_duties",
        "funds/reward_system",
        "funds/project_subsidy",
        "funds/green_finance",
        "funds/contract_law",
    ),
    engines=("coverage",),
)
