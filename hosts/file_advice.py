"""What to do about files of phones and drawing programs that neither FFmpeg nor Pillow reads."""

from __future__ import annotations

from pathlib import Path

# Brands of the file type box of HEIF files, whose pictures are coded as H.265.
HEIC_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
DRAWING_PROGRAMS = (".psd", ".kra", ".xcf", ".clip", ".ai")


def advice(path: Path) -> str:
    """What to do about a file that cannot be read, by its first bytes and its ending."""
    with path.open("rb") as file:
        start = file.read(32)
    if start[4:8] == b"ftyp" and start[8:12] in HEIC_BRANDS:
        return "it is a HEIC photo; save it as JPEG or PNG, or set the phone's camera to its most compatible format"
    if path.suffix.lower() in (".svg", ".svgz") or b"<svg" in start:
        return "it is a vector drawing; export it as PNG"
    if path.suffix.lower() in DRAWING_PROGRAMS:
        return "it belongs to a drawing program; export it from there as PNG"
    if not start:
        return "it is empty"
    return "save it as PNG or JPEG, or a video as MP4"
