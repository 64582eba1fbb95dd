"""Accounts of water use, statistical series, and declared values."""
