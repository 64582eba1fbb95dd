"""The bytes of a document to its text: plain text, Word, HTML, PDF with a text layer."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass, replace

from shuiheng.basics import Finding, Level
from shuiheng.core.plan_text.unreadable import UnreadableDocument

KINDS = (".txt", ".docx", ".html", ".pdf")
_BINARY = {
    b"\xd0\xcf\x11\xe0": "是旧版 Office 文件（.doc、.xls、.ppt 或 .wps）",
    b"\x89PNG": "是图片",
    b"\xff\xd8\xff": "是图片",
    b"GIF8": "是图片",
    b"Rar!": "是压缩包",
    b"7z\xbc\xaf": "是压缩包",
    b"\x1f\x8b": "是压缩包",
    b"PAR1": "是 Parquet 数据",
    b"{\\rtf": "是 RTF 文件",
}


@dataclass(frozen=True, slots=True)
class DocumentText:
    """The text of a document, what it was read from, and what was noticed on the way."""

    text: str
    format: str
    encoding: str
    findings: tuple[Finding, ...] = ()


def text_of(data: bytes, name: str) -> DocumentText:
    """Return the text in the bytes of a document; what the bytes are decides, not the suffix.

    Line ends become ``\\n`` and a byte-order mark is dropped, so that spans count characters the
    way a text editor does.

    :raises UnreadableDocument: if the bytes hold no readable text

    >>> text_of("节水行动方案\\r\\n".encode("gb18030"), "plan.txt").text
    '节水行动方案\\n'
    """
    if not data.strip(b"\x00 \r\n\t\xef\xbb\xbf\xfe\xff"):
        raise UnreadableDocument(name, "文件是空的", "请换一个有文字的文件。(The file is empty.)")
    if data[:4] == b"PK\x03\x04":
        read = _word(data, name)
    elif data[:5] == b"%PDF-" or b"%PDF-" in data[:1024]:
        read = _pdf(data, name)
    else:
        for mark, what in _BINARY.items():
            if data.startswith(mark):
                raise UnreadableDocument(
                    name, what, f"请另存为 {'、'.join(KINDS)} 之一。(Not a readable format.)"
                )
        read = _plain(data, name)
    if not read.text.strip():
        raise UnreadableDocument(
            name, "读不出任何文字", "请检查文件内容。(No text could be read from the file.)"
        )
    return _with_suffix_noticed(read, name)


def _with_suffix_noticed(read: DocumentText, name: str) -> DocumentText:
    """Return the text with a finding where the file's name promises another kind of document."""
    suffix = name.rpartition(".")[2].lower() if "." in name else ""
    promised = {"htm": "html", "text": "txt", "md": "txt"}.get(suffix, suffix)
    if promised not in {"docx", "pdf", "html", "txt"} or promised == read.format:
        return read
    if {promised, read.format} == {"html", "txt"}:  # a page saved as text reads the same
        return read
    told = Finding(
        "plan.suffix", Level.WARNS,
        f"文件名写 .{suffix}，内容却是 {read.format}；按内容读取，请核对是不是这个文件。",
        f"The name says .{suffix}, the content is {read.format}; it was read as what it is. Check "
        "that this is the file you meant.",
        {"suffix": suffix, "format": read.format},
    )  # fmt: skip
    return replace(read, findings=(*read.findings, told))


def _plain(data: bytes, name: str) -> DocumentText:
    text, encoding = _decoded(data, name)
    text = text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    findings: tuple[Finding, ...] = ()
    if encoding != "utf-8":
        findings = (
            Finding(
                "plan.encoding", Level.INFORMS,
                f"文件不是 UTF-8，按 {encoding} 读取。",
                f"The file is not UTF-8; it was read as {encoding}.",
                {"encoding": encoding},
            ),
        )  # fmt: skip
    head = text[:2000].lower()
    markup = re.search(r"<!doctype html|<html|<body|<head|<p[ >]|<div[ >]|<table[ >]", head)
    if markup:
        return DocumentText(_html(text, name), "html", encoding, findings)
    return DocumentText(text, "txt", encoding, findings)


def _decoded(data: bytes, name: str) -> tuple[str, str]:
    """Return the text and the name of its encoding.

    :raises UnreadableDocument: if no encoding fits
    """
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        try:
            return data.decode("utf-16"), "utf-16"
        except UnicodeDecodeError:
            pass
    try:
        text = data.decode("utf-8-sig")
        if "\x00" not in text and _share_of_controls(text) < 0.02:
            return text, "utf-8"
    except UnicodeDecodeError:
        pass
    for encoding in ("utf-16-le", "utf-16-be"):
        if data.count(b"\x00") * 20 > len(data) or _looks_utf16(data, encoding):
            try:
                text = data.decode(encoding)
            except UnicodeDecodeError:
                continue
            if _chinese_share(text) > 0.3 and _share_of_controls(text) < 0.01:
                return text, encoding
    try:
        text = data.decode("gb18030")
        if _share_of_controls(text) < 0.01 and _chinese_share(text) > 0.2:
            return text, "gb18030"
    except UnicodeDecodeError:
        pass
    raise UnreadableDocument(
        name, "不是文本：不合 UTF-8、UTF-16 或 GB18030 编码，也不是 Word、HTML、PDF",
        "请另存为 UTF-8 文本。(Binary or damaged: no known encoding fits.)",
    )  # fmt: skip


def _share_of_controls(text: str) -> float:
    sample = text[:20_000]
    strange = sum(
        1 for sign in sample if (sign < " " and sign not in "\t\n\r\f\x0b") or sign == "\ufffd"
    )
    return strange / max(1, len(sample))


