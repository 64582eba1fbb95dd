"""The demonstration district: made whole from one seed, and written into a home folder."""

from shuiheng.cli.demo.generate import generate
from shuiheng.cli.demo.rows import PLACE, PLAN, SEED, YEAR, District, Story

__all__ = ["PLACE", "PLAN", "SEED", "YEAR", "District", "Story", "generate"]
