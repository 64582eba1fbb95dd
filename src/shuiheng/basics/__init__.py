"""The vocabulary every floor shares: quantity, period, place, citation, figure, finding."""

from shuiheng.basics.citation import Cited, Clause, Confidence
from shuiheng.basics.figure import (
    Declared,
    Figure,
    Input,
    Missing,
    Node,
    Quality,
    Readings,
)
from shuiheng.basics.finding import Finding, Level
from shuiheng.basics.period import SHANGHAI, Period
from shuiheng.basics.place import Place
from shuiheng.basics.quantity import IncompatibleUnits, Quantity, UnknownUnit

__all__ = [
    "SHANGHAI",
    "Cited",
    "Clause",
    "Confidence",
    "Declared",
    "Figure",
    "Finding",
    "IncompatibleUnits",
    "Input",
    "Level",
    "Missing",
    "Node",
    "Period",
    "Place",
    "Quality",
    "Quantity",
    "Readings",
    "UnknownUnit",
]
