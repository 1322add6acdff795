"""What the graphs need to know of ComfyUI's own nodes: names and kinds of their inputs and outputs.

    python -m flowbrush.workflows.graphs.schemas http://127.0.0.1:8188   # read them anew, from a running ComfyUI

They are stored in `stock/nodes.json` (not beside the graphs, where ComfyUI would take the file for one), so that graphs
can be built and checked without ComfyUI. Lists of model files and texts for people are left out.
"""

from __future__ import annotations

import argparse
import json
import urllib.request
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).parents[1] / "stock" / "nodes.json"
KINDS = (
    "BasicScheduler",
    "CheckpointLoaderSimple",
    "CLIPLoader",
    "CLIPVisionEncode",
    "CLIPVisionLoader",
    "DualCLIPLoader",
    "FluxGuidance",
    "HunyuanImageToVideo",
    "ImageOnlyCheckpointLoader",
    "KSampler",
    "KSamplerAdvanced",
    "KSamplerSelect",
    "LTXVConditioning",
    "LTXVScheduler",
    "ModelSamplingSD3",
    "SamplerCustom",
    "SamplerCustomAdvanced",
    "SVD_img2vid_Conditioning",
    "TrimVideoLatent",
    "UNETLoader",
    "VAELoader",
    "VideoLinearCFGGuidance",
    "Wan22ImageToVideoLatent",
    "WanCameraImageToVideo",
    "WanFunControlToVideo",
    "WanImageToVideo",
    "WanVaceToVideo",
)
KEPT = ("default", "min", "max", "step", "options", "control_after_generate")


def compact(info: dict[str, Any]) -> dict[str, Any]:
    """Of one node's entry in `/object_info`, what the canvas goes by; choices of files become an empty list."""
    found: dict[str, Any] = {"input": {}}
    for section in ("required", "optional"):
        inputs = info["input"].get(section, {})
        found["input"][section] = {name: _entry(name, *value) for name, value in inputs.items()}
    return {**found, "output": info["output"], "output_name": info["output_name"]}


def _entry(name: str, kind: str | list[str], options: dict[str, Any] | None = None) -> list[Any]:
    options = dict(options or {})
    if isinstance(kind, list):
        kind, options["options"] = "COMBO", kind
    if name.endswith(("_name", "_name1", "_name2")) and kind == "COMBO" and name != "sampler_name":
        options["options"] = []  # the files that one machine happens to have
        options.pop("default", None)
    return [kind, {name: options[name] for name in KEPT if name in options}]


@cache
def stock() -> dict[str, Any]:
    """The stored schemas."""
    return json.loads(FILE.read_text(encoding="utf-8"))


@cache
def object_info() -> dict[str, Any]:
    """Schemas of our nodes and of all stock nodes that the graphs use."""
    from ...hosts.headless import registry

    return {**stock(), **registry.object_info()}


def prompt_of(path: Path) -> dict[str, Any]:
    """A graph's file in API format, whether or not its nodes run without ComfyUI."""
    from ...hosts.headless import convert

    return convert.load(path, object_info()).prompt


def main() -> None:
    """Store what a running ComfyUI says."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("address", help="where ComfyUI runs, such as http://127.0.0.1:8188")
    with urllib.request.urlopen(f"{parser.parse_args().address}/object_info") as answer:
        info = json.loads(answer.read())
    lines = (f"{json.dumps(kind)}: {json.dumps(compact(info[kind]))}" for kind in KINDS)
    FILE.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
