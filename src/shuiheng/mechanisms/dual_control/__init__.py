"""Dual control: ceiling on total use, and falls of use per unit of output."""
