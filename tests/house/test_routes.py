"""Every address of the server is listed with its guard; few can change anything, and how."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

if TYPE_CHECKING:
    from django.test import Client

LISTED = yaml.safe_load(Path(__file__).with_name("routes.yaml").read_text(encoding="utf-8"))
GUARDS = {
    "public": "anybody who reaches the server may read it",
    "named": "anybody may read it; what is sent needs this machine, a token and a name",
}
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
    assert route["methods"] == ("GET, POST" if route["guard"] == "named" else "GET")


@pytest.mark.parametrize("route", LISTED, ids=lambda route: route["name"])
def test_only_the_listed_can_change_anything(route: dict[str, str], client: Client) -> None:
    address = "/" + re.sub(r"<[^>]+>", "1", route["path"]).lstrip("^").rstrip("$")
    for method in CHANGING:
        if method.upper() not in route["methods"]:
            assert getattr(client, method)(address).status_code == 405, f"{method} {address}"


@pytest.mark.parametrize(
    "route", [one for one in LISTED if "POST" in one["methods"]], ids=lambda route: route["name"]
)
def test_what_is_sent_needs_a_token(route: dict[str, str], db: None) -> None:
    from django.test import Client

    address = "/" + re.sub(r"<[^>]+>", "1", route["path"])
    answer = Client(enforce_csrf_checks=True).post(address, {"author": "张三"})
    assert answer.status_code == 403
    assert "没有被接受" in answer.content.decode()
