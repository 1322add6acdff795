"""Runs in ComfyUI's interpreter: its transformer on our weights, and its loader on our file.

comfyui_worker.py COMFYUI FOLDER; reads FOLDER/jobs.json and files beside it, writes its results there.
"""

import json
import sys
from pathlib import Path

comfyui, folder = sys.argv[1], Path(sys.argv[2])
sys.path.insert(0, comfyui)
sys.argv = sys.argv[:1]

import comfy.cli_args  # noqa: E402

comfy.cli_args.args.cpu = True

import comfy.ldm.wan.model  # noqa: E402
import comfy.ops  # noqa: E402
import comfy.sd  # noqa: E402
import torch  # noqa: E402
from safetensors.torch import load_file, save_file  # noqa: E402


def velocity_of(model, name):
    inputs = load_file(folder / f"{name}.inputs")
    with torch.inference_mode():
        result = model(inputs["x"], inputs["timestep"], inputs["context"], clip_fea=inputs.get("image"))
    save_file({"velocity": result.float().contiguous()}, folder / f"{name}.velocity")


for case, config in json.loads((folder / "jobs.json").read_text()).items():
    network = comfy.ldm.wan.model.WanModel(
        **config, dtype=torch.float32, device="cpu", operations=comfy.ops.disable_weight_init
    )
    network.load_state_dict(load_file(folder / f"{case}.weights"), strict=True)
    velocity_of(network.eval(), case)
    state = {f"model.diffusion_model.{name}": value for name, value in network.state_dict().items()}
    said = {"transformer": {"num_heads": config["num_heads"]}}
    save_file(state, folder / f"{case}.saved.safetensors", metadata={"config": json.dumps(said)})

patcher = comfy.sd.load_diffusion_model(
    str(folder / "saved.safetensors"), model_options={"dtype": torch.float32}
)
comfy.model_management.load_models_gpu([patcher], force_full_load=True)
velocity_of(patcher.model.diffusion_model, "saved")
unet = patcher.model.model_config.unet_config
found = {name: unet[name] for name in ("num_heads", "text_dim", "in_dim")}
(folder / "saved.json").write_text(json.dumps({"model": type(patcher.model).__name__, **found}))
