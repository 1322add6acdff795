"""Schemas of ComfyUI's own nodes that the graphs use: the names and types of their inputs and outputs.

    python -m flowbrush.workflows.graphs.schemas http://127.0.0.1:8188   # store those of a running ComfyUI

They are stored in `stock/nodes.json`, so that graphs can be built and checked without ComfyUI (among the graphs, ComfyUI
would take the file for a workflow). Lists of model files, tooltips and descriptions are not stored.
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
    "ARVideoI2V",
    "BasicGuider",
    "BasicScheduler",
    "BerniniConditioning",
    "CFGGuider",
    "CheckpointLoaderSimple",
    "CLIPLoader",
    "CLIPVisionEncode",
    "CLIPVisionLoader",
    "CosmosPredict2ImageToVideoLatent",
    "DualCLIPLoader",
    "EmptyImage",
    "EmptyLTXVLatentVideo",
    "FluxGuidance",
    "GetICLoRAParameters",
    "GetImageSize",
    "HunyuanImageToVideo",
    "HunyuanVideo15ImageToVideo",
    "ImageCompositeMasked",
    "ImageFromBatch",
    "ImageOnlyCheckpointLoader",
    "ImageQuantize",
    "ImageScaleBy",
    "ImageUpscaleWithModel",
    "Kandinsky5ImageToVideo",
    "KSampler",
    "KSamplerAdvanced",
    "KSamplerSelect",
    "LatentUpscaleModelLoader",
    "LoraLoaderModelOnly",
    "LTXAVTextEncoderLoader",
    "LTXVAddGuide",
    "LTXVAudioVAEDecode",
    "LTXVAudioVAELoader",
    "LTXVConcatAVLatent",
    "LTXVConditioning",
    "LTXVCropGuides",
    "LTXVEmptyLatentAudio",
    "LTXVImgToVideoInplace",
    "LTXVLatentUpsampler",
    "LTXVScheduler",
    "LTXVSeparateAVLatent",
    "ManualSigmas",
    "MiniMaxH3AddGuide",
    "MiniMaxH3ImageToVideo",
    "MiniMaxH3ReferenceToVideo",
    "ModelPatchLoader",
    "ModelSamplingSD3",
    "RandomNoise",
    "ReplaceVideoLatentFrames",
    "SamplerARVideo",
    "SamplerCustom",
    "SamplerCustomAdvanced",
    "SeedVR2Conditioning",
    "SeedVR2PostProcessing",
    "SeedVR2Preprocess",
    "SeedVR2TemporalChunk",
    "SeedVR2TemporalMerge",
    "SVD_img2vid_Conditioning",
    "TrimVideoLatent",
    "UNETLoader",
    "UpscaleModelLoader",
    "VAEDecodeAudio",
    "VAEDecodeTiled",
    "VAEEncode",
    "VAEEncodeTiled",
    "VAELoader",
    "VideoLinearCFGGuidance",
    "Wan22FunControlToVideo",
    "Wan22ImageToVideoLatent",
    "WanAnimate2ToVideo",
    "WanCameraImageToVideo",
    "WanFunControlToVideo",
    "WanImageToVideo",
    "WanSCAILToVideo",
    "WanUni3CControlnetApply",
    "WanVaceToVideo",
)
KEPT = ("default", "min", "max", "step", "options", "control_after_generate")


def compact(info: dict[str, Any]) -> dict[str, Any]:
    """The parts of a node's entry in `/object_info` that the canvas uses; lists of model files become empty."""
    found: dict[str, Any] = {"input": {}}
    for section in ("required", "optional"):
        inputs = info["input"].get(section, {})
        found["input"][section] = {name: _entry(name, *value) for name, value in inputs.items()}
    return {**found, "output": info["output"], "output_name": info["output_name"]}


def _entry(name: str, kind: str | list[str], options: dict[str, Any] | None = None) -> list[Any]:
    options = dict(options or {})
    if isinstance(kind, list):
        kind, options["options"] = "COMBO", kind
    if isinstance(kind, str) and kind.startswith(
        ("FLOAT,", "INT,")
    ):  # a widget that also takes links of another type
        kind = kind.split(",")[0]
    files = name.endswith(("_name", "_name1", "_name2")) or name in ("name", "text_encoder")
    if files and kind == "COMBO" and name != "sampler_name":
        options["options"] = []  # the files depend on the machine
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
    """A graph's file in API format, even if some of its nodes need ComfyUI to run."""
    from ...hosts.headless import convert

    return convert.load(path, object_info()).prompt


def main() -> None:
    """Store the schemas of a running ComfyUI."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("address", help="where ComfyUI runs, such as http://127.0.0.1:8188")
    with urllib.request.urlopen(f"{parser.parse_args().address}/object_info") as answer:
        info = json.loads(answer.read())
    lines = (f"{json.dumps(kind)}: {json.dumps(compact(info[kind]))}" for kind in KINDS)
    FILE.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
