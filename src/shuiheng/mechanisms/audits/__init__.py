"""Water audits."""
