"""Tables from files: what can be read, and what is refused with a place and a remedy."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shuiheng.store.sheets import (
    ColumnNote,
    UnreadableTable,
    read_sheet,
    write_csv,
    write_workbook,
)

COLUMNS = (ColumnNote("编号", "编号"), ColumnNote("名称", "名称"), ColumnNote("面积(亩)", "面积"))


def test_a_gbk_file_is_read_and_says_so(tmp_path: Path) -> None:
    file = tmp_path / "users.csv"
    file.write_bytes("编号,名称\nP1,印染厂\n".encode("gbk"))
    sheet = read_sheet(file)
    assert sheet.rows[0].cells == {"编号": "P1", "名称": "印染厂"}
    assert [note.code for note in sheet.notes] == ["import.encoding"]


def test_rows_keep_their_number_in_the_file(tmp_path: Path) -> None:
    file = tmp_path / "users.csv"
    file.write_text('编号,名称\n\nP1,"两行\n的名称"\nP2,乙\n', encoding="utf-8")
    assert [(row.number, row.cells["编号"]) for row in read_sheet(file).rows] == [
        (3, "P1"),
        (5, "P2"),
    ]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.csv", b"", "空的"),
        ("a.csv", b"\n\n", "空的"),
        ("a.csv", bytes(range(128, 256)) * 3 + b"\x00\x01", "不是文本"),
        ("a.csv", "编号,编号\n1,2\n".encode(), "重复的列"),
        ("a.csv", '编号,名称\n1,"没有闭合\n'.encode(), "引号"),
        ("a.xlsx", "编号,名称\n".encode(), "不是工作簿"),
        ("a.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), ".xls"),
        ("a.xls", b"anything", "另存为 .xlsx"),
        ("a.pdf", b"%PDF-1.4", "只认"),
    ],
)
def test_what_is_no_table_is_refused_with_a_reason(
    tmp_path: Path, name: str, content: bytes, words: str
) -> None:
    file = tmp_path / name
    file.write_bytes(content)
    with pytest.raises(UnreadableTable, match=words) as refused:
        read_sheet(file)
    assert name in str(refused.value) and " / " in str(refused.value)


def test_a_zip_and_a_broken_workbook_are_refused(tmp_path: Path) -> None:
    plain, broken = tmp_path / "plain.xlsx", tmp_path / "broken.xlsx"
    with zipfile.ZipFile(plain, "w") as package:
        package.writestr("readme.txt", "hello")
    with pytest.raises(UnreadableTable, match="普通压缩包"):
        read_sheet(plain)
    with zipfile.ZipFile(broken, "w") as package:
        package.writestr("xl/workbook.xml", "<not-a-workbook")
    with pytest.raises(UnreadableTable, match="损坏"):
        read_sheet(broken)
    with pytest.raises(UnreadableTable, match="不存在"):
        read_sheet(tmp_path / "nowhere.csv")


def test_a_workbook_comes_back_as_it_was_written(tmp_path: Path) -> None:
    file = tmp_path / "users.xlsx"
    rows: list[Sequence[Any]] = [["=1+1", "007", Decimal("12.5")], ["P2", None, 3]]
    assert write_workbook(file, title="用水户", columns=COLUMNS, rows=rows) == 2
    sheet = read_sheet(file)
    assert sheet.name == "用水户"
    assert [list(row.cells.values()) for row in sheet.rows] == [
        ["=1+1", "007", 12.5],
        ["P2", None, 3],
    ]
    assert list(tmp_path.iterdir()) == [file]


def test_a_template_has_lists_and_a_dictionary(tmp_path: Path) -> None:
    from openpyxl import load_workbook

    file = tmp_path / "t.xlsx"
    column = ColumnNote("类型", "用水户的类型", True, ("企业", "学校"), "企业")
    write_workbook(file, title="用水户", columns=(column,))
    book = load_workbook(file)
    assert book.sheetnames[:2] == ["用水户", "数据说明"]
    assert book["数据说明"]["D2"].value == "企业、学校"
    assert book["用水户"].data_validations.dataValidation[0].sqref == "A2:A20001"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(content=st.binary(max_size=300))
def test_any_bytes_are_a_table_or_a_refusal(tmp_path: Path, content: bytes) -> None:
    for name in ("any.csv", "any.xlsx"):
        file = tmp_path / name
        file.write_bytes(content)
        try:
            sheet = read_sheet(file)
        except UnreadableTable as refused:
            assert name in str(refused)
        else:
            assert sheet.header


def test_csv_writes_dates_and_flags_as_people_write_them(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    write_csv(file, COLUMNS, [["P1", date(2020, 5, 19), True]])
    assert file.read_text("utf-8-sig").splitlines()[1] == "P1,2020-05-19,是"
