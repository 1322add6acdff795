"""Reading and writing weights: safetensors only, with a header that says what they are and a checksum.

Header keys: `flowbrush` holds our own facts as JSON, {"kind", "config", "facts", "sha256"}; `config` holds, for a
transformer, {"transformer": {"num_heads", "text_dim", ...}}, which ComfyUI's "Load Diffusion Model" reads.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from ..files import atomic_write
from . import keys, quantization
from .detection import CONFIGURATIONS, check_hints, check_tensors, family_of
from .dit import DiTConfig, WanDiT
from .interpolator import Interpolator, InterpolatorConfig
from .text import ByteTextEncoder, TextConfig
from .vae import VAEConfig, WanVAE

State = dict[str, Tensor]
Config = DiTConfig | VAEConfig | TextConfig | InterpolatorConfig
Header = dict[str, Any]

_KINDS: dict[type, str] = {
    DiTConfig: "dit",
    VAEConfig: "vae",
    TextConfig: "text",
    InterpolatorConfig: "interpolator",
}
_WORDS = {
    "dit": "a Wan-layout transformer",
    "vae": "a Wan-layout VAE",
    "text": "a byte text encoder",
    "interpolator": "an interpolation network",
}
_PICKLES = (".pt", ".pth", ".ckpt", ".bin", ".pkl", ".pickle")
_COMFY_FACTS = ("num_heads", "text_dim", "text_len", "freq_dim", "eps")
_IGNORED = (".norm_added_q.weight",)  # in diffusers' published I2V files, used by nothing


def kind_of(path: str | Path) -> str | None:
    """A kind ("dit", "vae", "text" or "interpolator") by the names of the tensors; None for any other file, even one
    that is not safetensors."""
    try:
        return keys.kind_of_names(name for file in _files(Path(path)) for name in _open(file).keys())  # noqa: SIM118
    except ValueError:
        return None


def read_header(path: str | Path) -> Header:
    """What a file says of itself, without reading its weights: see `read`."""
    path = Path(path)
    metadata, formats = _metadata(path), {}
    for file in _files(path):
        opened = _open(file)
        found = {name: opened.get_slice(name).get_dtype() for name in opened.keys()}  # noqa: SIM118
        if twice := sorted(formats.keys() & found.keys()):
            raise ValueError(
                f"the folder {path.name} holds {twice[0]!r} in two files: keep one variant of the weights"
            )
        formats |= found
    kind = keys.kind_of_names(formats)
    if kind is not None:
        relevant = set(keys.stored_names(formats, kind))
        formats = {name: number for name, number in formats.items() if name in relevant}
    family = family_of(formats)
    if kind is None or family is not None:
        known = "; ".join(_WORDS.values())
        raise ValueError(
            f"{path.name} is {family or 'of an unknown architecture'}; what can be loaded: {known}"
        )
    quantization.check_formats(formats, path.name)
    ours = _json(metadata, "flowbrush", path)
    hints = ours.get("config") or _json(metadata, "config", path).get("transformer", {})
    return {
        "kind": kind,
        "naming": keys.naming_of(formats, kind),
        "format": quantization.stored_format(formats.values()),
        "config": hints,
        "facts": ours.get("facts", {}),
        "sha256": ours.get("sha256"),
        "metadata": metadata,
    }


def read(path: str | Path) -> tuple[State, Header]:
    """Tensors by their original names, and the header, of a safetensors file or of a folder as diffusers makes them.

    The header has `kind` (see `kind_of`), `naming`, `format`, `config` (what the file says of its
    configuration), `facts` (of training), `sha256` and the raw `metadata`. Any of the three namings is read;
    fp8 comes back as bf16, all else as stored. Raises FileNotFoundError, and ValueError that names what was found
    for other formats, pickled files, other architectures, damage and a checksum that does not match.
    """
    path = Path(path)
    header = read_header(path)
    stored: State = {}
    for file in _files(path):
        opened = _open(file)
        names = keys.stored_names(opened.keys(), header["kind"])
        stored |= {name: opened.get_tensor(name) for name in names}
    if header["sha256"] and checksum(stored) != header["sha256"]:
        raise ValueError(f"{path.name} is damaged: its tensors do not match the checksum in its header")
    wide = quantization.widen(stored, header["metadata"], path.name)
    state = keys.to_original(wide, header["kind"])
    return {name: value for name, value in state.items() if not name.endswith(_IGNORED)}, header


def load_dit(path: str | Path, dtype: torch.dtype = torch.float32) -> WanDiT:
    """A transformer in any naming and format that `read` knows, ready for inference; ValueError for anything else."""
    return _load(path, "dit", lambda config: WanDiT(config, device="meta"), dtype)


def load_vae(path: str | Path, dtype: torch.dtype = torch.float32) -> WanVAE:
    """A VAE in any naming and format that `read` knows, ready for inference; ValueError for anything else."""
    return _load(path, "vae", WanVAE, dtype)


def load_text(path: str | Path, dtype: torch.dtype = torch.float32) -> ByteTextEncoder:
    """The bundled kind of text encoder, ready for inference; ValueError for anything else."""
    return _load(path, "text", lambda config: ByteTextEncoder(config, device="meta"), dtype)


def load_interpolator(path: str | Path, dtype: torch.dtype = torch.float32) -> Interpolator:
    """An interpolation network, ready for inference; ValueError for anything else."""
    return _load(path, "interpolator", Interpolator, dtype).channels_last()


def _load(path: str | Path, kind: str, network: Any, dtype: torch.dtype) -> Any:
    path = Path(path)
    # Weights loaded while a node runs (under inference mode) must serve outside of it too.
    with torch.inference_mode(False), torch.no_grad():
        state, header = read(path)
        if header["kind"] != kind:
            raise ValueError(f"{path.name} is {_WORDS[header['kind']]}, but {_WORDS[kind]} is wanted here")
        try:
            config = CONFIGURATIONS[kind](state, header["config"])
            if "flowbrush" in header["metadata"]:
                check_hints(config, header["config"])
            with torch.device("meta"):
                model: nn.Module = network(config)
            check_tensors(model, state)
        except (ValueError, IndexError) as error:
            raise ValueError(f"{path.name} cannot be loaded as {_WORDS[kind]}: {error}") from None
        model.load_state_dict({name: value.to(dtype) for name, value in state.items()}, assign=True)
    return model.eval()


def save(
    path: str | Path,
    state: Mapping[str, Tensor],
    config: Config,
    facts: Mapping[str, Any],
    dtype: torch.dtype = torch.bfloat16,
) -> None:
    """Write tensors with original names as safetensors, atomically.

    `facts` is anything JSON about the training run. A tensor that is not finite is refused with ValueError.
    """
    from safetensors.torch import save_file

    path, kind = Path(path), _KINDS[type(config)]
    with torch.no_grad():
        # Copies: safetensors refuses tensors that share memory.
        stored = {
            name: value.detach().to("cpu", dtype, copy=True).contiguous() for name, value in state.items()
        }
    for name, value in stored.items():
        if not torch.isfinite(value).all():
            raise ValueError(f"tensor {name!r} holds NaN or infinity; {path.name} was not written")
    described = asdict(config)
    ours = {"kind": kind, "config": described, "facts": dict(facts), "sha256": checksum(stored)}
    metadata = {"format": "pt", "flowbrush": json.dumps(ours, allow_nan=False)}
    if kind == "dit":
        metadata["config"] = json.dumps({"transformer": {name: described[name] for name in _COMFY_FACTS}})

    with atomic_write(path) as temporary:
        save_file(stored, temporary, metadata=metadata)


def checksum(state: Mapping[str, Tensor]) -> str:
    """SHA-256 over names, formats, shapes and bytes of the tensors as stored, in order of their names."""
    digest = hashlib.sha256()
    for name in sorted(state):
        value = state[name].contiguous()
        digest.update(f"{name} {value.dtype} {tuple(value.shape)}\n".encode())
        digest.update(value.flatten().view(torch.uint8).numpy().data)
    return digest.hexdigest()


def _files(path: Path) -> list[Path]:
    """The safetensors files of a path: itself, or all of a folder as diffusers makes them."""
    if path.is_dir():
        files = sorted(path.glob("*.safetensors"))
        if not files:
            raise ValueError(f"the folder {path.name} holds no safetensors files")
        return files
    if not path.is_file():
        raise FileNotFoundError(f"there is no file {path}")
    return [path]


def _open(path: Path) -> Any:
    from safetensors import SafetensorError, safe_open

    with path.open("rb") as file:
        begin = file.read(4)
    if path.suffix.lower() in _PICKLES or begin[:2] in (
        b"PK",
        b"\x80\x02",
        b"\x80\x03",
        b"\x80\x04",
        b"\x80\x05",
    ):
        raise ValueError(
            f"{path.name} is a pickled file, which can run code when opened; convert it to safetensors"
        )
    if begin == b"GGUF":
        raise ValueError(f"{path.name} is a GGUF file; only safetensors can be loaded here")
    try:
        return safe_open(path, framework="pt")
    except (SafetensorError, OSError) as error:
        raise ValueError(f"{path.name} is not a safetensors file, or is damaged: {error}") from None


def _metadata(path: Path) -> dict[str, str]:
    """The header's text, and for a folder its `config.json` as if it were ComfyUI's `config`."""
    if path.is_dir():
        config = path / "config.json"
        described = json.loads(config.read_text(encoding="utf-8")) if config.is_file() else {}
        return {"config": json.dumps({"transformer": described})}
    return dict(_open(path).metadata() or {})


def _json(metadata: Mapping[str, str], name: str, path: Path) -> dict[str, Any]:
    try:
        value = json.loads(metadata.get(name, "{}"))
    except json.JSONDecodeError as error:
        raise ValueError(f"the header {name!r} of {path.name} is not JSON: {error}") from None
    return value if isinstance(value, dict) else {}
