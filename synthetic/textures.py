"""Procedural still pictures with the statistics of photographs, batched on any device.

Sources: the dead leaves model (Ruderman 1997; Lee, Mumford and Huang 2001: occluding discs whose radii follow a
power law reproduce the edge statistics of natural images) and 1/f noise (Field 1987: natural spectra fall as 1/f).
A picture is a function of its seed, and periodic as described in patterns.py.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional as F

from .draws import Draws
from .patterns import circular_blur, glyphs, gradients, julia, pixel_grid, planes, waves

KINDS = {"leaves": 0.52, "clouds": 0.16, "fractals": 0.1, "patterns": 0.09, "glyphs": 0.07, "gradients": 0.06}


def uniform(shape: tuple[int, ...], low: float, high: float, generator: torch.Generator) -> Tensor:
    """Uniform random numbers of this shape in low..high, on the generator's device."""
    return low + (high - low) * torch.rand(shape, generator=generator, device=generator.device)


def power_noise(count: int, channels: int, size: int, generator: torch.Generator) -> Tensor:
    """`spectral_noise` [count,channels,size,size] with seeds drawn from the generator."""
    return spectral_noise(Draws.fresh(count, generator), channels, size)


def spectral_noise(draws: Draws, channels: int, size: int) -> Tensor:
    """Noise [B,channels,size,size] with zero mean, unit deviation and a spectrum 1/f^a with a random a in 0.7..2.2."""
    white = draws.normal(channels, size, size)
    fy = torch.fft.fftfreq(size, device=draws.device)[:, None]
    fx = torch.fft.rfftfreq(size, device=draws.device)[None, :]
    exponent = draws.uniform(1, 1, 1, low=0.7, high=2.2)
    stretch = 2.0 ** draws.uniform(1, 1, 1, low=-1.0, high=1.0)  # horizontal or vertical grain
    frequency = torch.sqrt((fx * stretch) ** 2 + (fy / stretch) ** 2).clamp_min(1.0 / size)
    noise = torch.fft.irfft2(torch.fft.rfft2(white) * frequency**-exponent, s=(size, size))
    noise = noise - noise.mean((2, 3), keepdim=True)
    return noise / noise.std((2, 3), keepdim=True).clamp_min(1e-6)


def palettes(draws: Draws, colours: int) -> Tensor:
    """Colours [B,colours,3] in 0..1, similar in hue as the surfaces of one scene are, and mostly of low saturation."""
    grey = draws.uniform(1, 1, low=0.15, high=0.75)
    cast = draws.normal(1, 3) * 0.14
    luminance = draws.normal(colours, 1) * draws.uniform(1, 1, low=0.15, high=0.45)
    chroma = draws.normal(colours, 3) * (0.04 + 0.3 * draws.uniform(1, 1) ** 2)
    # A sigmoid bounds the colours softly; clipping would make flat areas that no photograph has.
    return torch.sigmoid(4.5 * (grey + cast + luminance + chroma - 0.5))


