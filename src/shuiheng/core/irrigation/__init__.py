"""Irrigation: net use in the field and the effective utilisation coefficient."""

from shuiheng.core.irrigation.coefficient import (
    Crop,
    District,
    Group,
    Limits,
    Part,
    check_coefficient,
    class_weighted,
    district_coefficient,
    figure_of,
    plain_mean,
    region_coefficient,
    volume_weighted,
)
from shuiheng.core.irrigation.net_use import (
    dry_by_balance,
    dry_by_moisture,
    gross_from_net,
    paddy_by_balance,
    paddy_by_level,
)

__all__ = [
    "Crop",
    "District",
    "Group",
    "Limits",
    "Part",
    "check_coefficient",
    "class_weighted",
    "district_coefficient",
    "dry_by_balance",
    "dry_by_moisture",
    "figure_of",
    "gross_from_net",
    "paddy_by_balance",
    "paddy_by_level",
    "plain_mean",
    "region_coefficient",
    "volume_weighted",
]
