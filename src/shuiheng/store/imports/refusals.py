"""The one exception of an import: the file cannot be read as asked, and why."""

from __future__ import annotations


class ImportRefused(ValueError):
    """Raised when a file cannot be imported as asked; nothing of it was written."""
