"""Writing an invented district into Django's tables, in one transaction."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal

from shuiheng.basics import SHANGHAI
from shuiheng.cli.demo.rows import DOCUMENT, YEAR, District

Told = Callable[[str, int], None]
CHUNK = 1_000


def write_tables(district: District, told: Told) -> dict[str, int]:
    """Write users, meters, series, declarations and plans; return how many rows of each."""
    from django.db import transaction

    with transaction.atomic():
        keys = _write_users(district, told)
        _write_meters(district, keys, told)
        _write_statistics(district, keys, told)
        _write_runs(district)
    return {
        "users": len(district.users),
        "meters": len(district.meters),
        "declared": len(district.declared) + len(district.facts),
        "series": len(district.series),
        "plans": len(district.plans),
    }


def _write_users(district: District, told: Told) -> dict[str, int]:
    from shuiheng.mechanisms.registry.models import WaterUser

    rows = [
        WaterUser(
            number=user.number, name=user.name, name_en=user.name_en, kind=user.kind,
            use=user.use, industry=user.industry, town=user.town, cooling=user.cooling,
            above_scale=user.above_scale, households=user.households, persons=user.persons,
            area_mu=user.area_mu, since=date(2015, 1, 1), note=user.note,
        )
        for user in district.users
    ]  # fmt: skip
    WaterUser.objects.bulk_create(rows, batch_size=CHUNK)
    told("用水户 users", len(rows))
    return dict(WaterUser.objects.values_list("number", "id"))


def _write_meters(district: District, users: dict[str, int], told: Told) -> None:
    from shuiheng.mechanisms.metering.models import Meter, MeterBinding, MeterExchange

    Meter.objects.bulk_create(
        [
            Meter(
                number=meter.number, level=meter.level, dn_mm=meter.dn_mm, q3_m3_h=meter.q3_m3_h,
                ratio=meter.ratio, digits=meter.digits, unit_l=meter.unit_l,
                interval_s=meter.step_s, online=meter.online, accuracy=meter.accuracy,
                installed_on=meter.installed_on, verified_on=meter.verified_on, town=meter.town,
            )
            for meter in district.meters
        ],
        batch_size=CHUNK,
    )  # fmt: skip
    keys = dict(Meter.objects.values_list("number", "id"))
    told("水表 meters", len(keys))
    MeterBinding.objects.bulk_create(
        [
            MeterBinding(
                meter_id=keys[row.meter], user_id=users[row.user], role=row.role,
                source=row.source, use=row.use,
                supplier_id=users[row.supplier] if row.supplier else None, zone=row.zone,
                since=row.since, until=row.until,
                parent_id=keys[row.parent] if row.parent else None, place=row.place,
                counts=row.counts,
            )
            for row in district.bindings
        ],
        batch_size=CHUNK,
    )  # fmt: skip
    MeterExchange.objects.bulk_create(
        MeterExchange(
            meter_id=keys[row.meter],
            at=row.at,
            final_l=row.final_l,
            initial_l=row.initial_l,
            reason=row.reason,
        )
        for row in district.exchanges
    )
    told("表户关系 bindings", len(district.bindings))


def _write_statistics(district: District, users: dict[str, int], told: Told) -> None:
    from shuiheng.mechanisms.plans.models import UnitPlan
    from shuiheng.mechanisms.statistics.models import DeclaredValue, DeclaredVolume, YearValue

    DeclaredVolume.objects.bulk_create(
        [
            DeclaredVolume(
                user_id=users[row.user],
                month=row.month,
                side=row.side,
                source=row.source,
                volume_l=row.volume_l,
                basis=row.basis,
                working=dict(row.working),
                document=DOCUMENT,
                by=row.by,
            )
            for row in district.declared
        ],
        batch_size=CHUNK,
    )
    DeclaredValue.objects.bulk_create(
        DeclaredValue(
            name=row.name,
            year=row.year,
            value=row.value,
            unit=row.unit,
            place=row.place,
            by=row.by,
            document=row.document,
            on=row.on,
        )
        for row in district.facts
    )
    YearValue.objects.bulk_create(
        YearValue(
            name=row.name,
            year=row.year,
            value=row.value,
            unit=row.unit,
            method=row.method,
            vintage=row.vintage,
            document=row.document,
            by=row.by,
        )
        for row in district.series
    )
    UnitPlan.objects.bulk_create(
        UnitPlan(
            user_id=users[row.user],
            year=YEAR,
            volume_m3=Decimal(row.volume_m3),
            document=row.document,
            issued_on=date(YEAR, 1, 10),
        )
        for row in district.plans
    )
    told(
        "申报、序列、计划 declarations, series, plans",
        len(district.declared) + len(district.facts) + len(district.series) + len(district.plans),
    )


def _write_runs(district: District) -> None:
    """Enter every part as an import, so that the page of imports shows where data came from."""
    from shuiheng.mechanisms.common.models import DataFinding, ImportRun

    parts = [
        ("users", "演示用水户", len(district.users), datetime(YEAR, 1, 2, 9, tzinfo=SHANGHAI)),
        ("meters", "演示水表", len(district.meters), datetime(YEAR, 1, 2, 10, tzinfo=SHANGHAI)),
        ("series", "演示统计序列", len(district.series),
         datetime(YEAR, 12, 28, 15, tzinfo=SHANGHAI)),
        ("declared", "演示申报", len(district.declared) + len(district.facts),
         datetime(YEAR, 12, 31, 16, tzinfo=SHANGHAI)),
        *(
            ("readings", name, len(table), datetime(
                YEAR, 11 if "late" in name else 12, 12 if "late" in name else 31, 23,
                tzinfo=SHANGHAI))
            for name, table in district.batches
        ),
    ]  # fmt: skip
    for kind, name, count, at in parts:
        run = ImportRun.objects.create(
            kind=kind,
            file_name=name,
            rows_read=count,
            rows_taken=count,
            started_at=at,
            by="演示",
            digest=hashlib.sha256(f"{district.seed}/{name}/{count}".encode()).hexdigest(),
            note="由种子生成的演示数据，不是真实文件。",
        )
        if "late" in name:
            DataFinding.objects.create(
                code="readings.late_batch",
                level="informs",
                import_run=run,
                found_at=at,
                text=f"{count} 条 {YEAR} 年 10 月读数在月结之后才到，已重算受影响的水表。",
                text_en=f"{count} readings of October {YEAR} came after the month was closed; the "
                "meters they touch were computed again.",
                facts={"batch": name, "readings": count},
            )
