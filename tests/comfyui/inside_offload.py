"""Partial offload of our MODEL and VAE, in ComfyUI's own process; the findings are one line of JSON.

<ComfyUI's python> inside_offload.py <ComfyUI folder> <folder that holds the pack as `flowbrush`> <models folder>

On a GPU with little memory, ComfyUI loads a part of a network and casts the rest layer by layer; how much is decided
from free memory. Here there is no GPU, so the decision is made for it; everything after the decision is ComfyUI's.
"""

# ruff: noqa: E402 - ComfyUI reads its arguments when it is imported

import asyncio
import sys

COMFYUI, PACKS, MODELS = sys.argv[1:]
sys.path[:0] = [COMFYUI, PACKS]
sys.argv[1:] = ["--cpu"]

import comfy.options

comfy.options.enable_args_parsing()

import comfy.model_management
import comfy.model_patcher
import comfy.sd
import latent_preview
import server
import torch
import worker_process

import nodes as comfyui_nodes

assert comfyui_nodes.NODE_CLASS_MAPPINGS and latent_preview and server

made = []
patcher = comfy.model_patcher.CoreModelPatcher


def counted_patcher(model, *arguments, **named):
    """ComfyUI's choice of a patcher (the dynamic one where it loads dynamically), and that it was asked."""
    made.append(type(model).__name__)
    return patcher(model, *arguments, **named)


comfy.model_patcher.CoreModelPatcher = counted_patcher


async def import_pack() -> None:
    import flowbrush

    extension = await flowbrush.comfy_entrypoint()
    await extension.on_load()


asyncio.run(import_pack())

from flowbrush.hosts import Conditions, host
from flowbrush.models.bundled import bundled_path
from flowbrush.sampling.noise import SeededNoise
from flowbrush.sampling.settings import SamplingSettings
from safetensors.torch import load_file

comfyui = host()

usual_load = comfy.model_management.LoadedModel.model_load
share = 1.0


def load_a_share(loaded, lowvram_model_memory=0, force_patch_weights=False):
    """Loads as much of a model as if that was what is free."""
    if share < 1:
        lowvram_model_memory = max(1, int(share * loaded.model.model_size()))
    return usual_load(loaded, lowvram_model_memory, force_patch_weights)


comfy.model_management.LoadedModel.model_load = load_a_share


def offloaded(patched) -> float:
    """The share of a model's bytes that stays behind."""
    return 1 - patched.model.model_loaded_weight_memory / patched.model_size()


def same(one, other) -> bool:
    """Whether two networks have the same weights."""
    a, b = one.state_dict(), other.state_dict()
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


@torch.inference_mode()
def main() -> dict[str, object]:
    global share
    model, clip, vae = comfyui.load_models("bundled", "bundled", "bundled")
    generator = torch.Generator().manual_seed(1)
    lora = {}
    for name, weight in load_file(bundled_path("dit")).items():
        if name.endswith(("self_attn.q.weight", "ffn.0.weight")):
            outer, inner = weight.shape
            stem = f"diffusion_model.{name.removesuffix('.weight')}"
            lora[f"{stem}.lora_A.weight"] = torch.randn(2, inner, generator=generator)
            lora[f"{stem}.lora_B.weight"] = torch.randn(outer, 2, generator=generator) * 0.03
    changed, _ = comfy.sd.load_lora_for_models(model, None, lora, 1.0, 0.0)
    text = comfyui.encode_text(clip, "a boat")
    canvas = {"samples": torch.zeros(1, 16, 3, 8, 8)}
    frames = torch.rand(9, 64, 64, 3, generator=generator)

    settings = SamplingSettings(steps=2, shift=3.0)

    def run(which) -> torch.Tensor:
        return comfyui.sample(which, SeededNoise(7), Conditions(text, text), canvas, settings)

    found: dict[str, object] = {}
    results: dict[str, list[torch.Tensor]] = {}
    for share in (1.0, 0.3):
        comfy.model_management.unload_all_models()
        plain, stayed = run(model), offloaded(model)
        with_lora = run(changed)
        latents = comfyui.encode_video(vae, frames)
        found[f"offloaded at {share}"] = [stayed, offloaded(changed), offloaded(vae.patcher)]
        results[str(share)] = [plain, with_lora, run(model), latents, vae.decode(latents)]
    pairs = zip(results["1.0"], results["0.3"], strict=True)
    found["differences"] = [float((a - b).abs().max()) for a, b in pairs]
    found["what the lora changes"] = float((results["1.0"][0] - results["1.0"][1]).abs().max())
    found["patchers"] = made
    copies = [one.clone(force_deepcopy=True) for one in (model, vae.patcher, clip.patcher)]
    found["copies"] = [
        copy.model is not one.model and same(copy.model, one.model)
        for copy, one in zip(copies, (model, vae.patcher, clip.patcher), strict=True)
    ]
    found["a copy samples the same"] = float((run(copies[0]) - results["1.0"][0]).abs().max())
    formats = [one.model.latent_format for one in (copies[0], model)]
    found["a copy has the preview's colours"] = formats[0].latent_rgb_factors == formats[1].latent_rgb_factors
    comfy.model_management.unload_all_models()
    found["left"] = [model.model.model_loaded_weight_memory, vae.patcher.model.model_loaded_weight_memory]
    return found


worker_process.run(main)
