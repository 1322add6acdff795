"""Reads a folder of files with ComfyUI's own nodes, by its interpreter, and writes what they give as .npz files.

<ComfyUI's python> media_worker.py <ComfyUI folder> <folder of files> <folder for results>
"""

# ruff: noqa: E402 - ComfyUI reads its arguments when it is imported

import sys
from pathlib import Path

COMFYUI, FILES, RESULTS = sys.argv[1:]
sys.path.insert(0, COMFYUI)
sys.argv[1:] = ["--cpu", "--input-directory", FILES, "--base-directory", str(Path(RESULTS))]

import comfy.options

comfy.options.enable_args_parsing()

import folder_paths
import numpy as np
from comfy_extras.nodes_video import GetVideoComponents, LoadVideo

import nodes

folder_paths.set_input_directory(FILES)

READERS = {
    "LoadImage": lambda name: nodes.LoadImage().load_image(name),
    **{
        f"LoadImageMask {channel}": lambda name, channel=channel: nodes.LoadImageMask().load_image_mask(
            name, channel
        )
        for channel in ("alpha", "red")
    },
    "LoadVideo": lambda name: GetVideoComponents.execute(LoadVideo.execute(name)[0]).args,
}


def flat(values) -> dict[str, np.ndarray]:
    """The outputs of a node as arrays, by number; of AUDIO, the waveform and the rate."""
    arrays = {}
    for slot, value in enumerate(values):
        if isinstance(value, dict):
            arrays[f"{slot} waveform"] = value["waveform"].numpy()
            arrays[f"{slot} rate"] = np.array(value["sample_rate"])
        elif value is not None:
            arrays[str(slot)] = value.numpy() if hasattr(value, "numpy") else np.array(value)
    return arrays


for path in sorted(Path(FILES).iterdir()):
    for reader, read in READERS.items():
        try:
            arrays = flat(read(path.name))
        except Exception as error:
            arrays = {"error": np.array(f"{type(error).__name__}: {error}")}
        np.savez(Path(RESULTS) / f"{reader} {path.name}.npz", **arrays)
