"""Opening a district for a command: settings, database, and refusals in one sentence."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from shuiheng.cli.terminal import Refusal, home_folder


def open_district(home: Path | None) -> Path:
    """Make the district in the home folder the one that queries speak of, and return the folder.

    :raises Refusal: if the folder holds no district
    """
    from shuiheng.store.home import Home, NoHome

    folder = home_folder(home).resolve()
    try:
        Home.open(folder)
    except NoHome as missing:
        raise Refusal(str(missing)) from missing
    os.environ["SHUIHENG_HOME"] = str(folder)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shuiheng.web.settings")
    import django

    django.setup()
    return folder


@contextmanager
def refuse_lookup() -> Iterator[None]:
    """Turn a name of a rule, plan or figure that does not exist into a refusal."""
    from shuiheng.mechanisms.assessment.queries import UnknownFigure
    from shuiheng.rules import NotInForce, UnknownRule

    try:
        yield
    except (UnknownFigure, UnknownRule, NotInForce) as unknown:
        raise Refusal(str(unknown)) from unknown
