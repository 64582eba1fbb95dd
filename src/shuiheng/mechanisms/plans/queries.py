"""Reads of plans; each takes the person who asks (None: the public)."""

from __future__ import annotations

from decimal import Decimal

from django.db.models import QuerySet

from shuiheng.mechanisms.plans.models import UnitPlan


def list_plans(*, asked_by: object | None, year: int) -> QuerySet[UnitPlan]:
    """Return the plans of a year with their users, by the users' numbers."""
    return UnitPlan.objects.filter(year=year).select_related("user")


def find_plan(*, asked_by: object | None, user: str, year: int) -> UnitPlan | None:
    """Return the plan of the user with this number for the year, or None."""
    return UnitPlan.objects.filter(user__number=user, year=year).select_related("user").first()


def planned_volumes(*, asked_by: object | None, year: int) -> dict[str, Decimal]:
    """Return the planned volume (m3) of every user that has a plan, by the user's number."""
    rows = UnitPlan.objects.filter(year=year).values_list("user__number", "volume_m3")
    return dict(rows)
