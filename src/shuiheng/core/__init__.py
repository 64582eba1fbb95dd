"""Engines: pure functions from values to values; they ask no clock and open no file."""
