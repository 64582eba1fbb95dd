"""Files as they come from the world: good, bad, mixed, foreign."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as papq
import pytest

from shuiheng.store import Lake
from shuiheng.store.imports import ImportRefused, ImportReport, Wanted, import_file, parse_map

GOOD = "表号,抄表时间,读数（L）\nA1,2024-01-01 08:00,100\nA1,2024-01-01 09:00,130\n"


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lake]:
    with Lake.open(tmp_path_factory.mktemp("home")) as lake:
        yield lake


@pytest.fixture
def load(opened: Lake, tmp_path: Path):  # type: ignore[no-untyped-def]
    def run(content: str | bytes, *, name: str = "a.csv", **wanted: object) -> ImportReport:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return import_file(opened, path, Wanted(**wanted), home=tmp_path)  # type: ignore[arg-type]

    return run


def values(lake: Lake, meter: str) -> list[tuple[datetime, int]]:
    return [(row["at"], row["value_l"]) for row in lake.readings(meter).to_pylist()]


def test_a_plain_file_is_guessed_and_said(load, opened: Lake) -> None:  # type: ignore[no-untyped-def]
    report = load(GOOD.replace("A1", "plain"))
    assert (report.rows, report.accepted, report.rejected) == (2, 2, 0)
    assert report.guesses == (
        "meter=表号", "time=抄表时间", "register=读数（L）", "unit=L", "tz=Asia/Shanghai",
    )  # fmt: skip
    assert values(opened, "plain")[0] == (datetime(2024, 1, 1, 0, tzinfo=UTC), 100)


def test_the_same_file_twice_changes_nothing(load, opened: Lake) -> None:  # type: ignore[no-untyped-def]
    load(GOOD)
    before = opened.snapshot()
    again = load(GOOD, name="another-name.csv")
    assert again.already
    assert again.meters == ["A1"]
    assert opened.snapshot() == before


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "utf-16"])
def test_encodings(load, opened: Lake, encoding: str) -> None:  # type: ignore[no-untyped-def]
    report = load(GOOD.replace("A1", f"表{encoding}").encode(encoding))
    assert report.accepted == 2
    assert len(values(opened, f"表{encoding}")) == 2


def test_chinese_that_comes_late_in_a_long_file(load, opened: Lake) -> None:  # type: ignore[no-untyped-def]
    rows = "".join(f"late,2024-01-01 {k // 60 % 24:02}:{k % 60:02},{k}\n" for k in range(60_000))
    text = f"meter,time,register\n{rows}表末,2024-01-01,7\n"
    assert load(text.encode("gbk"), unit="L").rejected == 0
    assert values(opened, "表末")[0][1] == 7


@pytest.mark.parametrize(
    "written",
    ["2024-01-01 08:00", "2024/1/1 8:00", "2024-01-01T08:00:00+08:00", "2024-01-01T00:00:00Z",
     "2024年1月1日 8时", "2024年1月1日8时00分", "20240101080000", "2024.1.1 08:00:00.000",
     "2023-12-31 32:00"],
)  # fmt: skip
def test_ways_to_write_a_time(load, opened: Lake, written: str) -> None:  # type: ignore[no-untyped-def]
    meter = f"t{written}"
    text = f"meter,time,register\n{meter},{written},5\nok,2024-05-05,1\n"
    if written.endswith("32:00"):
        report = load(text, unit="L")
        assert report.examples[0].reason == f"not a time: {written!r}"
        return
    load(text, unit="L")
    assert values(opened, meter) == [(datetime(2024, 1, 1, 0, tzinfo=UTC), 5)]


def test_bad_rows_stay_out_and_can_be_corrected_and_imported(  # type: ignore[no-untyped-def]
    load, opened: Lake, tmp_path: Path
) -> None:
    report = load(
        "meter,time,register\n"
        "bad,2024-01-01 08:00,1.5\n"
        "bad,2024-13-01 08:00,2\n"
        "bad,2024-01-01 09:00,viele\n"
        ",2024-01-01 10:00,3\n"
        "bad,2024-01-01 10:00,3,9\n"
        "\n"
        'bad,2024-01-01 11:00,"1,234.5"\n',
        unit="m3",
    )
    assert (report.rows, report.accepted, report.rejected) == (6, 2, 4)
    rows = [(row.row, row.column) for row in report.examples]
    assert rows == [(3, "time"), (4, "register"), (5, "meter"), (6, "")]
    assert report.rejected_file == tmp_path / "imports" / "a-rejected.csv"
    assert [v for _, v in values(opened, "bad")] == [1_500, 1_234_500]
    assert [finding.code for finding in report.findings] == ["import.rejected_rows"]
    text = report.rejected_file.read_text(encoding="utf-8-sig")
    header, *lines = text.replace("2024-13-01", "2024-01-02").replace("viele", "2.5").splitlines()
    kept = "\n".join([header, *lines[:2], ""])
    again = load(kept, name="corrected.csv", unit="m3")
    assert again.accepted == 2


def test_rows_that_are_odd_but_readable_are_kept_and_said(load) -> None:  # type: ignore[no-untyped-def]
    report = load("meter,time,register\nodd,2059-01-01,5\nodd,2024-01-01,-3\n", unit="L")
    assert report.accepted == 2
    assert [finding.code for finding in report.findings] == [
        "import.future_rows", "import.negative_rows", "readings.out_of_order",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("content", "name", "wanted", "said"),
    [
        ("", "a.csv", {}, "is empty"),
        ("meter,time,register\n", "a.csv", {"unit": "L"}, "has a header but no rows"),
        (GOOD, "a.csv", {"columns": {"meter": "表"}}, "no column '表' .* it has '表号'"),
        ("x,y\n1,2\n", "a.csv", {}, "no column for 'meter' was recognised"),
        (GOOD.replace("（L）", ""), "a.csv", {}, "the unit of '读数' is not said"),
        (GOOD, "a.csv", {"unit": "furlong"}, "unit 'furlong' is not one"),
        (GOOD, "a.csv", {"unit": "kg"}, "unit 'kg' is not one"),
        (GOOD, "a.csv", {"zone": "Mars/Olympus"}, "time zone 'Mars/Olympus' is not known"),
        (GOOD, "a.doc", {}, "ends in .doc"),
        (GOOD, "a.xls", {}, "Save it as .xlsx"),
        (GOOD, "a.xlsx", {}, "is not an Excel workbook"),
        (GOOD, "a.parquet", {}, "is not a whole Parquet file"),
        (b"\x00\x01\x02\xff" * 50, "a.csv", {}, "is not text in UTF-8 or GBK"),
        ("表号,表号,读数\n1,2,3\n", "a.csv", {}, "twice"),
        ("meter,time,register\nA,soon,many\n", "a.csv", {"unit": "L"},
         "None of the 1 rows .* Row 2, column 'time': not a time: 'soon'"),
    ],
)  # fmt: skip
def test_refused(load, opened: Lake, content, name, wanted, said) -> None:  # type: ignore[no-untyped-def]
    before = opened.snapshot()
    with pytest.raises(ImportRefused, match=said):
        load(content, name=name, **wanted)
    assert opened.snapshot() == before


def test_what_is_no_file_is_refused(opened: Lake, tmp_path: Path) -> None:
    for path, said in ((tmp_path / "none.csv", "does not exist"), (tmp_path, "is a folder")):
        with pytest.raises(ImportRefused, match=said):
            import_file(opened, path, Wanted(unit="L"), home=tmp_path)
    archive = tmp_path / "zip.xlsx"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("a.csv", GOOD)
    with pytest.raises(ImportRefused, match="zip archive without a workbook"):
        import_file(opened, archive, Wanted(unit="L"), home=tmp_path)
    assert not (tmp_path / "imports").exists()


def test_a_map_that_is_none() -> None:
    with pytest.raises(ImportRefused, match="--map has 'colour=red'"):
        parse_map("meter=a,colour=red")


def test_a_sheet_of_excel(opened: Lake, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["水表编号", "日期", "表底(m3)"])
    sheet.append([10086, datetime(2024, 1, 1, 8), 12])  # noqa: DTZ001
    sheet.append([None, None, None])
    sheet.append([10086, datetime(2024, 1, 2, 8), 14])  # noqa: DTZ001
    sheet.append([10086, "later", 15])
    book.save(tmp_path / "a.xlsx")
    report = import_file(opened, tmp_path / "a.xlsx", Wanted(), home=tmp_path)
    assert (report.rows, report.accepted) == (3, 2)
    assert report.examples[0].row == 5
    assert values(opened, "10086")[0] == (datetime(2024, 1, 1, 0, tzinfo=UTC), 12_000)
    meter = next(m for m in opened.meters().to_pylist() if m["meter"] == "10086")
    assert (meter["unit_l"], meter["declared"]) == (1000, False)


def test_parquet_with_typed_columns(opened: Lake, tmp_path: Path) -> None:
    table = pa.table(
        {
            "time": pa.array([1_704_067_200_000_000, None], pa.timestamp("us")),
            "register": pa.array([1.25, 2.0]),
        }
    )
    papq.write_table(table, tmp_path / "p.parquet")
    wanted = Wanted({"meter": "=P1"}, "m3", "UTC", prefix="X-")
    report = import_file(opened, tmp_path / "p.parquet", wanted, home=tmp_path)
    assert (report.accepted, report.rejected) == (1, 1)
    assert values(opened, "X-P1") == [(datetime(2024, 1, 1, tzinfo=UTC), 1_250)]


def test_the_hours_that_a_change_of_clocks_takes_and_repeats(load, opened: Lake) -> None:  # type: ignore[no-untyped-def]
    report = load(
        "meter,time,register\n"
        "dst,2016-03-27 02:30,1\n"
        "dst,2016-10-30 02:14,12\n"
        "dst,2016-10-30 01:14,10\n"
        "dst,2016-10-30 02:14,15\n"
        "dst,2016-10-30 03:14,20\n",
        unit="L", zone="Europe/Madrid",
    )  # fmt: skip
    assert report.examples[0].row == 2
    assert "never showed this time" in report.examples[0].reason
    assert report.ambiguous == 2
    hours = [(at.strftime("%H:%M"), value) for at, value in values(opened, "dst")]
    assert hours == [("23:14", 10), ("00:14", 12), ("01:14", 15), ("02:14", 20)]


def codes(report: ImportReport) -> dict[str, dict[str, object]]:
    return {finding.code: dict(finding.to_json()["facts"]) for finding in report.findings}


def test_what_a_file_shows_is_said_by_name(load) -> None:  # type: ignore[no-untyped-def]
    def row(meter: str, hour: int, value: int) -> str:
        return f"{meter},2024-01-{1 + hour // 24:02} {hour % 24:02}:00,{value}\n"

    text = "meter,time,register\n" + "".join(row("whole", hour, hour) for hour in range(240))
    text += "".join(row("late", hour, hour) for hour in range(100, 240))
    text += "".join(row("early", hour, hour) for hour in range(100))
    # One pair changed places, one row stands twice.
    text += row("disorder", 5, 5) + row("disorder", 2, 2)
    text += "".join(row("disorder", hour, hour) for hour in [*range(6, 240), 239])
    report = load(text, unit="L")
    said = codes(report)
    assert said["readings.out_of_order"] == {
        "file": "a.csv", "count": 1, "meter": "disorder", "hours": 3.0,
    }  # fmt: skip
    assert said["readings.repeated"]["count"] == 1
    assert said["readings.starts_late"]["meters"] == ["late"]
    assert said["readings.ends_early"]["meters"] == ["early"]
    again = load(text, unit="L")
    assert list(codes(again)) == ["import.already_imported"]


def test_rows_repeated_in_another_part_are_counted(  # type: ignore[no-untyped-def]
    load, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shuiheng.store.imports.importer.CHUNK", 1)
    monkeypatch.setattr("shuiheng.store.imports.sources.SHEET_ROWS", 3)
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["meter", "time", "register"])
    for hour in (0, 1, 2, 1, 3, 0, 4, 5):
        sheet.append(["parts", f"2024-01-01 {hour:02}:00", hour])
    content = io.BytesIO()
    book.save(content)
    report = load(content.getvalue(), name="parts.xlsx", unit="L")
    assert report.accepted == 8
    assert codes(report)["readings.repeated"]["count"] == 2


def test_the_steps_of_the_source_are_compared_in_the_order_of_time(load) -> None:  # type: ignore[no-untyped-def]
    text = "meter,time,register,diff\n"
    text += "s,2024-01-01 02:00,0.030,0.010\ns,2024-01-01 00:00,0.010,\n"
    text += "s,2024-01-01 01:00,0.020,0.010\ns,2024-01-01 03:00,0.090,0.055\n"
    columns = parse_map("meter=meter,time=time,register=register,step=diff")
    said = codes(load(text, unit="m3", columns=columns))["readings.step_differs"]
    assert said == {
        "file": "a.csv", "count": 1, "meter": "s", "at": "2023-12-31T19:00:00+00:00",
        "said_l": 55, "register_l": 60,
    }  # fmt: skip
    with pytest.raises(ImportRefused, match="no column 'steps'"):
        load(text, unit="m3", columns={**columns, "step": "steps"})


def test_hours_that_the_clock_left_out_have_a_name(load) -> None:  # type: ignore[no-untyped-def]
    text = "meter,time,register\nm,2016-03-27 02:30,1\nm,2016-03-27 04:00,2\n"
    report = load(text, unit="L", zone="Europe/Madrid")
    assert codes(report)["import.missing_hour"]["count"] == 1
    assert report.rejected == 1
