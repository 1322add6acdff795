"""Number formats of stored weights: what can be read, fp8 with a scale for each tensor, and what is refused."""

import json
from collections.abc import Iterable, Mapping

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
_ACTIVATIONS = (".scale_input", ".input_scale")  # for fp8 products; not needed where weights are widened
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


def check_formats(formats: Mapping[str, str], source: str) -> None:
    """Refuse number formats, by safetensors name of each tensor, that would not be read right: ValueError."""
    for name in formats:
        for ending, scheme in _SCHEMES.items():
            if ending in name:
                raise ValueError(f"{source} is quantized by {scheme} (tensor {name!r}); {_wanted()}")
    for name, number in formats.items():
        if number not in FLOATS and not name.endswith(_MARKS):
            raise ValueError(
                f"{source} holds {_OTHERS.get(number, number)} numbers (tensor {name!r}); {_wanted()}"
            )


def _wanted() -> str:
    return "fp32, fp16, bf16 and fp8 with a scale for each tensor can be read"


def widen(
    state: dict[str, torch.Tensor], metadata: Mapping[str, str], source: str
) -> dict[str, torch.Tensor]:
    """The state with every fp8 tensor times its scale, in bf16, and without scales and marks; others as they are.

    Scales are `NAME.scale_weight` or `NAME.weight_scale` beside `NAME.weight`, one number or one a row. A file that
    has scales must have one for each fp8 tensor; a file without any was cast to fp8 plainly, and is cast back.
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
                    f"{source}: the scale of {name!r} has {scale.numel()} numbers, or one is not finite"
                )
            value = (value.float() * scale.view(-1, *[1] * (value.ndim - 1))).to(torch.bfloat16)
        wide[name] = value
    return wide


def _check_declared(state: Mapping[str, torch.Tensor], metadata: Mapping[str, str], source: str) -> None:
    """The layers' own declarations (ComfyUI's `comfy_quant` tensors, or its metadata) must say fp8."""
    layers = json.loads(metadata.get("_quantization_metadata", "{}")).get("layers", {})
    declared = [(name, layer.get("format")) for name, layer in layers.items()]
    for name, value in state.items():
        if name.endswith("comfy_quant"):
            declared.append((name, json.loads(bytes(value.tolist())).get("format")))
    for name, scheme in declared:
        if scheme not in ("float8_e4m3fn", "float8_e5m2"):
            raise ValueError(f"{source} is quantized as {scheme} (layer {name!r}); {_wanted()}")


def stored_format(formats: Iterable[str]) -> str:
    """The format that most tensors have, in words: "bf16"."""
    names = [FLOATS[number] for number in formats if number in FLOATS]
    return max(set(names), key=names.count) if names else "none"
