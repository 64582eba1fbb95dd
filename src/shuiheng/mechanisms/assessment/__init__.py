"""The board: how the district stands against its plan (目标责任考核)."""
