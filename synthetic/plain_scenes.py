"""Plain scenes for text to video: their captions describe everything that can be seen, except for the background.

A clip shows one to three things of one colour each in front of a smooth background. A thing stays, or moves clearly left,
right, up or down; it may also turn, grow or shrink. The camera is still in most clips. A clip depends only on its seed
and on the pool of backgrounds.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from .composition import Plan, Scene
from .draws import Draws
from .lighting import Lighting
from .movement import Movement
from .outlines import NUMBERS, SHAPES
from .patterns import gradients
from .sprites import COLOURS, Layers

LAYERS = 4  # the background and up to three things
# Probability of a second thing, and of a third one if there is a second.
_SECOND, _THIRD = 0.12, 0.3
# Probability that a thing moves, turns, grows or shrinks, and that the camera moves.
_MOVES, _TURNS, _GROWS, _CAMERA = 0.85, 0.1, 0.1, 0.08
# Smallest distance of the background's mean RGB colour from the things' colours, and how many backgrounds are tried.
_APART, _TRIES = 0.4, 4
# Probability that a caption loses its verbs, its camera phrase, its order, or everything.
_NO_VERBS, _NO_CAMERA, _SHUFFLED, _EMPTY = 0.08, 0.4, 0.2, 0.1
_PIXELS_AT_ONCE = 2**19


def shades(count: int, size: int, generator: torch.Generator) -> Tensor:
    """Backgrounds [count,3,size,size] in 0..1: smooth gradients between two similar colours."""
    draws = Draws.fresh(count, generator)
    light = draws.uniform(1, low=0.1, high=0.9)
    one = light + 0.13 * draws.normal(3)
    other = one + draws.uniform(1, low=-0.2, high=0.2) + 0.05 * draws.normal(3)
    change = gradients(draws, size)[:, None]
    spread = (slice(None), slice(None), None, None)
    return (one[spread] + (other - one)[spread] * change).clamp(0, 1)


def _looks(draws: Draws, pool: Tensor) -> Layers:
    look, cloth = draws.stream("look"), draws.stream("cloth")
    count = draws.count
    there = torch.ones(count, LAYERS, dtype=torch.bool)
    there[:, 2] = look.chance(_SECOND)
    there[:, 3] = there[:, 2] & look.chance(_THIRD)
    # Each thing of a clip has another colour.
    first = look.integers(below=len(COLOURS))
    step = 1 + look.integers(below=len(COLOURS) - 1)
    third = 1 + look.integers(below=len(COLOURS) - 2)
    third = third + (third >= step)
    tint = torch.stack((first, first, first + step, first + third), 1) % len(COLOURS)
    texture = cloth.integers(LAYERS, below=len(pool))
    texture[:, 0] = _backgrounds(cloth, pool, tint, there)
    ones = torch.ones(count, LAYERS)
    return Layers(
        shape=look.integers(LAYERS, below=len(SHAPES)), own=look.normal(LAYERS, NUMBERS).clamp(-2, 2), there=there,
        soft=ones, opacity=ones, volume=look.uniform(LAYERS, high=0.25), height=0.1 * ones, tint=tint,
        contrast=look.uniform(LAYERS, high=0.6), texture=texture, density=cloth.uniform(LAYERS, low=0.3, high=0.7),
        shift=cloth.uniform(LAYERS, 2, low=-1.0),
    )  # fmt: skip


def _backgrounds(draws: Draws, pool: Tensor, tint: Tensor, there: Tensor) -> Tensor:
    """For each clip the first of a few random backgrounds that differs enough from all things, or the one that differs
    most."""
    tried = draws.integers(_TRIES, below=len(pool))  # [B,tries]
    colours = torch.tensor(list(COLOURS.values()))[tint[:, 1:]]  # [B,things,3]
    away = (pool.mean((2, 3)).cpu()[tried][:, :, None] - colours[:, None]).norm(dim=-1)
    nearest = away.masked_fill(~there[:, None, 1:], math.inf).amin(2)
    best = nearest.clamp_max(_APART).argmax(1)  # the first of several that are far enough
    return tried.gather(1, best[:, None])[:, 0]


def _movement(draws: Draws, there: Tensor, aspect: tuple[float, float]) -> Movement:
    path = draws.stream("path")
    several = there[:, 1:].sum(1)[:, None] > 1
    size = path.uniform(LAYERS, low=0.34, high=0.5)
    size = torch.where(several, 0.68 * size, size)
    moves = path.chance(_MOVES, LAYERS)
    angle = path.integers(LAYERS, below=4) * (math.pi / 2) + path.uniform(LAYERS, low=-0.2, high=0.2)
    along = _unit(angle)
    speed = path.uniform(LAYERS, low=0.55, high=0.85) * moves
    centre = _path_middles(path, along, moves, there) * torch.tensor(aspect) - 0.5 * speed[..., None] * along
    turn = path.uniform(LAYERS, low=0.7, high=1.4) * _sign(path) * path.chance(_TURNS, LAYERS)
    grow = path.uniform(LAYERS, low=0.35, high=0.6) * _sign(path) * path.chance(_GROWS, LAYERS)
    size = size * (-0.5 * grow).exp()  # the mean size of a clip does not depend on whether things grow
    tilt = path.uniform(LAYERS, low=-0.15, high=0.15)
    curve = path.uniform(LAYERS, low=-0.1, high=0.1) * speed
    ease = path.uniform(LAYERS, low=-0.3, high=0.3)
    for values in (tilt, centre, speed, curve, turn, grow):
        values[:, 0] = 0.0  # the background moves with the camera alone
    size[:, 0] = 1.0

    camera = draws.stream("camera")
    travels, zooms = camera.chance(_CAMERA), camera.chance(0.5)
    heading = camera.integers(below=4) * (math.pi / 2)
    pan = (camera.uniform(low=0.3, high=0.5) * (travels & ~zooms))[:, None] * _unit(heading)
    zoom = camera.uniform(low=0.25, high=0.5) * (1 - 2.0 * camera.chance(0.5)) * (travels & zooms)
    none, pairs = torch.zeros(draws.count), torch.zeros(draws.count, LAYERS, 2)
    return Movement(
        centre=centre, size=size, tilt=tilt, along=along, speed=speed, curve=curve, turn=turn, grow=grow, ease=ease,
        wave=torch.zeros(draws.count, LAYERS, 4), wave_phase=pairs, wave_turn=pairs, parallax=pairs[..., 0],
        pan=pan, zoom=zoom, roll=none, shake=none, shake_wave=torch.zeros(draws.count, 3, 3, 2),
    )  # fmt: skip


def _unit(angle: Tensor) -> Tensor:
    """Unit vectors [...,2] of angles."""
    return torch.stack((angle.cos(), angle.sin()), -1)


def _sign(draws: Draws) -> Tensor:
    return 1 - 2.0 * draws.chance(0.5, LAYERS)


def _path_middles(path: Draws, along: Tensor, moves: Tensor, there: Tensor) -> Tensor:
    """The middle [B,L,2] of each thing's path: near the middle of the view, or in a sector of its own if there are
    several things."""
    things = there[:, 1:].sum(1)[:, None]
    middle = path.uniform(LAYERS, 2, low=-0.3, high=0.3)
    across = torch.stack((-along[..., 1], along[..., 0]), -1)
    middle = middle + 0.2 * path.uniform(LAYERS, 1, low=-1) * across * moves[..., None]
    sector = torch.arange(LAYERS) * (2 * math.pi) / things.clamp_min(2)
    sector = sector + path.integers(below=4)[:, None] * (math.pi / 2)
    return torch.where((things > 1)[..., None], 0.5 * _unit(sector) + 0.4 * middle, middle)


def scene_plan(pool: Tensor, seeds: Sequence[int], height: int, width: int) -> Plan:
    """The content of the clips of these seeds, with backgrounds from `pool` [N,3,S,S]."""
    draws, short = Draws(seeds), min(height, width)
    looks = _looks(draws, pool)
    movement = _movement(draws, looks.there, (width / short, height / short))
    return Plan(movement, Lighting.random(draws, 0.0, 0.0), looks, height, width)


class PlainScene(Scene):
    """A few plain clips, which can be rendered at any time."""

    def video_and_coverage(self, times: Tensor) -> tuple[Tensor, Tensor]:
        """The clips [B,3,T,H,W] in 0..1 at `times`, and the part of each pixel that things cover [B,T,H,W]."""
        near = self.movement.at(times)
        place = near.to(self.device)
        rests = not bool(self.movement.pan.any()) and not bool(self.movement.zoom.any())
        ground = self.movement.at(times[:1]).to(self.device) if rests else place
        image = self._texture_colours(0, *ground.to_plane(0, self.x, self.y))
        image = image.expand(-1, -1, len(times), -1, -1).contiguous()
        covered = torch.zeros_like(image[:, 0])
        for k in self.present:
            window = self._window(k, near)
            if window is None:
                continue
            x, y = place.to_plane(k, self.x[window], self.y[window])
            inside = self._inside(k, x, y)
            alpha = self._coverage(k, inside, place.scale(k))
            rim = (1 - inside * 2.5).clamp_(0, 1).square_()
            light = (1 - self.look.volume[:, k].view(-1, 1, 1, 1) * rim).mul_(alpha)
            rest = 1 - alpha
            for channel, tint in enumerate(self.table[self.look.tint[:, k]].unbind(1)):
                part = image[:, channel, :, window[0], window[1]]
                part.mul_(rest).addcmul_(light, tint.view(-1, 1, 1, 1))
            covered[:, :, window[0], window[1]].mul_(rest).add_(alpha)
        return image.clamp_(0, 1), covered


@torch.no_grad()
def render_plain(
    pool: Tensor, seeds: Sequence[int], frames: int, height: int, width: int
) -> tuple[Tensor, Tensor, list[str]]:
    """The clips of these seeds: video [B,3,T,H,W] in 0..1, coverage by things [B,T,H,W], and complete captions."""
    plan = scene_plan(pool, seeds, height, width)
    times = torch.linspace(0, 1, frames) if frames > 1 else torch.zeros(1)
    step = max(1, _PIXELS_AT_ONCE // (frames * height * width))
    # Clips of the same shapes are rendered together: every shape of a batch is computed for all of its clips.
    shape = plan.looks.shape.masked_fill(~plan.looks.there, -1)
    travels = (plan.movement.pan.any(1) | (plan.movement.zoom != 0)).long()
    keys = torch.cat((travels[:, None], shape[:, 1:]), 1).tolist()
    order = sorted(range(len(seeds)), key=lambda row: keys[row])
    video = torch.empty(len(seeds), 3, frames, height, width, device=pool.device)
    covered = torch.empty(len(seeds), frames, height, width, device=pool.device)
    for start in range(0, len(order), step):
        rows = order[start : start + step]
        video[rows], covered[rows] = PlainScene(plan, rows, pool).video_and_coverage(times)
    return video, covered, plan.captions()


def shortened_caption(caption: str, draws: Draws, row: int, limit: int) -> str:
    """The caption in at most `limit` bytes, at random without some of its parts or in another order; "" for one in ten.
    It depends only on the seed of `draws` in this row."""
    own = draws.pick(slice(row, row + 1)).stream("said")
    verbs, camera, order, empty = own.uniform(4)[0].tolist()
    if empty < _EMPTY:
        return ""
    parts = caption.split(", ")
    things = [part for part in parts if not part.startswith("the ")]
    rest = [part for part in parts if part.startswith("the ")]
    if verbs < _NO_VERBS:
        things = [" ".join(thing.split()[:3]) for thing in things]
    if camera < _NO_CAMERA and things:
        rest = []
    parts = [*things, *rest]
    if order < _SHUFFLED:
        parts = [parts[i] for i in own.uniform(len(parts))[0].argsort().tolist()]
    text = ""
    for part in parts:
        longer = f"{text}, {part}" if text else part
        text = longer if len(longer.encode()) <= limit else text
    return text
