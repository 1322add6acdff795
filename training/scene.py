"""Procedural clips: a background and up to three sprites under a moving camera, with exact flow and visibility.

Every layer is an affine image of its own plane, so where a point goes and what hides it are formulas, not estimates.
Plane coordinates: the frame's short side spans -1..1, x right, y down.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from einops import rearrange
from torch import Tensor
from torch.nn import functional as F

from .textures import pictures, uniform

COLOURS = {
    "red": (0.85, 0.12, 0.12), "orange": (0.95, 0.55, 0.10), "yellow": (0.95, 0.88, 0.15),
    "green": (0.15, 0.65, 0.20), "blue": (0.12, 0.30, 0.85), "purple": (0.55, 0.20, 0.70),
    "white": (0.95, 0.95, 0.95), "black": (0.06, 0.06, 0.06), "brown": (0.45, 0.28, 0.14),
    "pink": (0.95, 0.55, 0.70),
}  # fmt: skip
SHAPES = ("circle", "square", "triangle", "star", "blob")


@dataclass(frozen=True)
class Clips:
    """A batch of rendered clips.

    video [B,3,T,H,W] in 0..1; displacement [B,T,H,W,2] px from frame 0; visibility [B,T,H,W] bool: the point that
    starts at this pixel is in the frame and not hidden at time t; layer [B,H,W] index of the front layer in frame 0
    (0 is the background); alpha [B,K+1,H,W] each layer's coverage in frame 0; captions: one sentence a clip.
    """

    video: Tensor
    displacement: Tensor
    visibility: Tensor
    layer: Tensor
    alpha: Tensor
    captions: list[str]


def texture_pool(count: int, size: int, generator: torch.Generator) -> Tensor:
    """[count,3,size,size] still pictures that clips cut their layers from."""
    return torch.cat([pictures(min(32, count - i), size, generator) for i in range(0, count, 32)])


def _radius(shape: Tensor, wobble: Tensor, phase: Tensor, direction: Tensor) -> Tensor:
    """Outline radius of each sprite, about 1, along unit directions [B,K,...,2]; shape and phase are [B,K]."""

    def spread(values: Tensor) -> Tensor:
        return values.view(*values.shape, *(1,) * (direction.dim() - 3))

    cos, sin = direction.unbind(-1)

    def polygon(sides: int) -> Tensor:
        normals = [phase + 2 * math.pi * i / sides for i in range(sides)]
        facing = [spread(n.cos()) * cos + spread(n.sin()) * sin for n in normals]
        return 1.15 * math.cos(math.pi / sides) / torch.stack(facing).amax(0)

    blob, c, s = torch.ones_like(cos), cos, sin
    for k in range(4):
        c, s = c * cos - s * sin, s * cos + c * sin  # cos and sin of (k + 2) theta
        blob = blob + 0.09 * (spread(wobble[..., 2 * k]) * c + spread(wobble[..., 2 * k + 1]) * s)
    star = 0.78 + 0.34 * (spread((5 * phase).cos()) * c - spread((5 * phase).sin()) * s)
    shape, radius = spread(shape), torch.ones_like(cos)
    for index, outline in ((1, polygon(4)), (2, polygon(3)), (3, star), (4, blob)):
        radius = torch.where(shape == index, outline, radius)
    return radius.clamp_min(0.2)


@dataclass(frozen=True)
class _Motion:
    """Affine map of every layer over time: plane point q is seen at A q + b. A [B,K,T,2,2], b [B,K,T,2]."""

    a: Tensor
    b: Tensor

    def to_plane(self, u: Tensor, t: slice = slice(None)) -> Tensor:
        """Plane coordinates [B,K,T,H,W,2] of the view points u [H,W,2] or [B,K,T,H,W,2]."""
        inverse = torch.linalg.inv(self.a[:, :, t])
        return torch.einsum("bktij,bkthwj->bkthwi", inverse, u - self.b[:, :, t, None, None, :])

    def to_view(self, q: Tensor) -> Tensor:
        return torch.einsum("bktij,bkthwj->bkthwi", self.a, q) + self.b[:, :, :, None, None, :]


def _similarity(log_scale: Tensor, angle: Tensor) -> Tensor:
    cos, sin, scale = angle.cos(), angle.sin(), log_scale.exp()
    return (
        torch.stack((torch.stack((cos, -sin), -1), torch.stack((sin, cos), -1)), -2) * scale[..., None, None]
    )


def _motions(
    count: int, sprites: int, time: Tensor, aspect: tuple[float, float], pace: float, g: torch.Generator
):
    """Random motions of background and sprites, the camera's applied, and the numbers that captions are made of."""
    device, layers, frames = g.device, sprites + 1, len(time)
    length = pace * min(1.0, frames / 17) * uniform((count, 1), 0.25, 1.0, g)  # short clips move less
    bend = uniform((count, layers, 1), 0.6, 1.8, g)
    eased = torch.where(torch.rand(count, layers, 1, generator=g, device=device) < 0.5, time, time**bend)

    direction = uniform((count, layers), 0, 2 * math.pi, g)
    speed = uniform((count, layers), 0.0, 0.75, g) * length
    still = torch.rand(count, layers, generator=g, device=device) < 0.2
    still[:, 0] = True  # the background moves with the camera alone
    speed = speed.masked_fill(still, 0)
    curve = uniform((count, layers), -0.6, 0.6, g) * speed
    along = torch.stack((direction.cos(), direction.sin()), -1)
    across = torch.stack((-direction.sin(), direction.cos()), -1)
    path = (speed[..., None] * eased)[..., None] * along[:, :, None]
    path = path + (curve[..., None] * (4 * eased * (1 - eased)))[..., None] * across[:, :, None]
    turning = (torch.rand(count, layers, generator=g, device=device) < 0.4) & ~still
    turn = (uniform((count, layers), -1.4, 1.4, g) * length * turning)[..., None] * eased
    growing = (torch.rand(count, layers, generator=g, device=device) < 0.3) & ~still
    grow = (uniform((count, layers), -0.5, 0.5, g) * length * growing)[..., None] * eased
    size = uniform((count, layers), 0.16, 0.48, g)
    size[:, 0] = 1.0
    centre = uniform((count, layers, 2), -0.75, 0.75, g) * torch.tensor(aspect, device=device)
    centre[:, 0] = 0
    start = _similarity(size.log()[..., None] + grow, turn)
    offset = centre[:, :, None] + path

    moving = torch.rand(count, 1, generator=g, device=device) < 0.5
    shot = torch.where(moving, uniform((count, 1), 0.0, 1.0, g), torch.zeros((), device=device)) * length
    pan_angle = uniform((count, 1), 0, 2 * math.pi, g)
    kind = torch.randint(0, 4, (count, 1), generator=g, device=device)  # pan, zoom, roll, all together
    pan = 0.5 * shot * ((kind == 0) | (kind == 3))
    zoom = uniform((count, 1), -0.45, 0.45, g) * shot * ((kind == 1) | (kind == 3)) * 1.4
    roll = uniform((count, 1), -0.5, 0.5, g) * shot * ((kind == 2) | (kind == 3))
    parallax = uniform((count, layers), 0.0, 0.25, g)
    parallax[:, 0] = 0
    pan_vector = torch.stack((pan_angle.cos(), pan_angle.sin()), -1) * pan[..., None]
    drift = pan_vector[:, :, None] * (1 + parallax)[:, :, None, None] * time[None, None, :, None]
    view = _similarity((zoom * time)[:, None], (roll * time)[:, None])  # [B,1,T,2,2]
    a = torch.einsum("bktij,bktjl->bktil", view.expand(-1, layers, -1, -1, -1), start)
    b = torch.einsum("bktij,bktj->bkti", view.expand(-1, layers, -1, -1, -1), offset) + drift
    facts = {"along": along, "speed": speed, "turn": turn[..., -1], "grow": grow[..., -1], "pan": pan_vector,
             "zoom": zoom, "roll": roll}  # fmt: skip
    return _Motion(a, b), facts


