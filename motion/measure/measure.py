"""How closely a video follows a motion field, in numbers.

The video's pixels are tracked from its first frame by optical flow and compared with the field. Only points that can be
measured count: they are textured, visible according to the field, and their flow is consistent. The same measurement of
a perfect warp gives its floor, the error that the measurement itself makes; report it with every number.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor

from ...rendering.backward_sampling import backward_warp
from ...rendering.warp import SMOOTH, warp_image
from .comparison import Comparison, at_length, checked_video, compare_motion
from .error_map import FULL, error_picture
from .seam import seam_ratio

if TYPE_CHECKING:
    from ..field.field import MotionField

# Points count as inside when they should move at least this far (px) and are not within _RIM pixels of an edge.
_MOVES = 0.5
_RIM = 2


@dataclass(frozen=True)
class MotionReport:
    """Requested motion against measured motion, in pixels of the video; NaN where nothing could be measured.

    epe_*: endpoint error where motion was requested. leakage_*: endpoint error of unpainted points; NaN under a moving
    camera, which requests motion everywhere. frozen_*: motion of frozen points. first_frame_psnr: in dB, against the
    given picture. flicker: change of brightness per frame along the motion, in 8-bit steps. dynamic_degree: speed of
    the fastest 5 % of the picture, in px per frame at a short side of 256. share_measured: share of the requested
    motion that could be measured. share_followed: share of its textured, visible points that were found again in the
    video. seam_ratio: the step from the last frame to the first, relative to the usual step. error_map: [1,H,W,3], the mean
    error of each point of the first frame, grey where it was not measured.
    """

    epe_median: float
    epe_mean: float
    leakage_median: float
    leakage_mean: float
    frozen_median: float
    frozen_mean: float
    first_frame_psnr: float
    flicker: float
    dynamic_degree: float
    share_measured: float
    share_followed: float
    seam_ratio: float = math.nan
    floor: MotionReport | None = None
    error_map: Tensor | None = field(default=None, repr=False, compare=False)

    def as_dict(self) -> dict[str, float | None]:
        """All numbers by name, those of the floor with the prefix `floor_`; None where nothing could be measured."""
        numbers = {
            name: _or_none(value) for name, value in vars(self).items() if name not in ("floor", "error_map")
        }
        if self.floor is not None:
            numbers |= {f"floor_{name}": value for name, value in self.floor.as_dict().items()}
        return numbers

    def text(self) -> str:
        """The report as a few lines of text."""
        lines = []
        for label, name in (
            ("error of the requested motion", "epe"),
            ("motion of unpainted areas", "leakage"),
            ("motion in frozen areas", "frozen"),
        ):
            median, mean = getattr(self, f"{name}_median"), getattr(self, f"{name}_mean")
            if math.isnan(median):
                continue
            line = f"{label}: median {median:.2f} px, mean {mean:.2f} px"
            if self.floor is not None:
                line += f" (floor of the measurement: {getattr(self.floor, f'{name}_median'):.2f} px)"
            lines.append(line)
        if not math.isnan(self.first_frame_psnr):
            lines.append(f"first frame: {self.first_frame_psnr:.1f} dB PSNR")
        lines.append(
            f"flicker: {self.flicker:.2f} of 255; fastest motion: {self.dynamic_degree:.2f} px a frame"
        )
        if not math.isnan(self.share_measured):
            lines.append(
                f"basis of these numbers: {100 * self.share_measured:.0f} % of the moving area; the rest is too smooth to track, "
                "hidden, out of view, or was not found again"
            )
        if not math.isnan(self.share_followed):
            lines.append(
                f"points that can be tracked: {100 * self.share_followed:.0f} % were found again in the video"
            )
        if not math.isnan(self.seam_ratio):
            lines.append(f"seam, last frame to first: {self.seam_ratio:.2f} of the usual step")
        return "\n".join(lines)


@torch.no_grad()
def measure_motion(
    frames: Tensor,
    motion: MotionField,
    first: Tensor | None = None,
    floor: bool = False,
    comparison: Comparison | None = None,
) -> MotionReport:
    """The report of a video [T,H,W,3] against the field that it should follow, resampled to T frames.

    first: the picture that the video starts from, [H,W,3] or [1,H,W,3]. floor: also measure a perfect warp of that
    picture (needs `first`). comparison: the result of `compare_motion(frames, motion)`, if it exists already.
    Raises ValueError for sizes that do not match, a single frame, or NaN.
    """
    frames = checked_video(frames)
    _, height, width, _ = frames.shape
    if first is not None:
        first = (first[0] if first.ndim == 4 else first).float().cpu()
        if tuple(first.shape) != (height, width, 3):
            raise ValueError(
                f"The first frame is {list(first.shape)}, but the video's frames are [{height}, {width}, 3]."
            )
    elif floor:
        raise ValueError("The floor is measured on a warp of the first frame, so `first` is needed.")
    motion = at_length(motion, len(frames))
    comparison = comparison or compare_motion(frames, motion)
    measured, consistent = comparison.measured, comparison.consistent
    usable, error = comparison.usable, comparison.error
    speed = torch.linalg.vector_norm(measured, dim=-1)[1:]

    painted, frozen = motion.painted(height, width), motion.frozen(height, width)
    travels = torch.linalg.vector_norm(comparison.requested, dim=-1).amax(0) > _MOVES
    inside = _without_rim((painted > 0.5) & (frozen < 0.5)) & travels
    outside = _without_rim((painted < 0.01) & (motion.strength(height, width) > 0.99))
    epe = _median_and_mean(error, usable & inside)
    leakage = _median_and_mean(error, usable & outside)
    still = _median_and_mean(speed, usable & _without_rim(frozen > 0.5))
    brightness = _tracked_brightness(frames, measured)
    return MotionReport(
        epe_median=epe[0],
        epe_mean=epe[1],
        leakage_median=leakage[0],
        leakage_mean=leakage[1],
        frozen_median=still[0],
        frozen_mean=still[1],
        first_frame_psnr=math.nan if first is None else psnr(frames[0], first),
        flicker=_mean(brightness.diff(dim=0).abs() * 255, consistent[1:]),
        dynamic_degree=_fastest(measured, consistent, 256 / min(height, width)),
        share_measured=_mean(usable.float(), inside.expand_as(usable)),
        share_followed=_mean(consistent[1:].float(), comparison.measurable & inside),
        seam_ratio=seam_ratio(frames),
        floor=meter_floor(first, motion) if floor and first is not None else None,
        error_map=error_picture(error, usable, FULL * min(height, width)),
    )


def meter_floor(image: Tensor, motion: MotionField) -> MotionReport:
    """The report of `measure_motion` on a perfect warp of `image` [H,W,3] along the field."""
    image = image[0] if image.ndim == 4 else image
    return measure_motion(warp_image(image, motion, behind=SMOOTH).frames, motion, image)


def psnr(a: Tensor, b: Tensor) -> float:
    """Peak signal-to-noise ratio in dB of two pictures in 0..1; 100 for equal ones."""
    error = float(F.mse_loss(a.double(), b.double()))
    return 100.0 if error <= 1e-10 else -10 * math.log10(error)


def _without_rim(mask: Tensor) -> Tensor:
    """The mask [H,W] without its outer `_RIM` pixels, where layers are blended; the mask itself if nothing would be left."""
    size = 2 * _RIM + 1
    covered = F.max_pool2d((~mask).float()[None, None], size, stride=1, padding=_RIM)[0, 0]
    inner = covered < 0.5
    return inner if bool(inner.any()) else mask


def _median_and_mean(values: Tensor, mask: Tensor) -> tuple[float, float]:
    chosen = values[mask.expand_as(values)]
    return (float(chosen.median()), float(chosen.mean())) if chosen.numel() else (math.nan, math.nan)


def _mean(values: Tensor, mask: Tensor) -> float:
    chosen = values[mask]
    return float(chosen.mean()) if chosen.numel() else math.nan


def _tracked_brightness(frames: Tensor, measured: Tensor) -> Tensor:
    """Brightness [T,H,W] of each point of the first frame, sampled where it is in every frame."""
    grey = (frames @ torch.tensor([0.299, 0.587, 0.114]))[:, None]
    parts = [backward_warp(grey[t : t + 1], measured[t : t + 1])[:, 0] for t in range(len(frames))]
    return torch.cat(parts)


def _fastest(measured: Tensor, consistent: Tensor, scale: float) -> float:
    """Mean over all steps of the mean speed of the fastest 5 % of points (px per frame), as in VBench."""
    steps = torch.linalg.vector_norm(measured.diff(dim=0), dim=-1) * consistent[1:]
    count = max(1, steps[0].numel() // 20)
    return float(steps.flatten(1).topk(count, dim=1).values.mean()) * scale


def _or_none(value: float) -> float | None:
    return None if math.isnan(value) else value
