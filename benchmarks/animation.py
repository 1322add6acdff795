"""Peak memory of Animate Picture's work for clips of different lengths, each in a process of its own."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
import torch.nn.functional as F

from ..hosts.video_writer import write_frames
from ..rendering.frame_stream import stream_frames
from .decoding_memory import peak_megabytes
from .layer_scenes import painted_field

LENGTHS = (33, 129)
SIZE = (720, 1280)  # height and width in pixels


def animation_rows(
    lengths: Sequence[int] = LENGTHS, size: tuple[int, int] = SIZE
) -> Iterator[dict[str, Any]]:
    """A row for each length: seconds and peak memory in megabytes of drawing and encoding three moving layers.

    `peak_mb` is that of the whole process, and `start_mb` what it had when the picture was ready.
    """
    for frames in lengths:
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            yield {"name": f"animate_{frames}_frames", **pool.submit(animated, frames, size).result()}


def animated(frames: int, size: tuple[int, int]) -> dict[str, float | None]:
    """Draw and encode one clip of a smooth picture; the figures of its row."""
    coarse = torch.rand(1, 3, 9, 16, generator=torch.Generator().manual_seed(0))
    picture = F.interpolate(coarse, size, mode="bicubic").clamp(0, 1)[0].permute(1, 2, 0).contiguous()
    start = peak_megabytes("cpu")
    began = time.perf_counter()
    with TemporaryDirectory() as folder:
        stream = stream_frames(picture, painted_field(3, frames))
        write_frames(Path(folder) / "clip.mp4", stream.frames, 24, 16.0)
    seconds, peak = time.perf_counter() - began, peak_megabytes("cpu")
    return {
        "seconds": round(seconds, 2),
        "start_mb": None if start is None else round(start),
        "peak_mb": None if peak is None else round(peak),
    }
