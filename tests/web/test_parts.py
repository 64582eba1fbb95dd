"""Parts of the pages: charts, small trends, values, home settings."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shuiheng.mechanisms.common.charts import Chart, Point, Series, TargetLine, sparkline, ticks
from shuiheng.mechanisms.common.showing import digits, show
from shuiheng.web.home import WrongDatabaseAddress, database, secret_key

NUMBERS = st.decimals(
    min_value=Decimal("-1e12"), max_value=Decimal("1e12"), allow_nan=False, places=4
)


@given(NUMBERS)
def test_three_digits_are_near_the_value(value: Decimal) -> None:
    shown = Decimal(digits(value).replace(",", ""))
    assert abs(shown - value) <= abs(value) * Decimal("0.005")


@given(NUMBERS)
def test_full_digits_lose_nothing(value: Decimal) -> None:
    assert Decimal(digits(value, full=True).replace(",", "")) == value


@given(NUMBERS, st.sampled_from(["m3", "1", "yuan", "亩", "m3/万元", "万m3/year"]))
def test_a_number_never_stands_alone(value: Decimal, unit: str) -> None:
    for language in ("zh", "en"):
        assert show(value, unit, language=language).unit


@pytest.mark.parametrize(
    ("value", "zh", "en"),
    [
        ("9999", "9,999 m³", "9,999 m³"),
        ("10000", "1 万立方米", "10 thousand m³"),
        ("99999999", "10,000 万立方米", "100 million m³"),
        ("100000000", "1 亿立方米", "100 million m³"),
        ("1234567", "123 万立方米", "1.23 million m³"),
    ],
)
def test_sizes_of_volume(value: str, zh: str, en: str) -> None:
    assert str(show(Decimal(value), "m3")) == zh
    assert str(show(Decimal(value), "m3", language="en")) == en


@given(st.floats(-1e9, 1e9), st.floats(-1e9, 1e9))
def test_ticks_cover_the_range(one: float, other: float) -> None:
    low, high = min(one, other), max(one, other)
    marks = ticks(low, high)
    assert marks == sorted(marks) and 1 <= len(marks) <= 14
    slack = 1e-6 * max(abs(low), abs(high), 1)
    assert marks[0] <= low + slack and marks[-1] >= high - slack


@given(st.lists(st.one_of(st.none(), NUMBERS), max_size=40))
def test_any_chart_can_be_drawn(values: list[Decimal | None]) -> None:
    points = [Point(f"<{place}>", value) for place, value in enumerate(values)]
    for bars in (True, False):
        chart = Chart(
            "a < b", "m3", [Series("x & y", points, bars=bars)], [TargetLine(Decimal(5), "<t>")]
        )
        drawn = chart.wide() + chart.narrow()
        assert "<t>" not in drawn and "nan" not in drawn
        assert len(chart.rows()) == len(values)
    sparkline(values, Decimal(3))


def test_parts_of_a_bar_add_up() -> None:
    point = Point.split("2020-01", measured=Decimal(3), estimated=Decimal(2))
    assert point.value == 5 and point.kinds == ("measured", "estimated")


@pytest.mark.parametrize(
    "address", ["mysql://a/b", "postgresql://host", "postgresql://host:port/name", "nonsense"]
)
def test_a_wrong_database_address_is_refused(address: str) -> None:
    with pytest.raises(WrongDatabaseAddress, match="postgresql://user:password@host"):
        database(Path("/nowhere"), address)


def test_the_secret_is_made_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SHUIHENG_SECRET_KEY", raising=False)
    first = secret_key(tmp_path)
    assert secret_key(tmp_path) == first and len(first) > 40
    assert (tmp_path / "secret.key").stat().st_mode & 0o077 == 0
