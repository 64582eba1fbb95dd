"""Irrigation: gross volumes weigh the coefficient; a declared whole stands in for samples."""

from __future__ import annotations

from decimal import Decimal

from shuiheng.mechanisms.common.tests.small_district import SmallDistrict, figure

NAME = "irrigation/effective_coefficient"
SAMPLES: dict[str, str | int] = {
    "irrigation/coefficient_medium": "0.642", "irrigation/gross_use_medium": 9_200_000,
    "irrigation/coefficient_small": "0.676", "irrigation/gross_use_small": 14_500_000,
    "irrigation/coefficient_well": "0.83", "irrigation/gross_use_well": 300_000,
}  # fmt: skip


def test_the_mean_is_weighted_by_gross_volume() -> None:
    found = figure(NAME, SmallDistrict(facts=SAMPLES))
    assert found.value is not None and round(found.value, 4) == Decimal("0.6649")
    declared = [node for node in found.explain().walk() if node.kind == "declared"]
    assert len(declared) == 6


def test_without_samples_the_declared_whole_stands() -> None:
    found = figure(NAME, SmallDistrict(facts={NAME: "0.681"}))
    assert (found.value, found.quality.declared) == (Decimal("0.681"), Decimal(1))


def test_without_either_the_agriculture_office_is_asked() -> None:
    lacking = figure(NAME, SmallDistrict()).lacking()
    assert [(item.name, item.held_by) for item in lacking] == [(f"{NAME}/2020", "农业农村局")]


def test_areas_are_declared_in_mu_and_compared_in_square_metres() -> None:
    area = figure(
        "irrigation/high_standard_farmland_area",
        SmallDistrict(facts={"irrigation/high_standard_farmland_area": 2000}),
    )
    assert area.unit == "m2" and area.value is not None
    assert round(area.value, 3) == Decimal("1333333.333")
