"""Figures of money: the saving fund, tax relief, green credit."""

from __future__ import annotations

from shuiheng.mechanisms.common.telling import tell, tell_share

tell_share(
    "funds/saving_fund_spent_share", mechanism="funds", tasks=(23,),
    title=("节约用水保障资金执行率", "Share of the saving fund that was spent"),
    part="funds/saving_fund_spent", whole="funds/saving_fund_budget", clause="三（七）23",
)  # fmt: skip
tell("funds/tax_relief", mechanism="funds", tasks=(23,), clause="三（七）23")
tell("funds/green_credit_amount", mechanism="funds", tasks=(24,), clause="三（七）24")
