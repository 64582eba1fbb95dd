"""Metering: rates by level, and when meters are due for verification."""

from shuiheng.core.metering.rates import LevelVolume, chain_rate
from shuiheng.core.metering.verification import MeterFacts, due_on, verification_class

__all__ = ["LevelVolume", "MeterFacts", "chain_rate", "due_on", "verification_class"]
