"""Who holds a missing input here: an office of the district's own plan, never of another's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from shuiheng.basics import Figure, Missing

UNNAMED = "主管部门（方案未写明）"


def lead_office(plan: Mapping[str, Any]) -> str:
    """Return who leads the plan's goals, or that the plan names nobody.

    >>> lead_office({"goals": {"leads": ["水利局"]}}), lead_office({})
    ('水利局', '主管部门（方案未写明）')
    """
    leads = (plan.get("goals") or {}).get("leads") or ()
    return "、".join(leads) or UNNAMED


def holder_of(office: str, plan: Mapping[str, Any]) -> str:
    """Return the office if the plan names it, otherwise who leads the plan's goals.

    >>> plan = {"units": [{"name": "财政局"}], "goals": {"leads": ["水利局"]}}
    >>> holder_of("财政局", plan), holder_of("农业农村局", plan)
    ('财政局', '水利局')
    """
    named = {str(unit["name"]) for unit in plan.get("units") or ()}
    return office if office in named else lead_office(plan)


def held_here(figure: Figure, plan: Mapping[str, Any]) -> Figure:
    """Return the figure with every missing input below it held by an office of this plan."""
    if not figure.lacking():
        return figure
    inputs = tuple(
        held_here(item, plan)
        if isinstance(item, Figure)
        else replace(item, held_by=holder_of(item.held_by, plan))
        if isinstance(item, Missing)
        else item
        for item in figure.inputs
    )
    return replace(figure, inputs=inputs)
