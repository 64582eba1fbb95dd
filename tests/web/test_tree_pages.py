"""The pages of meter trees: verdicts, whose data are missing, exports, broken trees, both words."""

from __future__ import annotations

import csv
import io
from datetime import date
from typing import TYPE_CHECKING

import pytest
from tests.web.reading_pages import Page

from shuiheng.mechanisms.metering.models import Meter, MeterBinding

if TYPE_CHECKING:
    from django.test import Client


@pytest.fixture
def factory(reader: Client) -> Client:
    """Give a reader of a district whose first user has a main meter and a workshop's."""
    main = Meter.objects.get(number="M-0002")
    Meter.objects.filter(number="M-0001").update(level=2)
    MeterBinding.objects.filter(meter__number="M-0002").update(role="intake")
    MeterBinding.objects.filter(meter__number="M-0001").update(
        parent=main, place="一车间", role="internal"
    )
    return reader


def table(reader: Client, address: str) -> list[dict[str, str]]:
    answer = reader.get(f"{address}{'&' if '?' in address else '?'}format=csv")
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


def test_a_loss_is_told_with_its_uncertainty(factory: Client) -> None:
    (row,) = table(factory, "/meters/tree/?month=2020-08")
    shop = table(factory, "/meters/M-0002/tree/?month=2020-08")[1]
    assert (row["结论"], row["表号"], shop["处所"].strip("└ ")) == (
        "未解释损失",
        "M-0002",
        "一车间",
    )
    inflow, below, gone = (float(row[f"{name} (m³)"]) for name in ("进水", "下级合计", "不平衡量"))
    assert inflow == below + gone and below == float(shop["进水 (m³)"])
    # Meters of unknown class in service: twice ±2 %, that is ±4 % ÷ √3 × 2, of both meters.
    spread = 2 * ((0.04 * inflow) ** 2 / 3 + (0.04 * below) ** 2 / 3) ** 0.5
    assert float(row["± 不确定度 (m³)"]) == pytest.approx(spread, abs=1.5)
    html = factory.get("/meters/M-0002/tree/?month=2020-08").content.decode()
    assert "请查漏" in html and "<svg" in html and "未计到" in html


def test_what_is_estimated_is_marked_and_what_is_missing_is_named(factory: Client) -> None:
    html = factory.get("/meters/M-0002/tree/?month=2020-04").content.decode()
    assert "含估算" in html  # the gap of April
    html = factory.get("/meters/M-0002/tree/?month=2021-05").content.decode()
    assert "缺数据" in html and 'href="/meters/M-0001/"' in html


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(
    "address",
    ["/meters/tree/", "/meters/M-0002/tree/", "/meters/M-0002/tree/?month=2021-05",
     "/meters/tree/?verdict=balanced&kind=unit&month=2020-03"],
)  # fmt: skip
def test_both_pages_can_be_read(factory: Client, address: str, language: str) -> None:
    answer = factory.get(address, headers={"accept-language": language})
    page = Page(answer.content.decode())
    assert (answer.status_code, page.headings, page.forbidden) == (200, 1, [])
    assert len(page.ids) == len(set(page.ids))
    if language == "en":
        assert page.unmarked_chinese() == []


def test_filtering_keeps_the_period(factory: Client) -> None:
    html = factory.get("/meters/tree/?month=2020-03").content.decode()
    assert '<input type="hidden" name="month" value="2020-03">' in html


def test_a_broken_tree_is_not_computed_and_says_why(factory: Client) -> None:
    shop = Meter.objects.get(number="M-0001")
    MeterBinding.objects.filter(meter__number="M-0002").update(parent=shop)
    html = factory.get("/meters/tree/").content.decode()
    assert "上下级成环" in html and "还没有上下级水表" in html


@pytest.mark.parametrize("address", ["/meters/tree/?month=2020-13", "/meters/none/tree/"])
def test_what_is_not_there_says_so(factory: Client, address: str) -> None:
    assert factory.get(address).status_code == 404


def test_a_moved_meter_asks_for_a_shorter_period(factory: Client) -> None:
    binding = MeterBinding.objects.get(meter__number="M-0001")
    binding.until = date(2020, 7, 1)
    binding.save()
    main = table(factory, "/meters/M-0002/tree/?year=2020")[0]
    assert (main["结论"], main["原因"]) == ("当期有移装", "M-0001")
    assert table(factory, "/meters/M-0002/tree/?month=2020-05")[0]["结论"] == "未解释损失"
