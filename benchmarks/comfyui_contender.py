"""Runs in ComfyUI's interpreter and times its network on given weights, with one line of JSON in and out for each run.

comfyui_contender.py COMFYUI FOLDER; FOLDER has job.json, weights and inputs (see `contenders.comfyui`).
"""

# pyright: reportMissingImports=false

import json
import os
import sys
import time
from pathlib import Path

comfyui, folder = sys.argv[1], Path(sys.argv[2])
answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)  # redirects ComfyUI's output to the log
sys.path.insert(0, comfyui)
sys.argv = sys.argv[:1]
job = json.loads((folder / "job.json").read_text())

import comfy.cli_args  # noqa: E402

comfy.cli_args.args.cpu = job["device"] == "cpu"

import comfy.ldm.wan.model  # noqa: E402
import comfy.ldm.wan.vae  # noqa: E402
import comfy.ops  # noqa: E402
import torch  # noqa: E402
from safetensors.torch import load_file, save_file  # noqa: E402

torch.set_num_threads(job["threads"])
config, device, dtype = job["config"], job["device"], getattr(torch, job["dtype"])
given = {name: value.to(device, dtype) for name, value in load_file(folder / "inputs").items()}
if job["kind"] == "dit":
    sizes = ("dim", "ffn_dim", "num_heads", "num_layers", "in_dim", "out_dim", "text_dim", "freq_dim")
    network = comfy.ldm.wan.model.WanModel(
        model_type="t2v",
        **{name: config[name] for name in sizes},
        dtype=dtype,
        device=device,
        operations=comfy.ops.disable_weight_init,
    )
    tasks = {"forward": lambda: network(given["x"], given["timestep"], given["context"])}
else:
    network = comfy.ldm.wan.vae.WanVAE(
        dim=config["dim"],
        z_dim=config["z_dim"],
        dim_mult=list(config["dim_mult"]),
        num_res_blocks=config["num_res_blocks"],
        temperal_downsample=list(config["temporal_downsample"]),
    )
    tasks = {
        "encode": lambda: network.encode(given["video"]),
        "decode": lambda: network.decode(given["latents"]),
    }
network.load_state_dict(load_file(folder / "weights"))
network.eval().to(device, dtype)

for line in sys.stdin:
    asked = json.loads(line)
    if device == "cuda":
        torch.cuda.synchronize()
    start, cpu = time.perf_counter(), time.process_time()
    with torch.inference_mode():
        result = tasks[asked["task"]]()
    if device == "cuda":
        torch.cuda.synchronize()
    timing = {"seconds": time.perf_counter() - start, "cpu_seconds": time.process_time() - cpu}
    if asked["output"]:
        save_file({"output": result.float().cpu().contiguous()}, asked["output"])
    answers.write(json.dumps(timing) + "\n")
    answers.flush()
