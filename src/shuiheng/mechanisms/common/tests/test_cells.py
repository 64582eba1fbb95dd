"""Cells: what people write, read as what it is, or refused with a reason."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shuiheng.mechanisms.common.cells import BadCell, Column, read_cell

TODAY = date(2020, 12, 31)


def column(kind: Any, **more: Any) -> Column:
    return Column("x", "列", "Column", kind, **more)


@pytest.mark.parametrize(
    ("kind", "cell", "value"),
    [
        ("decimal", "１，２３４．５", Decimal("1234.5")),
        ("decimal", "1,234,567", Decimal(1234567)),
        ("decimal", 0.1 + 0.2, Decimal("0.3000")),
        ("integer", 12.0, 12),
        ("text", 12.0, "12"),
        ("text", "  两  段 ", "两 段"),
        ("date", "2020年5月19日", date(2020, 5, 19)),
        ("date", "20200519", date(2020, 5, 19)),
        ("date", "2020/5", date(2020, 5, 1)),
        ("date", datetime(2020, 5, 19, 8), date(2020, 5, 19)),  # noqa: DTZ001  (Excel has no zone)
        ("instant", "2020-05-14 10:00", datetime(2020, 5, 14, 2, tzinfo=UTC)),
        ("flag", "√", True),
        ("flag", 0, False),
    ],
)
def test_what_people_write(kind: str, cell: Any, value: Any) -> None:
    assert read_cell(column(kind, places=4), cell, TODAY) == value


@pytest.mark.parametrize(
    ("kind", "cell", "code"),
    [
        ("decimal", "12吨", "import.not_a_number"),
        ("decimal", "1,23", "import.not_a_number"),
        ("decimal", True, "import.not_a_number"),
        ("decimal", "NaN", "import.not_a_number"),
        ("decimal", "1.23456", "import.too_fine"),
        ("integer", "1.5", "import.too_fine"),
        ("date", "2020-02-30", "import.bad_date"),
        ("date", "12.5.2020", "import.bad_date"),
        ("date", "2021-01-01", "import.future_date"),
        ("flag", "也许", "import.unknown_choice"),
        ("text", "一" * 6, "import.too_long"),
        ("text", "\x07", "import.broken_text"),
    ],
)
def test_what_cannot_be(kind: str, cell: Any, code: str) -> None:
    places = 0 if kind == "integer" else 4
    with pytest.raises(BadCell) as bad:
        read_cell(column(kind, places=places, past=True, length=5), cell, TODAY)
    assert bad.value.code == code
    assert all(bad.value.why) and all(bad.value.remedy)


@given(
    kind=st.sampled_from(["text", "integer", "decimal", "date", "instant", "choice", "flag"]),
    cell=st.one_of(
        st.text(max_size=30), st.integers(), st.floats(), st.booleans(), st.none(),
        st.dates(), st.datetimes(),
    ),
)  # fmt: skip
def test_any_cell_is_a_value_or_a_refusal(kind: str, cell: Any) -> None:
    asked = column(kind, choices={"a": "甲"}, places=2)
    try:
        read_cell(asked, cell, TODAY)
    except BadCell as bad:
        assert bad.code.startswith("import.") and all(bad.why) and all(bad.remedy)
