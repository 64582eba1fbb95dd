"""Inspection and penalties."""
