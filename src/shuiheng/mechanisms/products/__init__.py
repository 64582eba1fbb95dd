"""Efficiency labels and certified products."""
