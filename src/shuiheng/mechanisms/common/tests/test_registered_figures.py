"""The registered figures as a whole: every task of the seed plan has one, every title is there."""

from __future__ import annotations

from datetime import date

import pytest

from shuiheng.basics import Period
from shuiheng.basics.quantity import known_unit
from shuiheng.mechanisms.common.evidence import EvidenceEntry, entries
from shuiheng.mechanisms.common.names import NAMES, Name
from shuiheng.mechanisms.common.telling import booked
from shuiheng.mechanisms.common.tests.small_district import SmallDistrict, view_of


def test_every_task_of_the_seed_plan_has_a_figure() -> None:
    served = {task for entry in entries().values() for task in entry.tasks}
    assert set(range(1, 34)) - served == set()


@pytest.mark.parametrize("entry", entries().values(), ids=lambda entry: entry.name)
def test_a_figure_is_named_after_its_mechanism_and_says_what_it_is(entry: EvidenceEntry) -> None:
    assert entry.name.split("/")[0] == entry.mechanism
    known = entries()
    assert set(entry.alternatives) <= set(known)
    assert all(not known[other].tasks for other in entry.alternatives)


@pytest.mark.parametrize("row", NAMES.values(), ids=list(NAMES))
def test_every_declared_name_has_titles_a_known_unit_and_a_holder(row: Name) -> None:
    assert row.title and row.title_en and row.held_by and known_unit(row.unit)


@pytest.mark.parametrize(
    ("on", "end"),
    [
        (date(2020, 12, 31), date(2021, 1, 1)), (date(2020, 6, 30), date(2020, 7, 1)),
        (date(2020, 6, 29), date(2020, 6, 1)), (date(2020, 1, 15), date(2020, 2, 1)),
    ],
)  # fmt: skip
def test_accounts_are_compared_up_to_the_end_of_a_month(on: date, end: date) -> None:
    assert booked(view_of(SmallDistrict(), on=on)) == Period(date(2020, 1, 1), end)
