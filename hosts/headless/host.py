"""What a host does for a node (`hosts.Host`), with the library's own networks and solvers and no ComfyUI."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from .. import BUNDLED, Conditioning, Latent, Noise, host
from .session import Cancelled, ProgressBar, session

if TYPE_CHECKING:
    from torch import Tensor

    from ...sampling.few_steps import FewSteps
    from ...sampling.guidance import Guidance
    from ...sampling.time_to_move import Clocks
    from .native import Clip, Model, Vae, WanLatents

name = "headless"


# Files


def model_choices(kind: Literal["dit", "vae", "text"]) -> list[str]:
    """See `hosts.Host.model_choices`."""
    return [BUNDLED]


def _path(kind: Literal["dit", "vae", "text"], choice: str) -> Path:
    """The file of a choice. Raises ValueError where there is none."""
    from ...models.bundled import bundled_path

    if choice == BUNDLED:
        return Path(bundled_path(kind))
    path = Path(choice).expanduser()
    if not path.exists():
        raise ValueError(
            f"there is no {kind} file `{choice}`: write `{BUNDLED}` or the path of a safetensors file."
        )
    return path


def load_models(dit: str, vae: str, text: str) -> tuple[Model, Clip, Vae]:
    """See `hosts.Host.load_models`."""
    paths = [_path("dit", dit), _path("vae", vae), _path("text", text)]
    stamps = tuple(path.stat().st_mtime_ns for path in paths)
    return _loaded(*map(str, paths), stamps, str(session.torch_device()))


@lru_cache(maxsize=1)
def _loaded(
    dit: str, vae: str, text: str, stamps: tuple[int, ...], device_name: str
) -> tuple[Model, Clip, Vae]:
    """The last models that were loaded, so that a bench or a test does not read them for each run."""
    import torch

    from ...models.checkpoint import load_dit, load_vae, read_header
    from ...sampling.few_steps import FewSteps
    from .native import Clip, Model, Vae

    device = torch.device(device_name)
    dtype = torch.float32 if device.type == "cpu" else torch.bfloat16
    network = load_dit(dit, dtype).to(device).eval().requires_grad_(False)
    autoencoder = load_vae(vae, dtype).to(device).channels_last().eval().requires_grad_(False)
    encoder = _text_encoder(text).to(device).eval().requires_grad_(False)
    clip = Clip(encoder, device)
    if clip.width != network.config.text_dim:
        raise ValueError(
            f"the text encoder gives {clip.width} numbers a position and the diffusion model reads "
            f"{network.config.text_dim}: choose the text encoder that belongs to it."
        )
    student = FewSteps.of(read_header(dit)["facts"])
    return Model(network, device, dtype, few_steps=student), clip, Vae(autoencoder, device, dtype)


def _text_encoder(path: str) -> Any:
    """The bundled kind in a safetensors file, or a transformers encoder in a folder."""
    if Path(path).is_dir():
        from ...models.text_encoders import load_text_encoder

        return load_text_encoder(path)
    from ...models.checkpoint import load_text

    return load_text(path)


# Encoding and decoding


def encode_text(clip: Clip, text: str) -> Conditioning:
    """See `hosts.Host.encode_text`."""
    return [[clip.encode(text).cpu(), {}]]


def encode_video(vae: Vae, frames: Tensor, tiled: bool = False) -> Tensor:
    """See `hosts.Host.encode_video`."""
    import torch
    from einops import rearrange

    from ..tiles import SIDES, in_smaller_tiles

    with torch.no_grad():
        video = rearrange(frames, "t h w c -> 1 c t h w").to(vae.device, vae.dtype) * 2.0 - 1.0

        def encode(side: int) -> Tensor:
            report = _Report()
            if side:
                return vae.network.encode_tiled(video, side, report)
            return vae.network.encode(video, report)

        return in_smaller_tiles(encode, SIDES[0] if tiled else 0, "encoding", host()).float().cpu()


def decode_video(
    vae: Vae, latents: Tensor, tile: int = 0, on_chunk: Callable[[int, int], None] | None = None
) -> Tensor:
    """See `hosts.Host.decode_video`."""
    import torch
    from einops import rearrange

    from ..tiles import in_smaller_tiles

    with torch.no_grad():
        latents = latents.to(vae.device, vae.dtype)

        def decode(side: int) -> Tensor:
            report = _Report(on_chunk)
            if side:
                video = vae.network.decode_tiled(latents, side, report)
            else:
                video = vae.network.decode(latents, report)
            return rearrange(video, "b c t h w -> (b t) h w c").float().cpu()

        return in_smaller_tiles(decode, tile, "decoding", host()).add(1.0).div_(2.0).clamp_(0.0, 1.0)


class _Report:
    """Progress of chunks: a bar, the caller's own function, and a look whether the user asked to stop."""

    def __init__(self, also: Callable[[int, int], None] | None = None):
        self.also = also
        self.bar: ProgressBar | None = None

    def __call__(self, done: int, total: int) -> None:
        check_cancel()
        self.bar = self.bar or progress(total)
        self.bar.update(done - self.bar.done)
        if self.also is not None:
            self.also(done, total)


# Sampling


