"""What fine-tuning writes loads in ComfyUI's own loaders and does there what it did in training."""

import pytest
import torch
from flowbrush.models.bundled import bundled_path
from flowbrush.models.checkpoint import load_dit, read, save
from flowbrush.models.detection import CONFIGURATIONS
from flowbrush.training.engine.lora import Adapters, save_lora

from .graphs import node, probe

pytestmark = pytest.mark.comfyui

STEPS = {"seed": 5, "steps": 2, "cfg": 1.0, "sampler_name": "euler", "scheduler": "simple", "denoise": 1.0}


@pytest.fixture(scope="module")
def names(comfyui):
    """A LoRA on every matrix that fine-tuning adapts, and the bundled model with the same changes in its weights."""
    models = comfyui.directory / "models"
    adapters = Adapters(load_dit(bundled_path("dit")), rank=4, alpha=6.0)
    generator = torch.Generator().manual_seed(7)
    state = adapters.state_dict()
    with torch.no_grad():
        for name, value in state.items():
            if name.endswith("lora_B"):
                value.normal_(0, 0.01, generator=generator)
            value.copy_(value.bfloat16())  # as the file holds it
    save_lora(models / "loras" / "finetuned.safetensors", state, 6.0, {"steps": 1})
    weights, header = read(bundled_path("dit"))
    config = CONFIGURATIONS["dit"](weights, header["config"])
    merged = adapters.merged_state({name: value.float() for name, value in weights.items()})
    save(models / "diffusion_models" / "merged.safetensors", merged, config, {"steps": 1}, torch.float32)
    return "finetuned.safetensors", "merged.safetensors"


def sampled(loader, model):
    links = {"positive": ["positive", 0], "negative": ["negative", 0], "latent_image": ["empty", 0]}
    return {
        "load": node("FlowbrushLoadModel", diffusion_model=loader, text_encoder="bundled", vae="bundled"),
        "positive": node("CLIPTextEncode", clip=["load", 1], text="a boat"),
        "negative": node("CLIPTextEncode", clip=["load", 1], text=""),
        "empty": node("EmptyHunyuanLatentVideo", width=64, height=64, length=9, batch_size=1),
        "sampled": node("KSampler", model=model, **STEPS, **links),
        "samples": probe("Samples", ["sampled", 0]),
    }


def test_a_fine_tuned_lora_in_comfyui_is_the_fine_tuned_model(comfyui, tensors, names):
    lora, merged = names
    plain = tensors(sampled("bundled", ["load", 0]))["samples"]
    graph = sampled("bundled", ["lora", 0])
    graph["lora"] = node("LoraLoaderModelOnly", model=["load", 0], lora_name=lora, strength_model=1.0)
    with_lora = tensors(graph)["samples"]
    ours = tensors(sampled(merged, ["load", 0]))["samples"]
    changed = float((ours - plain).abs().mean())
    assert changed > 0.02
    assert float((with_lora - ours).abs().mean()) < 0.05 * changed
    assert "lora key not loaded" not in comfyui.log.read_text(errors="replace")
