"""Frames between frames: where the cuts are, and which pictures are wanted when; how one is made is a `Method`.

`by_agreement` makes them without weights, of optical flow at half size; `models.interpolator` has a network correct that.
Across a scene cut nothing is blended: the nearer frame stands. Everything streams: only two frames are held at a time.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from ...rendering.warp import backward_warp
from .agreement import compose_frame, flow_agreement, softmax_mean
from .correspondence import Correspondence
from .dis_flow import dis_flow, is_consistent

At = Callable[[float], Tensor]
"""The picture [H,W,3] at a time 0 < t < 1."""
Method = Callable[[Tensor, Tensor], At]
"""How the pictures between two frames [H,W,3] of one scene are made."""

# A brightness error after alignment of more than this belongs to another scene.
_FOREIGN = 0.12
# Scene cuts are looked for at this size.
_CUT_SIDE = 96
SCENE_THRESHOLD = 0.5


class HalfSize:
    """Two frames [H,W,3] and the motion between them at half their size.

    a, b: both as planes [1,3,H',W'], the edges repeated up to a multiple of `align` (an even number); small_a, small_b.
    """

    def __init__(self, a: Tensor, b: Tensor, align: int = 2):
        self._like = a
        padding = (0, -a.shape[1] % align, 0, -a.shape[0] % align)
        self.a, self.b = (
            F.pad(frame.permute(2, 0, 1)[None].float(), padding, mode="replicate") for frame in (a, b)
        )
        self.small_a, self.small_b = F.avg_pool2d(self.a, 2), F.avg_pool2d(self.b, 2)
        self.correspondence = Correspondence(
            self.small_a[0].permute(1, 2, 0), self.small_b[0].permute(1, 2, 0)
        )

    def picture(self, flows: Tensor, share: Tensor) -> Tensor:
        """The picture [H,W,3] of `agreement.compose_frame`."""
        height, width = self._like.shape[:2]
        made = compose_frame(self.a, self.b, flows, share)[0, :, :height, :width]
        return made.permute(1, 2, 0).clamp(0, 1).to(self._like.dtype)


def by_agreement(a: Tensor, b: Tensor) -> At:
    """The method without weights: the flows along which both frames look alike."""
    pair = HalfSize(a, b)

    @torch.no_grad()
    def at(t: float) -> Tensor:
        when = torch.tensor(t).view(1, 1, 1, 1)
        flows, seen = pair.correspondence.at(t)
        options, _, choice, share = flow_agreement(pair.small_a, pair.small_b, flows, seen, when)
        return pair.picture(softmax_mean(options, choice), share)

    return at


class FramePair:
    """Two neighbouring frames [H,W,3] and what moves between them; `at(t)` is the picture at 0 < t < 1.

    `foreign` is the share of the picture that has no counterpart in the other frame, 0..1: near 1 at a scene cut.
    """

    def __init__(
        self, a: Tensor, b: Tensor, scene_threshold: float = SCENE_THRESHOLD, method: Method = by_agreement
    ):
        self.frames = (a, b)
        self.foreign = foreign_share(a, b)
        self.is_cut = self.foreign > scene_threshold
        self._at = None if self.is_cut else method(a, b)

    def at(self, t: float) -> Tensor:
        """The picture [H,W,3] at time t between the frames (0 the first, 1 the second)."""
        if self._at is None:
            return self.frames[0] if t < 0.5 else self.frames[1]
        return self._at(t)


def foreign_share(a: Tensor, b: Tensor) -> float:
    """Share of picture `a` without a counterpart in `b`, at a small size: what flow cannot align or find back."""
    scale = _CUT_SIDE / min(a.shape[:2])
    size = (max(8, round(a.shape[0] * scale)), max(8, round(a.shape[1] * scale)))
    small = []
    for frame in (a, b):
        plane = F.interpolate(frame.permute(2, 0, 1)[None].float(), size, mode="bilinear", antialias=True)
        # Brightness and contrast are evened out: a flash or a fade is no cut.
        small.append((0.5 + 0.2 * (plane - plane.mean()) / plane.std().clamp_min(0.02)).clamp(0, 1))
    pictures = [plane[0].permute(1, 2, 0) for plane in small]
    flow = dis_flow(*pictures, preset="fast")
    error = (small[0] - backward_warp(small[1], flow[None])).abs().mean(1)[0]
    plain = (small[0] - small[1]).abs().mean(1)[0]
    lost = ~is_consistent(flow, dis_flow(pictures[1], pictures[0], preset="fast"))
    # What did not change is no cut, whatever the flow says; and a flow that aligns strangers bends wildly.
    changed = plain > _FOREIGN / 2
    return float(((error > _FOREIGN) | (lost & changed)).float().mean())


def frames_at(
    frames: Iterable[Tensor],
    positions: Iterable[float],
    scene_threshold: float = SCENE_THRESHOLD,
    method: Method = by_agreement,
) -> Iterator[Tensor]:
    """Pictures at rising `positions` (in frames: 0 is the first, 0.5 halfway to the second) of a stream of frames
    [H,W,3]. Ends with the last frame. A whole position gives the frame itself. Raises ValueError for NaN, falling
    positions, frames of different size."""
    if not 0 <= scene_threshold <= 1:
        raise ValueError(f"scene_threshold is {scene_threshold}; it must be from 0 (all cuts) to 1 (none).")
    stream = iter(frames)
    a, b = next(stream, None), next(stream, None)
    index, pair, last = 0, None, 0.0
    for position in positions:
        if not position >= last:
            raise ValueError(f"Positions must rise from 0; {position} follows {last}.")
        last = position
        while b is not None and position >= index + 1 - 1e-6:
            a, b, pair = b, next(stream, None), None
            index += 1
        if a is None:
            return
        t = position - index
        if t < 1e-6:
            yield a
            continue
        if b is None:
            return
        if a.shape != b.shape:
            raise ValueError(
                f"Frames {index} and {index + 1} differ in size: {list(a.shape)}, {list(b.shape)}."
            )
        if pair is None:
            pair = FramePair(a, b, scene_threshold, method)
        yield pair.at(t)


def interpolated_frames(
    frames: Iterable[Tensor],
    multiplier: int = 2,
    scene_threshold: float = SCENE_THRESHOLD,
    method: Method = by_agreement,
) -> Iterator[Tensor]:
    """A stream of frames with `multiplier` - 1 (2 to 16) new ones between each two; n become (n-1) * multiplier + 1."""
    if isinstance(multiplier, bool) or multiplier != int(multiplier) or not 2 <= multiplier <= 16:
        raise ValueError(f"multiplier is {multiplier}; it must be a whole number from 2 to 16.")
    return frames_at(frames, (k / multiplier for k in itertools.count()), scene_threshold, method)


def positions_at_rate(count: int, rate: float, target_rate: float) -> list[float]:
    """Where, in frames, the pictures of a clip of `count` frames at `rate` a second are at `target_rate`."""
    for name, value in (("rate", rate), ("target_rate", target_rate)):
        if not 0 < value <= 1000:
            raise ValueError(f"{name} is {value}; it must be above 0 and at most 1000 frames a second.")
    total = int((count - 1) * target_rate / rate + 1e-6) + 1
    return [min(k * rate / target_rate, count - 1.0) for k in range(total)]


def interpolate(
    frames: Tensor,
    times: int | Sequence[float] = 2,
    scene_threshold: float = SCENE_THRESHOLD,
    method: Method = by_agreement,
    on_frame: Callable[[int], None] | None = None,
) -> Tensor:
    """A video [T,H,W,3] with other frames: `times` is a multiplier (2 to 16), or the positions that are wanted, rising,
    in frames of this video (see `frames_at`; `positions_at_rate` makes them of frame rates).

    `on_frame(n)` is called after each of the frames that come out. Raises ValueError for NaN and wrong sizes.
    """
    if frames.ndim != 4 or frames.shape[-1] != 3 or len(frames) == 0:
        raise ValueError(f"Interpolation needs a video [T,H,W,3], got {list(frames.shape)}.")
    if not bool(torch.isfinite(frames.sum())):
        raise ValueError("The frames to interpolate hold NaN or infinite values.")
    if isinstance(times, int):
        stream = interpolated_frames(frames, times, scene_threshold, method)
        total = (len(frames) - 1) * times + 1
    else:
        stream, total = frames_at(frames, times, scene_threshold, method), len(times)
    out = frames.new_empty(total, *frames.shape[1:])
    written = 0
    for written, frame in enumerate(itertools.islice(stream, total), 1):
        out[written - 1] = frame
        if on_frame is not None:
            on_frame(written)
    return out[:written]
