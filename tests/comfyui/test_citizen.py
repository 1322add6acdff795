"""Our MODEL, CLIP and VAE_OUT are native: what stock nodes, options and memory management do to others works on them."""

import io
import struct
from pathlib import Path

import pytest
import torch
from flowbrush.models.bundled import bundled_path
from PIL import Image
from safetensors.torch import load_file, save_file

from .graphs import MODEL, VAE_OUT, bundled, completed, ksampler, node, painted, probe

pytestmark = pytest.mark.comfyui


def size_of(network):
    """Names of the bundled network's matrices and their shapes."""
    return {name: tensor.shape for name, tensor in load_file(network).items() if name.endswith("weight")}


@pytest.fixture(scope="module")
def lora(comfyui):
    """A LoRA of rank 4 on the bundled network's attention, in the format that trainers of Wan write."""
    generator = torch.Generator().manual_seed(4)
    shapes = size_of(bundled_path("dit"))
    weights = {}
    for name in ("blocks.0.self_attn.q", "blocks.3.cross_attn.v", "blocks.7.ffn.0"):
        outer, inner = shapes[f"{name}.weight"]
        weights[f"diffusion_model.{name}.lora_A.weight"] = torch.randn(4, inner, generator=generator)
        weights[f"diffusion_model.{name}.lora_B.weight"] = torch.randn(outer, 4, generator=generator) * 0.1
    folder = comfyui.directory / "models" / "loras"
    folder.mkdir(exist_ok=True)
    save_file(weights, folder / "citizen.safetensors")
    return "citizen.safetensors"


def test_a_lora_leaves_no_trace_when_it_is_gone(comfyui, tensors, lora):
    changed = node("LoraLoaderModelOnly", model=MODEL, lora_name=lora, strength_model=1.0)
    before = tensors(bundled(sampled=ksampler(), a=probe("Samples", ["sampled", 0])))["a"]
    with_lora = tensors(
        bundled(lora=changed, sampled=ksampler(["lora", 0]), a=probe("Samples", ["sampled", 0]))
    )["a"]
    # the same steps under another name, so that nothing is taken from the cache
    links = {"positive": ["positive", 0], "negative": ["negative", 0], "latent_image": ["empty", 0]}
    again = node(
        "KSamplerAdvanced",
        model=MODEL,
        **links,
        add_noise="enable",
        noise_seed=5,
        steps=2,
        cfg=1.0,
        sampler_name="euler",
        scheduler="simple",
        start_at_step=0,
        end_at_step=10000,
        return_with_leftover_noise="disable",
    )
    after = tensors(bundled(sampled=again, a=probe("Samples", ["sampled", 0])))["a"]
    assert (with_lora - before).abs().max() > 0.05
    assert torch.equal(before, after)
    assert "lora key not loaded" not in comfyui.log.read_text(errors="replace")


def test_the_stock_shift_node_shifts_our_model(tensors):
    settings = {"steps": 4, "cfg": 1.0, "motion_cfg": 1.0, "solver": "euler", "cfg_schedule": "constant"}
    found = tensors(
        bundled(
            shifted=node("ModelSamplingSD3", model=MODEL, shift=8.0),
            sigmas=node("BasicScheduler", model=["shifted", 0], scheduler="simple", steps=4, denoise=1.0),
            stock=ksampler(["shifted", 0], steps=4),
            start=node("FlowbrushLatentNoise", width=64, height=64, length=9, batch_size=1, seed=5),
            ours=node(
                "FlowbrushSampler",
                model=MODEL,
                noise=["start", 0],
                positive=["positive", 0],
                negative=["negative", 0],
                latent=["start", 1],
                schedule="linear",
                shift=8.0,
                denoise=1.0,
                **settings,
            ),
            a=probe("Sigmas", ["sigmas", 0]),
            b=probe("Samples", ["stock", 0]),
            c=probe("Samples", ["ours", 0]),
        )
    )
    t = torch.linspace(1, 0, 5)
    assert torch.allclose(found["a"], 8 * t / (1 + 7 * t), atol=1e-6)
    assert torch.allclose(found["b"], found["c"], atol=1e-4)


def test_previews_show_what_is_being_made(comfyui, object_info, tmp_path):
    # the picture is conditioned on, so the first latent frame has its colours after one step
    graph = bundled(96, 96, 5, **painted(96, 96, 5))
    graph["sampled"] = ksampler(positive=["cond", 0], negative=["cond", 1], latent_image=["cond", 3], steps=3)
    graph["decoded"] = node("VAEDecode", samples=["sampled", 0], vae=VAE_OUT)
    graph["saved"] = probe("Frames", ["decoded", 0])
    graph["saved"]["inputs"]["path"] = str(tmp_path / "frames.safetensors")
    shown = []
    with comfyui.listen() as listener:
        listener.queue(completed(graph, object_info))
        for kind, data in listener.messages():
            assert kind != "execution_error", data
            if kind == "execution_success":
                break
            if kind == "binary" and struct.unpack(">I", data[:4])[0] == 1:
                shown.append(Image.open(io.BytesIO(data[8:])).convert("RGB"))
    assert len(shown) >= 3
    frame = load_file(tmp_path / "frames.safetensors")["tensor"][0]
    last = torch.frombuffer(bytearray(shown[-1].tobytes()), dtype=torch.uint8).float() / 255
    last = last.reshape(shown[-1].height, shown[-1].width, 3)
    small = torch.nn.functional.adaptive_avg_pool2d(frame.movedim(-1, 0), (12, 12)).flatten()
    seen = torch.nn.functional.adaptive_avg_pool2d(last.movedim(-1, 0), (12, 12)).flatten()
    assert torch.corrcoef(torch.stack([small, seen]))[0, 1] > 0.8


