"""Time-to-Move on further families, and on a causal one frame by frame; one line of JSON printed.

<ComfyUI's python> time_to_move_families_worker.py <ComfyUI folder> <folder that holds the pack as `flowbrush`> <models folder>
"""

# ruff: noqa: E402 - ComfyUI reads its arguments when it is imported

import sys
from pathlib import Path

COMFYUI, PACKS, MODELS = sys.argv[1:]
sys.path[:0] = [COMFYUI, PACKS, str(Path(__file__).parent)]
sys.argv[1:] = ["--cpu"]

import comfy.options

comfy.options.enable_args_parsing()

import comfy.sample
import comfy.samplers
import torch
import worker_process
from comfy_extras.nodes_ar_video import ARVideoI2V, SamplerARVideo
from comfy_extras.nodes_cosmos import CosmosPredict2ImageToVideoLatent
from comfy_extras.nodes_hunyuan import HunyuanVideo15ImageToVideo
from comfy_extras.nodes_kandinsky5 import Kandinsky5ImageToVideo
from flowbrush.hosts import host, use
from flowbrush.nodes.time_to_move import TimeToMove
from flowbrush.sampling.time_to_move import Clocks
from probe.narrow import narrow
from time_to_move_loop import (
    IMAGE,
    SIDE,
    against_the_paper,
    findings,
    guided,
    moving,
    schedule,
    share,
    text,
)
from time_to_move_wan import load, load_vae

SHORT = {"steps": 6, "weak": 1, "strong": 3}
use("comfyui")
narrow()


def hunyuan15():
    model, vae = (
        load(MODELS, "hunyuanvideo1.5_720p_i2v_fp16.safetensors"),
        load_vae(MODELS, "hunyuanvideo15_vae_fp16.safetensors"),
    )
    prompts = [text(3584, n, pooled_output=torch.zeros(1, 768)) for n in (4, 3)]
    positive, negative, canvas = HunyuanVideo15ImageToVideo.execute(
        *prompts, vae, SIDE, SIDE, 9, 1, IMAGE
    ).args
    against_the_paper("hunyuanvideo 1.5", model, vae, positive, negative, canvas, 9, **SHORT)
    findings["families"]["hunyuanvideo 1.5"] = host().clock_family(model)


def kandinsky5():
    model, vae = (
        load(MODELS, "kandinsky5lite_i2v_5s.safetensors"),
        load_vae(MODELS, "hunyuan_video_vae_bf16.safetensors"),
    )
    prompts = [text(3584, n, pooled_output=torch.zeros(1, 768)) for n in (4, 3)]
    positive, negative, canvas, _ = Kandinsky5ImageToVideo.execute(
        *prompts, vae, SIDE, SIDE, 9, 1, IMAGE
    ).args
    against_the_paper("kandinsky5", model, vae, positive, negative, canvas, 9, **SHORT)
    findings["families"]["kandinsky5"] = host().clock_family(model)


def cosmos():
    model, vae = (
        load(MODELS, "cosmos_predict2_2B_video2world_480p_16fps.safetensors"),
        load_vae(MODELS, "wan_2.1_vae.safetensors"),
    )
    canvas = CosmosPredict2ImageToVideoLatent.execute(vae, SIDE, SIDE, 9, 1, IMAGE).args[0]
    against_the_paper("cosmos predict2", model, vae, text(1024), text(1024, 3), canvas, 9, **SHORT)
    findings["families"]["cosmos predict2"] = host().clock_family(model)


def frame_by_frame():
    """A causal network: the prediction of each block is held as in one run of all frames."""
    model, vae = (
        load(MODELS, "causal_forcing-framewise.safetensors"),
        load_vae(MODELS, "wan_2.1_vae.safetensors"),
    )
    started, canvas = ARVideoI2V.execute(model, vae, IMAGE, SIDE, SIDE, 9, 1).args
    _, latent, mask, _ = TimeToMove.execute(started, vae, IMAGE, moving(9), "custom", 1.0, 0.5).args
    z, mask = latent["samples"], mask.round()
    noise = comfy.sample.prepare_noise(z, 11)
    found = {}
    for block in (1, 2):
        sampler = SamplerARVideo.execute(block).args[0]
        sigmas = schedule(started, 4)

        def run(which, start, sampler=sampler, sigmas=sigmas):
            return guided(which, text(4096), text(4096, 3), 1.0).sample(
                noise.clone(), start, sampler, sigmas, disable_pbar=True, seed=11
            )

        strong = share(started, sigmas[2])
        ours = run(host().following_model(started, z, mask, Clocks(1.0, strong)), canvas["samples"])
        wanted = run(held_by_hand(started, z, mask, strong), z)
        tight = run(host().following_model(started, z, torch.ones_like(mask), Clocks(1.0, 0.0)), z)
        free = run(started, z)
        found[str(block)] = {
            "difference": float((ours - wanted).abs().max() / wanted.std()),
            "without holding": float((free - wanted).abs().max() / wanted.std()),
            "held to the end": float((tight - z)[:, :, 1:].abs().max() / z.std()),
            "first frame": float((ours - free)[:, :, :1].abs().max()),
        }
    findings["frame by frame"] = found


def held_by_hand(model, z, mask, strong):
    """A MODEL whose prediction of a block is replaced in a post-CFG function while the noise is above the strong clock."""
    reference = model.model.process_latent_in(z)

    def hold(arguments):
        state = arguments["model_options"]["transformer_options"]["ar_state"]
        denoised, sigma = arguments["denoised"], float(arguments["sigma"].max())
        frames = slice(state["start_frame"], state["start_frame"] + denoised.shape[2])
        weight = mask[None, None, frames] if sigma > strong * 1.0001 else torch.zeros(1)
        return torch.lerp(denoised, reference[:, :, frames].to(denoised), weight.to(denoised))

    model = model.clone()
    model.set_model_sampler_post_cfg_function(hold)
    return model


def main() -> dict:
    findings["families"] = {}
    with torch.inference_mode():
        for part in (hunyuan15, kandinsky5, cosmos, frame_by_frame):
            part()
    return findings


worker_process.run(main)
