"""Flowbrush inside ComfyUI: native MODEL, CLIP and VAE objects, ComfyUI's own sampling, progress and folders.

Only this folder imports `comfy.*`. Everything that comes out of here is ComfyUI's own class (`ModelPatcher`,
`comfy.sd.CLIP`, `comfy.sd.VAE`), so stock nodes work on it; and everything that goes in may be a stock object.
What each function promises is written once, in `hosts.Host`.
"""

import json
import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, cast

import comfy.ldm.wan.vae
import comfy.model_management
import comfy.model_sampling
import comfy.sample
import comfy.samplers
import comfy.sd
import comfy.utils
import folder_paths
import latent_preview
import torch
from comfy.supported_models_base import ClipTarget
from comfy_execution.utils import get_executing_context
from server import PromptServer
from torch import Tensor, nn

from .. import BUNDLED, Conditioning, Host, Latent, LatentFormat, Noise
from ..tiles import SIDES, in_smaller_tiles
from .strides import check_fits

name = "comfyui"

_log = logging.getLogger("flowbrush")
_host = cast(Host, sys.modules[__name__])

_FOLDERS = {"dit": "diffusion_models", "vae": "vae", "text": "text_encoders"}
_FEW_STEPS = "flowbrush_few_steps"
_KINDS = {"dit": "diffusion model", "vae": "VAE", "text": "text encoder"}


# Files


def model_choices(kind: Literal["dit", "vae", "text"]) -> list[str]:
    """See `hosts.Host.model_choices`."""
    return [BUNDLED, *folder_paths.get_filename_list(_FOLDERS[kind])]


def _path(kind: Literal["dit", "vae", "text"], choice: str) -> str:
    if choice == BUNDLED:
        from ...models.bundled import bundled_path

        return str(bundled_path(kind))
    path = folder_paths.get_full_path(_FOLDERS[kind], choice)
    if path is None:
        raise ValueError(
            f"no {_KINDS[kind]} named {choice!r} in models/{_FOLDERS[kind]}; pick one of the list or {BUNDLED!r}"
        )
    return path


def load_models(dit: str, vae: str, text: str) -> tuple[Any, Any, Any]:
    """See `hosts.Host.load_models`. A ComfyUI `ModelPatcher`, `comfy.sd.CLIP` and `comfy.sd.VAE`."""
    model = _load_model(_path("dit", dit))
    clip = _load_clip(_path("text", text))
    wanted = _text_width_of(model)
    given = getattr(clip.cond_stage_model, "text_dim", wanted)
    if given != wanted:
        raise ValueError(
            f"the text encoder {text!r} is {given} wide and the diffusion model {dit!r} reads text of {wanted}; "
            "choose the two of one family"
        )
    return model, clip, _load_vae(_path("vae", vae))


# A patcher whose `cached_patcher_init` can load it once more is what ComfyUI asks for where it needs weights of its own:
# for torch.compile and for other devices when it loads dynamically.


def _load_model(path: str, disable_dynamic: bool = False) -> Any:
    ours = _own_header(path) if _checked_kind(path, "dit") else {}
    attention = ours.get("config", {}).get("attention", "full")
    if attention != "full":
        raise ValueError(
            f"{Path(path).name} has {attention} attention, which ComfyUI's Wan network does not have; "
            "it runs without ComfyUI only"
        )
    try:
        if ours.get("naming") == "diffusers":
            weights, metadata = _original_names(path, "dit")
            model = comfy.sd.load_diffusion_model_state_dict(
                weights, metadata=metadata, disable_dynamic=disable_dynamic
            )
        else:
            model = comfy.sd.load_diffusion_model(path, disable_dynamic=disable_dynamic)
    except RuntimeError as error:
        raise ValueError(f"{Path(path).name} is no diffusion model that ComfyUI knows: {error}") from error
    facts = ours.get("facts", {})
    if facts.get("few_steps"):  # an attachment goes along when a patcher is cloned, for a LoRA for example
        model.set_attachments(_FEW_STEPS, facts["few_steps"])
    colours = facts.get("latent_rgb")
    if colours is not None:  # [17,3]: for each latent channel, and the bias
        model.model.latent_format.latent_rgb_factors = colours[:-1]
        model.model.latent_format.latent_rgb_factors_bias = colours[-1]
    model.cached_patcher_init = (_load_model, (path,))
    return model


