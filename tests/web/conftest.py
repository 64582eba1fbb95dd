"""A small district for the tests of the pages: its readings are made once, its tables per test."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.web import small_district

if TYPE_CHECKING:
    from django.test import Client


@pytest.fixture(scope="session")
def filled_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a home with readings and no database."""
    folder = tmp_path_factory.mktemp("small")
    small_district.home(folder)
    small_district.readings(folder)
    return folder


@pytest.fixture
def reader(db: None, filled_home: Path, monkeypatch: pytest.MonkeyPatch) -> Client:
    """Give somebody who reads the pages of the small district, in Chinese."""
    from django.conf import settings
    from django.test import Client

    monkeypatch.setattr(settings, "HOME", filled_home)
    monkeypatch.setenv("SHUIHENG_HOME", str(filled_home))
    small_district.register()
    return Client(raise_request_exception=False)


@pytest.fixture
def own_reader(
    db: None, filled_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Client:
    """Give somebody whose small district is a copy of its own, which may be changed."""
    from django.conf import settings
    from django.test import Client

    folder = tmp_path / "own"
    shutil.copytree(filled_home, folder)
    monkeypatch.setattr(settings, "HOME", folder)
    monkeypatch.setenv("SHUIHENG_HOME", str(folder))
    small_district.register()
    return Client(raise_request_exception=False)
