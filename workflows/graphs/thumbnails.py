"""The picture of an example graph: four frames of its video.

For a graph that needs ComfyUI to run, the picture shows four frames of the model's input instead: the warped picture, or
the graph's own control video.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch

from ...files import atomic_write
from ...models.video_grid import GRIDS, WAN

QUALITY = 90


FRAMES = 17  # about so many frames of the rendered input of a large model, of which four are shown
SMALL = 192  # side in px of the rendered input of a large model; smaller frames are enlarged
LARGE = 256  # px, longer side of the frames in a thumbnail; larger ones are reduced
CONTROLS = {"FlowbrushVACEControl": 0, "FlowbrushGuideVideo": 0}


def write_thumbnail(path: Path) -> Path:
    """Run the graph at `path` without ComfyUI, or only the part before the model, and write NAME.jpg beside it."""
    from PIL import Image

    from ...hosts import use
    from ...hosts.headless import HeadlessHost, runner
    from ...hosts.headless.graph import parse
    from ...hosts.headless.registry import node_classes
    from ...hosts.headless.videos import read_video
    from ...motion.preview.visualization import contact_sheet
    from ...rendering.resizing import fit_image, size_within
    from .schemas import prompt_of

    prompt = prompt_of(path)
    if any(node["class_type"] not in node_classes() for node in prompt.values()):
        prompt = input_graph(prompt)
    with TemporaryDirectory() as folder:
        use(HeadlessHost(output_directory=Path(folder)))
        result = runner.run(parse(prompt))
        video = min(file for file in result.files() if file.suffix == ".mp4")  # before NAME_heat_map
        frames, _ = read_video(video)
    shown = frames[torch.linspace(0, len(frames) - 1, 4).round().long()]
    width, height = size_within(shown.shape[2], shown.shape[1], LARGE)
    shown = torch.cat([fit_image(frame[None], width, height, "stretch") for frame in shown])
    enlarged = max(1, SMALL // shown.shape[2])
    shown = shown.repeat_interleave(enlarged, 1).repeat_interleave(enlarged, 2)
    pixels = (contact_sheet(shown, columns=2, gap=4).clamp(0, 1) * 255).round().byte().numpy()
    thumbnail = path.with_suffix(".jpg")
    with atomic_write(thumbnail) as temporary:
        Image.fromarray(pixels).save(temporary, "JPEG", quality=QUALITY)
    return thumbnail


def input_graph(prompt: dict[str, Any]) -> dict[str, Any]:
    """The part of an API-format graph that makes the model's input, at a small size, and saves it as a video."""
    control = [name for name, node in prompt.items() if node["class_type"] in CONTROLS]
    if control:
        source = [control[0], CONTROLS[prompt[control[0]]["class_type"]]]
    else:
        (frame,) = (n for n, node in prompt.items() if node["class_type"] == "FlowbrushFirstFrame")
        (measure,) = (n for n, node in prompt.items() if node["class_type"] == "FlowbrushMeasureMotion")
        motion = prompt[measure]["inputs"]["motion"]
        while (
            prompt[motion[0]]["class_type"] == "FlowbrushExtendShot"
        ):  # of a part, which needs the one before
            motion = prompt[motion[0]]["inputs"]["motion"]
        inputs = {"image": [frame, 0], "motion": motion, "fill_holes": True}
        prompt = {**prompt, "carried": {"class_type": "FlowbrushWarpImage", "inputs": inputs}}
        source = ["carried", 0]
    kept: dict[str, Any] = {}
    wanted = [source[0]]
    while wanted:
        name = wanted.pop()
        if name not in kept:
            inputs = prompt[name]["inputs"]
            small = {side: SMALL for side in ("width", "height") if isinstance(inputs.get(side), int)}
            if (
                prompt[name]["class_type"] == "FlowbrushFirstFrame"
            ):  # the motion spans the clip, whatever its length
                small["length"] = GRIDS[inputs.get("model", WAN.name)].time.nearest(FRAMES)
            if isinstance(inputs.get("length"), int) and prompt[name]["class_type"] == "FlowbrushMotionBrush":
                small["length"] = FRAMES
            kept[name] = {**prompt[name], "inputs": {**inputs, **small}}
            wanted += [value[0] for value in inputs.values() if isinstance(value, list)]
    video = {"class_type": "CreateVideo", "inputs": {"images": source, "fps": 12}}
    saved = {"video": ["video", 0], "filename_prefix": "given", "format": "auto", "format.codec": "auto"}
    return {**kept, "video": video, "saved": {"class_type": "SaveVideo", "inputs": saved}}
