"""Readings at full depth against rivals: ``python -m benchmarks.readings --help``."""
