"""Figures of water audits: key users audited within their cycle."""

from __future__ import annotations

from shuiheng.basics import Figure
from shuiheng.core.coverage import counted
from shuiheng.mechanisms.common.evidence import View, evidence
from shuiheng.mechanisms.common.rolls import key_users
from shuiheng.mechanisms.common.telling import plan_clause, share, yardstick


@evidence("audits/audited_share", mechanism="audits", tasks=(18, 19))
def audited(view: View) -> Figure:
    """Key users audited, over all key users."""
    found, law, period = key_users(view)
    whole = counted(
        name="audits/users_due",
        title=("应开展用水审计的重点用水单位", "Key users due for an audit"), number=len(found),
        unit="家", inputs=(law, yardstick(view, "audits/plan_duty")), period=period,
    )  # fmt: skip
    return share(
        view, "audits/audited_share",
        title=("重点用水单位用水审计率", "Share of key users audited"),
        part="audits/audited_users", whole=whole, clause=plan_clause("三（六）19"),
    )  # fmt: skip
