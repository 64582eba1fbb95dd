"""Every address of the server is listed with its guard, and none can change anything."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

if TYPE_CHECKING:
    from django.test import Client

LISTED = yaml.safe_load(Path(__file__).with_name("routes.yaml").read_text(encoding="utf-8"))
GUARDS = {"public": "anybody who reaches the server may read it"}
CHANGING = ("post", "put", "patch", "delete")


def routes() -> dict[str, str]:
    """Return the name of each address by its pattern."""
    from django.urls import URLPattern, get_resolver

    found = {}
    for pattern in get_resolver().url_patterns:
        assert isinstance(pattern, URLPattern), "Addresses are listed flat, without include()."
        found[str(pattern.pattern)] = pattern.name or ""
    return found


def test_the_list_and_the_server_agree() -> None:
    there, listed = routes(), {one["path"]: one["name"] for one in LISTED}
    assert set(there) - set(listed) == set(), "List these in tests/house/routes.yaml, with a guard."
    assert set(listed) - set(there) == set(), "These are listed and not there any more."
    assert there == listed
    assert len(set(there.values())) == len(there), "Two addresses share a name."


@pytest.mark.parametrize("route", LISTED, ids=lambda route: route["name"])
def test_the_guard_is_known_and_the_methods_only_read(route: dict[str, str]) -> None:
    assert route["guard"] in GUARDS
    assert route["methods"] == "GET"


@pytest.mark.parametrize("route", LISTED, ids=lambda route: route["name"])
def test_no_address_can_change_anything(route: dict[str, str], client: Client) -> None:
    address = "/" + re.sub(r"<[^>]+>", "1", route["path"]).lstrip("^").rstrip("$")
    for method in CHANGING:
        assert getattr(client, method)(address).status_code == 405, f"{method} {address}"
