"""Frame interpolation: every second frame of moving clips is removed, interpolated from its neighbours, and compared.

Methods: `blend` (mean of the two neighbours), `opencv_warp` (both neighbours warped with cv2.remap along half of OpenCV's
DIS flow, and averaged), `optical_flow` (motion/flow/frame_interpolation.py) and `network` (models/interpolator.py). Clips:
procedural scenes with occlusion (synthetic/scene.py), photos warped along the example documents, and the video files of a
folder. PSNR is in dB; `moving` counts only pixels that differ between the neighbours. The methods alternate on each frame,
so that other load on the machine slows all of them equally.
"""

from __future__ import annotations

import argparse
import itertools
import math
import statistics
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor

from ..files import write_json
from ..models.bundled import bundled_path
from ..models.checkpoint import load_interpolator
from ..models.interpolator import interpolation_method
from ..motion.document.examples import documents
from ..motion.field.field import field_from_document
from ..motion.flow.frame_interpolation import SCENE_THRESHOLD, FramePair, foreign_share
from ..rendering.warp import warp_image
from .similarity import ssim

_CHANGED = 0.02  # a pixel counts as moving if its neighbours in time differ by more than this
_VIDEOS = (".mp4", ".webm", ".mkv", ".mov", ".avi")


def blend(a: Tensor, b: Tensor) -> Tensor:
    """The mean of both frames."""
    return (a + b) / 2


def opencv_warp(a: Tensor, b: Tensor) -> Tensor:
    """The mean of both frames, warped half way with OpenCV's DIS flow and remap, without handling of occlusion."""
    import cv2

    first, second = ((frame.numpy() * 255).round().astype(np.uint8) for frame in (a, b))
    grey = [cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY) for picture in (first, second)]
    solver = cast(
        Any, cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    )  # `calc` accepts None as flow
    ys, xs = np.mgrid[0 : a.shape[0], 0 : a.shape[1]].astype(np.float32)
    halves = []
    for picture, here, there in ((a, 1, 0), (b, 0, 1)):
        flow = solver.calc(grey[here], grey[there], None) / 2
        halves.append(cv2.remap(picture.numpy(), xs + flow[..., 0], ys + flow[..., 1], cv2.INTER_LINEAR))
    return torch.from_numpy((halves[0] + halves[1]) / 2)


def optical_flow(a: Tensor, b: Tensor) -> Tensor:
    """The pack's interpolation by optical flow, in the middle."""
    return FramePair(a, b).at(0.5)


Maker = Callable[[Tensor, Tensor], Tensor]
METHODS: dict[str, Maker] = {"blend": blend, "opencv_warp": opencv_warp, "optical_flow": optical_flow}


def network_method(weights: Path | None = None) -> Maker:
    """The pack's interpolation by the network, the bundled one or one in a file, in the middle."""
    method = interpolation_method(load_interpolator(weights or bundled_path("interpolator")))
    return lambda a, b: FramePair(a, b, method=method).at(0.5)


def procedural_clips(count: int, size: int, frames: int, seed: int) -> Iterator[tuple[str, Tensor]]:
    """Rendered clips [T,H,W,3] of sprites that move, turn and occlude each other."""
    from ..synthetic.scene import render_clips, texture_pool

    generator = torch.Generator().manual_seed(seed)
    pool = texture_pool(16, size, generator)
    clips = render_clips(pool, count, frames, size, size, generator).video
    for video in clips:
        yield "procedural", video.permute(1, 2, 3, 0).contiguous()


def photo_clips(names: Sequence[str], size: int, frames: int) -> Iterator[tuple[str, Tensor]]:
    """Clips of the photos in scikit-image and scikit-learn, warped along the example documents `names`."""
    from .motion_fidelity import sample_photos, square_photo

    photos = [square_photo(photo, size) for photo in sample_photos().values()]
    for index, name in enumerate(names):
        picture = photos[index % len(photos)]
        yield "photo", warp_image(picture, field_from_document(documents()[name], frames)).frames


def triples(video: Tensor) -> Iterator[Tensor]:
    """Every second frame of a clip [T,H,W,3], together with its neighbours: [3,H,W,3]."""
    for middle in range(1, len(video) - 1, 2):
        yield video[middle - 1 : middle + 2]


