"""Small picture and video files in many formats, made by code, for tests of what reads them."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from PIL import Image

Picture = Callable[[Path], None]


def pixels(width: int, height: int, channels: int, seed: int = 0) -> np.ndarray:
    """Smooth pixels [height,width,channels] in 0..1 with some noise, of another phase in each channel."""
    y, x = np.mgrid[:height, :width]
    waves = [0.5 + 0.4 * np.sin(x / (4 + c) + y / (7 - c) + seed + c) for c in range(channels)]
    noise = np.random.default_rng(seed).uniform(-0.08, 0.08, (height, width, channels))
    return np.clip(np.stack(waves, -1) + noise, 0, 1)


def image(mode: str, size: tuple[int, int] = (50, 37), seed: int = 0) -> Image.Image:
    """A picture in one of Pillow's modes."""
    channels = len(Image.new(mode, (1, 1)).getbands())
    values = pixels(*size, channels, seed)
    if mode in ("1", "P"):
        base = Image.fromarray((pixels(*size, 3, seed) * 255).astype(np.uint8))
        return base.convert("1") if mode == "1" else base.quantize(40)
    if mode.startswith("I;16"):
        return Image.fromarray((values[..., 0] * 65535).astype(np.uint16))
    if mode == "I":
        return Image.fromarray((values[..., 0] * 65535).astype(np.int32))
    if mode == "F":
        return Image.fromarray(values[..., 0].astype(np.float32))
    return Image.fromarray((values * 255).astype(np.uint8).squeeze(), mode)


def _saved(mode: str, size: tuple[int, int] = (50, 37), **options) -> Picture:
    return lambda path: image(mode, size).save(path, **options)


def _animated(mode: str, **options) -> Picture:
    def save(path: Path) -> None:
        frames = [image(mode, seed=seed) for seed in range(4)]
        frames[0].save(path, save_all=True, append_images=frames[1:], duration=80, loop=0, **options)

    return save


def _turned(orientation: int, suffix_options: dict | None = None) -> Picture:
    def save(path: Path) -> None:
        exif = Image.Exif()
        exif[0x0112] = orientation
        image("RGB", (48, 32)).save(path, exif=exif, **(suffix_options or {}))

    return save


def _deep(form: str, channels: int) -> Picture:
    """A PNG with 16 bits for each channel."""

    def save(path: Path) -> None:
        values = (pixels(50, 37, channels) * 65535).astype(np.uint16)
        with av.open(str(path), "w", format="image2", options={"update": "1"}) as container:
            stream = container.add_stream("png", rate=1)
            stream.width, stream.height, stream.pix_fmt = 50, 37, form
            frame = av.VideoFrame(50, 37, form)
            raw = values.astype(">u2").tobytes()
            plane = frame.planes[0]
            row = 50 * channels * 2
            padded = bytearray(plane.buffer_size)
            for y in range(37):
                padded[y * plane.line_size : y * plane.line_size + row] = raw[y * row : (y + 1) * row]
            plane.update(bytes(padded))
            for packet in [*stream.encode(frame), *stream.encode(None)]:
                container.mux(packet)

    return save


def _palette(transparency: int | None) -> Picture:
    def save(path: Path) -> None:
        image("P").save(path, **({} if transparency is None else {"transparency": transparency}))

    return save


def _truncated(mode: str, ending: str) -> Picture:
    def save(path: Path) -> None:
        image(mode, (96, 64)).save(path, Image.registered_extensions()[f".{ending}"])
        path.write_bytes(path.read_bytes()[: int(path.stat().st_size * 0.6)])

    return save


