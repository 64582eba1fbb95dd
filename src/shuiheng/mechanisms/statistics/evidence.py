"""Figures of statistics: the ledger closes, who keeps files, how much is not measured."""

from __future__ import annotations

from shuiheng.basics import Figure
from shuiheng.core.accounts import ledger_residual, metered_part, part_of
from shuiheng.core.coverage import counted, quotient
from shuiheng.mechanisms.common.evidence import View, evidence
from shuiheng.mechanisms.common.telling import booked, finished, plan_clause, share, yardstick
from shuiheng.mechanisms.registry.queries import list_users

CLAUSE = plan_clause("三（六）20")


@evidence("statistics/ledger_residual", mechanism="statistics", tasks=(20,))
def residual(view: View) -> Figure:
    """Supply less use less loss: zero, litre for litre, or the account is wrong."""
    figure = ledger_residual(
        view.data.accounts(view.on.year), name="statistics/ledger_residual",
        title=("供用水台账闭合差", "Residual of the ledger"), period=booked(view),
    )  # fmt: skip
    return finished(view, figure)


@evidence("statistics/declared_share", mechanism="statistics", tasks=(20,))
def unmetered(view: View) -> Figure:
    """Use that no meter counted (declared, or estimated from area or electricity) in all use."""
    accounts = view.data.accounts(view.on.year)
    whole = part_of(
        accounts, name="statistics/use", title=("用水量", "Use"), period=booked(view),
        method="gross_intake",
    )  # fmt: skip
    part = part_of(
        accounts, name="statistics/unmetered_use",
        title=("申报和估算的用水量", "Declared and estimated use"), period=booked(view),
        where=lambda line: not line.meter,
    )  # fmt: skip
    figure = quotient(
        name="statistics/declared_share",
        title=("申报和估算水量占比", "Share of use that is declared or estimated"), part=part,
        whole=whole, period=booked(view), method="gross_intake", clause=CLAUSE,
    )  # fmt: skip
    return finished(view, figure)


@evidence("statistics/file_keepers_share", mechanism="statistics", tasks=(20,))
def file_keepers(view: View) -> Figure:
    """Users that must keep water files and have volumes in the account, over all that must."""
    accounts = view.data.accounts(view.on.year)
    area = yardstick(view, "statistics/irrigation_district_area")
    districts = list_users(asked_by=view.asked_by, kind="irrigation_district")
    areas = dict(districts.values_list("number", "area_mu"))
    due = {
        user.number
        for user in accounts.users.values()
        if (user.above_scale and user.use == "U2")
        or user.kind == "waterworks"
        or (user.kind == "irrigation_district" and areas.get(user.number, 0) >= area.number)
    }
    having = {line.user for line in accounts.lines if line.month in booked(view)}
    return share(
        view, "statistics/file_keepers_share",
        title=("应建档单位用水数据覆盖率", "Share of file keepers with data in the account"),
        part=counted(
            name="statistics/files_kept",
            title=("有用水数据的应建档单位", "File keepers with data"),
            number=len(due & having), unit="家", period=booked(view),
        ),
        whole=counted(
            name="statistics/files_due",
            title=(
                "规模以上企业、供水单位和万亩以上灌区",
                "Above-scale firms, waterworks, large districts",
            ),
            number=len(due), unit="家", inputs=(yardstick(view, "statistics/file_keepers"), area),
            period=booked(view),
        ),
        clause=yardstick(view, "statistics/file_keepers").clause,
    )  # fmt: skip


@evidence("statistics/above_scale_monitored", mechanism="statistics", tasks=(18,))
def above_scale(view: View) -> Figure:
    """What meters count of the use of above-scale industry."""
    accounts = view.data.accounts(view.on.year)
    large = {user.number for user in accounts.users.values() if user.above_scale}
    part = metered_part(
        accounts, name="statistics/above_scale_metered",
        title=("规模以上工业计量水量", "Metered use of above-scale industry"),
        period=booked(view), where=lambda line: line.user in large,
    )  # fmt: skip
    whole = part_of(
        accounts, name="statistics/above_scale_use",
        title=("规模以上工业用水量", "Use of above-scale industry"), period=booked(view),
        where=lambda line: line.user in large,
    )  # fmt: skip
    figure = quotient(
        name="statistics/above_scale_monitored",
        title=("规模以上工业用水监测率", "Share of above-scale industry's use that is monitored"),
        part=part, whole=whole, period=booked(view), clause=plan_clause("三（六）18"),
    )  # fmt: skip
    return finished(view, figure)
