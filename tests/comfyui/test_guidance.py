"""Flowbrush Guider in the stock SamplerCustomAdvanced, and Best of N, over a real server, with small random weights."""

import json
import re

import pytest
import torch
from safetensors.torch import load_file

from .graphs import CLIP, MODEL, VAE_OUT, loaded, node, probe, sampler, with_paths

pytestmark = pytest.mark.comfyui

DOCUMENT = {
    "version": 2,
    "layers": [
        {"region": {"strokes": [{"radius": 0.2, "points": [[0.5, 0.5]]}]}, "motion": {"horizontal": 0.25}}
    ],
}
CONDITIONS = {"positive": ["said", 0], "negative": ["said", 1], "no_motion": ["said", 2]}
GUIDANCE = {
    "cfg": 3.0,
    "motion_cfg": 2.0,
    "cfg_schedule": "constant",
    "motion_schedule": "constant",
    "from_noise": 1.0,
    "to_noise": 0.0,
}


def painted():
    """A painted motion in the conditioning of the nodes "said", and three noise levels."""
    return {
        "text": node("FlowbrushTextEncode", clip=CLIP, prompt="a boat", negative="grey"),
        "picture": node("FlowbrushExampleImage", name="boat", width=64, height=64, variation=0),
        "first": node("FlowbrushFirstFrame", image=["picture", 0], width=64, height=64, length=9, fit="crop"),
        "motion": node("FlowbrushMotionBrush", document=json.dumps(DOCUMENT), length=9),
        "said": node(
            "FlowbrushMotionConditioning",
            positive=["text", 0],
            negative=["text", 1],
            vae=VAE_OUT,
            first_image=["first", 0],
            motion=["motion", 0],
            length=9,
            mode="warped video",
            unpainted="still",
            motion_guidance=True,
            hold_known=False,
        ),
        "start": node("FlowbrushLatentNoise", width=64, height=64, length=9, batch_size=1, seed=5),
        "sigmas": node("ManualSigmas", sigmas="1, 0.7, 0.3, 0"),
        "euler": node("KSamplerSelect", sampler_name="euler"),
    }


def guider(model=MODEL, **more):
    return node("FlowbrushGuider", model=model, **{**CONDITIONS, **GUIDANCE, **more})


def sampled(guider):
    return node(
        "SamplerCustomAdvanced",
        noise=["start", 0],
        guider=[guider, 0],
        sampler=["euler", 0],
        sigmas=["sigmas", 0],
        latent_image=["start", 1],
    )


def test_the_stock_sampler_runs_both_guidances_as_our_sampler_does(tensors):
    ours = sampler(**CONDITIONS, sigmas=["sigmas", 0], cfg=3.0, motion_cfg=2.0)
    found = tensors(
        loaded(
            **painted(),
            both=guider(),
            a=sampled("both"),
            ours=ours,
            x=probe("Samples", ["a", 0]),
            y=probe("Samples", ["ours", 0]),
        )
    )
    assert (found["x"] - found["y"]).abs().max() < 1e-4 * found["y"].std()


def test_without_a_motion_scale_the_guider_equals_the_stock_one_and_follows_an_override(tensors):
    stock = node("CFGGuider", model=MODEL, positive=["said", 0], negative=["said", 1], cfg=3.0)
    override = node("CFGOverride", model=MODEL, cfg=3.0, start_percent=0.0, end_percent=1.0)
    found = tensors(
        loaded(
            **painted(),
            stock=stock,
            override=override,
            plain=guider(motion_cfg=1.0),
            overridden=guider(["override", 0], motion_cfg=1.0, cfg=7.0, cfg_schedule="falling"),
            late=guider(from_noise=0.5),
            **{
                name: sampled(source)
                for name, source in zip("abcd", ("stock", "plain", "overridden", "late"), strict=True)
            },
            **{f"{name}_out": probe("Samples", [name, 0]) for name in "abcd"},
        )
    )
    assert torch.equal(found["a_out"], found["b_out"])
    assert torch.equal(found["a_out"], found["c_out"])
    assert not torch.allclose(found["a_out"], found["d_out"])


def test_best_of_n_keeps_the_video_of_the_best_seed_and_shows_its_number_on_the_node(
    comfyui, tensors, tmp_path
):
    parts = painted()
    settings = {name: sampler()["inputs"][name] for name in ("schedule", "shift", "denoise", "cfg_schedule")}
    settings |= {"steps": 1, "cfg": 1.0, "motion_cfg": 1.0, "solver": "euler"}
    links = {"model": MODEL, "positive": ["said", 0], "negative": ["said", 1], "latent": ["start", 1]}
    search = {"vae": VAE_OUT, "motion": ["motion", 0], "count": 3, "seed": 5, "tile_size": 0}
    searched = node(
        "FlowbrushBestOfN", **links, **search, judge="motion and stillness", good_enough=0.0, **settings
    )
    graph = loaded(**parts, best=searched, kept=probe("Samples", ["best", 0]))
    filled, paths = with_paths(graph, tmp_path)
    text = comfyui.run(filled)["best"]["text"][0]
    seeds = re.findall(r"^seed (\d+): (?:[\d.]+ px off|could not be measured)", text, re.MULTILINE)
    assert seeds == ["5", "6", "7"]
    seed = int(re.match(r"kept: seed (\d+), ", text).group(1))

    alone = node("FlowbrushLatentNoise", width=64, height=64, length=9, batch_size=1, seed=seed)
    again = node("FlowbrushSampler", noise=["alone", 0], **links, **settings)
    same = tensors(loaded(**parts, alone=alone, again=again, out=probe("Samples", ["again", 0])))["out"]
    assert torch.equal(load_file(paths["kept"])["tensor"], same)