def windows(length):
    settings = {"context_overlap": 4, "context_stride": 1, "closed_loop": False, "freenoise": False}
    return node(
        "WanContextWindowsManual",
        model=MODEL,
        context_length=length,
        context_schedule="standard_static",
        fuse_method="pyramid",
        retain_first_frame=False,
        split_conds_to_windows=False,
        **settings,
    )


def test_a_context_window_sees_its_own_part_of_the_motion(tensors):
    def run(length, dx):
        # the middle waits for half of the clip, then moves
        graph = bundled(length=33, **painted(length=33, dx=dx, start=0.6))
        links = {"positive": ["cond", 0], "negative": ["cond", 1], "latent_image": ["empty", 0]}
        graph["windows"] = windows(length)
        graph["sampled"] = ksampler(["windows", 0], steps=1, **links)
        graph["plain"] = ksampler(steps=1, **links)
        graph["a"], graph["b"] = probe("Samples", ["sampled", 0]), probe("Samples", ["plain", 0])
        return tensors(graph)

    near, far = run(17, 0.1), run(17, 0.5)
    assert near["a"].shape == (1, 16, 9, 8, 8)
    assert near["a"].isfinite().all()
    differences = (near["a"] - far["a"]).abs().amax(dim=(0, 1, 3, 4))
    assert (differences[:4] == 0).all()  # latent frames that only the first window makes
    assert differences[-1] > 0.05
    assert (near["b"] - far["b"]).abs().amax(
        dim=(0, 1, 3, 4)
    ).min() > 0  # without windows all frames see all motion
    whole = run(33, 0.1)
    assert torch.equal(whole["a"], whole["b"])  # one window is the whole clip


def test_tiled_coding_is_close_to_whole(tensors):
    tiles = {"tile_size": 64, "overlap": 32, "temporal_size": 64, "temporal_overlap": 8}
    found = tensors(
        bundled(
            picture=node("FlowbrushExampleImage", name="boat", width=128, height=128),
            clip=node("RepeatImageBatch", image=["picture", 0], amount=5),
            whole=node("VAEEncode", pixels=["clip", 0], vae=VAE_OUT),
            tiled=node("VAEEncodeTiled", pixels=["clip", 0], vae=VAE_OUT, **tiles),
            whole_back=node("VAEDecode", samples=["whole", 0], vae=VAE_OUT),
            tiled_back=node("VAEDecodeTiled", samples=["whole", 0], vae=VAE_OUT, **tiles),
            a=probe("Samples", ["whole", 0]),
            b=probe("Samples", ["tiled", 0]),
            c=probe("Frames", ["whole_back", 0]),
            d=probe("Frames", ["tiled_back", 0]),
        )
    )
    error = (found["a"] - found["b"]).square().mean() / found["a"].var()
    assert 0 < error < 0.02
    psnr = -10 * (found["c"] - found["d"]).square().mean().log10()
    assert psnr > 40


@pytest.mark.parametrize(("dtype", "most"), [("fp8_e4m3fn", 0.12), ("fp8_e5m2", 0.25)])
def test_eight_bit_weights_give_nearly_the_same_video(comfyui, tensors, dtype, most):
    folder = comfyui.directory / "models" / "diffusion_models"
    (folder / "bundled_file.safetensors").write_bytes(Path(bundled_path("dit")).read_bytes())
    found = tensors(
        bundled(
            stock=node("UNETLoader", unet_name="bundled_file.safetensors", weight_dtype="default"),
            small=node("UNETLoader", unet_name="bundled_file.safetensors", weight_dtype=dtype),
            bf16=node("ModelComputeDtype", model=MODEL, dtype="bf16"),
            ours=ksampler(steps=1),
            default=ksampler(["stock", 0], steps=1),
            eight=ksampler(["small", 0], steps=1),
            half=ksampler(["bf16", 0], steps=1),
            a=probe("Samples", ["ours", 0]),
            b=probe("Samples", ["default", 0]),
            c=probe("Samples", ["eight", 0]),
            d=probe("Samples", ["half", 0]),
        )
    )

    def difference(name):
        return float((found[name] - found["a"]).square().mean().sqrt() / found["a"].std())

    assert difference("b") == 0
    assert 0 < difference("c") < most
    assert 0 < difference("d") < 0.06


@pytest.mark.slow
def test_a_compiled_model_gives_the_same_samples(tensors):
    found = tensors(
        bundled(
            compiled=node("TorchCompileModel", model=MODEL, backend="inductor"),
            plain=ksampler(),
            fast=ksampler(["compiled", 0]),
            a=probe("Samples", ["plain", 0]),
            b=probe("Samples", ["fast", 0]),
        )
    )
    assert torch.allclose(found["a"], found["b"], atol=1e-3)
