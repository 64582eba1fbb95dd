"""A meter's page: every zoom is a link, the fragment is the chart alone, numbers agree."""

from __future__ import annotations

import io
import re
from decimal import Decimal
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
from tests.web.reading_pages import Page

from shuiheng.store import Lake

if TYPE_CHECKING:
    from django.test import Client

YEAR = "/meters/M-0002/?year=2020"


def bars(html: str) -> list[str]:
    """Return the addresses that the bars of the wide drawing lead to, in order."""
    drawing = re.search(r'<svg class="plot timeline wide".*?</svg>', html, re.DOTALL)
    assert drawing, "There is no wide drawing."
    return [unescape(href) for href in re.findall(r'<g class="hit"><a href="([^"]+)"', drawing[0])]


def test_every_bar_leads_inside_from_the_year_to_the_hour(reader: Client) -> None:
    year = reader.get(YEAR).content.decode()
    months = bars(year)
    assert len(months) == 12 and "from=2020-07-01" in months[6]
    days = bars(reader.get(months[6]).content.decode())
    assert len(days) == 31 and "from=2020-07-03" in days[2]
    hours = bars(reader.get(days[2]).content.decode())
    assert len(hours) == 24 and hours[8].startswith("/meters/M-0002/how/?from=2020-07-03T08")
    assert reader.get(hours[8]).status_code == 200


def test_the_fragment_is_the_chart_alone_and_names_the_page(reader: Client) -> None:
    answer = reader.get("/meters/M-0002/chart/?from=2020-04-01&to=2020-05-01")
    html = answer.content.decode()
    assert answer.headers["HX-Push-Url"] == "/meters/M-0002/?from=2020-04-01&to=2020-05-01&by=day"
    assert html.lstrip().startswith('<section class="meter-chart" id="meter-chart"')
    assert "<html" not in html and "<h1" not in html
    page = reader.get(answer.headers["HX-Push-Url"]).content.decode()
    assert bars(page) == bars(html)
    assert Page(html).forbidden == []


def test_quality_is_told_by_letter_and_pattern(reader: Client) -> None:
    html = reader.get("/meters/M-0002/?month=2020-04").content.decode()
    assert 'fill="url(#p-qE)"' in html and "估算" in html
    assert re.search(r'<text class="letter qE"[^>]*>E</text>', html)
    assert '<pattern id="p-qE"' in html


def test_the_table_has_the_numbers_of_the_lake(reader: Client, filled_home: Path) -> None:
    answer = reader.get("/meters/M-0002/?year=2020&format=xlsx")
    sheet: Any = openpyxl.load_workbook(io.BytesIO(answer.content)).worksheets[0]
    rows = list(sheet.iter_rows(min_row=2, values_only=True))
    with Lake.open(filled_home, read_only=True) as lake:
        told = lake.volumes("month", ["M-0002"]).to_pylist()
    assert [row[0] for row in rows] == [f"{one['start']:%Y-%m}" for one in told]
    assert [Decimal(str(row[1])) * 1000 for row in rows] == [one["volume_l"] for one in told]
    assert rows[0][2] == "G 合格" and rows[3][2].startswith("E")


def test_the_table_is_sorted_by_the_address(reader: Client) -> None:
    address = "/meters/M-0001/?from=2020-01-01&to=2021-01-01&by=month&sort=-volume"
    html = reader.get(address).content.decode()
    table = html[html.index('<table class="stacked volumes">') :]
    numbers = re.findall(r'title="怎么算出来的">([\d,.]+)</a>', table)
    values = [Decimal(one.replace(",", "")) for one in numbers]
    assert len(values) == 12 and values == sorted(values, reverse=True)


def test_a_volume_names_the_readings_on_both_sides(reader: Client) -> None:
    html = reader.get("/meters/M-0002/how/?from=2020-04-20&to=2020-04-21").content.decode()
    # The gap of thirty days: the last reading before it and the first after it.
    assert "2020-04-09 00:00:00" in html and "2020-05-10 00:00:00" in html
    assert 'id="explanation"' in html and "估算" in html


def test_remarks_are_listed_in_words(reader: Client) -> None:
    html = reader.get("/meters/M-0003/?year=2020").content.decode()
    remarks = re.search(r'<ol class="remarks">.*?</ol>', html, re.DOTALL)
    assert remarks and "M-0003" in remarks[0]
    assert 'class="remark finding warns"' in html


def test_readings_can_be_downloaded_with_their_quality(reader: Client) -> None:
    answer = reader.get("/meters/M-0001/?month=2020-03&format=readings")
    lines = answer.content.decode("utf-8-sig").splitlines()
    assert lines[0].split(",")[:4] == ["时刻", "读数 (m³)", "质量", "来源"]
    assert lines[1].split(",")[:3] == ["2020-03-01 00:00:00", "4310", "G"]


@pytest.mark.parametrize("by", ["day", "month"])
def test_a_year_is_small_enough_to_travel(reader: Client, by: str) -> None:
    address = f"/meters/M-0001/chart/?from=2020-01-01&to=2021-01-01&by={by}"
    assert len(reader.get(address).content) < 420_000
