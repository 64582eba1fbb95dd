"""Tests of the plan parser's engine."""
