"""Carrying capacity: the ratio of use to ceiling and the class it falls in."""

from shuiheng.core.capacity.classes import CLASSES, Threshold, classify, use_ratio

__all__ = ["CLASSES", "Threshold", "classify", "use_ratio"]
