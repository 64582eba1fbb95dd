"""How water use moves through the day, the week and the year, by kind of use."""

from __future__ import annotations

from datetime import date, timedelta
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from shuiheng.cli.demo.rows import YEAR

Floats = npt.NDArray[np.float64]

DAYS = [date(YEAR, 1, 1) + timedelta(days=day) for day in range(366)]
_FIRST_MONDAY = DAYS[0].weekday()


class Profile(NamedTuple):
    """Weights by month, weekday and hour, the depth of the winter stop of 2020, and noise."""

    months: tuple[float, ...]
    week: tuple[float, ...]
    hours: tuple[float, ...]
    stop: float
    day_noise: float
    hour_noise: float


_EVEN_WEEK = (1.0,) * 7
_OFFICE_WEEK = (1.0, 1.02, 1.02, 1.0, 0.98, 0.35, 0.25)
_HOME_HOURS = (
    0.35, 0.25, 0.22, 0.22, 0.28, 0.55, 1.20, 1.55, 1.35, 1.15, 1.10, 1.25,
    1.30, 1.00, 0.85, 0.85, 0.95, 1.25, 1.55, 1.65, 1.60, 1.45, 1.05, 0.60,
)  # fmt: skip
_SHIFT_HOURS = (
    0.45, 0.40, 0.40, 0.40, 0.40, 0.50, 0.80, 1.25, 1.45, 1.50, 1.50, 1.30,
    1.15, 1.40, 1.50, 1.50, 1.45, 1.30, 1.15, 1.10, 1.00, 0.85, 0.65, 0.55,
)  # fmt: skip
_OFFICE_HOURS = (
    0.00, 0.00, 0.00, 0.00, 0.00, 0.10, 0.50, 1.40, 2.25, 2.15, 1.95, 2.15,
    1.95, 1.65, 1.85, 1.85, 1.75, 1.50, 0.80, 0.50, 0.40, 0.30, 0.15, 0.00,
)  # fmt: skip
_SHOP_HOURS = (
    0.10, 0.00, 0.00, 0.00, 0.00, 0.20, 0.60, 0.90, 1.10, 1.30, 1.50, 1.80,
    1.90, 1.60, 1.40, 1.40, 1.50, 1.80, 2.00, 1.90, 1.60, 1.20, 0.80, 0.40,
)  # fmt: skip
_EVEN_HOURS = (1.0,) * 24
_PUMP_HOURS = (
    0.30, 0.30, 0.30, 0.30, 0.50, 1.20, 1.60, 1.70, 1.70, 1.60, 1.40, 1.10,
    0.90, 1.00, 1.30, 1.50, 1.60, 1.50, 1.20, 0.90, 0.60, 0.40, 0.30, 0.30,
)  # fmt: skip
_HOME_YEAR = (0.93, 0.92, 0.94, 0.97, 1.01, 1.05, 1.12, 1.14, 1.06, 0.99, 0.95, 0.93)
_FLAT_YEAR = (1.0,) * 12
_SUMMER_YEAR = (0.92, 0.92, 0.95, 0.99, 1.02, 1.06, 1.10, 1.10, 1.04, 1.0, 0.96, 0.94)

