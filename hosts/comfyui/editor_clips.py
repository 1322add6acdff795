"""Single frames of the video files in ComfyUI's folders, for the editor's scrubber, kept in memory while a file is unchanged."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from torch import Tensor

from ...interruption import check_interruption
from ...motion.document.schema import DocumentError, read_integer, read_number
from ...motion.preview.bounded_cache import BoundedCache
from ...rendering.resizing import fit_image, size_within
from ..clip_frames import MOST_FRAMES, ClipIndex, clip_frame, clip_index
from .editor_files import SOURCE_SIDE

FRAME_BYTES = 256_000_000
"""Bytes of decoded frames that are kept in memory."""
LONGEST = 1e6
"""Seconds of the longest part of a clip that a request may name."""

_indices = BoundedCache(16_000_000)
_frames = BoundedCache(FRAME_BYTES)


def index_of(path: str, source: Mapping[str, Any]) -> ClipIndex:
    """Return the index of the clip that a request names, cut to `start` and `duration`, or that from the cache."""
    start = read_number(source.get("start", 0), "source.start", -LONGEST, LONGEST)
    duration = read_number(source.get("duration", 0), "source.duration", 0, LONGEST)
    return _indices.get(
        (*_version(path), start, duration),
        lambda: clip_index(path, start, duration, check_interruption),
        lambda index: 8 * index.count + 64,
    )


def frame_of(path: str, source: Mapping[str, Any]) -> Tensor:
    """Return frame `frame` of a clip as [1,H,W,3], with its longer side at most SOURCE_SIDE, or that from the cache.

    Raises DocumentError for a number that the clip does not have.
    """
    number = read_integer(source.get("frame", 0), "source.frame", 0, MOST_FRAMES)
    index = index_of(path, source)
    if number >= index.count:
        raise DocumentError("source.frame", f"{number} is not a frame of the clip, which has {index.count}")
    place = index.times[number] if index.times else number

    kept = _frames.get(
        (*_version(path), place),
        lambda: clip_frame(path, index, number, check_interruption),
        lambda frame: frame.numel(),
    )
    frame = kept.float().div_(255)[None]
    width, height = size_within(frame.shape[2], frame.shape[1], SOURCE_SIDE)
    return fit_image(frame, width, height, "stretch")


def _version(path: str) -> tuple[str, int, int]:
    """The file as it is now, as the key of a cache."""
    status = os.stat(path)
    return path, status.st_mtime_ns, status.st_size