def _checked_kind(path: str, kind: Literal["dit", "vae", "text"]) -> bool:
    """Whether a file is in a layout of ours; ValueError where it is one of another kind."""
    from ...models.checkpoint import kind_of

    found = kind_of(path)
    if found not in (None, kind):
        raise ValueError(f"{Path(path).name} is a {_KINDS[found]}, and a {_KINDS[kind]} is wanted here")
    return found == kind


def _own_header(path: str) -> dict[str, Any]:
    """What our header says ("config" and "facts", where there is one) and how the tensors are named ("naming")."""
    from safetensors import safe_open

    from ...models.keys import naming_of

    with safe_open(path, framework="pt") as file:
        described = json.loads((file.metadata() or {}).get("flowbrush", "{}"))
        return {**described, "naming": naming_of(file.keys(), "dit")}


def _original_names(path: str, kind: Literal["dit", "vae"]) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Weights as ComfyUI reads them, with the published Wan names, and the file's metadata."""
    from ...models.keys import to_original

    weights, metadata = comfy.utils.load_torch_file(path, return_metadata=True)
    return to_original(weights, kind), metadata or {}


def _text_width_of(model: Any) -> int | None:
    embedding = getattr(model.model.diffusion_model, "text_embedding", None)
    return embedding[0].in_features if isinstance(embedding, nn.Sequential) else None


def _load_vae(path: str) -> Any:
    if _checked_kind(path, "vae"):
        weights, metadata = _original_names(path, "vae")
    else:
        weights, metadata = comfy.utils.load_torch_file(path, return_metadata=True)
    try:
        vae = comfy.sd.VAE(sd=weights, metadata=metadata)
        vae.throw_exception_if_invalid()
    except RuntimeError as error:
        raise ValueError(f"{Path(path).name} is no VAE that ComfyUI knows: {error}") from error
    vae.patcher.cached_patcher_init = (_vae_patcher, (path,))
    return vae


def _vae_patcher(path: str, disable_dynamic: bool = False) -> Any:
    return _load_vae(path).patcher  # as in ComfyUI, whose VAE class decides alone how it is loaded


def _load_clip(path: str) -> Any:
    from ...models.checkpoint import load_text
    from .byte_clip import ByteTextModel, ByteTokenizer

    if not _checked_kind(path, "text"):
        return comfy.sd.load_clip([path], clip_type=comfy.sd.CLIPType.WAN)
    encoder = load_text(path)
    target = ClipTarget(ByteTokenizer, lambda **_: ByteTextModel(encoder))
    # float32: the encoder is small, and 16 bits cost agreement between machines
    clip = comfy.sd.CLIP(target, model_options={"dtype": torch.float32}, disable_dynamic=True)
    clip.patcher.cached_patcher_init = (_clip_patcher, (path,))
    return clip


def _clip_patcher(path: str, disable_dynamic: bool = False) -> Any:
    return _load_clip(path).patcher


# Text, video, latents


def encode_text(clip: Any, text: str) -> Conditioning:
    """See `hosts.Host.encode_text`."""
    return clip.encode_from_tokens_scheduled(clip.tokenize(text))


def encode_video(vae: Any, frames: Tensor, tiled: bool = False) -> Tensor:
    """See `hosts.Host.encode_video`."""
    check_fits(vae, frames)
    if not _is_wan(vae):
        return (vae.encode_tiled(frames) if tiled else vae.encode(frames)).float().cpu()
    chunks = 1 + (len(frames) - 1) // 2

    def encode(side: int) -> Tensor:
        tile = side or max(frames.shape[1:3])
        overlap = tile // 4
        tiles = _tiles(frames.shape[1], tile, overlap) * _tiles(frames.shape[2], tile, overlap)
        with _chunk_by_chunk(vae.first_stage_model.encoder, chunks * tiles):
            return vae.encode_tiled(frames, tile_x=tile, tile_y=tile, overlap=overlap)

    longest = max(frames.shape[1:3])
    return in_smaller_tiles(encode, SIDES[0] if tiled else 0, "encoding", _host, longest).float().cpu()


