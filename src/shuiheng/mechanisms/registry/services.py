"""Acts on the registry: entering and changing water users from a table."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from shuiheng.mechanisms.common.cells import Column
from shuiheng.mechanisms.common.importing import (
    Outcome,
    Parsed,
    differences,
    read_rows,
    refuse_repeats,
    run_import,
)
from shuiheng.mechanisms.registry.credit_code import fault_of
from shuiheng.mechanisms.registry.models import Cooling, UseClass, UserKind, WaterUser
from shuiheng.store.sheets import Sheet

CHUNK = 500
INDUSTRY = re.compile(r"[A-T]?\d{2,4}")


def user_columns(towns: Mapping[str, str]) -> tuple[Column, ...]:
    """Return the columns of the table of users; ``towns`` are the places a user may lie in."""
    cooling = {code: title for code, title in Cooling.choices if code}
    return (
        Column("number", "用水户编号", "Number", required=True, length=20,
               explained="本区内不重复的编号，换名不换号", example="P030012"),
        Column("name", "名称", "Name", required=True, length=100, example="衡云印染"),
        Column("name_en", "英文名称", "English name", length=100, default=""),
        Column("credit_code", "统一社会信用代码", "Credit code", length=18, default="",
               explained="GB 32100,18 位，末位校验；对公众不显示"),
        Column("kind", "类型", "Kind", "choice", required=True, choices=dict(UserKind.choices)),
        Column("use", "用水分类", "Use class", "choice", required=True,
               choices=dict(UseClass.choices)),
        Column("industry", "行业代码(GB/T 4754)", "Industry (GB/T 4754)", length=5, default="",
               explained="两位至四位数字，可带门类字母", example="1713"),
        Column("town", "镇街道", "Town", "choice", required=True, choices=dict(towns)),
        Column("cooling", "冷却方式", "Cooling", "choice", choices=cooling, default="",
               explained="只有火电厂填写"),
        Column("above_scale", "规模以上", "Above scale", "flag", default=False),
        Column("households", "户数(户)", "Households", "integer", default=0, least=Decimal(0),
               most=Decimal(10_000_000)),
        Column("persons", "人数(人)", "Persons", "integer", default=0, least=Decimal(0),
               most=Decimal(10_000_000)),
        Column("area_mu", "面积(亩)", "Area (mu)", "decimal", default=Decimal(0), places=2,
               least=Decimal(0), most=Decimal(100_000_000)),
        Column("since", "开始日期", "Since", "date", past=True, example="2015-01-01"),
        Column("until", "截止日期", "Until", "date", explained="自该日起不再是用水户"),
        Column("note", "备注", "Note", length=200, default=""),
    )  # fmt: skip


def import_users(
    sheet: Sheet,
    *,
    towns: Mapping[str, str],
    today: date,
    at: datetime,
    by: str,
    digest: str,
    dry_run: bool = False,
    all_or_nothing: bool = False,
) -> Outcome:
    """Enter new users and change those whose number is known; rows with a bad cell are refused.

    :raises MissingColumns: if the table lacks a column without which no user can be read
    """
    columns = user_columns(towns)
    reading = read_rows(sheet, columns, "users", today)
    refuse_repeats(reading, lambda parsed: parsed.values["number"], "number")
    for parsed in reading.good:
        values = parsed.values
        values["credit_code"] = values["credit_code"].upper()
        values["industry"] = values["industry"].upper()
        if values["credit_code"] and (fault := fault_of(values["credit_code"])):
            reading.refuse(
                parsed.row, "credit_code", "registry.bad_credit_code", fault,
                ("请照营业执照核对。", "Check it against the business licence."),
                values["credit_code"],
            )  # fmt: skip
        if values["industry"] and not INDUSTRY.fullmatch(values["industry"]):
            reading.refuse(
                parsed.row, "industry", "registry.bad_industry",
                ("不是行业代码", "is no industry code"),
                ("请填 GB/T 4754 的两位至四位代码。", "Write two to four digits of GB/T 4754."),
                values["industry"],
            )  # fmt: skip
        if values["since"] and values["until"] and values["until"] <= values["since"]:
            reading.refuse(
                parsed.row, "until", "import.ends_before_start",
                ("不晚于开始日期", "is not after the start"),
                ("请核对两个日期。", "Check both days."), values["until"],
            )  # fmt: skip
        if values["cooling"] and values["kind"] != UserKind.POWER_PLANT:
            reading.refuse(
                parsed.row, "cooling", "registry.cooling_without_plant",
                ("只有火电厂才有冷却方式", "is for thermal power plants only"),
                ("请清空，或更正类型。", "Clear it, or correct the kind."), values["cooling"],
            )  # fmt: skip

    def save(rows: list[Parsed], outcome: Outcome) -> None:
        _save_users(rows, outcome, columns)

    return run_import(
        reading, kind="users", digest=digest, at=at, by=by, save=save, dry_run=dry_run,
        all_or_nothing=all_or_nothing,
    )  # fmt: skip


def _save_users(rows: list[Parsed], outcome: Outcome, columns: tuple[Column, ...]) -> None:
    known: dict[str, WaterUser] = {}
    numbers = [parsed.values["number"] for parsed in rows]
    for start in range(0, len(numbers), CHUNK):
        part = WaterUser.objects.select_for_update()
        known |= part.in_bulk(numbers[start : start + CHUNK], field_name="number")
    new, changed = [], []
    for parsed in rows:
        number = parsed.values["number"]
        outcome.touched.append(number)
        if number not in known:
            new.append(WaterUser(**parsed.values))
            continue
        user = known[number]
        found = differences(user, parsed.values, columns)
        if not found:
            outcome.unchanged += 1
            continue
        for name, value in parsed.values.items():
            setattr(user, name, value)
        changed.append(user)
        outcome.changes.append(f"{number}:{';'.join(found)}")
    WaterUser.objects.bulk_create(new, batch_size=CHUNK)
    fields = [column.name for column in columns if column.name != "number"]
    WaterUser.objects.bulk_update(changed, fields, batch_size=CHUNK)
    outcome.new, outcome.changed = len(new), len(changed)


def user_rows(columns: tuple[Column, ...], *, with_codes: bool = True) -> Iterator[list[Any]]:
    """Yield every user as a row of the table, with the titles of choices, ready to be read again.

    ``with_codes`` False leaves the credit code out, as for a file that is made public.
    """
    for user in WaterUser.objects.order_by("number").iterator(CHUNK):
        row: list[Any] = []
        for column in columns:
            value = getattr(user, column.name)
            if column.name == "credit_code" and not with_codes:
                value = ""
            row.append(column.choices.get(value, value) if column.kind == "choice" else value)
        yield row
