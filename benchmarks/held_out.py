"""The model's videos compared with rendered clips that were not in the training data.

The model gets the first frame of a clip and its exact motion, as an artist would paint it. Rows: `painted` (with all
motion), `partial` (with the motion of some sprites; the rest is unknown), `first_frame` (without motion), `conditioning` (the
conditioning of `painted`, decoded without the model), `codec` (the rendered clip, encoded and decoded, which is the best
that the model can reach), `static` (the first frame, repeated) and `rendered` (the clip itself, which shows the accuracy
limit of the motion error).
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from torch import Tensor

from ..conditioning.image_to_video import known_frames
from ..motion.flow.dis_flow import track_pixels
from ..motion.measure.comparison import is_textured
from ..motion.measure.measure import psnr
from ..synthetic.conditions import condition_clip
from ..synthetic.scene import Clips, render_clips, texture_pool
from .chain import Chain
from .frechet import features, frechet_distance
from .similarity import ssim
from .vbench import is_dynamic, temporal_flicker

ROWS = ("painted", "partial", "first_frame", "conditioning", "codec", "static", "rendered")
SEED = 90_017  # differs from all seeds of the training
_MOVES = 0.5  # px; a point that moves farther counts as moving
_HOLE = 0.5  # a pixel with less coverage is a hole


@dataclass
class Scores:
    """The measurements of one row: a number for each clip, the summed energy in holes, and the features of all clips."""

    psnr: list[float] = field(default_factory=list)
    ssim: list[float] = field(default_factory=list)
    epe: list[float] = field(default_factory=list)
    hole_psnr: list[float] = field(default_factory=list)
    flicker: list[float] = field(default_factory=list)
    dynamic: list[bool] = field(default_factory=list)
    hole_energy: float = 0.0
    windows: list[Tensor] = field(default_factory=list)


def gradient_energy(video: Tensor, where: Tensor) -> float:
    """Sum of the squared differences of neighbouring pixels of a video [T,H,W,3] that both lie in `where` [T,H,W] bool."""
    across = video.diff(dim=2).square().sum(-1)[where[:, :, 1:] & where[:, :, :-1]].sum()
    return float(across + video.diff(dim=1).square().sum(-1)[where[:, 1:] & where[:, :-1]].sum())


def motion_error(video: Tensor, displacement: Tensor, visibility: Tensor) -> float:
    """Median distance in px between the true and the measured positions in a video [T,H,W,3] of points of frame 0.

    `displacement` [T,H,W,2] in px and `visibility` [T,H,W] bool are the truth. Only points that move, are visible, have
    texture, and have a consistent flow count; without any, the result is NaN.
    """
    measured, found = track_pixels(video)
    moving = torch.linalg.vector_norm(displacement, dim=-1) > _MOVES
    usable = (visibility & moving & (found > 0.5) & is_textured(video[0]))[1:]
    error = torch.linalg.vector_norm(measured - displacement, dim=-1)[1:][usable]
    return float(error.median()) if error.numel() else math.nan


def videos_of(
    chain: Chain, clips: Clips, index: int, generator: torch.Generator
) -> tuple[dict[str, Tensor], Tensor]:
    """The videos [T,H,W,3] of all rows for one clip, and its holes [T,H,W] bool: the areas that the motion uncovers."""
    truth = clips.video[index].permute(1, 2, 3, 0).contiguous()
    shown, known = condition_clip(clips, index, "painted", generator)
    image, mask = chain.encode_known(shown, known)
    found = {
        "painted": chain.sample(image, mask),
        "partial": chain.sample(*chain.encode_known(*condition_clip(clips, index, "partial", generator))),
        "first_frame": chain.sample(*chain.encode_known(*known_frames(truth[:1], None, len(truth)))),
        "conditioning": chain.decode(image),
        "codec": chain.decode(chain.encode_known(truth, torch.ones_like(known))[0]),
        "static": truth[:1].expand_as(truth),
        "rendered": truth,
    }
    return found, known < _HOLE


def held_out_rows(
    chain: Chain,
    count: int,
    frames: int,
    size: int,
    seed: int = SEED,
    show: Callable[[int, str, Tensor], None] | None = None,
) -> list[dict]:
    """One row for each of `ROWS`, over `count` clips of `frames` frames at `size` px.

    `show(clip, row, video)` is called with every video.
    """
    generator = torch.Generator().manual_seed(seed)
    pool = texture_pool(max(16, 2 * count), size, generator)
    clips = render_clips(pool, count, frames, size, size, generator)
    scores = {row: Scores() for row in ROWS}
    for index in range(count):
        videos, holes = videos_of(chain, clips, index, generator)
        truth = videos["rendered"]
        for row, video in videos.items():
            _count(scores[row], video, truth, holes, clips, index)
            if show is not None:
                show(index, row, video)
    reference = scores["rendered"]
    return [_summary(row, scores[row], reference) for row in ROWS]


def _count(scores: Scores, video: Tensor, truth: Tensor, holes: Tensor, clips: Clips, index: int) -> None:
    scores.psnr.append(psnr(video, truth))
    scores.ssim.append(statistics.fmean(ssim(a, b) for a, b in zip(video, truth, strict=True)))
    scores.epe.append(motion_error(video, clips.displacement[index], clips.visibility[index]))
    if bool(holes.any()):
        scores.hole_psnr.append(psnr(video[holes], truth[holes]))
        scores.hole_energy += gradient_energy(video, holes)
    scores.flicker.append(temporal_flicker(video))
    scores.dynamic.append(is_dynamic(video))
    scores.windows.append(features(video))


def _summary(row: str, scores: Scores, reference: Scores) -> dict:
    """The row of the table: medians over clips, and for the energy and the Fréchet distance, values over all clips.

    Both sets of the Fréchet distance show the same clips, so it measures their look and not their content.
    """
    distance = frechet_distance(torch.cat(scores.windows), torch.cat(reference.windows))
    return {
        "name": row,
        "clips": len(scores.psnr),
        "psnr": _median(scores.psnr),
        "ssim": _median(scores.ssim),
        "epe_median": _median(scores.epe),
        "hole_psnr": _median(scores.hole_psnr),
        "hole_energy": _round(scores.hole_energy / reference.hole_energy) if reference.hole_energy else None,
        "frechet": _round(distance),
        "temporal_flicker": _median(scores.flicker),
        "dynamic_degree": _round(statistics.fmean(scores.dynamic)),
    }


def _median(values: list[float]) -> float | None:
    known = [value for value in values if not math.isnan(value)]
    return _round(statistics.median(known)) if known else None


def _round(value: float) -> float | None:
    return None if math.isnan(value) else round(value, 4)
