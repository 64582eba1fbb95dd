"""Pictures of each page kind: two languages, light and dark, wide and narrow.

``python tests/browser/screenshots.py --home var/home`` writes them to ``var/screenshots`` and the
board to ``docs/assets/board.png`` (``make screenshots``). Somebody looks at them before a page is
called done.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from playwright.sync_api import Browser, sync_playwright
from tests.browser.chromium import QUIET, executable, serving

PAGES = {
    "board": "/",
    "task": "/tasks/8/",
    "target": "first:/:a[href^='/targets/']",
    "explain": "first:/:a[href^='/explain/']",
    "users": "/users/",
    "user": "first:/users/?sort=number:tbody a[href^='/users/']",
    "meters": "/meters/",
    "meter": "first:/meters/:tbody a[href^='/meters/']",
    "meter-trees": "/meters/tree/",
    "meter-tree": "first:/meters/tree/?kind=unit:tbody a[href$='/tree/']",
    "meter-month": "/meters/B01070/?month=2020-04",
    "meter-hours": "/meters/B01070/?day=2020-04-21",
    "attention": "/meters/attention/",
    "edit": "/meters/B01070/edit/",
    "how": "/meters/B01070/how/?from=2020-04-21&to=2020-04-22",
    "law": "/law/",
    "law-documents": "/law/?by=document",
    "rule": "/law/key_users/annual_use_threshold/",
    "accounts": "/accounts/",
    "findings": "/findings/",
    "imports": "/imports/",
    "mechanisms": "/mechanisms/",
    "about": "/about/",
    "search": "/search/?q=漏损",
    "style": "/style/",
    "nothing": "/nowhere/",
}
WIDE, NARROW = (1440, 900), (390, 844)


def picture(
    browser: Browser, address: str, target: Path, *, lang: str, dark: bool, size: tuple[int, int],
    whole: bool = True,
) -> None:  # fmt: skip
    """Take one picture."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        color_scheme="dark" if dark else "light",
        locale="en-GB" if lang == "en" else "zh-CN",
    )
    page = context.new_page()
    page.goto(address, wait_until="load")
    target.parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=str(target), full_page=whole)
    context.close()


def resolved(browser: Browser, base: str, where: str) -> str | None:
    """Return the address of a page; ``first:<page>:<selector>`` means the first such link on it."""
    if not where.startswith("first:"):
        return where
    _first, start, selector = where.split(":", 2)
    page = browser.new_page()
    page.goto(base + start)
    link = page.query_selector(selector)
    href = link.get_attribute("href") if link else None
    page.close()
    return href


def main(arguments: list[str] | None = None) -> int:
    """Take all pictures, or those of the pages named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, default=Path("var/home"))
    parser.add_argument("--into", type=Path, default=Path("var/screenshots"))
    parser.add_argument("--board", type=Path, help="where the README's picture goes")
    parser.add_argument("--address", help="a server that runs already")
    parser.add_argument("pages", nargs="*", choices=[*PAGES, []])
    asked = parser.parse_args(arguments)
    if executable() is None:
        sys.stderr.write("No Chromium was found; install the package chromium.\n")
        return 2
    if asked.address:
        take(asked.address, asked)
        return 0
    with serving(asked.home) as base:
        take(base, asked)
    return 0


def take(base: str, asked: argparse.Namespace) -> None:
    """Take the pictures from the server at ``base``."""
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=executable(), args=QUIET)
        for name in asked.pages or PAGES:
            where = resolved(browser, base, PAGES[name])
            if where is None:
                sys.stderr.write(f"{name}: no such page here\n")
                continue
            for size, word in ((WIDE, "wide"), (NARROW, "narrow")):
                for dark in (False, True):
                    for lang in ("zh", "en"):
                        look = "dark" if dark else "light"
                        picture(
                            browser, base + where, asked.into / f"{name}-{word}-{look}-{lang}.png",
                            lang=lang, dark=dark, size=size,
                        )  # fmt: skip
        if asked.board:
            picture(
                browser, base + "/", asked.board, lang="zh", dark=False, size=(1440, 1000),
                whole=False,
            )  # fmt: skip
        browser.close()


if __name__ == "__main__":
    sys.exit(main())