def decode_video(
    vae: Any, latents: Tensor, tile: int = 0, on_chunk: Callable[[int, int], None] | None = None
) -> Tensor:
    """See `hosts.Host.decode_video`."""
    if not _is_wan(vae):
        from .cogvideox import odd_latents

        latents, spare = odd_latents(vae, latents)
        cells = tile // 8
        tiles = {"tile_x": cells, "tile_y": cells, "overlap": cells // 4}
        frames = vae.decode_tiled(latents, **tiles) if tile else vae.decode(latents)
        return (frames[:, spare:] if spare else frames).float().cpu().flatten(0, -4)
    chunks = 1 + latents.shape[2] // 2

    def decode(side: int) -> Tensor:
        cells = side // 8 or max(latents.shape[3:])
        overlap = cells // 4
        tiles = _tiles(latents.shape[3], cells, overlap) * _tiles(latents.shape[4], cells, overlap)
        with _chunk_by_chunk(vae.first_stage_model.decoder, chunks * tiles * len(latents), on_chunk):
            return vae.decode_tiled(latents, tile_x=cells, tile_y=cells, overlap=overlap)

    longest = 8 * max(latents.shape[3:])
    return in_smaller_tiles(decode, tile, "decoding", _host, longest).float().cpu().flatten(0, -4)


def _is_wan(vae: Any) -> bool:
    return isinstance(vae.first_stage_model, comfy.ldm.wan.vae.WanVAE)


def _tiles(size: int, tile: int, overlap: int) -> int:
    """How many tiles ComfyUI cuts `size` into."""
    return 1 if size <= tile else len(range(0, size - overlap, tile - overlap))


@contextmanager
def _chunk_by_chunk(
    network: nn.Module, total: int, on_chunk: Callable[[int, int], None] | None = None
) -> Iterator[None]:
    """While this lasts, each call of `network` is a chunk: a cancel is noticed before it, progress shown after."""
    bar, done = comfy.utils.ProgressBar(total), 0

    def before(*_: Any) -> None:
        check_cancel()

    def after(*_: Any) -> None:
        nonlocal done
        done += 1
        bar.update(1)
        if on_chunk is not None:
            on_chunk(done, total)

    hooks = network.register_forward_pre_hook(before), network.register_forward_hook(after)
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


# Sampling


def sample(
    model: Any,
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
    from ...sampling.guidance import Guidance
    from ...sampling.schedule import rectified_flow_sigmas

    guidance = Guidance(text_scale, motion_scale, scale_schedule)
    guided = motion_guider(model, positive, negative, no_motion, guidance)
    flows = isinstance(model.get_model_object("model_sampling"), comfy.model_sampling.CONST)
    if sigmas is None:
        if not flows:
            raise ValueError(
                f"{type(model.model).__name__} is no rectified flow, so its noise levels are its own: "
                "connect sigmas from a scheduler"
            )
        sigmas = rectified_flow_sigmas(steps, shift, denoise)
    ratios = latent.get("downscale_ratio_spacial"), latent.get("downscale_ratio_temporal")
    samples = comfy.sample.fix_empty_latent_channels(model, latent["samples"], *ratios)
    return guided.sample(
        noise.generate_noise({**latent, "samples": samples}),
        samples,
        native_sampler(solver, flows),
        sigmas,
        denoise_mask=latent.get("noise_mask"),
        callback=latent_preview.prepare_callback(model, len(sigmas) - 1),
        disable_pbar=not comfy.utils.PROGRESS_BAR_ENABLED,
        seed=noise.seed,
    ).to("cpu", torch.float32)


def native_sampler(solver: str, flows: bool = True) -> comfy.samplers.KSAMPLER:
    """A SAMPLER for SamplerCustomAdvanced that runs one of `sampling.solvers.SOLVERS`."""
    from ...sampling.noise import step_noise
    from ...sampling.parameterization import FLOW, VARIANCE_EXPLODING
    from ...sampling.solvers import SOLVERS

    if solver not in SOLVERS:
        raise ValueError(f"there is no solver {solver!r}; choose one of {', '.join(SOLVERS)}")

    def sample_flowbrush(
        model: Callable,
        x: Tensor,
        sigmas: Tensor,
        extra_args: dict,
        callback: Any = None,
        disable: Any = None,
    ) -> Tensor:
        def denoise(x: Tensor, sigma: Tensor) -> Tensor:
            check_cancel()
            return model(x, sigma, **extra_args)

        fresh = step_noise(x, extra_args.get("seed") or 0)
        path = FLOW if flows else VARIANCE_EXPLODING
        return SOLVERS[solver](denoise, x, sigmas, path=path, callback=callback, noise=fresh)

    return comfy.samplers.KSAMPLER(sample_flowbrush)


def motion_guider(
    model: Any,
    positive: Conditioning,
    negative: Conditioning,
    no_motion: Conditioning | None,
    guidance: Any,
) -> Any:
    """See `hosts.Host.motion_guider`. A `comfy.samplers.CFGGuider`."""
    from .guider import MotionGuider

    return MotionGuider(model, positive, negative, no_motion, guidance)


def following_model(model: Any, reference: Tensor, strength: Tensor, clocks: Any) -> Any:
    """See `hosts.Host.following_model`. A clone of the `ModelPatcher`."""
    from .time_to_move import patched

    return patched(model, reference, strength, clocks)


def clock_family(model: Any) -> str:
    """See `hosts.Host.clock_family`."""
    from .time_to_move import family

    return family(model)


def few_steps(model: Any) -> Any:
    """See `hosts.Host.few_steps`. Read from the file's header by Load Model."""
    from ...sampling.few_steps import FewSteps

    described = model.get_attachment(_FEW_STEPS)
    return FewSteps(**described) if described else None


def for_stock_samplers(model: Any) -> Any:
    """See `hosts.Host.for_stock_samplers`."""
    from .cogvideox import for_stock_samplers

    return for_stock_samplers(model)


def between_frames(model: Any) -> Any:
    """See `hosts.Host.between_frames`."""
    from .frame_interpolation import method_of

    return method_of(model)


def latent_format(model: Any) -> LatentFormat:
    """See `hosts.Host.latent_format`."""
    return model.get_model_object("latent_format")


# The running node


class _Progress:
    def __init__(self, total: int) -> None:
        self.bar = comfy.utils.ProgressBar(total)

    def update(self, n: int = 1, preview: Tensor | None = None) -> None:
        image = None
        if preview is not None:
            image = (
                "JPEG",
                latent_preview.preview_to_image(preview, do_scale=False),
                latent_preview.MAX_PREVIEW_RESOLUTION,
            )
        self.bar.update_absolute(self.bar.current + n, preview=image)


def progress(total: int) -> _Progress:
    """See `hosts.Host.progress`."""
    return _Progress(total)


def notice(text: str) -> None:
    """See `hosts.Host.notice`."""
    _log.warning(text)
    running = get_executing_context()
    if running is not None and getattr(PromptServer, "instance", None) is not None:
        PromptServer.instance.send_progress_text(text, running.node_id)


def check_cancel() -> None:
    """See `hosts.Host.check_cancel`."""
    comfy.model_management.throw_exception_if_processing_interrupted()


def is_out_of_memory(error: BaseException) -> bool:
    """See `hosts.Host.is_out_of_memory`."""
    if isinstance(error, MemoryError) or comfy.model_management.is_oom(error):
        return True
    words = "can't allocate memory", "not enough memory"  # torch on a CPU
    return isinstance(error, RuntimeError) and any(word in str(error) for word in words)


def empty_cache() -> None:
    """See `hosts.Host.empty_cache`."""
    comfy.model_management.soft_empty_cache()


# Folders


def input_directory() -> Path:
    """See `hosts.Host.input_directory`."""
    return Path(folder_paths.get_input_directory())


def output_directory() -> Path:
    """See `hosts.Host.output_directory`."""
    return Path(folder_paths.get_output_directory())


def temp_directory() -> Path:
    """See `hosts.Host.temp_directory`."""
    return Path(folder_paths.get_temp_directory())


# The editor in the canvas


def serve_editor() -> None:
    """See `hosts.Host.serve_editor`."""
    from .editor_routes import register

    register()
