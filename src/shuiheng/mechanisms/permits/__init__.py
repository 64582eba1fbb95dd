"""Abstraction permits, high-use industries, and capacity to be closed."""
