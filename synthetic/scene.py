"""Procedural clips: a background and up to three sprites under a moving camera, with exact flow and visibility.

The motion and the occlusion of each point are computed by formulas, not estimated (see movement.py). On every device, a
clip is the same function of its seed and of the pool of textures, up to rounding.
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

# The share of the time between two frames in which the shutter of a blurred clip is open.
_SHUTTER = 0.6
# The number of pixels, over all frames, that are rendered at once: few enough for a CPU's cache, enough to fill a GPU.
_AT_ONCE = {"cpu": 2**18}
_AT_ONCE_ELSEWHERE = 2**24


@dataclass(frozen=True)
class Clips:
    """A batch of rendered clips.

    `video` [B,3,T,H,W] is in 0..1, and `captions` has one sentence for each clip. The motion is that of the points at the
    pixels of the first frame: `displacement` [B,T,H,W,2] in px from the first frame, and `visibility` [B,T,H,W], which is
    True while the point is in the frame and not hidden. `pure` [B,T,H,W] is True while, in addition, the point fills its
    pixel alone, both in the first frame and at time t, so that edges and transparent sprites are left out. `layer`
    [B,H,W] is the index of the front layer in the first frame (0 is the background), and `alpha` [B,K+1,H,W] the coverage
    by each layer there.
    """

    video: Tensor
    displacement: Tensor
    visibility: Tensor
    layer: Tensor
    alpha: Tensor
    captions: list[str]
    pure: Tensor


def texture_pool(count: int, size: int, generator: torch.Generator) -> Tensor:
    """Random still pictures [count,3,size,size], from which clips take the textures of their layers."""
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
    """The result of `render` for `count` seeds drawn from the generator."""
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
    """Render one clip for each seed, with textures from the still pictures `pool` [N,3,S,S], on the device of `pool`.

    At `pace` 1, sprites move by up to a third of the frame in 17 frames. Shorter clips have the same speed; in longer ones
    the distance grows with the square root of their length. `times` [frames] are the times of the frames, in 0..1 of the
    clip and in any order (by default they are evenly spaced); displacement and visibility refer to the first of them.
    Raises ValueError without seeds and for another number of times.
    """
    if times is None:
        times = torch.linspace(0, 1, frames) if frames > 1 else torch.zeros(1)
    elif times.shape != (frames,):
        raise ValueError(f"{frames} frames need as many times, got {list(times.shape)}")
    if not len(seeds):
        raise ValueError("`seeds` is empty; there must be one seed for each clip")
    times = times.to("cpu", torch.float32)
    plan = Plan.random(seeds, frames, (height, width), sprites, pace, len(pool), odds)
    shutter = _SHUTTER * _interval(times)
    blurred = Draws(seeds).stream("blur").chance(odds.blur).tolist()
    needed = plan.exposure_counts(times, shutter)
    exposures = [count if blur else 1 for count, blur in zip(needed, blurred, strict=True)]

    video, truth = _empty(len(seeds), (frames, height, width), sprites + 1, pool.device)
    at_once = _AT_ONCE.get(pool.device.type, _AT_ONCE_ELSEWHERE)
    for count in sorted(set(exposures)):
        alike = [row for row, of_clip in enumerate(exposures) if of_clip == count]
        step = max(1, at_once // (frames * height * width * count))
        for start in range(0, len(alike), step):
            rows = alike[start : start + step]
            scene, place = Scene(plan, rows, pool), torch.tensor(rows, device=pool.device)
            video.index_copy_(0, place, scene.blurred_video(times, shutter, count))
            for whole, part in zip(truth, scene.truth(times), strict=True):
                whole.index_copy_(0, place, part)
    return Clips(video, *truth[:4], plan.captions(), truth.pure)


def _interval(times: Tensor) -> float:
    """The shortest time between two frames as a share of the clip; for a single frame, that of a clip of 17 frames."""
    gaps = times.sort().values.diff()
    return float(gaps[gaps > 0].min()) if bool((gaps > 0).any()) else 1 / 16


def _empty(
    count: int, shape: tuple[int, int, int], layers: int, device: torch.device
) -> tuple[Tensor, Truth]:
    """Uninitialised tensors for the videos and their truth."""
    frame = shape[1:]
    truth = Truth(
        torch.empty(count, *shape, 2, device=device),
        torch.empty(count, *shape, dtype=torch.bool, device=device),
        torch.empty(count, *frame, dtype=torch.int64, device=device),
        torch.empty(count, layers, *frame, device=device),
        torch.empty(count, *shape, dtype=torch.bool, device=device),
    )
    return torch.empty(count, 3, *shape, device=device), truth
