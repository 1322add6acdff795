"""The base class of hosts, and the types of its arguments and results."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol

if TYPE_CHECKING:
    from torch import Tensor

    from ..models.video_grid import VideoGrid
    from ..motion.flow.frame_interpolation import Method
    from ..sampling.few_steps import FewSteps
    from ..sampling.guidance import Guidance
    from ..sampling.settings import SamplingSettings
    from ..sampling.tiles import Tiling
    from ..sampling.time_to_move import Clocks

Kind = Literal["dit", "vae", "text"]
"""A diffusion transformer, a VAE or a text encoder."""

BUNDLED, BUNDLED_TEXT_TO_VIDEO = "bundled", "bundled text to video"
BUNDLED_CHOICES: dict[Kind, dict[str, str]] = {
    "dit": {BUNDLED: "dit", BUNDLED_TEXT_TO_VIDEO: "text_to_video"},
    "vae": {BUNDLED: "vae"},
    "text": {BUNDLED: "text", BUNDLED_TEXT_TO_VIDEO: "text_to_video_text"},
}
"""The names under which every host offers the files in models/bundled/, and what `bundled_path` calls each file."""

Conditioning = list[Any]
"""ComfyUI's CONDITIONING: [[tensor [B,L,C], {key: value}], …]."""

Latent = dict[str, Any]
"""ComfyUI's LATENT: {"samples": raw latents [B,16,T',H/8,W/8], "noise_mask"?, "batch_index"?}."""


@dataclass(frozen=True)
class Conditions:
    """The CONDITIONINGs that classifier-free guidance compares (`sampling.guidance`).

    `positive` has the text and the motion. `negative` has another text and the same motion, `no_motion` the same text
    and no motion.
    """

    positive: Conditioning
    negative: Conditioning
    no_motion: Conditioning | None = None


class Progress(Protocol):
    """The progress bar of the node that is running."""

    def update(self, n: int = 1, preview: Tensor | None = None) -> None:
        """Count `n` more parts as done, in addition to the earlier ones (as tqdm does).

        `preview` is one image [H,W,3] in 0..1. A host without a screen ignores it.
        """
        ...


class Noise(Protocol):
    """ComfyUI's NOISE: a seed, and the function that draws the noise for a latent."""

    seed: int

    def generate_noise(self, input_latent: Latent) -> Tensor:
        """Noise with the shape of `input_latent["samples"]`, float32, on the CPU."""
        ...


class LatentFormat(Protocol):
    """The latent normalisation of a network: `process_in(raw) = (raw - mean) / std`, and `process_out` inverts it."""

    latent_channels: int
    spacial_downscale_ratio: int
    """Pixels along one side of a latent cell. The spelling is ComfyUI's."""
    temporal_downscale_ratio: int
    """Pixel frames in each latent frame after the first."""

    def process_in(self, latent: Tensor) -> Tensor:
        """Normalise raw latents [B,C,T',h,w] for the network."""
        ...

    def process_out(self, latent: Tensor) -> Tensor:
        """Turn the network's latents [B,C,T',h,w] into raw ones, which VAE and LATENT sockets carry."""
        ...


