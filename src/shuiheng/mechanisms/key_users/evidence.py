"""Figures of key monitored users: who should be listed, who is, who is read online."""

from __future__ import annotations

from dataclasses import replace

from shuiheng.basics import Figure
from shuiheng.core.accounts import part_of
from shuiheng.core.coverage import counted, quotient
from shuiheng.mechanisms.common.evidence import View, evidence
from shuiheng.mechanisms.common.rolls import key_users, number_of, of_industry_or_services
from shuiheng.mechanisms.common.telling import booked, finished, plan_clause, share
from shuiheng.mechanisms.metering.queries import list_bound_meters

CLAUSE = plan_clause("三（六）19")
_FIRST_LEVEL = ("intake", "import", "delivery", "reclaimed")


def should_be_listed(view: View) -> Figure:
    """Return how many users reach the yearly threshold, with each of them below."""
    found, law, period = key_users(view)
    return counted(
        name="key_users/should_be_listed",
        title=("达到门槛的工业和服务业用水单位", "Users of industry and services at the threshold"),
        number=len(found), unit="家", inputs=(law, *found), period=period, clause=CLAUSE,
        formula=(
            f"年用水量 ≥ {law.number:,.0f} m³ 的用水单位数",
            f"users with a yearly use of {law.number:,.0f} m³ or more",
        ),
    )  # fmt: skip


@evidence("key_users/should_be_listed", mechanism="key_users", tasks=(7, 19))
def list_by_rule(view: View) -> Figure:
    """The list that the rule makes: industry and services at or above the threshold."""
    return finished(view, should_be_listed(view))


@evidence("key_users/listed_share", mechanism="key_users", tasks=(19,))
def listed_share(view: View) -> Figure:
    """Listed users over those that the rule wants on the list."""
    return share(
        view, "key_users/listed_share",
        title=("重点监控用水单位名录覆盖率", "Share of users at the threshold that are listed"),
        part="key_users/listed_count", whole=should_be_listed(view), clause=CLAUSE,
    )  # fmt: skip


@evidence("key_users/online_share", mechanism="key_users", tasks=(7, 19))
def online_share(view: View) -> Figure:
    """Key users whose main meters are all read online, over all key users."""
    whole = should_be_listed(view)
    wanted = {number_of(item) for item in whole.inputs if isinstance(item, Figure)}
    meters = list_bound_meters(asked_by=view.asked_by, period=booked(view), roles=_FIRST_LEVEL)
    online: dict[str, bool] = {}
    for meter in meters:
        if meter.user in wanted:
            online[meter.user] = online.get(meter.user, True) and meter.online
    part = counted(
        name="key_users/online",
        title=("一级水表全部在线采集的重点用水单位", "Key users with all main meters online"),
        number=sum(online.values()), unit="家", period=booked(view),
    )  # fmt: skip
    return share(
        view, "key_users/online_share",
        title=("重点用水单位在线采集率", "Share of key users read online"), part=part, whole=whole,
        clause=plan_clause("三（二）7"),
    )  # fmt: skip


@evidence("key_users/use_share", mechanism="key_users", tasks=(19,))
def use_share(view: View) -> Figure:
    """What key users take, as a share of the use of industry and services."""
    found, _, period = key_users(view)
    numbers = {number_of(figure) for figure in found}
    accounts = view.data.accounts(period.start.year)
    part = part_of(
        accounts, name="key_users/use", title=("重点用水单位用水量", "Use of key users"),
        period=period, where=lambda line: line.user in numbers,
    )  # fmt: skip
    whole = part_of(
        accounts, name="key_users/all_use",
        title=("工业和服务业用水量", "Use of industry and services"), period=period,
        where=lambda line: line.user in accounts.users
        and of_industry_or_services(accounts.users[line.user]),
    )  # fmt: skip
    figure = quotient(
        name="key_users/use_share",
        title=("重点用水单位用水量占比", "Share of key users in use of industry and services"),
        part=part, whole=whole, period=period, method="gross_intake", clause=CLAUSE,
    )  # fmt: skip
    return finished(
        view,
        replace(figure, note=f"重点用水单位 {len(found)} 家。", note_en=f"{len(found)} key users."),
    )
