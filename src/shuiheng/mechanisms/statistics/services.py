"""Acts on statistics: entering series, declared values and declared volumes from a table."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import models

from shuiheng.basics import IncompatibleUnits, Quantity, UnknownUnit
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
from shuiheng.mechanisms.common.names import FACTS, SERIES, Name
from shuiheng.mechanisms.metering.models import Source
from shuiheng.mechanisms.registry.models import WaterUser
from shuiheng.mechanisms.statistics.models import (
    DeclaredValue,
    DeclaredVolume,
    VolumeBasis,
    YearValue,
)
from shuiheng.store.sheets import Sheet

CHUNK = 500
SIDES = {"intake": "取用", "return": "退水", "reused": "重复利用"}
_ZERO = Decimal(0)
# More than any figure of a district in its own unit; the tables hold no larger ones.
_MOST = Decimal(10**13)
_YEAR = Column(
    "year", "年份", "Year", "integer", required=True, least=Decimal(1949), most=Decimal(2100),
    example="2020",
)  # fmt: skip
_BY = Column("by", "填报单位", "Reported by", required=True, length=60, example="统计局")
_DOCUMENT = Column("document", "依据文件", "Document", length=120, default="")
_WORKING = {
    "area_mu": ("面积(亩)", "Area (mu)"),
    "quota_m3_mu": ("定额(m3/亩)", "Quota (m3/mu)"),
    "kWh": ("用电量(kWh)", "Energy (kWh)"),
    "m3_per_kWh": ("水电折算系数(m3/kWh)", "m3 per kWh"),
}


def _named(names: Mapping[str, Name]) -> Column:
    return Column(
        "name", "指标", "Name", "choice", required=True,
        choices={name: said.title for name, said in names.items()},
    )  # fmt: skip


SERIES_COLUMNS = (
    _named(SERIES), _YEAR,
    Column("value", "数值", "Value", "decimal", required=True, places=6, least=_ZERO, most=_MOST),
    Column("unit", "单位", "Unit", length=20, default="", explained="不填则用指标的单位"),
    Column("method", "口径", "Method", length=30, default="",
           explained="用水量:gross_intake、excl_power、consumption"),
    Column("vintage", "公布日期", "Published on", "date", required=True, past=True,
           explained="普查修订后另列一行，旧值保留", example="2019-11-22"),
    Column("document", "依据文件", "Document", required=True, length=120), _BY,
)  # fmt: skip


def declared_columns(places: Mapping[str, str]) -> tuple[Column, ...]:
    """Return the columns of declared values; ``places`` are the district and its towns."""
    return (
        _named(FACTS), _YEAR,
        Column("value", "数值", "Value", "decimal", required=True, places=6, least=_ZERO,
               most=_MOST),
        Column("unit", "单位", "Unit", length=20, default="", explained="不填则用指标的单位"),
        Column("place", "地区", "Place", "choice", required=True, choices=dict(places)),
        _BY, _DOCUMENT,
        Column("on", "填报日期", "Reported on", "date", required=True, past=True),
    )  # fmt: skip


VOLUME_COLUMNS = (
    Column("user", "用水户编号", "User", required=True, length=20),
    Column("month", "月份", "Month", "date", required=True, past=True, example="2020-07"),
    Column("side", "性质", "Side", "choice", choices=SIDES, default="intake"),
    Column("source", "水源", "Source", "choice", choices=dict(Source.choices), default=""),
    Column("volume_m3", "水量(m3)", "Volume (m3)", "decimal", required=True, places=3, least=_ZERO,
           most=Decimal(10**12)),
    Column("basis", "依据", "Basis", "choice", required=True, choices=dict(VolumeBasis.choices)),
    *(
        Column(name, zh, en, "decimal", places=4, least=_ZERO, most=_MOST)
        for name, (zh, en) in _WORKING.items()
    ),
    _BY, _DOCUMENT,
)  # fmt: skip


def import_series(
    sheet: Sheet, *, today: date, at: datetime, by: str, digest: str, dry_run: bool = False,
    all_or_nothing: bool = False,
) -> Outcome:  # fmt: skip
    """Enter yearly figures; each vintage is a row of its own, and an older one stays.

    :raises MissingColumns: if the table lacks a required column
    """
    reading = read_rows(sheet, SERIES_COLUMNS, "series", today)
    _check_years(reading, today)
    _to_unit_of_name(reading, SERIES)
    key = ("name", "year", "method", "vintage")
    refuse_repeats(reading, lambda row: tuple(row.values[name] for name in key), "name")
    return run_import(
        reading, kind="series", digest=digest, at=at, by=by, dry_run=dry_run,
        all_or_nothing=all_or_nothing, save=_saver(YearValue, key, SERIES_COLUMNS),
    )  # fmt: skip


def import_declared(
    sheet: Sheet, *, places: Mapping[str, str], today: date, at: datetime, by: str, digest: str,
    dry_run: bool = False, all_or_nothing: bool = False,
) -> Outcome:  # fmt: skip
    """Enter what offices declared for a year; a later report stands beside an earlier one.

    :raises MissingColumns: if the table lacks a required column
    """
    columns = declared_columns(places)
    reading = read_rows(sheet, columns, "declared", today)
    _check_years(reading, today)
    _to_unit_of_name(reading, FACTS)
    key = ("name", "year", "place", "on")
    refuse_repeats(reading, lambda row: tuple(row.values[name] for name in key), "name")
    return run_import(
        reading, kind="declared", digest=digest, at=at, by=by, dry_run=dry_run,
        all_or_nothing=all_or_nothing, save=_saver(DeclaredValue, key, columns),
    )  # fmt: skip


def import_volumes(
    sheet: Sheet, *, today: date, at: datetime, by: str, digest: str, dry_run: bool = False,
    all_or_nothing: bool = False,
) -> Outcome:  # fmt: skip
    """Enter months' volumes that no meter measured, with how they were worked out.

    :raises MissingColumns: if the table lacks a required column
    """
    reading = read_rows(sheet, VOLUME_COLUMNS, "volumes", today)
    users = dict(WaterUser.objects.values_list("number", "id"))
    for parsed in reading.good:
        values = parsed.values
        if values["user"] not in users:
            reading.refuse(
                parsed.row, "user", "statistics.unknown_user", ("尚未登记", "is not registered"),
                ("请先导入该用水户，或更正编号。",
                 "Import that user first, or correct the number."), values["user"],
            )  # fmt: skip
            continue
        working = _working(values)
        values |= {
            "user_id": users[values.pop("user")],
            "month": values["month"].replace(day=1),
            "volume_l": int(values.pop("volume_m3") * 1000),
            "working": working,
        }
    key = ("user_id", "month", "side", "source", "basis")
    refuse_repeats(reading, lambda row: tuple(row.values[name] for name in key), "user")
    return run_import(
        reading, kind="volumes", digest=digest, at=at, by=by, dry_run=dry_run,
        all_or_nothing=all_or_nothing, save=_saver(DeclaredVolume, key, VOLUME_COLUMNS),
    )  # fmt: skip


def _working(values: dict[str, Any]) -> dict[str, str]:
    """Take the working out of the values and return what was filled in, as exact text."""
    taken = {name: values.pop(name) for name in _WORKING}
    return {name: f"{value.normalize():f}" for name, value in taken.items() if value is not None}


def _check_years(reading: Reading, today: date) -> None:
    for parsed in reading.good:
        if parsed.values["year"] > today.year:
            reading.refuse(
                parsed.row, "year", "import.future_date",
                (f"晚于今年 {today.year}", f"lies after this year, {today.year}"),
                ("请核对年份。", "Check the year."), parsed.values["year"],
            )  # fmt: skip


def _to_unit_of_name(reading: Reading, names: Mapping[str, Name]) -> None:
    """Bring every value into the unit of its name; another dimension is refused."""
    for parsed in reading.good:
        wanted = names[parsed.values["name"]].unit
        given = parsed.values["unit"] or wanted
        try:
            value = Quantity.of(parsed.values["value"], given).to(wanted).value
        except (UnknownUnit, IncompatibleUnits):
            reading.refuse(
                parsed.row, "unit", "statistics.wrong_unit",
                (f"不能换算为 {wanted}", f"cannot be converted into {wanted}"),
                (f"请用 {wanted},或不填。", f"Write {wanted}, or leave it empty."), given,
            )  # fmt: skip
            continue
        if value > _MOST:
            reading.refuse(
                parsed.row, "value", "import.too_large", (f"大于 {_MOST}", f"is above {_MOST}"),
                ("请核对数值和单位。", "Check the value and its unit."), parsed.values["value"],
            )  # fmt: skip
            continue
        parsed.values["unit"] = wanted
        parsed.values["value"] = value.quantize(Decimal("0.000001"))


def _saver(
    model: type[models.Model], key: tuple[str, ...], columns: tuple[Column, ...]
) -> Callable[[list[Parsed], Outcome], None]:
    """Return what saves rows by their key: new ones, changed ones, and none twice."""

    def save(rows: list[Parsed], outcome: Outcome) -> None:
        stored = {
            tuple(getattr(row, name) for name in key): row for row in model._default_manager.all()
        }
        new, changed = [], []
        fields: list[str] = []
        for parsed in rows:
            fields = [name for name in parsed.values if name not in key]
            row = stored.get(tuple(parsed.values[name] for name in key))
            if row is None:
                new.append(model(**parsed.values))
            elif found := differences(row, {name: parsed.values[name] for name in fields}, columns):
                for name in fields:
                    setattr(row, name, parsed.values[name])
                changed.append(row)
                outcome.changes.append(f"第 {parsed.row.number} 行：{';'.join(found)}")
            else:
                outcome.unchanged += 1
        model._default_manager.bulk_create(new, batch_size=CHUNK)
        if changed:
            model._default_manager.bulk_update(changed, fields, batch_size=CHUNK)
        outcome.new, outcome.changed = len(new), len(changed)

    return save


def series_rows() -> Iterator[list[Any]]:
    """Yield every yearly figure as a row of its table."""
    for row in YearValue.objects.all():
        told = SERIES[row.name].title if row.name in SERIES else row.name
        yield [told, *(getattr(row, column.name) for column in SERIES_COLUMNS[1:])]


def declared_rows(columns: tuple[Column, ...]) -> Iterator[list[Any]]:
    """Yield every declared value as a row of its table."""
    places = next(column.choices for column in columns if column.name == "place")
    for row in DeclaredValue.objects.all():
        yield [
            FACTS[row.name].title if row.name in FACTS else row.name,
            *(
                places.get(row.place, row.place) if column.name == "place"
                else getattr(row, column.name)
                for column in columns[1:]
            ),
        ]  # fmt: skip


def volume_rows() -> Iterator[list[Any]]:
    """Yield every declared volume as a row of its table."""
    sources, bases = dict(Source.choices), dict(VolumeBasis.choices)
    for row in DeclaredVolume.objects.select_related("user").iterator(CHUNK):
        working = [
            Decimal(str(row.working[name])) if name in row.working else None for name in _WORKING
        ]
        yield [
            row.user.number, row.month, SIDES.get(row.side, row.side),
            sources.get(row.source, row.source), Decimal(row.volume_l) / 1000,
            bases[row.basis], *working, row.by, row.document,
        ]  # fmt: skip
