"""The names and places of files that nodes write."""

from __future__ import annotations

import re
from datetime import datetime
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


def annotated_path(name: str) -> Path:
    """Return the path of a file as widgets name it: `NAME`, `NAME [input]`, `NAME [output]` or `NAME [temp]`.

    Without an annotation it is in the input folder. Raises ValueError for a name that leads out of its folder.
    """
    kind = FolderType.input
    for member in FolderType:
        if name.endswith(f"[{member.value}]"):
            kind, name = member, name[: -len(member.value) - 2].removesuffix(" ")
            break
    root = folder(kind).resolve()
    path = (root / name).resolve()
    if root not in path.parents:
        raise ValueError(f"the file name `{name[:200]}` leads out of {root}: use a file inside it.")
    return path


def filled_prefix(prefix: str, size: tuple[int, int], now: datetime) -> str:
    """Return a prefix with `%width%`, `%year%`, … replaced, as ComfyUI does when it saves, and `%date:FORMAT%`."""
    values = {"width": str(size[0]), "height": str(size[1]), "year": str(now.year)}
    for name in ("month", "day", "hour", "minute", "second"):
        values[name] = f"{getattr(now, name):02}"
    for name, value in values.items():
        prefix = prefix.replace(f"%{name}%", value)
    return re.sub(r"%date:([^%]+)%", lambda match: formatted_date(match[1], now), prefix)


def formatted_date(form: str, now: datetime) -> str:
    """Return a date in a format of ComfyUI's canvas: d, M, h, m and s with one or two digits, yy and yyyy."""
    parts = {"d": now.day, "M": now.month, "h": now.hour, "m": now.minute, "s": now.second}

    def written(match: re.Match[str]) -> str:
        text = match[0]
        if text in ("yy", "yyyy"):
            return str(now.year)[-len(text) :]
        return str(parts[text[0]]).zfill(len(text)) if text[0] in parts else text

    return re.sub(r"dd?|MM?|hh?|mm?|ss?|yyy?y?", written, form)


def next_name(prefix: str, extension: str, kind: FolderType, size: tuple[int, int] = (0, 0)) -> SavedResult:
    """Return the next free name `PREFIX_00001_.EXT` in a folder. The prefix may contain a subfolder.

    `size` is (width, height) for a prefix with `%width%` or `%height%`. Raises ValueError if the prefix leads out of the
    folder.
    """
    root = folder(kind).resolve()
    prefix = filled_prefix(prefix, size, datetime.now())
    target = (root / prefix).resolve()
    if root not in target.parents:
        raise ValueError(f"The file name prefix `{prefix[:200]}` leads out of {root}: use a name inside it.")
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
