"""The shapes of a region in a motion document; document.py says what they mean."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

from . import schema
from .schema import boolean, choice, list_of, number, optional, required

ON_CANVAS = (-1.0, 2.0)  # strokes may leave the picture
MOST_SHAPES = 2000  # strokes or polygons of a region, and keyframes of a camera


def read_stroke_point(value: Any, place: str) -> tuple[float, ...]:
    """A stroke point (x, y, pressure) from [x, y] or [x, y, pressure]; the default pressure is 1."""
    if isinstance(value, (list, tuple)) and len(value) == 2:
        value = [*value, 1.0]
    return schema.read_numbers(value, place, (ON_CANVAS, ON_CANVAS, (0.0, 1.0)))


@dataclass(frozen=True)
class Stroke:
    """A brush stroke of a region; each point is (x, y, pressure)."""

    points: tuple[tuple[float, float, float], ...] = required(
        partial(schema.read_list, read_item=read_stroke_point, shortest=1)
    )
    radius: float = number(0.05, 0.0005, 2)
    hardness: float = number(1.0, 0, 1)
    mode: str = choice("paint", "erase")


@dataclass(frozen=True)
class Polygon:
    """A filled polygon of a region."""

    points: tuple[tuple[float, float], ...] = required(
        partial(
            schema.read_list,
            read_item=partial(schema.read_numbers, ranges=(ON_CANVAS, ON_CANVAS)),
            shortest=3,
        )
    )
    mode: str = choice("paint", "erase")


@dataclass(frozen=True)
class Region:
    """The area of a layer: shapes that add to it or remove from it, and optionally a connected mask."""

    everything: bool = boolean(False)
    mask: int | None = optional(partial(schema.read_integer, low=0, high=1000))
    polygons: tuple[Polygon, ...] = list_of(partial(schema.read, Polygon), MOST_SHAPES)
    strokes: tuple[Stroke, ...] = list_of(partial(schema.read, Stroke), MOST_SHAPES)
    invert: bool = boolean(False)
    grow: float = number(0.0, -0.5, 0.5)
    feather: float = number(0.01, 0, 1)
    snap: bool = boolean(False)

    @property
    def is_empty(self) -> bool:
        """True when the region has no shape, no mask and does not cover everything."""
        return not (self.everything or self.invert or self.mask is not None or self.polygons or self.strokes)
