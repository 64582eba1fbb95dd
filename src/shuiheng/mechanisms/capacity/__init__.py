"""Carrying capacity: the class of the district and its warnings."""
