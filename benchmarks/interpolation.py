"""Interpolated against held-out frames: every second frame of moving clips is left out, made again, and compared.

Methods: `blend` (mean of the two neighbours), `opencv_warp` (both neighbours warped with cv2.remap along half of
OpenCV's DIS flow to them, as it stands at the other end, and averaged), `flowbrush` (motion/interpolate.py).
Clips: procedural scenes with exact occlusion (training/scene.py) and photos carried along the benchmark's motion
documents. PSNR in dB; `moving` counts only pixels that differ between the neighbours.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ..motion.examples import documents
from ..motion.field import field_from_document
from ..motion.interpolate import FramePair
from ..motion.warp import warp_image

# A pixel is moving when its neighbours in time differ by more than this.
_CHANGED = 0.02


def blend(a: Tensor, b: Tensor) -> Tensor:
    """The mean of both frames."""
    return (a + b) / 2


def opencv_warp(a: Tensor, b: Tensor) -> Tensor:
    """Both frames brought half way with OpenCV alone: DIS flow and remap, no occlusion, no splatting."""
    import cv2

    first, second = ((frame.numpy() * 255).round().astype(np.uint8) for frame in (a, b))
    grey = [cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY) for picture in (first, second)]
    solver = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    ys, xs = np.mgrid[0 : a.shape[0], 0 : a.shape[1]].astype(np.float32)
    halves = []
    for picture, here, there in ((a, 1, 0), (b, 0, 1)):
        flow = solver.calc(grey[here], grey[there], None) / 2
        halves.append(cv2.remap(picture.numpy(), xs + flow[..., 0], ys + flow[..., 1], cv2.INTER_LINEAR))
    return torch.from_numpy((halves[0] + halves[1]) / 2)


def flowbrush(a: Tensor, b: Tensor) -> Tensor:
    """Our interpolation at the middle."""
    return FramePair(a, b).at(0.5)


METHODS: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "blend": blend,
    "opencv_warp": opencv_warp,
    "flowbrush": flowbrush,
}


def procedural_clips(count: int, size: int, frames: int, seed: int) -> Iterator[tuple[str, Tensor]]:
    """Clips [T,H,W,3] of layers that move, turn and hide each other."""
    from ..training.scene import render_clips, texture_pool

    generator = torch.Generator().manual_seed(seed)
    pool = texture_pool(16, size, generator)
    clips = render_clips(pool, count, frames, size, size, generator).video
    for video in clips:
        yield "procedural", video.permute(1, 2, 3, 0).contiguous()


def photo_clips(names: Sequence[str], size: int, frames: int) -> Iterator[tuple[str, Tensor]]:
    """Photos of scikit-image and scikit-learn carried along motion documents."""
    from .motion_fidelity import fitted, sample_photos

    photos = [fitted(photo, size) for photo in sample_photos().values()]
    for index, name in enumerate(names):
        picture = photos[index % len(photos)]
        yield "photo", warp_image(picture, field_from_document(documents()[name], frames)).frames


def compare(clips: Sequence[tuple[str, Tensor]]) -> list[dict]:
    """One row for each method and kind of clip: median PSNR over held-out frames, whole and moving, and seconds."""
    scores: dict[tuple[str, str], list[tuple[float, float, float]]] = {}
    for kind, video in clips:
        for middle in range(1, len(video) - 1, 2):
            a, truth, b = video[middle - 1 : middle + 2]
            moving = (a - b).abs().amax(-1) > _CHANGED
            if not bool(moving.any()):
                continue
            for name, method in METHODS.items():
                start = time.perf_counter()
                made = method(a, b)
                seconds = time.perf_counter() - start
                error = (made - truth).square().mean(-1)
                score = (_decibel(error.mean()), _decibel(error[moving].mean()), seconds)
                scores.setdefault((kind, name), []).append(score)
    rows = []
    for (kind, name), values in scores.items():
        whole, moving, seconds = zip(*values, strict=True)
        rows.append(
            {
                "name": name,
                "clips": kind,
                "held_out_frames": len(values),
                "psnr_median": statistics.median(whole),
                "psnr_mean": statistics.fmean(whole),
                "psnr_moving_median": statistics.median(moving),
                "psnr_moving_mean": statistics.fmean(moving),
                "seconds": statistics.median(seconds),
            }
        )
    return rows


def _decibel(error: Tensor) -> float:
    return -10 * math.log10(max(float(error), 1e-10))


def table(rows: Sequence[dict]) -> str:
    """The rows as text."""
    lines = [f"{'clips':11} {'method':12} {'frames':>6} {'PSNR':>7} {'moving':>7} {'mean':>7} {'s/frame':>8}"]
    for row in rows:
        lines.append(
            f"{row['clips']:11} {row['name']:12} {row['held_out_frames']:6d} {row['psnr_median']:7.2f}"
            f" {row['psnr_moving_median']:7.2f} {row['psnr_moving_mean']:7.2f} {row['seconds']:8.3f}"
        )
    return "\n".join(lines)


def main(argv: Sequence[str] | None = None) -> int:
    """Print the table; `--json FILE` also writes the rows."""
    parser = argparse.ArgumentParser(prog="bench interpolation", description=__doc__.splitlines()[0])
    parser.add_argument("--clips", type=int, default=8, help="procedural clips (default 8)")
    parser.add_argument("--size", type=int, default=256, help="pixels a side (default 256)")
    parser.add_argument("--frames", type=int, default=9, help="frames of each clip (default 9)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path, help="write the rows to this file")
    options = parser.parse_args(argv)
    clips = list(procedural_clips(options.clips, options.size, options.frames, options.seed))
    clips += photo_clips(list(documents()), options.size, options.frames)
    rows = compare(clips)
    print(table(rows))
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