PROFILES = {
    "home": Profile(_HOME_YEAR, (0.98, 0.97, 0.97, 0.98, 1.0, 1.05, 1.05), _HOME_HOURS,
                    0.97, 0.025, 0.06),
    "rural": Profile(_HOME_YEAR, _EVEN_WEEK, _HOME_HOURS, 1.08, 0.04, 0.10),
    "industry": Profile(_SUMMER_YEAR, (1.01, 1.01, 1.01, 1.01, 1.0, 0.98, 0.97), _EVEN_HOURS,
                        0.62, 0.04, 0.05),
    "shifts": Profile(_SUMMER_YEAR, (1.08, 1.08, 1.08, 1.08, 1.06, 0.88, 0.70), _SHIFT_HOURS,
                      0.40, 0.06, 0.10),
    "office": Profile(_SUMMER_YEAR, _OFFICE_WEEK, _OFFICE_HOURS, 0.50, 0.06, 0.15),
    "school": Profile((0.80, 0.30, 0.35, 0.85, 1.25, 1.30, 0.55, 0.40, 1.35, 1.35, 1.30, 1.25),
                      _OFFICE_WEEK, _OFFICE_HOURS, 0.55, 0.07, 0.15),
    "hospital": Profile(_SUMMER_YEAR, (1.05, 1.04, 1.03, 1.02, 1.0, 0.94, 0.92), _SHIFT_HOURS,
                        1.00, 0.03, 0.08),
    "service": Profile(_SUMMER_YEAR, (0.95, 0.95, 0.95, 0.98, 1.05, 1.08, 1.04), _SHOP_HOURS,
                       0.45, 0.06, 0.12),
    "bath": Profile((1.45, 1.10, 1.15, 1.0, 0.9, 0.75, 0.65, 0.65, 0.8, 0.95, 1.2, 1.4),
                    (0.9, 0.9, 0.9, 0.95, 1.05, 1.2, 1.1), _SHOP_HOURS, 0.30, 0.08, 0.15),
    "power": Profile((1.12, 0.98, 0.92, 0.88, 0.94, 1.0, 1.12, 1.18, 0.98, 0.88, 0.95, 1.05),
                     (1.02, 1.02, 1.02, 1.02, 1.01, 0.97, 0.94), _EVEN_HOURS, 0.80, 0.03, 0.02),
    "irrigation": Profile((0.06, 0.07, 0.15, 0.35, 0.9, 2.6, 2.7, 2.6, 1.6, 0.6, 0.25, 0.08),
                          _EVEN_WEEK, _PUMP_HOURS, 1.0, 0.12, 0.18),
    "fish": Profile((0.35, 0.4, 0.7, 1.1, 1.4, 1.5, 1.6, 1.6, 1.3, 0.9, 0.6, 0.45),
                    _EVEN_WEEK, _PUMP_HOURS, 1.0, 0.10, 0.15),
    "livestock": Profile((0.9, 0.9, 0.92, 0.96, 1.02, 1.1, 1.2, 1.2, 1.05, 0.97, 0.9, 0.88),
                         _EVEN_WEEK, _SHIFT_HOURS, 1.0, 0.05, 0.10),
    "greening": Profile((0.6, 0.65, 0.85, 1.0, 1.15, 1.1, 1.3, 1.4, 1.2, 1.05, 0.9, 0.7),
                        _EVEN_WEEK, _PUMP_HOURS, 0.95, 0.10, 0.15),
    "sewage": Profile(_SUMMER_YEAR, _EVEN_WEEK, _HOME_HOURS, 0.85, 0.03, 0.05),
    "steady": Profile(_FLAT_YEAR, _EVEN_WEEK, _EVEN_HOURS, 1.0, 0.03, 0.03),
}  # fmt: skip


def day_weights(profile: Profile) -> Floats:
    """Return 366 weights that sum to one: season, weekday, and the stop of early 2020."""
    middle = np.array([15.0 + 30.5 * month for month in range(12)])
    ring = np.concatenate((middle - 366, middle, middle + 366))
    season = np.interp(np.arange(366), ring, np.tile(profile.months, 3))
    week = np.array([profile.week[(_FIRST_MONDAY + day) % 7] for day in range(366)])
    weights = season * week * _stop(profile.stop)
    return np.asarray(weights / weights.sum())


def _stop(depth: float) -> Floats:
    """Return the factor of the long stop after New Year's feast, back to one by the end of April.

    24 January to 20 February 2020 fully, then rising in a straight line for nine weeks.
    """
    days = np.arange(366)
    rise = np.clip((days - 50) / 63.0, 0.0, 1.0)
    low = np.where(days < 23, 1.0, depth + (1.0 - depth) * rise)
    return np.asarray(low)


def hour_weights(profile: Profile) -> Floats:
    """Return 24 weights that sum to one."""
    hours = np.array(profile.hours)
    return np.asarray(hours / hours.sum())
