"""Reading and writing video files with FFmpeg (PyAV)."""

from __future__ import annotations

import shutil
from fractions import Fraction
from pathlib import Path
from typing import Any

import torch

from ...files import atomic_write
from ..pixel_bytes import cut_bytes
from ..video_writer import write_frames
from .media import read_facts, read_media


def write_video(
    path: str | Path,
    frames: torch.Tensor,
    frame_rate: Fraction | float,
    quality: float = 23.0,
    audio: dict[str, Any] | None = None,
) -> None:
    """Write frames [T,H,W,3] in 0..1 as H.264 in an MP4; see `video_writer.write_frames`.

    As in ComfyUI, the part of a value that a byte cannot hold is cut off, not rounded. Of frames with transparency the
    colours are written. Raises ValueError for frames of another shape and for a frame rate that is not above 0.
    """
    if frames.ndim == 4 and frames.shape[-1] == 4:
        frames = frames[..., :3]
    if frames.ndim != 4 or frames.shape[0] == 0 or frames.shape[-1] != 3:
        raise ValueError(f"The frames of a video must have the shape [T,H,W,3], not {list(frames.shape)}.")
    write_frames(Path(path), map(cut_bytes, frames), frame_rate, quality, audio)


def read_video(path: str | Path) -> tuple[torch.Tensor, Fraction]:
    """Read the frames [T,H,W,3] in 0..1 and the frame rate of a video file.

    Raises ValueError if the file is missing, is no video, or has no frames.
    """
    media = read_media(Path(path))
    if not len(media.images):
        raise ValueError(f"{path} contains no frames that can be decoded.")
    return media.images, media.frame_rate


def copy_video(source: Path, path: Path, form: str) -> bool:
    """Write the streams of a video file, sound and rotation included, to another without decoding them.

    `form` is FFmpeg's name of the format; a file in that format is copied as it is. Returns False, and writes nothing,
    where the format cannot hold the streams.
    """
    import av
    import av.error

    if form in read_facts(source).formats:
        with atomic_write(path) as temporary:
            shutil.copyfile(source, temporary)
        return True
    try:
        with (
            atomic_write(path) as temporary,
            av.open(str(source)) as reader,
            av.open(str(temporary), "w", format=form, options=_MOVFLAGS if form == "mp4" else {}) as writer,
        ):
            for key, value in reader.metadata.items():
                writer.metadata[key] = value
            streams = {
                stream: writer.add_stream_from_template(stream, opaque=True)
                for stream in reader.streams
                if stream.type in ("video", "audio", "subtitle") and stream.codec_context is not None
            }
            for packet in reader.demux(list(streams)):
                if packet.dts is not None:
                    packet.stream = streams[packet.stream]
                    writer.mux(packet)
    except (av.error.FFmpegError, ValueError):
        return False
    return True


_MOVFLAGS = {"movflags": "use_metadata_tags+faststart"}
