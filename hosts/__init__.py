"""Where nodes run. Nodes ask `host()` for the few things that only a host can do.

Two hosts exist: `hosts.comfyui` (inside a running ComfyUI) and `hosts.headless` (a workflow file without
ComfyUI). Both are modules whose functions have the names, arguments and meaning of `Host`, so that a node is
written once:

    from ..hosts import host

    latents = host().encode_video(vae, frames)

Nothing heavy is imported here: a host's own module is imported when it is first asked for.
"""

import importlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol, cast

if TYPE_CHECKING:
    from torch import Tensor

    from ..motion.flow.frame_interpolation import Method
    from ..sampling.few_steps import FewSteps
    from ..sampling.guidance import Guidance
    from ..sampling.time_to_move import Clocks

__all__ = ["BUNDLED", "Host", "LatentFormat", "Noise", "Progress", "host", "use"]

BUNDLED = "bundled"  # the name under which every host offers the files in models/bundled/

Conditioning = list[Any]  # ComfyUI's: [[tensor [B,L,C], {key: value}], …]
Latent = dict[
    str, Any
]  # ComfyUI's: {"samples": raw latents [B,16,T',H/8,W/8], "noise_mask"?, "batch_index"?}


class Progress(Protocol):
    """A progress bar of the running node."""

    def update(self, n: int = 1, preview: "Tensor | None" = None) -> None:
        """`n` more of `total` are done (relative, as in ComfyUI and tqdm).

        `preview` is one image [H,W,3] in 0..1; a host without a screen ignores it.
        """
        ...


class Noise(Protocol):
    """ComfyUI's NOISE: a seed and the function that makes the noise of a latent."""

    seed: int

    def generate_noise(self, input_latent: Latent) -> "Tensor":
        """Noise of the shape of `input_latent["samples"]`, float32 on the CPU."""
        ...


class LatentFormat(Protocol):
    """How a model's network sees latents: `process_in(raw) = (raw - mean) / std`, `process_out` undoes it."""

    latent_channels: int
    spacial_downscale_ratio: int
    """Pixels to a latent cell; the name is ComfyUI's."""
    temporal_downscale_ratio: int
    """Pixel frames to a latent frame, after the first one."""

    def process_in(self, latent: "Tensor") -> "Tensor":
        """Raw latents [B,C,T',h,w] as the network sees them."""
        ...

    def process_out(self, latent: "Tensor") -> "Tensor":
        """The network's latents [B,C,T',h,w] as VAE and LATENT sockets carry them."""
        ...