def _compass(vector: Tensor) -> str:
    x, y = float(vector[..., 0]), float(vector[..., 1])
    if abs(x) >= abs(y):
        return "right" if x > 0 else "left"
    return "down" if y > 0 else "up"


def _caption(clip: int, sprites: int, names: list[list[str]], facts: dict[str, Tensor]) -> str:
    """One sentence of the closed grammar: what is in the scene, how it moves, what the camera does."""
    parts = []
    for k in range(1, sprites + 1):
        verbs = []
        if float(facts["speed"][clip, k]) > 0.08:
            verbs.append("moves " + _compass(facts["along"][clip, k]))
        if abs(float(facts["turn"][clip, k])) > 0.15:
            verbs.append(
                "turns " + ("clockwise" if float(facts["turn"][clip, k]) > 0 else "counterclockwise")
            )
        if abs(float(facts["grow"][clip, k])) > 0.1:
            verbs.append("grows" if float(facts["grow"][clip, k]) > 0 else "shrinks")
        parts.append(f"a {names[clip][k - 1]} " + (" and ".join(verbs) if verbs else "stays"))
    camera = []
    if float(facts["pan"][clip].norm()) > 0.08:
        camera.append("pans " + _compass(-facts["pan"][clip, 0]))
    if abs(float(facts["zoom"][clip, 0])) > 0.08:
        camera.append("zooms " + ("in" if float(facts["zoom"][clip, 0]) > 0 else "out"))
    if abs(float(facts["roll"][clip, 0])) > 0.08:
        camera.append("rolls")
    parts.append("the camera " + (" and ".join(camera) if camera else "is still"))
    return ", ".join(parts)


