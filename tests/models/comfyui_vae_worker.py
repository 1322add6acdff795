"""Runs in ComfyUI's interpreter: its VAE on our weights.

comfyui_vae_worker.py COMFYUI FOLDER; reads FOLDER/config.json, weights and clips, writes its results there.
"""

import json
import sys
from pathlib import Path

comfyui, folder = sys.argv[1], Path(sys.argv[2])
sys.path.insert(0, comfyui)
sys.argv = sys.argv[:1]

import comfy.cli_args  # noqa: E402

comfy.cli_args.args.cpu = True

import comfy.ldm.wan.vae  # noqa: E402
import torch  # noqa: E402
from safetensors.torch import load_file, save_file  # noqa: E402

config = json.loads((folder / "config.json").read_text())
vae = comfy.ldm.wan.vae.WanVAE(z_dim=16, temperal_downsample=[False, True, True], **config).eval()
vae.load_state_dict(load_file(folder / "weights"), strict=True)
for frames, clip in load_file(folder / "clips").items():
    with torch.inference_mode():
        latents = vae.encode(clip)
        video = vae.decode(latents)
    save_file({"latents": latents.contiguous(), "video": video.contiguous()}, folder / f"{frames}.result")
state = {f"first_stage_model.{name}": value for name, value in vae.state_dict().items()}
save_file(state, folder / "saved.safetensors")
