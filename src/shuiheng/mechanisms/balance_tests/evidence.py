"""Figures of water balance tests: key users tested within their cycle."""

from __future__ import annotations

from shuiheng.basics import Figure
from shuiheng.core.coverage import counted
from shuiheng.mechanisms.common.evidence import View, evidence
from shuiheng.mechanisms.common.rolls import key_users
from shuiheng.mechanisms.common.telling import law_of, plan_clause, share


@evidence("balance_tests/tested_share", mechanism="balance_tests", tasks=(19,))
def tested(view: View) -> Figure:
    """Key users tested within the cycle of the law, over all key users."""
    found, law, period = key_users(view)
    cycle = law_of(view, "balance_tests/cycle_key_user")
    whole = counted(
        name="balance_tests/users_due",
        title=("应定期开展水平衡测试的重点用水单位", "Key users due for a balance test"),
        number=len(found), unit="家", inputs=(law, *((cycle,) if cycle else ())), period=period,
    )  # fmt: skip
    return share(
        view, "balance_tests/tested_share",
        title=("重点用水单位水平衡测试率", "Share of key users tested within their cycle"),
        part="balance_tests/tested_users", whole=whole,
        clause=cycle.clause if cycle else plan_clause("三（六）19"),
    )  # fmt: skip