def sample(
    model: Model,
    noise: Noise,
    positive: Conditioning,
    negative: Conditioning,
    latent: Latent,
    *,
    sigmas: Tensor | None = None,
    steps: int = 1,
    shift: float = 1.0,
    denoise: float = 1.0,
    solver: str = "euler",
    text_scale: float = 1.0,
    motion_scale: float = 1.0,
    no_motion: Conditioning | None = None,
    scale_schedule: str = "constant",
) -> Tensor:
    """See `hosts.Host.sample`."""
    from ...sampling import run
    from ...sampling.guidance import Guidance, GuidedModel
    from ...sampling.noise import step_noise
    from ...sampling.schedule import rectified_flow_sigmas

    guidance = Guidance(text_scale, motion_scale, scale_schedule)
    guidance.check_conditions(negative, no_motion)
    if sigmas is None:
        sigmas = rectified_flow_sigmas(steps, shift, denoise)
    start = latent["samples"].to(model.device).float()
    if bool(start.any()):  # zeros are an empty canvas, not a grey picture
        start = latent_format(model).process_in(start)
    unit_noise = noise.generate_noise(latent).to(model.device).float()
    without_text = model.condition(negative, start) if text_scale != 1.0 else None
    without_motion = model.condition(no_motion, start) if motion_scale != 1.0 and no_motion else None
    guided = GuidedModel(
        model.velocity, model.condition(positive, start), without_text, without_motion, guidance=guidance
    )
    mask = latent.get("noise_mask")
    steer = None
    if model.following is not None:
        sigmas, start, steer = model.following.begun(
            sigmas, start, None if mask is None else _latent_mask(mask, start)
        )
    bar = progress(len(sigmas) - 1)

    def step_done(step: Any) -> None:
        check_cancel()
        bar.update(1)

    samples = run.sample(
        guided,
        unit_noise,
        sigmas.to(model.device),
        solver=solver,
        latent=start,
        mask=None if mask is None else _latent_mask(mask, start),
        steer=steer,
        step_noise=step_noise(unit_noise, noise.seed),
        callback=step_done,
    )
    return latent_format(model).process_out(samples).float().cpu()


def _latent_mask(mask: Tensor, like: Tensor) -> Tensor:
    """A `noise_mask` at the size of latents [B,16,T',h,w]. Raises ValueError for one that would have to be resized in time."""
    from torch.nn import functional

    mask = mask.to(like)
    if mask.ndim < 5:
        mask = mask.reshape(-1, 1, 1, *mask.shape[-2:])
    if mask.shape[2] not in (1, like.shape[2]):
        raise ValueError(
            f"the noise mask has {mask.shape[2]} frames, and the latents have {like.shape[2]}: make them equal."
        )
    return functional.interpolate(
        mask, size=(mask.shape[2], *like.shape[3:]), mode="trilinear", align_corners=False
    )


def motion_guider(
    model: Model,
    positive: Conditioning,
    negative: Conditioning,
    no_motion: Conditioning | None,
    guidance: Guidance,
) -> Any:
    """See `hosts.Host.motion_guider`. Nothing here runs one."""
    raise ValueError(
        "a GUIDER is for the stock SamplerCustomAdvanced, which needs ComfyUI; use the Flowbrush Sampler here"
    )


def following_model(model: Model, reference: Tensor, strength: Tensor, clocks: Clocks) -> Model:
    """See `hosts.Host.following_model`."""
    from dataclasses import replace

    from ...sampling.time_to_move import TimeToMove

    following = TimeToMove(latent_format(model).process_in(reference), strength[None, None], clocks)
    return replace(model, following=following)


def clock_family(model: Model) -> str:
    """See `hosts.Host.clock_family`. By its width: the published networks have 1536 and more."""
    from ...sampling.time_to_move import BUNDLED, WAN

    return BUNDLED if model.network.config.dim < 512 else WAN


def few_steps(model: Model) -> FewSteps | None:
    """See `hosts.Host.few_steps`."""
    return model.few_steps


def for_stock_samplers(model: Any) -> Any:
    """See `hosts.Host.for_stock_samplers`. There is no such model here."""
    raise ValueError("`model` is for CogVideoX, which needs ComfyUI; leave it unconnected here")


def between_frames(model: Any) -> Any:
    """See `hosts.Host.between_frames`. There is no stock loader here."""
    raise ValueError(
        "`interpolation_model` is for the stock Load Frame Interpolation Model, which needs ComfyUI; leave it unconnected here"
    )


def latent_format(model: Model) -> WanLatents:
    """See `hosts.Host.latent_format`."""
    from .native import WanLatents

    return WanLatents()


# The running node


def progress(total: int) -> ProgressBar:
    """See `hosts.Host.progress`."""
    return ProgressBar(total)


def notice(text: str) -> None:
    """See `hosts.Host.notice`."""
    print(f"Note: {text}", file=sys.stderr)


def check_cancel() -> None:
    """See `hosts.Host.check_cancel`."""
    if session.cancelled.is_set():
        raise Cancelled("Stopped as asked.")


def is_out_of_memory(error: BaseException) -> bool:
    """See `hosts.Host.is_out_of_memory`."""
    import torch

    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    return isinstance(error, RuntimeError) and "can't allocate memory" in str(error)  # torch on a CPU


def empty_cache() -> None:
    """See `hosts.Host.empty_cache`."""
    import torch

    if torch.cuda.is_available():
        torch.cuda.empty_cache()


# Folders


def input_directory() -> Path:
    """See `hosts.Host.input_directory`."""
    return session.input_directory


def output_directory() -> Path:
    """See `hosts.Host.output_directory`."""
    return session.output_directory


def temp_directory() -> Path:
    """See `hosts.Host.temp_directory`."""
    return session.temp()


def serve_editor() -> None:
    """See `hosts.Host.serve_editor`. There is no canvas here."""
