"""Shuiheng (水衡): a water-saving action plan made executable."""

__version__ = "0.1.0"
