"""Leakage of the public supply network: rates, zones, night flow."""
