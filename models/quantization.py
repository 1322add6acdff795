"""Number formats of stored weights: fp32, fp16, bf16 and scaled fp8 can be read; for others, the error names the format."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

import torch

FLOATS = {"F32": "fp32", "F16": "fp16", "BF16": "bf16", "F8_E4M3": "fp8", "F8_E5M2": "fp8"}
FP8 = (torch.float8_e4m3fn, torch.float8_e5m2)

_OTHERS = {
    "I8": "int8",
    "U8": "packed 4-bit or 8-bit",
    "F64": "fp64",
    "F4": "fp4",
    "I4": "int4",
    "F8_E8M0": "block-scaled (MX)",
    "F8_E4M3FNUZ": "fp8 fnuz",
    "F8_E5M2FNUZ": "fp8 fnuz",
}
_MARKS = ("comfy_quant", "scaled_fp8")
_SCALES = (".scale_weight", ".weight_scale")
_ACTIVATIONS = (".scale_input", ".input_scale")  # for products in fp8, which are not computed here
_SCHEMES = {
    ".absmax": "bitsandbytes",
    ".quant_map": "bitsandbytes",
    ".quant_state": "bitsandbytes",
    ".SCB": "bitsandbytes",
    ".qweight": "GPTQ or AWQ",
    ".qzeros": "GPTQ or AWQ",
    ".weight_scale_2": "nvfp4",
    ".pre_quant_scale": "nvfp4",
    ".proj_down": "SVDQuant (nunchaku)",
    ".smooth_factor": "SVDQuant (nunchaku)",
}


_READABLE = "only fp32, fp16, bf16, and fp8 with a scale for each tensor can be read"


def check_formats(formats: Mapping[str, str], source: str) -> None:
    """Raise ValueError if a tensor has a number format that cannot be read.

    `formats` maps each tensor's name to its format in safetensors' spelling; `source` names the file in the message.
    """
    for name in formats:
        for ending, scheme in _SCHEMES.items():
            if ending in name:
                raise ValueError(f"{source} is quantized by {scheme} (tensor {name!r}); {_READABLE}")
    for name, number in formats.items():
        if number not in FLOATS and not name.endswith(_MARKS):
            raise ValueError(
                f"{source} contains {_OTHERS.get(number, number)} numbers (tensor {name!r}); {_READABLE}"
            )


def widen(
    state: dict[str, torch.Tensor], metadata: Mapping[str, str], source: str
) -> dict[str, torch.Tensor]:
    """The state with each fp8 tensor multiplied by its scale and converted to bf16; the scales themselves are dropped.

    The scale of `NAME.weight` is `NAME.scale_weight` or `NAME.weight_scale`, one number or one for each row. If a file
    has scales, it must have one for each fp8 tensor; if it has none, its tensors were cast to fp8 without scaling.
    Raises ValueError for a missing or wrong scale, and for a format other than fp8 that the file declares.
    """
    _check_declared(state, metadata, source)
    scales = {n[: -len(e)]: v for n, v in state.items() for e in _SCALES if n.endswith(e)}
    wide = {}
    for name, value in state.items():
        if name.endswith((*_SCALES, *_ACTIVATIONS, *_MARKS)):
            continue
        if value.dtype in FP8:
            owner = name.removesuffix(".weight")
            if scales and owner not in scales:
                raise ValueError(f"{source} is fp8-scaled, but the scale of tensor {name!r} is missing")
            scale = scales.get(owner, torch.ones(())).float().flatten()
            if scale.numel() not in (1, value.shape[0]) or not torch.isfinite(scale).all():
                raise ValueError(
                    f"{source}: the scale of {name!r} has {scale.numel()} numbers; it must have 1 or {value.shape[0]}, "
                    "all of them finite"
                )
            value = (value.float() * scale.view(-1, *[1] * (value.ndim - 1))).to(torch.bfloat16)
        wide[name] = value
    return wide


def _check_declared(state: Mapping[str, torch.Tensor], metadata: Mapping[str, str], source: str) -> None:
    """Raise ValueError if a layer is declared, by ComfyUI's `comfy_quant` tensors or metadata, as anything but fp8."""
    declared = []
    layers = _object(
        metadata.get("_quantization_metadata", "{}"), "the header `_quantization_metadata`", source
    )
    for name, layer in _object(layers.get("layers", {}), "its list of layers", source).items():
        declared.append((name, _object(layer, f"the layer {name[:60]!r}", source).get("format")))
    for name, value in state.items():
        if name.endswith("comfy_quant"):
            if value.dtype != torch.uint8 or value.ndim != 1:
                raise ValueError(f"{source} is damaged: its tensor {name[:100]!r} is no text in bytes")
            described = _object(bytes(value.tolist()), f"the tensor {name[:100]!r}", source)
            declared.append((name, described.get("format")))
    for name, scheme in declared:
        if scheme not in ("float8_e4m3fn", "float8_e5m2"):
            raise ValueError(
                f"{source} is quantized as {str(scheme)[:60]} (layer {name[:60]!r}); {_READABLE}"
            )


def _object(value: Any, what: str, source: str) -> dict[str, Any]:
    """A JSON object, given as it is or as its text. Raises ValueError for anything else; `what` names it."""
    if isinstance(value, str | bytes):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError) as error:
            raise ValueError(f"{source} is damaged: {what} is not JSON ({str(error)[:100]})") from None
    if not isinstance(value, dict):
        raise ValueError(f"{source} is damaged: {what} is a {type(value).__name__}; it must be a JSON object")
    return value


def stored_format(formats: Iterable[str]) -> str:
    """The format of most tensors, for example "bf16"; "none" if no format is a known float."""
    names = [FLOATS[number] for number in formats if number in FLOATS]
    return max(set(names), key=names.count) if names else "none"
