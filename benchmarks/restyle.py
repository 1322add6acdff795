"""The example graph restyle: whether the restyled clip moves as the clip does, and stays as sharp as its restyled first frame.

    python run.py bench restyle [--size PX] [--sheet FILE] [--json FILE]

Renders workflows/restyle.json without ComfyUI. `motion` is the distance in px between where the points of the first frame are found in
the clip and in the restyled clip, median and mean of those that can be tracked in both, and `floor` is that of a perfect warp.
`sharpness` is the gradient energy of the frames after the first over that of the clip's; a style changes it by itself. `kept` is what they keep of
the first frame's, over what those of the clip keep. `psnr` compares the frames with the restyled first frame along the motion that was painted for the clip, which only the source knows.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from torch import Tensor

from ..files import write_json
from ..motion.field.field import MotionField, field_from_flow
from ..motion.flow.dis_flow import track_pixels
from ..motion.measure.measure import measure_motion
from ..rendering.warp import warp_image
from .long_shot import write_sheet

MOST_PX, LEAST_KEPT = 0.3, 0.9
_WORKFLOW = Path(__file__).parents[1] / "workflows" / "restyle.json"


class Restyled(NamedTuple):
    """A clip [T,H,W,3], its restyled first frame [1,H,W,3], the restyled clip [T,H,W,3], and the motion painted for the clip."""

    clip: Tensor
    style: Tensor
    frames: Tensor
    painted: MotionField


def rendered(size: int | None = None) -> Restyled:
    """What the example graph makes, before it is stored as a video; `size` is another side in px than the graph's."""
    from ..hosts import use
    from ..hosts.headless import HeadlessHost, runner
    from ..hosts.headless.convert import load
    from ..hosts.headless.graph import Link, Node
    from ..nodes.brush import MotionBrush

    graph = load(_WORKFLOW)
    for node in graph.nodes.values():
        for side in ("width", "height"):
            if size is not None and isinstance(node.inputs.get(side), int):
                node.inputs[side] = size
    kinds = {"clip": "FlowbrushWarpImage", "style": "ImageQuantize", "frames": "FlowbrushDecodeVideo"}
    for name, kind in kinds.items():
        inputs = {"images": Link(graph.find(kind).id, 0), "filename_prefix": name}
        graph.nodes[name] = Node(name, "SaveImage", inputs, name)
    brush = graph.find("FlowbrushMotionBrush").inputs
    with TemporaryDirectory() as folder:
        use(HeadlessHost(output_directory=Path(folder)))
        outputs = runner.run(graph).outputs
    clip, style, frames = (outputs[name][0] for name in kinds)
    return Restyled(clip, style, frames, MotionBrush.execute(brush["document"], len(clip), clip[:1])[0])


def restyle_row(made: Restyled) -> dict[str, Any]:
    """The numbers of a restyled clip."""
    motion = field_from_flow(*_tracked(made.clip))
    report = measure_motion(made.frames, motion, made.style, floor=True)
    truth = warp_image(made.style, made.painted).frames
    off = (made.frames[1:] - truth[1:]).square().mean()
    energy, in_clip = _energy(made.frames[1:]), _energy(made.clip[1:])
    assert report.floor is not None
    return {
        "frames": len(made.frames),
        "motion_median": report.epe_median,
        "motion_mean": report.epe_mean,
        "floor_median": report.floor.epe_median,
        "sharpness": float(energy / in_clip),
        "kept": float(energy / _energy(made.style) * _energy(made.clip[:1]) / in_clip),
        "psnr": float(-10 * off.clamp_min(1e-10).log10()),
    }


def _tracked(clip: Tensor) -> tuple[Tensor, None, Tensor]:
    """What `field_from_flow` reads of a clip."""
    displacement, visibility = track_pixels(clip)
    return displacement, None, visibility


def _energy(frames: Tensor) -> Tensor:
    """The mean squared difference of neighbouring pixels of frames [T,H,W,3]."""
    return frames.diff(dim=1).square().mean() + frames.diff(dim=2).square().mean()


def main(arguments: list[str] | None = None) -> int:
    """Print the row; the exit status is 1 if the motion or the sharpness misses its limit."""
    from ..hosts.headless.registry import install

    parser = argparse.ArgumentParser(prog="run.py bench restyle")
    parser.add_argument("--size", type=int, help="side of the clip in px; that of the graph by default")
    parser.add_argument("--sheet", type=Path)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args(arguments)
    install()
    made = rendered(given.size)
    row = restyle_row(made)
    print(
        f"{row['frames']} frames: motion median {row['motion_median']:.2f} px (at most {MOST_PX}; floor {row['floor_median']:.2f}), "
        f"mean {row['motion_mean']:.2f} px; sharpness {row['sharpness']:.2f} of the clip's, of which the style takes a part; "
        f"kept {row['kept']:.2f} as well as in the clip (at least {LEAST_KEPT}); {row['psnr']:.1f} dB against the painted motion"
    )
    if given.sheet:
        write_sheet(given.sheet, made.frames)
    if given.json:
        write_json(given.json, row)
    return 0 if row["motion_median"] <= MOST_PX and row["kept"] >= LEAST_KEPT else 1


if __name__ == "__main__":
    raise SystemExit(main())
