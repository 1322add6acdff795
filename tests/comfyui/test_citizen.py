"""Our MODEL, CLIP and VAE are native: what stock nodes, options and memory management do to others works on them."""

import io
import json
import struct
from pathlib import Path

import pytest
import torch
from flowbrush.models.bundled import bundled_path
from PIL import Image
from safetensors.torch import load_file, save_file

from . import stand_ins
from .conftest import found_inside
from .graphs import completed, node, probe
from .server import Server

pytestmark = pytest.mark.comfyui

MODEL, CLIP, VAE = (["load", slot] for slot in range(3))
SETTINGS = {"seed": 5, "steps": 2, "cfg": 1.0, "sampler_name": "euler", "scheduler": "simple", "denoise": 1.0}


def bundled(width=64, height=64, length=9, **more):
    """A graph with the bundled model as "load", a prompt, and an empty canvas."""
    names = {"diffusion_model": "bundled", "text_encoder": "bundled", "vae": "bundled"}
    return {
        "load": node("FlowbrushLoadModel", **names),
        "positive": node("CLIPTextEncode", clip=CLIP, text="a boat"),
        "negative": node("CLIPTextEncode", clip=CLIP, text=""),
        "empty": node("EmptyHunyuanLatentVideo", width=width, height=height, length=length, batch_size=1),
        **more,
    }


def painted(width=64, height=64, length=9, dx=0.2, start=0.0):
    """A picture whose middle moves right by `dx` of the width, from `start` on, as conditioning "cond"."""
    layer = {
        "name": "middle",
        "region": {"strokes": [{"points": [[0.4, 0.5, 1]], "radius": 0.25}]},
        "motion": {"paths": [{"points": [[0.4, 0.5], [0.4 + dx, 0.5]]}], "start": start},
    }
    document = {"flowbrush": "motion", "version": 2, "layers": [layer]}
    return {
        "picture": node("FlowbrushExampleImage", name="boat", width=width, height=height),
        "brush": node(
            "FlowbrushMotionBrush", image=["picture", 0], length=length, document=json.dumps(document)
        ),
        "cond": node(
            "FlowbrushMotionConditioning",
            positive=["positive", 0],
            negative=["negative", 0],
            vae=VAE,
            first_image=["picture", 0],
            length=length,
            motion=["brush", 0],
        ),
    }


def ksampler(model=MODEL, **more):
    links = {"positive": ["positive", 0], "negative": ["negative", 0], "latent_image": ["empty", 0]}
    return node("KSampler", model=model, **{**SETTINGS, **links, **more})


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
    graph["decoded"] = node("VAEDecode", samples=["sampled", 0], vae=VAE)
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
            whole=node("VAEEncode", pixels=["clip", 0], vae=VAE),
            tiled=node("VAEEncodeTiled", pixels=["clip", 0], vae=VAE, **tiles),
            whole_back=node("VAEDecode", samples=["whole", 0], vae=VAE),
            tiled_back=node("VAEDecodeTiled", samples=["whole", 0], vae=VAE, **tiles),
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


def test_two_models_in_one_graph_do_not_touch_each_other(native, tensors):
    other = {
        "other": node("UNETLoader", unet_name=stand_ins.WAN22_HIGH.name, weight_dtype="default"),
        "text": node("CLIPLoader", clip_name=stand_ins.UMT5.name, type="wan", device="default"),
        "words": node("CLIPTextEncode", clip=["text", 0], text="a boat"),
        "theirs": ksampler(["other", 0], positive=["words", 0], negative=["words", 0]),
        "b": probe("Samples", ["theirs", 0]),
    }
    ours = {"ours": ksampler(), "a": probe("Samples", ["ours", 0])}
    # ours, theirs, and ours again on what they made
    links = {"latent_image": ["theirs", 0], "denoise": 0.5}
    both = tensors(bundled(**ours, **other, last=ksampler(**links), c=probe("Samples", ["last", 0])))
    native.post("/free", {"unload_models": True, "free_memory": True})
    alone = tensors(bundled(**ours))
    native.post("/free", {"unload_models": True, "free_memory": True})
    theirs = tensors(bundled(**other))
    assert torch.equal(both["a"], alone["a"])
    assert torch.equal(both["b"], theirs["b"])
    assert not torch.allclose(both["a"], both["b"], atol=0.1)
    assert both["c"].isfinite().all()


@pytest.fixture
def census(comfyui, tmp_path):
    """A function that counts what is alive in the server."""
    count = iter(range(1000))

    def counted():
        path = tmp_path / "census.json"
        comfyui.run({"census": node("ProbeCensus", path=str(path), again=next(count))})
        return json.loads(path.read_text("utf-8"))

    return counted


