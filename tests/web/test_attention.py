"""The list of meters that need attention: ranked by water at risk, silent ones included."""

from __future__ import annotations

import io
import re
import time
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import openpyxl
import pyarrow as pa
import pytest
from tests.web import small_district

from shuiheng.mechanisms.metering.attention import (
    AttentionRow,
    Limits,
    Reason,
    _attention,
    list_attention,
    only,
    silent_days,
)
from shuiheng.store import Lake

if TYPE_CHECKING:
    from django.test import Client

BOUNDS = Limits(3, Decimal("0.90"))


def meters(html: str) -> list[str]:
    """Return the meters of the list in order."""
    return re.findall(r'<td class="nowrap" data-head="表号"><a href="/meters/([^/"]+)/"', html)


def silence(folder: Path) -> None:
    """Add a meter that has been silent since July."""
    start = datetime(2019, 12, 31, 16, tzinfo=UTC)
    with Lake.open(folder) as lake:
        lake.define_meters(
            [{"meter": "M-0009", "kind": "register", "unit_l": 1000, "digits": 8, "step_s": 86400}]
        )
        lake.append(
            [
                {"meter": "M-0009", "at": start + timedelta(days=n), "value_l": 500_000 * n}
                for n in range(183)
            ],
            source="test", batch="silent",
        )  # fmt: skip
        lake.recompute(now=datetime(small_district.YEAR + 1, 2, 1, tzinfo=UTC))


def test_a_silent_meter_stands_first_by_its_usual_use(own_reader: Client) -> None:
    from django.conf import settings

    silence(settings.HOME)
    html = own_reader.get("/meters/attention/").content.decode()
    assert meters(html)[0] == "M-0009"
    assert "没有读数" in html
    row = html[html.index("/meters/M-0009/") :]
    assert "92,000" in row[: row.index("</tr>")]  # 184 days of 500 m³
    assert meters(own_reader.get("/meters/attention/?code=silent").content.decode()) == ["M-0009"]


def test_the_fallen_register_is_there_and_leads_to_its_form(reader: Client) -> None:
    html = reader.get("/meters/attention/").content.decode()
    assert "M-0003" in meters(html)
    assert 'href="/meters/M-0003/edit/"' in html
    assert "M-0003" not in meters(reader.get("/meters/attention/?town=320411.01").content.decode())


def test_notes_only_are_left_out_unless_asked_for(reader: Client) -> None:
    plain = set(meters(reader.get("/meters/attention/").content.decode()))
    every = set(meters(reader.get("/meters/attention/?level=all").content.decode()))
    assert plain < every


def test_the_list_goes_into_a_table(reader: Client) -> None:
    answer = reader.get("/meters/attention/?format=xlsx&level=all")
    sheet: Any = openpyxl.load_workbook(io.BytesIO(answer.content)).worksheets[0]
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[0][:3] == ("表号", "涉及水量 (m³)", "原因")
    risks = [row[1] for row in rows[1:]]
    known = [one for one in risks if one is not None]
    assert known == sorted(known, reverse=True) and known and len(risks) > 1
    assert risks == known + [None] * (len(risks) - len(known))  # what only informs stands below


def test_patterns_of_an_inlet_only_inform_but_its_readings_count(
    own_reader: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    from shuiheng.mechanisms.metering.models import MeterBinding

    def row(meter: str, code: str, *, pattern: bool) -> dict[str, Any]:
        return {"meter": meter, "code": code, "count": 1, "volume_l": 7000, "first_s": 0,
                "last_s": 0, "pattern": pattern}  # fmt: skip

    told = [
        row("M-0001", "vee.night_rise", pattern=True),
        row("M-0002", "vee.night_rise", pattern=True),
        row("M-0003", "vee.night_rise", pattern=True),
        row("M-0003", "vee.misread", pattern=False),
    ]
    monkeypatch.setattr(Lake, "tallies", lambda _lake: pa.Table.from_pylist(told))
    for number in ("M-0001", "M-0003"):
        MeterBinding.objects.filter(meter__number=number).update(role="network_input")
    _attention.cache_clear()
    rows = {one.meter: one for one in rows_now()}
    _attention.cache_clear()
    level = {(m, one.code): one.level for m in rows for one in rows[m].reasons}
    assert level["M-0001", "vee.night_rise"] == "informs"
    assert level["M-0002", "vee.night_rise"] == "warns"
    assert level["M-0003", "vee.night_rise"] == "informs"
    assert level["M-0003", "vee.misread"] == "warns"
    assert (rows["M-0001"].risk_l, rows["M-0001"].noted_l) == (0, 7000)
    assert rows["M-0002"].risk_l == rows["M-0003"].risk_l == 7000


def rows_now() -> list[AttentionRow]:
    """Return the list as the page ranks it."""
    from shuiheng.mechanisms.common import district

    bounds = Limits(3, Decimal("0.90"))
    on = date(small_district.YEAR, 12, 31)
    return list_attention(asked_by=None, lake=district.lake(), on=on, bounds=bounds)


def test_silence_is_counted_in_the_meters_own_steps() -> None:
    on = date(2020, 12, 31)
    row = {"last": on - timedelta(days=2), "step_s": 86_400}
    assert silent_days(row, on, BOUNDS) is None
    assert silent_days({**row, "last": on - timedelta(days=3)}, on, BOUNDS) == 3
    assert silent_days({**row, "step_s": 3600}, on, BOUNDS) == 2
    assert silent_days({**row, "last": on, "step_s": 3600}, on, BOUNDS) is None
    assert silent_days({"last": None, "step_s": 3600}, on, BOUNDS) == 0


def test_reasons_are_not_added_up_and_the_gravest_level_counts() -> None:
    row = AttentionRow(
        "A", (Reason("vee.stuck", "warns", 5, date(2020, 5, 1)),
              Reason("vee.gap", "informs", 9, date(2020, 4, 1))), None, None, None,
    )  # fmt: skip
    assert (row.risk_l, row.level, row.since) == (5, "warns", date(2020, 4, 1))
    (kept,) = only([row], code="", town="", level="", words="")
    assert [one.code for one in kept.reasons] == ["vee.stuck"] and kept.risk_l == 5
    assert only([row], code="vee.gap", town="", level="", words="")[0].noted_l == 9
    assert only([row], code="", town="320411.01", level="", words="") == []


def test_a_hundred_thousand_rows_are_filtered_and_sorted_at_once() -> None:
    rows = [
        AttentionRow(
            f"M-{place:06d}", (Reason("vee.stuck", "warns", place * 7919 % 100_003, None),),
            None, None, Decimal(1), town=f"320411.{place % 10:02d}",
        )
        for place in range(100_000)
    ]  # fmt: skip
    started = time.process_time()
    found = only(rows, code="vee.stuck", town="320411.03", level="warns", words="m-")
    assert time.process_time() - started < 2
    assert len(found) == 10_000
    assert [row.risk_l for row in found] == sorted((row.risk_l for row in found), reverse=True)
