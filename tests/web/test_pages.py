"""Every page: it is there in both languages, marks its Chinese, runs nothing of its own."""

from __future__ import annotations

import gzip
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.web import small_district
from tests.web.reading_pages import Page

if TYPE_CHECKING:
    from django.test import Client

STATIC = Path(__file__).resolve().parents[2] / "src/shuiheng/web/static"
# Handbook: no page over 150 kB as it travels, script and style included.
MOST_BYTES = 150_000
PAGES = [
    "/",
    "/?on=2020-06-30",
    "/tasks/8/",
    "/tasks/33/",
    "/targets/plan_2020/network_leakage/",
    "/explain/",
    "/explain/plan_2020/network_leakage/",
    "/missing/",
    "/users/",
    "/users/?town=320411.01&use=U2&sort=-name",
    "/users/?q=nobody",
    "/users/U-0001/",
    "/users/U-0002/?year=2019",
    "/users/U-0004/",
    "/meters/",
    "/meters/?role=intake&online=1&sort=-user",
    "/meters/tree/",
    "/meters/M-0001/tree/?month=2020-05",
    "/meters/M-0002/",
    "/meters/M-0002/?month=2020-04",
    "/meters/M-0003/?day=2020-07-03",
    "/meters/M-0003/?from=2020-07-01&to=2020-08-01&sort=-volume",
    "/meters/M-0001/?from=2020-01-01&to=2021-01-01&by=day&page=3",
    "/meters/M-0002/how/?from=2020-04-20&to=2020-04-21",
    "/meters/M-0001/how/?from=2020-07-03T08:00&to=2020-07-03T09:00",
    "/meters/M-0001/edit/",
    "/meters/M-0001/edit/?action=reject&at=2020-03-01T00:00:00&old=4310",
    "/meters/attention/",
    "/meters/attention/?level=all&sort=-good",
    "/meters/attention/?q=nobody",
    "/meters/tree/",
    "/law/",
    "/law/?by=document",
    "/law/?by=task",
    "/law/?by=mechanism",
    "/law/?q=漏损&confidence=C",
    "/law/?document=常开委办〔2020〕67号",
    "/law/key_users/annual_use_threshold/",
    "/accounts/",
    "/accounts/?use=U2&sort=-volume_l",
    "/accounts/?year=1999",
    "/findings/",
    "/findings/?level=blocks",
    "/imports/",
    "/mechanisms/",
    "/about/",
    "/search/",
    "/search/?q=M-0",
    "/search/?q=漏损",
    "/style/",
]


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("address", PAGES)
def test_a_page_can_be_read(reader: Client, address: str, language: str) -> None:
    answer = reader.get(address, headers={"accept-language": language})
    assert answer.status_code == 200
    html = answer.content.decode()
    page = Page(html)
    assert page.language == ("en" if language == "en" else "zh-CN")
    assert page.headings == 1
    assert page.forbidden == []
    assert len(page.ids) == len(set(page.ids)), "an id stands twice"
    assert [link for link in page.links if "://" in link or link.startswith("//")] == []
    assert ("演示数据" if language == "zh" else "Demonstration data") in html
    if language == "en":
        assert page.unmarked_chinese() == []
    assert len(gzip.compress(answer.content)) + furniture() < MOST_BYTES
    assert len(html) < 400_000


@cache
def furniture() -> int:
    """Return what the style sheet, the scripts and the icon of every page weigh as they travel."""
    names = ("web/shuiheng.css", "web/shuiheng.js", "web/theme.js", "web/icon.svg")
    files = [STATIC / name for name in (*names, "vendor/htmx.min.js")]
    return sum(len(gzip.compress(file.read_bytes())) for file in files)


@pytest.mark.parametrize(
    "address", ["/nowhere/", "/tasks/99/", "/targets/none/", "/explain/none/", "/users/none/",
                "/meters/none/", "/law/none/", "/imports/99/", "/law/?on=tomorrow",
                "/?on=2020-13-01", "/meters/M-0001/?day=x",
                "/meters/M-0001/?from=2020-07-01", "/meters/M-0001/?from=2020-07-01&to=2020-01-01",
                "/meters/none/edit/", "/meters/M-0001/how/?from=1999-01-01&to=1999-01-02",
                "/meters/none/chart/", "/users/U-0001/?year=x"],
)  # fmt: skip
@pytest.mark.parametrize("language", ["zh", "en"])
def test_what_is_not_there_says_where_to_go(reader: Client, address: str, language: str) -> None:
    answer = reader.get(address, headers={"accept-language": language})
    assert answer.status_code == 404
    page = Page(answer.content.decode())
    assert page.headings == 1 and "/search/" in page.links
    if language == "en":
        assert page.unmarked_chinese() == []


@pytest.mark.parametrize("address", ["/", "/users/", "/about/", "/healthz"])
@pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "options"])
def test_nothing_can_be_sent(reader: Client, address: str, method: str) -> None:
    answer = getattr(reader, method)(address)
    assert answer.status_code == 405
    assert answer.headers["Allow"] == "GET, HEAD"


def test_the_language_of_the_address_is_remembered(reader: Client) -> None:
    assert 'lang="zh-CN"' in reader.get("/about/").content.decode()
    answer = reader.get("/users/?q=M&lang=en")
    assert 'lang="en"' in answer.content.decode()
    assert "/users/?q=M&amp;lang=zh" in answer.content.decode()
    assert 'lang="en"' in reader.get("/about/").content.decode()


def test_headers_let_nothing_in(reader: Client) -> None:
    headers = reader.get("/about/").headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_names_are_shown_and_not_run(reader: Client) -> None:
    html = reader.get("/users/").content.decode()
    assert "=公式&lt;b&gt;&amp;村" in html and "<b>&村" not in html


def test_health(reader: Client) -> None:
    told = reader.get("/healthz").json()
    assert told["ok"] is True and told["demo"] is True and told["district"] == "320411"


@pytest.mark.parametrize("address", ["/", "/users/U-1/", "/findings/"])
def test_a_folder_without_a_district_says_what_to_do(
    db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    from django.conf import settings
    from django.test import Client

    monkeypatch.setattr(settings, "HOME", tmp_path)
    answer = Client().get(address)
    assert answer.status_code in {200, 404, 503}
    if address == "/":
        assert answer.status_code == 503
        assert "shuiheng demo" in answer.content.decode()
    assert Client().get("/healthz").status_code == 503


def test_law_needs_no_district(db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.conf import settings
    from django.test import Client

    monkeypatch.setattr(settings, "HOME", tmp_path)
    assert Client().get("/law/").status_code == 200


def test_unverified_law_is_marked(reader: Client) -> None:
    html = reader.get("/law/?confidence=C").content.decode()
    assert html.count("未核实") > 3


def test_a_new_district_stands_on_its_last_day_of_readings(
    reader: Client, filled_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.conf import settings

    from shuiheng.store import Home, Lake

    Home(tmp_path, "新区", "320411", "plan_2020").save()
    Lake.open(tmp_path).close()
    monkeypatch.setattr(settings, "HOME", tmp_path)
    assert "截至 2020-12-31" in reader.get("/").content.decode()
    Home(filled_home, "样例区", "320411", "plan_2020", demo=True).save()
    monkeypatch.setattr(settings, "HOME", filled_home)
    with Lake.open(filled_home, read_only=True) as lake:
        last = lake.last_day()
    try:
        assert last is not None and f"截至 {last}" in reader.get("/").content.decode()
    finally:
        small_district.home(filled_home)
