"""A served small district and a browser, for the tests that need both."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.browser.chromium import LOOPBACK, QUIET, executable, serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Give the address of a server with the small district."""
    home = tmp_path_factory.mktemp("browser") / "home"
    subprocess.run(
        [sys.executable, "-m", "tests.web.small_district", str(home)], check=True, cwd=ROOT
    )
    with serving(home) as base:
        yield base


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Give the system's Chromium; skip where there is none."""
    if executable() is None:
        pytest.skip("Chromium is not installed here, so the pages were not tried in a browser.")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        started = play.chromium.launch(executable_path=executable(), args=QUIET)
        yield started
        started.close()


@pytest.fixture
def open_page(address: str, browser: Browser) -> Iterator[Callable[..., Page]]:
    """Give a function that opens a page; any request off this machine or script error fails."""
    strayed: list[str] = []
    contexts: list[Any] = []

    def opened(
        path: str, *, width: int = 1440, height: int = 900, dark: bool = False, lang: str = "zh-CN",
        scripts: bool = True, print_: bool = False,
    ) -> Page:  # fmt: skip
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light", locale=lang, java_script_enabled=scripts,
        )  # fmt: skip
        contexts.append(context)
        page = context.new_page()
        page.on(
            "request",
            lambda r: None if r.url.startswith(LOOPBACK) else strayed.append(f"request: {r.url}"),
        )
        page.on("pageerror", lambda error: strayed.append(f"{path}: {error}"))
        page.on(
            "console",
            lambda said: strayed.append(f"{path}: {said.text}") if said.type == "error" else None,
        )
        if print_:
            page.emulate_media(media="print")
        page.goto(address + path, wait_until="load")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert strayed == []
