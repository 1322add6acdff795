"""The host inside a running ComfyUI."""

# pyright: reportMissingImports=false

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import comfy.model_management
import folder_paths
from torch import Tensor

from .. import BUNDLED_CHOICES, Conditioning, Conditions, Host, Kind, Latent, LatentFormat, Noise
from . import running

if TYPE_CHECKING:
    from ...models.video_grid import VideoGrid
    from ...motion.flow.frame_interpolation import Method
    from ...sampling.few_steps import FewSteps
    from ...sampling.guidance import Guidance
    from ...sampling.settings import SamplingSettings
    from ...sampling.tiles import Tiling
    from ...sampling.time_to_move import Clocks
    from .guider import MotionGuider

# ComfyUI imports every pack when it starts, so the methods import the modules that do their work when they need them.


class ComfyUIHost(Host):
    """ComfyUI as a host. Its models, guiders and progress bars are ComfyUI's own objects."""

    name = "comfyui"

    def model_choices(self, kind: Kind) -> list[str]:
        """Return "bundled" and the files in ComfyUI's folder for that kind of model."""
        from . import loading

        return [*BUNDLED_CHOICES[kind], *folder_paths.get_filename_list(loading.FOLDERS[kind])]

    def load_models(self, dit: str, vae: str, text: str) -> tuple[Any, Any, Any]:
        """Load a `ModelPatcher`, a `comfy.sd.CLIP` and a `comfy.sd.VAE`."""
        from . import loading

        return loading.load_models(dit, vae, text)

    def latent_format(self, model: Any) -> LatentFormat:
        return model.get_model_object("latent_format")

    def few_steps(self, model: Any) -> FewSteps | None:
        from . import loading

        return loading.few_steps(model)

    def encode_text(self, clip: Any, text: str) -> Conditioning:
        return clip.encode_from_tokens_scheduled(clip.tokenize(text))

    def encode_video(self, vae: Any, frames: Tensor, tiled: bool = False) -> Tensor:
        from . import video

        return video.encode(self, vae, frames, tiled)

    def decode_video(
        self,
        vae: Any,
        latents: Tensor,
        tile: int = 0,
        on_chunk: Callable[[int, int], None] | None = None,
    ) -> Tensor:
        from . import video

        return video.decode(self, vae, latents, tile, on_chunk)

    def integrate(
        self,
        model: Any,
        noise: Noise,
        conditions: Conditions,
        latent: Latent,
        settings: SamplingSettings,
    ) -> Tensor:
        from . import sampling

        guider = self.motion_guider(model, conditions, settings.guidance)
        return sampling.integrate(guider, noise, latent, settings)

    def check_rectified_flow(self, model: Any) -> None:
        from . import sampling

        sampling.check_rectified_flow(model)

    def following_model(
        self,
        model: Any,
        reference: Tensor,
        strength: Tensor,
        clocks: Clocks,
        in_front: int = 0,
        hold: str = "as in the paper",
    ) -> Any:
        """Return a clone of the `ModelPatcher`."""
        from . import time_to_move

        return time_to_move.following_model(model, reference, strength, clocks, in_front, hold)

    def looping_model(self, model: Any) -> Any:
        """Return a clone of the `ModelPatcher`."""
        from . import latent_shift

        return latent_shift.looping_model(model)

    def tiled_model(self, model: Any, tiling: Tiling) -> Any:
        """Return a clone of the `ModelPatcher`."""
        from . import tiles

        return tiles.tiled_model(model, tiling)

    def video_grid(self, model: Any) -> VideoGrid:
        from . import video_grids

        return video_grids.video_grid(model)

    def canvas_of(self, model: Any, latents: Tensor) -> Latent:
        from . import video_grids

        return video_grids.canvas_of(model, latents)

    def clock_family(self, model: Any) -> str:
        from . import time_to_move

        return time_to_move.clock_family(model)

    def motion_guider(
        self,
        model: Any,
        conditions: Conditions,
        guidance: Guidance,
    ) -> MotionGuider:
        """Return a `comfy.samplers.CFGGuider`."""
        from .guider import MotionGuider

        return MotionGuider(model, conditions, guidance)

    def model_for_stock_samplers(self, model: Any) -> Any:
        from . import cogvideox

        return cogvideox.model_for_stock_samplers(model)

    def interpolation_method(self, model: Any) -> Method:
        from . import frame_interpolation

        return frame_interpolation.interpolation_method(model)

    def progress(self, total: int) -> running.ProgressBar:
        return running.ProgressBar(total)

    def check_cancel(self) -> None:
        running.check_cancel()

    def notice(self, text: str) -> None:
        super().notice(text)
        running.show_on_node(text)

    def is_out_of_memory(self, error: BaseException) -> bool:
        return super().is_out_of_memory(error) or comfy.model_management.is_oom(error)

    def empty_cache(self) -> None:
        comfy.model_management.soft_empty_cache()

    def input_directory(self) -> Path:
        return Path(folder_paths.get_input_directory())

    def output_directory(self) -> Path:
        return Path(folder_paths.get_output_directory())

    def next_output(self, prefix: str, extension: str, size: tuple[int, int]) -> tuple[str, str]:
        folder = folder_paths.get_output_directory()
        _, name, counter, subfolder, _ = folder_paths.get_save_image_path(prefix, folder, *size)
        return subfolder, f"{name}_{counter:05}_.{extension}"

    def temp_directory(self) -> Path:
        return Path(folder_paths.get_temp_directory())

    def kept_directory(self) -> Path:
        return Path(folder_paths.get_user_directory()) / "flowbrush"

    def serve_editor(self) -> None:
        from . import editor_routes

        editor_routes.register()
