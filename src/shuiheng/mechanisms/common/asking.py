"""What the address asks: a day, a word; wrong ones are refused in a sentence."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from ipaddress import ip_address

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from shuiheng.mechanisms.common import district


def day_asked(request: HttpRequest, name: str = "on") -> date:
    """Return the day the address names, else the district's day, else today.

    :raises Http404: if the address names something that is no day
    """
    written = request.GET.get(name, "").strip()
    if not written:
        return district.asked_on() or timezone.localdate()
    found = parsed_day(written)
    if found is None:
        raise Http404(_("“%(written)s”不是日期。日期写作 2020-12-31。") % {"written": written[:40]})
    return found


def parsed_day(written: str) -> date | None:
    """Return the day written as 2020-12-31, or None.

    >>> parsed_day("2020-12-31"), parsed_day("2020-13-01")
    (datetime.date(2020, 12, 31), None)
    """
    try:
        return date.fromisoformat(written)
    except ValueError:
        return None


def words_asked(request: HttpRequest, name: str = "q") -> str:
    """Return the words the address searches for, at most eighty characters of them."""
    return request.GET.get(name, "").replace("\x00", "").strip()[:80]


def takes_posts(page: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Mark a page as one of the few that something can be sent to; all others only read."""
    page.takes_posts = True  # type: ignore[attr-defined]
    return page


def may_write(request: HttpRequest) -> bool:
    """Return whether the asker may change something: until there is a login, from this machine.

    ``SHUIHENG_EDITS`` = ``all`` lets everybody who reaches the server, ``off`` nobody.
    """
    if settings.EDITS != "local":
        return bool(settings.EDITS == "all")
    if any(name in request.META for name in ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED")):
        return False
    try:
        return ip_address(str(request.META.get("REMOTE_ADDR", "")).split("%")[0]).is_loopback
    except ValueError:
        return False
