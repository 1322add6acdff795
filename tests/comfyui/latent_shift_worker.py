"""Close Loop on ComfyUI's own objects, beside a loop that shifts latents and conditions by hand; one line of JSON is printed.

<ComfyUI's python> latent_shift_worker.py <ComfyUI folder> <folder that holds the pack as `flowbrush`> <models folder>
"""

# ruff: noqa: E402 - ComfyUI reads its arguments when it is imported

import sys
from pathlib import Path

COMFYUI, PACKS, MODELS = sys.argv[1:]
sys.path[:0] = [COMFYUI, PACKS, str(Path(__file__).parent)]
sys.argv[1:] = ["--cpu"]

import comfy.options

comfy.options.enable_args_parsing()

import comfy.samplers
import torch
import worker_process
from comfy_extras.nodes_context_windows import WanContextWindowsManualNode
from flowbrush.hosts import use
from flowbrush.nodes.close_loop import CloseLoop
from flowbrush.sampling.latent_shift import shift_at
from probe.narrow import narrow
from time_to_move_loop import guided, schedule
from time_to_move_wan import Wan

comfyui = use("comfyui")
narrow()
STEPS = 5


def euler(model, x, sigmas, extra_args, callback=None, disable=None):
    for step in range(len(sigmas) - 1):
        x0 = model(x, sigmas[step] * x.new_ones(len(x)), **extra_args)
        x = x + (x - x0) / sigmas[step] * (sigmas[step + 1] - sigmas[step])
    return x


def turned(conditioning, shift):
    """A CONDITIONING whose first frame and mask begin with the latent frame `shift`."""
    parts = {
        name: torch.roll(value, -shift, 2)
        for name, value in conditioning[0][1].items()
        if name.startswith("concat")
    }
    return [[conditioning[0][0], {**conditioning[0][1], **parts}]]


def by_hand(wan, sigmas):
    """The samples of a run whose every step begins the clip with another latent frame, and the shifts."""
    x = wan.model.model.model_sampling.noise_scaling(sigmas[:1], wan.noise, torch.zeros_like(wan.noise))
    shifts = []
    for step in range(len(sigmas) - 1):
        shift, begun = shift_at(float(sigmas[step]), sigmas, x.shape[2]), []
        shifts.append(shift)

        def begin(model, _, levels, extra_args, callback=None, disable=None, x=x, shift=shift, begun=begun):
            seen = torch.roll(x, -shift, 2)
            begun.append(torch.roll(model(seen, levels[0] * x.new_ones(1), **extra_args), shift, 2))
            return seen

        guider = guided(wan.model, turned(wan.positive, shift), turned(wan.negative, shift))
        sampler, empty = comfy.samplers.KSAMPLER(begin), wan.canvas["samples"]
        guider.sample(wan.noise.clone(), empty, sampler, sigmas[step : step + 2], disable_pbar=True, seed=1)
        x = x + (x - begun[0]) / sigmas[step] * (sigmas[step + 1] - sigmas[step])
    return wan.model.model.process_latent_out(x), shifts


def main():
    wan = Wan(MODELS)
    sigmas = schedule(wan.model, STEPS)
    looping = CloseLoop.execute(wan.model).args[0]
    sampler = comfy.samplers.KSAMPLER(euler)
    wanted, shifts = by_hand(wan, sigmas)
    found = wan.run(looping, sampler, wan.canvas["samples"], sigmas)
    plain = wan.run(wan.model, sampler, wan.canvas["samples"], sigmas)
    windowed = WanContextWindowsManualNode.execute(
        looping, 5, 1, "looped_uniform", 1, True, "pyramid", False
    ).args[0]
    looping.model.__class__ = type("SVD_img2vid", (type(looping.model),), {})
    return {
        "shifts": shifts,
        "like by hand": float((found - wanted).abs().max() / wanted.std()),
        "what it changes": float((found - plain).abs().max() / wanted.std()),
        "windows": worker_process.refusal(lambda: wan.run(windowed, sampler, wan.canvas["samples"], sigmas)),
        "another family": worker_process.refusal(lambda: CloseLoop.execute(looping)),
    }


worker_process.run(main)
