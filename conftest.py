"""What all tests share: Django, set up once, with a database that is thrown away."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def django_ready(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Set Django up on an empty home and a database in memory; give the home's folder."""
    home = tmp_path_factory.mktemp("home")
    os.environ["SHUIHENG_HOME"] = str(home)
    os.environ.pop("SHUIHENG_DATABASE_URL", None)
    os.environ["DJANGO_SETTINGS_MODULE"] = "shuiheng.web.settings"
    import django

    django.setup()
    from django.test.utils import (
        setup_databases,
        setup_test_environment,
        teardown_databases,
        teardown_test_environment,
    )

    setup_test_environment()
    kept = setup_databases(verbosity=0, interactive=False)
    yield home
    teardown_databases(kept, verbosity=0)
    teardown_test_environment()


@pytest.fixture
def db(django_ready: Path) -> Iterator[None]:
    """Let one test use the database; what it writes is undone after it."""
    from django.db import transaction

    with transaction.atomic():
        yield
        transaction.set_rollback(True)
