"""Metering: rates by level, when meters are due for verification, and the tree of meters."""

from shuiheng.core.metering.rates import LevelVolume, chain_rate
from shuiheng.core.metering.tree import Position, Stretch, Tree, TreeMeter
from shuiheng.core.metering.tree_balance import (
    CheckMeterEstimate,
    MeterVolume,
    NodeBalance,
    TreeBalance,
    Verdict,
    balance_tree,
)
from shuiheng.core.metering.tree_checking import blocking, check_tree
from shuiheng.core.metering.tree_findings import findings_of
from shuiheng.core.metering.uncertainty import ErrorLimits, TreeRules, error_limits
from shuiheng.core.metering.verification import MeterFacts, due_on, verification_class

__all__ = [
    "CheckMeterEstimate",
    "ErrorLimits",
    "LevelVolume",
    "MeterFacts",
    "MeterVolume",
    "NodeBalance",
    "Position",
    "Stretch",
    "Tree",
    "TreeBalance",
    "TreeMeter",
    "TreeRules",
    "Verdict",
    "balance_tree",
    "blocking",
    "chain_rate",
    "check_tree",
    "due_on",
    "error_limits",
    "findings_of",
    "verification_class",
]
