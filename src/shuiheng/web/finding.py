"""The search over everything that has a page."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from django.db import DatabaseError
from django.utils.translation import gettext_lazy as _

from shuiheng.mechanisms.common import district
from shuiheng.mechanisms.common.evidence import entries
from shuiheng.mechanisms.metering.models import Meter
from shuiheng.mechanisms.registry import queries as registry

MOST = 12


def matches(words: str) -> list[dict[str, Any]]:
    """Return what matches, by kind: how many, the first few, and where all are."""
    groups = [*_registered(words), _rules(words), _documents(words), _figures(words)]
    return [group for group in groups if group["count"]]


def _registered(words: str) -> list[dict[str, Any]]:
    asked = quote(words)
    try:
        user_rows = registry.list_users(asked_by=None, words=words)
        meter_rows = Meter.objects.filter(number__icontains=words)
        return [
            {
                "title": _("用户"),
                "count": user_rows.count(),
                "rows": [(f"/users/{quote(u.number)}/", u, u.number) for u in user_rows[:MOST]],
                "all": f"/users/?q={asked}",
                "named": True,
            },
            {
                "title": _("水表"),
                "count": meter_rows.count(),
                "rows": [
                    (f"/meters/{quote(m.number)}/", {"title": m.number}, "")
                    for m in meter_rows[:MOST]
                ],
                "all": f"/meters/?q={asked}",
            },
        ]
    except DatabaseError:  # no district yet: the law can still be searched
        return []


def _rules(words: str) -> dict[str, Any]:
    found = district.law().search(words)
    return {
        "title": _("法规数值"),
        "count": len(found),
        "rows": [
            (f"/law/{rule.name}/?place={rule.place}", rule, rule.name) for rule in found[:MOST]
        ],
        "all": f"/law/?q={quote(words)}",
    }


def _documents(words: str) -> dict[str, Any]:
    asked = words.casefold()
    found = [
        document
        for document in district.law().documents()
        if asked in f"{document.number} {document.title} {document.title_en}".casefold()
    ]
    rows = [
        (f"/law/?document={quote(document.number or document.title)}", document, document.number)
        for document in found[:MOST]
    ]
    return {"title": _("文件"), "count": len(found), "rows": rows, "all": ""}


def _figures(words: str) -> dict[str, Any]:
    asked = words.casefold()
    found = [entry for entry in entries().values() if asked in entry.name.casefold()]
    rows = [(f"/explain/{entry.name}/", {"title": entry.name}, "") for entry in found[:MOST]]
    return {"title": _("数字"), "count": len(found), "rows": rows, "all": ""}
