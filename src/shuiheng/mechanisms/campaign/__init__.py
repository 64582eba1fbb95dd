"""Publicity and education."""
