"""Planned use (计划用水): what each user is allowed for the year, and who has no plan."""
