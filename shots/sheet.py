"""The contact sheet of a shot: some frames of its video, or its first picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..files import atomic_write

SHEET = "sheet.jpg"
_MOST, _WIDTH = 6, 200
VIDEOS = (".mp4", ".webm", ".mov", ".mkv", ".gif")
_PICTURES = (".png", ".jpg", ".jpeg", ".webp")


def write_sheet(files: Sequence[Path], folder: Path) -> str | None:
    """Write the contact sheet of a shot's files into a folder; returns its name, or None where nothing can be shown."""
    import torch
    from PIL import Image

    from ..motion.preview.visualization import contact_sheet

    shown = [path for kinds in (VIDEOS, _PICTURES) for path in files if path.suffix.lower() in kinds]
    try:
        frames = _frames(shown[0]) if shown else []
    except ValueError:
        frames = []
    if not frames:
        return None
    sheet = contact_sheet(torch.stack(frames).float() / 255, columns=_MOST)
    pixels = (sheet * 255).round().to(torch.uint8).numpy()
    with atomic_write(folder / SHEET) as temporary:
        Image.fromarray(pixels).save(temporary, format="JPEG", quality=85)
    return SHEET


def _frames(path: Path) -> list[Any]:
    """At most `_MOST` small frames [H,W,3] of bytes, evenly spread. Only these are converted to pixels, as shots are long.

    Raises ValueError for a file that cannot be read.
    """
    import av.error
    import torch

    from ..hosts.headless.media import opened, video_stream

    try:
        with opened(path) as container:
            count = video_stream(container, path).frames
        if not count:  # some formats do not say it
            with opened(path) as container:
                count = sum(1 for _ in container.decode(video_stream(container, path)))
        wanted = set(torch.linspace(0, max(count - 1, 0), _MOST).round().long().tolist())
        with opened(path) as container:
            decoded = enumerate(container.decode(video_stream(container, path)))
            return [_small(frame) for index, frame in decoded if index in wanted]
    except av.error.FFmpegError as error:
        raise ValueError(f"{path} cannot be decoded ({error}).") from error


def _small(frame: Any) -> Any:
    import torch

    height = max(2, round(frame.height * _WIDTH / frame.width))
    return torch.from_numpy(frame.to_ndarray(format="rgb24", width=_WIDTH, height=height))
