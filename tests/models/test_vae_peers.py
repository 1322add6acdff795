"""The VAE beside diffusers' and ComfyUI's implementations, on the same random weights, in float32."""

import json
import os
import subprocess
from pathlib import Path

import pytest
import torch
from flowbrush.models import checkpoint, keys
from flowbrush.models.vae import VAEConfig, WanVAE
from safetensors.torch import load_file, save_file

TOLERANCE = 1e-4
LENGTHS = (1, 5, 13)


def random_vae(seed=0):
    vae = WanVAE(VAEConfig(8), torch.Generator().manual_seed(seed)).eval()
    generator = torch.Generator().manual_seed(seed + 1)
    with torch.no_grad():
        for name, parameter in vae.named_parameters():
            if name.endswith("gamma"):
                parameter.uniform_(0.5, 1.5, generator=generator)
    return vae


def random_clip(frames):
    return torch.rand(1, 3, frames, 40, 48, generator=torch.Generator().manual_seed(frames)) * 2 - 1


def diffusers_vae(dim=8):
    from diffusers import AutoencoderKLWan

    return AutoencoderKLWan(base_dim=dim).eval()


def assert_same(ours, theirs, whole):
    """Both encode a clip, and decode the same latents, to the same numbers; diffusers clamps what it decodes."""
    for frames in LENGTHS:
        clip = random_clip(frames)
        with torch.set_grad_enabled(whole):
            latents = ours.encode(clip)
            video = ours.decode(latents)
        with torch.no_grad():
            their_latents = theirs.encode(clip).latent_dist.mean
            their_video = theirs.decode(latents).sample
        assert (latents - their_latents).abs().max() < TOLERANCE
        assert (video.clamp(-1, 1) - their_video).abs().max() < TOLERANCE
        assert latents.std() > 0.05
        assert their_video.std() > 0.05


@pytest.mark.parametrize("whole", [True, False], ids=["whole clip", "in pieces"])
def test_our_weights_in_diffusers_give_our_result(whole):
    ours, theirs = random_vae(), diffusers_vae()
    theirs.load_state_dict(keys.from_original(ours.state_dict(), "vae", "diffusers"))
    assert_same(ours, theirs, whole)


def test_weights_that_diffusers_saved_load_here_and_give_its_result(tmp_path):
    theirs = diffusers_vae()
    generator = torch.Generator().manual_seed(5)
    with torch.no_grad():
        for name, parameter in theirs.named_parameters():
            if name.endswith("gamma"):
                parameter.uniform_(0.5, 1.5, generator=generator)
            else:
                bound = parameter[0].numel() ** -0.5 if parameter.ndim > 1 else 0.1
                parameter.uniform_(-bound, bound, generator=generator)
    theirs.save_pretrained(tmp_path)
    assert_same(checkpoint.load_vae(tmp_path), theirs, whole=False)


@pytest.fixture(scope="module")
def comfyui_results(comfyui_path, comfyui_python, tmp_path_factory):
    """What ComfyUI makes of our weights: latents and frames of each length, and its copy of the weights."""
    folder = tmp_path_factory.mktemp("comfyui_vae")
    ours = random_vae()
    save_file(ours.state_dict(), folder / "weights")
    save_file({str(frames): random_clip(frames) for frames in LENGTHS}, folder / "clips")
    (folder / "config.json").write_text(json.dumps({"dim": ours.config.dim}))
    worker = Path(__file__).with_name("comfyui_vae_worker.py")
    done = subprocess.run(
        [comfyui_python, worker, comfyui_path, folder],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.mark.parametrize("frames", LENGTHS)
def test_our_weights_in_comfyui_give_our_result(comfyui_results, frames):
    ours = random_vae()
    theirs = load_file(comfyui_results / f"{frames}.result")
    with torch.no_grad():
        assert (ours.encode(random_clip(frames)) - theirs["latents"]).abs().max() < TOLERANCE
        assert (ours.decode(theirs["latents"]) - theirs["video"]).abs().max() < TOLERANCE


def test_weights_that_comfyui_saved_load_here_and_give_its_result(comfyui_results):
    ours = checkpoint.load_vae(comfyui_results / "saved.safetensors")
    theirs = load_file(comfyui_results / "13.result")
    with torch.no_grad():
        assert (ours.encode(random_clip(13)) - theirs["latents"]).abs().max() < TOLERANCE
        assert (ours.decode(theirs["latents"]) - theirs["video"]).abs().max() < TOLERANCE
