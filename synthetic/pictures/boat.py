"""Example picture: a sailing boat on a mountain lake in the morning."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from .paint import Canvas, as_colour, mix, relief_light, ridge_line, segment_distance, smoothstep

_HORIZON = 0.56


def paint_boat(canvas: Canvas) -> None:
    """Paint the picture on an empty canvas: first everything above the water, then its reflection and the waves."""
    _sky(canvas)
    _peaks(canvas)
    _shore(canvas)
    shadow = canvas.colour.clone()
    _boat(canvas, 0.02, _HORIZON + 0.115, 0.36)
    _water(canvas, canvas.colour, shadow)
    _boat(canvas, 0.02, _HORIZON + 0.115, 0.36)


def _sky(canvas: Canvas) -> None:
    x, y = canvas.x, canvas.y
    colour = mix((0.20, 0.47, 0.76), (0.60, 0.80, 0.92), smoothstep(-0.05, 0.38, y))
    colour = mix(colour, (0.98, 0.90, 0.80), smoothstep(0.25, 0.58, y))
    canvas.over(colour * (1 + 0.02 * canvas.noise(24, 4, 3)), 1.0)
    bend = canvas.noise(2.6, 3, 11)

    def density(dx: float, dy: float) -> Tensor:
        return canvas.noise(3.1, 7, 12, (x + dx) * 0.8 + 0.1 * bend, (y + dy) * 1.7 + 0.1 * bend, gain=0.54)

    here, towards_sun = density(0, 0), density(-0.02, -0.03)
    heap = 0.30 * smoothstep(0.10, 0.42, y) - 0.12
    cover = smoothstep(0.02, 0.30, here + heap) * smoothstep(0.56, 0.44, y)
    light = (0.62 + 2.2 * (here - towards_sun) - 0.25 * smoothstep(0.2, 0.7, here)).clamp(0, 1)
    canvas.over(mix((0.62, 0.68, 0.80), (1.0, 0.98, 0.95), light), 0.92 * cover)


def _peaks(canvas: Canvas) -> None:
    layers = (
        (0.47, 0.20, 1.15, 0.95, (0.40, 0.50, 0.68), (0.86, 0.80, 0.78), 21),
        (0.52, 0.11, 1.9, 0.7, (0.23, 0.36, 0.46), (0.66, 0.62, 0.52), 22),
        (0.545, 0.060, 2.6, 0.1, (0.10, 0.26, 0.20), (0.40, 0.50, 0.25), 23),
    )
    for base, rise, frequency, sharp, shade, sun, seed in layers:
        top = base - rise * ridge_line(canvas.x + 0.27 * seed, frequency, 7, canvas.seed * 31 + seed, sharp)
        below = canvas.y - top
        bend = 0.06 * canvas.noise(5, 3, seed + 5)
        folds = canvas.noise(frequency * 4.5, 7, seed, canvas.x + bend, below * 0.7 + bend, gain=0.62)
        light = 0.46 + 0.8 * relief_light(
            -folds.abs() + 0.3 * folds, (1, 0.3), 0.08 / canvas.pixel / frequency
        )
        colour = mix(shade, sun, light.clamp(0, 1))
        if seed == 21:
            snow = smoothstep(0.12, 0.05, below - 0.09 * folds) * smoothstep(0.0, -0.08, top - base)
            colour = mix(colour, mix((0.66, 0.74, 0.90), (1.0, 0.99, 0.97), light.clamp(0, 1)), snow)
        if seed == 23:
            trees = canvas.noise(60, 3, 29, canvas.x, canvas.y * 0.5, gain=0.7)
            colour = colour * (1 + 0.45 * trees)
        haze = smoothstep(0.0, 0.20, below) if seed < 23 else 0.12
        canvas.over(mix(colour, (0.93, 0.90, 0.86), 0.6 * haze), canvas.inside(-below, 1.5 * canvas.pixel))


def _shore(canvas: Canvas) -> None:
    """A row of firs along the water, higher at the sides of the picture."""
    generator = torch.Generator().manual_seed(canvas.seed * 51 + 7)
    firs = []
    for _ in range(150):
        u, s, tone, d = torch.rand(4, generator=generator).tolist()
        x = (u - 0.5) * 2.0
        firs.append((d, x, (0.022 + 0.03 * s) * (0.55 + 1.9 * min(abs(x), 0.9)), tone))
    for d, cx, tall, tone in sorted(firs):
        foot = _HORIZON + 0.002 + 0.006 * d
        left, right = (round((cx + s * 0.3 * tall + canvas.aspect / 2) / canvas.pixel) for s in (-1, 1))
        above, below = round((foot - 1.05 * tall) / canvas.pixel), round((foot + 0.002) / canvas.pixel)
        rows, columns = slice(above, below), slice(max(left, 0), max(right, 0))
        x, y = canvas.x[rows, columns], canvas.y[rows, columns]
        if x.numel() == 0:
            continue
        up = (foot - y) / tall
        branches = (up * 9).remainder(1.0)
        needles = canvas.noise(2.4 / tall, 2, 61, x, y)
        half = tall * 0.21 * (1 - up) * (0.72 + 0.42 * (1 - branches) + 0.35 * needles)
        light = (0.40 - 0.45 * (x - cx) / (0.2 * tall) + 0.5 * needles + 0.25 * (branches - 0.5)).clamp(0, 1)
        green = mix((0.04, 0.13, 0.12), (0.30 + 0.14 * tone, 0.42, 0.20), light)
        alpha = (0.5 - ((x - cx).abs() - half) / canvas.pixel).clamp(0, 1) * (up < 1)
        canvas.colour[:, rows, columns] = torch.lerp(canvas.colour[:, rows, columns], green, alpha)


def _water(canvas: Canvas, world: Tensor, backdrop: Tensor) -> None:
    """Paint the lake, which reflects the landscape; near waves distort the reflection more than distant ones."""
    below = canvas.y - _HORIZON
    depth = below.clamp_min(1e-4)
    far = 0.035 / (depth + 0.035)
    px, py = canvas.x * (0.35 + 2.2 * far), torch.log(depth + 0.02)
    swell = canvas.noise(7, 3, 71, px, py * 0.85)
    ripple = canvas.noise(20, 4, 72, px, py * 1.25, gain=0.6)
    wave = swell + 0.6 * ripple
    # The boat is nearer than the shore, so its reflection is mirrored about its own waterline.
    reach = 0.055 * depth / (depth + 0.08)
    bent_x = canvas.x + 0.25 * reach * wave
    far_mirror = _sample_picture(canvas, backdrop, bent_x, 2 * _HORIZON - canvas.y + 1.1 * reach * wave)
    water = far_mirror * as_colour((0.80, 0.88, 0.93))
    line = _HORIZON + 0.115
    there = ((world - backdrop).abs().sum(0, keepdim=True) > 1e-3).float()
    boat = _sample_picture(
        canvas, torch.cat([world, there]), bent_x, 2 * line - canvas.y + 1.3 * reach * wave
    )
    water = mix(water, boat[:3] * as_colour((0.80, 0.86, 0.90)), 0.88 * boat[3] * (canvas.y > line))
    deep = mix((0.07, 0.28, 0.36), (0.04, 0.18, 0.28), smoothstep(0.0, 0.45, below))
    facing = (0.16 + 0.42 * smoothstep(0.0, 0.5, below) + 0.30 * wave).clamp(0, 0.85)
    water = mix(water, deep, facing)
    water = water + as_colour((0.16, 0.16, 0.15)) * smoothstep(0.12, 0.75, ripple + 0.5 * swell)
    glint = smoothstep(0.50, 0.9, ripple + 0.5 * swell) * torch.exp(-(((canvas.x + 0.33) / 0.24) ** 2))
    water = water + as_colour((0.75, 0.70, 0.60)) * glint
    edge = torch.exp(-((below / 0.004) ** 2))
    water = water * (1 - 0.35 * edge)
    canvas.colour = torch.where(below > 0, water, backdrop)


def _sample_picture(canvas: Canvas, picture: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """The picture [C,H,W] at the positions x, y [H,W] of the canvas, reflected at its borders."""
    grid = torch.stack([2 * x / canvas.aspect, 2 * y - 1], -1)[None]
    return torch.nn.functional.grid_sample(
        picture[None], grid, mode="bilinear", padding_mode="reflection", align_corners=False
    )[0]


def _boat(canvas: Canvas, cx: float, waterline: float, size: float) -> None:
    x, y = (canvas.x - cx) / size, (waterline - canvas.y) / size  # y up
    soft = 1.2 * canvas.pixel

    def shape(distance: Tensor) -> Tensor:
        return canvas.inside(distance * size, soft)

    # The main sail has the mast on one side and a curved leech on the other.
    up = ((y - 0.20) / 0.98).clamp(0, 1)
    mast = 0.03
    back = mast - 0.02 - 0.56 * (1 - up) ** 0.9 * (1 + 0.16 * up)
    main = torch.maximum(
        torch.maximum(back - x, x - mast + 0.015), torch.maximum(0.20 - y - 0.03 * x, y - 1.16)
    )
    across = ((mast - x) / (mast - back).clamp_min(1e-3)).clamp(0, 1)
    _sail(canvas, shape(main), across, up, ((0.93, 0.28, 0.18), (0.99, 0.95, 0.87)), 81)
    # The fore sail reaches from the upper part of the mast to the bow.
    rise = ((y - 0.16) / 0.80).clamp(0, 1)
    front = mast + 0.02 + 0.47 * (1 - rise)
    inner = mast + 0.03 + 0.10 * torch.sin(rise * math.pi) * (1 - rise)
    jib = torch.maximum(
        torch.maximum(x - front, inner - x), torch.maximum(0.16 + 0.12 * (x - mast) - y, y - 0.97)
    )
    across = ((x - inner) / (front - inner).clamp_min(1e-3)).clamp(0, 1)
    _sail(canvas, shape(jib), across, rise, ((0.98, 0.93, 0.82), (0.98, 0.93, 0.82)), 82)
    for a, b, thick in (
        ((mast, 0.1), (mast, 1.24), 0.012),
        ((mast, 0.19), (mast - 0.60, 0.215), 0.009),
        ((mast, 1.20), (mast + 0.53, 0.13), 0.003),
        ((mast, 1.20), (mast - 0.56, 0.13), 0.002),
    ):
        pole = segment_distance(x, y, a, b) - max(thick, 0.35 * canvas.pixel / size)
        canvas.over((0.36, 0.22, 0.13), shape(pole))
    flag = torch.maximum(
        (y - 1.205 - 0.012 * torch.sin(38 * x)).abs() - 0.03, (x - mast + 0.075).abs() - 0.07
    )
    canvas.over(
        mix((0.95, 0.70, 0.12), (0.80, 0.40, 0.08), (0.5 + 0.5 * torch.sin(38 * x)).clamp(0, 1)), shape(flag)
    )

    bow = ((x + 0.60) / 1.20).clamp(0, 1)
    deck = 0.115 + 0.075 * (2 * bow - 0.85) ** 2
    ends = torch.maximum(-0.60 - x + 0.25 * (0.12 - y), x - 0.60 + 0.9 * (0.19 - y))
    hull = torch.maximum(torch.maximum(y - deck, -0.005 - y), ends)
    planks = torch.sin((y / deck.clamp_min(0.05)) * 26)
    grain = canvas.noise(26 / size, 4, 83, canvas.x, canvas.y * 7, gain=0.65)
    light = (
        0.80 - 0.55 * (x + 0.4) * 0.6 + 0.16 * grain + 0.10 * planks - 0.35 * smoothstep(0.06, 0.0, y)
    ).clamp(0, 1)
    colour = mix((0.22, 0.10, 0.06), (0.80, 0.50, 0.26), light)
    stripe = smoothstep(0.010, 0.004, (y - deck + 0.032).abs())
    colour = mix(colour, (0.97, 0.93, 0.84), stripe)
    colour = mix(colour, (0.10, 0.30, 0.40), smoothstep(0.040, 0.034, y))
    canvas.over(colour, shape(hull))
    rail = torch.maximum((y - deck - 0.006).abs() - 0.011, ends)
    canvas.over((0.42, 0.24, 0.12), shape(rail))


def _sail(
    canvas: Canvas, alpha: Tensor, across: Tensor, up: Tensor, colours: tuple[tuple, tuple], seed: int
) -> None:
    band = (up * 5.0 + 0.16 * torch.sin(across * math.pi)).floor() % 2
    belly = torch.sin(across * math.pi * 0.85 + 0.3)
    cloth = canvas.noise(60, 3, seed, gain=0.7)
    folds = canvas.noise(9, 3, seed + 5, across * 0.35 + up * 0.12, up * 0.22)
    seams = smoothstep(0.06, 0.0, ((up * 10 + 0.32 * torch.sin(across * math.pi)).remainder(1.0) - 0.5).abs())
    light = 0.66 + 0.34 * belly - 0.18 * across**3 + 0.05 * cloth + 0.12 * folds - 0.07 * seams
    canvas.over(
        mix(colours[1], colours[0], band) * mix((0.86, 0.90, 1.0), (1.06, 1.02, 0.95), belly) * light, alpha
    )
