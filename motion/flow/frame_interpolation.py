"""Frame interpolation: new frames at any times of a video, with scene cuts detected and left sharp.

A `Method` makes the pictures between two frames. `by_agreement` needs no weights and uses optical flow at half size; the
network in `models.interpolator` corrects its result. Frames on both sides of a scene cut are not blended: the nearer one
is repeated. Videos are processed as streams, with two frames in memory at a time.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from ...rendering.backward_sampling import backward_warp
from .agreement import compose_frame, flow_agreement, softmax_mean
from .correspondence import Correspondence
from .dis_flow import dis_flow, is_consistent

At = Callable[[float], Tensor]
"""Gives the picture [H,W,3] at a time 0 < t < 1 between two frames."""
Method = Callable[[Tensor, Tensor], At]
"""Makes the function `At` for two frames [H,W,3] of one scene."""

# A larger brightness error after alignment means that the pixel belongs to another scene.
_FOREIGN = 0.12
# Short side of the pictures in which scene cuts are detected.
_CUT_SIDE = 96
SCENE_THRESHOLD = 0.5


class HalfSize:
    """Two frames [H,W,3] and the correspondence between them at half their size.

    a, b: planes [1,3,H',W'], padded by repeating the border to a multiple of `align` (an even number). small_a, small_b:
    the same at half the size.
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
        """The result [H,W,3] of `agreement.compose_frame` without the padding."""
        height, width = self._like.shape[:2]
        made = compose_frame(self.a, self.b, flows, share)[0, :, :height, :width]
        return made.permute(1, 2, 0).clamp(0, 1).to(self._like.dtype)


def by_agreement(a: Tensor, b: Tensor) -> At:
    """The `Method` without weights: warps both frames along the flows for which they look most alike."""
    pair = HalfSize(a, b)

    @torch.no_grad()
    def at(t: float) -> Tensor:
        when = torch.tensor(t).view(1, 1, 1, 1)
        flows, visible = pair.correspondence.at(t)
        found = flow_agreement(pair.small_a, pair.small_b, flows, visible, when)
        return pair.picture(softmax_mean(found.candidates, found.logits), found.share)

    return at


class FramePair:
    """Two neighbouring frames [H,W,3] and the motion between them; `at(t)` is the picture at 0 < t < 1.

    foreign: the share (0..1) of the first frame without a counterpart in the second, near 1 at a scene cut.
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
    """Share (0..1) of picture `a` without a counterpart in `b`: pixels that flow cannot align, or not consistently."""
    scale = _CUT_SIDE / min(a.shape[:2])
    size = (max(8, round(a.shape[0] * scale)), max(8, round(a.shape[1] * scale)))
    small = []
    for frame in (a, b):
        plane = F.interpolate(frame.permute(2, 0, 1)[None].float(), size, mode="bilinear", antialias=True)
        # Brightness and contrast are normalised, so that a flash or a fade does not count as a cut.
        small.append((0.5 + 0.2 * (plane - plane.mean()) / plane.std().clamp_min(0.02)).clamp(0, 1))
    pictures = [plane[0].permute(1, 2, 0) for plane in small]
    flow = dis_flow(*pictures, preset="fast")
    error = (small[0] - backward_warp(small[1], flow[None])).abs().mean(1)[0]
    plain = (small[0] - small[1]).abs().mean(1)[0]
    lost = ~is_consistent(flow, dis_flow(pictures[1], pictures[0], preset="fast"))
    # Unchanged pixels never count. Elsewhere inconsistent flow counts too: unrelated pictures can be aligned by a
    # flow that is irregular, but not in both directions.
    changed = plain > _FOREIGN / 2
    return float(((error > _FOREIGN) | (lost & changed)).float().mean())


def frames_at(
    frames: Iterable[Tensor],
    positions: Iterable[float],
    scene_threshold: float = SCENE_THRESHOLD,
    method: Method = by_agreement,
) -> Iterator[Tensor]:
    """Pictures [H,W,3] at rising `positions` of a stream of frames [H,W,3]; the stream ends with the last frame.

    Positions are in frames: 0 is the first frame, 0.5 halfway to the second; whole positions give the frame itself.
    Raises ValueError for falling positions, NaN and frames of different sizes.
    """
    if not 0 <= scene_threshold <= 1:
        raise ValueError(
            f"scene_threshold is {scene_threshold}; it must be from 0 (every pair is a cut) to 1 (no pair is)."
        )
    stream = iter(frames)
    a, b = next(stream, None), next(stream, None)
    index, pair, last = 0, None, 0.0
    for position in positions:
        if not position >= last:
            raise ValueError(f"Positions must rise from 0, but {position} follows {last}.")
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
                f"Frames {index} and {index + 1} differ in size: they are {list(a.shape)} and {list(b.shape)}."
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
    """The stream of frames with `multiplier` - 1 new frames between every two: n frames become (n-1) * multiplier + 1.

    Raises ValueError for a multiplier that is not a whole number from 2 to 16.
    """
    if isinstance(multiplier, bool) or multiplier != int(multiplier) or not 2 <= multiplier <= 16:
        raise ValueError(f"multiplier is {multiplier}; it must be a whole number from 2 to 16.")
    return frames_at(frames, (k / multiplier for k in itertools.count()), scene_threshold, method)


def positions_at_rate(count: int, rate: float, target_rate: float) -> list[float]:
    """The positions, in frames of a clip of `count` frames at `rate` per second, of the frames at `target_rate`."""
    for name, value in (("rate", rate), ("target_rate", target_rate)):
        if not 0 < value <= 1000:
            raise ValueError(f"{name} is {value}; it must be above 0 and at most 1000 frames per second.")
    total = int((count - 1) * target_rate / rate + 1e-6) + 1
    return [min(k * rate / target_rate, count - 1.0) for k in range(total)]


def interpolate(
    frames: Tensor,
    times: int | Sequence[float] = 2,
    scene_threshold: float = SCENE_THRESHOLD,
    method: Method = by_agreement,
    on_frame: Callable[[int], None] | None = None,
) -> Tensor:
    """A video [T,H,W,3] resampled in time.

    times: a multiplier (2 to 16), or rising positions in frames of this video (see `frames_at`; `positions_at_rate`
    computes them from frame rates). `on_frame(n)` is called after the nth new frame. Raises ValueError for another shape,
    NaN, and positions that do not rise.
    """
    if frames.ndim != 4 or frames.shape[-1] != 3 or len(frames) == 0:
        raise ValueError(f"Interpolation needs a video [T,H,W,3], got {list(frames.shape)}.")
    if not bool(torch.isfinite(frames.sum())):
        raise ValueError("The frames to interpolate contain NaN or infinite values.")
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
