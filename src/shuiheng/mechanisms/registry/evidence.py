"""Figures of the registry: how many users of each class are known."""

from __future__ import annotations

from collections import Counter

from shuiheng.basics import Figure
from shuiheng.core.accounts import USES
from shuiheng.core.coverage import counted
from shuiheng.mechanisms.common.evidence import View, evidence
from shuiheng.mechanisms.common.telling import booked, finished, plan_clause


@evidence("registry/users", mechanism="registry", tasks=(18,))
def users(view: View) -> Figure:
    """Registered water users, by the four classes of the plan."""
    classes = Counter(user.use for user in view.data.accounts(view.on.year).users.values())
    parts = [
        counted(
            name=f"registry/users/{use}", title=title, number=classes[use], unit="家",
            period=booked(view),
        )
        for use, title in USES.items()
    ]  # fmt: skip
    return finished(
        view,
        counted(
            name="registry/users", title=("登记的用水单位", "Registered water users"),
            number=sum(classes.values()), unit="家", inputs=parts, period=booked(view),
            clause=plan_clause("三（六）18"), formula=("四类之和", "sum of the four classes"),
        ),
    )  # fmt: skip
