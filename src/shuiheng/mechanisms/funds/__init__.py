"""Money: saving fund, tax relief, green credit."""
