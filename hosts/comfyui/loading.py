"""Loading model files as ComfyUI's native objects: this pack's own layouts, and all that stock loaders support."""

# pyright: reportMissingImports=false

import pickle
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import comfy.model_management
import comfy.sd
import comfy.utils
import folder_paths
import torch
from comfy.supported_models_base import ClipTarget
from safetensors import safe_open
from torch import Tensor, nn

from ...models.bundled import bundled_path
from ...models.keys import cogvideox_for_comfyui, is_published_cogvideox, naming_of, to_original
from ...sampling.few_steps import FACT, FewSteps
from .. import BUNDLED, BUNDLED_CHOICES, Kind
from ..checks import check_text_width
from .byte_clip import ByteTextModel, ByteTokenizer

FOLDERS: dict[Kind, str] = {"dit": "diffusion_models", "vae": "vae", "text": "text_encoders"}
"""ComfyUI's folder for each kind of model."""

_KIND_NAMES = {
    "dit": "diffusion model",
    "vae": "VAE",
    "text": "text encoder",
    "interpolator": "frame interpolation network",
}
# Larger files are not searched for NaN, since that would read all of them once more.
_LARGEST_CHECKED = 4_000_000_000
_ATTACHMENT = "flowbrush_few_steps"


def load_models(dit: str, vae: str, text: str) -> tuple[Any, Any, Any]:
    """Load a `ModelPatcher`, a `comfy.sd.CLIP` and a `comfy.sd.VAE`; see `Host.load_models`."""
    paths = {"dit": _path("dit", dit), "text": _path("text", text), "vae": _path("vae", vae)}
    for kind, path in paths.items():
        with _named_errors(path, kind):
            _check_weights(path)
    with _named_errors(paths["dit"], "dit"):
        model = _load_model(paths["dit"])
    with _named_errors(paths["text"], "text"):
        clip = _load_clip(paths["text"])
    needed = _text_width_of(model)
    actual = getattr(clip.cond_stage_model, "text_dim", needed)
    if needed is not None:  # other networks than Wan's read their text elsewhere
        check_text_width(text, actual, dit, needed)
    with _named_errors(paths["vae"], "vae"):
        return model, clip, _load_vae(paths["vae"])


@contextmanager
def _named_errors(path: str, kind: str) -> Iterator[None]:
    """Turn any error about a file's content, of which ComfyUI's loaders raise many kinds, into one that names the file.

    A lack of memory and a cancel pass through.
    """
    try:
        yield
    except (MemoryError, torch.OutOfMemoryError, comfy.model_management.InterruptProcessingException):
        raise
    except Exception as error:
        if type(error) is ValueError:  # a sentence of ours; its subclasses come from decoders
            if str(error).startswith(Path(path).name):
                raise
            raise ValueError(f"{Path(path).name}: {str(error)[:300]}") from error
        reason = _reason(path, error)
        raise ValueError(
            f"{Path(path).name} cannot be loaded as a {_KIND_NAMES[kind]} ({reason}): it is damaged or of another "
            "kind; choose another file, or download it again"
        ) from error


def _reason(path: str, error: Exception) -> str:
    """What an error of a loader means; torch's own advice for pickled files, to trust them, is left out."""
    with Path(path).open("rb") as file:
        start = file.read(4)
    if start == b"GGUF":
        return "it is a GGUF file, which only the loaders of ComfyUI-GGUF read"
    if isinstance(error, pickle.UnpicklingError):
        return "it is no safetensors file, and no pickled one that can be opened safely"
    return " ".join(f"{type(error).__name__} {str(error)[:200]}".split())


def _check_weights(path: str) -> None:
    """Refuse a safetensors file with NaN, infinite or absurd weights, unless it is very large. Raises ValueError."""
    from ...models.weight_values import check_values

    file = Path(path)
    if file.suffix.lower() in (".safetensors", ".sft") and file.stat().st_size <= _LARGEST_CHECKED:
        with safe_open(path, framework="pt") as weights:
            check_values(weights.keys(), weights.get_tensor, file.name)


def few_steps(model: Any) -> FewSteps | None:
    """Return the few-step schedule that `_load_model` read from the header of a MODEL's file, or None."""
    facts = model.get_attachment(_ATTACHMENT)
    return FewSteps.from_facts({FACT: facts})


def _path(kind: Kind, choice: str) -> str:
    if choice in BUNDLED_CHOICES[kind]:
        return str(bundled_path(BUNDLED_CHOICES[kind][choice]))
    path = folder_paths.get_full_path(FOLDERS[kind], choice)
    if path is None:
        raise ValueError(
            f"no {_KIND_NAMES[kind]} named {choice!r} in models/{FOLDERS[kind]}; choose a file in the list or {BUNDLED!r}"
        )
    return path


# ComfyUI re-creates a patcher by calling the function in its `cached_patcher_init` (for torch.compile and for several
# devices), so each loader below stores itself there and must be able to read the file again.


def _load_model(path: str, disable_dynamic: bool = False) -> Any:
    header = _own_header(path) if _is_own_file(path, "dit") else {}
    attention = header.get("config", {}).get("attention", "full")
    if attention != "full":
        raise ValueError(
            f"{Path(path).name} has {attention} attention, which ComfyUI's Wan network does not have; "
            "it runs only without ComfyUI"
        )
    try:
        if header.get("naming") == "diffusers" or _is_published_cogvideox(path):
            weights, metadata = _comfyui_names(path)
            model = comfy.sd.load_diffusion_model_state_dict(
                weights, metadata=metadata, disable_dynamic=disable_dynamic
            )
        else:
            model = comfy.sd.load_diffusion_model(path, disable_dynamic=disable_dynamic)
    except RuntimeError as error:
        raise ValueError(
            f"{Path(path).name} is no diffusion model that ComfyUI knows: {str(error).strip()[:300]}"
        ) from error
    _attach_facts(model, header.get("facts", {}))
    model.cached_patcher_init = (_load_model, (path,))
    return model


