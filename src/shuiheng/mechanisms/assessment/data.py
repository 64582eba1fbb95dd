"""A district's data as evidence sees it: the lake, accounts, series, declarations; cached."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from shuiheng.basics import Declared
from shuiheng.core.accounts import Accounts
from shuiheng.mechanisms.common import district
from shuiheng.mechanisms.statistics import queries
from shuiheng.store import Lake


class StoredDistrict:
    """The data of the district in a home folder, read for one person."""

    def __init__(self, folder: Path, place: str, asked_by: object | None = None) -> None:
        self._folder, self._place, self._asked_by = folder, place, asked_by
        self._lake: Lake | None = None
        # One question sees one state of the data: asked for again, the account is the same.
        self._accounts: dict[int, Accounts] = {}

    @property
    def lake(self) -> Lake:
        """The readings, opened for reading when first asked for."""
        if self._lake is None:
            self._lake = district.lake(self._folder)
        return self._lake

    def accounts(self, year: int) -> Accounts:
        """Return the account of a calendar year; booked once per state of the data."""
        if year not in self._accounts:
            self._accounts[year] = queries.get_year_accounts(
                asked_by=self._asked_by, lake=self.lake, year=year
            )
        return self._accounts[year]

    def series(self, name: str, *, method: str = "", on: date | None = None) -> dict[int, Declared]:
        """Return a yearly series by year, each in the latest vintage published by ``on``."""
        return queries.get_series(asked_by=self._asked_by, name=name, method=method, on=on)

    def declared(self, name: str, *, year: int, on: date | None = None) -> Declared | None:
        """Return the latest value an office declared for the district and year, or None."""
        return queries.get_declared(
            asked_by=self._asked_by, name=name, year=year, place=self._place, on=on
        )
