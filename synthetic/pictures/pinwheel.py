"""Example picture: a paper pinwheel in a flower meadow."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from .paint import Canvas, as_colour, lens_blur, mix, smoothstep

_CENTRE = (0.0, 0.40)
_RADIUS = 0.29
_PAPERS = (
    ((0.90, 0.22, 0.20), (0.99, 0.88, 0.82)),
    ((0.98, 0.72, 0.16), (0.90, 0.42, 0.10)),
    ((0.14, 0.55, 0.58), (0.85, 0.96, 0.92)),
    ((0.27, 0.36, 0.66), (0.80, 0.86, 0.98)),
)


def paint_pinwheel(canvas: Canvas) -> None:
    """Paint the picture on an empty canvas: a soft background, flowers in focus, the wheel in front."""
    _meadow(canvas)
    _bokeh(canvas)
    _film_grain(canvas)
    _stick(canvas)
    _grass(canvas)
    _flowers(canvas)
    _wheel(canvas)


def _meadow(canvas: Canvas) -> None:
    x, y = canvas.x, canvas.y
    colour = mix(
        (0.45, 0.72, 0.93), (0.93, 0.96, 0.90), smoothstep(0.0, 0.42, y + 0.05 * canvas.noise(2, 2, 1))
    )
    clouds = smoothstep(0.0, 0.5, canvas.noise(2.2, 6, 2, x * 0.8, y * 1.5, gain=0.55))
    colour = mix(colour, (1.0, 0.98, 0.96), 0.75 * clouds * smoothstep(0.5, 0.2, y))
    woods = 0.43 + 0.05 * canvas.noise(3, 5, 3, x, torch.zeros_like(x))
    colour = mix(
        colour,
        mix((0.22, 0.42, 0.28), (0.55, 0.68, 0.36), 0.5 + 0.6 * canvas.noise(9, 5, 4)),
        smoothstep(-0.01, 0.01, y - woods),
    )
    field = smoothstep(0.50, 0.54, y + 0.012 * canvas.noise(5, 3, 5))
    grass = 0.5 + 0.55 * canvas.noise(8, 6, 6, x, y * 2.2, gain=0.62)
    near = smoothstep(0.5, 1.0, y)
    meadow = mix(
        mix((0.42, 0.62, 0.22), (0.80, 0.82, 0.36), grass),
        mix((0.10, 0.30, 0.10), (0.42, 0.60, 0.16), grass),
        near,
    )
    blooms = smoothstep(0.34, 0.5, canvas.noise(22, 3, 7, x, y * 1.7)) * smoothstep(0.52, 0.60, y)
    hue = 0.5 + canvas.noise(7, 2, 8)
    meadow = mix(meadow, mix((0.95, 0.45, 0.55), (0.99, 0.90, 0.45), smoothstep(0.3, 0.7, hue)), 0.8 * blooms)
    canvas.over(mix(colour, meadow, field), 1.0)
    canvas.colour = lens_blur(canvas.colour, 0.006 / canvas.pixel)


def _bokeh(canvas: Canvas) -> None:
    """Discs of light out of focus."""
    generator = torch.Generator().manual_seed(canvas.seed * 13 + 5)
    for _ in range(70):
        u, v, s, tone, strength = torch.rand(5, generator=generator).tolist()
        cx, cy, radius = (u - 0.5) * 1.7, 0.36 + 0.36 * v, 0.012 + 0.024 * s
        away = torch.hypot(canvas.x - cx, canvas.y - cy)
        disc = smoothstep(radius, radius * 0.86, away) * (
            0.65 + 0.35 * smoothstep(0.5 * radius, radius, away)
        )
        colour = mix((1.0, 0.95, 0.70), (0.85, 0.95, 0.62), tone)
        canvas.over(colour, disc * (0.10 + 0.22 * strength))


def _film_grain(canvas: Canvas) -> None:
    """Add grain, which gives the soft background some texture, and a glow of light from the upper left."""
    grain = canvas.noise(55, 4, 15, gain=0.8)
    light = torch.exp(-torch.hypot(canvas.x + 0.5, canvas.y + 0.05) / 0.55)
    canvas.colour = canvas.colour * (1 + 0.030 * grain) + as_colour((0.20, 0.17, 0.10)) * light * (
        1 - canvas.colour
    )


def _stick(canvas: Canvas) -> None:
    x = canvas.x - _CENTRE[0] - 0.012 * (canvas.y - _CENTRE[1])
    across = x / 0.0105
    grain = canvas.noise(60, 4, 21, canvas.x * 3, canvas.y * 0.25, gain=0.65)
    light = (0.55 - 0.55 * across + 0.25 * grain).clamp(0, 1)
    shape = torch.maximum(x.abs() - 0.0105, _CENTRE[1] - canvas.y)
    canvas.over(mix((0.42, 0.25, 0.13), (0.93, 0.76, 0.50), light), canvas.inside(shape))


def _blade(canvas: Canvas, x: float, foot: float, tall: float, lean: float, wide: float, tone: float) -> None:
    """One blade of grass: a thin curved wedge."""
    left, right = sorted((x - wide, x + lean + wide * (1 if lean > 0 else -1)))
    height, width = canvas.x.shape
    columns = slice(
        max(0, int((left - 2 * wide + canvas.aspect / 2) / canvas.pixel)),
        min(width, int((right + 2 * wide + canvas.aspect / 2) / canvas.pixel) + 2),
    )
    rows = slice(max(0, int((foot - tall) / canvas.pixel) - 1), min(height, int(foot / canvas.pixel) + 1))
    px, py = canvas.x[rows, columns], canvas.y[rows, columns]
    if px.numel() == 0:
        return
    up = ((foot - py) / tall).clamp(0, 1)
    off = px - x - lean * up * up
    alpha = (0.5 - (off.abs() - wide * (1 - up) ** 0.7) / canvas.pixel).clamp(0, 1)
    light = (0.25 + 0.55 * up - 0.35 * off / wide + 0.3 * (tone - 0.5)).clamp(0, 1)
    here = canvas.colour[:, rows, columns]
    canvas.colour[:, rows, columns] = mix(here, mix((0.06, 0.22, 0.07), (0.66, 0.80, 0.28), light), alpha)


def _grass(canvas: Canvas) -> None:
    generator = torch.Generator().manual_seed(canvas.seed * 17 + 3)
    for row in range(3):
        for _ in range(260):
            u, a, b, c, d = torch.rand(5, generator=generator).tolist()
            tall = (0.07 + 0.13 * a * a) * (0.8 + 0.25 * row)
            _blade(
                canvas,
                (u - 0.5) * 1.9,
                1.01 + 0.01 * row,
                tall,
                (b - 0.5) * 0.9 * tall,
                0.0028 + 0.003 * c,
                d,
            )


def _flowers(canvas: Canvas) -> None:
    """Daisies and poppies on their stems, at the sides of the stick."""
    generator = torch.Generator().manual_seed(canvas.seed * 19 + 1)
    flowers = []
    for _ in range(34):
        u, v, s, kind, turn = torch.rand(5, generator=generator).tolist()
        flowers.append((0.80 + 0.17 * v, (u - 0.5) * 1.8, 0.020 + 0.016 * s + 0.02 * v * v, kind, turn))
    for y, x, radius, kind, turn in sorted(flowers):
        _blade(canvas, x, 1.01, 1.01 - y, 0.0, 0.0032, 0.4)
        _flower(canvas, x, y, radius, kind, turn)


def _flower(canvas: Canvas, cx: float, cy: float, radius: float, kind: float, turn: float) -> None:
    height, width = canvas.x.shape
    reach = 1.3 * radius
    rows = slice(max(0, int((cy - reach) / canvas.pixel)), min(height, int((cy + reach) / canvas.pixel) + 2))
    columns = slice(
        max(0, int((cx - reach + canvas.aspect / 2) / canvas.pixel)),
        min(width, int((cx + reach + canvas.aspect / 2) / canvas.pixel) + 2),
    )
    x, y = (canvas.x[rows, columns] - cx) / radius, (canvas.y[rows, columns] - cy) / radius * 1.25
    if x.numel() == 0:
        return
    away, angle = torch.hypot(x, y), torch.atan2(y, x) + turn * 6
    petals = 13 if kind < 0.5 else 5
    wave = torch.cos(angle * petals)
    edge = 0.80 + 0.20 * wave if kind < 0.5 else 0.90 + 0.10 * wave
    veins = 0.5 + 0.5 * torch.cos(angle * petals * 4 + 2)
    tint = (
        ((1.0, 0.98, 0.94), (0.80, 0.80, 0.90))
        if kind < 0.5
        else (
            ((0.96, 0.28, 0.18), (0.62, 0.08, 0.10))
            if kind < 0.8
            else ((0.58, 0.42, 0.86), (0.32, 0.22, 0.58))
        )
    )
    shade = (0.25 + 0.35 * (1 - wave) + 0.25 * veins - 0.25 * (x + y) + 0.25 * (1 - away)).clamp(0, 1)
    here = canvas.colour[:, rows, columns]
    soft = canvas.pixel / radius
    here = mix(here, mix(tint[0], tint[1], shade), (0.5 - (away - edge) / soft).clamp(0, 1))
    seeds = canvas.noise(9 / radius, 2, 33, canvas.x[rows, columns], canvas.y[rows, columns])
    heart = mix((0.98, 0.78, 0.15), (0.60, 0.34, 0.06), (0.45 + 0.5 * (x + y) + 0.4 * seeds).clamp(0, 1))
    if kind >= 0.5:
        heart = heart * 0.45
    canvas.colour[:, rows, columns] = mix(here, heart, (0.5 - (away - 0.30) / soft).clamp(0, 1))


def _wheel(canvas: Canvas) -> None:
    """Paint four paper blades, each with a bright front and a curled back, and the pin in the middle."""
    dx, dy = canvas.x - _CENTRE[0], canvas.y - _CENTRE[1]
    blades = 8
    for index in range(blades):
        turn = 2 * math.pi * index / blades + 0.22
        u = (math.cos(turn) * dx + math.sin(turn) * dy) / _RADIUS  # along the blade
        v = (-math.sin(turn) * dx + math.cos(turn) * dy) / _RADIUS
        _sail(canvas, u, v, turn, *_PAPERS[index % 4], index)
    away = torch.hypot(dx, dy)
    canvas.over((0.18, 0.12, 0.10), 0.5 * canvas.inside(torch.hypot(dx - 0.004, dy - 0.006) - 0.026, 0.012))
    light = (0.75 - (dx + dy) / 0.04).clamp(0, 1)
    canvas.over(mix((0.72, 0.48, 0.10), (1.0, 0.92, 0.62), light), canvas.inside(away - 0.022))
    shine = torch.hypot(dx + 0.007, dy + 0.008)
    canvas.over((1.0, 0.99, 0.94), 0.9 * canvas.inside(shine - 0.004, 0.005))


def _sail(canvas: Canvas, u: Tensor, v: Tensor, turn: float, front: tuple, back: tuple, index: int) -> None:
    span = u.clamp(0, 1)
    belly = 0.42 * torch.sin(span * math.pi).clamp_min(0) ** 0.8 * (1 - 0.25 * span) + 0.30 * span * (
        1 - span
    )
    low = -0.04 * torch.sin(span * math.pi)
    shape = torch.maximum(torch.maximum(low - v, v - belly), torch.maximum(-u, u - 0.985)) * _RADIUS
    alpha = canvas.inside(shape)
    across = ((v - low) / (belly - low).clamp_min(0.02)).clamp(0, 1)

    shadow = (
        torch.maximum(torch.maximum(low - v - 0.05, v - low), torch.maximum(0.03 - u, u - 0.97)) * _RADIUS
    )
    canvas.over((0.10, 0.07, 0.10), 0.38 * canvas.inside(shadow, 0.03))
    sun = math.cos(turn + 0.9)  # each blade faces the light differently
    paper = canvas.noise(46, 4, 41 + index, gain=0.7)
    fold = smoothstep(0.52, 0.50, across)
    light = 0.74 + 0.16 * sun + 0.20 * torch.cos(across * 2.6 - 0.4) + 0.035 * paper
    dots = torch.hypot((u * 8.5).remainder(1.0) - 0.5, ((v - 0.5 * u) * 8.5).remainder(1.0) - 0.5)
    stripes = 0.5 + 0.5 * torch.sin((u * 0.8 - v) * 52)
    pattern = smoothstep(0.30, 0.24, dots) if index % 2 == 0 else smoothstep(0.42, 0.58, stripes)
    printed = mix(front, back, 0.85 * pattern)
    plain = mix(back, (1.0, 1.0, 1.0), 0.25 + 0.15 * paper)
    curl = 0.62 + 0.42 * torch.sin((across - 0.5).clamp_min(0) * 2 * math.pi * 0.72 + 0.35)
    colour = torch.lerp(plain * (curl + 0.12 * sun), printed * light, fold)
    crease = torch.exp(-(((across - 0.505) / 0.025) ** 2)) * smoothstep(0.02, 0.2, u)
    colour = colour * (1 - 0.28 * crease)
    shine = torch.exp(-(((across - 0.22) / 0.10) ** 2)) * smoothstep(0.1, 0.5, u) * smoothstep(1.0, 0.6, u)
    canvas.over(colour + 0.16 * shine * (1 + sun), alpha)
