"""Savings evaluation of plans and projects, and the three simultaneities."""
