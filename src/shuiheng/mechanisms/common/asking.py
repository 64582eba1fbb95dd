"""What the address asks: a day, a word; wrong ones are refused in a sentence."""

from __future__ import annotations

from datetime import date

from django.http import Http404, HttpRequest
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
