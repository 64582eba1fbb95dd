"""How the volume of an hour, a day, a month or a year was made, for whoever asks why."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _

from shuiheng.basics import SHANGHAI
from shuiheng.mechanisms.common import qualities
from shuiheng.mechanisms.common.timeline import span_words
from shuiheng.mechanisms.metering import queries_meter as reads
from shuiheng.mechanisms.metering.pages_meter import (
    asked_window,
    known_meter,
    method_of,
    period_words,
    shown_edit,
    step_to,
)
from shuiheng.mechanisms.metering.window import Window

# So many readings inside a volume are listed; the chart and the CSV file have all.
READINGS_SHOWN = 12


def how(request: HttpRequest, number: str) -> HttpResponse:
    """Explain a volume: the readings on both sides, the step, the rule, findings and edits."""
    row, sight = known_meter(number)
    window = asked_window(request, sight, number)
    by = {"hour": "hour", "day": "day", "month": "month", "year": "year"}.get(window.kind, "hour")
    exact = Window.of(window.start, window.end, by)
    volumes = reads.list_volumes(asked_by=None, sight=sight, window=exact)
    if not volumes:
        raise Http404(_("这个时段没有水量：%(window)s。") % {"window": window.words})
    volume = volumes[0]
    around = reads.readings_around(asked_by=None, sight=sight, volume=volume)
    before, after = around["before"], around["after"]
    step = None
    if before and after:
        hours = Decimal((after["at"] - before["at"]).total_seconds()) / 3600
        step = {"litres": after["value_l"] - before["value_l"], "hours": hours.normalize()}
    edits = [
        shown_edit(one, number)
        for one in reads.list_edits(asked_by=None, sight=sight)
        if before and after and before["at"] <= one["at"] <= after["at"]
    ]
    facts = reads.facts_of(asked_by=None, sight=sight) or {}
    context = {
        "number": number, "meter": row, "volume": volume, "by": by,
        "words": period_words(volume, by) if by != "hour" else span_words(volume.start, volume.end),
        "page": step_to(number, exact.out or exact), "letter": volume.quality,
        "letter_word": qualities.letter_words(volume.quality),
        "letter_about": _(qualities.LETTERS_ABOUT.get(volume.quality, "")),
        "method": method_of(volume), "parts": [
            (letter, qualities.letter_words(letter), litres) for letter, litres in volume.parts
        ],
        "hours": [(a, qualities.letter_words(a), round(n, 2)) for a, n in volume.hours],
        "before": moment(before), "after": moment(after), "step": step,
        "inside": [moment(one) for one in around["inside"][:READINGS_SHOWN]],
        "inside_more": max(0, len(around["inside"]) - READINGS_SHOWN),
        "facts": facts, "edits": edits,
        "findings": reads.list_findings(asked_by=None, sight=sight, window=exact),
    }  # fmt: skip
    return render(request, "metering/how.html", context)


def moment(row: dict[str, Any] | None) -> dict[str, Any] | None:
    """Return a reading with its instant as Shanghai writes it, and its quality in words."""
    if row is None:
        return None
    why = qualities.short(row["reason"]) if row.get("reason") else ""
    word = qualities.letter_words(row["quality"])
    return {**row, "at": row["at"].astimezone(SHANGHAI), "word": word, "why": why}


urlpatterns: list[URLPattern] = [
    path("meters/<path:number>/how/", how, name="volume_how"),
]
