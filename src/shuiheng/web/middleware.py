"""What happens around every page: language, read-only face, security headers."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import render
from django.urls import Resolver404, resolve
from django.utils import translation
from django.utils.translation import gettext as _

from shuiheng.store import LakeBroken, LakeBusy, LakeFailed, LakeOutdated, NoHome, NoLake

log = logging.getLogger("shuiheng.web")
Answer = Callable[[HttpRequest], HttpResponse]

# Nothing from outside, no script or style written into a page.
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
WORDS = {"zh": "zh-hans", "zh-hans": "zh-hans", "zh-cn": "zh-hans", "en": "en"}


def content_security(answer: Answer) -> Answer:
    """Tell the browser to load nothing from outside and to run nothing written into the page."""

    def respond(request: HttpRequest) -> HttpResponse:
        response = answer(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        response.headers.setdefault(
            "Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=()"
        )
        return response

    return respond


def language(answer: Answer) -> Answer:
    """Choose the language: the address (``?lang=en``), then the cookie, then the browser.

    A language named in the address is remembered in a cookie, so that the pages that follow keep
    it without carrying it along.
    """

    def respond(request: HttpRequest) -> HttpResponse:
        named = WORDS.get(request.GET.get("lang", "").lower())
        code = named or translation.get_language_from_request(request)
        translation.activate(code)
        request.LANGUAGE_CODE = translation.get_language()
        response = answer(request)
        response.headers.setdefault("Content-Language", code)
        response.headers["Vary"] = ", ".join(
            filter(None, (response.headers.get("Vary"), "Accept-Language, Cookie"))
        )
        if named and named != request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME):
            response.set_cookie(
                settings.LANGUAGE_COOKIE_NAME,
                named,
                max_age=settings.LANGUAGE_COOKIE_AGE,
                samesite=settings.LANGUAGE_COOKIE_SAMESITE,
            )
        return response

    return respond


def read_only(answer: Answer) -> Answer:
    """Refuse every method that could change something, but for the pages that are made for it."""

    def respond(request: HttpRequest) -> HttpResponse:
        if request.method in {"GET", "HEAD"}:
            return answer(request)
        written = _takes_posts(request)
        if request.method == "POST" and written:
            return answer(request)
        page = render(request, "web/405.html", status=405)
        methods = ["GET", "HEAD", "POST"] if written else ["GET", "HEAD"]
        refusal = HttpResponseNotAllowed(methods, page.content)
        refusal.headers["Content-Type"] = page.headers["Content-Type"]
        return refusal

    return respond


def _takes_posts(request: HttpRequest) -> bool:
    try:
        return bool(getattr(resolve(request.path_info).func, "takes_posts", False))
    except Resolver404:
        return False


class Troubles:
    """Turn what keeps every page from being made (no district, no lake) into a sentence."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request."""
        return self.answer(request)

    def process_exception(self, request: HttpRequest, problem: Exception) -> HttpResponse | None:
        """Return a page that says what is missing and what to do, or None for a real failure."""
        init = f"shuiheng registry init --home {settings.HOME} --name NAME --place CODE"
        match problem:
            case NoHome() | NoLake():
                heading = _("这里还没有数据")
                why = _("这个文件夹里还没有一个区的数据。")
                now = [_("先做一个演示区，或登记自己的区，再打开本页。")]
                command = f"shuiheng demo\n{init}"
            case LakeBusy():
                heading, command = _("读数正在写入"), ""
                why = _("另一个程序正在写读数，还没有写完。")
                now = [_("过一会儿再试；已写入的读数不会丢。")]
            case LakeOutdated():
                heading, command = _("读数库是旧版的"), "shuiheng demo"
                why = _("读数库由较早的版本写成，这个版本读不了；什么都没有改动。")
                now = [
                    _("演示区用 shuiheng demo 会自行重建。"),
                    _("自己的数据：把 lake 文件夹移到别处，再从原来的文件重新读入。"),
                ]
            case LakeBroken() | LakeFailed() | DatabaseError():
                log.error("%s: %s", request.path, problem)
                heading, command = _("读不出数据"), f"shuiheng demo\n{init}"
                why = _("数据库或读数库打不开，或者还没有建好。")
                now = [_("从备份恢复这个文件夹；没有备份就用下面的命令重新建一个，再读入数据。")]
            case _:
                return None
        context = {"heading": heading, "why": why, "what_now": now, "command": command}
        return render(request, "web/trouble.html", context, status=503)
