"""Unconventional water: reclaimed water, rain, industrial clusters and parks."""
