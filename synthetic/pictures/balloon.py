"""Example picture: a hot air balloon over hills in the evening sun."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from .paint import Canvas, as_colour, mix, relief_light, ridge_line, segment_distance, smoothstep

_SUN = (0.46, 0.50)
_LIGHT = (0.62, -0.30, 0.72)  # towards the sun: right, up (y is down), to the viewer


def paint_balloon(canvas: Canvas) -> None:
    """Paint the picture on an empty canvas."""
    _sky(canvas)
    _clouds(canvas)
    _mountains(canvas)
    _fields(canvas)
    for x, y, radius, palette in (
        (-0.36, 0.335, 0.052, 1),
        (0.335, 0.20, 0.034, 2),
        (0.0, 0.345, 0.215, 0),
    ):
        _one_balloon(canvas, x, y, radius, palette)
    glow = torch.exp(-torch.hypot(canvas.x - _SUN[0], canvas.y - _SUN[1]) / 0.32)
    canvas.colour = canvas.colour + as_colour((0.24, 0.13, 0.05)) * glow * (1 - 0.6 * canvas.colour)


def _sky(canvas: Canvas) -> None:
    y = canvas.y
    colour = mix((0.16, 0.34, 0.60), (0.44, 0.66, 0.83), smoothstep(-0.05, 0.40, y))
    colour = mix(colour, (0.99, 0.82, 0.62), smoothstep(0.28, 0.62, y))
    warm = torch.exp(-torch.hypot((canvas.x - _SUN[0]) * 0.8, canvas.y - _SUN[1]) / 0.26)
    canvas.over(mix(colour, (1.0, 0.86, 0.58), 0.75 * warm), 1.0)
    canvas.colour = canvas.colour * (1 + 0.022 * canvas.noise(26, 4, 5))


def _clouds(canvas: Canvas) -> None:
    x, y = canvas.x, canvas.y
    bend = canvas.noise(2.2, 3, 11)

    def density(dx: float, dy: float) -> Tensor:
        px, py = (x + dx) * 0.85 + 0.22 * bend, (y + dy) * 2.1 + 0.22 * bend
        return canvas.noise(2.5, 7, 12, px, py, gain=0.56) + 0.16 * canvas.noise(0.9, 2, 13)

    here = density(0, 0)
    towards_sun = density(0.022, 0.012)
    cover = smoothstep(-0.02, 0.42, here) * smoothstep(0.60, 0.34, y) * 0.96
    light = ((here - towards_sun) * 3.2 + 0.55 - 0.45 * smoothstep(0.2, 0.75, here)).clamp(0, 1)
    shade = mix((0.56, 0.56, 0.70), (0.86, 0.62, 0.60), smoothstep(0.1, 0.5, y))
    canvas.over(mix(shade, (1.0, 0.95, 0.86), light), cover)


def _mountains(canvas: Canvas) -> None:
    layers = (
        (0.560, 0.115, 1.6, 0.85, (0.55, 0.60, 0.76), (0.95, 0.80, 0.70), 21),
        (0.605, 0.070, 2.4, 0.6, (0.33, 0.42, 0.56), (0.82, 0.68, 0.58), 22),
        (0.640, 0.045, 2.0, 0.1, (0.17, 0.31, 0.31), (0.56, 0.58, 0.38), 23),
    )
    for base, rise, frequency, sharp, shade, sun, seed in layers:
        top = base - rise * ridge_line(canvas.x + 0.1 * seed, frequency, 7, canvas.seed * 31 + seed, sharp)
        below = canvas.y - top
        bend = 0.05 * canvas.noise(6, 3, seed + 5)
        folds = canvas.noise(frequency * 4.5, 6, seed, canvas.x + bend, below * 0.55 + bend, gain=0.62)
        light = 0.45 + 0.8 * relief_light(
            -folds.abs() + 0.3 * folds, (-1, 0.3), 0.075 / canvas.pixel / frequency
        )
        colour = mix(shade, sun, light.clamp(0, 1))
        if seed == 21:
            snow = smoothstep(0.055, 0.02, below - 0.05 * folds) * smoothstep(0.02, -0.05, top - base)
            colour = mix(colour, mix((0.72, 0.76, 0.92), (1.0, 0.95, 0.90), light.clamp(0, 1)), snow)
        haze = smoothstep(0.0, 0.13, below)
        canvas.over(mix(colour, (0.99, 0.84, 0.68), 0.6 * haze), canvas.inside(-below, 1.5 * canvas.pixel))


def _fields(canvas: Canvas) -> None:
    layers = (
        (0.685, 0.045, 1.3, (0.33, 0.46, 0.22), (0.78, 0.72, 0.34), 31, 5.0),
        (0.760, 0.060, 1.0, (0.20, 0.38, 0.15), (0.66, 0.66, 0.24), 32, 3.2),
        (0.885, 0.070, 0.8, (0.11, 0.27, 0.10), (0.45, 0.53, 0.16), 33, 2.2),
    )
    for base, rise, frequency, shade, sun, seed, parcels in layers:
        line = ridge_line(canvas.x + 0.37 * seed, frequency, 3, canvas.seed * 31 + seed)
        top = base - rise * line
        below = canvas.y - top
        depth = 0.16 + 3.0 * (canvas.y - 0.60).clamp_min(0)  # nearer is larger
        fx, fy = canvas.x / depth, torch.log(depth) * 2.6
        patch = canvas.noise(parcels * 0.5, 2, seed, fx, fy)
        colour = mix(shade, sun, (0.42 + 0.9 * patch + 0.45 * line).clamp(0, 1))
        rows = torch.sin((fx * 0.8 + fy * 2.0 + 0.5 * patch) * 34 + 3 * torch.sign(patch))
        colour = colour * (1 + 0.10 * rows * smoothstep(0.05, 0.12, patch.abs()))
        grain = canvas.noise(46, 4, seed + 3, fx * 0.5, fy * 0.9, gain=0.7)
        colour = colour * (1 + 0.30 * grain)
        canvas.over(colour, canvas.inside(-below, 1.5 * canvas.pixel))
        _trees(canvas, top, depth, seed)


def _trees(canvas: Canvas, top: Tensor, depth: Tensor, seed: int) -> None:
    """Paint groves along the slopes; each tree consists of a few round puffs of leaves and casts a shadow."""
    generator = torch.Generator().manual_seed(canvas.seed * 77 + seed)
    size = {31: 0.0055, 32: 0.011, 33: 0.021}[seed]
    groves = {31: 26, 32: 15, 33: 8}[seed]
    trees = []
    for _ in range(groves):
        u, v, amount = torch.rand(3, generator=generator).tolist()
        for _ in range(1 + int(amount * 6)):
            du, dv, s = torch.rand(3, generator=generator).tolist()
            x = (u - 0.5) * 1.7 + (du - 0.5) * 9 * size
            column = int((x + canvas.aspect / 2) / canvas.pixel)
            if 0 <= column < canvas.x.shape[1]:
                y = (
                    float(top[0, column])
                    + (0.004 + v * v * 0.045) * (1 + seed - 31)
                    + (dv - 0.5) * 1.5 * size
                )
                trees.append((y, x, size * (0.7 + 0.6 * s)))
    for y, x, radius in sorted(trees):
        _tree(canvas, x, y, radius, torch.rand(5, 3, generator=generator).tolist(), seed)


def _tree(canvas: Canvas, cx: float, foot: float, radius: float, puffs: list[list[float]], seed: int) -> None:
    cy = foot - 1.1 * radius
    box = _window(canvas, cx, cy, 3.2 * radius)
    if box is None:
        return
    rows, columns = box
    x, y = canvas.x[rows, columns], canvas.y[rows, columns]
    here = canvas.colour[:, rows, columns]
    shadow = torch.hypot((x - cx + 0.9 * radius) * 0.55, (y - foot) * 2.4) - 0.85 * radius
    here = here * (1 - 0.5 * (0.5 - shadow / (0.6 * radius)).clamp(0, 1))
    trunk = torch.maximum((x - cx).abs() - 0.10 * radius, (y - foot + 0.4 * radius).abs() - 0.45 * radius)
    here = mix(here, (0.20, 0.13, 0.08), (0.5 - trunk / canvas.pixel).clamp(0, 1))
    leaves = canvas.noise(1.6 / radius, 3, seed + 9, x, y, gain=0.7)
    for a, b, c in puffs:
        px, py, r = cx + (a - 0.5) * 1.3 * radius, cy + (b - 0.6) * 1.2 * radius, radius * (0.45 + 0.35 * c)
        crown = torch.hypot(x - px, y - py) - r * (0.9 + 0.5 * leaves)
        light = (0.42 + 0.38 * (x - px - y + py) / r + 0.20 * (cy - y) / radius + 0.45 * leaves).clamp(0, 1)
        green = mix((0.06, 0.15, 0.08), (0.52 + 0.16 * c, 0.54, 0.16), light)
        here = mix(here, green, (0.5 - crown / (1.5 * canvas.pixel)).clamp(0, 1))
    canvas.colour[:, rows, columns] = here


def _window(canvas: Canvas, x: float, y: float, reach: float) -> tuple[slice, slice] | None:
    """The rows and columns within `reach` of a place, or None outside the picture."""
    height, width = canvas.x.shape
    left, right = (round((x + s * reach + canvas.aspect / 2) / canvas.pixel) for s in (-1, 1))
    above, below = (round((y + s * reach) / canvas.pixel) for s in (-1, 1))
    rows, columns = slice(max(above, 0), min(below, height)), slice(max(left, 0), min(right, width))
    return (rows, columns) if rows.stop > rows.start and columns.stop > columns.start else None


_PALETTES = (
    ((0.86, 0.16, 0.12), (0.98, 0.62, 0.12), (0.99, 0.93, 0.78), (0.10, 0.45, 0.52)),
    ((0.16, 0.42, 0.68), (0.97, 0.88, 0.62), (0.16, 0.42, 0.68), (0.92, 0.45, 0.30)),
    ((0.80, 0.25, 0.42), (0.98, 0.80, 0.45), (0.55, 0.28, 0.55), (0.98, 0.90, 0.80)),
)


def _one_balloon(canvas: Canvas, cx: float, cy: float, radius: float, palette: int) -> None:
    box = _window(canvas, cx, cy + 0.4 * radius, 2.3 * radius)
    if box is None:
        return
    rows, columns = box
    part = Canvas.__new__(Canvas)
    part.__dict__.update(canvas.__dict__)
    part.x, part.y, part.colour = (
        canvas.x[rows, columns],
        canvas.y[rows, columns],
        canvas.colour[:, rows, columns],
    )
    _basket(part, cx, cy, radius)
    _envelope(part, cx, cy, radius, _PALETTES[palette])
    canvas.colour[:, rows, columns] = part.colour


def _envelope(canvas: Canvas, cx: float, cy: float, radius: float, colours: tuple) -> None:
    x, y = (canvas.x - cx) / radius, (canvas.y - cy) / radius
    # The half width of the envelope at height y: a sphere above that narrows to the mouth below.
    down = y.clamp(0, 1.42)
    ball = (1 - y.clamp(-1, 0) ** 2).clamp_min(0).sqrt()
    half = torch.where(y < 0, ball, 0.17 + 0.83 * torch.cos(down / 1.42 * math.pi / 2).clamp_min(0) ** 0.88)
    alpha = canvas.inside((x.abs() - half) * radius * 0.86)
    alpha = alpha * canvas.inside((y - 1.40) * radius) * canvas.inside((-1.0 - y) * radius)

    across = (x / half.clamp_min(1e-3)).clamp(-0.9999, 0.9999)
    longitude = torch.asin(across)
    gores = 24
    place = (longitude / math.pi + 0.5) * (gores / 2) + 0.25
    gore, seam = torch.floor(place), (place - torch.floor(place) - 0.5).abs() * 2
    band = torch.where(y < 0, torch.asin(y.clamp(-1, 1)), y * 0.9)
    zigzag = band + 0.13 * (1 - seam) * (1 - 2 * (gore % 2))
    colour = mix(colours[0], colours[1], (gore % 2)[None])
    for low, high, tone in (
        (-0.62, -0.42, 2),
        (-0.10, 0.13, 2),
        (0.13, 0.36, 3),
        (0.36, 0.58, 2),
        (0.98, 1.5, 3),
    ):
        inside = smoothstep(low - 0.01, low + 0.01, zigzag) * smoothstep(high + 0.01, high - 0.01, zigzag)
        colour = mix(colour, colours[tone], inside)

    bulge = 0.10 * (1 - seam**2)
    nx = across * 0.98
    ny = torch.where(y < 0, y, 0.55 * smoothstep(0, 1.3, y))
    nz = (1 - nx**2 - 0.8 * ny**2).clamp_min(0.02).sqrt()
    light = nx * _LIGHT[0] + ny * _LIGHT[1] + nz * _LIGHT[2] + bulge - 0.05
    weave = 0.05 * canvas.noise(4.5 / radius, 4, 41) + 0.03 * torch.sin(band * 46)
    shade = 0.30 + 0.78 * light.clamp(0, 1.1) + weave
    colour = colour * mix((0.74, 0.78, 1.02), (1.10, 1.02, 0.90), light.clamp(0, 1)) * shade
    colour = colour * (1 - 0.34 * smoothstep(0.86, 1.0, seam))
    shine = torch.exp(-((nx - 0.48) ** 2 + (ny + 0.40) ** 2) / 0.055)
    rim = smoothstep(0.80, 1.0, across) * smoothstep(1.2, 0.0, y)
    colour = colour + as_colour((0.26, 0.23, 0.17)) * shine + as_colour((0.30, 0.18, 0.06)) * rim
    canvas.over(colour, alpha)


def _basket(canvas: Canvas, cx: float, cy: float, radius: float) -> None:
    top, bottom, half = cy + 1.64 * radius, cy + 1.88 * radius, 0.145 * radius
    for offset in (-1.0, -0.35, 0.35, 1.0):
        rope = segment_distance(
            canvas.x, canvas.y, (cx + offset * 0.165 * radius, cy + 1.38 * radius), (cx + offset * half, top)
        )
        canvas.over((0.22, 0.15, 0.12), canvas.inside(rope - max(0.0045 * radius, 0.3 * canvas.pixel)))
    flame = torch.hypot((canvas.x - cx) / 0.45, canvas.y - (cy + 1.50 * radius)) - 0.07 * radius
    canvas.over((1.0, 0.80, 0.35), 0.9 * canvas.inside(flame, 0.06 * radius))
    x, y = (canvas.x - cx) / half, (canvas.y - top) / (bottom - top)
    shape = torch.maximum((x.abs() - (1.0 - 0.14 * y)) * half, torch.maximum(-y, y - 1) * (bottom - top))
    weave = torch.sin(x * 17 + math.pi * torch.floor(y * 7)) * torch.sin(y * 22)
    tone = (0.52 + 0.34 * x + 0.22 * weave).clamp(0, 1)
    canvas.over(mix((0.24, 0.12, 0.06), (0.80, 0.52, 0.26), tone), canvas.inside(shape))
    rim = torch.maximum((x.abs() - 1.08) * half, (y - 0.03).abs() * (bottom - top) - 0.028 * radius)
    canvas.over((0.38, 0.20, 0.10), canvas.inside(rim))
