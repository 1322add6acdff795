"""Writing a video file frame by frame, so that memory does not grow with the length of the video."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import Any

import torch

from ..files import atomic_write
from .pixel_bytes import rounded_bytes
from .sound_track import SoundTrack

_BT709 = 1  # the number of ITU-R BT.709 in ITU-T H.273, for colour primaries and matrix
_SRGB = 13  # the number of the sRGB transfer function in H.273
_LIMITED_RANGE = 1
# Frames that x264 holds back to plan ahead, at most. The default of 40 takes gigabytes at 4K.
_LOOKAHEAD = 10


def write_frames(
    path: Path,
    frames: Iterable[torch.Tensor],
    frame_rate: Fraction | float,
    quality: float = 23.0,
    audio: dict[str, Any] | None = None,
) -> int:
    """Write frames [H,W,3], in 0..1 or as bytes (uint8), as H.264, yuv420p, in an MP4, with AUDIO if given; returns how many there were.

    `quality` is the constant rate factor: a lower value gives better quality and a larger file. 4:2:0 colour needs even
    sides, so the last row or column of an odd side is repeated. Colours are encoded and tagged as BT.709 with the sRGB
    transfer function, as ComfyUI does. The file appears when it is complete; an exception in `frames` leaves none. Raises
    ValueError for no frames or frames of another shape, and for a frame rate that is not above 0.
    """
    import av

    rate = Fraction(frame_rate).limit_denominator(1001)
    if rate <= 0:
        raise ValueError(f"The frame rate is {float(frame_rate):g}; it must be above 0 frames per second.")
    source = iter(frames)
    first = next(source, None)
    if first is None or first.ndim != 3 or first.shape[-1] != 3:
        shape = "no frames" if first is None else f"the shape {list(first.shape)}"
        raise ValueError(f"The frames of a video must have the shape [H,W,3], not {shape}.")
    height, width = (side + side % 2 for side in first.shape[:2])
    count = 0
    with (
        atomic_write(path) as temporary,
        av.open(str(temporary), mode="w", format="mp4", options={"movflags": "faststart"}) as container,
    ):
        options = {"crf": f"{quality:g}", "preset": "medium", "x264-params": f"rc-lookahead={_LOOKAHEAD}"}
        stream = container.add_stream("libx264", rate=rate, options=options)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        _tag_colours(stream.codec_context)
        sound = None if audio is None else SoundTrack(container, audio)
        frame = first
        while frame is not None:
            pixels = _repeat_edge(_as_bytes(frame.detach().cpu()), height, width)
            picture = av.VideoFrame.from_ndarray(pixels.numpy(), format="rgb24")
            picture = picture.reformat(format="yuv420p", dst_colorspace=_BT709)
            _tag_colours(picture)
            container.mux(stream.encode(picture))
            count += 1
            frame = next(source, None)
        container.mux(stream.encode())
        if sound is not None:
            sound.write(count / rate)
    return count


def _as_bytes(frame: torch.Tensor) -> torch.Tensor:
    return frame if frame.dtype == torch.uint8 else rounded_bytes(frame)


def _tag_colours(target: object) -> None:
    """Write the colour space into a codec context or a frame, so that players do not guess it from the size."""
    for name, value in (
        ("color_primaries", _BT709),
        ("color_trc", _SRGB),
        ("colorspace", _BT709),
        ("color_range", _LIMITED_RANGE),
    ):
        setattr(target, name, value)


def _repeat_edge(pixels: torch.Tensor, height: int, width: int) -> torch.Tensor:
    """Return the picture [H,W,3] enlarged to that size by repeating its last row and column."""
    if tuple(pixels.shape[:2]) == (height, width):
        return pixels.contiguous()
    rows = torch.arange(height).clamp(max=pixels.shape[0] - 1)
    columns = torch.arange(width).clamp(max=pixels.shape[1] - 1)
    return pixels[rows][:, columns].contiguous()
