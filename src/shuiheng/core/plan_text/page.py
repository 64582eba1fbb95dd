"""A parsed HTML page to lines of text: one for each block, one for each row of a table."""

from __future__ import annotations

import re
from typing import Any

_BLOCKS = {
    "p", "div", "br", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "table", "ul", "ol",
    "section", "article", "blockquote", "pre", "dd", "dt", "center", "main", "body",
}  # fmt: skip
_CELLS = {"td", "th"}
_WIDEST = 60


def page_text(tree: Any) -> str:
    """Return the visible text of a page; cells are parted by tabs, merged ones leave blanks."""
    for table in tree.iter("table"):
        _spread(table)
    pieces: list[str] = []
    stack: list[tuple[Any, bool, bool]] = [(tree, False, False)]
    while stack:
        element, closing, in_cell = stack.pop()
        if isinstance(element, str):
            pieces.append(re.sub(r"[ \t\r\n]+", " ", element))
            continue
        tag = getattr(element, "tag", None)
        block = "" if tag not in _BLOCKS else " " if in_cell else "\n"
        if closing:
            pieces.append("\t" if tag in _CELLS else block)
            continue
        if not isinstance(tag, str):
            continue
        pieces.append(block)
        stack.append((element, True, in_cell))
        inside = (in_cell or tag in _CELLS) and tag != "tr"
        for child in reversed(list(element)):
            if child.tail:
                stack.append((child.tail, False, inside))
            stack.append((child, False, inside))
        if element.text:
            stack.append((element.text, False, inside))
    lines = [_line(line) for line in "".join(pieces).split("\n")]
    return "\n".join(line for line in lines if line.strip())


def _line(line: str) -> str:
    """Return a line without blanks around it; of a table's row the cells, each without them."""
    if "\t" not in line:
        return line.strip(" \n")
    return "\t".join(cell.strip() for cell in line.rstrip(" ").removesuffix("\t").split("\t"))


def _spread(table: Any) -> None:
    """Put empty cells where a merged cell covers them, so that columns stay in line."""
    below: dict[int, int] = {}
    for row in table.iter("tr"):
        cells = [cell for cell in row if cell.tag in _CELLS]
        place = 0
        for cell in cells:
            while below.get(place, 0) > 0:
                below[place] -= 1
                cell.addprevious(cell.makeelement("td", {}))
                place += 1
            wide, high = _number(cell, "colspan"), _number(cell, "rowspan")
            for more in range(wide):
                below[place + more] = high - 1
                if more:
                    cell.addnext(cell.makeelement("td", {}))
            place += wide
        while below.get(place, 0) > 0:
            below[place] -= 1
            row.append(row.makeelement("td", {}))
            place += 1


def _number(cell: Any, name: str) -> int:
    said = str(cell.get(name) or "1").strip()
    return min(int(said), _WIDEST) if said.isascii() and said.isdigit() and int(said) else 1
