"""Figures that change keep their old value, the new one and the cause; stale ones say so."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from shuiheng.store import Lake

if TYPE_CHECKING:
    from django.test import Client

LATER = datetime(2021, 1, 1, 16, tzinfo=UTC)
# The last register of the year is 20,921 m³; ten more are ten more of the year.
LATE = {
    "action": "correct", "at": "2021-01-01T00:00:00", "old": "20921", "new": "20931",
    "author": "张三", "reason": "年末抄表照片", "step": "confirm",
}  # fmt: skip


def test_a_figure_keeps_its_old_value_and_names_the_edit(own_reader: Client) -> None:
    from shuiheng.mechanisms.assessment.models import FigureChange, RecordedFigure

    assert "数字变过" not in own_reader.get("/").content.decode()
    recorded = RecordedFigure.objects.count()
    assert recorded > 20 and not FigureChange.objects.exists()
    assert own_reader.get("/").status_code == 200
    assert RecordedFigure.objects.count() == recorded, "Reading a page again records nothing."
    assert own_reader.post("/meters/M-0001/edit/", LATE).status_code == 303
    board = own_reader.get("/").content.decode()
    changes = list(FigureChange.objects.all())
    assert changes and all(change.causes == ["edit 1"] for change in changes)
    assert all(change.old != change.new for change in changes)
    assert "数字变过" in board and "更正 1" in board
    name = changes[0].name
    told = own_reader.get(f"/explain/{name}/").content.decode()
    assert "数字变过" in told and "更正 1" in told
    english = own_reader.get(f"/explain/{name}/?lang=en").content.decode()
    assert "This figure changed" in english and "edit 1" in english
    count = len(changes)
    own_reader.get("/")
    assert FigureChange.objects.count() == count


def test_another_day_is_looked_at_without_being_recorded(own_reader: Client) -> None:
    from shuiheng.mechanisms.assessment.models import RecordedFigure

    assert own_reader.get("/?on=2020-06-30").status_code == 200
    assert not RecordedFigure.objects.exists()


def test_figures_that_wait_for_readings_say_so(own_reader: Client) -> None:
    from django.conf import settings

    assert "还没有计入水量" not in own_reader.get("/").content.decode()
    with Lake.open(settings.HOME) as lake:
        lake.append(
            [{"meter": "M-0001", "at": LATER, "value_l": 20_990_000}],
            source="late", batch="late",
        )  # fmt: skip
    for address in ("/", "/targets/plan_2020/network_leakage/", "/meters/M-0001/"):
        assert "有 1 只水表的新读数还没有计入水量" in own_reader.get(address).content.decode()
