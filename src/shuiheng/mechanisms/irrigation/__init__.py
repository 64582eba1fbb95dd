"""Irrigation: effective coefficient, high-standard farmland, efficient irrigation, farm use."""
