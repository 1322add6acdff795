"""The folders of finished shots, each of which appears whole or not at all.

A shot is rendered into a hidden folder beside the others, its record `done.json` is written last, and then the folder is
renamed to `ID-HASH`. A run that is stopped anywhere leaves only hidden folders, which the next run removes.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..files import write_json

RECORD = "done.json"
_PART = ".part"


class Store:
    """The folder in which the shots of a list are kept."""

    def __init__(self, folder: Path):
        self.folder = folder

    @property
    def pictures(self) -> Path:
        """The folder of the pictures with which continued shots begin."""
        return self.folder / ".pictures"

    def record(self, name: str) -> dict[str, Any] | None:
        """The record of a finished shot, or None if it is not finished."""
        try:
            found = json.loads((self.folder / name / RECORD).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        complete = isinstance(found, dict) and all(
            (self.folder / name / file).is_file() for file in found.get("files", ())
        )
        return found if complete else None

    def part(self, name: str) -> Path:
        """A new hidden folder for a shot that is being rendered."""
        part = self.folder / f".{name}.{secrets.token_hex(4)}{_PART}"
        part.mkdir(parents=True)
        return part

    def keep(self, part: Path, name: str, record: dict[str, Any]) -> None:
        """Write the record into a folder with the files of a shot, and give it its name."""
        write_json(part / RECORD, record)
        target = self.folder / name
        if target.exists():  # files were removed from it, or else it would be finished
            target.rename(part.with_suffix(f".old{_PART}"))
        part.rename(target)

    def forget(self, part: Path) -> None:
        """Remove the folder of a shot that was not finished."""
        shutil.rmtree(part, ignore_errors=True)

    def clear(self) -> None:
        """Remove what runs that were stopped have left."""
        for left in self.folder.glob(f".*{_PART}"):
            self.forget(left)

    def note(self, name: str) -> Path:
        """The file that says in which queue a shot is."""
        return self.folder / f".{name}.queued.json"

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other runs out of the folder. Raises ValueError where one is at work; a run that dies leaves no lock."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / ".lock").open("a+") as handle:
            try:
                if sys.platform == "win32":
                    import msvcrt

                    handle.seek(0)
                    msvcrt.locking(handle.fileno(), msvcrt.LK_NBLCK, 1)
                else:
                    import fcntl

                    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise ValueError(
                    f"Another run renders shots into {self.folder}: wait for its end, or choose another folder with --out."
                ) from None
            os.set_inheritable(handle.fileno(), False)
            yield
