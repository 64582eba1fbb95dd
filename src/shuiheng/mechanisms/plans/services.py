"""Acts on plans: entering the yearly plans of users from a table."""

from __future__ import annotations

from collections.abc import Iterator
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
from shuiheng.mechanisms.plans.models import UnitPlan
from shuiheng.mechanisms.registry.models import WaterUser
from shuiheng.store.sheets import Sheet

CHUNK = 500

PLAN_COLUMNS = (
    Column("user", "用水户编号", "User", required=True, length=20, example="P030012"),
    Column("year", "年份", "Year", "integer", required=True, least=Decimal(2000),
           most=Decimal(2100), example="2020"),
    Column("volume_m3", "计划水量(m3)", "Plan (m3)", "decimal", required=True, places=3,
           least=Decimal(0), most=Decimal(10**12)),
    Column("document", "下达文件", "Document", length=120, default=""),
    Column("issued_on", "下达日期", "Issued on", "date", past=True),
)  # fmt: skip


def import_plans(
    sheet: Sheet, *, today: date, at: datetime, by: str, digest: str, dry_run: bool = False,
    all_or_nothing: bool = False,
) -> Outcome:  # fmt: skip
    """Enter or change users' plans of a year; a row whose user is unknown is refused.

    :raises MissingColumns: if the table lacks a required column
    """
    reading = read_rows(sheet, PLAN_COLUMNS, "plans", today)
    refuse_repeats(reading, lambda row: (row.values["user"], row.values["year"]), "user")
    users = dict(WaterUser.objects.values_list("number", "id"))
    for parsed in reading.good:
        if parsed.values["user"] not in users:
            reading.refuse(
                parsed.row, "user", "plans.unknown_user", ("尚未登记", "is not registered"),
                ("请先导入该用水户，或更正编号。",
                 "Import that user first, or correct the number."), parsed.values["user"],
            )  # fmt: skip

    def save(rows: list[Parsed], outcome: Outcome) -> None:
        stored = {(plan.user_id, plan.year): plan for plan in UnitPlan.objects.all()}
        new, changed = [], []
        for parsed in rows:
            number = parsed.values["user"]
            fields = {name: parsed.values[name] for name in ("volume_m3", "document", "issued_on")}
            plan = stored.get((users[number], parsed.values["year"]))
            if plan is None:
                new.append(UnitPlan(user_id=users[number], year=parsed.values["year"], **fields))
            elif found := differences(plan, fields, PLAN_COLUMNS):
                for name, value in fields.items():
                    setattr(plan, name, value)
                changed.append(plan)
                outcome.changes.append(f"{number}:{';'.join(found)}")
            else:
                outcome.unchanged += 1
        UnitPlan.objects.bulk_create(new, batch_size=CHUNK)
        UnitPlan.objects.bulk_update(
            changed, ["volume_m3", "document", "issued_on"], batch_size=CHUNK
        )
        outcome.new, outcome.changed = len(new), len(changed)

    return run_import(
        reading, kind="plans", digest=digest, at=at, by=by, save=save, dry_run=dry_run,
        all_or_nothing=all_or_nothing,
    )  # fmt: skip


def plan_rows() -> Iterator[list[Any]]:
    """Yield every plan as a row of its table."""
    for plan in UnitPlan.objects.select_related("user"):
        yield [plan.user.number, plan.year, plan.volume_m3, plan.document, plan.issued_on]
