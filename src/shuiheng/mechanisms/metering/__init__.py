"""Meters and which user they serve, from which day to which."""
