"""Decoding of picture and video files with FFmpeg, with the values that ComfyUI's `VideoFromFile` gives.

ComfyUI reads pictures with FFmpeg too. Its choices decide the numbers: full-range, RGB and palette frames become 8 bits for
each channel, others floats; the display rotation is applied in quarter turns; a palette always has transparency.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import torch

from .. import host
from ..file_advice import advice
from .damaged_files import picture_damage, video_damage

# Formats that are converted to 8 bits for each channel.
EIGHT_BITS = ("yuvj420p", "yuvj422p", "yuvj444p", "rgb24", "rgba", "pal8")
# FFmpeg's conversion to floats writes past the end of rows whose length is no multiple of this.
ALIGNMENT = 32
# FFmpeg's mark of a stream that is only a part of a picture, such as a tile of a phone's HEIC photo.
DEPENDENT = 1 << 19
COLOUR_SPACES = {1: "sRGB", 13: "sRGB", 18: "HDR", 16: "HDR PQ"}  # by FFmpeg's colour transfer


@dataclass
class Media:
    """A decoded file.

    images: [T,H,W,3] in 0..1, with no frames where FFmpeg could decode none. alpha: [T,H,W,1] or None. audio:
    `{"waveform": [1,channels,samples], "sample_rate"}` or None.
    """

    images: torch.Tensor
    frame_rate: Fraction
    alpha: torch.Tensor | None = None
    audio: dict[str, Any] | None = None


@dataclass
class Facts:
    """What a video file says of itself: sides in pixels before any rotation, bits for each channel, colour space.

    codec: the name of the codec. formats: FFmpeg's names of the container's format, such as mov and mp4.
    """

    width: int
    height: int
    bit_depth: int
    colour_space: str
    codec: str
    formats: tuple[str, ...]


def read_facts(path: Path) -> Facts:
    """The facts of the first video stream. Raises ValueError for a file without one."""
    with opened(path) as container:
        stream = video_stream(container, path)
        parts = stream.format.components if stream.format is not None else ()
        depth = max((part.bits for part in parts), default=8)
        space = COLOUR_SPACES.get(int(stream.color_trc or 0), "sRGB")
        formats = tuple(container.format.name.split(","))
        return Facts(stream.width, stream.height, depth, space, stream.codec.canonical_name, formats)


def read_media(path: Path, kind: str = "video") -> Media:
    """Decode all frames and the sound of a file.

    Raises ValueError for a file that FFmpeg cannot open or decode; `kind` ("video" or "picture") is what it should be.
    A video of which something is missing is read as far as it goes, as in ComfyUI, with a notice.
    """
    import av.error

    with opened(path, kind) as container:
        try:
            media, damage = _decoded(container, video_stream(container, path))
        except av.error.FFmpegError as error:
            raise ValueError(unreadable(path, kind, error.strerror or str(error))) from error
    if kind == "video" and len(media.images) and (damage := damage or picture_damage(path)):
        host().notice(
            f"{path.name} is cut off or damaged ({damage}); the rest was read: copy or download it again."
        )
    return media


def read_audio(path: Path) -> dict[str, Any] | None:
    """The sound of a file as AUDIO, without decoding its pictures; None for a file without sound.

    Raises ValueError for a file that FFmpeg cannot open or decode.
    """
    import av.error

    with opened(path, "sound") as container:
        sound = _sound_stream(container)
        if sound is None:
            return None
        resampler = _resampler()
        try:
            samples = [one for packet in container.demux(sound) for one in _samples_of(packet, resampler)]
        except av.error.FFmpegError as error:
            raise ValueError(unreadable(path, "sound", error.strerror or str(error))) from error
        return _audio(samples, sound)


def _decoded(container: Any, stream: Any) -> tuple[Media, str]:
    """All frames of a video stream with the sound of its container, and what is missing, if anything is."""
    sound = _sound_stream(container)
    frames = _Frames(stream)
    samples: list[Any] = []
    resampler = _resampler() if sound is not None else None
    for packet in container.demux(*([stream] if sound is None else [stream, sound])):
        if packet.stream.type == "video":
            frames.decode(packet)
        elif resampler is not None:
            samples += _samples_of(packet, resampler)
    rate = Fraction(stream.average_rate) if stream.average_rate else Fraction(1)
    images, alpha = frames.tensors()
    damage = video_damage(stream, frames.count, frames.end, frames.failures)
    return Media(images, rate, alpha, _audio(samples, sound)), damage


def opened(path: Path, kind: str = "video") -> Any:
    """The file opened by FFmpeg. Raises ValueError, which says what to do, where it cannot be opened."""
    import av
    import av.error

    if not path.is_file():
        raise ValueError(f"There is no {kind} file {path}.")
    try:
        return av.open(str(path))
    except (av.error.FFmpegError, OSError, ValueError) as error:
        raise ValueError(unreadable(path, kind, getattr(error, "strerror", None) or str(error))) from error


def unreadable(path: Path, kind: str, reason: str) -> str:
    """A sentence about a file that cannot be read, with advice for the formats of phones and drawing programs."""
    return f"{path} is not a {kind} that can be read ({reason[:200]}): {advice(path)}."


def video_stream(container: Any, path: Path) -> Any:
    """The first video stream. Raises ValueError where there is none, or where it is only a part of a picture."""
    if not container.streams.video:
        raise ValueError(f"{path} contains no video.")
    first = container.streams.video[0]
    if int(first.disposition) & DEPENDENT:
        tiles = len(container.streams.video)
        raise ValueError(
            f"{path} is a picture made of {tiles} tiles, of which only the first could be read: {advice(path)}."
        )
    return first


class _Frames:
    """The frames of one stream as tensors, all in the pixel format that suits the first.

    count: frames that were decoded. end: seconds at which the last one ends. failures: packets that were not decoded.
    """

    def __init__(self, stream: Any):
        self.stream = stream
        self.colours: list[torch.Tensor] = []
        self.alphas: list[torch.Tensor] | None = None
        self.format = ""
        self.padding: Any = None
        self.count = self.failures = 0
        self.end: float | None = None

    def decode(self, packet: Any) -> None:
        """Add the frames of a packet, but not those before the start of the clip."""
        import av.error

        try:
            for frame in packet.decode():
                self.count += 1
                if frame.pts is None or frame.pts >= 0:
                    self.add(frame)
                if frame.time is not None and self.stream.average_rate:
                    self.end = max(self.end or 0.0, frame.time + float(1 / self.stream.average_rate))
        except av.error.InvalidDataError:
            self.failures += 1

    def add(self, frame: Any) -> None:
        if not self.format:
            name = frame.format.name
            has_alpha = name == "pal8" or any(part.is_alpha for part in frame.format.components)
            self.alphas = [] if has_alpha else None
            if name in EIGHT_BITS:
                self.format = "rgba" if has_alpha else "rgb24"
            else:
                self.format = "gbrapf32le" if has_alpha else "gbrpf32le"
        pixels = self._pixels(frame)
        if frame.rotation:
            import numpy as np

            pixels = np.rot90(pixels, k=round(frame.rotation // 90)).copy()
        values = torch.from_numpy(pixels)
        if self.alphas is None:
            self.colours.append(values)
        else:
            self.colours.append(values[..., :-1])
            self.alphas.append(values[..., -1:])

    def tensors(self) -> tuple[torch.Tensor, torch.Tensor | None]:
        """Colours [T,H,W,3] and alpha [T,H,W,1] or None. Raises ValueError for frames of several sizes."""
        if not self.colours:
            return torch.zeros(0, 0, 0, 3), None
        if len({values.shape for values in self.colours}) > 1:
            raise ValueError("the frames of the file have several sizes; save it with one size.")
        alpha = None if self.alphas is None else self._unit(torch.stack(self.alphas))
        return self._unit(torch.stack(self.colours)), alpha

    def _unit(self, values: torch.Tensor) -> torch.Tensor:
        return values.float() / 255.0 if self.format.startswith("rgb") else values

    def _pixels(self, frame: Any) -> Any:
        """The pixels [H,W,C]; rows are padded for FFmpeg's conversion to floats, with the border repeated."""
        if self.format.startswith("rgb") or frame.width % ALIGNMENT == 0:
            return frame.to_ndarray(format=self.format)
        if self.padding is None:
            self.padding = _padding(frame, self.stream)
        _, source, sink = self.padding
        source.push(frame)
        import numpy as np

        whole = sink.pull().to_ndarray(format=self.format)
        return np.ascontiguousarray(whole[: frame.height, : frame.width])