PICTURES: dict[str, Picture] = {
    "grey.png": _saved("L"),
    "grey_alpha.png": _saved("LA"),
    "colour.png": _saved("RGB"),
    "colour_64.png": _saved("RGB", (64, 32)),
    "alpha.png": _saved("RGBA"),
    "bits.png": _saved("1"),
    "palette.png": _palette(None),
    "palette_clear.png": _palette(3),
    "grey16.png": _saved("I;16"),
    "grey16_64.png": _saved("I;16", (64, 32)),
    "colour16.png": _deep("rgb48be", 3),
    "alpha16.png": _deep("rgba64be", 4),
    "animated.png": _animated("RGBA"),
    **{f"turned_{n}.png": _turned(n) for n in range(1, 9)},
    "colour.jpg": _saved("RGB", quality=92),
    "colour_444.jpg": _saved("RGB", quality=92, subsampling=0),
    "progressive.jpg": _saved("RGB", quality=85, progressive=True),
    "grey.jpg": _saved("L"),
    "cmyk.jpg": _saved("CMYK"),
    **{f"turned_{n}.jpg": _turned(n) for n in range(1, 9)},
    **{f"turned_{n}.webp": _turned(n) for n in (2, 8)},
    "lossy.webp": _saved("RGB"),
    "lossless.webp": _saved("RGB", lossless=True),
    "alpha.webp": _saved("RGBA", lossless=True),
    "alpha_lossy.webp": _saved("RGBA"),
    "animated.webp": _animated("RGB"),
    "animated_alpha.webp": _animated("RGBA", lossless=True),
    "still.gif": _saved("P"),
    "animated.gif": _animated("RGB"),
    "animated_clear.gif": _animated("RGBA", disposal=2),
    "colour.bmp": _saved("RGB"),
    "grey.bmp": _saved("L"),
    "palette.bmp": _saved("P"),
    "bits.bmp": _saved("1"),
    "grey.tif": _saved("L"),
    "grey16.tif": _saved("I;16"),
    "grey32.tif": _saved("I"),
    "float.tif": _saved("F"),
    "colour.tif": _saved("RGB"),
    "colour_lzw.tif": _saved("RGB", compression="tiff_lzw"),
    "alpha.tif": _saved("RGBA"),
    "cmyk.tif": _saved("CMYK"),
    "pages.tif": _animated("RGB"),
    **{f"turned_{n}.tif": _turned(n) for n in (5, 6)},
    "colour.tga": _saved("RGB"),
    "alpha.tga": _saved("RGBA"),
    "colour.ppm": _saved("RGB"),
    "grey16.pgm": _saved("I;16"),
    "colour.jp2": _saved("RGB"),
    "icon.ico": _saved("RGBA", (48, 48)),
    "colour.avif": _saved("RGB"),
    "alpha.avif": _saved("RGBA"),
    **{f"truncated.{form}": _truncated("RGB", form) for form in ("jpg", "png", "bmp", "tif")},
    "truncated.gif": _truncated("P", "gif"),
}


