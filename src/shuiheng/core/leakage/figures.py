"""An assessment as figures that explain themselves, down to the inputs the caller holds."""

from __future__ import annotations

from collections.abc import Mapping

from shuiheng.basics import Clause, Figure, Period
from shuiheng.basics.figure import Input, Quality, quality_of
from shuiheng.core.leakage.rates import Assessment, Correction

# Which inputs of the caller each correction rests on.
_RESTS_ON = {
    "R1": ("household_read", "supplied"),
    "R2": ("pipe_km", "supplied"),
    "R3": ("pressure_mpa",),
    "R4": ("frost_m",),
}


def figures_of(
    assessment: Assessment,
    *,
    inputs: Mapping[str, Input],
    period: Period,
    place: str,
    quality: Quality,
    provisional: bool = False,
) -> dict[str, Figure]:
    """Return the gross rate, the assessed rate and each correction as figures, by name.

    ``inputs`` are the caller's own inputs (readings, declared values, figures) by the names of
    ``NetworkYear``; a name that is not given is left out of the tree. ``quality`` is that of the
    volumes. The names are ``leakage/comprehensive_rate``, ``leakage/assessed_rate`` and
    ``leakage/correction_r1`` to ``_r4``.
    """
    grade_1 = assessment.standard.grade_1
    gross = Figure(
        "leakage/comprehensive_rate", "综合漏损率", "gross loss rate", assessment.gross, "1",
        "(供水总量 − 注册用户用水量) ÷ 供水总量",
        _given(inputs, "supplied", "registered"),
        method="gross", clause=Clause(grade_1.clause.document, "5.2"),
        period=period, place=place, quality=quality,
        provisional=provisional, findings=assessment.findings,
        formula_en="(supplied − registered use) ÷ supplied",
    )  # fmt: skip
    corrections = {
        f"leakage/correction_{one.code.lower()}": _correction(one, inputs, period, place)
        for one in assessment.corrections
    }
    grade = assessment.grade
    assessed = Figure(
        "leakage/assessed_rate", "漏损率（修正后）", "assessed loss rate", assessment.assessed, "1",
        "综合漏损率 − (R1 + R2 + R3 + R4)",
        (gross, *corrections.values(), grade_1, assessment.standard.grade_2),
        method="corrected", clause=grade_1.clause,
        note=f"达到{'一二'[grade - 1]}级标准。" if grade else "未达到二级标准。",
        note_en=f"Reaches grade {grade}." if grade else "Does not reach grade 2.",
        period=period, place=place, quality=quality,
        provisional=provisional, findings=assessment.findings,
        formula_en="gross loss rate − (R1 + R2 + R3 + R4)",
    )  # fmt: skip
    return {gross.name: gross, assessed.name: assessed, **corrections}


def _correction(one: Correction, inputs: Mapping[str, Input], period: Period, place: str) -> Figure:
    facts = ", ".join(f"{name} = {value:.6g}" for name, value in one.facts.items())
    own = _given(inputs, *_RESTS_ON[one.code])
    return Figure(
        f"leakage/correction_{one.code.lower()}", one.title, one.title_en, one.value, "1",
        one.formula, (*own, *one.cited), quality_of(own),
        clause=one.cited[0].clause, period=period, place=place, note=facts, note_en=facts,
        formula_en=one.formula_en,
    )  # fmt: skip


def _given(inputs: Mapping[str, Input], *names: str) -> tuple[Input, ...]:
    return tuple(inputs[name] for name in names if name in inputs)
