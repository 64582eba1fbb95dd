"""What happens around every page: language, read-only face, security headers."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import render
from django.utils import translation

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
    """Refuse every method that could change something: these pages are only read."""

    def respond(request: HttpRequest) -> HttpResponse:
        if request.method in {"GET", "HEAD"}:
            return answer(request)
        page = render(request, "web/405.html", status=405)
        refusal = HttpResponseNotAllowed(["GET", "HEAD"], page.content)
        refusal.headers["Content-Type"] = page.headers["Content-Type"]
        return refusal

    return respond
