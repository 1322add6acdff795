"""Loading model files as the library's own networks."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import torch

from ...models.bundled import bundled_path
from ...models.checkpoint import load_dit, load_text, load_vae, read_header
from ...models.text import ByteTextEncoder
from ...models.text_encoders import FolderTextEncoder, load_text_encoder
from ...sampling.few_steps import FewSteps
from .. import BUNDLED, BUNDLED_CHOICES, Kind
from ..checks import check_text_width
from .native import Clip, Model, Vae


def load_models(dit: str, vae: str, text: str, device: torch.device) -> tuple[Model, Clip, Vae]:
    """Load three files, or return the models of the last call if the files and the device are still the same."""
    paths = _path("dit", dit), _path("vae", vae), _path("text", text)
    times = tuple(path.stat().st_mtime_ns for path in paths)
    return _load(*map(str, paths), times, str(device))


def forget_models() -> None:
    """Release the models of the last call of `load_models`."""
    _load.cache_clear()


def _path(kind: Kind, choice: str) -> Path:
    if choice in BUNDLED_CHOICES[kind]:
        return Path(bundled_path(BUNDLED_CHOICES[kind][choice]))
    path = Path(choice).expanduser()
    if not path.exists():
        raise ValueError(
            f"there is no {kind} file `{choice}`: give `{BUNDLED}` or the path of a safetensors file."
        )
    return path


@lru_cache(maxsize=1)
def _load(dit: str, vae: str, text: str, times: tuple[int, ...], device_name: str) -> tuple[Model, Clip, Vae]:
    # `times` is an argument only so that the cache misses when a file has changed.
    device = torch.device(device_name)
    dtype = torch.float32 if device.type == "cpu" else torch.bfloat16
    network = load_dit(dit, dtype).to(device).eval().requires_grad_(False)
    autoencoder = load_vae(vae, dtype).to(device).channels_last().eval().requires_grad_(False)
    encoder = _load_text_encoder(text).to(device).eval().requires_grad_(False)
    clip = Clip(encoder, device)
    check_text_width(Path(text).name, clip.width, Path(dit).name, network.config.text_dim)
    few_steps = FewSteps.from_facts(read_header(dit)["facts"])
    return Model(network, device, dtype, few_steps=few_steps), clip, Vae(autoencoder, device, dtype)


def _load_text_encoder(path: str) -> ByteTextEncoder | FolderTextEncoder:
    """Load a byte encoder from a safetensors file, or a transformers encoder from a folder."""
    return load_text_encoder(path) if Path(path).is_dir() else load_text(path)
