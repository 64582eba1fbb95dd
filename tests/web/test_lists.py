"""Lists: filters, order, pages, and files that spreadsheets open without harm."""

from __future__ import annotations

import csv
import io
from datetime import datetime
from typing import TYPE_CHECKING

import openpyxl
import pytest

if TYPE_CHECKING:
    from django.test import Client


def rows(answer_bytes: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(answer_bytes.decode("utf-8-sig"))))


def test_filters_and_order(reader: Client) -> None:
    table = rows(reader.get("/users/?use=U1&sort=-number&format=csv").content)
    assert [line[1] for line in table[1:]] == ["U-0004", "U-0003"]


def test_an_unknown_order_changes_nothing(reader: Client) -> None:
    table = rows(reader.get("/users/?sort=password&format=csv").content)
    assert [line[1] for line in table[1:]] == ["U-0001", "U-0002", "U-0003", "U-0004"]


def test_a_name_is_no_formula(reader: Client) -> None:
    table = rows(reader.get("/users/?q=U-0003&format=csv").content)
    assert table[1][0] == "'=公式<b>&村"


def test_csv_says_it_is_invented(reader: Client) -> None:
    answer = reader.get("/users/?format=csv")
    assert all(line[-1] in ("数据性质", "演示数据") for line in rows(answer.content))
    assert "%E6%BC%94%E7%A4%BA" in answer.headers["Content-Disposition"]


@pytest.mark.parametrize(("address", "count"), [("/users/", 4), ("/meters/", 4), ("/imports/", 1)])
def test_excel_has_numbers_units_and_a_dictionary(reader: Client, address: str, count: int) -> None:
    answer = reader.get(f"{address}?format=xlsx")
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    data, notes = book.worksheets
    assert data.max_row == count + 1 and data.freeze_panes == "B2"
    assert data.auto_filter.ref
    told = {row[0].value: row[1].value for row in notes.iter_rows(max_row=7)}
    assert told["数据性质"] == "演示数据" and told["内容"]


def test_excel_cells_have_kinds(reader: Client) -> None:
    book = openpyxl.load_workbook(io.BytesIO(reader.get("/users/?format=xlsx").content))
    sheet = book.worksheets[0]
    heads = [cell.value for cell in sheet[1]]
    first = dict(zip(heads, [cell.value for cell in sheet[2]], strict=True))
    assert first["面积 (亩)"] == 1200.5
    assert isinstance(first["登记自"], datetime)
    names = {row[0].value: row[0].data_type for row in sheet.iter_rows(min_row=2)}
    assert names["=公式<b>&村"] == "s"


def test_english_files_have_english_heads(reader: Client) -> None:
    head = rows(reader.get("/meters/?format=csv&lang=en").content)[0]
    assert head[0] == "Meter" and "Bore (mm)" in head


def test_pages_of_a_long_list(reader: Client) -> None:
    from shuiheng.mechanisms.registry.models import WaterUser

    WaterUser.objects.bulk_create(
        WaterUser(number=f"V-{n:04d}", name=f"第{n}户", kind="village", use="U1", town="320411.02")
        for n in range(1200)
    )
    first = reader.get("/users/?q=V-").content.decode()
    assert "共 1,200 条" in first and "V-0049" in first and "V-0050" not in first
    assert "V-1199" in reader.get("/users/?q=V-&page=24").content.decode()
    assert "V-1199" in reader.get("/users/?q=V-&page=9999").content.decode()


def test_volumes_of_a_meter_as_csv(reader: Client) -> None:
    table = rows(reader.get("/meters/M-0001/?year=2020&format=csv").content)
    assert len(table) == 13
    for line in table[1:]:
        volume, measured, accepted, estimated = (float(line[n]) for n in (1, 4, 5, 6))
        assert volume == pytest.approx(measured + accepted + estimated)


def test_readings_of_a_meter_as_csv(reader: Client) -> None:
    table = rows(reader.get("/meters/M-0002/?month=2020-04&format=readings").content)
    assert len(table) == 1 + 9
    assert table[1][0] == "2020-04-01 00:00:00"
