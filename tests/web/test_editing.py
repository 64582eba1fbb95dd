"""Editing a reading: checked beside the field, its effect shown first, recorded once confirmed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from shuiheng.store import Lake, LakeBusy

if TYPE_CHECKING:
    from django.test import Client

FORM = "/meters/M-0001/edit/"
# The register on 1 March is 4310 m³; five more move water from March into February.
RIGHT = {
    "action": "correct", "at": "2020-03-01T00:00:00", "old": "4310", "new": "4315",
    "author": "张三<b>", "reason": "现场核对照片 12 号",
}  # fmt: skip


def lake() -> Lake:
    """Return the lake of the district that the test changes."""
    from django.conf import settings

    return Lake.open(settings.HOME, read_only=True)


def test_the_effect_is_shown_and_nothing_is_written(own_reader: Client) -> None:
    answer = own_reader.post(FORM, {**RIGHT, "step": "preview"})
    html = answer.content.decode()
    assert answer.status_code == 200 and "还没有写入" in html
    rows = re.findall(r'<td class="nowrap">(2020-\d\d)</td>', html)
    assert rows == ["2020-02", "2020-03"]
    assert "5.000" in html and "-5.000" in html
    assert "张三&lt;b&gt;" in html and "张三<b>" not in html
    with lake() as there:
        assert len(there.edits()) == 0


def test_a_confirmed_edit_is_recorded_and_the_volumes_follow(own_reader: Client) -> None:
    answer = own_reader.post(FORM, {**RIGHT, "step": "confirm"})
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/meters/M-0001/?month=2020-03&done=1"
    with lake() as there:
        (edit,) = there.edits(["M-0001"]).to_pylist()
        changes = [row for row in there.changes(["M-0001"]).to_pylist() if row["by"] == "month"]
        assert "M-0001" not in there.stale()
    assert (edit["old_l"], edit["new_l"], edit["author"]) == (4_310_000, 4_315_000, "张三<b>")
    assert {str(row["start"]): row["new_l"] - row["old_l"] for row in changes} == {
        "2020-02-01": 5000, "2020-03-01": -5000
    }  # fmt: skip
    html = own_reader.get(answer.headers["Location"]).content.decode()
    assert "更正 1 已记入" in html and "现场核对照片 12 号" in html
    table = html[html.index('id="changes"') :]
    assert "2020-02" in table and "更正 1" in table and "5.000" in table


def test_an_edit_can_be_withdrawn_and_stays_in_the_ledger(own_reader: Client) -> None:
    own_reader.post(FORM, {**RIGHT, "step": "confirm"})
    with lake() as there:
        before = there.volumes("month", ["M-0001"])["volume_l"].to_pylist()
    page = own_reader.get(f"{FORM}?action=withdraw&edit=1").content.decode()
    assert re.search(r'<option value="1" selected>', page)
    withdraw = {"action": "withdraw", "withdraws": "1", "author": "李四", "reason": "看错表"}
    assert own_reader.post(FORM, {**withdraw, "step": "confirm"}).status_code == 303
    with lake() as there:
        assert len(there.edits()) == 2
        after = there.volumes("month", ["M-0001"])["volume_l"].to_pylist()
    assert before[1] - after[1] == 5000 and after[2] - before[2] == 5000
    again = own_reader.post(FORM, {**withdraw, "step": "confirm"})
    assert again.status_code == 422 and "已经撤回" in again.content.decode()


@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        ({"author": ""}, "author", "写明是谁"),
        ({"reason": " "}, "reason", "写明为什么"),
        ({"reason": "长" * 501}, "reason", "最多 500"),
        ({"at": "yesterday"}, "at", "北京时间"),
        ({"at": "2020-03-01T05:00:00"}, "at", "这一时刻没有读数"),
        ({"old": "4311"}, "old", "这一时刻的读数是"),
        ({"old": "x"}, "old", "最多三位小数"),
        ({"new": "4310"}, "new", "与原读数相同"),
        ({"new": "1.0005"}, "new", "最多三位小数"),
        ({"new": "-3"}, "new", "不能是负数"),
        ({"new": "100000000"}, "new", "这只表最多走到"),
        ({"action": "add", "new": "5"}, "at", "已有读数"),
        ({"action": "add", "new": "5", "at": "2099-01-01T00:00:00"}, "at", "还没有到"),
        ({"action": "scale", "numerator": "0", "denominator": "1"}, "numerator", "1 到"),
        ({"action": "withdraw", "withdraws": "7"}, "withdraws", "没有这个编号"),
        ({"action": "erase"}, "action", "选一种更正"),
    ],
)
@pytest.mark.parametrize("step", ["preview", "confirm"])
def test_what_is_wrong_is_said_beside_its_field_and_the_rest_is_kept(
    reader: Client, typed: dict[str, str], field: str, words: str, step: str
) -> None:
    answer = reader.post(FORM, {**RIGHT, **typed, "step": step})
    html = answer.content.decode()
    assert answer.status_code == 422
    beside = re.search(rf'id="wrong-{field}">([^<]*)<', html)
    assert beside and words in beside[1]
    assert typed.get("reason", RIGHT["reason"]).strip() in html
    with lake() as there:
        assert len(there.edits()) == 0


def test_a_busy_lake_keeps_what_was_typed(
    own_reader: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.conf import settings

    from shuiheng.mechanisms.metering import services_edit

    monkeypatch.setattr(services_edit, "PATIENCE_S", 0.2)
    with Lake.open(settings.HOME) as other, other._catalog.writing():
        answer = own_reader.post(FORM, {**RIGHT, "step": "confirm"})
    html = answer.content.decode()
    assert answer.status_code == 503 and "正在写读数" in html
    assert 'value="4315"' in html and RIGHT["reason"] in html
    with lake() as there:
        assert len(there.edits()) == 0
    assert LakeBusy.__doc__


@pytest.mark.parametrize(
    "asker", [{"REMOTE_ADDR": "10.1.2.3"}, {"HTTP_X_FORWARDED_FOR": "10.1.2.3"}]
)
def test_nobody_edits_from_another_machine(own_reader: Client, asker: dict[str, str]) -> None:
    answer = own_reader.post(FORM, {**RIGHT, "step": "confirm"}, **asker)
    assert answer.status_code == 403 and "只能看" in answer.content.decode()
    assert "disabled" in own_reader.get(FORM, **asker).content.decode()
    with lake() as there:
        assert len(there.edits()) == 0


def test_a_scale_holds_from_its_instant_on(own_reader: Client) -> None:
    typed = {**RIGHT, "action": "scale", "at": "2020-11-01T00:00:00", "numerator": "10",
             "denominator": "1"}  # fmt: skip
    with lake() as there:
        before = there.volumes("month", ["M-0001"])["volume_l"].to_pylist()
    assert own_reader.post(FORM, {**typed, "step": "confirm"}).status_code == 303
    with lake() as there:
        after = there.volumes("month", ["M-0001"])["volume_l"].to_pylist()
    assert after[:10] == before[:10]
    assert after[10] == 10 * before[10]