def dead_leaves(draws: Draws, size: int, leaves: int = 90) -> Tensor:
    """Dead leaves [B,3,size,size] in 0..1: shaded, grained ellipses and rounded rectangles that occlude one another."""
    colours = palettes(draws, leaves + 1)
    grain = spectral_noise(draws, 4, size)
    grain = 0.85 * grain[:, :1] + 0.5 * draws.uniform(1, 1, 1) * grain[:, 1:]  # light varies more than colour
    print_of = waves(draws, size)[:, None]
    image = (colours[:, 0, :, None, None] + 0.06 * grain).flatten(2)
    details = torch.cat((grain, print_of), 1).flatten(2)
    smallest, largest = (
        0.03,
        0.6,
    )  # a leaf with a radius above 1 would overlap itself across the periodic border
    u = draws.uniform(leaves)
    radius = 1.0 / (1 / largest + u * (1 / smallest - 1 / largest))  # density ~ r^-2 on [smallest, largest]
    piled = draws.chance(0.5, 1)
    radius = torch.where(piled, radius.sort(1, descending=True).values, radius)
    centre = draws.uniform(leaves, 2, low=-1)
    angle = draws.uniform(leaves, high=2 * math.pi)
    aspect = 2.0 ** draws.uniform(leaves, low=-0.65, high=0.65)
    softness = planes(size / 2 / (0.7 + 4.0 * draws.uniform() ** 4))
    texture = draws.uniform(leaves, 1, 1, 1, high=0.2)
    printed = draws.chance(0.12, leaves, 1, 1, 1)
    boxy = draws.chance(0.3, leaves)
    slope = draws.uniform(leaves, 2, low=-0.35, high=0.35)
    shadow = draws.uniform(1, 1, 1, high=0.45)
    # Half the side of the square that a leaf can cover with its corners, its shadow and its soft edge.
    reach = 1.26 * torch.maximum(aspect, 1 / aspect) * (1.25 * radius + 0.02 + 5 / size)
    for leaf, half in enumerate((reach * size / 2).amax(0).ceil().int().tolist()):
        where, x, y = _around(centre[:, leaf], min(size, 2 * half + 1), size)
        patch, detail = (
            values.gather(2, where.expand(-1, values.shape[1], -1)).unflatten(2, x.shape[1:2] * 2)
            for values in (image, details)
        )
        cos, sin = planes(angle[:, leaf].cos()), planes(angle[:, leaf].sin())
        r, a = planes(radius[:, leaf]), planes(aspect[:, leaf])
        px, py = (cos * x + sin * y) / (r * a), (cos * y - sin * x) * a / r
        px2, py2 = px * px, py * py
        ellipse, rectangle = (px2 + py2).sqrt(), (px2**3 + py2**3) ** (1 / 6)
        outside = (torch.where(planes(boxy[:, leaf]), rectangle, ellipse) - 1) * r
        alpha = (0.5 - outside * softness).clamp(0, 1)[:, None]
        under = 1 - shadow * (1 - outside / (0.25 * r + 0.02)).clamp(0, 1)[:, None] ** 2
        ramp = 1 + planes(slope[:, leaf, 0]) * px.clamp(-1, 1) + planes(slope[:, leaf, 1]) * py.clamp(-1, 1)
        detail = torch.where(printed[:, leaf], detail[:, 3:], detail[:, :3])
        colour = colours[:, leaf + 1, :, None, None] * ramp[:, None] + texture[:, leaf] * detail
        patch = patch * under
        patch = patch + alpha * (colour - patch)
        image.scatter_(2, where.expand(-1, 3, -1), patch.flatten(2))
    return image.clamp(0, 1).unflatten(2, (size, size))


def _around(centre: Tensor, side: int, size: int) -> tuple[Tensor, Tensor, Tensor]:
    """The `side` x `side` pixels around the points `centre` [B,2], in -1..1, of a periodic picture.

    Returns their indices in the flattened picture [B,1,side*side], and their x and y [B,side,side] from the centre.
    """
    offset = torch.arange(side, device=centre.device) - side // 2
    pixel = ((centre + 1) / 2 * size).floor().long()[..., None] + offset  # [B,2,side]
    x, y = ((pixel + 0.5) * 2 / size - 1 - centre[..., None]).unbind(1)
    column, row = pixel.remainder(size).unbind(1)
    where = (row[:, :, None] * size + column[:, None, :]).flatten(1)[:, None]
    return where, x[:, None, :].expand(-1, side, -1), y[:, :, None].expand(-1, -1, side)


def clouds(draws: Draws, size: int) -> Tensor:
    """Coloured 1/f noise [B,3,size,size] in 0..1, which resembles sky, water, grass and stone."""
    noise = spectral_noise(draws, 2, size)
    axes = palettes(draws, 3)
    tint = (axes - axes.mean(1, keepdim=True))[..., None, None]
    contrast = draws.uniform(1, 1, 1, low=0.3, high=1.0)
    luminance = draws.uniform(1, 1, 1, low=0.04, high=0.22)
    image = axes[:, 0, :, None, None] + contrast * (
        tint[:, 1] * noise[:, :1] + 0.5 * tint[:, 2] * noise[:, 1:]
    )
    return torch.sigmoid(4 * (image + luminance * noise[:, :1]) - 2)  # bounded softly, see `palettes`


def gradient_map(draws: Draws, value: Tensor, stops: int = 4, grain: float = 0.03) -> Tensor:
    """The values [B,S,S] in 0..1 as colours [B,3,S,S] of a random gradient of `stops` colours, with a little grain."""
    count, size, _ = value.shape
    ramp = palettes(draws, stops).transpose(1, 2)[:, :, None]  # [B,3,1,stops]
    where = (value * (stops - 1) + 0.5) / stops * 2 - 1
    grid = torch.stack((where, torch.zeros_like(where)), -1)
    image = F.grid_sample(ramp, grid, mode="bilinear", padding_mode="border", align_corners=False)
    return (image + grain * spectral_noise(draws, 1, size)).clamp(0, 1).view(count, 3, size, size)


