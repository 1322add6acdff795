"""Writing files atomically: a reader sees the whole old file or the whole new one, never a part."""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import stat
import tempfile
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

_TEMPORARY = re.compile(r"\..+\.[0-9a-f]{8}\.part", re.DOTALL)
_ABANDONED = 3600  # seconds without a change
_ABANDONED_FOLDER = 24 * 3600
_temporary_folders: weakref.WeakSet[tempfile.TemporaryDirectory[str]] = weakref.WeakSet()


@contextmanager
def atomic_write(path: Path) -> Iterator[Path]:
    """Yield a temporary path in the same folder; it replaces `path` if the block ends without an exception.

    The temporary name is hidden and ends in `.part`, so that no list of models or clips shows it; writers that choose
    the format by the file's ending must therefore be given the format. The finished file is flushed to the disk before
    it is renamed and has the permissions of the umask, as some writers (safetensors) make theirs readable by the owner only.
    Temporary files that a killed process left in the folder are removed once they are an hour old.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    _remove_abandoned(path.parent)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    temporary.touch(exist_ok=False)
    try:
        mode = stat.S_IMODE(temporary.stat().st_mode)
        yield temporary
        temporary.chmod(mode)
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _remove_abandoned(folder: Path) -> None:
    """Delete the temporary files in a folder that nobody has written to for an hour; their process has ended."""
    for path in folder.glob(".*.part"):
        with suppress(OSError):
            if _TEMPORARY.fullmatch(path.name) and time.time() - path.stat().st_mtime > _ABANDONED:
                path.unlink()


def temporary_folder(prefix: str) -> tempfile.TemporaryDirectory[str]:
    """A new temporary folder, deleted with the object, when the process ends, and by `remove_temporary_folders`. Folders of that
    prefix that killed processes have left behind are deleted first."""
    remove_abandoned_folders(Path(tempfile.gettempdir()), prefix)
    folder = tempfile.TemporaryDirectory(prefix=prefix, ignore_cleanup_errors=True)
    _temporary_folders.add(folder)
    return folder


def remove_temporary_folders() -> None:
    """Delete the folders of `temporary_folder` now, for a process that ends without the usual steps."""
    for folder in list(_temporary_folders):
        folder.cleanup()


def remove_abandoned_folders(parent: Path, prefix: str) -> None:
    """Delete the temporary folders in `parent`, by the beginning of their names, in which nothing has changed for a day."""
    for folder in parent.glob(f"{prefix}*"):
        with suppress(OSError):
            changes = [path.lstat().st_mtime for path in (folder, *folder.rglob("*"))]
            if not folder.is_symlink() and time.time() - max(changes) > _ABANDONED_FOLDER:
                shutil.rmtree(folder)


def write_text(path: Path, text: str) -> None:
    """Write `text` to `path` atomically, encoded as UTF-8."""
    with atomic_write(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_json(path: Path, value: Any) -> None:
    """Write `value` to `path` atomically, as JSON with one item on each line."""
    write_text(path, json.dumps(value, indent=1) + "\n")
