"""What became of an imported file: counts, rows set aside, and what was noticed about it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from shuiheng.basics import SHANGHAI, Finding, Level
from shuiheng.store.imports.columns import Columns
from shuiheng.store.imports.noticing import Noticed


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A row that was not imported: where, why, and what to do."""

    row: int
    column: str
    reason: str
    remedy: str
    cells: tuple[str, ...]


@dataclass(slots=True)
class ImportReport:
    """What became of one file."""

    file: str
    batch: str
    columns: Columns
    unit: str
    zone: str
    guesses: tuple[str, ...] = ()
    rows: int = 0
    accepted: int = 0
    rejected: int = 0
    already: bool = False
    first: datetime | None = None
    last: datetime | None = None
    future: int = 0
    negative: int = 0
    ambiguous: int = 0
    never_shown: int = 0
    repeated: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    examples: list[RejectedRow] = field(default_factory=list)
    rejected_file: Path | None = None
    meters: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def start_again(self) -> None:
        """Forget what was counted, because the file is read from its first row again."""
        self.rows = self.accepted = self.rejected = 0
        self.future = self.negative = self.ambiguous = self.never_shown = self.repeated = 0
        self.first = self.last = None
        self.reasons.clear()
        self.examples.clear()

    def to_json(self) -> dict[str, Any]:
        """Return the report as plain values."""
        return {
            "file": self.file,
            "batch": self.batch,
            "map": str(self.columns),
            "unit": self.unit,
            "zone": self.zone,
            "guesses": list(self.guesses),
            "already_imported": self.already,
            "rows": self.rows,
            "accepted": self.accepted,
            "rejected": self.rejected,
            "reasons": dict(self.reasons),
            "rejected_rows": [
                {"row": r.row, "column": r.column, "reason": r.reason, "remedy": r.remedy}
                for r in self.examples
            ],
            "rejected_file": str(self.rejected_file) if self.rejected_file else None,
            "meters": len(self.meters),
            "first": self.first.isoformat() if self.first else None,
            "last": self.last.isoformat() if self.last else None,
            "findings": [finding.to_json() for finding in self.findings],
        }


# Code, level, Chinese, English; {n} is how many, {worst} the case that stands for them.
_SENTENCES = {
    "import.already_imported": (
        Level.INFORMS,
        "{file} 已导入过，内容、列和单位都相同；未作改动。",
        "{file} was imported before with the same content, columns and unit; nothing changed.",
    ),
    "import.rejected_rows": (
        Level.WARNS,
        "{file} 有 {n} 行未能导入，已另存，可更正后再导入。",
        "{n} rows of {file} were not imported; they are kept in a file to correct and import.",
    ),
    "import.missing_hour": (
        Level.WARNS,
        "{file} 有 {n} 行的时刻落在时钟拨快而不存在的一小时内，未导入；请核对时区。",
        "{n} rows of {file} have times that the clock skipped when it was put forward; they were "
        "not imported. Check the time zone.",
    ),
    "import.future_rows": (
        Level.WARNS,
        "{file} 有 {n} 行的时刻在未来；已保存，但不参与计算。",
        "{n} rows of {file} are in the future; they are kept but not used.",
    ),
    "import.negative_rows": (
        Level.WARNS,
        "{file} 有 {n} 行读数为负；已保存，见水表的发现。",
        "{n} rows of {file} are negative; they are kept, see the findings of the meters.",
    ),
    "import.doubled_hour": (
        Level.INFORMS,
        "{file} 有 {n} 行落在时钟回拨而重复的一小时内；按读数先后区分，无从区分的按第一次计。",
        "{n} rows of {file} lie in the hour that a change of clocks repeats; the order of the "
        "registers tells them apart, otherwise the first hour is meant.",
    ),
    "readings.out_of_order": (
        Level.INFORMS,
        "{file} 有 {n} 行排在同一水表更晚的读数之后（{worst}）；先后不影响结果。",
        "{n} rows of {file} stand behind a later reading of their meter ({worst_en}); the order "
        "of rows does not matter.",
    ),
    "readings.repeated": (
        Level.INFORMS,
        "{file} 有 {n} 行与另一行完全相同（水表、时刻、读数）；只计一次。",
        "{n} rows of {file} say again what another row says (meter, time, register); they count "
        "once.",
    ),
    "readings.starts_late": (
        Level.INFORMS,
        "{file} 有 {n} 只水表的读数比文件晚开始（最晚：{worst}）；之前没有水量。",
        "{n} meters of {file} begin later than the file (the latest: {worst_en}); they have no "
        "volumes before.",
    ),
    "readings.ends_early": (
        Level.WARNS,
        "{file} 有 {n} 只水表的读数比文件早结束（最早：{worst}）；请核实水表是否停报或已拆除。",
        "{n} meters of {file} end earlier than the file (the earliest: {worst_en}). Check whether "
        "they have gone silent or were removed.",
    ),
    "readings.step_differs": (
        Level.WARNS,
        "{file} 中来源自报的步长有 {n} 处与读数之差不符（最大：{worst}）；以读数为准。",
        "In {n} rows of {file} the source's own step is not the register's (the worst: "
        "{worst_en}). The register counts.",
    ),
}  # fmt: skip


def say_findings(report: ImportReport, noticed: Noticed) -> None:
    """Add to the report what was counted and noticed, one finding for each code."""
    if report.already:
        _say(report, "import.already_imported", 1)
        return
    for code, count in (
        ("import.rejected_rows", report.rejected),
        ("import.missing_hour", report.never_shown),
        ("import.future_rows", report.future),
        ("import.negative_rows", report.negative),
        ("import.doubled_hour", report.ambiguous),
        ("readings.repeated", report.repeated),
    ):
        _say(report, code, count)
    back = noticed.worst_back
    if back is not None:
        _say(
            report, "readings.out_of_order", noticed.out_of_order,
            worst=f"{back.meter}，最多倒退 {back.hours:,.1f} 小时",
            worst_en=f"{back.meter}, by up to {back.hours:,.1f} h",
            meter=back.meter, hours=round(back.hours, 2),
        )  # fmt: skip
    for code, meters in (
        ("readings.starts_late", noticed.late()),
        ("readings.ends_early", noticed.early()),
    ):
        if meters:
            worst, at = meters[0]
            day = f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
            _say(
                report, code, len(meters), worst=f"{worst}，{day}", worst_en=f"{worst}, {day}",
                meters=[name for name, _ in meters[:50]], at=at.isoformat(),
            )  # fmt: skip
    step = noticed.worst_step
    if step is not None:
        when = f"{step.at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
        _say(
            report, "readings.step_differs", noticed.steps_differ,
            worst=f"{step.meter}，{when}，来源 {step.said_l:,} L，读数 {step.register_l:,} L",
            worst_en=f"{step.meter}, {when}, said {step.said_l:,} L, "
            f"register {step.register_l:,} L",
            meter=step.meter, at=step.at.isoformat(), said_l=step.said_l,
            register_l=step.register_l,
        )  # fmt: skip


def _say(
    report: ImportReport, code: str, count: int, worst: str = "", worst_en: str = "", **facts: Any
) -> None:
    if not count:
        return
    level, text, text_en = _SENTENCES[code]
    words = {"file": report.file, "n": f"{count:,}", "worst": worst, "worst_en": worst_en}
    report.findings.append(
        Finding(
            code,
            level,
            text.format(**words),
            text_en.format(**words),
            {"file": report.file, "count": count, **facts},
        )
    )
