"""Prices: classes, tiers, surcharges, sewage fee, farm price reform."""
