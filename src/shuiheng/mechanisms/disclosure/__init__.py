"""Disclosure: what the public can see, and how it was computed."""
