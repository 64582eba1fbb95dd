"""The law as dated data: looking values up with their clause, day, place and confidence."""

from shuiheng.rules.checking import check_law
from shuiheng.rules.law import Law, UnknownRule
from shuiheng.rules.reading import BadRule
from shuiheng.rules.rule import Document, Entry, NotInForce, Rule, Target, Unverified, band

__all__ = [
    "BadRule",
    "Document",
    "Entry",
    "Law",
    "NotInForce",
    "Rule",
    "Target",
    "UnknownRule",
    "Unverified",
    "band",
    "check_law",
]
