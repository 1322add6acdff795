"""The parts of a layer's motion in a motion document: paths and their easing, waves, flow, sway, springs and pins."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from typing import Any

from . import schema
from .schema import DocumentError, choice, integer, list_of, number, optional, required, text

OFF_CANVAS = (-4.0, 5.0)  # paths may go farther outside than strokes
EASINGS = ("linear", "ease_in", "ease_out", "ease_in_out")

MOST_PATHS = 1000  # and pins and bones of a layer; see document.py

read_path_point = partial(schema.read_numbers, ranges=(OFF_CANVAS, OFF_CANVAS))


def read_ease(value: Any, place: str) -> str | tuple:
    """An easing: a name, four numbers of a Bezier curve, or a curve of at least two [time, value] points."""
    if isinstance(value, str):
        return schema.read_choice(value, place, EASINGS)
    if not isinstance(value, (list, tuple)):
        raise DocumentError(
            place,
            f"{schema.abbreviated(value)} is not an easing name, four Bezier numbers or a curve of [time, value] points",
        )
    if value and not isinstance(value[0], (list, tuple)):
        return schema.read_numbers(value, place, ((0, 1), (-2, 3), (0, 1), (-2, 3)))
    curve = read_drive(value, place)
    if curve[0][1] != 0:
        raise DocumentError(f"{place}[0]", f"a curve starts at value 0, not {curve[0][1]:g}")
    return curve


def read_drive(value: Any, place: str) -> tuple:
    """A curve of at least two [time, value] points, whose times rise from 0 to 1."""
    curve = schema.read_list(value, place, partial(schema.read_numbers, ranges=((0, 1), (-2, 3))), 2)
    times = [point[0] for point in curve]
    if times[0] != 0 or times[-1] != 1 or any(a >= b for a, b in pairwise(times)):
        raise DocumentError(place, "the times of a curve must rise from 0 to 1")
    return curve


def read_bone(value: Any, place: str) -> tuple[int, int]:
    """The numbers of the two pins that a bone connects."""
    pair = schema.read_list(value, place, partial(schema.read_integer, low=0, high=MOST_PATHS), 2, 2)
    return pair[0], pair[1]


@dataclass(frozen=True)
class Path:
    """A curve along which the motion moves the point where the curve starts."""

    points: tuple[tuple[float, float], ...] = required(
        partial(schema.read_list, read_item=read_path_point, shortest=2)
    )
    corners: tuple[int, ...] = list_of(partial(schema.read_integer, low=0, high=100_000))
    times: tuple[float, ...] | None = optional(
        partial(schema.read_list, read_item=partial(schema.read_number, low=0, high=1))
    )

    def problem(self) -> tuple[str, str] | None:
        """The member at fault and what is wrong with it, or None; see schema.py."""
        for index, corner in enumerate(self.corners):
            if corner >= len(self.points):
                return (
                    f"corners[{index}]",
                    f"{corner} is not a point of this path, which has {len(self.points)}",
                )
        if self.times is None:
            return None
        if len(self.times) != len(self.points):
            return (
                "times",
                f"has {len(self.times)} times for {len(self.points)} points; the numbers must be equal",
            )
        if self.times[0] != 0 or any(a >= b for a, b in pairwise(self.times)):
            return "times", "must start at 0 and rise"
        return None


@dataclass(frozen=True)
class Ambient:
    """A smooth random sway; `amount` 0 means none."""

    amount: float = number(0.0, 0, 0.5)
    speed: float = number(1.0, 0, 20)
    seed: int = integer(0, 0, 2**31 - 1)


@dataclass(frozen=True)
class Flow:
    """An endless flow along the motion's paths; `speed` 0 means none. See motion/field/flow.py.

    speed: way over the clip, in short sides; negative is upstream. reach: the longest way of one of the two copies of the
    region that are cross-faded. hold: the width of the region's edge over which the flow comes to rest.
    """

    speed: float = number(0.0, -10, 10)
    reach: float = number(0.08, 0.005, 0.5)
    hold: float = number(0.03, 0, 0.5)


@dataclass(frozen=True)
class Sway:
    """A sway about an anchor (default: the middle of the region's lower edge); `amount` 0 means none. See motion/field/sway.py.

    amount: how far the free end goes, in short sides. speed: swings over the clip. damping: that of a part that is let go, 1
    comes to rest at once. gust: how much the wind rises and falls. bend: whether the region bends like a beam or in its own
    modes (shape_modes.py). heading: the direction in degrees (0 is right, 90 down) of a wind that travels over the picture.
    """

    kind: str = choice("wind", "release", "pendulum", "breathe", "jelly")
    amount: float = number(0.0, 0, 0.5)
    speed: float = number(3.0, 0, 50)
    damping: float = number(0.1, 0, 1)
    gust: float = number(0.5, 0, 1)
    anchor: tuple[float, float] | None = optional(read_path_point)
    seed: int = integer(0, 0, 2**31 - 1)
    bend: str = choice("beam", "region")
    heading: float | None = optional(partial(schema.read_number, low=-360, high=360))


@dataclass(frozen=True)
class Hang:
    """How a layer hangs on another by a spring at its anchor (as in `Sway`); `on` is that layer's name. See motion/field/hang.py.

    speed: swings of the spring over the clip. damping: 1 follows without swinging.
    """

    on: str = text("")
    speed: float = number(4.0, 0.1, 50)
    damping: float = number(0.2, 0.01, 1)
    anchor: tuple[float, float] | None = optional(read_path_point)


@dataclass(frozen=True)
class Pin:
    """A point of the region that is held, or goes by `move` and along `path`, turns and scales. See motion/field/pins.py.

    reach: the radius in short sides of what turns and scales with it. stiffness: its weight among the pins. follow: the name of
    a layer with which it goes.
    """

    at: tuple[float, float] = required(read_path_point)
    move: tuple[float, float] = schema.member(
        (0.0, 0.0), partial(schema.read_numbers, ranges=((-4, 4), (-4, 4)))
    )
    path: Path | None = field(
        default=None,
        metadata={"read": partial(schema.read_optional, read_value=partial(schema.read, Path))},
    )
    rotation: float = number(0.0, -3600, 3600)
    scale: float = number(1.0, 0.05, 20)
    reach: float = number(0.05, 0.001, 1)
    stiffness: float = number(1.0, 0.01, 100)
    follow: str = text("")

    @property
    def is_still(self) -> bool:
        """True when the pin only holds its place."""
        stays = not self.follow and (self.path is None or len(set(self.path.points)) == 1)
        return stays and self.move == (0, 0) and self.rotation == 0 and self.scale == 1
