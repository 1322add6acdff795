"""Our models in ComfyUI's memory management: several at once, little memory, and all of it returned."""

import json

import pytest
import torch
from flowbrush.models.bundled import bundled_path
from safetensors.torch import load_file

from . import stand_ins
from .conftest import found_inside
from .graphs import VAE_OUT, bundled, completed, ksampler, node, painted, probe
from .server import Server

pytestmark = pytest.mark.comfyui


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
        graph["decoded"] = node("FlowbrushDecodeVideo", vae=VAE_OUT, latent=["sampled", 0])
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
    # The server is shared with other tests: what they left behind may be given back in between, nothing may be added.
    assert many["tensor_bytes"] - few["tensor_bytes"] < 1e5
    assert after["networks"] == empty["networks"]
    assert after["tensor_bytes"] - empty["tensor_bytes"] < 0.01 * weights


def frames_of(server, object_info, path):
    """The frames that a server makes of the same graph."""
    graph = bundled(**painted())
    links = {"positive": ["cond", 0], "negative": ["cond", 1], "latent_image": ["cond", 3]}
    graph["sampled"] = ksampler(steps=2, **links)
    graph["decoded"] = node("FlowbrushDecodeVideo", vae=VAE_OUT, latent=["sampled", 0])
    graph["saved"] = probe("Frames", ["decoded", 0])
    graph["saved"]["inputs"]["path"] = str(path)
    server.run(completed(graph, object_info))
    return load_file(path)["tensor"]


def psnr(one, other):
    return float(-10 * (one - other).square().mean().log10())


def test_a_server_that_saves_memory_makes_nearly_the_same_video(comfyui, comfyui_path, object_info, tmp_path):
    # Half precision, no cache, and everything unloaded after each use: options that a server has from its start.
    options = ["--cache-none", "--bf16-unet", "--bf16-vae", "--disable-smart-memory"]
    whole = frames_of(comfyui, object_info, tmp_path / "whole")
    server = Server(comfyui_path, tmp_path / "saving", options)
    try:
        half = frames_of(server, object_info, tmp_path / "half")
        said = server.log.read_text(errors="replace")
    finally:
        server.stop()
    assert 40 < psnr(whole, half) < 80
    assert "torch.bfloat16" in said and "Traceback" not in said


@pytest.mark.parametrize("options", [[], ["--lowvram", "--disable-dynamic-vram"], ["--novram"]], ids=str)
def test_every_way_of_loading_on_a_gpu_makes_the_same_video(
    options, comfyui, comfyui_path, object_info, tmp_path
):
    if comfyui.get("/system_stats")["system"]["pytorch_version"].endswith("+cpu"):
        pytest.skip("ComfyUI's PyTorch is for the CPU only")
    on_cpu = frames_of(comfyui, object_info, tmp_path / "cpu")
    server = Server(comfyui_path, tmp_path / "gpu", options, cpu=False)
    try:
        assert psnr(on_cpu, frames_of(server, object_info, tmp_path / "gpu_frames")) > 35
    finally:
        server.stop()


def test_partial_offload_and_fresh_copies_change_nothing(comfyui_path, tmp_path):
    found = found_inside("inside_offload.py", comfyui_path, tmp_path)
    assert found["offloaded at 1.0"] == [0, 0, 0]
    assert min(found["offloaded at 0.3"]) > 0.4
    assert found["differences"] == [0] * 5
    assert found["what the lora changes"] > 0.1
    assert {"WAN21", "WanVAE"} <= set(found["patchers"])  # ComfyUI chose how they are loaded
    assert found["left"] == [0, 0]
    assert found["copies"] == [True] * 3
    assert found["a copy samples the same"] == 0
    assert found["a copy has the preview's colours"]
