"""The state of one headless process: its folders, its device, its progress bar, and whether the user asked to stop."""

from __future__ import annotations

import sys
import tempfile
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

ROOT = Path(__file__).resolve().parents[2]


class Cancelled(Exception):
    """The user asked to stop."""


@dataclass
class Session:
    """What the functions of this host share."""

    input_directory: Path = ROOT / "input"
    output_directory: Path = ROOT / "output"
    temp_directory: Path | None = None
    device: str | None = None
    show_progress: bool = True
    title: str = ""
    cancelled: threading.Event = field(default_factory=threading.Event)
    _temporary: tempfile.TemporaryDirectory[str] | None = field(default=None, repr=False)

    def temp(self) -> Path:
        """The folder for previews: the one that was set, or a temporary one that goes with the process."""
        if self.temp_directory is None:
            self._temporary = tempfile.TemporaryDirectory(prefix="flowbrush-")
            self.temp_directory = Path(self._temporary.name)
        return self.temp_directory

    def torch_device(self) -> torch.device:
        """The device that was set, or a GPU where there is one, or the CPU."""
        import torch

        if self.device is not None:
            return torch.device(self.device)
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")


session = Session()


def configure(**settings: Any) -> Session:
    """Set folders, device or progress of this process. Raises ValueError for a setting that does not exist."""
    for name, value in settings.items():
        if name.startswith("_") or not hasattr(session, name):
            raise ValueError(f"A headless session has no setting `{name}`.")
        setattr(session, name, Path(value) if name.endswith("directory") and value is not None else value)
    return session


class ProgressBar:
    """The progress of the running node on the terminal (nothing is drawn when output goes to a file)."""

    def __init__(self, total: int):
        self.total = max(int(total), 1)
        self.done = 0
        self._bar: Any = None
        if session.show_progress and sys.stderr.isatty():
            from tqdm import tqdm

            self._bar = tqdm(total=self.total, desc=session.title or None, leave=False, unit="")

    def update(self, n: int = 1, preview: torch.Tensor | None = None) -> None:
        """`n` more parts are done. A terminal shows no preview."""
        self.done += n
        if self._bar is not None:
            self._bar.update(n)
            if self.done >= self.total:
                self._bar.close()
