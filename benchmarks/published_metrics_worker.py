"""Runs in an environment with vbench or cd-fvd and measures; the last line that it prints is its answer as JSON.

published_metrics_worker.py vbench|fvd JSON
"""

# pyright: reportMissingImports=false

import importlib
import json
import sys

sys.path.pop(0)  # this file's folder, whose vbench.py is not the package


def vbench(asked: dict) -> dict:
    """VBench's mean of each dimension over the videos of a folder; their names are their prompts."""
    from pathlib import Path

    import torch

    package = importlib.import_module("vbench")

    info = Path(str(package.__file__)).with_name("VBench_full_info.json")
    judge = package.VBench(torch.device(asked["device"]), str(info), asked["out"])
    judge.evaluate(
        videos_path=asked["videos"],
        name="videos",
        dimension_list=asked["dimensions"],
        local=True,
        mode="custom_input",
    )
    found = json.loads((Path(asked["out"]) / "videos_eval_results.json").read_text())
    return {name: float(value[0]) for name, value in found.items()}


def fvd(asked: dict) -> dict:
    """The Fréchet distance between two files of clips, uint8 [N,T,H,W,3]."""
    import numpy as np

    package = importlib.import_module("cdfvd.fvd")

    meter = package.cdfvd(asked["model"], ckpt_path=asked["weights"], device=asked["device"])
    return {"distance": float(meter.compute_fvd(np.load(asked["real"]), np.load(asked["made"])))}


if __name__ == "__main__":
    print("\n" + json.dumps({"vbench": vbench, "fvd": fvd}[sys.argv[1]](json.loads(sys.argv[2]))), flush=True)
