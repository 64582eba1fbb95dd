"""Wiring: settings, addresses, the base page and its looks. Nobody imports this floor but cli."""

from __future__ import annotations

import os
from pathlib import Path


def start(home: Path | None = None) -> None:
    """Set Django up for the district in ``home``; calling it again changes nothing.

    Without ``home`` the environment decides (``SHUIHENG_HOME``), else ``var/home``.
    """
    import django
    from django.apps import apps

    if home is not None and not apps.ready:
        os.environ["SHUIHENG_HOME"] = str(home.resolve())
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shuiheng.web.settings")
    if not apps.ready:
        django.setup()