def fractals(draws: Draws, size: int) -> Tensor:
    """Pictures [B,3,size,size] in 0..1 of Julia sets or of marble, which is stripes that are distorted by noise."""
    sets = F.avg_pool2d(julia(draws, size * 2)[:, None], 2)[:, 0]
    noise = spectral_noise(draws, 2, size)
    x, y = pixel_grid(size, draws.device)
    whole = draws.integers(2, below=5).float() - 2
    bent = math.pi * (planes(whole[:, 0]) * x + planes(whole[:, 1]) * y) + noise[:, 0] * planes(
        draws.uniform(low=0.7, high=2.5)
    )
    marble = ((bent.sin() + 0.15 * noise[:, 1]) * 0.5 + 0.5).clamp(0, 1)
    return gradient_map(draws, torch.where(planes(draws.chance(0.5)), sets, marble))


def photo_effects(draws: Draws, image: Tensor) -> Tensor:
    """The pictures [B,3,S,S] with the effects of a camera: random shading, gamma, saturation, slight blur and sensor noise."""
    size = image.shape[-1]
    light = F.pad(spectral_noise(draws, 1, 8), (2, 2, 2, 2), mode="circular")
    light = F.interpolate(light, scale_factor=size / 8, mode="bicubic", recompute_scale_factor=False)
    margin = (light.shape[-1] - size) // 2
    light = light[..., margin : margin + size, margin : margin + size]
    strength = draws.uniform(1, 1, 1, high=0.15)
    gamma = 2.0 ** draws.uniform(1, 1, 1, low=-0.6, high=0.6)
    image = (image.clamp(1e-4, 1) ** gamma * (1 + strength * light)).clamp(0, 1)
    grey = image.mean(1, keepdim=True)
    image = grey + draws.uniform(1, 1, 1, low=0.4, high=1.1) * (image - grey)
    blur = draws.uniform(1, 1, 1, low=-0.8).clamp(0, 1)
    image = image + blur * (circular_blur(image) - image)
    level = draws.uniform(1, 1, 1, low=-0.02, high=0.02).clamp_min(0)
    return (image + level * draws.normal(*image.shape[1:])).clamp(0, 1)


_MADE = {
    "leaves": dead_leaves,
    "clouds": clouds,
    "fractals": fractals,
    "patterns": lambda draws, size: gradient_map(draws, waves(draws, size) * 0.5 + 0.5, 2, 0.04),
    "glyphs": lambda draws, size: gradient_map(draws, glyphs(draws, size), 2, 0.03),
    "gradients": lambda draws, size: gradient_map(draws, gradients(draws, size), 4, 0.01),
}


def pictures_of_kind(draws: Draws, kind: str, size: int) -> Tensor:
    """Pictures [B,3,size,size] in 0..1 of one of the `KINDS`; ValueError for another kind."""
    if kind not in _MADE:
        raise ValueError(f"there is no kind of texture {kind!r}; choose one of {', '.join(KINDS)}")
    return photo_effects(draws.stream("light"), _MADE[kind](draws.stream(kind), size))


def pictures_of_seeds(draws: Draws, size: int) -> Tensor:
    """Pictures [B,3,size,size] in 0..1, each of one of the `KINDS`, which is chosen by its seed."""
    shares = torch.tensor(list(KINDS.values()), device=draws.device).cumsum(0)
    kind = torch.bucketize(draws.stream("kind").uniform(), shares[:-1])
    image = torch.empty(draws.count, 3, size, size, device=draws.device)
    for index, name in enumerate(KINDS):
        rows = (kind == index).nonzero()[:, 0]
        # On a CPU, small batches are faster: the leaves of a batch are drawn in squares of the size of the largest one.
        step = max(1, 2**15 // size**2) if draws.device.type == "cpu" else 64
        for part in rows.split(step) if len(rows) else ():
            image[part] = _MADE[name](draws.stream(name).pick(part), size)
    return photo_effects(draws.stream("light"), image)


def pictures(count: int, size: int, generator: torch.Generator) -> Tensor:
    """Still pictures [count,3,size,size] in 0..1, with seeds drawn from the generator."""
    return pictures_of_seeds(Draws.fresh(count, generator), size)