def file_triples(folder: Path, count: int, height: int) -> Iterator[tuple[str, Tensor]]:
    """About `count` evenly spaced frames with their neighbours from every video file of a folder, at most `height` high.

    Frames next to a scene cut are left out, and so are frames without motion (less than one of 256 levels on average).
    """
    import av

    for file in sorted(path for path in folder.iterdir() if path.suffix.lower() in _VIDEOS):
        with av.open(str(file)) as container:
            stream = container.streams.video[0]
            low = min(height, stream.height)
            size = {"height": low, "width": round(stream.width * low / stream.height)}
            frames = [
                torch.from_numpy(frame.reformat(**size, format="rgb24", interpolation="AREA").to_ndarray())
                for frame in container.decode(stream)
            ]
        step = max(2, (len(frames) - 2) // count)
        for first in range(0, len(frames) - 2, step):
            triple = torch.stack(frames[first : first + 3]).float() / 255
            still = float((triple[0] - triple[2]).abs().mean()) < 1 / 255
            if not still and foreign_share(triple[0], triple[2]) <= SCENE_THRESHOLD:
                yield file.stem, triple


def compare(samples: Iterable[tuple[str, Tensor]], methods: Mapping[str, Maker] = METHODS) -> list[dict]:
    """One row for each method and kind of sample (frames [3,H,W,3]), with medians and means over the samples."""
    scores: dict[tuple[str, str], list[tuple[float, float, float, float]]] = {}
    names = list(methods)
    for turn, (kind, (a, truth, b)) in enumerate(samples):
        moving = (a - b).abs().amax(-1) > _CHANGED
        if not bool(moving.any()):
            continue
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            start = time.perf_counter()
            made = methods[name](a, b)
            seconds = time.perf_counter() - start
            error = (made - truth).square().mean(-1)
            score = (_decibel(error.mean()), _decibel(error[moving].mean()), ssim(made, truth), seconds)
            scores.setdefault((kind, name), []).append(score)
    rows = []
    for kind, name in sorted(scores, key=lambda key: (key[0], names.index(key[1]))):
        values = scores[kind, name]
        whole, moving, alike, seconds = zip(*values, strict=True)
        rows.append(
            {
                "name": name,
                "clips": kind,
                "held_out_frames": len(values),
                "psnr_median": statistics.median(whole),
                "psnr_mean": statistics.fmean(whole),
                "psnr_moving_median": statistics.median(moving),
                "psnr_moving_mean": statistics.fmean(moving),
                "ssim_median": statistics.median(alike),
                "ssim_mean": statistics.fmean(alike),
                "seconds": statistics.median(seconds),
            }
        )
    return rows


def _decibel(error: Tensor) -> float:
    return -10 * math.log10(max(float(error), 1e-10))


def table(rows: Sequence[dict]) -> str:
    """The rows as text."""
    lines = [
        f"{'clips':18} {'method':12} {'frames':>6} {'PSNR':>7} {'mean':>7} {'moving':>7} {'SSIM':>7} {'s/frame':>8}"
    ]
    for row in rows:
        lines.append(
            f"{row['clips'][:18]:18} {row['name']:12} {row['held_out_frames']:6d} {row['psnr_median']:7.2f}"
            f" {row['psnr_mean']:7.2f} {row['psnr_moving_median']:7.2f} {row['ssim_median']:7.4f} {row['seconds']:8.3f}"
        )
    return "\n".join(lines)


def main(argv: Sequence[str] | None = None) -> int:
    """Print the table; `--json FILE` also writes the rows."""
    parser = argparse.ArgumentParser(prog="bench interpolation", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--clips", type=Path, help="a folder of video files to measure on as well")
    parser.add_argument("--per-clip", type=int, default=24, help="held-out frames of each file (default 24)")
    parser.add_argument(
        "--height", type=int, default=360, help="files are reduced to this height (default 360)"
    )
    parser.add_argument("--weights", type=Path, help="weights of another network than the bundled one")
    parser.add_argument(
        "--procedural", type=int, default=8, help="procedural clips (default 8); 0 leaves out the photos too"
    )
    parser.add_argument("--size", type=int, default=256, help="pixels a side (default 256)")
    parser.add_argument("--frames", type=int, default=9, help="frames of each clip (default 9)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path, help="write the rows to this file")
    options = parser.parse_args(argv)
    samples: list[tuple[str, Tensor]] = []
    if options.procedural:
        made = itertools.chain(
            procedural_clips(options.procedural, options.size, options.frames, options.seed),
            photo_clips(list(documents()), options.size, options.frames),
        )
        samples = [(kind, triple) for kind, video in made for triple in triples(video)]
    if options.clips:
        samples += file_triples(options.clips, options.per_clip, options.height)
    rows = compare(samples, {**METHODS, "network": network_method(options.weights)})
    print(table(rows))
    if options.json:
        write_json(options.json, rows)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
