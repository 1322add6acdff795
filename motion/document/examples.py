"""Ten motion documents that together use every feature of the format; the benchmarks render them.

They suit a photo whose subject is near the middle. At 256 x 256 pixels their regions move by 10 to 50 pixels.
"""

from __future__ import annotations

import math

from .document import (
    Ambient,
    Camera,
    Document,
    Keyframe,
    Layer,
    Motion,
    Path,
    Polygon,
    Region,
    Stroke,
    dump,
)

Point = tuple[float, float]


def disc(x: float, y: float, radius: float) -> Region:
    """A region of one brush dab at (x, y), with the radius as a fraction of the short side."""
    return Region(strokes=(Stroke(points=((x, y, 1.0),), radius=radius),))


def arrow(*points: Point) -> tuple[Path, ...]:
    """The paths of a motion along one curve through the points."""
    return (Path(points=points),)


def one_arrow() -> Document:
    """The subject in the middle moves right by 38 px."""
    motion = Motion(paths=arrow((0.45, 0.5), (0.6, 0.48)))
    return Document(layers=(Layer(name="subject", region=disc(0.45, 0.5, 0.22), motion=motion),))


def opposite_regions() -> Document:
    """Two brushed regions move in opposite directions, one up and one down."""
    left = Stroke(points=((0.25, 0.3, 1.0), (0.28, 0.5, 1.0), (0.24, 0.7, 1.0)), radius=0.13)
    right = Stroke(points=((0.74, 0.32, 0.8), (0.72, 0.5, 1.0), (0.76, 0.7, 0.8)), radius=0.14)
    return Document(
        layers=(
            Layer(name="left", region=Region(strokes=(left,)), motion=Motion(vertical=-0.12)),
            Layer(name="right", region=Region(strokes=(right,)), motion=Motion(vertical=0.12)),
        )
    )


def rotation() -> Document:
    """A disc in the middle turns by 35 degrees."""
    motion = Motion(rotation=35, pivot=(0.5, 0.5))
    return Document(layers=(Layer(name="wheel", region=disc(0.5, 0.5, 0.3), motion=motion),))


def proximity() -> Document:
    """The subject comes nearer and grows 1.4 times."""
    square = Polygon(points=((0.3, 0.3), (0.7, 0.3), (0.7, 0.7), (0.3, 0.7)))
    region = Region(polygons=(square,), feather=0.03)
    return Document(layers=(Layer(name="subject", region=region, motion=Motion(proximity=0.4)),))


def curved_easing() -> Document:
    """The subject follows an arc with an eased start and stop."""
    path = arrow((0.4, 0.56), (0.45, 0.47), (0.54, 0.45), (0.58, 0.53))
    motion = Motion(paths=path, ease="ease_in_out")
    return Document(layers=(Layer(name="subject", region=disc(0.4, 0.56, 0.2), motion=motion),))


def freeze_over_pan() -> Document:
    """The camera pans and the subject in the middle stays where it is."""
    region = Region(
        strokes=(
            Stroke(points=((0.5, 0.35, 0.8), (0.5, 0.5, 1.0), (0.5, 0.68, 1.0)), radius=0.18),
            Stroke(points=((0.72, 0.5, 1.0),), radius=0.08, mode="erase"),
        )
    )
    camera = Camera(keyframes=(Keyframe(time=1, pan=7),))
    return Document(layers=(Layer(name="held", freeze=True, region=region, order=1),), camera=camera)


def dolly() -> Document:
    """The camera moves forward by a fifth of the distance."""
    return Document(camera=Camera(keyframes=(Keyframe(time=1, dolly=0.2),)))


def roll() -> Document:
    """The camera rolls by 12 degrees and rises a little in the first half of the clip."""
    keyframes = (
        Keyframe(time=0.5, roll=6, pedestal=0.03, ease="ease_in"),
        Keyframe(time=1, roll=12, ease="ease_out"),
    )
    return Document(camera=Camera(keyframes=keyframes))


def ambient() -> Document:
    """The lower part of the picture sways like water or grass."""
    points = tuple((0.04 + 0.115 * k, 0.72 + 0.03 * math.sin(k), 1.0) for k in range(9))
    region = Region(strokes=(Stroke(points=points, radius=0.2, hardness=0.6),), feather=0.04)
    wander = Ambient(amount=0.03, speed=0.8, seed=7)
    return Document(layers=(Layer(name="water", region=region, motion=Motion(ambient=wander)),))


def overlapping_layers() -> Document:
    """A large layer deforms along three arrows; a small layer in front of it moves left and back again."""
    back = Motion(
        paths=(
            Path(points=((0.3, 0.35), (0.4, 0.3))),
            Path(points=((0.7, 0.35), (0.78, 0.45))),
            Path(points=((0.5, 0.75), (0.55, 0.78))),
        ),
        fit="similarity",
    )
    front = Motion(paths=arrow((0.5, 0.5), (0.3, 0.52)), loop="pingpong", end=0.6)
    return Document(
        layers=(
            Layer(name="back", region=disc(0.5, 0.5, 0.34), motion=back),
            Layer(name="front", region=disc(0.5, 0.5, 0.14), motion=front, order=1),
        )
    )


DOCUMENTS = (
    *(one_arrow, opposite_regions, rotation, proximity, curved_easing),
    *(freeze_over_pan, dolly, roll, ambient, overlapping_layers),
)


def documents() -> dict[str, str]:
    """The ten documents by name, as JSON text."""
    return {build.__name__: dump(build()) for build in DOCUMENTS}
