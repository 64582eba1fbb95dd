"""What the server calls for each request; the board is built while the first is awaited."""

from __future__ import annotations

import logging
import os
from threading import Thread

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shuiheng.web.settings")
application = get_wsgi_application()


def warm() -> None:
    """Read the law and build the board once, so that the first reader does not wait for it."""
    from django.db import DatabaseError, connection

    from shuiheng.mechanisms.assessment import pages
    from shuiheng.store import LakeBroken, LakeBusy, NoHome, NoLake

    try:
        pages.standing()
    except (NoHome, NoLake, LakeBroken, LakeBusy, DatabaseError) as missing:
        logging.getLogger("shuiheng.web").info("The board is not ready yet: %s", missing)
    finally:
        connection.close()


Thread(target=warm, name="warm", daemon=True).start()
