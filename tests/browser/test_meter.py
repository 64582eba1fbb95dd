"""A meter in a real browser: from the year to the hour without a new page, and an edit."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser


def shown(page: Page) -> str:
    """Return what the chart shows now: 2020, 2020-07, 2020-07-03."""
    return page.locator("#meter-chart .chart-head h2").inner_text()


def wait_for(page: Page, words: str) -> None:
    """Wait until the chart shows a stretch of time."""
    page.wait_for_function(
        "words => document.querySelector('#meter-chart .chart-head h2')?.innerText === words",
        arg=words,
    )


def test_from_the_year_to_the_hour_without_a_new_page(open_page: Callable[..., Page]) -> None:
    page = open_page("/meters/M-0001/")
    page.evaluate("window.stayed = true")
    pages: list[str] = []
    page.on("request", lambda r: pages.append(r.url) if r.resource_type == "document" else None)
    plot = "svg.plot.timeline.wide .hit"
    assert shown(page) == "2020"
    page.locator(plot).nth(6).click()
    wait_for(page, "2020-07")
    page.locator(plot).nth(2).click()
    wait_for(page, "2020-07-03")
    assert page.locator(plot).count() == 24
    page.locator(plot).nth(8).click()
    page.wait_for_selector("#beside:not([hidden]) h1")
    assert "08:00" in page.locator("#beside-content h1").inner_text()
    page.keyboard.press("Escape")
    assert page.evaluate("window.stayed") is True and pages == []
    assert "from=2020-07-03&to=2020-07-04" in page.url
    page.go_back()
    wait_for(page, "2020-07")
    page.go_back()
    wait_for(page, "2020")


def test_keys_walk_through_time(open_page: Callable[..., Page]) -> None:
    page = open_page("/meters/M-0001/?month=2020-05")
    page.locator("svg.plot.timeline.wide").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert "2020-05-02" in page.locator("#timeline output").inner_text()
    page.keyboard.press("+")
    wait_for(page, "2020-05-02")
    page.keyboard.press("-")
    wait_for(page, "2020-05")
    page.locator("#meter-chart").focus()
    page.keyboard.press("ArrowLeft")
    wait_for(page, "2020-04")


def test_a_drag_over_bars_shows_that_stretch(open_page: Callable[..., Page]) -> None:
    page = open_page("/meters/M-0001/?month=2020-05")
    bars = page.locator("svg.plot.timeline.wide .hit")
    first, last = bars.nth(3).bounding_box(), bars.nth(6).bounding_box()
    assert first and last
    page.mouse.move(first["x"] + first["width"] / 2, first["y"] + 80)
    page.mouse.down()
    page.mouse.move(last["x"] + last["width"] / 2, last["y"] + 80, steps=8)
    page.mouse.up()
    wait_for(page, "2020-05-04 – 2020-05-07")


def test_without_scripts_the_same_are_links(open_page: Callable[..., Page]) -> None:
    page = open_page("/meters/M-0001/", scripts=False)
    page.locator("table.volumes a[href*='from=2020-07-01']").first.click()
    page.wait_for_url(re.compile(r"from=2020-07-01"))
    page.locator("svg.plot.timeline.wide .hit a").nth(2).click()
    page.wait_for_url(re.compile(r"from=2020-07-03"))
    assert shown(page) == "2020-07-03"


@pytest.mark.parametrize("scripts", [True, False])
def test_an_edit_is_made_and_withdrawn(open_page: Callable[..., Page], scripts: bool) -> None:
    # Another reading in each run: the district is shared by the tests of a session.
    meter, day = ("M-0001", "2020-03-01") if scripts else ("M-0004", "2020-05-01")
    page = open_page(f"/meters/{meter}/?from={day}&to={day}T01:00&by=hour", scripts=scripts)
    page.locator("a[href*='/edit/?at=']").last.click()
    page.wait_for_selector("form.edit")
    old = page.locator("#old").input_value()
    page.fill("#new", f"{float(old) + 5:.3f}")
    page.fill("#author", "张三")
    page.fill("#reason", "现场核对")
    page.click("button[value=preview]")
    page.wait_for_selector("table.effect")
    assert "+5" in page.locator("table.effect").inner_text().replace("5.000", "+5")
    page.click("button[value=confirm]")
    page.wait_for_selector(".notice[role=status]")
    assert "done=" in page.url and "张三" in page.locator(".notice").first.inner_text()
    assert page.locator("#changes ~ .scroll tbody tr").count() >= 2
    page.locator(".notice a").first.click()
    page.wait_for_selector("form.edit")
    page.fill("#author", "张三")
    page.fill("#reason", "测试完毕")
    page.click("button[value=preview]")
    page.wait_for_selector("button[value=confirm]")
    page.click("button[value=confirm]")
    page.wait_for_selector(".notice[role=status]")
    assert "撤回" in page.locator(".notice").first.inner_text()


@pytest.mark.parametrize("path", ["/meters/M-0003/?year=2020", "/meters/attention/",
                                  "/meters/M-0001/edit/"])  # fmt: skip
def test_nothing_is_wider_than_a_phone(open_page: Callable[..., Page], path: str) -> None:
    page = open_page(path, width=390, height=844)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
