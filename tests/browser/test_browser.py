"""The pages in a real browser: nothing from outside, nothing too wide, keys, looks, contrast."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser
KINDS = [
    "/", "/tasks/8/", "/targets/plan_2020/network_leakage/", "/explain/leakage/comprehensive_rate/",
    "/users/", "/users/U-0001/", "/meters/", "/meters/M-0002/?month=2020-04", "/law/",
    "/law/key_users/annual_use_threshold/", "/findings/", "/imports/", "/mechanisms/", "/about/",
    "/search/?q=M-0", "/style/", "/missing/",
]  # fmt: skip
TOO_FAINT = """() => {
  const parse = c => (c.match(/[\\d.]+/g) || []).map(Number);
  const light = ([r, g, b]) => [r, g, b].map(v => v / 255)
    .map(v => v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
  const ground = e => { for (; e; e = e.parentElement) {
      const c = parse(getComputedStyle(e).backgroundColor);
      if (c.length === 3 || c[3] === 1) return c;
    } return [255, 255, 255]; };
  const faint = [];
  for (const e of document.querySelectorAll('main *, header *, footer *')) {
    const own = [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
    if (!own || e.closest('svg') || !e.getClientRects().length) continue;
    const style = getComputedStyle(e);
    const [a, b] = [light(parse(style.color)), light(ground(e))].sort((x, y) => y - x);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && parseInt(style.fontWeight) >= 700);
    if ((a + .05) / (b + .05) < (large ? 3 : 4.5))
      faint.push(e.textContent.trim().slice(0, 30) + ' ' + style.color);
  }
  return faint;
}"""


@pytest.mark.parametrize("path", KINDS)
@pytest.mark.parametrize(("width", "dark", "lang"), [(1440, False, "zh-CN"), (390, True, "en-GB")])
def test_fits_and_can_be_read(
    open_page: Callable[..., Page], path: str, width: int, dark: bool, lang: str
) -> None:
    page = open_page(path, width=width, height=844, dark=dark, lang=lang)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(TOO_FAINT) == []


@pytest.mark.parametrize("path", ["/", "/users/U-0001/", "/meters/M-0002/?month=2020-04", "/law/"])
def test_without_scripts_a_page_says_the_same(open_page: Callable[..., Page], path: str) -> None:
    plain = open_page(path, scripts=False)
    assert plain.locator("h1").count() == 1
    assert plain.locator("[data-needs-js]:visible").count() == 0
    assert plain.locator("#theme-switch:visible").count() == 0
    for place in range(plain.locator("figure.chart").count()):
        chart = plain.locator("figure.chart").nth(place)
        assert chart.locator("svg.plot:visible").count() <= 1
        if chart.locator("svg.plot").count():
            if chart.locator("summary").count():
                chart.locator("summary").click()
                assert chart.locator("table tbody tr:visible").count() > 0
            else:  # a meter's table stands open below its chart
                assert plain.locator("table.volumes tbody tr:visible").count() > 0


def test_an_explanation_opens_beside_the_page(open_page: Callable[..., Page]) -> None:
    page = open_page("/")
    page.locator(".tile a[hx-get]").first.click()
    page.locator("#beside:visible .tree .node").first.wait_for()
    assert page.url.endswith("/")
    assert "/explain/" in (page.locator("#beside-whole").get_attribute("href") or "")
    page.keyboard.press("Escape")
    assert page.locator("#beside:visible").count() == 0


def test_keys(open_page: Callable[..., Page]) -> None:
    page = open_page("/users/")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "search"
    page.keyboard.press("Escape")
    page.locator("h1").click()
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/users/U-0002/")
    page.keyboard.press("?")
    assert page.locator("#keys[open]").count() == 1
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.press("b")
    page.wait_for_url("**:*/")
    assert page.locator(".standing").count() == 1


def test_the_look_is_chosen_and_kept(open_page: Callable[..., Page]) -> None:
    page = open_page("/about/")
    page.locator("#theme-switch").click()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    page.reload()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.locator("#theme-switch").click()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != dark


def test_the_language_keeps_the_address(open_page: Callable[..., Page]) -> None:
    page = open_page("/meters/?role=intake&sort=-number")
    page.locator("a.switch[hreflang=en]").click()
    page.wait_for_url("**/meters/?role=intake&sort=-number&lang=en")
    assert page.locator("h1").inner_text() == "Meters"
    page.locator("nav a[data-go=u]").click()
    assert page.locator("h1").inner_text() == "Users"


def test_a_filter_applies_by_itself(open_page: Callable[..., Page]) -> None:
    page = open_page("/users/")
    page.locator("select[name=use]").select_option("U2")
    page.wait_for_url("**use=U2**")
    assert page.locator("tbody tr").count() == 1


def test_a_chart_tells_its_values(open_page: Callable[..., Page]) -> None:
    page = open_page("/meters/M-0001/")
    page.locator("#timeline svg.wide .hit rect").nth(3).hover()
    assert "2020-04" in page.locator("#timeline output").inner_text()
    page.locator("#timeline svg.wide").focus()
    page.keyboard.press("ArrowRight")
    assert "2020-05" in page.locator("#timeline output").inner_text()
    with page.expect_download() as given:
        page.locator("#timeline [data-picture]").click()
    assert given.value.suggested_filename == "meter-M-0001.svg"


def test_focus_is_seen_and_the_content_can_be_skipped_to(open_page: Callable[..., Page]) -> None:
    page = open_page("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_on_paper_there_is_no_furniture(open_page: Callable[..., Page]) -> None:
    page = open_page("/", print_=True)
    for part in (".nav", ".tools", ".filters", ".about"):
        assert page.locator(f"{part}:visible").count() == 0
    assert page.locator(".standing:visible").count() == 1


def test_the_thumb_reaches_the_menu(open_page: Callable[..., Page]) -> None:
    page = open_page("/users/", width=390, height=844)
    box = page.locator("nav.nav").bounding_box()
    assert box is not None and box["y"] + box["height"] >= 843
    for link in page.locator("nav.nav a:visible").all():
        size = link.bounding_box()
        assert size is not None and size["height"] >= 44 and size["width"] >= 44
