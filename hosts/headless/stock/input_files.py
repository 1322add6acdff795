"""The files in the input folder, which stock nodes list and read."""

from __future__ import annotations

import mimetypes
from pathlib import Path

from ..saved_files import FolderType, annotated_path, folder

# Types that Python's table may lack on some systems.
MORE_TYPES = {
    ".webp": "image",
    ".avif": "image",
    ".jxl": "image",
    ".mkv": "video",
    ".webm": "video",
    ".m4v": "video",
}


def content_type(name: str) -> str:
    """Return "image", "video", "audio", … by the ending of a file name, or an empty text."""
    guessed = (mimetypes.guess_type(name, strict=False)[0] or "").split("/")[0]
    return guessed or MORE_TYPES.get(Path(name).suffix.lower(), "")


def input_files(kind: str) -> list[str]:
    """Return the names of the files in the input folder with this content type ("image" or "video")."""
    root = folder(FolderType.input)
    names = [path.name for path in root.iterdir() if path.is_file()] if root.is_dir() else []
    return sorted(name for name in names if content_type(name) == kind)


def input_file(name: str) -> Path:
    """Return the file that a widget names (see `annotated_path`), or the one at that path on the disk.

    Raises ValueError if there is none.
    """
    given = Path(name).expanduser()
    if given.is_absolute() and given.is_file():
        return given
    path = annotated_path(name)
    for candidate in (path, given):
        if candidate.is_file():
            return candidate
    raise ValueError(f"there is no file `{name[:200]}`, neither in {path.parent} nor at that path.")
