"""Reading and writing weights: safetensors files only, with a header that describes them and a checksum.

The header's `flowbrush` key holds JSON: {"kind", "config", "facts", "sha256"}. The header of a transformer also has the
`config` key, {"transformer": {"num_heads", "text_dim", ...}}, which ComfyUI's "Load Diffusion Model" reads.
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
from ..interruption import check_interruption
from . import keys, quantization
from .detection import CONFIGURATIONS, check_hints, check_tensors, check_types, family_of
from .dit import DiTConfig, WanDiT
from .interpolator import Interpolator, InterpolatorConfig
from .text import ByteTextEncoder, TextConfig
from .vae import VAEConfig, WanVAE
from .weight_values import check_values

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
_PICKLE_STARTS = (b"PK", *(bytes((0x80, protocol)) for protocol in range(2, 6)))
_COMFY_FACTS = ("num_heads", "text_dim", "text_len", "freq_dim", "eps")
_IGNORED = (
    ".norm_added_q.weight",
)  # diffusers' published I2V files contain these tensors, but no network uses them


def kind_of(path: str | Path) -> str | None:
    """The kind of the weights in a file ("dit", "vae", "text" or "interpolator"), found by the names of the tensors.

    Returns None for any other file, also for one that is not a safetensors file.
    """
    try:
        return keys.kind_of_names(name for file in _files(Path(path)) for name in _open(file).keys())  # noqa: SIM118
    except ValueError:
        return None


def read_header(path: str | Path) -> Header:
    """The header of a file, as `read` returns it, without reading the weights."""
    path = Path(path)
    metadata, formats = _metadata(path), {}
    for file in _files(path):
        opened = _open(file)
        found = {name: opened.get_slice(name).get_dtype() for name in opened.keys()}  # noqa: SIM118
        if twice := sorted(formats.keys() & found.keys()):
            raise ValueError(
                f"the folder {path.name} contains {twice[0]!r} in two files: keep one variant of the weights"
            )
        formats |= found
    kind = keys.kind_of_names(formats)
    if kind is not None:
        relevant = set(keys.stored_names(formats, kind))
        formats = {name: number for name, number in formats.items() if name in relevant}
    family = family_of(formats)
    if kind is None or family is not None:
        loadable = "; ".join(_WORDS.values())
        raise ValueError(
            f"{path.name} is {family or 'of an unknown architecture'}; Flowbrush can load: {loadable}"
        )
    quantization.check_formats(formats, path.name)
    ours = _json(metadata, "flowbrush", path)
    hints = ours.get("config") or _json(metadata, "config", path).get("transformer", {})
    facts, sha256 = ours.get("facts", {}), ours.get("sha256")
    for name, value, kinds in (
        ("config", hints, dict),
        ("facts", facts, dict),
        ("sha256", sha256, str | None),
    ):
        if not isinstance(value, kinds):
            raise ValueError(
                f"the header of {path.name} is damaged: its {name!r} is a {type(value).__name__}; "
                "download or copy the file again"
            )
    return {
        "kind": kind,
        "naming": keys.naming_of(formats, kind),
        "format": quantization.stored_format(formats.values()),
        "config": hints,
        "facts": facts,
        "sha256": sha256,
        "metadata": metadata,
    }


def read(path: str | Path) -> tuple[State, Header]:
    """The tensors, under their original names, and the header of a safetensors file or of a diffusers model folder.

    The header has `kind` (see `kind_of`), `naming` and `format` (of the stored tensors), `config` (the configuration as
    far as the file describes it), `facts` (about training), `sha256` and the raw `metadata`. All of `keys.NAMINGS` can
    be read. fp8 tensors are returned as bf16, others as they are stored. Raises FileNotFoundError for a missing file, and
    ValueError for other file formats, pickled files, other architectures, damaged files and a wrong checksum.
    """
    path = Path(path)
    header = read_header(path)
    stored: State = {}
    for file in _files(path):
        opened = _open(file)
        names = keys.stored_names(opened.keys(), header["kind"])
        for name in names:
            check_interruption()
            stored[name] = opened.get_tensor(name)
    if header["sha256"] and checksum(stored) != header["sha256"]:
        raise ValueError(f"{path.name} is damaged: its tensors do not match the checksum in its header")
    wide = quantization.widen(stored, header["metadata"], path.name)
    check_values(wide, wide.__getitem__, path.name)
    state = keys.to_original(wide, header["kind"])
    return {name: value for name, value in state.items() if not name.endswith(_IGNORED)}, header


def load_dit(path: str | Path, dtype: torch.dtype = torch.float32) -> WanDiT:
    """The video transformer in a file or folder that `read` can read, in eval mode. Raises ValueError for other files."""
    return _load(path, "dit", lambda config: WanDiT(config, device="meta"), dtype)


def load_vae(path: str | Path, dtype: torch.dtype = torch.float32) -> WanVAE:
    """The VAE in a file or folder that `read` can read, in eval mode. Raises ValueError for other files."""
    return _load(path, "vae", WanVAE, dtype)


def load_text(path: str | Path, dtype: torch.dtype = torch.float32) -> ByteTextEncoder:
    """The byte text encoder in a file, in eval mode. Raises ValueError for other files."""
    return _load(path, "text", lambda config: ByteTextEncoder(config, device="meta"), dtype)


def load_interpolator(path: str | Path, dtype: torch.dtype = torch.float32) -> Interpolator:
    """The interpolation network in a file, in eval mode. Raises ValueError for other files."""
    return _load(path, "interpolator", Interpolator, dtype).channels_last()


def _load(path: str | Path, kind: str, network: Any, dtype: torch.dtype) -> Any:
    path = Path(path)
    # A node runs under inference mode, and tensors made there could not be used outside of it later.
    with torch.inference_mode(False), torch.no_grad():
        state, header = read(path)
        if header["kind"] != kind:
            raise ValueError(f"{path.name} is {_WORDS[header['kind']]}; choose a file with {_WORDS[kind]}")
        try:
            config = CONFIGURATIONS[kind](state, header["config"])
            check_types(config)
            if "flowbrush" in header["metadata"]:
                check_hints(config, header["config"])
            with torch.device("meta"):
                model: nn.Module = network(config)
            check_tensors(model, state)
        except (ValueError, LookupError, TypeError, ArithmeticError, AttributeError, RuntimeError) as error:
            # The header may hold characters that cannot be printed.
            reason = str(error)[:300].encode(errors="backslashreplace").decode() or type(error).__name__
            raise ValueError(f"{path.name} cannot be loaded as {_WORDS[kind]}: {reason}") from None
        check_interruption()
        model.load_state_dict({name: value.to(dtype) for name, value in state.items()}, assign=True)
    return model.eval()


def check_complete(state: Mapping[str, Tensor], kind: str) -> None:
    """Raise ValueError unless tensors with original names are exactly those of one network of this kind."""
    config = CONFIGURATIONS[kind](state, {})
    with torch.device("meta"):
        network: nn.Module = WanVAE(config) if isinstance(config, VAEConfig) else WanDiT(config)
    check_tensors(network, state)


def save(
    path: str | Path,
    state: Mapping[str, Tensor],
    config: Config,
    facts: Mapping[str, Any],
    dtype: torch.dtype = torch.bfloat16,
) -> None:
    """Write tensors with original names to a safetensors file, atomically.

    `facts` are stored as JSON and describe the training run. Raises ValueError for a tensor with NaN or infinity.
    """
    from safetensors.torch import save_file

    path, kind = Path(path), _KINDS[type(config)]
    with torch.no_grad():
        # The tensors are copied because safetensors refuses those that share memory.
        stored = {
            name: value.detach().to("cpu", dtype, copy=True).contiguous() for name, value in state.items()
        }
    for name, value in stored.items():
        if not torch.isfinite(value).all():
            raise ValueError(f"tensor {name!r} contains NaN or infinity; {path.name} was not written")
    described = asdict(config)
    ours = {"kind": kind, "config": described, "facts": dict(facts), "sha256": checksum(stored)}
    metadata = {"format": "pt", "flowbrush": json.dumps(ours, allow_nan=False)}
    if kind == "dit":
        metadata["config"] = json.dumps({"transformer": {name: described[name] for name in _COMFY_FACTS}})

    with atomic_write(path) as temporary:
        save_file(stored, temporary, metadata=metadata)


def checksum(state: Mapping[str, Tensor]) -> str:
    """SHA-256 over the names, dtypes, shapes and bytes of the tensors, in the order of their names."""
    digest = hashlib.sha256()
    for name in sorted(state):
        check_interruption()
        value = state[name].contiguous()
        digest.update(f"{name} {value.dtype} {tuple(value.shape)}\n".encode())
        digest.update(value.flatten().view(torch.uint8).numpy().data)
    return digest.hexdigest()


def _files(path: Path) -> list[Path]:
    """The safetensors files of a path: the file itself, or all files of a folder."""
    if path.is_dir():
        files = sorted(path.glob("*.safetensors"))
        if not files:
            raise ValueError(f"the folder {path.name} contains no safetensors files")
        return files
    if not path.is_file():
        raise FileNotFoundError(f"there is no file {path}")
    return [path]


def _open(path: Path) -> Any:
    from safetensors import SafetensorError, safe_open

    with path.open("rb") as file:
        begin = file.read(9)
    if not _begins_safetensors(begin, path.stat().st_size) and (
        path.suffix.lower() in _PICKLES or begin[:2] in _PICKLE_STARTS
    ):
        raise ValueError(
            f"{path.name} is a pickled file, which can run code when it is opened: convert it to safetensors"
        )
    if begin[:4] == b"GGUF":
        raise ValueError(f"{path.name} is a GGUF file; only safetensors files can be loaded here")
    try:
        return safe_open(path, framework="pt")
    except (SafetensorError, OSError, ValueError) as error:
        reason = str(error)[:200]
        raise ValueError(f"{path.name} is not a safetensors file, or it is damaged: {reason}") from None


def _begins_safetensors(begin: bytes, size: int) -> bool:
    """Whether the first 9 bytes are those of a safetensors file: the length of its header, and the header's bracket.

    The length can have any low bytes, also those with which a pickled file begins.
    """
    return len(begin) == 9 and begin[8:] == b"{" and int.from_bytes(begin[:8], "little") <= size - 8


def _metadata(path: Path) -> dict[str, str]:
    """The header's texts by key; for a folder, its `config.json` in the place of ComfyUI's `config` key."""
    if path.is_dir():
        config = path / "config.json"
        try:
            described = json.loads(config.read_text(encoding="utf-8")) if config.is_file() else {}
        except (ValueError, RecursionError) as error:
            raise ValueError(
                f"{config.name} in the folder {path.name} is not JSON: {str(error)[:200]}"
            ) from None
        return {"config": json.dumps({"transformer": described})}
    return dict(_open(path).metadata() or {})


def _json(metadata: Mapping[str, str], name: str, path: Path) -> dict[str, Any]:
    try:
        value = json.loads(metadata.get(name, "{}"))
    except (ValueError, RecursionError) as error:
        raise ValueError(f"the header {name!r} of {path.name} is not JSON: {str(error)[:200]}") from None
    return value if isinstance(value, dict) else {}
