"""Reading and writing video files with PyAV."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import torch

from ...files import atomic_write


def write_video(
    path: str | Path, frames: torch.Tensor, frame_rate: Fraction | float, quality: float = 23.0
) -> None:
    """Write frames [T,H,W,3] in 0..1 as H.264, yuv420p, in an MP4.

    `quality` is the constant rate factor: a lower value gives better quality and a larger file. 4:2:0 colour needs even
    sides, so the last row or column of an odd side is repeated. Raises ValueError for frames of another shape and for a
    frame rate that is not above 0.
    """
    import av

    if frames.ndim != 4 or frames.shape[0] == 0 or frames.shape[-1] != 3:
        raise ValueError(f"The frames of a video must have the shape [T,H,W,3], not {list(frames.shape)}.")
    rate = Fraction(frame_rate).limit_denominator(1001)
    if rate <= 0:
        raise ValueError(f"The frame rate is {float(frame_rate):g}; it must be above 0 frames per second.")
    path = Path(path)
    height, width = frames.shape[1] + frames.shape[1] % 2, frames.shape[2] + frames.shape[2] % 2
    with (
        atomic_write(path) as temporary,
        av.open(str(temporary), mode="w", format="mp4", options={"movflags": "faststart"}) as container,
    ):
        stream = container.add_stream(
            "libx264", rate=rate, options={"crf": f"{quality:g}", "preset": "medium"}
        )
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for frame in frames:
            pixels = (frame.detach().cpu().clamp(0, 1) * 255).round().to(torch.uint8)
            pixels = _repeat_edge(pixels, height, width)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels.numpy(), format="rgb24")))
        container.mux(stream.encode())


def _repeat_edge(pixels: torch.Tensor, height: int, width: int) -> torch.Tensor:
    """Return the picture [H,W,3] enlarged to that size by repeating its last row and column."""
    rows = torch.arange(height).clamp(max=pixels.shape[0] - 1)
    columns = torch.arange(width).clamp(max=pixels.shape[1] - 1)
    return pixels[rows][:, columns].contiguous()


def read_video(path: str | Path) -> tuple[torch.Tensor, Fraction]:
    """Read the frames [T,H,W,3] in 0..1 and the frame rate of a video file.

    Raises ValueError if the file is missing, is no video, or has no frames.
    """
    import av
    import av.error

    path = Path(path)
    if not path.is_file():
        raise ValueError(f"There is no video file {path}.")
    try:
        with av.open(str(path)) as container:
            if not container.streams.video:
                raise ValueError(f"{path} contains no video.")
            stream = container.streams.video[0]
            rate = Fraction(stream.average_rate or 1)
            frames = [_rgb(frame) for frame in container.decode(stream)]
    except av.error.InvalidDataError as error:
        raise ValueError(f"{path} is not a video that can be read: {error.strerror}.") from error
    if not frames:
        raise ValueError(f"{path} contains no frames.")
    return torch.stack(frames), rate


def _rgb(frame: Any) -> torch.Tensor:
    """Return a decoded frame as [H,W,3] in 0..1, with the same precision as in ComfyUI.

    Full-range and RGB frames are converted to 8 bits, others to floats. FFmpeg's conversion to floats reads past the
    end of a row unless the width is a multiple of 32; other widths are converted to 8 bits too.
    """
    eight_bits = frame.format.name.startswith(("yuvj", "rgb", "pal8", "gray")) or frame.width % 32
    pixels = torch.from_numpy(frame.to_ndarray(format="rgb24" if eight_bits else "gbrpf32le"))
    return pixels.float() / 255.0 if eight_bits else pixels.clamp(0.0, 1.0)
