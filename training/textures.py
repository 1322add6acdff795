"""Procedural still pictures with the statistics of photographs, batched on any device.

Sources: the dead leaves model (Ruderman 1997; Lee, Mumford and Huang 2001: occluding discs whose radii follow a
power law reproduce the edge statistics of natural images) and 1/f noise (Field 1987: natural spectra fall as 1/f).
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional as F


def uniform(shape: tuple[int, ...], low: float, high: float, generator: torch.Generator) -> Tensor:
    """Uniform numbers in low..high on the generator's device."""
    return low + (high - low) * torch.rand(shape, generator=generator, device=generator.device)


def pixel_grid(size: int, device: torch.device | str) -> tuple[Tensor, Tensor]:
    """x and y of pixel centres in -1..1, each [size,size]."""
    axis = (torch.arange(size, device=device, dtype=torch.float32) + 0.5) / size * 2 - 1
    y, x = torch.meshgrid(axis, axis, indexing="ij")
    return x, y


def power_noise(count: int, channels: int, size: int, generator: torch.Generator) -> Tensor:
    """[count,channels,size,size] noise with unit deviation and a spectrum 1/f^a, a drawn from 0.7 to 2.2."""
    white = torch.randn(count, channels, size, size, generator=generator, device=generator.device)
    fy = torch.fft.fftfreq(size, device=generator.device)[:, None]
    fx = torch.fft.rfftfreq(size, device=generator.device)[None, :]
    frequency = torch.sqrt(fx**2 + fy**2).clamp_min(1.0 / size)
    exponent = uniform((count, 1, 1, 1), 0.7, 2.2, generator)
    stretch = 2.0 ** uniform((count, 1, 1, 1), -1.0, 1.0, generator)  # horizontal or vertical grain
    frequency = torch.sqrt((fx * stretch) ** 2 + (fy / stretch) ** 2).clamp_min(1.0 / size)
    noise = torch.fft.irfft2(torch.fft.rfft2(white) * frequency**-exponent, s=(size, size))
    noise = noise - noise.mean((2, 3), keepdim=True)
    return noise / noise.std((2, 3), keepdim=True).clamp_min(1e-6)


def palettes(count: int, colours: int, generator: torch.Generator) -> Tensor:
    """[count,colours,3] colours in 0..1 that share a hue family, as the surfaces of one scene do."""
    centre = uniform((count, 1, 3), 0.1, 0.9, generator)
    luminance = torch.randn(count, colours, 1, generator=generator, device=generator.device) * 0.22
    chroma = torch.randn(count, colours, 3, generator=generator, device=generator.device)
    spread = uniform((count, 1, 1), 0.03, 0.22, generator)
    return (centre + luminance + chroma * spread).clamp(0, 1)


def dead_leaves(count: int, size: int, generator: torch.Generator, leaves: int = 90) -> Tensor:
    """[count,3,size,size] in 0..1: textured ellipses, rectangles and half planes that hide one another."""
    device = generator.device
    x, y = pixel_grid(size, device)
    colours = palettes(count, leaves + 1, generator)
    grain = power_noise(count, 3, size, generator)
    image = colours[:, 0, :, None, None].expand(count, 3, size, size).clone()
    shade = torch.ones(count, 1, size, size, device=device)
    smallest, largest = 0.03, 0.9
    u = torch.rand(count, leaves, generator=generator, device=device)
    radius = 1.0 / (1 / largest + u * (1 / smallest - 1 / largest))  # density ~ r^-2 on [smallest, largest]
    radius = radius.sort(1, descending=True).values if float(u[0, 0]) < 0.5 else radius
    centre = uniform((count, leaves, 2), -1.15, 1.15, generator)
    angle = uniform((count, leaves), 0, 2 * math.pi, generator)
    aspect = 2.0 ** uniform((count, leaves), -1.3, 1.3, generator)
    softness = size / 2 / (0.7 + 4.0 * torch.rand(count, 1, 1, generator=generator, device=device) ** 4)
    texture = uniform((count, leaves, 1, 1, 1), 0.0, 0.14, generator)
    power = torch.where(torch.rand(count, leaves, generator=generator, device=device) < 0.7, 2.0, 6.0)
    slope = uniform((count, leaves, 2), -0.35, 0.35, generator)
    for leaf in range(leaves):
        cos, sin = angle[:, leaf].cos()[:, None, None], angle[:, leaf].sin()[:, None, None]
        dx, dy = x - centre[:, leaf, 0, None, None], y - centre[:, leaf, 1, None, None]
        r = radius[:, leaf, None, None]
        a = aspect[:, leaf, None, None].sqrt()
        px, py = (cos * dx + sin * dy) / (r * a), (cos * dy - sin * dx) * a / r
        n = power[:, leaf, None, None]
        distance = (px.abs() ** n + py.abs() ** n) ** (1 / n)
        alpha = ((1 - distance) * r * softness + 0.5).clamp(0, 1)[:, None]
        ramp = (
            1
            + slope[:, leaf, 0, None, None] * px.clamp(-1, 1)
            + slope[:, leaf, 1, None, None] * py.clamp(-1, 1)
        )
        colour = colours[:, leaf + 1, :, None, None] * ramp[:, None] + texture[:, leaf] * grain
        image = image + alpha * (colour - image)
        shade = shade + alpha * (1 - shade)
    return image.clamp(0, 1)


