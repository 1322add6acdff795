"""The names and places of files that nodes write."""

from __future__ import annotations

import re
from enum import Enum
from pathlib import Path

from .. import host


class FolderType(str, Enum):
    """The three folders from which ComfyUI serves files."""

    input = "input"
    output = "output"
    temp = "temp"


class SavedResult(dict):
    """A file that a node wrote: its name, its subfolder, and the folder of the host that contains it."""

    def __init__(self, filename: str, subfolder: str, type: FolderType):
        super().__init__(filename=filename, subfolder=subfolder, type=FolderType(type).value)

    @property
    def filename(self) -> str:
        return self["filename"]

    @property
    def subfolder(self) -> str:
        return self["subfolder"]

    @property
    def type(self) -> FolderType:
        return FolderType(self["type"])


def folder(kind: FolderType) -> Path:
    """Return the host's folder of a kind."""
    by_kind = {
        FolderType.input: host().input_directory,
        FolderType.output: host().output_directory,
        FolderType.temp: host().temp_directory,
    }
    return Path(by_kind[FolderType(kind)]())


def next_name(prefix: str, extension: str, kind: FolderType) -> SavedResult:
    """Return the next free name `PREFIX_00001_.EXT` in a folder. The prefix may contain a subfolder.

    Raises ValueError if the prefix leads out of the folder.
    """
    root = folder(kind).resolve()
    target = (root / prefix).resolve()
    if root not in target.parents:
        raise ValueError(f"The file name prefix `{prefix}` leads out of {root}: use a name inside it.")
    numbered = re.compile(re.escape(target.name) + r"_(\d+)_\..+")
    numbers = [
        int(match[1])
        for entry in (target.parent.iterdir() if target.parent.is_dir() else [])
        if (match := numbered.fullmatch(entry.name))
    ]
    subfolder = target.parent.relative_to(root).as_posix()
    name = f"{target.name}_{max(numbers, default=0) + 1:05}_.{extension}"
    return SavedResult(name, "" if subfolder == "." else subfolder, kind)


def path_of(result: SavedResult) -> Path:
    """Return the path of a saved file."""
    return folder(FolderType(result["type"])) / result["subfolder"] / result["filename"]
