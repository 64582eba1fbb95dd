"""Credit records of violations."""
