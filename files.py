"""Files that are whole or not there."""

from __future__ import annotations

import json
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


@contextmanager
def written_aside(path: Path) -> Iterator[Path]:
    """A hidden temporary file in the same folder that becomes `path` only when the block ends well.

    Its name ends in `.part`, so that no list of weights or clips shows it; a writer must be told the format. The file
    has the mode that the umask gives, whatever its writer does, and is on the disk before it is renamed.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    aside.touch(exist_ok=False)
    try:
        mode = stat.S_IMODE(aside.stat().st_mode)
        yield aside
        aside.chmod(mode)  # safetensors makes a file of its own, for its owner alone
        with aside.open("rb+") as file:
            os.fsync(file.fileno())
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text, aside and renamed."""
    with written_aside(path) as aside:
        aside.write_text(text, encoding="utf-8")


def write_json(path: Path, value: Any) -> None:
    """Write `value` as JSON, an item a line, aside and renamed."""
    write_text(path, json.dumps(value, indent=1) + "\n")
