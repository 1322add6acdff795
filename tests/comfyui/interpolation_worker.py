"""Interpolate Frames with the stock loader's models: run by ComfyUI's interpreter, one line of JSON printed.

<ComfyUI's python> interpolation_worker.py <ComfyUI folder> <folder that holds the pack as `flowbrush`> <models folder>
"""

# ruff: noqa: E402 - ComfyUI reads its arguments when it is imported

import json
import sys
from pathlib import Path

COMFYUI, PACKS, MODELS = sys.argv[1:]
sys.path[:0] = [COMFYUI, PACKS]
sys.argv[1:] = ["--cpu"]

import comfy.options

comfy.options.enable_args_parsing()

import comfy.model_management
import comfy.model_patcher
import folder_paths
import torch
from comfy_extras.frame_interpolation_models.film_net import FILMNet
from comfy_extras.frame_interpolation_models.ifnet import IFNet
from comfy_extras.nodes_frame_interpolation import FrameInterpolate, FrameInterpolationModelLoader
from flowbrush.hosts import use
from flowbrush.nodes.interpolate import InterpolateFrames
from safetensors.torch import save_file

use("comfyui")
findings: dict[str, object] = {}


def randomised(network: torch.nn.Module) -> torch.nn.Module:
    generator = torch.Generator().manual_seed(0)
    for parameter in network.parameters():
        scale = 0.5 / max(1, parameter[0].numel()) ** 0.5
        parameter.data = torch.randn(parameter.shape, generator=generator) * scale
    return network.eval()


def rife():
    """Through the stock loader, from a file in the published layout."""
    folder = Path(MODELS) / "frame_interpolation"
    folder.mkdir(parents=True)
    network = randomised(IFNet(channels=(16, 16, 8, 8, 8)))
    save_file(
        {name: value.contiguous() for name, value in network.state_dict().items()},
        folder / "rife.safetensors",
    )
    folder_paths.add_model_folder_path("frame_interpolation", str(folder))
    return FrameInterpolationModelLoader.execute("rife.safetensors")[0]


def film():
    network = randomised(FILMNet(filters=4, flow_filters=(4, 8, 8, 8)))
    device = comfy.model_management.get_torch_device()
    return comfy.model_patcher.CoreModelPatcher(network, device, comfy.model_management.unet_offload_device())


wide = torch.nn.functional.interpolate(
    torch.rand(1, 3, 24, 32, generator=torch.Generator().manual_seed(1)), scale_factor=4, mode="bicubic"
)
clip = torch.stack([wide[0, :, : 4 * 20, x : x + 100].permute(1, 2, 0) for x in (0, 4, 8)]).clamp(0, 1)
flow = InterpolateFrames.execute(clip, 12.0, 4, 0.0, 1.0, "optical flow")[0]
for name, model in (("rife", rife()), ("film", film())):
    ours, rate = InterpolateFrames.execute(clip, 12.0, 4, 0.0, 1.0, "optical flow", model).args
    stock = FrameInterpolate.execute(model, clip, 4)[0]
    cut = InterpolateFrames.execute(clip, 12.0, 2, 0.0, 0.0, "optical flow", model)[0]
    findings[name] = {
        "shape": list(ours.shape),
        "rate": rate,
        "unlike stock": float((ours - stock).abs().max()),
        "unlike flow": float((ours - flow).abs().max()),
        "cut is kept": bool(torch.equal(cut[1], clip[1])),
    }
try:
    InterpolateFrames.execute(clip, 12.0, 2, 0.0, 0.5, "optical flow", object())
except ValueError as error:
    findings["refused"] = str(error)
print(json.dumps(findings))
