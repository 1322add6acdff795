"""The host without ComfyUI: the library's own networks and solvers, and folders on the disk."""

from __future__ import annotations

import sys
import tempfile
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

from ...files import temporary_folder
from ...models.video_grid import WAN, VideoGrid
from ...sampling import time_to_move
from ...sampling.few_steps import FewSteps
from ...sampling.guidance import Guidance
from ...sampling.settings import SamplingSettings
from ...sampling.tiles import Tiling
from ...sampling.time_to_move import AS_IN_PAPER, Clocks, TimeToMove
from .. import Conditioning, Conditions, Host, Latent, Noise
from . import loading, sampling, video
from .native import Clip, Model, NativeGuider, Vae, WanLatents
from .progress import Cancelled, ProgressBar

ROOT = Path(__file__).resolve().parents[2]
TEMPORARY = "flowbrush-render-"  # the beginning of the names of temporary folders


class HeadlessHost(Host):
    """A host for scripts and tests.

    `device` is "cpu", "cuda", …; None takes a GPU if there is one. Without a `temp_directory` the host creates one that
    is deleted when the process ends. Set `cancelled` to stop the run; `title` names the running node on the terminal.
    """

    name = "headless"

    def __init__(
        self,
        *,
        input_directory: Path = ROOT / "input",
        output_directory: Path = ROOT / "output",
        temp_directory: Path | None = None,
        device: str | None = None,
        show_progress: bool = True,
    ):
        self.cancelled = threading.Event()
        self.title = ""
        self._input_directory, self._output_directory = input_directory, output_directory
        self._temp_directory = temp_directory
        self._device = device
        self._show_progress = show_progress
        self._temporary: tempfile.TemporaryDirectory[str] | None = None

    def torch_device(self) -> torch.device:
        """Return the device that networks run on."""
        return torch.device(self._device or ("cuda" if torch.cuda.is_available() else "cpu"))

    def load_models(self, dit: str, vae: str, text: str) -> tuple[Model, Clip, Vae]:
        """Load models by "bundled" or by the path of a safetensors file; a text encoder may also be a folder."""
        return loading.load_models(dit, vae, text, self.torch_device())

    def latent_format(self, model: Model) -> WanLatents:
        return WanLatents()

    def few_steps(self, model: Model) -> FewSteps | None:
        return model.few_steps

    def encode_text(self, clip: Clip, text: str) -> Conditioning:
        return [[clip.encode(text).cpu(), {}]]

    def encode_video(self, vae: Vae, frames: Tensor, tiled: bool = False) -> Tensor:
        return video.encode(self, vae, frames, tiled)

    def decode_video(
        self,
        vae: Vae,
        latents: Tensor,
        tile: int = 0,
        on_chunk: Callable[[int, int], None] | None = None,
    ) -> Tensor:
        return video.decode(self, vae, latents, tile, on_chunk)

    def integrate(
        self,
        model: Model,
        noise: Noise,
        conditions: Conditions,
        latent: Latent,
        settings: SamplingSettings,
    ) -> Tensor:
        return sampling.integrate(self, model, noise, conditions, latent, settings)

    def following_model(
        self,
        model: Model,
        reference: Tensor,
        strength: Tensor,
        clocks: Clocks,
        in_front: int = 0,
        hold: str = AS_IN_PAPER,
    ) -> Model:
        if in_front:
            raise ValueError(
                f"`trim_latent` is {in_front}; without ComfyUI no node puts latent frames in front: set it to 0"
            )
        normalised = self.latent_format(model).process_in(reference)
        return replace(model, following=TimeToMove(normalised, strength[None, None], clocks, hold=hold))

    def looping_model(self, model: Model) -> Model:
        return replace(model, loops=True)

    def tiled_model(self, model: Model, tiling: Tiling) -> Model:
        return replace(model, tiling=tiling)

    def video_grid(self, model: Model) -> VideoGrid:
        return WAN

    def clock_family(self, model: Model) -> str:
        """Tell a bundled network from a published Wan network by its width, which is at least 1536 in the latter."""
        return time_to_move.BUNDLED if model.network.config.dim < 512 else time_to_move.WAN

    def motion_guider(self, model: Model, conditions: Conditions, guidance: Guidance) -> NativeGuider:
        guidance.check_conditions(conditions.negative, conditions.no_motion)
        return NativeGuider(model, conditions, guidance)

    def progress(self, total: int) -> ProgressBar:
        return ProgressBar(total, self.title, self._show_progress)

    def check_cancel(self) -> None:
        """Raise Cancelled if `cancelled` is set."""
        if self.cancelled.is_set():
            raise Cancelled("Stopped as asked.")

    def notice(self, text: str) -> None:
        print(f"Note: {text}", file=sys.stderr)

    def input_directory(self) -> Path:
        return self._input_directory

    def output_directory(self) -> Path:
        return self._output_directory

    def next_output(self, prefix: str, extension: str, size: tuple[int, int]) -> tuple[str, str]:
        from .saved_files import FolderType, next_name

        saved = next_name(prefix, extension, FolderType.output, size)
        return saved.subfolder, saved.filename

    def temp_directory(self) -> Path:
        if self._temp_directory is None:
            self._temporary = temporary_folder(TEMPORARY)
            self._temp_directory = Path(self._temporary.name)
        return self._temp_directory
