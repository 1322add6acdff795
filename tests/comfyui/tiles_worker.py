"""Sample in Tiles on ComfyUI's own objects, beside tiles that are cut and blended by hand; one line of JSON is printed.

<ComfyUI's python> tiles_worker.py <ComfyUI folder> <folder that holds the pack as `flowbrush`> <models folder>
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
from comfy.patcher_extension import WrappersMP
from flowbrush.hosts import use
from flowbrush.nodes.sample_in_tiles import SampleInTiles
from flowbrush.sampling.tiles import Tiling, weighted_tiles
from probe.narrow import narrow
from time_to_move_loop import guided, schedule
from time_to_move_wan import Wan

use("comfyui")
narrow()
TILE, OVERLAP = 64, 32


def x0_of(model, wan, x, positive, negative, sigmas):
    """The guided x0 of a MODEL at the noisy latents x, from inside a sampling run of its own."""
    found = []

    def once(denoiser, _, levels, extra_args, callback=None, disable=None):
        found.append(denoiser(x, levels[0] * x.new_ones(1), **extra_args))
        return x

    guider = guided(model, positive, negative)
    empty = torch.zeros_like(x)
    guider.sample(empty, empty, comfy.samplers.KSAMPLER(once), sigmas, disable_pbar=True, seed=1)
    return found[0]


def tile_of(conditioning, rows, columns):
    """A CONDITIONING whose first frame and mask are one tile of them."""
    parts = {
        name: value[..., rows, columns]
        for name, value in conditioning[0][1].items()
        if name.startswith("concat")
    }
    return [[conditioning[0][0], {**conditioning[0][1], **parts}]]


def main():
    wan = Wan(MODELS)
    sigmas = schedule(wan.model, 4)[1:3]
    x = wan.noise
    height, width = x.shape[-2:]
    wanted, total = torch.zeros_like(x), torch.zeros(height, width)
    for rows, columns, weight in weighted_tiles(Tiling(TILE, TILE, OVERLAP), height, width, 8):
        parts = (tile_of(side, rows, columns) for side in (wan.positive, wan.negative))
        wanted[..., rows, columns] += weight * x0_of(
            wan.model, wan, x[..., rows, columns].contiguous(), *parts, sigmas
        )
        total[rows, columns] += weight
    tiled = SampleInTiles.execute(wan.model, TILE, TILE, OVERLAP).args[0]
    reserved = []

    def watch(executor, model, noise_shape, *more, **named):
        reserved.append(list(noise_shape[-2:]))
        return executor(model, noise_shape, *more, **named)

    tiled.add_wrapper_with_key(WrappersMP.PREPARE_SAMPLING, "watch", watch)
    sides = wan.positive, wan.negative
    found = x0_of(tiled, wan, x, *sides, sigmas)
    whole = x0_of(wan.model, wan, x, *sides, sigmas)
    one = x0_of(SampleInTiles.execute(wan.model, 2048, 2048, 64).args[0], wan, x, *sides, sigmas)
    spread = float(whole.std())

    def called(x, **more):
        return tiled.model.apply_model(
            x, sigmas[:1], transformer_options={"wrappers": tiled.wrappers}, **more
        )

    return {
        "cells": [height, width],
        "reserved": reserved,
        "like by hand": float((found - wanted / total).abs().max()) / spread,
        "what it changes": float((found - whole).abs().max()) / spread,
        "one tile": float((one - whole).abs().max()),
        "sound": worker_process.refusal(lambda: called(torch.zeros(1, 1, 64))),
        "control": worker_process.refusal(lambda: called(x, control={"output": []})),
    }


worker_process.run(main)
