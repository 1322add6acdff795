"""Real videos: the model gets the first frame and the motion of a clip, and its video is compared with the clip.

The motion comes from optical flow, as in Motion from Video. Rows: `model`, `conditioning` (the conditioning, decoded without
the model), `static` (the first frame, repeated) and `clip` (the clip itself, which shows the accuracy limit of the motion
error).
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

import torch
from torch import Tensor

from ..motion.field.field import field_from_flow
from ..motion.flow.dis_flow import track_pixels
from ..motion.flow.frame_interpolation import SCENE_THRESHOLD, foreign_share
from ..motion.measure.measure import measure_motion, psnr
from ..rendering.warp import warp_image
from .chain import Chain
from .frechet import features, frechet_distance
from .similarity import ssim
from .vbench import is_dynamic, temporal_flicker

ROWS = ("model", "conditioning", "static", "clip")
VIDEOS = (".mp4", ".webm", ".mkv", ".mov", ".avi")
_RATE = 16  # frames per second of the model's clips


def video_files(folder: Path) -> list[Path]:
    """The video files in a folder. Raises SystemExit if there are none."""
    paths = (
        sorted(path for path in folder.iterdir() if path.suffix.lower() in VIDEOS) if folder.is_dir() else []
    )
    if not paths:
        raise SystemExit(f"--clips is {folder}, which contains no videos ({', '.join(VIDEOS)}).")
    return paths


def opening(file: Path, frames: int, size: int) -> tuple[Tensor, float] | None:
    """The first `frames` frames [T,H,W,3] of a file and their rate, or None if it is shorter or has a scene cut there.

    The rate is at most 16 frames per second. The short side is about `size` px; sides are cropped to multiples of 16.
    """
    import av

    with av.open(str(file)) as container:
        stream = container.streams.video[0]
        rate = float(stream.average_rate or _RATE)
        every = max(1, round(rate / _RATE))
        scale = size / min(stream.width, stream.height)
        small = {
            "width": max(16, round(stream.width * scale)),
            "height": max(16, round(stream.height * scale)),
        }
        kept = []
        for number, frame in enumerate(container.decode(stream)):
            if number % every == 0:
                kept.append(frame.reformat(**small, format="rgb24", interpolation="AREA").to_ndarray())
            if len(kept) == frames:
                break
    if len(kept) < frames:
        return None
    video = torch.stack([torch.from_numpy(frame) for frame in kept]).float() / 255
    height, width = (side - side % 16 for side in video.shape[1:3])
    top, left = (video.shape[1] - height) // 2, (video.shape[2] - width) // 2
    video = video[:, top : top + height, left : left + width].contiguous()
    cuts = any(foreign_share(a, b) > SCENE_THRESHOLD for a, b in pairwise(video))
    return None if cuts else (video, rate / every)


def clip_rows(
    chain: Chain,
    files: Sequence[Path],
    frames: int,
    size: int,
    show: Callable[[str, str, Tensor], None] | None = None,
) -> list[dict]:
    """One row for each of `ROWS`, with medians over the usable files. `show(name, row, video)` is called with every video."""
    numbers: dict[str, list[dict[str, float]]] = {row: [] for row in ROWS}
    windows: dict[str, list[Tensor]] = {row: [] for row in ROWS}
    for file in files:
        found = opening(file, frames, size)
        if found is None:
            continue
        clip, rate = found
        displacement, visibility = track_pixels(clip)
        field = field_from_flow(displacement, None, visibility)
        image, mask = chain.encode_warped(warp_image(clip[0], field))
        videos = (chain.sample(image, mask), chain.decode(image), clip[:1].expand_as(clip), clip)
        for row, video in zip(ROWS, videos, strict=True):
            report = measure_motion(video, field, clip[0])
            numbers[row].append(
                {
                    "psnr": psnr(video, clip),
                    "ssim": statistics.fmean(ssim(a, b) for a, b in zip(video, clip, strict=True)),
                    "epe_median": report.epe_median,
                    "first_frame_psnr": report.first_frame_psnr,
                    "temporal_flicker": temporal_flicker(video),
                    "dynamic": float(is_dynamic(video, rate)),
                }
            )
            windows[row].append(features(video))
            if show is not None:
                show(file.stem, row, video)
    return [_summary(row, numbers[row], windows[row], windows["clip"]) for row in ROWS if numbers[row]]


def _summary(row: str, numbers: list[dict[str, float]], windows: list[Tensor], truth: list[Tensor]) -> dict:
    def median(name: str) -> float | None:
        known = [values[name] for values in numbers if not math.isnan(values[name])]
        return round(statistics.median(known), 4) if known else None

    names = ("psnr", "ssim", "epe_median", "first_frame_psnr", "temporal_flicker")
    return {
        "name": row,
        "clips": len(numbers),
        **{name: median(name) for name in names},
        "frechet": round(frechet_distance(torch.cat(windows), torch.cat(truth)), 4),
        "dynamic_degree": round(statistics.fmean(values["dynamic"] for values in numbers), 4),
    }
