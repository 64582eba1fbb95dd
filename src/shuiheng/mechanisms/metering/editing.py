"""The form of an edit: what was typed, read and checked; nothing is written here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from shuiheng.basics import SHANGHAI, Period
from shuiheng.mechanisms.metering import queries_meter as reads
from shuiheng.store.edits import ACTIONS, MOST_L, MOST_PART, EditValues

# Long enough for a name with its office, and for a reason in two sentences.
LONGEST = {"author": 80, "reason": 500}
OF_A_READING = frozenset({"correct", "reject", "accept"})


@dataclass(slots=True)
class Draft:
    """An edit as it was typed: every field as text, kept whatever is wrong with it."""

    action: str = ""
    at: str = ""
    old: str = ""
    new: str = ""
    numerator: str = ""
    denominator: str = ""
    withdraws: str = ""
    author: str = ""
    reason: str = ""

    @classmethod
    def typed(cls, form: Mapping[str, str]) -> Draft:
        """Return what a form or an address says; other words are left out."""
        names = [one.name for one in fields(cls)]
        draft = cls(
            **{name: form.get(name, "").replace("\x00", "").strip()[:600] for name in names}
        )
        if draft.action == "withdraw" and not draft.withdraws:
            draft.withdraws = form.get("edit", "").strip()[:20]
        return draft


@dataclass(slots=True)
class Checked:
    """An edit that was read: instant, values, and what is wrong by field."""

    draft: Draft
    at: datetime | None = None
    values: EditValues = field(default_factory=lambda: EditValues())
    wrong: dict[str, str] = field(default_factory=dict)
    # Readings near the instant, offered where it has none.
    near: list[dict[str, Any]] = field(default_factory=list)

    @property
    def fits(self) -> bool:
        """Whether nothing is wrong."""
        return not self.wrong


def check(draft: Draft, *, sight: reads.Sight) -> Checked:
    """Read a draft against what the lake holds; every fault is said beside its field."""
    found = Checked(draft)
    if draft.action not in ACTIONS:
        found.wrong["action"] = _("选一种更正。")
    for name, missing in (
        ("author", _("写明是谁更正的：姓名、单位。")),
        ("reason", _("写明为什么，给以后看这个数字的人。")),
    ):
        text = str(getattr(draft, name))
        if not text:
            found.wrong[name] = missing
        elif len(text) > LONGEST[name]:
            found.wrong[name] = _("最多 %(most)s 个字，现在 %(now)s 个。") % {
                "most": LONGEST[name], "now": len(text)
            }  # fmt: skip
    if draft.action == "withdraw":
        _withdraws(found, sight)
        return found
    found.at = instant(draft.at)
    if found.at is None:
        found.wrong["at"] = _("时刻写作 2020-07-03 08:00:00（北京时间）。")
        return found
    facts = reads.facts_of(asked_by=None, sight=sight) or {}
    if draft.action in OF_A_READING:
        _old(found, sight)
    if draft.action in {"correct", "add"}:
        _new(found, int(facts.get("capacity_l") or 0))
    if draft.action == "add":
        _nothing_there(found, sight)
    if draft.action == "scale":
        _scale(found)
    return found


def instant(written: str) -> datetime | None:
    """Return an instant written in Shanghai time, or None.

    >>> instant("2020-07-03 08:00").isoformat(), instant("yesterday")
    ('2020-07-03T08:00:00+08:00', None)
    """
    try:
        at = datetime.fromisoformat(written)
    except ValueError:
        return None
    return at.replace(tzinfo=SHANGHAI) if at.tzinfo is None else at.astimezone(SHANGHAI)


def litres(written: str) -> int | None:
    """Return cubic metres with at most three decimals as litres, or None.

    >>> litres("1,234.5"), litres("0.0005"), litres("none")
    (1234500, None, None)
    """
    try:
        value = Decimal(written.replace(",", "").replace("，", "").strip()) * 1000
    except InvalidOperation:
        return None
    if not value.is_finite() or value != value.to_integral_value():
        return None
    return int(value)


def _readings_at(sight: reads.Sight, at: datetime) -> tuple[list[int], list[dict[str, Any]]]:
    """Return the values in use at an instant (else those not in use), and the nearest readings."""
    day = at.date()
    around = Period(day - timedelta(days=3), day + timedelta(days=4))
    rows = reads.list_readings(asked_by=None, sight=sight, period=around).to_pylist()
    there = [row for row in rows if row["at"] == at]
    used = [row for row in there if row["quality"] != "X"]
    here = sorted({int(row["value_l"]) for row in used or there})
    rows.sort(key=lambda row: abs(row["at"] - at))
    near = sorted(rows[:5], key=lambda row: row["at"])
    return here, [{**row, "at": row["at"].astimezone(SHANGHAI)} for row in near]


def _old(found: Checked, sight: reads.Sight) -> None:
    assert found.at is not None
    here, near = _readings_at(sight, found.at)
    if not here:
        found.wrong["at"] = _("这一时刻没有读数。附近的读数列在下面；要补一个读数请选“补录读数”。")
        found.near = near
        return
    if not found.draft.old:
        if len(here) > 1:
            several = _("这一时刻有 %(count)s 个不同的读数，写明是哪一个：%(values)s。")
            found.wrong["old"] = several % {
                "count": len(here),
                "values": "、".join(_cubic(one) for one in here),
            }
            return
        found.draft.old = _cubic(here[0])
    old = litres(found.draft.old)
    if old is None:
        found.wrong["old"] = _("读数写作立方米，最多三位小数，例如 1234.567。")
    elif old not in here:
        found.wrong["old"] = _("这一时刻的读数是 %(values)s m³，没有 %(written)s m³。") % {
            "values": "、".join(_cubic(one) for one in here), "written": found.draft.old
        }  # fmt: skip
    else:
        found.values["old_l"] = old


def _cubic(value: int) -> str:
    return f"{Decimal(value) / 1000:f}"


def _new(found: Checked, capacity: int) -> None:
    new = litres(found.draft.new)
    if new is None:
        found.wrong["new"] = _("读数写作立方米，最多三位小数，例如 1234.567。")
    elif not 0 <= new < MOST_L:
        found.wrong["new"] = _("读数不能是负数，也不能超过表盘。")
    elif capacity and new >= capacity:
        found.wrong["new"] = _("这只表最多走到 %(most)s m³；看看单位，或先改台账里的位数。") % {
            "most": _cubic(capacity)
        }
    elif new == found.values.get("old_l"):
        found.wrong["new"] = _("与原读数相同。要说明它虽不寻常却属实，请选“确认读数属实”。")
    else:
        found.values["new_l"] = new


def _nothing_there(found: Checked, sight: reads.Sight) -> None:
    assert found.at is not None
    if found.at > timezone.now():
        found.wrong["at"] = _("这一时刻还没有到。")
        return
    here, _near = _readings_at(sight, found.at)
    if here:
        found.wrong["at"] = _("这一时刻已有读数 %(value)s m³；要改它请选“更正读数”。") % {
            "value": _cubic(here[0])
        }


def _scale(found: Checked) -> None:
    for name in ("numerator", "denominator"):
        written = str(getattr(found.draft, name))
        if not written.isascii() or not written.isdigit() or not 0 < int(written) <= MOST_PART:
            found.wrong[name] = _("写 1 到 %(most)s 的整数。") % {"most": f"{MOST_PART:,}"}
    if "numerator" not in found.wrong and "denominator" not in found.wrong:
        found.values["numerator"] = int(found.draft.numerator)
        found.values["denominator"] = int(found.draft.denominator)


def _withdraws(found: Checked, sight: reads.Sight) -> None:
    edits = reads.list_edits(asked_by=None, sight=sight)
    there = {str(one["edit"]): one for one in edits if one["action"] != "withdraw"}
    gone = {str(one["withdraws"]) for one in edits if one["action"] == "withdraw"}
    one = there.get(found.draft.withdraws)
    if one is None:
        found.wrong["withdraws"] = _("这只表没有这个编号的更正。")
    elif found.draft.withdraws in gone:
        found.wrong["withdraws"] = _("这项更正已经撤回。")
    else:
        found.at = one["at"].astimezone(SHANGHAI)
        found.draft.at = f"{found.at:%Y-%m-%dT%H:%M:%S}"
        found.values["withdraws"] = int(one["edit"])
