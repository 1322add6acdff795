"""A cancel ends a run within one step and leaves the queue free."""

import json
import math
import time

import pytest

from .graphs import CLIP, VAE_OUT, completed, loaded, node, probe, sampler

pytestmark = pytest.mark.comfyui


def test_cancel_stops_sampling_within_one_step_and_frees_the_queue(comfyui, tmp_path):
    graph = loaded(
        text=node("FlowbrushTextEncode", clip=CLIP, prompt="a boat", negative=""),
        start=node("FlowbrushLatentNoise", width=256, height=256, length=17, batch_size=1, seed=1),
        sampled=sampler(steps=400),
        saved=probe("Samples", ["sampled", 0]),
    )
    graph["saved"]["inputs"]["path"] = str(tmp_path / "never.safetensors")
    after = 0
    with comfyui.listen() as listener:
        prompt = listener.queue(graph)
        stopped = False
        for kind, data in listener.messages():
            if kind == "progress" and data["node"] == "sampled":
                after += stopped
                if not stopped and data["value"] >= 3:
                    comfyui.post("/interrupt", {"prompt_id": prompt})
                    stopped = True
            elif kind == "execution_interrupted":
                assert data["node_id"] == "sampled"
                break
            assert kind not in ("execution_error", "execution_success"), data
    # one step may be under way when the request arrives, and one message may be on its way
    assert after <= 2
    assert not (tmp_path / "never.safetensors").exists()
    queue = comfyui.get("/queue")
    assert not queue["queue_pending"]
    graph["sampled"]["inputs"]["steps"] = 1
    comfyui.run(graph)
    assert (tmp_path / "never.safetensors").exists()


def test_cancel_stops_decoding_between_chunks(comfyui, tmp_path):
    graph = loaded(
        start=node("FlowbrushLatentNoise", width=512, height=512, length=129, batch_size=1, seed=1),
        decoded=node("FlowbrushDecodeVideo", vae=VAE_OUT, latent=["start", 1], tile_size=0, composite=False),
        saved=probe("Frames", ["decoded", 0]),
    )
    graph["saved"]["inputs"]["path"] = str(tmp_path / "never.safetensors")
    with comfyui.listen() as listener:
        prompt = listener.queue(graph)
        stopped_at = last = 0
        for kind, data in listener.messages():
            if kind == "progress" and data["node"] == "decoded":
                last = data["value"]
                if not stopped_at:
                    comfyui.post("/interrupt", {"prompt_id": prompt})
                    stopped_at = last
            elif kind == "execution_interrupted":
                break
            assert kind not in ("execution_error", "execution_success"), data
    assert last - stopped_at <= 2


def test_cancel_stops_inside_a_layer(comfyui):
    # moving least squares with as many paths as a layer may have, seen at many points: several seconds of work
    paths = [
        {"points": [[0.5 + 0.4 * math.sin(k), 0.5 + 0.4 * math.cos(k * 1.7)], [0.5, 0.5]]}
        for k in range(1000)
    ]
    layer = {"region": {"everything": True}, "motion": {"paths": paths}}
    document = json.dumps({"flowbrush": "motion", "version": 2, "layers": [layer]})
    graph = {
        "painted": node("FlowbrushMotionBrush", document=document, length=81),
        "tracked": node("FlowbrushMotionToTracks", motion=["painted", 0], width=1024, height=1024, spacing=2),
        "shown": node("PreviewAny", source=["tracked", 1]),
    }
    graph = completed(graph, comfyui.get("/object_info"))
    with comfyui.listen() as listener:
        prompt = listener.queue(graph)
        for kind, data in listener.messages():
            if kind == "executing" and data["node"] == "tracked":
                time.sleep(1)  # ComfyUI asks for a cancel once more before it runs the node
                comfyui.post("/interrupt", {"prompt_id": prompt})
            elif kind == "execution_interrupted":
                assert data["node_id"] == "tracked"
                break
            assert kind not in ("execution_error", "execution_success"), data
