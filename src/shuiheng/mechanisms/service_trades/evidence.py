"""Figures of the special trades: how many, what they use, where it comes from, their gear."""

from __future__ import annotations

from shuiheng.basics import Figure
from shuiheng.core.accounts import intake_by_user, part_of
from shuiheng.core.accounts.model import Line
from shuiheng.core.coverage import counted
from shuiheng.mechanisms.common.evidence import View, evidence
from shuiheng.mechanisms.common.telling import booked, finished, plan_clause, share

CLAUSE = plan_clause("三（三）11")


def _special(view: View, line: Line) -> bool:
    user = view.data.accounts(view.on.year).users.get(line.user)
    return user is not None and user.kind == "special_trade"


def _all(view: View) -> Figure:
    return part_of(
        view.data.accounts(view.on.year), name="service_trades/use",
        title=("特种行业用水量", "Use of special trades"), period=booked(view),
        where=lambda line: _special(view, line),
    )  # fmt: skip


@evidence("service_trades/use", mechanism="service_trades", tasks=(11,))
def use(view: View) -> Figure:
    """Water that baths, car washes, pools and golf courses took."""
    return finished(view, _all(view))


def _users(view: View) -> Figure:
    found = intake_by_user(
        view.data.accounts(view.on.year), name="service_trades/use", period=booked(view),
        whose=lambda user: user.kind == "special_trade",
    )  # fmt: skip
    return counted(
        name="service_trades/users", title=("特种行业用水户", "Special trades"),
        number=len(found), unit="家", inputs=found, period=booked(view), clause=CLAUSE,
    )  # fmt: skip


@evidence("service_trades/users", mechanism="service_trades", tasks=(11,))
def users(view: View) -> Figure:
    """The special trades with their use, the largest first."""
    return finished(view, _users(view))


@evidence("service_trades/unconventional_share", mechanism="service_trades", tasks=(11,))
def unconventional(view: View) -> Figure:
    """Reclaimed and rain water in the use of special trades."""
    part = part_of(
        view.data.accounts(view.on.year), name="service_trades/unconventional",
        title=("特种行业非常规水用量", "Unconventional water of special trades"),
        period=booked(view), where=lambda line: _special(view, line) and line.source == "S3",
    )  # fmt: skip
    return share(
        view, "service_trades/unconventional_share",
        title=("特种行业非常规水使用比例", "Share of unconventional water in special trades"),
        part=part, whole=_all(view), clause=CLAUSE,
    )  # fmt: skip


@evidence("service_trades/equipped_share", mechanism="service_trades", tasks=(11,))
def equipped(view: View) -> Figure:
    """Special trades with recycling or saving gear, over all of them."""
    return share(
        view, "service_trades/equipped_share",
        title=("特种行业节水设施配备率", "Share of special trades with saving gear"),
        part="service_trades/equipped", whole=_users(view), clause=CLAUSE,
    )  # fmt: skip