def _padding(frame: Any, stream: Any) -> tuple[Any, Any, Any]:
    """An FFmpeg filter that repeats the right and lower border up to the alignment, as (graph, source, sink).

    Source and sink are freed with their graph, so it must be kept.
    """
    import av.filter

    width, height = (-(-side // ALIGNMENT) * ALIGNMENT for side in (frame.width, frame.height))
    graph = av.filter.Graph()
    source = graph.add_buffer(
        width=frame.width, height=frame.height, format=frame.format.name, time_base=stream.time_base
    )
    pad = graph.add("pad", f"{width}:{height}:0:0")
    fill = graph.add(
        "fillborders", f"left=0:right={width - frame.width}:top=0:bottom={height - frame.height}:mode=smear"
    )
    sink = graph.add("buffersink")
    source.link_to(pad)
    pad.link_to(fill)
    fill.link_to(sink)
    graph.configure()
    return graph, source, sink


def _sound_stream(container: Any) -> Any:
    """The last sound stream that FFmpeg can decode, or None."""
    return next((s for s in reversed(container.streams.audio) if s.codec_context is not None), None)


def _resampler() -> Any:
    import av.audio.resampler

    return av.audio.resampler.AudioResampler(format="fltp")


def _samples_of(packet: Any, resampler: Any) -> list[Any]:
    """The decoded sound of a packet, as (start in seconds, samples [channels, n])."""
    frames = itertools.chain.from_iterable(map(resampler.resample, packet.decode()))
    return [(frame.pts, frame.to_ndarray()) for frame in frames]


def _audio(samples: list[Any], stream: Any) -> dict[str, Any] | None:
    """AUDIO of decoded sound; what encoders put before time 0 to start up is cut off."""
    import numpy as np

    parts: list[Any] = []
    for pts, values in samples:
        if not parts:
            early = max(0, int(-(pts or 0) * stream.time_base * stream.sample_rate))
            if early >= values.shape[1]:
                continue
            values = values[..., early:]
        parts.append(values)
    if not parts:
        return None
    waveform = torch.from_numpy(np.concatenate(parts, axis=1))[None]
    return {"waveform": waveform, "sample_rate": int(stream.sample_rate) or 1}
