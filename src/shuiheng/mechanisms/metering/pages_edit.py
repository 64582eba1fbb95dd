"""The form that edits a reading: typed, checked, its effect shown, then recorded."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from shuiheng.mechanisms.common import qualities
from shuiheng.mechanisms.common.asking import may_write, takes_posts
from shuiheng.mechanisms.metering import queries_meter as reads
from shuiheng.mechanisms.metering.editing import Checked, Draft, check
from shuiheng.mechanisms.metering.pages_meter import known_meter, shown_change, shown_edit
from shuiheng.mechanisms.metering.services_edit import edit_reading
from shuiheng.store import LakeBusy, WrongEdit

# So many changed days are listed before an edit is confirmed; the months are all there.
DAYS_SHOWN = 14
HINTS = {
    "correct": "收到的读数不对，写出正确的。",
    "reject": "收到的读数不可用，也不知道正确的。",
    "accept": "读数看来不可能，但现场核实属实。",
    "add": "这一时刻没有收到读数，按现场抄表补上。",
    "scale": "从这一时刻起，表上的一升实际是几分之几升。",
    "withdraw": "撤回以前的一项更正；它仍留在账上。",
}


@takes_posts
@never_cache
def edit(request: HttpRequest, number: str) -> HttpResponse:
    """Show the form; then the effect; then record the edit and go back to the meter."""
    _row, sight = known_meter(number)
    allowed = may_write(request)
    if request.method != "POST":
        draft = Draft.typed(request.GET.dict())
        draft.action = draft.action or "correct"
        return form(request, number, sight, Checked(draft), allowed=allowed)
    if not allowed:
        refused = Checked(Draft.typed(request.POST.dict()))
        return form(request, number, sight, refused, allowed=False, status=403)
    found = check(Draft.typed(request.POST.dict()), sight=sight)
    if not found.fits or request.POST.get("step") == "form":
        return form(request, number, sight, found, status=200 if found.fits else 422)
    try:
        if request.POST.get("step") == "confirm":
            return record(number, found)
        return effect(request, number, sight, found)
    except WrongEdit as wrong:
        found.wrong["all"] = str(wrong)
        return form(request, number, sight, found, status=422)
    except LakeBusy:
        found.wrong["busy"] = _(
            "另一个程序正在写读数。什么都没有改动，填的内容都还在；过一会儿再试。"
        )
        return form(request, number, sight, found, status=503)


def form(
    request: HttpRequest,
    number: str,
    sight: reads.Sight,
    found: Checked,
    *,
    allowed: bool = True,
    status: int = 200,
) -> HttpResponse:
    """Show the form with what was typed and what is wrong with it."""
    edits = reads.list_edits(asked_by=None, sight=sight)
    context = {
        "number": number, "draft": found.draft, "wrong": found.wrong, "near": found.near,
        "allowed": allowed,
        "actions": [
            {"key": key, "word": qualities.action_words(key), "hint": _(HINTS[key])}
            for key in qualities.ACTIONS
        ],
        "edits": [shown_edit(one, number) for one in edits if one["in_force"]],
        "back": f"/meters/{quote(number)}/",
    }  # fmt: skip
    return render(request, "metering/edit.html", context, status=status)


def effect(request: HttpRequest, number: str, sight: reads.Sight, found: Checked) -> HttpResponse:
    """Show what the edit would change, with the one button that records it.

    :raises WrongEdit: if the edit cannot be made
    """
    assert found.at is not None
    rows = sight.lake.preview(number, found.at, found.draft.action, **found.values).to_pylist()
    months = [_shown(one, number) for one in rows if one["by"] == "month"]
    days = [_shown(one, number) for one in rows if one["by"] == "day"]
    context = {
        "number": number, "draft": found.draft, "at": found.at, "values": found.values,
        "word": qualities.action_words(found.draft.action), "months": months,
        "days": days[:DAYS_SHOWN], "days_count": len(days),
        "difference_l": sum(one["difference_l"] for one in months),
        "back": f"/meters/{quote(number)}/",
    }  # fmt: skip
    return render(request, "metering/edit_effect.html", context)


def _shown(one: dict[str, Any], number: str) -> dict[str, Any]:
    return shown_change(one, number)


def record(number: str, found: Checked) -> HttpResponse:
    """Record the edit and lead back to the meter, to the month that it speaks of.

    :raises LakeBusy: if another program writes
    :raises WrongEdit: if the edit cannot be made
    """
    assert found.at is not None
    draft = found.draft
    done = edit_reading(
        by=draft.author, reason=draft.reason, meter=number, at=found.at, action=draft.action,
        values=found.values,
    )  # fmt: skip
    answer = HttpResponseRedirect(f"/meters/{quote(number)}/?month={found.at:%Y-%m}&done={done}")
    answer.status_code = 303
    return answer


urlpatterns = [path("meters/<path:number>/edit/", edit, name="meter_edit")]
