"""The pages every mechanism shares: what was noticed about data, and what was read in."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any
from urllib.parse import quote

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import path
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from shuiheng.basics import SHANGHAI
from shuiheng.mechanisms.common import district
from shuiheng.mechanisms.common.asking import words_asked
from shuiheng.mechanisms.common.listing import Column, Filter, Listing
from shuiheng.mechanisms.common.models import DataFinding, ImportRun
from shuiheng.store import NoLake

LEVELS = {"blocks": "阻断", "warns": "提醒", "informs": "告知"}
ORDER = list(LEVELS)


def all_findings() -> list[dict[str, Any]]:
    """Return the findings about readings and about imports: the gravest, then the rarest, first."""
    try:
        found = list(district.lake().findings())
    except NoLake:
        found = []
    found += [
        {
            "meter": "", "at": row.found_at, "code": row.code, "level": row.level,
            "text": row.text, "text_en": row.text_en, "facts": row.facts,
            "import_run": row.import_run_id,
        }
        for row in DataFinding.objects.all()
    ]  # fmt: skip
    often = Counter(one["code"] for one in found)
    return sorted(
        found, key=lambda one: (ORDER.index(one["level"]), often[one["code"]], one["code"])
    )


def findings(request: HttpRequest) -> HttpResponse:
    """List what was noticed, filtered by words, level and code."""
    q = words_asked(request)
    every = all_findings()
    asked = {key: request.GET.get(key, "") for key in ("level", "code")}
    chosen = [
        one
        for one in every
        if asked["level"] in ("", one["level"])
        and asked["code"] in ("", one["code"])
        and q.casefold() in f"{one['text']} {one['text_en']} {one['meter']}".casefold()
    ]
    listing = Listing(
        request, chosen, finding_columns(), name=_("发现"), title=_("检查数据时的发现"),
        source=_("读数检查与导入检查"),
    )  # fmt: skip
    if (file := listing.export()) is not None:
        return file
    codes = Counter(one["code"] for one in every)
    context = {
        "listing": listing,
        "filters": [
            Filter("level", _("级别"), [(k, _(w)) for k, w in LEVELS.items()], asked["level"]),
            Filter(
                "code", _("代码"), [(c, f"{c} ({n})") for c, n in sorted(codes.items())],
                asked["code"],
            ),
        ],
        "filtered": bool(q or asked["level"] or asked["code"]),
        "q": q,
        "find_hint": _("表号、句中的词"),
        "tally": [(key, Counter(o["level"] for o in every)[key]) for key in LEVELS],
        "nothing": _("没有发现。"),
        "nothing_hint": _("读入数据并检查后，注意到的问题会列在这里。"),
    }  # fmt: skip
    return render(request, "common/findings.html", context)


def _cell(name: str, **context: Any) -> SafeString:
    return render_to_string(f"common/{name}.html", context)


def finding_columns() -> list[Column]:
    """Return the columns of the list of findings."""
    return [
        Column(
            "level", _("级别"), lambda one: _(LEVELS[one["level"]]),
            lambda one: _cell("cell_level", one=one), ("level",), nowrap=True,
        ),
        Column(
            "text", _("发现"), lambda one: one["text"],
            lambda one: _cell("cell_sentence", one=one), wide=True,
        ),
        Column(
            "meter", _("水表"), lambda one: one["meter"],
            lambda one: _cell("cell_meter", one=one, href=f"/meters/{quote(one['meter'])}/"),
            ("meter",), nowrap=True,
        ),
        Column("at", _("首次"), lambda one: _moment(one["at"]), None, ("at",), nowrap=True),
        Column("code", _("代码"), lambda one: one["code"], None, ("code",), about=_("稳定的代码")),
        Column("text_en", "English", lambda one: one["text_en"], hidden=True),
    ]  # fmt: skip


def kind_word(kind: str) -> str:
    """Return what an import's content is called; other kinds as they are written."""
    words = {
        "users": _("用水户"), "meters": _("水表"), "readings": _("读数"), "bindings": _("表户关系"),
        "declared": _("申报值"), "series": _("统计序列"), "volumes": _("申报水量"),
        "exchanges": _("换表记录"),
    }  # fmt: skip
    return words.get(kind, kind)


def _moment(at: Any) -> str:
    if isinstance(at, str) and at:
        try:
            at = datetime.fromisoformat(at)
        except ValueError:
            return at
    if not isinstance(at, datetime):
        return ""
    return f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}" if at.tzinfo else f"{at:%Y-%m-%d %H:%M}"


def imports(request: HttpRequest) -> HttpResponse:
    """List the files that were read in."""
    listing = Listing(
        request, ImportRun.objects.all(), import_columns(), name=_("导入"), title=_("读入过的文件"),
        sort="-started",
    )  # fmt: skip
    if (file := listing.export()) is not None:
        return file
    context = {
        "listing": listing,
        "filtered": False,
        "nothing": _("还没有读入文件。"),
        "nothing_hint": _("用 shuiheng readings import 或 shuiheng registry import 读入。"),
    }
    return render(request, "common/imports.html", context)


def import_columns() -> list[Column]:
    """Return the columns of the list of imports."""
    return [
        Column(
            "file", _("文件"), lambda run: run.file_name,
            lambda run: _cell("cell_import", run=run), ("file_name",),
        ),
        Column(
            "kind", _("内容"), lambda run: kind_word(run.kind),
            lambda run: _cell("cell_word", word=kind_word(run.kind)), ("kind",),
        ),
        Column(
            "started", _("读入时间"), lambda run: run.started_at, None, ("started_at",), nowrap=True
        ),
        Column(
            "read", _("读到的行"), lambda run: run.rows_read, None, ("rows_read",), number=True
        ),
        Column(
            "taken", _("采用的行"), lambda run: run.rows_taken, None, ("rows_taken",), number=True
        ),
        Column(
            "refused", _("退回的行"), lambda run: run.rows_refused, None, ("rows_refused",),
            number=True,
        ),
        Column("by", _("经手"), lambda run: run.by, lambda run: _cell("cell_zh", text=run.by)),
        Column("digest", "SHA-256", lambda run: run.digest, hidden=True),
    ]  # fmt: skip


def one_import(request: HttpRequest, key: int) -> HttpResponse:
    """Show one import with what was noticed in the file."""
    run = ImportRun.objects.filter(pk=key).first()
    if run is None:
        raise Http404(_("没有编号为 %(key)s 的导入。") % {"key": key})
    context = {"run": run, "kind": kind_word(run.kind), "findings": run.findings.all()[:500]}
    return render(request, "common/import.html", context)


urlpatterns = [
    path("findings/", findings, name="findings"),
    path("imports/", imports, name="imports"),
    path("imports/<int:key>/", one_import, name="import"),
]
