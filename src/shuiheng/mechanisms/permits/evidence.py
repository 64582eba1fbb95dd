"""Figures of permits and high-use industries: who abstracts, who holds a permit, who is closed."""

from __future__ import annotations

from collections.abc import Iterable

from shuiheng.basics import Figure
from shuiheng.core.accounts import User, intake_by_user, part_of
from shuiheng.core.accounts.model import Line
from shuiheng.core.coverage import counted, quotient
from shuiheng.mechanisms.common.evidence import View, evidence
from shuiheng.mechanisms.common.rolls import INDUSTRY_AND_SERVICES
from shuiheng.mechanisms.common.telling import (
    booked,
    finished,
    plan_clause,
    share,
    tell_share,
    yardstick,
)

_ABSTRACTORS = INDUSTRY_AND_SERVICES | {"waterworks", "municipal"}
INDUSTRIES = "permits/high_use_industries"


def _direct(view: View) -> list[Line]:
    """Return the supply lines of those who take from rivers, lakes and wells themselves."""
    accounts = view.data.accounts(view.on.year)

    def abstracts(line: Line) -> bool:
        user = accounts.users.get(line.user)
        own = not line.supplier or line.supplier == line.user
        return user is not None and own and line.source != "S3" and user.kind in _ABSTRACTORS

    return accounts.chosen(side="supply", period=booked(view), where=abstracts)


@evidence("permits/abstractors_share", mechanism="permits", tasks=(3,))
def abstractors(view: View) -> Figure:
    """Abstractors with a permit in its term, over abstractors that the meters show."""
    number = len({line.user for line in _direct(view)})
    return share(
        view, "permits/abstractors_share",
        title=("取水许可持证率", "Share of abstractors with a permit in its term"),
        part="permits/valid",
        whole=counted(
            name="permits/abstractors", title=("有直接取水的单位", "Units that abstract"),
            number=number, unit="家", period=booked(view),
        ),
        clause=plan_clause("三（一）3"),
        note=("工业、服务业、供水和市政取水单位；不含灌溉和养殖。",
              "Industry, services, waterworks and municipal; not irrigation and farms."),
    )  # fmt: skip


@evidence("permits/permitted_ratio", mechanism="permits", tasks=(3,))
def permitted(view: View) -> Figure:
    """What these abstractors took, over what permits allow."""
    accounts = view.data.accounts(view.on.year)
    chosen = set(_direct(view))
    part = part_of(
        accounts, name="permits/abstracted", title=("实际取水量", "Volume abstracted"),
        period=booked(view), sides=("supply",), where=lambda line: line in chosen,
    )  # fmt: skip
    return share(
        view, "permits/permitted_ratio",
        title=("实际取水量与许可水量之比", "Abstracted over permitted volume"), part=part,
        whole="permits/permitted_volume", clause=plan_clause("三（一）3"),
    )  # fmt: skip


def _codes(view: View) -> dict[str, str]:
    """Return the industry codes of the rule's table with the industries' names."""
    return {
        code: str(row["industry"])
        for row in yardstick(view, INDUSTRIES).value
        for code in str(row["codes"]).split()
    }


def is_high_use(industry: str, codes: Iterable[str]) -> bool:
    """Return whether an industry code of GB/T 4754 falls under one of the listed codes.

    >>> is_high_use("1713", ["17", "4411"]), is_high_use("4420", ["17", "4411"])
    (True, False)
    """
    return bool(industry) and any(industry.startswith(code) for code in codes)


def _high_use(view: View, user: User, *, power: bool) -> bool:
    return (
        user.use == "U2"
        and is_high_use(user.industry, _codes(view))
        and (power or not user.is_power)
    )


def _share(view: View, name: str, title: tuple[str, str], *, power: bool) -> Figure:
    accounts, codes = view.data.accounts(view.on.year), _codes(view)

    def of_industry(line: Line, *, high: bool) -> bool:
        user = accounts.users.get(line.user)
        if user is None or line.use != "U2" or (user.is_power and not power):
            return False
        return not high or is_high_use(user.industry, codes)

    part = part_of(
        accounts, name=f"{name}/part", title=("高耗水行业用水量", "Use of high-use industries"),
        period=booked(view), where=lambda line: of_industry(line, high=True),
    ).with_inputs(yardstick(view, INDUSTRIES))  # fmt: skip
    whole = part_of(
        accounts, name=f"{name}/whole", title=("工业用水量", "Industrial use"),
        period=booked(view), where=lambda line: of_industry(line, high=False),
    )  # fmt: skip
    figure = quotient(
        name=name, title=title, part=part, whole=whole, period=booked(view),
        method="gross_intake" if power else "excl_power", clause=plan_clause("三（二）4"),
    )  # fmt: skip
    return finished(view, figure)


@evidence(
    "permits/high_use_share", mechanism="permits", tasks=(4,),
    alternatives=("permits/high_use_share/with_power",),
)  # fmt: skip
def high_use_share(view: View) -> Figure:
    """High-use industries in industrial use, without thermal power; towns stand below."""
    return _share(
        view, "permits/high_use_share",
        ("高耗水行业用水占工业用水比例（不含火电）",
         "Share of high-use industries in industrial use (without thermal power)"), power=False,
    )  # fmt: skip


@evidence("permits/high_use_share/with_power", mechanism="permits")
def high_use_share_with_power(view: View) -> Figure:
    """The same with thermal power, by intake."""
    return _share(
        view, "permits/high_use_share/with_power",
        ("高耗水行业用水占工业用水比例（含火电）",
         "Share of high-use industries in industrial use (with thermal power)"), power=True,
    )  # fmt: skip


@evidence("permits/high_use_users", mechanism="permits", tasks=(4,))
def high_use_users(view: View) -> Figure:
    """How many users belong to high-use industries, the largest first."""
    found = intake_by_user(
        view.data.accounts(view.on.year), name="permits/use", period=booked(view),
        whose=lambda user: _high_use(view, user, power=True),
    )  # fmt: skip
    return finished(
        view,
        counted(
            name="permits/high_use_users",
            title=("高耗水行业用水户", "Users of high-use industries"),
            number=len(found), unit="家", inputs=(yardstick(view, INDUSTRIES), *found),
            period=booked(view), clause=plan_clause("三（二）4"),
        ),
    )  # fmt: skip


tell_share(
    "permits/eliminated_share", mechanism="permits", tasks=(5,),
    title=("淘汰、化解过剩产能完成率", "Share of listed capacity that is closed"),
    part="permits/eliminated_done", whole="permits/eliminated_due", clause="三（二）5",
)  # fmt: skip
