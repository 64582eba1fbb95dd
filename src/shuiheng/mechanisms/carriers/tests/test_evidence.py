"""Carriers: the denominator is always said; without a fixed list the register counts."""

from __future__ import annotations

from decimal import Decimal

from shuiheng.core.accounts import User
from shuiheng.mechanisms.common.tests.small_district import SmallDistrict, figure

SCHOOLS = tuple(User(f"X{n}", f"学校{n}", "U3", "320411.01", "school") for n in range(5))


def test_the_fixed_list_is_the_denominator_and_the_register_is_mentioned() -> None:
    data = SmallDistrict(
        users=SCHOOLS, facts={"carriers/schools_total": 10, "carriers/schools_titled": 7}
    )
    share = figure("carriers/school_share", data)
    assert share.value == Decimal("0.7") and "登记册中的学校为 5 所" in share.note


def test_without_a_list_the_register_counts() -> None:
    data = SmallDistrict(users=SCHOOLS, facts={"carriers/schools_titled": 4})
    share = figure("carriers/school_share", data)
    assert share.value == Decimal("0.8") and "登记册" in share.note


def test_without_titles_the_education_office_is_asked() -> None:
    lacking = figure("carriers/school_share", SmallDistrict(users=SCHOOLS)).lacking()
    assert [item.held_by for item in lacking] == ["教育局"]