class Host(ABC):
    """The base class for hosts: the environments in which nodes run.

    A subclass implements the abstract methods. The others have a default that suits a host without ComfyUI's stock
    nodes, canvas and server. MODEL, CLIP and VAE are the host's own objects: a node passes them on and never looks
    inside them.
    """

    name: ClassVar[str]
    """"comfyui" or "headless"."""

    # Models

    def model_choices(self, kind: Kind) -> list[str]:
        """Return the names for a combo widget of Load Model: the bundled files first, then those that the host lists."""
        return [*BUNDLED_CHOICES[kind]]

    @abstractmethod
    def load_models(self, dit: str, vae: str, text: str) -> tuple[Any, Any, Any]:
        """Load (MODEL, CLIP, VAE) by three names from `model_choices`, or by paths where the host allows them.

        Raises ValueError for a missing file, a file of another kind, or a text encoder whose width differs from the
        width that the diffusion model reads.
        """

    @abstractmethod
    def latent_format(self, model: Any) -> LatentFormat:
        """Return the latent normalisation of a MODEL."""

    def few_steps(self, model: Any) -> FewSteps | None:
        """Return how a MODEL that was distilled to a few steps should be sampled, or None for any other MODEL."""
        return None

    # Text and video

    @abstractmethod
    def encode_text(self, clip: Any, text: str) -> Conditioning:
        """Encode a prompt, which may be empty, as CONDITIONING [[tensor [1,L,C], {…}]]."""

    @abstractmethod
    def encode_video(self, vae: Any, frames: Tensor, tiled: bool = False) -> Tensor:
        """Encode frames [T,H,W,3] in 0..1 as raw latents [1,16,T',H/8,W/8], float32, on the CPU.

        T is 4(T'-1)+1; H and W are multiples of 8. Other VAEs may have other channels and strides. Checks for a
        cancel between chunks of time. Raises ValueError for a size or length that the VAE would crop.
        """

    @abstractmethod
    def decode_video(
        self,
        vae: Any,
        latents: Tensor,
        tile: int = 0,
        on_chunk: Callable[[int, int], None] | None = None,
    ) -> Tensor:
        """Decode raw latents [1,16,T',h,w] to frames [T,H,W,3] in 0..1, float32, on the CPU.

        `tile` is the side of a spatial tile in pixels; 0 decodes whole frames. Shows progress and checks for a cancel
        after each chunk, and then calls `on_chunk(done, total)`. If memory runs out it continues in smaller tiles and
        tells the user so.
        """

    # Sampling

    def sample(
        self,
        model: Any,
        noise: Noise,
        conditions: Conditions,
        latent: Latent,
        settings: SamplingSettings,
    ) -> Tensor:
        """Integrate the model's flow from noise to raw latents, shaped like latent["samples"], float32, on the CPU.

        Latents that are all zero are an empty canvas and are not normalised; others are normalised and mixed with the
        noise at the first noise level (image to image). Where `noise_mask` is below 1 the given latents are kept, as in
        ComfyUI. A condition whose guidance scale is 1 is not evaluated.

        Shows progress with a latent preview and checks for a cancel at each step. Raises ValueError for a guidance
        scale that has no condition to compare with, and, if `settings` has no `sigmas`, for a model that is not
        a rectified flow.
        """
        settings.guidance.check_conditions(conditions.negative, conditions.no_motion)
        if settings.sigmas is None:
            self.check_rectified_flow(model)
        return self.integrate(model, noise, conditions, latent, settings)

    @abstractmethod
    def integrate(
        self,
        model: Any,
        noise: Noise,
        conditions: Conditions,
        latent: Latent,
        settings: SamplingSettings,
    ) -> Tensor:
        """Do the work of `sample`, whose checks have passed."""

    def check_rectified_flow(self, model: Any) -> None:
        """Raise ValueError for a MODEL that is not a rectified flow: only its own scheduler knows its noise levels."""

    @abstractmethod
    def following_model(
        self,
        model: Any,
        reference: Tensor,
        strength: Tensor,
        clocks: Clocks,
        in_front: int = 0,
        hold: str = "as in the paper",
    ) -> Any:
        """Return a copy of a MODEL that follows a reference video while it samples (`sampling.time_to_move`).

        `reference` holds the video's raw latents [1,C,T',h,w] (for SVD [T,C,h,w]); `strength` [T',h,w] in 0..1 says how
        closely each cell follows it. The copy works with every sampler of the host. A sampler that adds noise starts
        from the reference at the weak clock, whatever its canvas contains. Canvases have `in_front` latent frames before
        the video, which stay free. `hold` is one of `time_to_move.HOLDS`. Sampling a canvas of another size raises
        ValueError.
        """

    @abstractmethod
    def looping_model(self, model: Any) -> Any:
        """Return a copy of a MODEL whose clip begins with another latent frame in each step (`sampling.latent_shift`).

        The copy works with every sampler of the host. Raises ValueError for a MODEL that knows the place of a frame in the clip, or
        whose latents hold more than the frames.
        """

    @abstractmethod
    def tiled_model(self, model: Any, tiling: Tiling) -> Any:
        """Return a copy of a MODEL whose network sees one tile of the latents at a time (`sampling.tiles`).

        The copy works with every sampler of the host. Sampling raises ValueError for latents that hold more than pictures, and for
        conditions that cannot be cut.
        """

    @abstractmethod
    def video_grid(self, model: Any) -> VideoGrid:
        """Return the lengths, cells and channels of a MODEL's latents."""

    def canvas_of(self, model: Any, latents: Tensor) -> Latent:
        """Return the LATENT to sample for a video's raw latents [1,C,T',h,w]; models with sound get a silent one beside."""
        return {"samples": latents}

    @abstractmethod
    def clock_family(self, model: Any) -> str:
        """Return the name of a MODEL's family in `sampling.time_to_move.PRESETS`; ValueError if it has none."""

    def motion_guider(
        self,
        model: Any,
        conditions: Conditions,
        guidance: Guidance,
    ) -> Any:
        """Return a native GUIDER that compares three conditions, for the stock SamplerCustomAdvanced.

        Raises ValueError where a scale of `guidance` has no condition to compare with, and in a host without stock
        samplers.
        """
        raise ValueError(
            "a GUIDER is for the stock SamplerCustomAdvanced, which needs ComfyUI; use the Flowbrush Sampler here"
        )

    # Stock models

    def model_for_stock_samplers(self, model: Any) -> Any:
        """Return a copy of a CogVideoX MODEL whose noising path is the one that stock samplers follow.

        Raises ValueError for another model, and in a host without stock loaders.
        """
        raise ValueError("`model` is for CogVideoX, which needs ComfyUI; leave it unconnected here")

    def interpolation_method(self, model: Any) -> Method:
        """Return how an INTERP_MODEL (RIFE or FILM, from the stock loader) makes pictures between two frames.

        Raises ValueError for another object, and in a host without stock loaders.
        """
        raise ValueError(
            "`interpolation_model` is for the stock Load Frame Interpolation Model, which needs ComfyUI; "
            "leave it unconnected here"
        )

    # The running node

    @abstractmethod
    def progress(self, total: int) -> Progress:
        """Return a progress bar of `total` parts for the node that is running."""

    @abstractmethod
    def check_cancel(self) -> None:
        """Raise the host's own exception if the user asked to stop. Nodes must not catch it."""

    def notice(self, text: str) -> None:
        """Give the user a sentence that is not an error: in the log and, where there is a canvas, on the node."""
        logging.getLogger("flowbrush").warning(text)

    def is_out_of_memory(self, error: BaseException) -> bool:
        """Return whether `error` means that memory ran out, so that smaller tiles may succeed."""
        import torch

        if isinstance(error, MemoryError | torch.OutOfMemoryError):
            return True
        cpu_messages = "can't allocate memory", "not enough memory"  # torch has no exception class for these
        return isinstance(error, RuntimeError) and any(text in str(error) for text in cpu_messages)

    def empty_cache(self) -> None:
        """Return cached device memory to the system."""
        import torch

        if torch.cuda.is_available():
            torch.cuda.empty_cache()

    # Folders

    @abstractmethod
    def input_directory(self) -> Path:
        """Return the folder of the user's own files."""

    @abstractmethod
    def output_directory(self) -> Path:
        """Return the folder for results."""

    @abstractmethod
    def next_output(self, prefix: str, extension: str, size: tuple[int, int]) -> tuple[str, str]:
        """Return subfolder and name of the next free file `PREFIX_00001_.EXT` in the output folder.

        `size` is (width, height) for a prefix with `%width%` or `%height%`. Raises an error if the prefix leads out of the folder.
        """

    @abstractmethod
    def temp_directory(self) -> Path:
        """Return the folder for previews, which the host empties."""

    def kept_directory(self) -> Path | None:
        """Return the folder for what the pack computes once and keeps between runs; None in a host without one."""
        return None

    # The editor

    def serve_editor(self) -> None:
        """Start answering the editor's requests, in a host that has a canvas and a server."""
