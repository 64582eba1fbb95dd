"""Validation, estimation, editing: readings in, volumes with quality and findings out."""

from shuiheng.core.vee.block import BlockTables, run_block
from shuiheng.core.vee.codes import CODES, KINDS, METHODS, QUALITIES, TALLY
from shuiheng.core.vee.law import NotWhole, rules_in_force
from shuiheng.core.vee.patterns import find_patterns
from shuiheng.core.vee.rules import VeeRules
from shuiheng.core.vee.sentences import finding_of

__all__ = [
    "CODES",
    "KINDS",
    "METHODS",
    "QUALITIES",
    "TALLY",
    "BlockTables",
    "NotWhole",
    "VeeRules",
    "find_patterns",
    "finding_of",
    "rules_in_force",
    "run_block",
]
