"""Stock nodes on what Load Model gives, over a real server, with small random weights."""

import pytest
import torch
from safetensors.torch import save_file

from .checkpoints import DIT, TEXT_DIM, VAE
from .graphs import CLIP, MODEL, VAE_OUT, loaded, node, probe, sampler

pytestmark = pytest.mark.comfyui


def prompted():
    """Stock CLIP Text Encode, and an empty latent of 9 frames of 64x64."""
    return {
        "positive": node("CLIPTextEncode", clip=CLIP, text="a boat"),
        "negative": node("CLIPTextEncode", clip=CLIP, text=""),
        "empty": node("EmptyHunyuanLatentVideo", width=64, height=64, length=9, batch_size=1),
    }


def ksampler(model=MODEL, **more):
    settings = {
        "seed": 5,
        "steps": 3,
        "cfg": 2.0,
        "sampler_name": "euler",
        "scheduler": "simple",
        "denoise": 1.0,
    }
    links = {"positive": ["positive", 0], "negative": ["negative", 0], "latent_image": ["empty", 0]}
    return node("KSampler", model=model, **{**settings, **links, **more})


def test_ksampler_and_vae_decode_run_on_native_objects(tensors):
    found = tensors(
        loaded(
            **prompted(),
            sampled=ksampler(),
            decoded=node("VAEDecode", samples=["sampled", 0], vae=VAE_OUT),
            samples=probe("Samples", ["sampled", 0]),
            frames=probe("Frames", ["decoded", 0]),
        )
    )
    assert found["samples"].shape == (1, 16, 3, 8, 8)
    assert found["frames"].shape == (9, 64, 64, 3)
    assert found["samples"].isfinite().all() and found["samples"].std() > 0.1


def test_tiled_decoding_of_one_tile_equals_ours_and_the_stock_whole(tensors):
    found = tensors(
        loaded(
            **prompted(),
            sampled=ksampler(),
            whole=node("VAEDecode", samples=["sampled", 0], vae=VAE_OUT),
            tiled=node(
                "VAEDecodeTiled",
                samples=["sampled", 0],
                vae=VAE_OUT,
                tile_size=64,
                overlap=16,
                temporal_size=64,
                temporal_overlap=8,
            ),
            ours=node(
                "FlowbrushDecodeVideo", vae=VAE_OUT, latent=["sampled", 0], tile_size=0, composite=False
            ),
            a=probe("Frames", ["whole", 0]),
            b=probe("Frames", ["tiled", 0]),
            c=probe("Frames", ["ours", 0]),
        )
    )
    assert torch.allclose(found["a"], found["b"], atol=1e-5)
    assert torch.equal(found["a"], found["c"])


def test_stock_text_encode_equals_ours_and_prompts_differ(tensors):
    found = tensors(
        loaded(
            **prompted(),
            ours=node("FlowbrushTextEncode", clip=CLIP, prompt="a boat", negative=""),
            a=probe("Conditioning", ["positive", 0]),
            b=probe("Conditioning", ["ours", 0]),
            c=probe("Conditioning", ["negative", 0]),
        )
    )
    assert found["a"].shape[-1] == TEXT_DIM
    assert torch.equal(found["a"], found["b"])
    assert not torch.allclose(found["a"], found["c"], atol=1e-2)


def test_stock_loaders_give_the_same_model(tensors):
    found = tensors(
        loaded(
            **prompted(),
            stock=node("UNETLoader", unet_name=DIT, weight_dtype="default"),
            stock_vae=node("VAELoader", vae_name=VAE),
            one=ksampler(),
            two=ksampler(["stock", 0]),
            decoded=node("VAEDecode", samples=["two", 0], vae=["stock_vae", 0]),
            ours=node("VAEDecode", samples=["one", 0], vae=VAE_OUT),
            a=probe("Samples", ["one", 0]),
            b=probe("Samples", ["two", 0]),
            c=probe("Frames", ["decoded", 0]),
            d=probe("Frames", ["ours", 0]),
        )
    )
    assert torch.equal(found["a"], found["b"])
    assert torch.equal(found["c"], found["d"])


def test_our_sampler_equals_sampler_custom_advanced(tensors):
    found = tensors(
        loaded(
            **prompted(),
            start=node("FlowbrushLatentNoise", width=64, height=64, length=9, batch_size=1, seed=11),
            random=node("RandomNoise", noise_seed=11),
            guider=node(
                "CFGGuider", model=MODEL, positive=["positive", 0], negative=["negative", 0], cfg=2.5
            ),
            solver=node("KSamplerSelect", sampler_name="euler"),
            sigmas=node("BasicScheduler", model=MODEL, scheduler="simple", steps=4, denoise=1.0),
            stock=node(
                "SamplerCustomAdvanced",
                noise=["random", 0],
                guider=["guider", 0],
                sampler=["solver", 0],
                sigmas=["sigmas", 0],
                latent_image=["empty", 0],
            ),
            with_our_noise=node(
                "SamplerCustomAdvanced",
                noise=["start", 0],
                guider=["guider", 0],
                sampler=["solver", 0],
                sigmas=["sigmas", 0],
                latent_image=["start", 1],
            ),
            text=node("FlowbrushTextEncode", clip=CLIP, prompt="a boat", negative=""),
            ours=sampler(sigmas=["sigmas", 0], cfg=2.5),
            a=probe("Samples", ["stock", 0]),
            b=probe("Samples", ["with_our_noise", 0]),
            c=probe("Samples", ["ours", 0]),
        )
    )
    assert torch.equal(found["a"], found["b"])
    assert torch.allclose(found["a"], found["c"], atol=1e-4)


def test_a_wan_lora_changes_the_model_by_its_strength(tensors, comfyui):
    generator = torch.Generator().manual_seed(4)
    lora = {}
    for block in range(2):
        for layer in ("self_attn.q", "cross_attn.v", "ffn.0"):
            wide = 128 if layer == "ffn.0" else 64
            name = f"diffusion_model.blocks.{block}.{layer}"
            lora[f"{name}.lora_A.weight"] = torch.randn(4, 64, generator=generator)
            lora[f"{name}.lora_B.weight"] = torch.randn(wide, 4, generator=generator)
    folder = comfyui.directory / "models" / "loras"
    folder.mkdir(exist_ok=True)
    save_file(lora, folder / "motion.safetensors")

    def with_strength(strength):
        return node(
            "LoraLoaderModelOnly", model=MODEL, lora_name="motion.safetensors", strength_model=strength
        )

    found = tensors(
        loaded(
            **prompted(),
            off=with_strength(0.0),
            on=with_strength(1.0),
            plain=ksampler(),
            without=ksampler(["off", 0]),
            changed=ksampler(["on", 0]),
            a=probe("Samples", ["plain", 0]),
            b=probe("Samples", ["without", 0]),
            c=probe("Samples", ["changed", 0]),
        )
    )
    assert torch.equal(found["a"], found["b"])
    assert (found["a"] - found["c"]).abs().max() > 0.05
    assert "not loaded" not in comfyui.log.read_text(errors="replace")
