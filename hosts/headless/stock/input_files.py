"""The files in the input folder that stock nodes offer and read."""

from __future__ import annotations

from pathlib import Path

from ..saved_files import FolderType, folder

PICTURES = {".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".tif", ".tiff"}
VIDEOS = {".mp4", ".mkv", ".webm", ".mov", ".avi", ".m4v"}


def input_files(suffixes: set[str]) -> list[str]:
    """Names of the files of these kinds in the input folder."""
    root = folder(FolderType.input)
    return (
        sorted(path.name for path in root.iterdir() if path.suffix.lower() in suffixes)
        if root.is_dir()
        else []
    )


def input_file(name: str) -> Path:
    """The file of that name in the input folder, or at that path. Raises ValueError where there is none."""
    for path in (folder(FolderType.input) / name, Path(name).expanduser()):
        if path.is_file():
            return path
    raise ValueError(f"there is no file `{name}`, neither in {folder(FolderType.input)} nor at that path.")
