"""Painting the example pictures: a canvas, gradient noise and soft shapes.

Everything is a function of position, so that a picture looks the same at every size except for its finest grain. Positions
are in units of the picture's height: y runs from 0 (top) to 1, and x is measured from the middle of the picture.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from ...interruption import check_interruption

Colour = Tensor | Sequence[float]

# The period of the gradient noise in lattice cells, a power of two.
_LATTICE = 64
# The number of places at which noise is computed at once, few enough for the processor's cache.
_BLOCK = 1 << 15


class Canvas:
    """The picture being painted: `colour` [3,H,W], positions `x` and `y` [H,W], and the size of a pixel."""

    def __init__(self, height: int, width: int, seed: int) -> None:
        self.pixel = 1.0 / height
        self.aspect = width / height
        self.seed = seed
        self.y = ((torch.arange(height) + 0.5) / height)[:, None].expand(height, width)
        self.x = ((torch.arange(width) + 0.5) / height - self.aspect / 2)[None].expand(height, width)
        self.colour = torch.zeros(3, height, width)

    def over(self, colour: Colour, alpha: Tensor | float) -> None:
        """Paint `colour`, three numbers or [3,H,W], over the picture with opacity `alpha`."""
        check_interruption()
        self.colour = torch.lerp(
            self.colour, as_colour(colour).expand_as(self.colour), torch.as_tensor(alpha)
        )

    def inside(self, distance: Tensor, soft: float = 0.0) -> Tensor:
        """The opacity of a shape with this signed distance (negative inside); its edge is `soft` picture heights wide."""
        return (0.5 - distance / max(self.pixel, soft)).clamp(0, 1)

    def noise(
        self,
        frequency: float,
        octaves: int,
        seed: int,
        x: Tensor | None = None,
        y: Tensor | None = None,
        gain: float = 0.5,
    ) -> Tensor:
        """Fractal gradient noise in about -1..1, with `frequency` lattice cells per picture height."""
        x, y = self.x if x is None else x, self.y if y is None else y
        octaves = max(1, min(octaves, int(math.log2(max(2.0, 0.7 / (self.pixel * frequency)))) + 1))
        return fractal_noise(x * frequency, y * frequency, octaves, 1009 * self.seed + seed, gain)


def as_colour(colour: Colour) -> Tensor:
    """A colour as a tensor: three numbers become [3,1,1], and a tensor is returned unchanged."""
    return colour if isinstance(colour, Tensor) else torch.tensor(colour, dtype=torch.float32)[:, None, None]


def mix(a: Colour, b: Colour, amount: Tensor | float) -> Tensor:
    """The mixture [3,H,W] of the colours `a` (at amount 0) and `b` (at amount 1)."""
    return as_colour(a) + (as_colour(b) - as_colour(a)) * torch.as_tensor(amount)


def smoothstep(low: float, high: float, value: Tensor) -> Tensor:
    """A smooth step from 0 at `low` to 1 at `high`; `low` may be the larger one."""
    t = ((value - low) / (high - low)).clamp(0, 1)
    return t * t * (3 - 2 * t)


def fractal_noise(x: Tensor, y: Tensor, octaves: int, seed: int, gain: float = 0.5) -> Tensor:
    """The sum of octaves of gradient noise, each rotated against the last so that the lattice is not visible."""
    generator = torch.Generator().manual_seed(seed)
    angles = torch.rand(octaves, _LATTICE * _LATTICE, generator=generator) * (2 * math.pi)
    tables = list(zip(angles.cos(), angles.sin(), strict=True))
    parts = zip(x.reshape(-1).split(_BLOCK), y.reshape(-1).split(_BLOCK), strict=True)
    blocks = []
    for a, b in parts:
        check_interruption()
        blocks.append(_octaves(a, b, tables, gain))
    return torch.cat(blocks).reshape(x.shape)


def _octaves(x: Tensor, y: Tensor, tables: list[tuple[Tensor, Tensor]], gain: float) -> Tensor:
    total, amplitude, height = torch.zeros_like(x), 0.0, 1.0
    cos, sin = 2.03 * math.cos(0.65), 2.03 * math.sin(0.65)
    for east, south in tables:
        total += height * _gradient_noise(x, y, east, south)
        amplitude += height
        height *= gain
        x, y = cos * x - sin * y + 17.3, sin * x + cos * y + 5.9
    return total.mul_(1.6 / amplitude)


def _gradient_noise(x: Tensor, y: Tensor, east: Tensor, south: Tensor) -> Tensor:
    """Perlin noise ("Improving noise", SIGGRAPH 2002) at the places x, y [N], with gradients (east, south) [_LATTICE^2]."""
    left, top = x.floor(), y.floor()
    fx, fy = x - left, y - top
    column, row = left.int(), top.int()
    columns = (column & (_LATTICE - 1), (column + 1) & (_LATTICE - 1))
    rows = ((row & (_LATTICE - 1)) * _LATTICE, ((row + 1) & (_LATTICE - 1)) * _LATTICE)

    def corner(dx: int, dy: int) -> Tensor:
        index = rows[dy] + columns[dx]
        return torch.addcmul(east.index_select(0, index) * (fx - dx), south.index_select(0, index), fy - dy)

    sx, sy = (t * t * t * (t * (6 * t - 15) + 10) for t in (fx, fy))
    above = torch.lerp(corner(0, 0), corner(1, 0), sx)
    below = torch.lerp(corner(0, 1), corner(1, 1), sx)
    return torch.lerp(above, below, sy)


def ridge_line(x: Tensor, frequency: float, octaves: int, seed: int, sharp: float = 0.0) -> Tensor:
    """The height [1,W] of a mountain range along x, in about -1..1; `sharp` 0 gives round hills, 1 pointed peaks."""
    x = x[:1]  # every row is the same
    flat = fractal_noise(x * frequency, torch.full_like(x, 0.37 + seed), octaves, seed)
    return torch.lerp(flat, 1 - 2.4 * flat.abs(), sharp)


def segment_distance(x: Tensor, y: Tensor, a: tuple[float, float], b: tuple[float, float]) -> Tensor:
    """The distance of the points x, y to the line segment from `a` to `b`."""
    dx, dy = b[0] - a[0], b[1] - a[1]
    along = (((x - a[0]) * dx + (y - a[1]) * dy) / max(dx * dx + dy * dy, 1e-12)).clamp(0, 1)
    return torch.hypot(x - a[0] - along * dx, y - a[1] - along * dy)


def lens_blur(image: Tensor, radius: float) -> Tensor:
    """The picture [3,H,W] as a lens out of focus shows it, approximated by three box blurs of `radius` pixels."""
    size = max(1, round(radius)) * 2 + 1
    image = image[None]
    for _ in range(3):
        for kernel, pad in (
            ((1, size), (size // 2, size // 2, 0, 0)),
            ((size, 1), (0, 0, size // 2, size // 2)),
        ):
            image = F.avg_pool2d(F.pad(image, pad, mode="replicate"), kernel, stride=1)
    return image[0]


def relief_light(height: Tensor, sun: tuple[float, float], strength: float) -> Tensor:
    """The light, in about -1..1, on a relief [H,W] that is lit from the direction `sun` (x, y in the picture)."""
    dy, dx = torch.gradient(height)
    slope = (dx * sun[0] + dy * sun[1]) * strength
    return slope / (1 + slope.abs())
