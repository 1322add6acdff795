"""The icon and the banner of the pack for the ComfyUI registry, drawn by the code that draws the example pictures.

python -m flowbrush.synthetic.pictures.artwork     # writes docs/icon.png and docs/banner.jpg
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from torch import Tensor

from ...files import atomic_write
from .render import render_example

if TYPE_CHECKING:
    from PIL import Image

FOLDER = Path(__file__).resolve().parents[2] / "docs"
ICON_SIDE = 400  # px; the registry asks for at most 800 x 400, and a square
BANNER = (1344, 576)  # px; the registry's proportions are 21:9
SCALE = 2  # shapes are drawn larger by this factor and reduced, so that edges are smooth
MINT, INK, DUSK = (90, 230, 180), (18, 26, 38), (44, 92, 128)

Point = tuple[float, float]


def icon() -> Image.Image:
    """The icon: a painted stroke at night, and the arrow along which it moves."""
    side = ICON_SIDE * SCALE
    picture = _sky(side)
    points = [(x * side, y * side) for x, y in curve((0.19, 0.77), (0.28, 0.2), (0.56, 0.98), (0.76, 0.29))]
    _paint(picture, _line(picture.size, points, 0.24 * side), MINT, 0.5)
    _arrow(picture, points, 0.06 * side)
    picture.putalpha(_rounded_square(side, 0.2))
    return picture.resize((ICON_SIDE, ICON_SIDE), resample=1)


def banner() -> Image.Image:
    """The banner: the balloon and the clouds, painted, and the arrows that pull them."""
    width, height = BANNER
    picture = _pillow(render_example("balloon", height, width))
    picture = picture.resize((width * SCALE, height * SCALE), resample=1)
    high = height * SCALE
    for points, stroke, arrow in (
        (curve((1.16, 0.42), (1.36, 0.36), (1.52, 0.3), (1.68, 0.17)), 0.12, 0.02),
        (curve((0.34, 0.2), (0.5, 0.17), (0.62, 0.2), (0.78, 0.18)), 0.1, 0.013),
        (curve((0.2, 0.42), (0.34, 0.4), (0.44, 0.43), (0.58, 0.41)), 0.1, 0.013),
    ):
        placed = [(x * high, y * high) for x, y in points]
        _paint(picture, _line(picture.size, placed, stroke * high), MINT, 0.35)
        _arrow(picture, placed, arrow * high)
    return picture.resize(BANNER, resample=1)


def curve(a: Point, b: Point, c: Point, d: Point, count: int = 60) -> list[Point]:
    """`count` points of the cubic Bézier curve from `a` to `d`, which `b` and `c` pull."""
    weights = [
        ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
        for t in (n / (count - 1) for n in range(count))
    ]
    return [
        (
            sum(w * p[0] for w, p in zip(weight, (a, b, c, d), strict=True)),
            sum(w * p[1] for w, p in zip(weight, (a, b, c, d), strict=True)),
        )
        for weight in weights
    ]


def _pillow(picture: Tensor) -> Image.Image:
    """A picture [1,H,W,3] in 0..1 as a Pillow image."""
    from PIL import Image

    return Image.fromarray((picture[0].numpy() * 255).round().astype(np.uint8))


def _sky(side: int) -> Image.Image:
    """A square that grows lighter towards the bottom."""
    from PIL import Image

    down = np.linspace(0, 1, side)[:, None, None]
    colours = np.array(INK) + down * (np.array(DUSK) - np.array(INK))
    return Image.fromarray(np.broadcast_to(colours, (side, side, 3)).round().astype(np.uint8))


def _paint(picture: Image.Image, shape: Image.Image, colour: tuple[int, int, int], opacity: float) -> None:
    """Paint a shape, a grey picture of 0 and 255, in one colour over the picture."""
    picture.paste(colour, (0, 0), shape.point([round(value * opacity) for value in range(256)]))


def _line(size: tuple[int, int], points: Sequence[Point], width: float) -> Image.Image:
    """The shape of a line with round ends and corners."""
    from PIL import Image, ImageDraw

    shape = Image.new("L", size)
    draw = ImageDraw.Draw(shape)
    draw.line(list(points), fill=255, width=round(width))
    for x, y in points:
        draw.ellipse((x - width / 2, y - width / 2, x + width / 2, y + width / 2), fill=255)
    return shape


def _arrow(picture: Image.Image, points: Sequence[Point], width: float) -> None:
    """Draw a white line that ends in an arrow head, with a dark outline."""
    from PIL import ImageChops, ImageDraw

    (x0, y0), (x1, y1) = points[-6], points[-1]
    along = math.atan2(y1 - y0, x1 - x0)
    corners = [
        (x1 + 2.4 * width * math.cos(along + turn), y1 + 2.4 * width * math.sin(along + turn))
        for turn in (0, 2.3, -2.3, 0)
    ]
    for outline, colour in ((0.45 * width, INK), (0.0, (255, 255, 255))):
        shape = _line(picture.size, points, width + 2 * outline)
        head = _line(picture.size, corners, 0.4 * width + 2 * outline)
        ImageDraw.Draw(head).polygon(corners, fill=255)
        _paint(picture, ImageChops.lighter(shape, head), colour, 1.0)


def _rounded_square(side: int, radius: float) -> Image.Image:
    """The shape of a square with round corners, whose radius is a fraction of its side."""
    from PIL import Image, ImageDraw

    shape = Image.new("L", (side, side))
    ImageDraw.Draw(shape).rounded_rectangle((0, 0, side - 1, side - 1), radius * side, fill=255)
    return shape


def main() -> None:
    """Write both files."""
    for name, picture, options in (
        ("icon.png", icon(), {"optimize": True}),
        ("banner.jpg", banner(), {"quality": 88, "optimize": True}),
    ):
        path = FOLDER / name
        with atomic_write(path) as temporary:
            picture.save(temporary, "PNG" if path.suffix == ".png" else "JPEG", **options)
        print(f"docs/{name}: {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
