"""What every page needs to know: the district, the version, where the reader is."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy as _

from shuiheng.mechanisms.common import district

# address, word, icon, key after "g", whether it has room on a phone
NAV = (
    ("/", _("看板"), "board", "b", True),
    ("/users/", _("用户"), "users", "u", True),
    ("/meters/", _("水表"), "meters", "m", True),
    ("/accounts/", _("水账"), "accounts", "w", False),
    ("/law/", _("法规"), "law", "l", True),
    ("/findings/", _("发现"), "findings", "f", False),
    ("/imports/", _("导入"), "imports", "i", False),
    ("/mechanisms/", _("机制"), "mechanisms", "k", False),
    ("/about/", _("关于"), "more", "a", True),
)


def page(request: HttpRequest) -> dict[str, Any]:
    """Return what the base page shows."""
    here = district.home()
    path = request.path
    return {
        "district": here,
        "is_demo": bool(here and here.demo),
        "asked_on": here.asked_on if here else None,
        "version": settings.SHUIHENG_VERSION,
        # Asked for only by the pages that show figures.
        "stale_meters": SimpleLazyObject(district.stale_meters),
        "nav": [
            {
                "href": href, "word": word, "icon": icon, "key": key, "phone": phone,
                "here": path == href if href == "/" else path.startswith(href),
            }
            for href, word, icon, key, phone in NAV
        ],
    }  # fmt: skip
