"""Signs that a picture or video file is cut off or damaged, although its decoder still gives pixels.

FFmpeg and Pillow fill what is missing with grey, black or the pixels above, and ComfyUI shows the result as it is.
"""

from __future__ import annotations

import warnings
from fractions import Fraction
from pathlib import Path
from typing import Any

MOST_CHECKED = 64_000_000
"""Pixels of the largest picture that is decoded once more to find damage in it."""
SUSPICIOUS = (
    "truncated",
    "broken",
    "premature",
    "unrecognized data stream",
    "could not decode",
    "decoder error",
)


def picture_damage(path: Path) -> str:
    """What is wrong with a picture file whose pixels were nevertheless decoded; an empty text if nothing was found."""
    with path.open("rb") as file:
        start = file.read(12)
        size = file.seek(0, 2)
        file.seek(max(size - 65536, 0))
        end = file.read()
    if start[:4] == b"RIFF" and size < int.from_bytes(start[4:8], "little") + 8:
        return f"{size} of {int.from_bytes(start[4:8], 'little') + 8} bytes are there"
    if start[:4] == b"\x89PNG" and b"IEND\xaeB`\x82" not in end:
        return "its end is missing"
    if start[:4] == b"GIF8" and not _gif_has_end(path.read_bytes()):
        return "its end is missing"
    return _strict_decoding(path)


def _gif_has_end(data: bytes) -> bool:
    """Whether the blocks of a GIF file are followed by the byte that ends it."""

    def table(flags: int) -> int:  # bytes of a colour table
        return 3 << (flags & 7) + 1 if flags & 0x80 else 0

    try:
        at = 13 + table(data[10])
        while data[at] != 0x3B:
            # an extension, or a picture with its place, colours and code size
            at += 2 if data[at] == 0x21 else 11 + table(data[at + 9])
            while data[at]:
                at += data[at] + 1
            at += 1
    except IndexError:
        return False
    return True


def _strict_decoding(path: Path) -> str:
    """Pillow's complaint about the first frame of a picture; empty where it has none, or does not know the format."""
    from PIL import Image, ImageFile

    attempt = ImageFile.LOAD_TRUNCATED_IMAGES
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(path) as file:
                if file.width * file.height <= MOST_CHECKED:
                    file.load()
    except MemoryError:
        raise
    except Exception as error:  # Pillow's readers raise many kinds
        reason = str(error)
        return reason[:100] if any(word in reason.lower() for word in SUSPICIOUS) else ""
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = attempt
    return ""


def video_damage(stream: Any, frames: int, end: float | None, failures: int) -> str:
    """What is missing of a decoded video stream; an empty text if nothing was found.

    frames: how many were decoded, those before the start of the clip included. end: seconds at which the last of them
    ends. failures: packets that could not be decoded.
    """
    if failures:
        return f"{failures} of its packets cannot be decoded"
    if frames < stream.frames - 1:  # AVI counts one more now and then
        return f"{frames} of its {stream.frames} frames are there"
    declared = _declared_seconds(stream)
    rate = stream.average_rate or Fraction(1)
    if declared is not None and end is not None and end < declared - 0.1 - 1.5 / rate:
        return f"{end:.2f} of its {declared:.2f} seconds are there"
    return ""


def _declared_seconds(stream: Any) -> float | None:
    """The duration of a Matroska video stream as its header tells it, or None; other formats count their frames."""
    if "matroska" not in stream.container.format.name:
        return None
    written = stream.metadata.get("DURATION", "")
    try:
        hours, minutes, seconds = (float(part) for part in written.split(":"))
    except ValueError:
        only = len(stream.container.streams) == 1 and stream.container.duration
        return stream.container.duration / 1e6 if only else None
    return 3600 * hours + 60 * minutes + seconds