def write_clip(
    path: Path,
    codec: str = "libx264",
    form: str = "yuv420p",
    size: tuple[int, int] = (64, 48),
    frames: int = 6,
    sound: str = "",
    rate: int = 44100,
    audio_codec: str = "aac",
    **options: str,
) -> None:
    """A clip of smooth noise; `sound` is the layout of a sine wave beside it, or empty for none."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=Fraction(12))
        stream.width, stream.height, stream.pix_fmt = *size, form
        stream.options = options
        track = container.add_stream(audio_codec, rate=rate, layout=sound) if sound else None
        for t in range(frames):
            values = (pixels(*size, 3, t) * 255).astype(np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(values, format="rgb24")))
        container.mux(stream.encode(None))
        if track is not None:
            _write_sine(container, track, sound, rate, frames / 12)


def _write_sine(container, track, layout: str, rate: int, seconds: float) -> None:
    channels = len(av.AudioLayout(layout).channels)
    time = np.arange(int(seconds * rate)) / rate
    wave = np.stack([0.5 * np.sin(2 * np.pi * 440 * (c + 1) * time) for c in range(channels)])
    resampler = av.AudioResampler(format=track.codec_context.format or "fltp", layout=layout, rate=rate)
    frame = av.AudioFrame.from_ndarray(wave.astype(np.float32), format="fltp", layout=layout)
    frame.sample_rate, frame.pts = rate, 0
    for part in [*resampler.resample(frame), *resampler.resample(None)]:
        container.mux(track.encode(part))
    container.mux(track.encode(None))


def turned_copy(source: Path, path: Path, degrees: int) -> None:
    """The MP4 file `source` with the display matrix of its video track turned clockwise by quarter turns.

    The matrix is in the track header box: nine big-endian numbers after 40 bytes of version 0 fields.
    """
    data = bytearray(source.read_bytes())
    at = data.index(b"tkhd") + 4 + 40
    quarter = {90: (0, 1, -1, 0), 180: (-1, 0, 0, -1), 270: (0, -1, 1, 0)}[degrees]
    a, b, c, d = (value * 65536 for value in quarter)
    matrix = [a, b, 0, c, d, 0, 0, 0, 1 << 30]
    data[at : at + 36] = b"".join((value & 0xFFFFFFFF).to_bytes(4, "big") for value in matrix)
    path.write_bytes(bytes(data))


def write_tiled_heic(path: Path) -> None:
    """A HEIC photo of two 64x64 tiles side by side, as phones write them: two H.265 pictures and a grid."""
    clip = path.with_suffix(".mp4")
    write_clip(clip, "libx265", size=(64, 64), frames=1, **{"x265-params": "bframes=0:log-level=none"})
    with av.open(str(clip)) as container:
        tile = bytes(next(packet for packet in container.demux(video=0) if packet.size))
        configuration = container.streams.video[0].codec_context.extradata
    clip.unlink()
    grid = bytes([0, 0, 0, 1]) + (128).to_bytes(2, "big") + (64).to_bytes(2, "big")
    parts = [tile, tile, grid]
    start = _box(b"ftyp", b"heic" + bytes(4) + b"mif1heic")
    at = len(start) + len(_heic_items(configuration, [(0, 0)] * 3)) + 8
    places = []
    for part in parts:
        places.append((at, len(part)))
        at += len(part)
    path.write_bytes(start + _heic_items(configuration, places) + _box(b"mdat", b"".join(parts)))


def _box(kind: bytes, content: bytes) -> bytes:
    return (len(content) + 8).to_bytes(4, "big") + kind + content


def _heic_items(configuration: bytes, places: list[tuple[int, int]]) -> bytes:
    """The meta box: items 1 and 2 are the tiles and 3, the main one, is their grid; places are (offset, length)."""

    def full(kind: bytes, content: bytes, version: int = 0, flags: int = 0) -> bytes:
        return _box(kind, bytes([version]) + flags.to_bytes(3, "big") + content)

    def numbers(*values: int, size: int = 2) -> bytes:
        return b"".join(value.to_bytes(size, "big") for value in values)

    kinds = [b"hvc1", b"hvc1", b"grid"]
    entries = [full(b"infe", numbers(n + 1, 0) + kind + b"\0", 2, int(n < 2)) for n, kind in enumerate(kinds)]
    where = b"".join(numbers(n + 1, 0, 1) + numbers(*place, size=4) for n, place in enumerate(places))
    sizes = [full(b"ispe", numbers(width, 64, size=4)) for width in (64, 128)]
    used = numbers(1) + b"\x02\x81\x02" + numbers(2) + b"\x02\x81\x02" + numbers(3) + b"\x01\x03"
    return full(
        b"meta",
        full(b"hdlr", bytes(4) + b"pict" + bytes(13))
        + full(b"pitm", numbers(3))
        + full(b"iloc", b"\x44\0" + numbers(3) + where)
        + full(b"iinf", numbers(3) + b"".join(entries))
        + full(b"iref", _box(b"dimg", numbers(3, 2, 1, 2)))
        + _box(
            b"iprp",
            _box(b"ipco", _box(b"hvcC", configuration) + b"".join(sizes))
            + full(b"ipma", numbers(3, size=4) + used),
        ),
    )


VIDEOS: dict[str, dict] = {
    "plain.mp4": {},
    "wide_97.mp4": {"size": (98, 54)},
    "odd.webm": {"codec": "libvpx-vp9", "size": (97, 33)},
    "ten_bits.mp4": {"form": "yuv420p10le"},
    "full_chroma.mp4": {"form": "yuv444p"},
    "lossless.mkv": {"codec": "ffv1", "form": "yuv422p"},
    "rgb.mkv": {"codec": "ffv1", "form": "bgr0"},
    "alpha.mkv": {"codec": "ffv1", "form": "yuva420p"},
    "motion_jpeg.avi": {"codec": "mjpeg", "form": "yuvj420p"},
    "prores.mov": {"codec": "prores_ks", "form": "yuv422p10le"},
    "stereo.mp4": {"sound": "stereo"},
    "mono.mp4": {"sound": "mono", "rate": 16000},
    "surround.mkv": {"sound": "5.1", "rate": 48000},
    "opus.webm": {"codec": "libvpx-vp9", "sound": "stereo", "rate": 48000, "audio_codec": "libopus"},
    "pcm.mov": {"sound": "stereo", "audio_codec": "pcm_s16le"},
}


def write_zoo(folder: Path) -> tuple[list[str], list[str]]:
    """Write all pictures and videos into a folder; return their names. Formats that this machine cannot write are left out."""
    pictures, videos = [], []
    for name, save in PICTURES.items():
        try:
            save(folder / name)
        except (KeyError, OSError, ValueError):  # Pillow was built without this format
            (folder / name).unlink(missing_ok=True)
            continue
        pictures.append(name)
    for name, settings in VIDEOS.items():
        write_clip(folder / name, **settings)
        videos.append(name)
    for degrees in (90, 180, 270):
        turned_copy(folder / "stereo.mp4", folder / f"turned_{degrees}.mp4", degrees)
        videos.append(f"turned_{degrees}.mp4")
    return pictures, videos
