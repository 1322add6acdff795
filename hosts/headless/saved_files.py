"""The names and places of files that nodes write."""

from __future__ import annotations

import re
from enum import Enum
from pathlib import Path

from .. import host


class FolderType(str, Enum):
    """The three folders that ComfyUI serves files from."""

    input = "input"
    output = "output"
    temp = "temp"


class SavedResult(dict):
    """A file that a node wrote: its name, and where it lies under the folder of that type."""

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
    """The host's folder of that kind."""
    by_kind = {
        FolderType.input: host().input_directory,
        FolderType.output: host().output_directory,
        FolderType.temp: host().temp_directory,
    }
    return Path(by_kind[FolderType(kind)]())


def next_name(prefix: str, extension: str, kind: FolderType) -> SavedResult:
    """The next free `PREFIX_00001_.EXT` of a folder; the prefix may name a folder inside it.

    Raises ValueError when the prefix leads out of the folder.
    """
    root = folder(kind).resolve()
    target = (root / prefix).resolve()
    if root not in target.parents:
        raise ValueError(f"The file name prefix `{prefix}` leads out of {root}: use a name inside it.")
    numbered = re.compile(re.escape(target.name) + r"_(\d+)_\..+")
    taken = [
        int(match[1])
        for entry in (target.parent.iterdir() if target.parent.is_dir() else [])
        if (match := numbered.fullmatch(entry.name))
    ]
    subfolder = target.parent.relative_to(root).as_posix()
    name = f"{target.name}_{max(taken, default=0) + 1:05}_.{extension}"
    return SavedResult(name, "" if subfolder == "." else subfolder, kind)


def path_of(result: SavedResult) -> Path:
    """Where a saved file lies."""
    return folder(FolderType(result["type"])) / result["subfolder"] / result["filename"]