def render_clips(
    pool: Tensor,
    count: int,
    frames: int,
    height: int,
    width: int,
    generator: torch.Generator,
    sprites: int = 3,
    pace: float = 1.0,
    times: Tensor | None = None,
) -> Clips:
    """Render ``count`` clips whose layers are cut from the still pictures ``pool`` [N,3,S,S].

    At ``pace`` 1 a sprite crosses up to a third of the frame in 17 frames; short clips move as fast, not as far.
    ``times`` [frames], each in 0..1 of the clip and in any order, are when the frames are taken (default: evenly);
    displacement and visibility are always those of the first frame that is listed.
    """
    g, device, layers = generator, generator.device, sprites + 1
    short = min(height, width)
    ys = (torch.arange(height, device=device, dtype=torch.float32) + 0.5 - height / 2) * 2 / short
    xs = (torch.arange(width, device=device, dtype=torch.float32) + 0.5 - width / 2) * 2 / short
    u = torch.stack((xs[None].expand(height, width), ys[:, None].expand(height, width)), -1)
    if times is None:
        times = torch.linspace(0, 1, frames, device=device) if frames > 1 else torch.zeros(1, device=device)
    elif times.shape != (frames,):
        raise ValueError(f"{frames} frames need as many times, got {list(times.shape)}")
    motion, facts = _motions(count, sprites, times, (width / short, height / short), pace, g)

    shape = torch.randint(0, len(SHAPES), (count, sprites), generator=g, device=device)
    wobble = torch.randn(count, sprites, 8, generator=g, device=device).clamp(-2, 2)
    phase = uniform((count, sprites), 0, 2 * math.pi, g)
    present = torch.rand(count, sprites, generator=g, device=device) < 0.8
    present[:, 0] = True

    def coverage(q: Tensor, a: Tensor) -> Tensor:
        """Coverage [B,K,T,H,W] of the sprites at plane points q, anti-aliased over one pixel of the view."""
        distance = q.norm(dim=-1).clamp_min(1e-6)
        radius = _radius(shape, wobble, phase, q / distance[..., None])
        pixels = torch.linalg.det(a).abs().sqrt()[..., None, None] * short / 2
        return ((radius - distance) * pixels + 0.5).clamp(0, 1) * present[..., None, None, None]

    q = motion.to_plane(u)
    alpha = coverage(q[:, 1:], motion.a[:, 1:])

    index = torch.randint(0, len(pool), (count, layers), generator=g, device=device)
    texel = uniform((count, layers), 0.5, 0.85, g)  # the view's short half spans this part of half a texture
    zoom = torch.where(torch.arange(layers, device=device) == 0, texel, texel * 0.7)
    shift = uniform((count, layers, 2), -0.4, 0.4, g)
    where = q * zoom[:, :, None, None, None, None] + shift[:, :, None, None, None]
    colour = F.grid_sample(
        rearrange(pool[index], "b k c h w -> (b k) c h w"),
        rearrange(where, "b k t h w d -> (b k) (t h) w d"), mode="bilinear", padding_mode="reflection",
        align_corners=False,
    )  # fmt: skip
    colour = rearrange(colour, "(b k) c (t h) w -> b k c t h w", b=count, t=frames)
    names_of = list(COLOURS)
    tint = torch.randint(0, len(names_of), (count, sprites), generator=g, device=device)
    table = torch.tensor(list(COLOURS.values()), device=device)
    strength = uniform((count, sprites), 0.35, 0.9, g).view(count, sprites, 1, 1, 1, 1)
    dyed = colour[:, 1:] + strength * (table[tint].view(count, sprites, 3, 1, 1, 1) - colour[:, 1:])

    video = colour[:, 0]
    for k in range(sprites):
        video = video + alpha[:, k, None] * (dyed[:, k] - video)
    flicker = torch.rand(count, 1, 1, 1, 1, generator=g, device=device) < 0.15
    swing = uniform((count, 1, 1, 1, 1), -0.2, 0.2, g) * flicker
    video = (video * (1 + swing * times.view(1, 1, -1, 1, 1))).clamp(0, 1)

    first = torch.cat((torch.ones_like(alpha[:, :1, 0]), alpha[:, :, 0]), 1)  # [B,K+1,H,W]
    order = torch.arange(layers, device=device).view(1, -1, 1, 1)
    layer = torch.where(first >= 0.5, order, torch.zeros_like(order)).amax(1)
    targets = motion.to_view(q[:, :, :1].expand(-1, -1, frames, -1, -1, -1))
    pick = layer[:, None, None, :, :, None].expand(-1, 1, frames, -1, -1, 2)
    target = targets.gather(1, pick)  # [B,1,T,H,W,2] in plane units of the view
    displacement = (target[:, 0] - u) * short / 2
    hidden = coverage(
        _Motion(motion.a[:, 1:], motion.b[:, 1:]).to_plane(target.expand(-1, sprites, -1, -1, -1, -1)),
        motion.a[:, 1:],
    )
    above = order[:, 1:, None] > layer[:, None, None]
    inside = (target[:, 0, ..., 0].abs() <= width / short) & (target[:, 0, ..., 1].abs() <= height / short)
    visibility = inside & ~((hidden >= 0.5) & above).any(1)
    names = [[f"{names_of[tint[b, k]]} {SHAPES[shape[b, k]]}" for k in range(sprites)] for b in range(count)]
    captions = []
    for clip in range(count):
        kept = [k for k in range(sprites) if bool(present[clip, k])]
        if len(kept) == sprites:
            captions.append(_caption(clip, sprites, names, facts))
        else:
            sub = {
                n: (v[:, [0] + [k + 1 for k in kept]] if v.shape[1] == layers else v)
                for n, v in facts.items()
            }
            shown = [[row[k] for k in kept] for row in names]
            captions.append(_caption(clip, len(kept), shown, sub))
    return Clips(video, displacement, visibility, layer, first, captions)
