"""Bytes in, readings out: one folder for each protocol a meter or a station speaks."""
