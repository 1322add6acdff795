"""Where shots are rendered: the interface of a place, and what it gives back."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from .planning import Shot

OnProgress = Callable[[str, float], None]
"""Takes the title of the running node, and the share of the shot that is done."""


class ShotFailed(Exception):
    """A shot could not be rendered; the message says why. It may succeed elsewhere."""


class PlaceLost(Exception):
    """A place can render no more shots; the message says why. The shot that it had goes elsewhere."""


@dataclass
class Rendered:
    """A rendered shot: its files, which lie in the folder that was given, and the texts that its nodes show."""

    files: list[Path] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)


class Place(ABC):
    """Something that renders one shot at a time."""

    name: str

    @abstractmethod
    def render(self, shot: Shot, folder: Path, on_progress: OnProgress) -> Rendered:
        """Render a shot into a folder. Raises ShotFailed and PlaceLost."""

    def keeps(self, shot: Shot) -> bool:
        """Whether an earlier run has left a shot here, which is fetched and need not be rendered again."""
        return False

    @abstractmethod
    def stop(self) -> None:
        """Stop what it renders, from another thread; `render` then raises an exception soon."""
