"""Reading and writing video files with PyAV."""

from __future__ import annotations

import shutil
from fractions import Fraction
from pathlib import Path
from typing import Any

import torch

from ...files import atomic_write
from ..video_writer import write_frames


def write_video(
    path: str | Path, frames: torch.Tensor, frame_rate: Fraction | float, quality: float = 23.0
) -> None:
    """Write frames [T,H,W,3] in 0..1 as H.264 in an MP4; see `video_writer.write_frames`.

    Raises ValueError for frames of another shape and for a frame rate that is not above 0.
    """
    if frames.ndim != 4 or frames.shape[0] == 0 or frames.shape[-1] != 3:
        raise ValueError(f"The frames of a video must have the shape [T,H,W,3], not {list(frames.shape)}.")
    write_frames(Path(path), frames, frame_rate, quality)


def copy_video(source: Path, path: Path) -> bool:
    """Copy a file that is an H.264 MP4 with 8 bits, and return True; return False for any other file."""
    import av
    import av.error

    try:
        with av.open(str(source)) as container:
            streams = container.streams.video
            suits = (
                bool(streams) and "mp4" in container.format.name and streams[0].codec_context.name == "h264"
            )
            if not suits or streams[0].codec_context.pix_fmt != "yuv420p":
                return False
    except (FileNotFoundError, av.error.InvalidDataError):
        return False
    with atomic_write(path) as temporary:
        shutil.copyfile(source, temporary)
    return True


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
