"""Artificial patterns: gradients, stripes, checks, rings, glyph-like marks and Julia sets.

Every picture is periodic: its left edge continues at its right edge and its top at its bottom, so that a camera can travel
over it without end.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional as F

from .draws import Draws


def pixel_grid(size: int, device: torch.device | str) -> tuple[Tensor, Tensor]:
    """The x and y of the pixel centres in -1..1, each [size,size]."""
    axis = (torch.arange(size, device=device, dtype=torch.float32) + 0.5) / size * 2 - 1
    y, x = torch.meshgrid(axis, axis, indexing="ij")
    return x, y


def planes(values: Tensor) -> Tensor:
    """Values [B] as [B,1,1], so that they multiply pictures [B,S,S]."""
    return values[:, None, None]


def round_distance(x: Tensor, y: Tensor, at: Tensor) -> Tensor:
    """A periodic, smooth distance [B,S,S] from the points `at` [B,2], which equals the true distance near them."""
    dx, dy = x - planes(at[:, 0]), y - planes(at[:, 1])
    return (2 - (math.pi * dx).cos() - (math.pi * dy).cos()).clamp_min(0).sqrt() * math.sqrt(2) / math.pi


def waves(draws: Draws, size: int) -> Tensor:
    """Stripes, checks or rings with hard or soft edges, [B,size,size] in -1..1."""
    x, y = pixel_grid(size, draws.device)
    # A periodic picture needs a whole number of waves in each direction.
    length = 2.0 ** draws.uniform(low=1.2, high=3.4)
    angle = draws.uniform(high=2 * math.pi)
    m, n = (planes((length * f).round()) * math.pi for f in (angle.cos(), angle.sin()))
    phase = planes(draws.uniform(high=2 * math.pi))
    u, v = m * x + n * y + phase, m * y - n * x
    rings = round_distance(x, y, draws.uniform(2, low=-1)) * planes(length) * math.pi
    kind = planes(draws.integers(below=4))
    wave = torch.where(kind < 2, u.sin(), torch.where(kind == 2, u.sin() * v.sin(), (rings + phase).sin()))
    return (wave * planes(2.0 ** draws.uniform(high=4))).clamp(-1, 1)


def gradients(draws: Draws, size: int) -> Tensor:
    """Smooth gradients and glows, [B,size,size] in 0..1."""
    x, y = pixel_grid(size, draws.device)
    steps = draws.integers(2, 2, below=3).float() - 1
    steps[:, 0, 0] = torch.where((steps[:, 0] == 0).all(-1), 1.0, steps[:, 0, 0])
    phase = draws.uniform(2, high=2 * math.pi)
    slopes = [
        (math.pi * (planes(steps[:, i, 0]) * x + planes(steps[:, i, 1]) * y) + planes(phase[:, i])).sin()
        for i in range(2)
    ]
    glow = 1 - 2 * round_distance(x, y, draws.uniform(2, low=-1)) / planes(draws.uniform(low=0.5, high=1.2))
    share = draws.uniform(3, low=0.1)
    share = share / share.sum(1, keepdim=True)
    parts = torch.stack((*slopes, glow.clamp(-1, 1)), 1)
    mixed = (share[..., None, None] * parts).sum(1)
    return (mixed * 0.5 + 0.5).clamp(0, 1)


def glyphs(draws: Draws, size: int, strokes: int = 4) -> Tensor:
    """Coverage [B,size,size] in 0..1 of rows of marks that look like writing: strokes and arcs between a few points."""
    x, y = pixel_grid(size, draws.device)
    count, most = draws.count, 12
    columns = draws.integers(below=6) + 5
    rows = (columns * draws.uniform(low=0.5, high=0.9)).round().clamp_min(3)
    across, down = ((1 + axis) / 2 * planes(n) for axis, n in ((x, columns), (y, rows)))
    column, row = across.floor().clamp(0, most - 1), down.floor().clamp(0, most - 1)
    cell = (row * most + column).long().flatten(1)  # [B,S*S]
    lx, ly = across - column, down - row

    nodes = draws.integers(most * most, strokes, 2, 2, below=3).float()  # points of a 3x3 lattice
    low = torch.tensor([0.18, 0.16], device=draws.device)
    ends = low + nodes * torch.tensor([0.29, 0.32], device=draws.device)
    bow = torch.where(draws.chance(0.4, most * most, strokes), draws.uniform(most * most, strokes, low=-0.3, high=0.3), 0.0)  # fmt: skip
    drawn = draws.chance(0.85, most * most, 1) & draws.chance(0.85, most * most, strokes)
    # Lengths are in units of the cell, which has different sizes in pixels across and down.
    tall = planes(columns / rows)
    nearest = torch.full_like(lx, 9.0)
    for i in range(strokes):

        def of(values: Tensor) -> Tensor:
            return values.gather(1, cell).view_as(lx)

        ax, ay, bx, by = (of(ends[:, :, i, e, d]) for e in (0, 1) for d in (0, 1))
        px, py, sx, sy = lx - ax, (ly - ay) * tall, bx - ax, (by - ay) * tall
        square = sx * sx + sy * sy + 1e-4
        t = ((px * sx + py * sy) / square).clamp(0, 1)
        arc = of(bow[:, :, i]) * 4 * t * (1 - t)  # a parabola over the chord of the stroke
        distance = ((px - t * sx + arc * sy) ** 2 + (py - t * sy - arc * sx) ** 2).sqrt()
        nearest = torch.where(of(drawn[:, :, i].float()) > 0, torch.minimum(nearest, distance), nearest)
    pen = planes(draws.uniform(low=0.05, high=0.1))
    pixels = size / planes(columns)
    ink = ((pen - nearest) * pixels + 0.5).clamp(0, 1)
    turned = draws.chance(0.25).view(count, 1, 1)
    return torch.where(turned, ink.transpose(1, 2), ink)


def julia(draws: Draws, size: int, steps: int = 28) -> Tensor:
    """Julia sets, [B,size,size] in 0..1: the smoothed escape time of each point under z^2 + c."""
    x, y = pixel_grid(size, draws.device)
    angle, scale = draws.uniform(high=2 * math.pi), draws.uniform(low=0.5, high=1.1)
    shift = draws.uniform(2, low=-0.3, high=0.3)
    cos, sin = planes(angle.cos() * scale), planes(angle.sin() * scale)
    re, im = cos * x - sin * y + planes(shift[:, 0]), sin * x + cos * y + planes(shift[:, 1])
    around = draws.uniform(high=2 * math.pi)
    radius = draws.uniform(low=0.72, high=0.8)
    c_re, c_im = planes(radius * around.cos()), planes(radius * around.sin())
    escape = torch.zeros_like(re)
    alive = torch.ones_like(re, dtype=torch.bool)
    for step in range(steps):
        re, im = re * re - im * im + c_re, 2 * re * im + c_im
        square = re * re + im * im
        left = alive & (square > 16)
        # The smooth escape time n + 1 - log2(log |z|) has no visible bands.
        escape = torch.where(left, step + 1 - (square.clamp_min(17).log() / 2).log2(), escape)
        alive &= ~left
        re, im = torch.where(alive, re, 0.0), torch.where(alive, im, 0.0)
    value = torch.where(alive, 0.0, (escape.clamp_min(0) / 8).tanh())
    return make_periodic(value[:, None])[:, 0]


def make_periodic(image: Tensor, border: float = 0.2) -> Tensor:
    """Pictures [B,C,S,S] made periodic: towards the borders they are blended with themselves, shifted by half a side."""
    size = image.shape[-1]
    axis = (torch.arange(size, device=image.device) + 0.5) / size
    whole = ((torch.minimum(axis, 1 - axis) / border).clamp(0, 1) * math.pi / 2).sin() ** 2
    # The seam of the shifted picture is in the middle, where the weight of the unshifted one is 1.
    for dim, weight in ((-1, whole), (-2, whole[:, None])):
        moved = image.roll(size // 2, dim)
        image = moved + weight * (image - moved)
    return image


def circular_blur(image: Tensor) -> Tensor:
    """Pictures [B,C,S,S], averaged over 3x3 pixels across their periodic borders."""
    return F.avg_pool2d(F.pad(image, (1, 1, 1, 1), mode="circular"), 3, stride=1)
