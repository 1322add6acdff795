"""Mistakes in a list of shots, and how its cells are shown in messages."""

from __future__ import annotations

from typing import Any


class ListError(ValueError):
    """A list of shots has mistakes; `problems` are sentences, each with the row, the column and what would be right."""

    def __init__(self, problems: list[str]):
        super().__init__("\n".join(problems))
        self.problems = problems


def without_nothing(cells: dict[str, Any]) -> dict[str, Any]:
    """The cells that have a value."""
    return {str(name): value for name, value in cells.items() if value is not None}


def quoted(value: Any) -> str:
    """A value for a message, at most 100 characters long."""
    text = repr(value)
    return text if len(text) <= 100 else text[:97] + "..."
