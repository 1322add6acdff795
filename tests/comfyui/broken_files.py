"""Loads broken model files through the pack inside ComfyUI and prints, as one line of JSON, what it said to each.

<ComfyUI's python> broken_files.py <ComfyUI folder> <folder that holds the pack as `flowbrush`> <models folder>
"""

# ruff: noqa: E402 - ComfyUI reads its arguments when it is imported

import asyncio
import pickle
import sys
from pathlib import Path

COMFYUI, PACKS, MODELS = sys.argv[1:]
sys.path[:0] = [COMFYUI, PACKS]
sys.argv[1:] = ["--cpu"]

import comfy.options

comfy.options.enable_args_parsing()

import folder_paths
import latent_preview
import server
import torch
import worker_process
from safetensors.torch import load_file, save_file

import nodes as comfyui_nodes

assert comfyui_nodes.NODE_CLASS_MAPPINGS and latent_preview and server

FOLDERS = {"dit": "diffusion_models", "vae": "vae", "text": "text_encoders"}
GOOD = {kind: f"tiny_{kind}.safetensors" for kind in FOLDERS}
for folder in FOLDERS.values():
    folder_paths.add_model_folder_path(folder, str(Path(MODELS) / folder))


def with_length(data: bytes, length: int) -> bytes:
    """A safetensors file whose header claims another length."""
    return length.to_bytes(8, "little") + data[8:]


def spoiled(good: Path) -> dict[str, bytes]:
    """Broken variants of a good file, by name."""
    data = good.read_bytes()
    return {
        "empty.safetensors": b"",
        "short.safetensors": data[:5],
        "cut_header.safetensors": data[:200],
        "cut.safetensors": data[: len(data) // 2],
        "long_header.safetensors": with_length(data, 10**15),
        "zeros.safetensors": bytes(4096),
        "text.safetensors": b"not a model",
        "page.safetensors": b"<!DOCTYPE html><html>404</html>",
        "no_json.safetensors": (8).to_bytes(8, "little") + b"{" * 8,
        "empty_header.safetensors": (2).to_bytes(8, "little") + b"{}",
        "pickle.safetensors": pickle.dumps({"a": 1}),
        "no_text.pt": (8).to_bytes(8, "little") + b"\xff\xfe\xe9\x80{}{}",
        "pickle.pt": pickle.dumps({"a": 1}),
        "cut.ckpt": b"PK\x03\x04" + bytes(50),
        "text.pt": b"not a model",
        "empty.bin": b"",
        "model.gguf": b"GGUF" + bytes(60),
    }


def write_tensors(folder: Path, good: Path, other: Path) -> list[str]:
    """Files that are valid safetensors, but whose tensors or metadata are wrong; returns their names."""
    state = load_file(good)
    first = next(name for name, value in state.items() if value.ndim > 1)
    variants: dict[str, tuple[dict, dict | None]] = {
        "strange.safetensors": ({"a": torch.zeros(2), "b": torch.zeros(2)}, None),
        "one_missing.safetensors": ({k: v for k, v in state.items() if k != first}, None),
        "one_flat.safetensors": (state | {first: torch.zeros(3)}, None),
        "one_empty.safetensors": (state | {first: torch.zeros(0)}, None),
        "nan.safetensors": (state | {first: torch.full_like(state[first], torch.nan)}, None),
        "absurd.safetensors": (state | {first: torch.full_like(state[first], 1e30)}, None),
        "whole_numbers.safetensors": ({k: v.to(torch.int64) for k, v in state.items()}, None),
        "another_kind.safetensors": (load_file(other), None),
        "interpolation.safetensors": (interpolation_weights(), None),
        **{
            f"header_{i}.safetensors": (state, {"flowbrush": text})
            for i, text in enumerate(
                ["5", "[]", "{", '{"config": 5}', '{"facts": [1]}', '{"config": {"num_heads": 0}}']
            )
        },
    }
    for name, (tensors, metadata) in variants.items():
        save_file(tensors, folder / name, metadata=metadata)
    return list(variants)


def interpolation_weights() -> dict[str, torch.Tensor]:
    from flowbrush.models.interpolator import Interpolator, InterpolatorConfig

    return {name: value.clone() for name, value in Interpolator(InterpolatorConfig()).state_dict().items()}


def main() -> dict[str, str]:
    import flowbrush

    asyncio.run(flowbrush.comfy_entrypoint())
    from flowbrush.hosts import host

    said = {}
    for kind, folder_name in FOLDERS.items():
        folder = Path(MODELS) / folder_name
        other = Path(MODELS) / FOLDERS["vae" if kind == "dit" else "dit"]
        names = write_tensors(folder, folder / GOOD[kind], other / GOOD["vae" if kind == "dit" else "dit"])
        for name, data in spoiled(folder / GOOD[kind]).items():
            (folder / name).write_bytes(data)
            names.append(name)
        for name in names:
            chosen = {**GOOD, kind: name}
            try:
                host().load_models(chosen["dit"], chosen["vae"], chosen["text"])
                said[f"{kind} {name}"] = "loaded"
            except Exception as error:
                said[f"{kind} {name}"] = f"{type(error).__name__}: {error}"
    return said


worker_process.run(main)
