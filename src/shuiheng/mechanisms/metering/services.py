"""Acts on meters: entering them with what they measure, and their exchanges, from a table."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any

from django.db.models import Exists, OuterRef

from shuiheng.mechanisms.common.cells import Column
from shuiheng.mechanisms.common.importing import (
    Outcome,
    Parsed,
    Reading,
    differences,
    read_rows,
    refuse_repeats,
    run_import,
)
from shuiheng.mechanisms.metering.import_tree import refuse_broken_trees
from shuiheng.mechanisms.metering.models import (
    Accuracy,
    Counts,
    Meter,
    MeterBinding,
    MeterExchange,
    Role,
    Source,
)
from shuiheng.mechanisms.registry.models import UseClass, WaterUser
from shuiheng.store.sheets import Sheet

CHUNK = 500
FACTS = (
    "level", "dn_mm", "q3_m3_h", "ratio", "digits", "unit_l", "interval_s", "online",
    "accuracy", "installed_on", "verified_on", "town",
)  # fmt: skip
BOUND = ("role", "source", "use", "zone", "until", "place", "counts")
_ZERO = Decimal(0)


def meter_columns(towns: Mapping[str, str]) -> tuple[Column, ...]:
    """Return the columns of the table of meters: one row for each meter and what it is bound to."""
    return (
        Column("number", "水表编号", "Meter", required=True, length=30, example="B00123"),
        Column("user", "用水户编号", "User", required=True, length=20, example="P030012",
               explained="先导入用水户"),
        Column("role", "计量用途", "Role", "choice", required=True, choices=dict(Role.choices)),
        Column("source", "水源", "Source", "choice", choices=dict(Source.choices), default=""),
        Column("use", "用水分类", "Use class", "choice", choices=dict(UseClass.choices), default="",
               explained="与用水户的分类不同时才填"),
        Column("supplier", "供水单位编号", "Supplier", length=20, default="",
               explained="公共供水、再生水由谁供；供水厂的取水、出厂表填本厂"),
        Column("zone", "分区", "Zone", length=20, default="", example="新桥-02"),
        Column("since", "绑定日期", "Bound since", "date", required=True, past=True,
               explained="自该日起计入该用水户", example="2019-01-01"),
        Column("until", "解绑日期", "Bound until", "date",
               explained="自该日起不再计入；仍在用则不填"),
        Column("level", "计量级别", "Level", "integer", default=1, least=Decimal(1),
               most=Decimal(9), explained="一级为进出用水户，二级为车间，三级为设备"),
        Column("parent", "上级水表", "Parent meter", length=30, default="",
               explained="水先经过的那只表；移装时另起一行，填新的绑定日期和上级"),
        Column("place", "处所", "Place", length=60, default="", example="一车间",
               explained="计量的车间或设备；同户同级同处所的几只表是同一处的几个进水口"),
        Column("counts", "平衡中", "In the balance", "choice", choices=dict(Counts.choices),
               default=Counts.INTO.value,
               explained="计入本处所；扣减为从上级处所转出；差额为没有装表，取上级减去同级"),
        Column("dn_mm", "口径(mm)", "Diameter (mm)", "integer", default=0, least=_ZERO,
               most=Decimal(10_000)),
        Column("q3_m3_h", "常用流量Q3(m3/h)", "Q3 (m3/h)", "decimal", default=_ZERO, places=3,
               least=_ZERO, most=Decimal(1_000_000)),
        Column("ratio", "量程比Q3/Q1", "Q3/Q1", "integer", default=0, least=_ZERO,
               most=Decimal(10_000)),
        Column("digits", "字轮位数(m3)", "Register digits (m3)", "integer", default=0, least=_ZERO,
               most=Decimal(12), explained="整立方米的位数，用于识别翻转"),
        Column("unit_l", "最小读数(升)", "Litres per count", "integer", default=1,
               least=Decimal(1), most=Decimal(1_000_000)),
        Column("interval_s", "读数间隔(秒)", "Seconds between readings", "integer",
               default=86_400, least=Decimal(1), most=Decimal(31_622_400)),
        Column("accuracy", "准确度等级", "Accuracy class", "choice",
               choices=dict(Accuracy.choices), default="",
               explained="GB/T 778.1 的1级或2级；不详按误差最大的一级"),
        Column("online", "远传", "Online", "flag", default=False),
        Column("installed_on", "安装日期", "Installed on", "date", past=True),
        Column("verified_on", "检定日期", "Verified on", "date", past=True),
        Column("town", "镇街道", "Town", "choice", choices=dict(towns), default=""),
    )  # fmt: skip


EXCHANGE_COLUMNS = (
    Column("meter", "水表编号", "Meter", required=True, length=30, example="B00118"),
    Column("at", "换表时间", "Exchanged at", "instant", required=True, past=True,
           example="2020-05-14 10:00"),
    Column("final_m3", "旧表止码(m3)", "Last register (m3)", "decimal", required=True, places=3,
           least=_ZERO, most=Decimal(10**12)),
    Column("initial_m3", "新表起码(m3)", "First register (m3)", "decimal", required=True, places=3,
           least=_ZERO, most=Decimal(10**12)),
    Column("reason", "原因", "Reason", length=100, default="", example="到期轮换"),
)  # fmt: skip


def import_meters(
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
    """Enter meters and bindings; a row whose user is unknown or whose days overlap is refused.

    :raises MissingColumns: if the table lacks a column without which no meter can be read
    """
    columns = meter_columns(towns)
    reading = read_rows(sheet, columns, "meters", today)
    refuse_repeats(
        reading, lambda parsed: (parsed.values["number"], parsed.values["since"]), "number"
    )
    users = dict(WaterUser.objects.values_list("number", "id"))
    _check_users(reading, users)
    _check_facts(reading)
    _check_overlaps(reading)
    refuse_broken_trees(reading)

    def save(rows: list[Parsed], outcome: Outcome) -> None:
        meters = _save_meters(rows, outcome, columns)
        _save_bindings(rows, outcome, meters, users)

    return run_import(
        reading, kind="meters", digest=digest, at=at, by=by, save=save, dry_run=dry_run,
        all_or_nothing=all_or_nothing,
    )  # fmt: skip


def _check_users(reading: Reading, users: Mapping[str, int]) -> None:
    for parsed in reading.good:
        for name in ("user", "supplier"):
            number = parsed.values[name]
            if number and number not in users:
                reading.refuse(
                    parsed.row, name, "metering.unknown_user", ("尚未登记", "is not registered"),
                    ("请先导入该用水户，或更正编号。",
                     "Import that user first, or correct the number."), number,
                )  # fmt: skip
        if (until := parsed.values["until"]) and until <= parsed.values["since"]:
            reading.refuse(
                parsed.row, "until", "import.ends_before_start",
                ("不晚于绑定日期", "is not after the start"),
                ("请核对两个日期。", "Check both days."), until,
            )  # fmt: skip


def _check_facts(reading: Reading) -> None:
    """Refuse a second row of a meter that says other facts of it than the first."""
    first: dict[str, Parsed] = {}
    for parsed in reading.good:
        other = first.setdefault(parsed.values["number"], parsed)
        for name in FACTS:
            if parsed.values[name] != other.values[name]:
                reading.refuse(
                    parsed.row, name, "metering.two_facts",
                    (f"与第 {other.row.number} 行同一水表所填不同",
                     f"differs from row {other.row.number} of the same meter"),
                    ("请统一。", "Make them equal."), parsed.values[name],
                )  # fmt: skip


def _check_overlaps(reading: Reading) -> None:
    """Refuse a binding that shares a day with another of the same meter, in the file or stored."""
    spans: dict[str, dict[date, tuple[date | None, Parsed | None]]] = defaultdict(dict)
    numbers = {parsed.values["number"] for parsed in reading.good}
    for number, since, until in MeterBinding.objects.values_list("meter__number", "since", "until"):
        if number in numbers:
            spans[number][since] = (until, None)
    for parsed in reading.good:
        spans[parsed.values["number"]][parsed.values["since"]] = (parsed.values["until"], parsed)
    for number, bindings in spans.items():
        days = sorted(bindings)
        for before, since in pairwise(days):
            until, earlier = bindings[before]
            if until is not None and until <= since:
                continue
            later = bindings[since][1] or earlier
            if later is None:
                continue
            reading.refuse(
                later.row, "since", "metering.overlap",
                (f"与 {before} 起的绑定重叠", f"overlaps the binding since {before}"),
                (f"请给 {before} 起的一行填上解绑日期(不晚于 {since})。",
                 f"Give the row since {before} an end day not after {since}."), number,
            )  # fmt: skip


def _save_meters(
    rows: list[Parsed], outcome: Outcome, columns: tuple[Column, ...]
) -> dict[str, Meter]:
    numbers = sorted({parsed.values["number"] for parsed in rows})
    meters = {
        meter.number: meter
        for start in range(0, len(numbers), CHUNK)
        for meter in Meter.objects.filter(number__in=numbers[start : start + CHUNK])
    }
    new, changed = [], []
    for parsed in rows:
        number = parsed.values["number"]
        facts = {name: parsed.values[name] for name in FACTS}
        if number not in meters:
            meters[number] = Meter(number=number, **facts)
            new.append(meters[number])
        elif meters[number].pk and (found := differences(meters[number], facts, columns)):
            for name, value in facts.items():
                setattr(meters[number], name, value)
            changed.append(meters[number])
            outcome.changes.append(f"{number}:{';'.join(found)}")
    Meter.objects.bulk_create(new, batch_size=CHUNK)
    Meter.objects.bulk_update(changed, FACTS, batch_size=CHUNK)
    outcome.touched.extend(numbers)
    return meters


def _parent_keys(rows: list[Parsed], meters: Mapping[str, Meter]) -> dict[str, int]:
    wanted = {parsed.values["parent"] for parsed in rows} - {""}
    outside = sorted(wanted - set(meters))
    known = dict(Meter.objects.filter(number__in=outside).values_list("number", "id"))
    return known | {number: meters[number].pk for number in wanted & set(meters)}


def _save_bindings(
    rows: list[Parsed], outcome: Outcome, meters: dict[str, Meter], users: Mapping[str, int]
) -> None:
    stored = {
        (binding.meter_id, binding.since): binding
        for binding in MeterBinding.objects.filter(
            meter__in=[meters[parsed.values["number"]].pk for parsed in rows]
        )
    }
    changed_facts = {line.split(":", 1)[0] for line in outcome.changes}
    parents = _parent_keys(rows, meters)
    new, changed = [], []
    for parsed in rows:
        values = parsed.values
        meter = meters[values["number"]]
        fields = {name: values[name] for name in BOUND} | {
            "user_id": users[values["user"]],
            "supplier_id": users[values["supplier"]] if values["supplier"] else None,
            "parent_id": parents[values["parent"]] if values["parent"] else None,
        }
        binding = stored.get((meter.pk, values["since"]))
        if binding is None:
            new.append(MeterBinding(meter=meter, since=values["since"], **fields))
            outcome.new += 1
        elif found := differences(binding, fields, ()):
            for name, value in fields.items():
                setattr(binding, name, value)
            changed.append(binding)
            outcome.changed += 1
            outcome.changes.append(f"{values['number']}({values['since']} 起):{';'.join(found)}")
        elif values["number"] in changed_facts:
            outcome.changed += 1
        else:
            outcome.unchanged += 1
    MeterBinding.objects.bulk_create(new, batch_size=CHUNK)
    fields_kept = [*BOUND, "user", "supplier", "parent"]
    MeterBinding.objects.bulk_update(changed, fields_kept, batch_size=CHUNK)


def import_exchanges(
    sheet: Sheet,
    *,
    today: date,
    at: datetime,
    by: str,
    digest: str,
    dry_run: bool = False,
    all_or_nothing: bool = False,
) -> Outcome:
    """Enter meters changed under the same number; a row whose meter is unknown is refused.

    :raises MissingColumns: if the table lacks a required column
    """
    reading = read_rows(sheet, EXCHANGE_COLUMNS, "exchanges", today)
    refuse_repeats(reading, lambda parsed: (parsed.values["meter"], parsed.values["at"]), "meter")
    meters = dict(Meter.objects.values_list("number", "id"))
    for parsed in reading.good:
        if parsed.values["meter"] not in meters:
            reading.refuse(
                parsed.row, "meter", "metering.unknown_meter", ("尚未登记", "is not registered"),
                ("请先导入该水表。", "Import that meter first."), parsed.values["meter"],
            )  # fmt: skip

    def save(rows: list[Parsed], outcome: Outcome) -> None:
        for parsed in rows:
            values = parsed.values
            fields = {
                "final_l": int(values["final_m3"] * 1000),
                "initial_l": int(values["initial_m3"] * 1000),
                "reason": values["reason"],
            }
            key = {"meter_id": meters[values["meter"]], "at": values["at"]}
            stored = MeterExchange.objects.filter(**key).first()
            outcome.touched.append(values["meter"])
            if stored is None:
                MeterExchange.objects.create(**key, **fields)
                outcome.new += 1
            elif found := differences(stored, fields, EXCHANGE_COLUMNS):
                MeterExchange.objects.filter(pk=stored.pk).update(**fields)
                outcome.changed += 1
                outcome.changes.append(f"{values['meter']}:{';'.join(found)}")
            else:
                outcome.unchanged += 1

    return run_import(
        reading, kind="exchanges", digest=digest, at=at, by=by, save=save, dry_run=dry_run,
        all_or_nothing=all_or_nothing,
    )  # fmt: skip


def lake_meters(numbers: list[str], *, q4_to_q3: Decimal) -> list[dict[str, Any]]:
    """Return what the lake must know of these meters; Q4 is Q3 times the standard's ratio.

    A difference has no meter and no readings, so the lake does not hear of it.
    """
    rows = []
    metered = Exists(
        MeterBinding.objects.filter(meter=OuterRef("pk")).exclude(counts=Counts.DIFFERENCE)
    )
    for start in range(0, len(numbers), CHUNK):
        some = Meter.objects.filter(metered, number__in=numbers[start : start + CHUNK])
        for meter in some:
            rows.append(
                {
                    "meter": meter.number, "kind": "register", "unit_l": meter.unit_l,
                    "capacity_l": 10**meter.digits * 1000 if meter.digits else 0,
                    "max_flow_l_h": int(meter.q3_m3_h * q4_to_q3 * 1000),
                    "step_s": meter.interval_s,
                }
            )  # fmt: skip
    return rows


def lake_exchanges(numbers: list[str]) -> list[dict[str, Any]]:
    """Return the exchanges of these meters as the lake wants them."""
    rows = MeterExchange.objects.filter(meter__number__in=numbers)
    return [
        {"meter": number, "at": at, "final_l": final, "initial_l": initial}
        for number, at, final, initial in rows.values_list(
            "meter__number", "at", "final_l", "initial_l"
        )
    ]


def meter_rows(columns: tuple[Column, ...]) -> Iterator[list[Any]]:
    """Yield every binding with its meter as a row of the table, ready to be read again."""
    bindings = MeterBinding.objects.select_related("meter", "parent", "user", "supplier")
    for binding in bindings.order_by("meter__number", "since").iterator(CHUNK):
        meter = binding.meter
        told = {name: getattr(meter, name) for name in FACTS}
        told |= {name: getattr(binding, name) for name in (*BOUND, "since")}
        told |= {
            "number": meter.number,
            "user": binding.user.number,
            "supplier": binding.supplier.number if binding.supplier else "",
            "parent": binding.parent.number if binding.parent else "",
        }
        yield [
            column.choices.get(told[column.name], told[column.name])
            if column.kind == "choice"
            else told[column.name]
            for column in columns
        ]


def exchange_rows() -> Iterator[list[Any]]:
    """Yield every exchange as a row of its table."""
    from shuiheng.basics import SHANGHAI

    for row in MeterExchange.objects.select_related("meter").order_by("meter__number", "at"):
        yield [
            row.meter.number, f"{row.at.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}",
            Decimal(row.final_l) / 1000, Decimal(row.initial_l) / 1000, row.reason,
        ]  # fmt: skip
