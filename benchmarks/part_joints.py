"""The joints of the example graphs long_shot_wan22, long_shot_ltx2 and long_shot_h3, without the large models.

    python run.py bench part_joints [--side PX] [--sheets FOLDER] [--json FILE]

Each part is what a model gives that follows the motion exactly: the part's first picture, carried along the part's motion by the same
Extend Shot as in the graph, and joined by the same Join Parts. In the rows `drift` the second part differs as those of models do: it
is moved by 2 px, 4 % darker, less saturated and slightly soft. `cut` puts the same parts one after the other without Join Parts.
The numbers are those of motion/continuation/joint.py: the largest step at the joint over the largest inside the parts.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from ..files import write_json
from ..motion.continuation.joint import joint_ratios
from ..rendering.backward_sampling import backward_warp
from .long_shot import LIMIT, write_sheet

GRAPHS = ("long_shot_wan22", "long_shot_ltx2", "long_shot_h3")
WAYS = ("exact", "drift", "cut")
SIDE = 256
_WORKFLOWS = Path(__file__).parents[1] / "workflows"
SHIFT, DARKER, PALER, SOFT = (
    2.0,
    0.96,
    0.9,
    0.3,
)  # px (whole, so that resampling does not soften), factors, and the share of a blur of 3 px


def setting(name: str) -> dict[str, Any]:
    """The picture, the document, the lengths and the overlap of an example graph."""
    content = json.loads((_WORKFLOWS / f"{name}.json").read_text(encoding="utf-8"))
    levels = (content, *content["definitions"]["subgraphs"])
    nodes = {node["type"]: node for level in levels for node in level["nodes"]}

    def inputs(kind: str) -> dict[str, Any]:
        names = [entry["name"] for entry in nodes[kind]["inputs"] if "widget" in entry]
        return dict(zip(names, nodes[kind]["widgets_values"], strict=False))

    return {
        "picture": inputs("FlowbrushExampleImage")["name"],
        "document": inputs("FlowbrushMotionBrush")["document"],
        "whole": inputs("FlowbrushMotionBrush")["length"],
        "length": inputs("FlowbrushFirstFrame")["length"],
        "overlap": inputs("FlowbrushJoinParts")["overlap"],
    }


def drifted(frames: Tensor) -> Tensor:
    """A part [T,H,W,3] as a model may give it: moved, darker, paler and softer than the one before."""
    planes = frames.permute(0, 3, 1, 2)
    soft = F.avg_pool2d(F.pad(planes, (1, 1, 1, 1), mode="replicate"), 3, 1)
    planes = torch.lerp(planes, soft, SOFT)
    shift = planes.new_full((1, *planes.shape[2:], 2), SHIFT)
    moved = torch.cat([backward_warp(one[None], shift) for one in planes]).permute(0, 2, 3, 1)
    grey = moved.mean(-1, keepdim=True)
    return ((grey + (moved - grey) * PALER) * DARKER).clamp(0, 1)


def parts_of(name: str, side: int = SIDE) -> tuple[Tensor, Tensor, int]:
    """The two parts [T,H,W,3] of a graph, as a model that follows the motion exactly gives them, and their overlap."""
    from ..nodes.brush import MotionBrush
    from ..nodes.example import ExampleImage
    from ..nodes.extend_shot import ExtendShot
    from ..nodes.warp import WarpImage

    given = setting(name)
    clip = ExampleImage.execute(given["picture"], side, side, 0)[0]
    motion = MotionBrush.execute(given["document"], given["whole"], clip)[0]
    parts = []
    for overlap in (1, given["overlap"]):
        first, carried, *_ = ExtendShot.execute(clip, motion, given["length"], overlap).args
        clip = WarpImage.execute(first, carried, True)[0]
        parts.append(clip)
    return parts[0], parts[1], given["overlap"]


def joint_row(first: Tensor, second: Tensor, overlap: int, way: str) -> tuple[dict[str, float], Tensor]:
    """The ratios of two parts that are joined in one of WAYS, and the whole clip."""
    from ..nodes.extend_shot import JoinParts

    following = second if way == "exact" else drifted(second)
    if way == "cut":
        frames = torch.cat([first, following[overlap:]])
    else:
        frames = JoinParts.execute(first, following, overlap, True)[0]
    ratios = joint_ratios(frames, [(len(first) - overlap, len(first) - 1)])
    return {
        "motion": ratios.motion,
        "colour": ratios.colour,
        "sharpness": ratios.sharpness,
        "worst": ratios.worst,
    }, frames


def main(arguments: list[str] | None = None) -> int:
    """Print a row for each graph and way; the exit status is 1 if a joined one is above the limit."""
    from ..hosts import use
    from ..hosts.headless import HeadlessHost
    from ..hosts.headless.registry import install

    parser = argparse.ArgumentParser(prog="run.py bench part_joints")
    parser.add_argument("--side", type=int, default=SIDE, help="side of the picture in px")
    parser.add_argument("--sheets", type=Path, help="a folder for a picture of each joined clip")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args(arguments)
    install()
    use(HeadlessHost())
    rows = []
    for name in GRAPHS:
        first, second, overlap = parts_of(name, given.side)
        for way in WAYS:
            numbers, frames = joint_row(first, second, overlap, way)
            rows.append({"graph": name, "way": way, "frames": len(frames), "overlap": overlap, **numbers})
            print(
                f"{name:16} {way:6} {len(frames):4} frames, {overlap} shared: motion {numbers['motion']:5.2f}, colour "
                f"{numbers['colour']:5.2f}, sharpness {numbers['sharpness']:5.2f}"
                + ("" if way == "cut" else f" (at most {LIMIT})"),
                flush=True,
            )
            if given.sheets:
                given.sheets.mkdir(parents=True, exist_ok=True)
                write_sheet(given.sheets / f"{name}_{way}.png", frames)
    if given.json:
        write_json(given.json, rows)
    return 1 if any(row["worst"] > LIMIT for row in rows if row["way"] != "cut") else 0


if __name__ == "__main__":
    raise SystemExit(main())
