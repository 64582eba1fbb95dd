"""What is said of a file that holds no text."""

from __future__ import annotations


class UnreadableDocument(ValueError):
    """Raised when a file holds no text that can be read; says what it is and what to do."""

    def __init__(self, name: str, why: str, remedy: str) -> None:
        self.name, self.why, self.remedy = name, why, remedy
        super().__init__(f"{name}：{why}。{remedy}")