class Host(Protocol):
    """What a host can do for a node. MODEL, CLIP and VAE are the host's own objects: pass them on, look no further."""

    name: str
    """"comfyui" or "headless"."""

    def model_choices(self, kind: Literal["dit", "vae", "text"]) -> list[str]:
        """Names for a combo widget of Load Model: "bundled" first, then the files that this host knows.

        Inside ComfyUI these are the files in `diffusion_models`, `vae` and `text_encoders`. Headless it is
        "bundled" alone, and a path to a file is accepted as well.
        """
        ...

    def load_models(self, dit: str, vae: str, text: str) -> tuple[Any, Any, Any]:
        """(MODEL, CLIP, VAE) for three names out of `model_choices` (headless: or paths).

        Raises ValueError where a file is absent, of another kind, or where the text encoder's width is not the
        width that the network reads.
        """
        ...

    def encode_text(self, clip: Any, text: str) -> Conditioning:
        """CONDITIONING [[tensor [1,L,C], {…}]] of a prompt; "" is a prompt too."""
        ...

    def encode_video(self, vae: Any, frames: "Tensor", tiled: bool = False) -> "Tensor":
        """Raw latents [1,16,T',H/8,W/8] of frames [T,H,W,3] in 0..1, T = 4(T'-1)+1, H and W multiples of 8.

        float32 on the CPU. Notices a cancel between chunks of time. A stock VAE may have other channels and strides;
        raises ValueError for a size or length of which it would cut something off.
        """
        ...

    def decode_video(
        self,
        vae: Any,
        latents: "Tensor",
        tile: int = 0,
        on_chunk: Callable[[int, int], None] | None = None,
    ) -> "Tensor":
        """Frames [T,H,W,3] in 0..1, float32 on the CPU, of raw latents [1,16,T',h,w].

        `tile` is the side of a spatial tile in pixels, 0 for none. The host reports progress itself and notices
        a cancel between decoded chunks; after each it also calls `on_chunk(done, total)`. Without memory for a
        whole frame it goes on in tiles and says so with `notice`.
        """
        ...

    def sample(
        self,
        model: Any,
        noise: Noise,
        positive: Conditioning,
        negative: Conditioning,
        latent: Latent,
        *,
        sigmas: "Tensor | None" = None,
        steps: int = 1,
        shift: float = 1.0,
        denoise: float = 1.0,
        solver: str = "euler",
        text_scale: float = 1.0,
        motion_scale: float = 1.0,
        no_motion: Conditioning | None = None,
        scale_schedule: str = "constant",
    ) -> "Tensor":
        """Integrate the model's flow from noise to raw latents, like latent["samples"] in shape, float32, CPU.

        `sigmas` [steps+1], falling; without it `rectified_flow_sigmas(steps, shift, denoise)`. `solver` is a name
        of `sampling.solvers.SOLVERS`. Latents that are all zero are an empty canvas and are not normalised; others
        pass `process_in` and are mixed with the noise at sigmas[0] (image to image). `noise_mask` (1 = make anew)
        holds the rest at the given latents, as in ComfyUI.

        Guidance is `sampling.guidance` over three conditions: `positive` (text and motion), `negative` (other text,
        same motion; text_scale) and `no_motion` (same text, no motion; motion_scale). A condition whose scale is 1
        is not evaluated. `scale_schedule` is a name of `sampling.guidance.STRENGTHS`.

        Reports progress with a latent preview at each step and notices a cancel between steps. Raises ValueError
        for an unknown solver, for motion_scale without no_motion, and for a model on another noising path than
        rectified flow when `sigmas` (of that model's own scheduler) is not given.
        """
        ...

    def motion_guider(
        self,
        model: Any,
        positive: Conditioning,
        negative: Conditioning,
        no_motion: Conditioning | None,
        guidance: "Guidance",
    ) -> Any:
        """A native GUIDER over the three conditions of `sample`, for the stock SamplerCustomAdvanced.

        Raises ValueError where a scale of `guidance` has no condition to compare with, and in a host without stock
        samplers.
        """
        ...

    def following_model(self, model: Any, reference: "Tensor", strength: "Tensor", clocks: "Clocks") -> Any:
        """MODEL as a copy that follows a crude video while it samples (`sampling.time_to_move`).

        `reference` are the video's raw latents [1,C,T',h,w] (SVD: [T,C,h,w]), `strength` [T',h,w] in 0..1 says how
        firmly each cell is held. The copy works in every sampler of the host; one that adds noise begins with the
        reference, at the weak clock, whatever its canvas holds. A canvas of another size is refused with ValueError
        when sampling begins.
        """
        ...

    def clock_family(self, model: Any) -> str:
        """The name in `sampling.time_to_move.PRESETS` for a MODEL's family; ValueError where there is none."""
        ...

    def few_steps(self, model: Any) -> "FewSteps | None":
        """How a MODEL that was distilled to few steps wants to be sampled; None for any other."""
        ...

    def for_stock_samplers(self, model: Any) -> Any:
        """A CogVideoX MODEL as a copy whose noising path is the one that stock samplers go along.

        ValueError for another model, and in a host without stock loaders.
        """
        ...

    def between_frames(self, model: Any) -> "Method":
        """How an INTERP_MODEL (RIFE or FILM, of the stock loader) makes pictures between two frames.

        ValueError for another object, and in a host without stock loaders.
        """
        ...

    def latent_format(self, model: Any) -> LatentFormat:
        """The latent normalisation of a MODEL."""
        ...

    def progress(self, total: int) -> Progress:
        """A progress bar of `total` parts for the node that is running."""
        ...

    def notice(self, text: str) -> None:
        """Tell the user one sentence that is no error (log, and on the running node where there is a canvas)."""
        ...

    def check_cancel(self) -> None:
        """Raise the host's own cancel exception when the user asked to stop; do not catch it."""
        ...

    def is_out_of_memory(self, error: BaseException) -> bool:
        """Whether `error` means that memory ran out, so that smaller tiles are worth a try."""
        ...

    def empty_cache(self) -> None:
        """Give cached device memory back."""
        ...

    def input_directory(self) -> Path:
        """Where the user's own files are."""
        ...

    def output_directory(self) -> Path:
        """Where results go."""
        ...

    def temp_directory(self) -> Path:
        """Where previews go; emptied by the host."""
        ...

    def serve_editor(self) -> None:
        """Answer what the editor in the canvas asks for, where the host has a canvas and a server."""
        ...


_current: Host | None = None


def use(chosen: Host | str) -> Host:
    """Make `chosen` (a host module, or "comfyui" / "headless") the host of this process; returns it."""
    global _current
    if isinstance(chosen, str):
        if chosen not in ("comfyui", "headless"):
            raise ValueError(f'host is {chosen!r}; it is "comfyui" or "headless"')
        chosen = cast(Host, importlib.import_module(f".{chosen}", __package__))
    _current = chosen
    return chosen


def host() -> Host:
    """The host of this process: the one given to `use`, else ComfyUI inside a running ComfyUI, else headless."""
    if _current is not None:
        return _current
    return use("comfyui" if _inside_comfyui() else "headless")


def _inside_comfyui() -> bool:
    # ComfyUI's server imports its node registry before any pack; a test that only borrows comfy.ldm does not.
    nodes = sys.modules.get("nodes")
    return "comfy.model_management" in sys.modules and hasattr(nodes, "NODE_CLASS_MAPPINGS")
