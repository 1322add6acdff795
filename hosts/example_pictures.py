"""Example pictures that are drawn once: kept in memory, and on the disk of a host that has a folder for them.

Drawing takes seconds (about 4 at 512x512, 21 at 1024x1024), and ComfyUI asks for the same picture for the editor, for each run
and after each start.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from threading import Lock

import numpy as np
import torch
from torch import Tensor

from ..files import atomic_write
from ..interruption import check_interruption
from ..motion.preview.bounded_cache import BoundedCache
from ..synthetic.pictures import render
from . import host

MEMORY_BYTES = 64_000_000
DISK_BYTES = 200_000_000
WAIT_SECONDS = 0.1  # between two looks at whether the user has cancelled, while another thread draws

_log = logging.getLogger("flowbrush")
_drawing = Lock()
_pictures = BoundedCache(MEMORY_BYTES)


def example_picture(name: str, height: int, width: int, variation: int = 0) -> Tensor:
    """The result of `synthetic.pictures.render.render_example`, which must not be changed.

    It is drawn only where it is neither in memory nor on the disk. Raises what `interruption.check_interruption` raises if the
    user cancels meanwhile, and ValueError as `render_example` does.
    """
    key = name, height, width, variation
    with _turn():
        return _pictures.get(key, lambda: _read_or_drawn(*key), lambda picture: picture.numel() * 4)


@contextmanager
def _turn() -> Iterator[None]:
    """Let one thread draw at a time, so that two requests for a picture draw it once. A waiting request can be cancelled."""
    while not _drawing.acquire(timeout=WAIT_SECONDS):
        check_interruption()
    try:
        yield
    finally:
        _drawing.release()


def _read_or_drawn(name: str, height: int, width: int, variation: int) -> Tensor:
    folder = host().kept_directory()
    if folder is None:
        return render.render_example(name, height, width, variation)
    path = folder / "example_pictures" / f"{name}_{width}x{height}_{variation}_{_version()}.npy"
    picture = _read(path, (1, height, width, 3))
    if picture is None:
        picture = render.render_example(name, height, width, variation)
        _write(path, picture)
    return picture


@lru_cache(maxsize=1)
def _version() -> str:
    """A text that changes when the code that draws the pictures does."""
    code = sorted(Path(render.__file__).parent.glob("*.py"))
    return hashlib.sha256(b"".join(file.read_bytes() for file in code)).hexdigest()[:8]


def _read(path: Path, shape: tuple[int, ...]) -> Tensor | None:
    """The picture in a file; None where there is no such file, or a broken one."""
    try:
        picture = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    return torch.from_numpy(picture) if picture.shape == shape and picture.dtype == np.float32 else None


def _write(path: Path, picture: Tensor) -> None:
    """Store a picture, and remove the oldest files beyond DISK_BYTES. A full or read-only disk is only logged."""
    try:
        with atomic_write(path) as temporary, temporary.open("wb") as file:
            np.save(file, picture.numpy(), allow_pickle=False)
        newest = sorted(path.parent.glob("*.npy"), key=lambda each: each.stat().st_mtime_ns, reverse=True)
        size = 0
        for each in newest:
            size += each.stat().st_size
            if size > DISK_BYTES and each != path:
                each.unlink()
    except OSError as error:
        _log.warning("the example picture could not be stored at %s: %s", path, error)
