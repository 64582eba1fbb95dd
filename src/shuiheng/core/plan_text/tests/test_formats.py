"""Bytes to text: encodings, Word with automatic numbers, HTML, PDF, and files that are neither."""

from __future__ import annotations

import importlib
import io
import zipfile
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shuiheng.core.plan_text import UnreadableDocument, parse_plan, text_of

TEXT = "水城节水方案\n一、重点任务\n（一）改造管网。到2025年，漏损率降至9%。（市水利局负责）\n"


ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "gbk", "gb18030"]


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_each_encoding_gives_the_same_text(encoding: str) -> None:
    read = text_of(TEXT.replace("\n", "\r\n").encode(encoding), "plan.txt")
    assert read.text == TEXT
    told = [finding.code for finding in read.findings]
    assert told == ([] if encoding.startswith("utf-8") else ["plan.encoding"])


def test_html_keeps_what_is_seen() -> None:
    page = (
        "<!DOCTYPE html><html><head><title>网站</title><style>p{}</style></head>"
        "<body><nav>首页</nav>"
        "<h1>水城节水方案</h1><p>一、重点任务</p><p>（一）改造<b>管网</b>。推进更新。</p><script>1</script>"
        "<p>（市水利局负责）</p></body></html>"
    )
    read = text_of(page.encode(), "plan.html")
    assert read.format == "html"
    assert read.text.split("\n") == [
        "水城节水方案", "一、重点任务", "（一）改造管网。推进更新。", "（市水利局负责）",
    ]  # fmt: skip


def _word(numbered: bool) -> bytes:
    from docx import Document
    from docx.oxml import parse_xml

    document = Document()
    document.add_paragraph("水城节水方案")
    space = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    if numbered:
        root = document.part.numbering_part.element
        levels = "".join(
            f'<w:lvl w:ilvl="{level}"><w:start w:val="1"/><w:numFmt w:val="{form}"/>'
            f'<w:lvlText w:val="{shown}"/></w:lvl>'
            for level, (form, shown) in enumerate(
                [("chineseCounting", "%1、"), ("chineseCounting", "（%2）"), ("decimal", "%3．")]
            )
        )
        kind = f'<w:abstractNum {space} w:abstractNumId="77">{levels}</w:abstractNum>'
        used = f'<w:num {space} w:numId="77"><w:abstractNumId w:val="77"/></w:num>'
        root.insert(0, parse_xml(kind))
        root.append(parse_xml(used))
    for level, said in [
        (0, "总体要求"), (0, "重点任务"), (1, "城镇"),
        (2, "改造管网。推进更新。（市水利局牵头）"),
        (2, "装表。推进装表。（市住建局牵头）"), (1, "工业"),
        (2, "循环用水。推进循环。（市工信局牵头）"),
    ]:  # fmt: skip
        paragraph = document.add_paragraph(said)
        if numbered:
            paragraph._p.get_or_add_pPr().append(
                parse_xml(
                    f'<w:numPr {space}><w:ilvl w:val="{level}"/><w:numId w:val="77"/></w:numPr>'
                )
            )
    table = document.add_table(rows=1, cols=2)
    table.rows[0].cells[0].text, table.rows[0].cells[1].text = "指标", "目标"
    held = io.BytesIO()
    document.save(held)
    return held.getvalue()


def test_automatic_numbers_of_word_are_written() -> None:
    read = text_of(_word(numbered=True), "plan.docx")
    lines = read.text.split("\n")
    assert lines[1:4] == ["一、总体要求", "二、重点任务", "（一）城镇"]
    assert lines[4] == "1．改造管网。推进更新。（市水利局牵头）"
    assert lines[6:8] == ["（二）工业", "1．循环用水。推进循环。（市工信局牵头）"]
    assert lines[8] == "指标\t目标"
    plan = parse_plan(read.text)
    assert [group.title for group in plan.groups] == ["城镇", "工业"]
    leads = [task.to_json()["leads"] for task in plan.tasks]
    assert leads == [["市水利局"], ["市住建局"], ["市工信局"]]


def test_a_pdf_gives_paragraphs() -> None:
    pytest.importorskip("reportlab")
    fonts: Any = importlib.import_module("reportlab.pdfbase.pdfmetrics")
    chinese: Any = importlib.import_module("reportlab.pdfbase.cidfonts")
    canvas: Any = importlib.import_module("reportlab.pdfgen.canvas")
    fonts.registerFont(chinese.UnicodeCIDFont("STSong-Light"))
    held = io.BytesIO()
    page = canvas.Canvas(held)
    page.setFont("STSong-Light", 12)
    lines = [
        "水城节水方案", "一、重点任务",
        "（一）改造供水管网。加快更新老旧管网，完善检漏制度，推进分区计量，到二〇二五年，城",
        "市公共供水管网漏损率控制在9%以内，建立管网台账，逐段登记，逐年更新，按月通报进展情",
        "况。（市水利局牵头，市住建局配合）",
        "（二）推广节水器具。宾馆、学校率先更换。（市教育局负责）",
    ]  # fmt: skip
    for place, line in enumerate(lines):
        page.drawString(40, 780 - 20 * place, line)
    page.drawString(300, 30, "— 1 —")
    page.save()
    read = text_of(held.getvalue(), "plan.pdf")
    plan = parse_plan(read.text)
    assert [task.title for task in plan.tasks] == ["改造供水管网", "推广节水器具"]
    assert [target.metric for target in plan.targets] == ["城市公共供水管网漏损率"]
    assert plan.targets[0].deadline_year == 2025


def _archive(name: str) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr(name, "<x/>")
    return held.getvalue()


def _empty_pdf() -> bytes:
    from pypdf import PdfWriter

    writer, held = PdfWriter(), io.BytesIO()
    writer.add_blank_page(200, 200)
    writer.write(held)
    return held.getvalue()


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "空"), (b" \n\n", "空"), (b"\xef\xbb\xbf", "空"), (_archive("a.txt"), "不是 Word"),
        (_archive("xl/workbook.xml"), "Excel"), (b"PK\x03\x04broken", "损坏"),
        (_empty_pdf(), "文字层"), (b"%PDF-1.7 broken", "损坏"),
        (bytes(range(256)) * 20, "不是文本"),
        (b"\x89PNG\r\n\x1a\n12", "图片"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" * 9, "旧版"), (_archive("word/document.xml"), "损坏"),
        (b"<html><head><script>x</script></head><body></body></html>", "读不出"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_says_why(data: bytes, why: str) -> None:
    with pytest.raises(UnreadableDocument, match=why) as told:
        text_of(data, "plan.docx")
    assert "plan.docx" in str(told.value)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300), st.sampled_from([b"", b"PK\x03\x04", b"%PDF-1.4\n", b"<html>"]))
def test_any_bytes_are_read_or_refused(data: bytes, head: bytes) -> None:
    try:
        assert text_of(head + data, "any").text.strip()
    except UnreadableDocument as told:
        assert "any" in str(told)


@pytest.mark.parametrize(
    ("name", "codes"),
    [("a.docx", ["plan.suffix"]), ("a.txt", []), ("a", []), ("a.html", []), ("a.md", [])],
)
def test_a_name_that_promises_another_format_is_noticed(name: str, codes: list[str]) -> None:
    read = text_of("一、重点任务\n1．节水。".encode(), name)
    assert [finding.code for finding in read.findings] == codes