def patterns(count: int, size: int, generator: torch.Generator) -> Tensor:
    """[count,3,size,size] in 0..1: stripes, checks and rings between two colours, slightly grained."""
    x, y = pixel_grid(size, generator.device)
    angle = uniform((count, 1, 1), 0, math.pi, generator)
    u, v = angle.cos() * x + angle.sin() * y, angle.cos() * y - angle.sin() * x
    rings = torch.sqrt((x - uniform((count, 1, 1), -1, 1, generator)) ** 2 + (y + 0.3) ** 2)
    frequency = 2.0 ** uniform((count, 1, 1), 1.5, 4.2, generator) * math.pi / 2
    stripes, checks = (u * frequency).sin(), (u * frequency).sin() * (v * frequency).sin()
    kind = torch.randint(0, 3, (count, 1, 1), generator=generator, device=generator.device)
    wave = torch.where(kind == 0, stripes, torch.where(kind == 1, checks, (rings * frequency).sin()))
    hardness = 2.0 ** uniform((count, 1, 1), 0, 4, generator)
    mix = ((wave * hardness).clamp(-1, 1) * 0.5 + 0.5)[:, None]
    two = palettes(count, 2, generator)[..., None, None]
    image = two[:, 0] + mix * (two[:, 1] - two[:, 0])
    return (image + 0.04 * power_noise(count, 3, size, generator)).clamp(0, 1)


def clouds(count: int, size: int, generator: torch.Generator) -> Tensor:
    """[count,3,size,size] in 0..1: coloured 1/f noise over a gradient, as skies, water, grass and stone."""
    x, y = pixel_grid(size, generator.device)
    noise = power_noise(count, 2, size, generator)
    axes = palettes(count, 3, generator)
    tint = (axes - axes.mean(1, keepdim=True))[..., None, None]
    contrast = uniform((count, 1, 1, 1), 0.3, 1.0, generator)
    slope = torch.randn(count, 2, 1, 1, 1, generator=generator, device=generator.device) * 0.15
    luminance = uniform((count, 1, 1, 1), 0.03, 0.22, generator)
    image = axes[:, 0, :, None, None] + contrast * (
        tint[:, 1] * noise[:, :1] + 0.5 * tint[:, 2] * noise[:, 1:]
    )
    return (image + luminance * noise[:, :1] + slope[:, 0] * x + slope[:, 1] * y).clamp(0, 1)


def lit(image: Tensor, generator: torch.Generator) -> Tensor:
    """The pictures [N,3,S,S] under a soft random light: shading, gamma, saturation, a little blur or sensor noise."""
    count, _, size, _ = image.shape
    light = F.interpolate(power_noise(count, 1, 16, generator), size=(size, size), mode="bicubic")
    strength = uniform((count, 1, 1, 1), 0.0, 0.18, generator)
    gamma = 2.0 ** uniform((count, 1, 1, 1), -0.6, 0.6, generator)
    image = (image.clamp(1e-4, 1) ** gamma * (1 + strength * light)).clamp(0, 1)
    grey = image.mean(1, keepdim=True)
    image = grey + uniform((count, 1, 1, 1), 0.15, 1.0, generator) * (image - grey)
    blurred = F.avg_pool2d(F.pad(image, (1, 1, 1, 1), mode="replicate"), 3, stride=1)
    blur = (uniform((count, 1, 1, 1), -0.8, 1.0, generator)).clamp(0, 1)
    image = image + blur * (blurred - image)
    grain = torch.randn(image.shape, generator=generator, device=image.device)
    level = (uniform((count, 1, 1, 1), -0.02, 0.02, generator)).clamp_min(0)
    return (image + level * grain).clamp(0, 1)


def pictures(count: int, size: int, generator: torch.Generator) -> Tensor:
    """[count,3,size,size] in 0..1: a shuffled mixture of dead leaves, clouds and patterns."""
    leaves = max(1, round(count * 0.62))
    sky = max(1, round(count * 0.23))
    parts = [dead_leaves(leaves, size, generator), clouds(sky, size, generator)]
    if count > leaves + sky:
        parts.append(patterns(count - leaves - sky, size, generator))
    image = torch.cat(parts)[:count]
    order = torch.randperm(len(image), generator=generator, device=generator.device)
    return lit(image[order], generator)
