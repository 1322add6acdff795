"""The VIDEO type: frames with a frame rate, from tensors or from a file."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from pathlib import Path
from typing import Any

import torch


class VideoContainer(str, Enum):
    """File formats; `auto` is MP4."""

    AUTO = "auto"
    MP4 = "mp4"
    MKV = "mkv"
    WEBM = "webm"

    @classmethod
    def as_input(cls) -> list[str]:
        return [member.value for member in cls]

    @classmethod
    def get_extension(cls, value: str) -> str:
        return "mp4" if cls(value) is VideoContainer.AUTO else cls(value).value


class VideoCodec(str, Enum):
    """Codecs; `auto` is H.264."""

    AUTO = "auto"
    H264 = "h264"
    AV1 = "av1"

    @classmethod
    def as_input(cls) -> list[str]:
        return [member.value for member in cls]


@dataclass
class VideoComponents:
    """Frames [T,H,W,3] in 0..1, the frame rate, and optional parts of a video."""

    images: torch.Tensor
    frame_rate: Fraction
    audio: dict | None = None
    metadata: dict | None = None
    alpha: torch.Tensor | None = None


class VideoInput(ABC):
    """A VIDEO value."""

    @abstractmethod
    def get_components(self) -> VideoComponents:
        """Return the decoded frames, the frame rate and the other parts."""

    def save_to(
        self,
        path: str | Path,
        format: VideoContainer = VideoContainer.AUTO,
        codec: VideoCodec = VideoCodec.AUTO,
        metadata: dict[str, Any] | None = None,
        bit_depth: int | None = None,
        crf: float | None = None,
        color_space: str | None = None,
    ) -> None:
        """Write an H.264 MP4. Raises ValueError for codecs, depths and formats that only ComfyUI can write."""
        from ..videos import write_video

        if VideoCodec(codec) is VideoCodec.AV1 or VideoContainer.get_extension(format) != "mp4":
            raise ValueError(
                "Without ComfyUI only H.264 in MP4 is written: choose format `mp4` and codec `h264`."
            )
        if (bit_depth or 8) != 8 or color_space not in (None, "auto", "sRGB"):
            raise ValueError(
                "Without ComfyUI only 8-bit sRGB video is written: leave bit depth 8 and colour space sRGB."
            )
        parts = self.get_components()
        quality = 23.0 if crf is None else crf
        write_video(path, parts.images, parts.frame_rate, quality, parts.audio)

    def get_dimensions(self) -> tuple[int, int]:
        """Return width and height in pixels."""
        images = self.get_components().images
        return images.shape[2], images.shape[1]

    def get_frame_count(self) -> int:
        return int(self.get_components().images.shape[0])

    def get_frame_rate(self) -> Fraction:
        return self.get_components().frame_rate

    def get_duration(self) -> float:
        """Return the duration in seconds."""
        parts = self.get_components()
        return float(parts.images.shape[0] / parts.frame_rate)

    def get_bit_depth(self) -> int:
        return 8

    def get_color_space(self) -> str:
        return "sRGB"


class VideoFromComponents(VideoInput):
    """A VIDEO whose frames are a tensor."""

    def __init__(self, components: VideoComponents, bit_depth: int = 8):
        self._components = components
        self._bit_depth = bit_depth

    def get_components(self) -> VideoComponents:
        return self._components

    def get_bit_depth(self) -> int:
        return self._bit_depth


class VideoFromFile(VideoInput):
    """A VIDEO in a file, which is decoded each time that its frames are read."""

    def __init__(self, file: str | Path):
        self._file = Path(file)

    def get_components(self) -> VideoComponents:
        from ..media import read_media

        media = read_media(self._file)
        if not len(media.images):
            raise ValueError(f"{self._file} contains no frames that can be decoded.")
        return VideoComponents(media.images, media.frame_rate, media.audio, alpha=media.alpha)

    def save_to(
        self,
        path: str | Path,
        format: VideoContainer = VideoContainer.AUTO,
        codec: VideoCodec = VideoCodec.AUTO,
        metadata: dict[str, Any] | None = None,
        bit_depth: int | None = None,
        crf: float | None = None,
        color_space: str | None = None,
    ) -> None:
        """Copy the file's streams, with sound and rotation, or write them anew where other settings are asked for."""
        from ..media import read_facts
        from ..videos import copy_video

        facts = read_facts(self._file)
        extension = VideoContainer.get_extension(format)
        unchanged = bit_depth is None and crf is None and color_space is None
        same_format = VideoContainer(format) is VideoContainer.AUTO or _FORMATS[extension] in facts.formats
        same_codec = VideoCodec(codec) is VideoCodec.AUTO or VideoCodec(codec).value == facts.codec
        if (
            unchanged
            and same_format
            and same_codec
            and copy_video(self._file, Path(path), _FORMATS[extension])
        ):
            return
        super().save_to(path, format, codec, metadata, bit_depth, crf, color_space)

    def get_dimensions(self) -> tuple[int, int]:
        """Return width and height in pixels, before any rotation, as ComfyUI does."""
        from ..media import read_facts

        facts = read_facts(self._file)
        return facts.width, facts.height

    def get_bit_depth(self) -> int:
        from ..media import read_facts

        return read_facts(self._file).bit_depth

    def get_color_space(self) -> str:
        from ..media import read_facts

        return read_facts(self._file).colour_space


# FFmpeg's names of the formats, by file ending
_FORMATS = {"mp4": "mp4", "mkv": "matroska", "webm": "webm"}