def free(server):
    """Ask for the memory back, and wait until the queue's thread has done it."""
    server.post("/free", {"unload_models": True, "free_memory": True})


def test_memory_is_returned_and_thirty_runs_leave_nothing(comfyui, object_info, census, tmp_path):
    def run(seed):
        graph = bundled(48, 48, 5, **painted(48, 48, 5))
        graph["sampled"] = ksampler(
            positive=["cond", 0], negative=["cond", 1], latent_image=["cond", 3], steps=1, seed=seed
        )
        graph["decoded"] = node("FlowbrushDecodeVideo", vae=VAE, latent=["sampled", 0])
        graph["measured"] = node(
            "FlowbrushMeasureMotion", frames=["decoded", 0], motion=["brush", 0], image=["picture", 0]
        )
        graph["shown"] = node("PreviewAny", source=["measured", 0])
        graph["saved"] = probe("Frames", ["decoded", 0])
        graph["saved"]["inputs"]["path"] = str(tmp_path / "frames.safetensors")
        comfyui.run(completed(graph, object_info))

    free(comfyui)
    census()
    empty = census()
    run(0)
    loaded = census()
    for seed in range(1, 5):
        run(seed)
    few = census()
    for seed in range(5, 31):
        run(seed)
    many = census()
    free(comfyui)
    census()
    after = census()
    weights = sum(bundled_path(kind).stat().st_size for kind in ("dit", "vae", "text"))
    assert loaded["tensor_bytes"] - empty["tensor_bytes"] > 0.5 * weights
    assert many["modules"] == few["modules"]
    assert abs(many["tensor_bytes"] - few["tensor_bytes"]) < 1e5
    assert after["networks"] == empty["networks"]
    assert after["tensor_bytes"] - empty["tensor_bytes"] < 0.01 * weights


def frames_of(server, object_info, path):
    """The frames that a server makes of the same graph."""
    graph = bundled(**painted())
    links = {"positive": ["cond", 0], "negative": ["cond", 1], "latent_image": ["cond", 3]}
    graph["sampled"] = ksampler(steps=2, **links)
    graph["decoded"] = node("FlowbrushDecodeVideo", vae=VAE, latent=["sampled", 0])
    graph["saved"] = probe("Frames", ["decoded", 0])
    graph["saved"]["inputs"]["path"] = str(path)
    server.run(completed(graph, object_info))
    return load_file(path)["tensor"]


def psnr(one, other):
    return float(-10 * (one - other).square().mean().log10())


def test_a_server_that_saves_memory_makes_nearly_the_same_video(
    comfyui, comfyui_checkout, object_info, tmp_path
):
    # half precision, no cache, and everything unloaded after each use
    options = ["--cache-none", "--bf16-unet", "--bf16-vae", "--disable-smart-memory"]
    whole = frames_of(comfyui, object_info, tmp_path / "whole")
    server = Server(comfyui_checkout, tmp_path / "saving", options)
    try:
        half = frames_of(server, object_info, tmp_path / "half")
        said = server.log.read_text(errors="replace")
    finally:
        server.stop()
    assert 40 < psnr(whole, half) < 80
    assert "torch.bfloat16" in said and "Traceback" not in said


@pytest.mark.parametrize("options", [[], ["--lowvram", "--disable-dynamic-vram"], ["--novram"]], ids=str)
def test_every_way_of_loading_on_a_gpu_makes_the_same_video(
    options, comfyui, comfyui_checkout, object_info, tmp_path
):
    if comfyui.get("/system_stats")["system"]["pytorch_version"].endswith("+cpu"):
        pytest.skip("ComfyUI's PyTorch is for the CPU only")
    on_cpu = frames_of(comfyui, object_info, tmp_path / "cpu")
    server = Server(comfyui_checkout, tmp_path / "gpu", options, cpu=False)
    try:
        assert psnr(on_cpu, frames_of(server, object_info, tmp_path / "gpu_frames")) > 35
    finally:
        server.stop()


def test_partial_offload_and_fresh_copies_change_nothing(comfyui_checkout, tmp_path):
    found = found_inside("inside_offload.py", comfyui_checkout, tmp_path)
    assert found["offloaded at 1.0"] == [0, 0, 0]
    assert min(found["offloaded at 0.3"]) > 0.4
    assert found["differences"] == [0] * 5
    assert found["what the lora changes"] > 0.1
    assert {"WAN21", "WanVAE"} <= set(found["patchers"])  # ComfyUI chose how they are loaded
    assert found["left"] == [0, 0]
    assert found["copies"] == [True] * 3
    assert found["a copy samples the same"] == 0
    assert found["a copy has the preview's colours"]


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
