"""Procedural clips: a background and up to three sprites under a moving camera, with exact flow and visibility.

Where a point of a layer goes and what hides it are formulas, not estimates (see movement.py). A clip is a function of
its seed and of the pool of pictures, on any device (up to rounding).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from .composition import Plan, Scene, Truth
from .draws import Draws, new_seeds
from .movement import Odds
from .outlines import SHAPES
from .sprites import COLOURS
from .textures import pictures

__all__ = ["COLOURS", "SHAPES", "Clips", "Odds", "render", "render_clips", "texture_pool"]

# The part of the time between two frames that the shutter of a blurred clip's camera is open.
_SHUTTER = 0.6
# Pixels of all frames that are rendered at once: what a CPU's caches hold, what fills a GPU.
_AT_ONCE = {"cpu": 2**18}
_AT_ONCE_ELSEWHERE = 2**24


@dataclass(frozen=True)
class Clips:
    """A batch of rendered clips.

    video [B,3,T,H,W] in 0..1; displacement [B,T,H,W,2] px from the first frame; visibility [B,T,H,W] bool: the point
    that starts at this pixel is in the frame and not hidden at time t; layer [B,H,W] index of the front layer in the
    first frame (0 is the background); alpha [B,K+1,H,W] each layer's coverage there; captions: one sentence a clip;
    pure [B,T,H,W] bool: visible, and nothing else shares the pixel, neither in the first frame nor at time t (edges
    and what is seen through a clear sprite are left out).
    """

    video: Tensor
    displacement: Tensor
    visibility: Tensor
    layer: Tensor
    alpha: Tensor
    captions: list[str]
    pure: Tensor


def texture_pool(count: int, size: int, generator: torch.Generator) -> Tensor:
    """[count,3,size,size] still pictures that clips cut their layers from."""
    return torch.cat([pictures(min(32, count - i), size, generator) for i in range(0, count, 32)])


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
    odds: Odds = Odds(),  # noqa: B008 (frozen)
) -> Clips:
    """`render` with seeds that the generator draws."""
    seeds = new_seeds(count, generator).tolist()
    return render(pool, seeds, frames, height, width, sprites, pace, times, odds)


def render(
    pool: Tensor,
    seeds: Sequence[int],
    frames: int,
    height: int,
    width: int,
    sprites: int = 3,
    pace: float = 1.0,
    times: Tensor | None = None,
    odds: Odds = Odds(),  # noqa: B008 (frozen)
) -> Clips:
    """Render the clips of these seeds, their layers cut from the still pictures `pool` [N,3,S,S], on its device.

    At `pace` 1 a sprite crosses up to a third of the frame in 17 frames; shorter clips move as fast, not as far, and
    longer ones with the root of their length. `times` [frames], each in 0..1 of the clip and in any order, are when
    the frames are taken (default: evenly); displacement and visibility are always those of the first that is listed.
    """
    if times is None:
        times = torch.linspace(0, 1, frames) if frames > 1 else torch.zeros(1)
    elif times.shape != (frames,):
        raise ValueError(f"{frames} frames need as many times, got {list(times.shape)}")
    if not len(seeds):
        raise ValueError("There are no seeds to render clips of.")
    times = times.to("cpu", torch.float32)
    plan = Plan.drawn(seeds, frames, (height, width), sprites, pace, len(pool), odds)
    shutter = _SHUTTER * _interval(times)
    blurred = Draws(seeds).stream("blur").chance(odds.blur).tolist()
    needed = plan.exposures(times, shutter)
    exposures = [count if blur else 1 for count, blur in zip(needed, blurred, strict=True)]

    video, truth = _empty(len(seeds), (frames, height, width), sprites + 1, pool.device)
    at_once = _AT_ONCE.get(pool.device.type, _AT_ONCE_ELSEWHERE)
    for count in sorted(set(exposures)):
        alike = [row for row, of_clip in enumerate(exposures) if of_clip == count]
        step = max(1, at_once // (frames * height * width * count))
        for start in range(0, len(alike), step):
            rows = alike[start : start + step]
            scene, place = Scene(plan, rows, pool), torch.tensor(rows, device=pool.device)
            video.index_copy_(0, place, scene.exposed(times, shutter, count))
            for whole, part in zip(truth, scene.truth(times), strict=True):
                whole.index_copy_(0, place, part)
    return Clips(video, *truth[:4], plan.captions(), truth.pure)


def _interval(times: Tensor) -> float:
    """The time between two frames, of a clip's; a still is taken as one of 17."""
    gaps = times.sort().values.diff()
    return float(gaps[gaps > 0].min()) if bool((gaps > 0).any()) else 1 / 16


def _empty(
    count: int, shape: tuple[int, int, int], layers: int, device: torch.device
) -> tuple[Tensor, Truth]:
    """Room for videos and their truth."""
    frame = shape[1:]
    truth = Truth(
        torch.empty(count, *shape, 2, device=device),
        torch.empty(count, *shape, dtype=torch.bool, device=device),
        torch.empty(count, *frame, dtype=torch.int64, device=device),
        torch.empty(count, layers, *frame, device=device),
        torch.empty(count, *shape, dtype=torch.bool, device=device),
    )
    return torch.empty(count, 3, *shape, device=device), truth
