"""Single frames of a video file, found without decoding the frames before them, as the editor's scrubber asks for them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from .file_advice import advice

if TYPE_CHECKING:
    from av import VideoFrame, VideoStream
    from av.container import InputContainer

MOST_FRAMES = 100_000
"""Frames of the longest clip whose frames can be shown; its packets are read once, without decoding."""
MOST_PIXELS = 64_000_000
"""Pixels of the largest frame that is decoded."""
MOST_DECODED = 2_000
"""Frames that are decoded at most from the last keyframe to the one that is wanted."""


class UnreadableClip(Exception):
    """A file is no video, or is too large. The message does not reveal its path."""


@dataclass(frozen=True)
class ClipIndex:
    """The presentation times of a clip's frames, in the order in which they are shown; [] where the file does not store them.

    `count` is the number of frames, from which `start` and `duration` (seconds) have cut some.
    """

    times: tuple[int, ...]
    count: int


def clip_index(
    path: str, start: float = 0.0, duration: float = 0.0, check_cancel: Callable[[], None] = lambda: None
) -> ClipIndex:
    """Read the index of a video file's frames, trimmed as Trim Video does (`duration` 0 is up to the end).

    Raises UnreadableClip if the file is no video or has more than MOST_FRAMES frames.
    """
    with _opened(path) as (container, stream):
        times: list[int] = []
        untimed = 0
        for number, packet in enumerate(container.demux(stream)):
            if number % 256 == 0:
                check_cancel()
            if number > MOST_FRAMES:
                raise UnreadableClip(f"the clip has more than {MOST_FRAMES} frames; trim it first")
            if packet.size and packet.pts is not None and not packet.is_discard:
                times.append(packet.pts)
            elif packet.size and packet.pts is None:
                untimed += 1
        if untimed or stream.time_base is None:
            return ClipIndex((), len(times) + untimed)
        if start < 0:
            start = max(_seconds(container, stream) + start, 0.0)
        first = int(start / stream.time_base)
        last = int((start + duration) / stream.time_base) if duration else None
        kept = sorted(time for time in times if time >= first or not start)
        kept = [time for time in kept if last is None or time < last]
        return ClipIndex(tuple(kept), len(kept))


def clip_frame(
    path: str, index: ClipIndex, number: int, check_cancel: Callable[[], None] = lambda: None
) -> Tensor:
    """Return frame `number` of a clip as bytes [H,W,3] (uint8), turned as the file says.

    Raises UnreadableClip if the clip has no such frame, or if it cannot be decoded.
    """
    if not 0 <= number < index.count:
        raise UnreadableClip(f"the clip has {index.count} frames, so there is no frame {number}")
    with _opened(path) as (container, stream):
        stream.thread_type = "AUTO"
        if index.times and index.times[number] > index.times[0]:
            container.seek(index.times[number], stream=stream, backward=True)
        found = None
        for passed, frame in enumerate(container.decode(stream)):
            check_cancel()
            if passed > MOST_DECODED:
                raise UnreadableClip(
                    f"the clip has no keyframe among the {MOST_DECODED} frames before frame {number}; save it again with keyframes"
                )
            found = frame
            if (passed >= number) if not index.times else (frame.pts or 0) >= index.times[number]:
                break
        if found is None:
            raise UnreadableClip(f"frame {number} of the clip cannot be decoded")
        return _pixels(found)


def _pixels(frame: VideoFrame) -> Tensor:
    """The frame as bytes [H,W,3], turned by a multiple of 90 degrees as Get Video Components turns it."""
    picture = frame.to_ndarray(format="rgb24")
    if frame.rotation:
        picture = np.rot90(picture, k=round(frame.rotation // 90), axes=(0, 1))
    return torch.from_numpy(np.ascontiguousarray(picture, np.uint8))


@contextmanager
def _opened(path: str) -> Iterator[tuple[InputContainer, VideoStream]]:
    """The container and the first video stream of a file; an error of FFmpeg becomes UnreadableClip."""
    import av
    from av.error import FFmpegError

    try:
        container = av.open(path)
    except (FFmpegError, ValueError):
        raise UnreadableClip(f"the file is not a video that can be read: {advice(Path(path))}") from None
    with container:
        if not container.streams.video:
            raise UnreadableClip("the file has sound but no pictures; choose a video")
        stream = container.streams.video[0]
        if stream.width * stream.height > MOST_PIXELS:
            size, most = f"{stream.width}x{stream.height}", MOST_PIXELS // 10**6
            raise UnreadableClip(f"the clip is {size} pixels; at most {most} million can be shown")
        try:
            yield container, stream
        except FFmpegError:
            raise UnreadableClip("the clip is damaged and cannot be decoded at this place") from None


def _seconds(container: InputContainer, stream: VideoStream) -> float:
    """The length of a clip in seconds."""
    import av

    if container.duration is not None:
        return float(container.duration / av.time_base)
    return float((stream.duration or 0) * (stream.time_base or 0))
