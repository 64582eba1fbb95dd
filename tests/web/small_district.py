"""A small invented district for the tests of the pages: four users, four meters, one year.

``python -m tests.web.small_district DIR`` builds one in a folder, for the tests with a browser.
"""

from __future__ import annotations

import os
import sys
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pyarrow as pa

from shuiheng.store import Home, Lake

YEAR = 2020


def home(folder: Path, *, demo: bool = True) -> Home:
    """Write the district's home.toml."""
    return Home(
        folder=folder, name="样例区", place="320411", plan="plan_2020", demo=demo,
        asked_on=date(YEAR, 12, 31), seed=7,
    ).save()  # fmt: skip


def readings(folder: Path) -> None:
    """Write a year of daily readings of four meters, with a gap, a fall and a doubled month."""
    with Lake.open(folder) as lake:
        lake.define_meters(
            [
                {"meter": name, "kind": "register", "unit_l": 1000, "digits": 8, "step_s": 86400}
                for name in ("M-0001", "M-0002", "M-0003", "M-0004")
            ]
        )
        start = datetime(YEAR - 1, 12, 31, 16, tzinfo=UTC)
        rows: dict[str, list[object]] = {"meter": [], "at": [], "value_l": []}
        for place, name in enumerate(("M-0001", "M-0002", "M-0003", "M-0004"), start=1):
            register = 1_000_000 * place
            for day in range(367):
                register += 40_000 * place + (day % 30) * 1_000
                if name == "M-0002" and 100 <= day < 130:
                    continue
                if name == "M-0003" and day == 200:
                    register -= 900_000
                rows["meter"].append(name)
                rows["at"].append(start + timedelta(days=day))
                rows["value_l"].append(register)
        table = pa.table(
            {
                "meter": pa.array(rows["meter"], pa.string()),
                "at": pa.array(rows["at"], pa.timestamp("us", "UTC")),
                "value_l": pa.array(rows["value_l"], pa.int64()),
            }
        )
        lake.append(table, source="样例读数.csv", batch="small-1")
        lake.recompute(now=datetime(YEAR + 1, 2, 1, tzinfo=UTC))


def register() -> None:
    """Enter users, meters, a declaration, an import and findings in the database."""
    from shuiheng.mechanisms.common.models import DataFinding, ImportRun
    from shuiheng.mechanisms.metering.models import Meter, MeterBinding
    from shuiheng.mechanisms.registry.models import WaterUser
    from shuiheng.mechanisms.statistics.models import DeclaredVolume

    users = [
        ("U-0001", "春江化工有限公司", "Chunjiang Chemicals", "enterprise", "U2", "320411.01"),
        ("U-0002", "河海实验小学", "Hehai Primary School", "school", "U3", "320411.08"),
        ("U-0003", "=公式<b>&村", "", "village", "U1", "320411.02"),
        ("U-0004", "无表灌区", "Unmetered Irrigation", "irrigation_district", "U1", "320411.07"),
    ]
    made = [
        WaterUser.objects.create(
            number=number, name=name, name_en=name_en, kind=kind, use=use, town=town,
            above_scale=kind == "enterprise", industry="2614" if kind == "enterprise" else "",
            area_mu=Decimal("1200.50"), since=date(2018, 1, 1),
        )
        for number, name, name_en, kind, use, town in users
    ]  # fmt: skip
    holders = [made[0], made[0], made[1], made[2]]
    roles = ["intake", "return", "delivery", "intake"]
    for place, (user, role) in enumerate(zip(holders, roles, strict=True), start=1):
        meter = Meter.objects.create(
            number=f"M-{place:04d}", dn_mm=100, q3_m3_h=Decimal(100), digits=8, online=place != 3,
            town=user.town, installed_on=date(2017, 5, 1), verified_on=date(2019, 5, 1),
        )  # fmt: skip
        MeterBinding.objects.create(
            meter=meter, user=user, role=role, source="S1", since=date(2018, 1, 1)
        )
    for month in range(4, 10):
        DeclaredVolume.objects.create(
            user=made[3], month=date(YEAR, month, 1), side="intake", source="S1",
            volume_l=80_000_000, basis="area_quota", by="农业农村局",
        )  # fmt: skip
    run = ImportRun.objects.create(
        kind="users", file_name="名录.xlsx", digest="a" * 64,
        started_at=datetime(YEAR + 1, 1, 5, 1, tzinfo=UTC), rows_read=5, rows_taken=4,
        rows_refused=1, by="张三",
    )  # fmt: skip
    DataFinding.objects.create(
        code="registry.negative", level="blocks", import_run=run, facts={"row": 5},
        text="第 5 行“面积”为负数 (-3)。更正后重新读入本文件即可，其余 4 行已采用。",
        text_en="Row 5: the area is negative (-3). Correct it and read the file in again; the "
        "other 4 rows were taken.", found_at=datetime(YEAR + 1, 1, 5, 1, tzinfo=UTC),
    )  # fmt: skip


def build(folder: Path) -> None:
    """Build the whole district in a folder, with a database of its own."""
    home(folder)
    os.environ["SHUIHENG_HOME"] = str(folder)
    os.environ.pop("SHUIHENG_DATABASE_URL", None)
    from django.core.management import call_command

    from shuiheng.web import start

    start(folder)
    call_command("migrate", verbosity=0)
    register()
    readings(folder)


if __name__ == "__main__":
    build(Path(sys.argv[1]).resolve())
