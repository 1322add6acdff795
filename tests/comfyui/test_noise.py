"""A seed gives the same noise as in ComfyUI, bit for bit."""

import hashlib
import json
import subprocess

import pytest
import torch
from flowbrush.sampling.noise import SeededNoise

from .server import comfyui_python, environment

pytestmark = pytest.mark.comfyui

SHAPE = (3, 16, 5, 8, 6)
CASES = [(0, None), (42, None), (2**63 + 5, None), (2**64 - 1, [0, 1, 2]), (7, [2, 5, 2]), (7, [4, 1, 0])]

ASK = """
import sys, json, hashlib, torch
cases, shape = json.loads(sys.argv.pop()), json.loads(sys.argv.pop())
sys.argv.append("--cpu")
import comfy.options
comfy.options.enable_args_parsing()
import comfy.sample
latent = torch.zeros(shape)
digests = [hashlib.sha256(comfy.sample.prepare_noise(latent, *case).numpy().tobytes()).hexdigest() for case in cases]
print("DIGESTS", json.dumps(digests))
"""


def test_noise_is_comfyuis_for_every_seed_and_batch_index(comfyui_path):
    command = [comfyui_python(comfyui_path), "-c", ASK, json.dumps(SHAPE), json.dumps(CASES)]
    answer = subprocess.run(
        command, cwd=comfyui_path, env=environment(), capture_output=True, text=True, check=True
    )
    theirs = json.loads(answer.stdout.split("DIGESTS")[-1])
    for (seed, index), digest in zip(CASES, theirs, strict=True):
        latent = {"samples": torch.zeros(SHAPE)} | ({} if index is None else {"batch_index": index})
        ours = SeededNoise(seed).generate_noise(latent)
        assert hashlib.sha256(ours.numpy().tobytes()).hexdigest() == digest, (seed, index)
