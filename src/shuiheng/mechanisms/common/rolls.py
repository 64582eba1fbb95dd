"""Who counts as what: the groups of users that duties of the plan reach."""

from __future__ import annotations

from shuiheng.basics import Cited, Figure, Period
from shuiheng.core.accounts import User, intake_by_user
from shuiheng.mechanisms.common.evidence import View
from shuiheng.mechanisms.common.telling import booked, yardstick

# Industry and services, public institutions among them; not waterworks, farms or residents.
INDUSTRY_AND_SERVICES = frozenset(
    {"enterprise", "power_plant", "service", "special_trade", "school", "hospital", "office"}
)
PUBLIC_INSTITUTIONS = frozenset({"school", "hospital", "office"})


def of_industry_or_services(user: User) -> bool:
    """Return whether a user belongs to industry or services (plan tasks 7 and 19)."""
    return user.kind in INDUSTRY_AND_SERVICES and user.use in {"U2", "U3"}


def key_users(view: View) -> tuple[list[Figure], Cited, Period]:
    """Return the users at or above the yearly threshold, the threshold, and the year it uses.

    Before the year's last day the last complete year decides, where it has an account.
    """
    law = yardstick(view, "key_users/annual_use_threshold")
    period = booked(view)
    if not view.whole_year:
        before = view.data.accounts(view.on.year - 1)
        if len(before.months()) == 12:
            period = Period.year(view.on.year - 1)
    found = intake_by_user(
        view.data.accounts(period.start.year), name="key_users/use", period=period,
        whose=of_industry_or_services, at_least=law.number,
    )  # fmt: skip
    return found, law, period


def number_of(figure: Figure) -> str:
    """Return the user's number at the end of a figure's name."""
    return figure.name.rsplit("/", 1)[-1]
