"""Figures of planned use: who should have a plan and has one, and who used more than it."""

from __future__ import annotations

from decimal import Decimal

from shuiheng.basics import Cited, Figure
from shuiheng.core.accounts import intake_by_user, part_of
from shuiheng.core.coverage import counted
from shuiheng.mechanisms.common.evidence import View, evidence
from shuiheng.mechanisms.common.rolls import number_of, of_industry_or_services
from shuiheng.mechanisms.common.telling import booked, finished, law_of, plan_clause, share
from shuiheng.mechanisms.plans.queries import planned_volumes

CLAUSE = plan_clause("三（二）7")


def _due(view: View) -> tuple[list[Figure], Cited | None]:
    """Return the users that should have a plan, with their use to date, and the threshold.

    All direct abstractors, and public-supply users from the threshold on where one is in force;
    households have tiered prices instead of plans. Without a threshold the plan's word holds: all.
    """
    accounts = view.data.accounts(view.on.year)
    law = law_of(view, "plans/public_supply_threshold")
    users = intake_by_user(
        accounts, name="plans/use", period=booked(view), whose=of_industry_or_services
    )
    if law is None:
        return users, None
    direct = {line.user for line in accounts.lines if line.side == "use" and not line.supplier}
    limit = law.number * booked(view).days / view.year.days
    return [
        user for user in users if number_of(user) in direct or (user.value or Decimal(0)) >= limit
    ], law


@evidence("plans/planned_use_coverage", mechanism="plans", tasks=(7,))
def coverage(view: View) -> Figure:
    """Non-residential users of industry and urban life that have a plan, over all that should."""
    due, law = _due(view)
    planned = planned_volumes(asked_by=view.asked_by, year=view.on.year)
    without = [user for user in due if number_of(user) not in planned]
    have = counted(
        name="plans/users_with_plan", title=("已下达用水计划的用水户", "Users with a plan"),
        number=len(due) - len(without), unit="家", period=view.year, clause=CLAUSE,
    )  # fmt: skip
    listed = counted(
        name="plans/users_without_plan",
        title=("应有而未下达用水计划的用水户", "Users that should have a plan and have none"),
        number=len(without), unit="家", inputs=without, period=view.year, clause=CLAUSE,
    )  # fmt: skip
    whole = counted(
        name="plans/users_due",
        title=("应实行计划用水的用水户", "Users that should have a plan"), number=len(due),
        unit="家", inputs=(*((law,) if law else ()), listed), period=view.year, clause=CLAUSE,
        formula=("已下达 + 未下达", "with a plan + without"),
    )  # fmt: skip
    return share(
        view, "plans/planned_use_coverage", title=("计划用水覆盖率", "Planned-use coverage"),
        part=have, whole=whole, clause=CLAUSE,
        note=("按户数；居民实行阶梯水价，不下达计划。", "By users; households have tiers instead."),
    )  # fmt: skip


@evidence("plans/planned_volume_coverage", mechanism="plans", tasks=(1, 7))
def volume_coverage(view: View) -> Figure:
    """The same by volume: use of users that have a plan over use of all that should."""
    due, _ = _due(view)
    planned = planned_volumes(asked_by=view.asked_by, year=view.on.year)
    numbers = {number_of(user) for user in due}
    accounts = view.data.accounts(view.on.year)
    part = part_of(
        accounts, name="plans/planned_use",
        title=("有计划用水户的用水量", "Use of users with a plan"),
        period=booked(view), where=lambda line: line.user in numbers and line.user in planned,
    )  # fmt: skip
    whole = part_of(
        accounts, name="plans/due_use",
        title=("应实行计划用水用水户的用水量", "Use of users that should have a plan"),
        period=booked(view), where=lambda line: line.user in numbers,
    )  # fmt: skip
    return share(
        view, "plans/planned_volume_coverage",
        title=("计划用水覆盖率（按水量）", "Planned-use coverage (by volume)"), part=part,
        whole=whole, clause=CLAUSE,
    )  # fmt: skip


@evidence("plans/over_plan_users", mechanism="plans", tasks=(7,))
def over_plan(view: View) -> Figure:
    """Users whose use to date exceeds the plan of the whole year, each of them below."""
    due, _ = _due(view)
    planned = planned_volumes(asked_by=view.asked_by, year=view.on.year)
    over = [
        user
        for user in due
        if number_of(user) in planned and (user.value or Decimal(0)) > planned[number_of(user)]
    ]
    return finished(
        view,
        counted(
            name="plans/over_plan_users", title=("超计划用水户", "Users over plan"),
            number=len(over), unit="家", inputs=over, period=booked(view), clause=CLAUSE,
            formula=("用水量 > 年度计划水量的用水户数", "users whose use exceeds the year's plan"),
        ),
    )  # fmt: skip