def _is_published_cogvideox(path: str) -> bool:
    """Return whether a file holds CogVideoX under the names of diffusers, which ComfyUI itself does not recognise."""
    if Path(path).suffix not in (".safetensors", ".sft"):
        return False
    with safe_open(path, framework="pt") as file:
        return is_published_cogvideox(file.keys())


def _comfyui_names(path: str) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Return the weights of a network with the names of diffusers under those that ComfyUI reads, and the metadata."""
    weights, metadata = comfy.utils.load_torch_file(path, return_metadata=True)
    if is_published_cogvideox(weights):
        return cogvideox_for_comfyui(weights), metadata or {}
    return to_original(weights, "dit"), metadata or {}


def _attach_facts(model: Any, facts: dict[str, Any]) -> None:
    """Give a MODEL the few-step schedule and the preview colours from its file's header."""
    FewSteps.from_facts(facts)  # refuses a damaged entry while the file is loaded
    if facts.get(FACT):  # ComfyUI copies attachments when it clones a patcher, for example to add a LoRA
        model.set_attachments(_ATTACHMENT, facts[FACT])
    colours = facts.get("latent_rgb")
    if colours is not None:  # [17,3]: one row for each latent channel, then the bias
        if torch.tensor(colours).shape != (17, 3):
            raise ValueError("the entry 'latent_rgb' of the header must have 17 rows of 3 numbers")
        model.model.latent_format.latent_rgb_factors = colours[:-1]
        model.model.latent_format.latent_rgb_factors_bias = colours[-1]


def _is_own_file(path: str, kind: Kind) -> bool:
    """Return whether a file has one of this pack's layouts; ValueError if it has that of another kind."""
    from ...models.checkpoint import kind_of  # slow to import, and ComfyUI imports every pack when it starts

    file_kind = kind_of(path)
    if file_kind not in (None, kind):
        raise ValueError(
            f"{Path(path).name} is a {_KIND_NAMES[file_kind]}, but the input needs a {_KIND_NAMES[kind]}"
        )
    return file_kind == kind


def _own_header(path: str) -> dict[str, Any]:
    """Return this pack's header ("config" and "facts", if present) and the scheme of the tensor names ("naming")."""
    from ...models.checkpoint import read_header  # see `_is_own_file`

    with safe_open(path, framework="pt") as file:
        naming = naming_of(file.keys(), "dit")
    described = read_header(path)
    return {"config": described["config"], "facts": described["facts"], "naming": naming}


def _original_names(path: str, kind: Literal["dit", "vae"]) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Return a file's weights under the published Wan names, which ComfyUI reads, and the file's metadata."""
    weights, metadata = comfy.utils.load_torch_file(path, return_metadata=True)
    return to_original(weights, kind), metadata or {}


def _text_width_of(model: Any) -> int | None:
    embedding = getattr(model.model.diffusion_model, "text_embedding", None)
    first: Any = embedding[0] if isinstance(embedding, nn.Sequential) else None
    return None if first is None else first.in_features


def _load_vae(path: str) -> Any:
    if _is_own_file(path, "vae"):
        from ...models.checkpoint import check_complete  # see `_is_own_file`

        weights, metadata = _original_names(path, "vae")
        check_complete(weights, "vae")  # ComfyUI would fill a missing tensor with random numbers
    else:
        weights, metadata = comfy.utils.load_torch_file(path, return_metadata=True)
    try:
        vae = comfy.sd.VAE(sd=weights, metadata=metadata)
        vae.throw_exception_if_invalid()
    except RuntimeError as error:
        raise ValueError(
            f"{Path(path).name} is no VAE that ComfyUI knows: {str(error).strip()[:300]}"
        ) from error
    vae.patcher.cached_patcher_init = (_vae_patcher, (path,))
    return vae


def _vae_patcher(path: str, disable_dynamic: bool = False) -> Any:
    return _load_vae(path).patcher  # ComfyUI's VAE class decides by itself how it is loaded


def _load_clip(path: str) -> Any:
    from ...models.checkpoint import load_text  # see `_is_own_file`

    if not _is_own_file(path, "text"):
        if comfy.sd.detect_te_model(comfy.utils.load_torch_file(path, safe_load=True)) is None:
            # ComfyUI would load a CLIP with the random weights that it starts from.
            raise ValueError("it has none of the tensors of a text encoder that ComfyUI knows")
        return comfy.sd.load_clip([path], clip_type=comfy.sd.CLIPType.WAN)
    encoder = load_text(path)
    target = ClipTarget(ByteTokenizer, lambda **_: ByteTextModel(encoder))
    # The encoder is small, and in 16 bits its results differ between machines.
    clip = comfy.sd.CLIP(target, model_options={"dtype": torch.float32}, disable_dynamic=True)
    clip.patcher.cached_patcher_init = (_clip_patcher, (path,))
    return clip


def _clip_patcher(path: str, disable_dynamic: bool = False) -> Any:
    return _load_clip(path).patcher
