"""The card of carrying capacity and early warning."""

from __future__ import annotations

from shuiheng.mechanisms.common.cards import Card

CARD = Card(
    name="capacity",
    title="水资源承载能力监测预警",
    title_en="Carrying capacity and early warning",
    tasks=(2,),
    lead="农业农村局",
    purpose="评价用水是否超出水资源承载能力，超载的预警并采取措施。",
    purpose_en=(
        "Judge whether use exceeds what the water resources carry, and warn and act where it does."
    ),
    clauses=("常开委办〔2020〕67号 三（一）2",),
    rules=(
        "capacity/critical_ratio",
        "capacity/overloaded_ratio",
        "capacity/severe_ratio",
        "capacity/criteria",
        "capacity/combination",
        "capacity/measures",
        "capacity/notice_states",
        "capacity/demands",
    ),
    engines=("capacity", "accounts"),
)