def _chinese_share(text: str) -> float:
    sample = text[:20_000]
    common = sum(1 for sign in sample if "\u4e00" <= sign <= "\u9fff" or sign in "，。、；：（）")
    return common / max(1, len(sample))


def _looks_utf16(data: bytes, encoding: str) -> bool:
    sample = data[: 4000 - len(data[:4000]) % 2]
    high = sample[1::2] if encoding.endswith("le") else sample[0::2]
    chinese = sum(1 for byte in high if 0x4E <= byte <= 0x9F or byte in {0xFF, 0x30, 0x00})
    return bool(high) and chinese > 0.9 * len(high)


def _html(text: str, name: str) -> str:
    """Return the visible text of an HTML page, one line per block.

    :raises UnreadableDocument: if it is no page that can be parsed
    """
    from lxml import html
    from lxml.etree import LxmlError

    from shuiheng.core.plan_text.page import page_text

    try:
        tree = html.fromstring(re.sub(r"^\s*<\?xml[^>]*\?>", "", text.replace("\x00", "")))
    except (LxmlError, ValueError) as wrong:
        raise UnreadableDocument(
            name, "网页已损坏", f"请重新保存。(The page cannot be parsed: {wrong})"
        ) from wrong
    dropped = "script|style|nav|head|header|footer|aside|form|noscript|iframe|button|select"
    for element in tree.xpath("//" + "|//".join(dropped.split("|"))):
        if element.getparent() is not None:
            element.drop_tree()
    return page_text(tree)


def _pdf(data: bytes, name: str) -> DocumentText:
    """Return the text layer of a PDF with wrapped lines joined.

    :raises UnreadableDocument: if it is locked, damaged, or only pictures
    """
    from pypdf import PdfReader
    from pypdf.errors import DependencyError, PyPdfError

    try:
        reader = PdfReader(io.BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            raise UnreadableDocument(name, "PDF 有密码", "请先解除密码。(The PDF is locked.)")
        pages = [page.extract_text() or "" for page in reader.pages]
    except (
        PyPdfError, DependencyError, ArithmeticError, AssertionError, AttributeError, LookupError,
        NotImplementedError, OSError, RecursionError, TypeError, ValueError,
    ) as wrong:  # fmt: skip
        if isinstance(wrong, UnreadableDocument):
            raise
        raise UnreadableDocument(
            name, "PDF 已损坏", f"请重新导出。(The PDF is damaged: {wrong})"
        ) from wrong
    text = "\n".join(_page(page) for page in pages)
    if len(re.sub(r"\s", "", text)) < 10:
        raise UnreadableDocument(
            name, "PDF 没有文字层，只有图片",
            "请先做文字识别（OCR），或改用 Word 版。(The PDF holds pictures and no text.)",
        )  # fmt: skip
    return DocumentText(_joined(text), "pdf", "pdf")


def _page(text: str) -> str:
    """Return a page without its page number."""
    lines = text.replace("\r", "\n").split("\n")
    number = re.compile(r"\s*[—\-–－]*\s*\d{1,4}\s*[—\-–－]*\s*$")
    while lines and (not lines[-1].strip() or number.match(lines[-1])):
        lines.pop()
    while lines and (not lines[0].strip() or number.match(lines[0])):
        lines.pop(0)
    return "\n".join(lines)


_STARTS = re.compile(
    r"\s*(?:第[一二三四五六七八九十百\d]{1,4}[章节条篇]|[一二三四五六七八九十]{1,3}、|[(（][一二三四五六七八九十\d]{1,3}[)）]"
    r"|\d{1,3}[.．、](?!\d)|[①-⑳]|——|附件)"
)


def _joined(text: str) -> str:
    """Return the text with the lines of one paragraph joined: a full line goes on in the next."""
    lines = [line.rstrip() for line in text.split("\n")]
    widths = sorted(len(line.strip()) for line in lines if len(line.strip()) > 8)
    full = widths[len(widths) * 3 // 4] - 4 if widths else 0
    joined: list[str] = []
    for line in lines:
        said = line.strip()
        if not said:
            joined.append("")
            continue
        before = joined[-1] if joined else ""
        last = before.rsplit("\v", 1)[-1]
        goes_on = len(last.strip()) >= max(full, 9) and last[-1:] not in "。；！？"
        if before and goes_on and not _STARTS.match(line):
            joined[-1] = before + "\v" + said
        else:
            joined.append(said)
    return "\n".join(line.replace("\v", "") for line in joined)


def _word(data: bytes, name: str) -> DocumentText:
    """Return the text of a Word document, tables as rows with tabs, automatic numbers written.

    :raises UnreadableDocument: if the archive is no Word document
    """
    from shuiheng.core.plan_text.word import word_text

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            inside = set(archive.namelist())
    except (zipfile.BadZipFile, OSError, ValueError) as wrong:
        raise UnreadableDocument(
            name, "压缩包已损坏，不是完整的 Word 文件", "请重新保存。(The archive is damaged.)"
        ) from wrong
    if "word/document.xml" not in inside:
        kinds = {"xl/workbook.xml": "是 Excel 表格", "ppt/presentation.xml": "是演示文稿"}
        what = next(
            (said for part, said in kinds.items() if part in inside), "是压缩包，不是 Word 文件"
        )
        raise UnreadableDocument(
            name, what, f"请给出 {'、'.join(KINDS)} 之一。(Not a Word document.)"
        )
    return DocumentText(word_text(data, name), "docx", "docx")
