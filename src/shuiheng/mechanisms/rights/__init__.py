"""Water rights: confirmation and trade."""
