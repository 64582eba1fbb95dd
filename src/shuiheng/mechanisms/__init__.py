"""The mechanisms of the plan, one folder each, in a fixed ladder."""
