"""The files in the input folder, which stock nodes list and read."""

from __future__ import annotations

from pathlib import Path

from ..saved_files import FolderType, folder

PICTURES = {".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".tif", ".tiff"}
VIDEOS = {".mp4", ".mkv", ".webm", ".mov", ".avi", ".m4v"}


def input_files(suffixes: set[str]) -> list[str]:
    """Return the names of the files in the input folder with one of these suffixes."""
    root = folder(FolderType.input)
    return (
        sorted(path.name for path in root.iterdir() if path.suffix.lower() in suffixes)
        if root.is_dir()
        else []
    )


def input_file(name: str) -> Path:
    """Return the file with that name in the input folder, or at that path. Raises ValueError if there is none."""
    for path in (folder(FolderType.input) / name, Path(name).expanduser()):
        if path.is_file():
            return path
    raise ValueError(f"there is no file `{name}`, neither in {folder(FolderType.input)} nor at that path.")
