"""The law browser: every fact of law with its clause, its days and how sure we are of it."""
